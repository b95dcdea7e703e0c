import { annotations } from "../cnpg/metadata";
import type { Manifest } from "../cnpg/object";
import { readDivergence } from "../failover/divergence";
import { OldPrimaryAction } from "../failover/request";
import { fence } from "./failover-cluster";
import { postgresContainer } from "./execute";
import { askServer } from "./failover-servers";
import { type Switch, targetOf } from "./failover-switch";
import { kinds } from "./kubernetes";
import { isReady } from "./pods";
import type { InstancePod } from "./settle";
import { type Look, waitUntil } from "./waiting";

/** Seconds in which a former primary comes back, and in which a new standby is cloned. */
const returnSeconds = 600;
const cloneSeconds = 3600;
/** Seconds in which the log of a former primary that is about to go tells what it had written. */
const logSeconds = 120;

/** Does with the former primary what was asked for, and learns from it what was lost. */
export async function cleanUpOldPrimary(change: Switch): Promise<void> {
  switch (change.options.oldPrimaryAction) {
    case OldPrimaryAction.ConvertToReplica:
      await waitForStandby(change, change.plan.oldPrimaryId, returnSeconds);
      await learnLoss(change, 0);
      return;
    case OldPrimaryAction.StopAndRetain:
      await fence(change.context, change.plan, change.plan.oldPrimaryId);
      await learnLoss(change, logSeconds);
      await waitForFence(change);
      return;
    case OldPrimaryAction.Terminate:
      await learnLoss(change, logSeconds);
      await cloneAnew(change);
      return;
  }
}

/** Waits until a standby is ready and receives WAL from the new primary. */
async function waitForStandby(change: Switch, pod: string, timeoutSeconds: number): Promise<void> {
  const look = async (): Promise<Look<void>> => {
    const found = await podOf(change, pod);
    if (found === undefined) return { done: false, awaiting: `the pod of ${pod}` };
    if (!isReady(found)) return { done: false, awaiting: `${pod} to be ready` };
    const streams = await isStreaming(change, pod);
    return streams
      ? { done: true, value: undefined }
      : { done: false, awaiting: `${pod} to stream from ${targetOf(change.run)}` };
  };
  await waitUntil(look, { ...change.context, timeoutSeconds });
  change.context.say(`${pod} follows ${targetOf(change.run)} as a standby.`);
}

async function isStreaming({ plan, run, context }: Switch, pod: string): Promise<boolean> {
  const { standbys } = await askServer(context.execute, plan.namespace, targetOf(run));
  return standbys.get(pod)?.state === "streaming";
}

function podOf({ plan, context }: Switch, name: string): Promise<InstancePod | undefined> {
  return context.api.get<InstancePod>(kinds.pod, plan.namespace, name);
}

/**
 * Reads from the log of the former primary what only it had. Its pod shows it when it comes back as a standby, before its server starts.
 * @param timeoutSeconds how long to wait for that
 */
async function learnLoss(change: Switch, timeoutSeconds: number): Promise<void> {
  const { plan, run, context } = change;
  const { namespace, oldPrimaryId } = plan;
  const look = async (): Promise<Look<number>> => {
    const log = await context.api.log(namespace, oldPrimaryId, { container: postgresContainer });
    const found = readDivergence(log);
    // The log may still be that of a former change of the primary.
    const isThis = found?.at === run.status.promotionLsn || run.status.promotionLsn === undefined;
    return found !== undefined && isThis
      ? { done: true, value: found.bytes }
      : { done: false, awaiting: `the log of ${oldPrimaryId} to say where its WAL ended` };
  };
  try {
    run.learn({ dataLossBytes: await waitUntil(look, { ...context, timeoutSeconds }) });
  } catch {
    context.say(`What ${oldPrimaryId} had written last is not known: its log does not tell.`);
  }
}

/** A fenced pod runs, and no server in it. */
async function waitForFence(change: Switch): Promise<void> {
  const { plan, context } = change;
  const { namespace, oldPrimaryId } = plan;
  const command = ["sh", "-c", 'test -e "$PGDATA/postmaster.pid" && echo up || echo down'];
  const look = async (): Promise<Look<void>> => {
    const pod = await podOf(change, oldPrimaryId);
    if (pod?.status?.phase !== "Running") return { done: false, awaiting: `the pod of ${oldPrimaryId}` };
    const { stdout } = await context.execute(namespace, oldPrimaryId, postgresContainer, command);
    return stdout.trim() === "down"
      ? { done: true, value: undefined }
      : { done: false, awaiting: `the server of ${oldPrimaryId} to stop` };
  };
  await waitUntil(look, { ...context, timeoutSeconds: returnSeconds });
  context.say(`${oldPrimaryId} is fenced: its server stays stopped, its pod and volumes stay.`);
}

/**
 * The operator deletes pod and volumes of an instance that is marked so, and clones it from the primary under the same number. A mark goes with
 * its pod, so that a pod that came back over the old volume is marked again.
 */
async function cloneAnew(change: Switch): Promise<void> {
  const { plan, context } = change;
  const { namespace, oldPrimaryId } = plan;
  const { api } = context;
  const volume = async (): Promise<string | undefined> =>
    (await api.get<Manifest>(kinds.persistentVolumeClaim, namespace, oldPrimaryId))?.metadata.uid;
  const before = await volume();
  const mark = { metadata: { annotations: { [annotations.unrecoverable]: "true" } } };
  const look = async (): Promise<Look<void>> => {
    const [pod, claim] = await Promise.all([podOf(change, oldPrimaryId), volume()]);
    const awaiting = `${oldPrimaryId} to be cloned from ${targetOf(change.run)}`;
    if (pod === undefined || pod.metadata.deletionTimestamp !== undefined) return { done: false, awaiting };
    if (claim !== undefined && claim !== before) return { done: true, value: undefined };
    if (pod.metadata.annotations?.[annotations.unrecoverable] === undefined) {
      await api.patch(kinds.pod, namespace, oldPrimaryId, mark);
      context.say(`${oldPrimaryId} and its volumes are deleted, and it is cloned anew.`);
    }
    return { done: false, awaiting };
  };
  await waitUntil(look, { ...context, timeoutSeconds: cloneSeconds });
  await waitForStandby(change, oldPrimaryId, returnSeconds);
}
