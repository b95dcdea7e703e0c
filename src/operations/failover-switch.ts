import { readLsn } from "../backup/archive/wal-name";
import { readTimelineHistory } from "../backup/drill/target";
import { timelineQuery } from "../backup/drill/queries";
import { InstanceRole, labels } from "../cnpg/metadata";
import type { Manifest } from "../cnpg/object";
import { ClusterPhase } from "../cnpg/phases";
import { chooseStandby } from "../failover/candidates";
import type { DecidedOptions } from "../failover/options";
import type { FailoverPlan } from "../failover/plan";
import { FailoverMode } from "../failover/request";
import { FailoverState } from "../failover/status";
import { EventType } from "./event";
import { postgresContainer } from "./execute";
import { askForPrimary, readCluster } from "./failover-cluster";
import type { FailoverContext } from "./failover-context";
import { eventWord, type FailoverRun } from "./failover-run";
import { askServer, quickQuery } from "./failover-servers";
import { surveyInstance } from "./failover-survey";
import { findInstance } from "./instance";
import { kinds } from "./kubernetes";
import { describeError, type Look, waitUntil } from "./waiting";

/** A failover with what it is about. */
export interface Switch {
  plan: FailoverPlan;
  options: DecidedOptions;
  run: FailoverRun;
  context: FailoverContext;
}

/** Seconds in which a standby is promoted: the former primary may have much to write before it stops. */
const promotionSeconds = 300;
/** Seconds in which the Services follow. */
const routingSeconds = 60;
/** Milliseconds between two looks while nobody can write. */
const hurry = 200;

/**
 * Waits until the standby has replayed what the primary has written by now. Both write a checkpoint, because the primary writes
 * one before it stops and the standby one after it was promoted, and then there is little left to write.
 * @throws Error when that takes too long; nothing was changed
 */
export async function waitForSync({ plan, options, run, context }: Switch): Promise<void> {
  const { namespace, oldPrimaryId } = plan;
  const target = targetOf(run);
  await Promise.all([checkpoint(oldPrimaryId, plan, context), checkpoint(target, plan, context)]);
  const { answer } = await askServer(context.execute, namespace, oldPrimaryId);
  const wanted = readLsn(answer.lsn) ?? 0n;
  const look = async (): Promise<Look<void>> => {
    const { answer: standby } = await askServer(context.execute, namespace, target);
    const replayed = readLsn(standby.replayedLsn ?? "") ?? 0n;
    if (replayed >= wanted) return { done: true, value: undefined };
    return {
      done: false,
      awaiting: `${target} to replay ${answer.lsn}, ${wanted - replayed} bytes from here`,
    };
  };
  await waitUntil(look, { ...context, timeoutSeconds: options.syncTimeout });
  run.learn({ primaryLsn: answer.lsn });
  context.say(`${target} has replayed ${answer.lsn}.`);
}

/** It only saves time later, so that a server where it takes too long is no reason to stop. */
async function checkpoint(pod: string, { namespace }: FailoverPlan, context: FailoverContext): Promise<void> {
  const command = [
    "psql",
    "-XAtq",
    "-d",
    "postgres",
    "-c",
    "SET statement_timeout = '50s'",
    "-c",
    "CHECKPOINT",
  ];
  try {
    const { exitCode, stderr } = await context.execute(namespace, pod, postgresContainer, command);
    if (exitCode !== 0) context.say(`${pod} wrote no checkpoint: ${describeError(stderr)}`);
  } catch (error) {
    context.say(`${pod} wrote no checkpoint: ${describeError(error)}`);
  }
}

/** Makes the standby primary. @throws Error when it does not become primary */
export async function changePrimary(change: Switch): Promise<void> {
  const { plan, options, run, context } = change;
  await run.enter(FailoverState.FencingPrimary);
  const word = eventWord(options.mode);
  await run.tell(
    EventType.Normal,
    `${word}Started`,
    `${plan.oldPrimaryId} stops taking writes, ${targetOf(run)} becomes primary${options.reason === undefined ? "" : ` (${options.reason})`}`,
  );
  await handOver(change, targetOf(run));
  run.isUnderWay = true;
  if (options.mode === FailoverMode.Forced) await killPrimary(change);
  else await waitForStop(change);
  await run.enter(FailoverState.PromotingReplica);
  await waitForPromotion(change);
  await run.enter(FailoverState.UpdatingRouting);
  await route(change);
  const seconds = secondsSince(run, FailoverState.FencingPrimary, context);
  await run.tell(EventType.Normal, "PrimaryChanged", `${targetOf(run)} is primary after ${seconds} s`);
  await learnPromotion(change);
}

