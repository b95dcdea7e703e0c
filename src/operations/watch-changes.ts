import type { Manifest } from "../cnpg/object";
import { annotations } from "../cnpg/metadata";
import {
  automaticFailover,
  causeOfChange,
  changeBetween,
  type ClusterEvent,
  type PrimaryChange,
  requestedFailover,
} from "../failover/automatic";
import { flappingKind } from "../failover/decision";
import { automaticFailovers, coolDownUntil, isFlapping } from "../failover/flapping";
import { hasChanged, seenOf } from "../failover/observation";
import { FailoverMode } from "../failover/request";
import { writeKeys } from "./config-map";
import { EventType } from "./event";
import { failoverHistory, recordFailover } from "./failover-history";
import { kinds, type KubernetesApi } from "./kubernetes";
import type { ClusterManifest } from "./settle";
import { changeSuspension } from "./suspension";
import { decide, type Look, placeOf, tell } from "./watch-look";
import { watchStateKey } from "./watch-state";

/** Records that another server is primary, unless an operation did that. */
export async function observeChange(look: Look): Promise<void> {
  const { view, known, cluster, context } = look;
  const now = seenOf(view);
  if (now === undefined) return;
  const before = known.seen;
  const isNew = before === undefined || before.cluster !== now.cluster || hasChanged(before, now);
  if (!isNew) return;
  const change = before !== undefined && hasChanged(before, now) ? changeBetween(before, now) : undefined;
  if (change !== undefined) await recordChange(look, change);
  const { namespace, failovers, labels } = placeOf(cluster);
  const state = { ...now, at: context.clock.now().toISOString() };
  await writeKeys(context.api, { namespace, name: failovers, labels }, { [watchStateKey]: state });
  known.seen = now;
}

async function recordChange(look: Look, change: PrimaryChange): Promise<void> {
  const { cluster, view, known, context, now } = look;
  const { api, clock } = context;
  const { namespace, instance } = placeOf(cluster);
  known.history = await failoverHistory(api, namespace, instance);
  if (requestedFailover(known.history, change) !== undefined) return;
  const cause = causeOfChange(change, await eventsOf(api, cluster), now);
  const status = automaticFailover({ namespace, instance }, change, cause, view);
  await recordFailover(api, clock, status);
  known.history = await failoverHistory(api, namespace, instance);
  const isForced = cause.mode === FailoverMode.Forced;
  const took = (Date.parse(status.completedAt ?? "") - Date.parse(status.startedAt)) / 1000;
  const way = isForced ? "CloudNativePG failed over" : "The primary was switched over";
  await tell(
    look,
    isForced ? EventType.Warning : EventType.Normal,
    "FailoverObserved",
    `${way} from ${change.from} to ${change.to} within ${Math.round(took)} s. ${cause.reason}`,
  );
  if (!isForced) return;
  known.unsettled.push(status);
  await judgeFlapping(look, change.to);
  await coolDown(look);
}

/** Tells of too many failovers, and stops the servers when that is asked for. */
async function judgeFlapping(look: Look, primary: string): Promise<void> {
  const { cluster, known, policy, context, now } = look;
  const { failovers, withinMinutes, fence } = policy.flapping;
  if (!isFlapping(automaticFailovers(known.history), policy.flapping, now.getTime())) return;
  const { namespace, name } = placeOf(cluster);
  if (fence) {
    const fences = { [annotations.fencedInstances]: JSON.stringify(["*"]) };
    await context.api.patch(kinds.cluster, namespace, name, { metadata: { annotations: fences } });
  }
  const reason = `${failovers} automatic failovers within ${withinMinutes} min.${fence ? " Every server is fenced." : ""}`;
  const remedy = fence
    ? `Look for the cause, then lift the fence: kubectl annotate cluster ${name} --namespace ${namespace} cnpg.io/fencedInstances-`
    : "Look for the cause; pulumi-cnpg maintenance on holds the next one back.";
  await decide(look, {
    at: now.toISOString(),
    until: now.toISOString(),
    cluster: name,
    primary,
    kind: flappingKind,
    reason,
  });
  await tell(look, EventType.Warning, "FailoverFlapping", `${reason} ${remedy}`);
}

async function coolDown(look: Look): Promise<void> {
  const { cluster, known, policy, context, now } = look;
  const last = automaticFailovers(known.history)[0];
  const until = coolDownUntil(last, policy, now.getTime());
  if (until === undefined) return;
  const held = { since: new Date(last ?? 0).toISOString(), until: new Date(until).toISOString() };
  await changeSuspension(context.api, context.clock, cluster, before => ({ ...before, coolDown: held }));
  await tell(
    look,
    EventType.Normal,
    "CoolDownBegun",
    `The next automatic failover is held back until ${held.until}.`,
  );
}

interface EventObject extends Manifest {
  reason?: string;
  message?: string;
  involvedObject?: { kind?: string; name?: string };
  firstTimestamp?: string | null;
  lastTimestamp?: string | null;
  eventTime?: string | null;
}

async function eventsOf(api: KubernetesApi, cluster: ClusterManifest): Promise<ClusterEvent[]> {
  const { namespace, name } = placeOf(cluster);
  const events = await api.list<EventObject>(kinds.event, namespace, {});
  return events
    .filter(({ involvedObject }) => involvedObject?.kind === "Cluster" && involvedObject.name === name)
    .map(({ reason = "", message = "", lastTimestamp, eventTime, firstTimestamp }) => ({
      reason,
      message,
      at: lastTimestamp ?? eventTime ?? firstTimestamp ?? "",
    }));
}
