import { standingDecision } from "../failover/decision";
import { automaticFailovers, decisiveFailover } from "../failover/flapping";
import { primaryServes, type Seen, viewOf } from "../failover/observation";
import { policyOf } from "../failover/policy";
import { revivalAnnotations, revivalOf, RevivalStep, revivalStep } from "../failover/revival";
import { expired, extentOf, isEffective, suspensionOf } from "../failover/suspension";
import { type WatchFigures, watchMetric, watchMetricKey } from "../failover/watch-metric";
import { readKey, writeData } from "./config-map";
import { EventType } from "./event";
import { failoverHistory } from "./failover-history";
import { failoverDecisions } from "./failover-state";
import { isAsleep } from "./instance-health";
import { ApiError, kinds } from "./kubernetes";
import type { ClusterManifest } from "./settle";
import { changeSuspension } from "./suspension";
import { observeChange } from "./watch-changes";
import { type FailoverWatchContext, type Look, placeOf, tell, type WatchedCluster } from "./watch-look";
import { nameOf } from "./watch-event";
import { isUnsettled, settleLosses } from "./watch-losses";
import { observeStandstill } from "./watch-standstills";
import { watchStateKey } from "./watch-state";
import { describeError } from "./waiting";

/** Milliseconds for which a primary that fails is looked at more often. */
const hurryFor = 300_000;

/**
 * Looks at one Cluster. What goes wrong is said once, so that one Cluster does not keep the watch from the others: the rights, for one, come
 * with the instance.
 * @returns whether something is going on, so that the next look is due soon
 */
export async function watchFailovers(
  cluster: ClusterManifest,
  known: WatchedCluster,
  context: FailoverWatchContext,
): Promise<boolean> {
  const policy = policyOf(cluster.metadata);
  if (policy === undefined || isAsleep(cluster) || cluster.metadata.deletionTimestamp !== undefined)
    return false;
  const look: Look = { cluster, view: viewOf(cluster), policy, known, context, now: context.clock.now() };
  try {
    if (!known.isKnown) await remember(look);
    await endSuspension(look);
    await observeChange(look);
    await observeStandstill(look);
    const isReviving = await revive(look);
    await settleLosses(look);
    await writeMetric(look);
    known.failure = undefined;
    const failedFor = look.now.getTime() - (known.failedAt ?? 0);
    return isReviving || failedFor < hurryFor;
  } catch (error) {
    // Somebody else changed the object at the same moment.
    if (error instanceof ApiError && error.status === 409) return true;
    const words = describeError(error);
    if (words !== known.failure) context.say(`${nameOf(cluster)}: ${words}`);
    known.failure = words;
    return false;
  }
}

/** What a former watch knew. */
async function remember({ cluster, known, context, now }: Look): Promise<void> {
  const { namespace, instance, failovers } = placeOf(cluster);
  const { api } = context;
  const state = (await readKey(api, { namespace, name: failovers }, watchStateKey)) as Seen | undefined;
  known.history = await failoverHistory(api, namespace, instance);
  if (state?.primary !== undefined) known.seen = state;
  const open = standingDecision(await failoverDecisions(api, namespace, instance), cluster.metadata.name);
  if (open !== undefined) {
    known.told = { ...open, toldAt: 0 };
    known.failedAt = Date.parse(open.at);
  }
  known.unsettled = known.history.filter(status => isUnsettled(status, now));
  known.isKnown = true;
}

/** Ends a maintenance whose time is over, and tells when somebody else has undone one. */
async function endSuspension(look: Look): Promise<void> {
  const { cluster, known, context, now } = look;
  const suspension = suspensionOf(cluster);
  if (suspension === undefined) {
    known.toldIneffective = false;
    return;
  }
  const over = expired(suspension, now);
  if (over.maintenance || over.coolDown) {
    await changeSuspension(context.api, context.clock, cluster, held => ({
      ...(over.maintenance || held?.maintenance === undefined ? {} : { maintenance: held.maintenance }),
      ...(over.coolDown || held?.coolDown === undefined ? {} : { coolDown: held.coolDown }),
    }));
    if (over.maintenance)
      await tell(
        look,
        EventType.Normal,
        "MaintenanceEnded",
        "Automatic failover is no longer held back: the time of the maintenance is over.",
      );
    if (over.coolDown)
      await tell(
        look,
        EventType.Normal,
        "CoolDownEnded",
        "Automatic failover is no longer held back: the cool-down after the last one is over.",
      );
    return;
  }
  const { maintenance } = suspension;
  if (maintenance === undefined || isEffective(cluster, suspension)) {
    known.toldIneffective = false;
  } else if (known.toldIneffective !== true) {
    known.toldIneffective = true;
    await tell(
      look,
      EventType.Warning,
      "MaintenanceUndone",
      `Failover was to be held back ${extentOf(maintenance)}, and somebody has changed spec.failoverDelay: it is not. pulumi-cnpg maintenance on holds it back again.`,
    );
  }
}

/** @returns whether a primary is being brought back */
async function revive({ cluster, view, context, now }: Look): Promise<boolean> {
  const revival = revivalOf(cluster.metadata);
  if (revival === undefined && (view.suspension === undefined || primaryServes(view))) return false;
  const { namespace, name } = placeOf(cluster);
  const primary = revival?.primary ?? view.primary ?? "";
  const pod = await context.api.get(kinds.pod, namespace, primary);
  const step = revivalStep(view, revival, pod !== undefined, now);
  if (step === undefined) return revival !== undefined;
  const { resourceVersion } = cluster.metadata;
  const annotations = revivalAnnotations(step, primary, view.fenced, now);
  await context.api.patch(kinds.cluster, namespace, name, { metadata: { resourceVersion, annotations } });
  context.say(
    step === RevivalStep.Fence
      ? `${nameOf(cluster)}: ${primary} has no pod, and failover is held back: fenced until the operator has made one.`
      : `${nameOf(cluster)}: the fence of ${primary} is lifted${pod === undefined ? ", although it has no pod" : ""}.`,
  );
  return true;
}

async function writeMetric({ cluster, known, policy, context }: Look): Promise<void> {
  const { namespace, instance, labels, metric: name } = placeOf(cluster);
  const times = automaticFailovers(known.history);
  const { maintenance } = suspensionOf(cluster) ?? {};
  const seconds = (time: number | undefined): number | undefined =>
    time === undefined ? undefined : Math.floor(time / 1000);
  const figures: { [K in keyof WatchFigures]: WatchFigures[K] | undefined } = {
    failoverAt: seconds(times[0]),
    flappingAt: seconds(decisiveFailover(times, policy.flapping)),
    maintenanceSince: seconds(maintenance && Date.parse(maintenance.since)),
    standstillSince: seconds(known.told && Date.parse(known.told.at)),
  };
  const metric = watchMetric(instance, figures as WatchFigures);
  if (metric === known.metric) return;
  await writeData(context.api, { namespace, name, labels }, { [watchMetricKey]: metric });
  known.metric = metric;
}