function handOver({ plan, options, context }: Switch, to: string): Promise<void> {
  const forced = options.mode === FailoverMode.Forced;
  const { namespace, cluster, oldPrimaryId: from } = plan;
  return askForPrimary(context, {
    namespace,
    cluster,
    from,
    to,
    phase: forced ? ClusterPhase.failover : ClusterPhase.switchover,
    phaseReason: forced ? `Failing over from ${from} to ${to}` : `Switching over to ${to}`,
    evenWhenChanging: forced,
  });
}

/** Seconds a killed pod has to vanish before it is forgotten without the word of its node. */
const killSeconds = 20;

/**
 * Kills the pod of the primary. A server that hangs does not stop by itself, and its instance manager goes on holding the lease that a new
 * primary needs. When the node confirms that the pod is dead, the lease is taken from it; else the new primary waits until it has run out.
 */
async function killPrimary(change: Switch): Promise<void> {
  const { plan, run, context, options } = change;
  const { namespace, oldPrimaryId } = plan;
  const { api, say } = context;
  const uid = (await api.get<Manifest>(kinds.pod, namespace, oldPrimaryId))?.metadata.uid;
  if (uid !== undefined) await api.delete(kinds.pod, namespace, oldPrimaryId, { gracePeriodSeconds: 1 });
  const confirmed = await hasGone(change, uid);
  if (!confirmed) {
    say(`The node of ${oldPrimaryId} does not answer: its pod is forgotten, and its lease has to run out.`);
    await api.delete(kinds.pod, namespace, oldPrimaryId, { gracePeriodSeconds: 0 });
  }
  // What it wrote since it was asked has reached one standby and not the other.
  if (options.targetReplicaId === undefined) await retarget(change);
  if (confirmed) await releaseLease(change);
  context.say(`${oldPrimaryId} is stopped; ${targetOf(run)} takes over.`);
}

async function hasGone({ plan, context }: Switch, uid: string | undefined): Promise<boolean> {
  const look = async (): Promise<Look<true>> => {
    const pod = await context.api.get<Manifest>(kinds.pod, plan.namespace, plan.oldPrimaryId);
    return pod === undefined || pod.metadata.uid !== uid
      ? { done: true, value: true }
      : { done: false, awaiting: `${plan.oldPrimaryId} to be killed` };
  };
  try {
    return await waitUntil(look, { ...context, timeoutSeconds: killSeconds, intervalMilliseconds: hurry });
  } catch {
    return false;
  }
}

/** Chooses again among the standbys, now that nothing is written any more. */
async function retarget(change: Switch): Promise<void> {
  const { plan, options, run, context } = change;
  const found = await findInstance(context.api, plan.namespace, plan.instance);
  if (found.cluster.status?.currentPrimary !== plan.oldPrimaryId) return;
  const survey = await surveyInstance(found, context);
  const { chosen, candidates } = chooseStandby(survey, { ...options, maxLagBytes: undefined });
  const target = targetOf(run);
  const received = (id: string): bigint =>
    readLsn(candidates.find(candidate => candidate.id === id)?.receivedLsn ?? "") ?? 0n;
  if (chosen === undefined || chosen === target || received(chosen) <= received(target)) return;
  context.say(`${chosen} has received more than ${target}: it becomes primary in its place.`);
  await handOver(change, chosen);
  run.learn({ newPrimaryId: chosen });
}

interface Lease extends Manifest {
  spec?: { holderIdentity?: string };
}

/** The lease of a dead primary. Nobody can hold it by mistake: the node has said that the pod's processes are gone. */
async function releaseLease({ plan, context }: Switch): Promise<void> {
  const { namespace, cluster, oldPrimaryId } = plan;
  const { api, say } = context;
  try {
    const lease = await api.get<Lease>(kinds.lease, namespace, cluster);
    if (lease?.spec?.holderIdentity !== oldPrimaryId) return;
    const { resourceVersion } = lease.metadata;
    await api.patch(kinds.lease, namespace, cluster, {
      metadata: { resourceVersion },
      spec: { holderIdentity: "", leaseDurationSeconds: 1 },
    });
  } catch (error) {
    // It runs out by itself.
    say(`The lease of ${oldPrimaryId} could not be released: ${describeError(error)}`);
  }
}

/** A primary gives its lease back when its server has stopped. Operators before 1.30 have no lease. */
async function waitForStop({ plan, context }: Switch): Promise<void> {
  const { namespace, cluster, oldPrimaryId } = plan;
  const look = async (): Promise<Look<void>> => {
    const lease = await context.api.get<Lease>(kinds.lease, namespace, cluster);
    if (lease?.spec?.holderIdentity !== oldPrimaryId) return { done: true, value: undefined };
    const { status } = await readCluster(context.api, plan);
    if (status?.targetPrimary === oldPrimaryId) return { done: true, value: undefined };
    return { done: false, awaiting: `${oldPrimaryId} to stop` };
  };
  try {
    await waitUntil(look, { ...context, timeoutSeconds: promotionSeconds, intervalMilliseconds: hurry });
  } catch (error) {
    throw new Error(`${describeError(error)}. CloudNativePG goes on; mode forced puts an end to it.`, {
      cause: error,
    });
  }
}

async function waitForPromotion({ plan, options, run, context }: Switch): Promise<void> {
  const { oldPrimaryId } = plan;
  const look = async (): Promise<Look<string>> => {
    const { status = {} } = await readCluster(context.api, plan);
    const { currentPrimary = "", targetPrimary } = status;
    // A target that vanished is given up; after a failover CloudNativePG then chooses another one.
    const givenUp = options.mode === FailoverMode.Planned && targetPrimary === oldPrimaryId;
    if (currentPrimary === targetPrimary && (currentPrimary !== oldPrimaryId || givenUp))
      return { done: true, value: currentPrimary };
    return { done: false, awaiting: `${targetPrimary} to become primary` };
  };
  const primary = await waitUntil(look, {
    ...context,
    timeoutSeconds: promotionSeconds,
    intervalMilliseconds: hurry,
  });
  if (primary === targetOf(run)) return;
  if (primary === oldPrimaryId)
    throw new Error(`CloudNativePG gave ${targetOf(run)} up; ${oldPrimaryId} stays primary.`);
  context.say(`CloudNativePG made ${primary} primary in place of ${targetOf(run)}.`);
  run.learn({ newPrimaryId: primary });
}

/** The Services select by a label, which the operator writes seconds later: it asks the pods first, and one of them is starting. */
async function route({ plan, run, context }: Switch): Promise<void> {
  const { namespace } = plan;
  const { api } = context;
  const primary = targetOf(run);
  const role = { metadata: { labels: { [labels.instanceRole]: InstanceRole.primary } } };
  await api.patch(kinds.pod, namespace, primary, role);
  const look = async (): Promise<Look<void>> => {
    const [now, before] = await Promise.all([
      api.get<Manifest>(kinds.pod, namespace, primary),
      api.get<Manifest>(kinds.pod, namespace, plan.oldPrimaryId),
    ]);
    const roleOf = (pod: Manifest | undefined): string | undefined =>
      pod?.metadata.labels?.[labels.instanceRole];
    if (roleOf(now) !== InstanceRole.primary)
      return { done: false, awaiting: `the Services to lead to ${primary}` };
    if (roleOf(before) === InstanceRole.primary)
      return { done: false, awaiting: `the Services to leave ${plan.oldPrimaryId}` };
    await context.tryWrite?.();
    return { done: true, value: undefined };
  };
  await waitUntil(look, { ...context, timeoutSeconds: routingSeconds, intervalMilliseconds: hurry });
}

interface TimelineRow {
  timeline: number;
  history: string | null;
}

/** Where the new primary began its timeline. What is not known does no harm. */
async function learnPromotion({ plan, run, context }: Switch): Promise<void> {
  try {
    const rows = await quickQuery(context.execute, plan.namespace, targetOf(run), timelineQuery);
    const [row] = rows as unknown as TimelineRow[];
    const point = row && readTimelineHistory(row.history ?? "", row.timeline);
    if (point !== undefined) run.learn({ promotionLsn: point.lsn, timeline: point.timeline });
  } catch (error) {
    context.say(`${targetOf(run)} does not tell where its timeline began: ${describeError(error)}`);
  }
}

/** The standby that becomes, or has become, primary. */
export function targetOf({ status }: FailoverRun): string {
  return status.newPrimaryId ?? "";
}

function secondsSince(run: FailoverRun, state: FailoverState, { clock }: FailoverContext): string {
  const entered = run.status.states.find(step => step.state === state)?.at;
  return ((clock.now().getTime() - Date.parse(entered ?? "")) / 1000).toFixed(1);
}
