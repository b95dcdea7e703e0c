import { OldPrimaryAction, FailoverMode, type FailoverRequest } from "../failover/request";
import { FailoverOrigin, FailoverState, type FailoverStatus } from "../failover/status";
import { ClusterPhase } from "../cnpg/phases";
import type { Execute } from "./execute";
import { recordFailover } from "./failover-history";
import { findInstance } from "./instance";
import { kinds, type KubernetesApi } from "./kubernetes";
import { present } from "./present";
import type { ClusterManifest } from "./settle";
import { type Clock, type Look, waitUntil } from "./waiting";

/** What a failover needs. */
export interface FailoverContext {
  api: KubernetesApi;
  /** Runs commands in the pods of the instance. */
  execute: Execute;
  clock: Clock;
  say: (sentence: string) => void;
  /** Awaited when everything is ready and the primary is about to stop taking writes. When it throws, nothing was changed. */
  beforeSwitch?: (status: FailoverStatus) => Promise<void>;
  /** Awaited when the new primary takes writes, and also when it came to nothing after `beforeSwitch`. */
  afterSwitch?: (status: FailoverStatus) => Promise<void>;
  /** Something that writes through the endpoint all the while. */
  probe?: WriteProbe;
}

/** Measures how long nothing could be written. */
export interface WriteProbe {
  /** Longest time between two writes so far, milliseconds; undefined when it cannot tell. */
  longestGapMs(): Promise<number | undefined>;
}

/** Seconds in which a standby is promoted. */
const promotionSeconds = 600;

/**
 * Switches over, or fails over, and records what happens.
 * @returns the record, also when it failed
 */
export async function failover(
  request: FailoverRequest & { origin?: FailoverOrigin },
  context: FailoverContext,
): Promise<FailoverStatus> {
  const { namespace, instance, targetReplicaId } = request;
  const { api, clock } = context;
  const { cluster } = await findInstance(api, namespace, instance);
  const name = cluster.metadata.name ?? "";
  const oldPrimaryId = cluster.status?.currentPrimary ?? "";
  const newPrimaryId =
    targetReplicaId ?? cluster.status?.instanceNames?.find(known => known !== oldPrimaryId);
  const startedAt = clock.now().toISOString();
  const status: FailoverStatus = {
    id: `failover-${startedAt.replace(/[-:]|\.\d+/g, "")}`,
    namespace,
    instance,
    state: FailoverState.PromotingReplica,
    startedAt,
    oldPrimaryId,
    mode: request.mode ?? FailoverMode.Planned,
    origin: request.origin ?? FailoverOrigin.Requested,
    oldPrimaryAction: request.oldPrimaryAction ?? OldPrimaryAction.ConvertToReplica,
    states: [{ state: FailoverState.PromotingReplica, at: startedAt }],
    ...present({ newPrimaryId, reason: request.reason }),
  };
  if (newPrimaryId === undefined) throw new Error(`${namespace}/${instance} has no standby.`);
  await recordFailover(api, clock, status);
  await context.beforeSwitch?.(status);
  await api.patch(
    kinds.cluster,
    namespace,
    name,
    {
      status: {
        targetPrimary: newPrimaryId,
        targetPrimaryTimestamp: startedAt,
        phase: ClusterPhase.switchover,
        phaseReason: `Switching over to ${newPrimaryId}`,
      },
    },
    { subresource: "status" },
  );
  const look = async (): Promise<Look<void>> => {
    const found = await api.get<ClusterManifest>(kinds.cluster, namespace, name);
    return found?.status?.currentPrimary === newPrimaryId
      ? { done: true, value: undefined }
      : { done: false, awaiting: `${newPrimaryId} to become primary` };
  };
  await waitUntil(look, { ...context, timeoutSeconds: promotionSeconds });
  await context.afterSwitch?.(status);
  const completedAt = clock.now().toISOString();
  const done: FailoverStatus = {
    ...status,
    state: FailoverState.Completed,
    completedAt,
    states: [...status.states, { state: FailoverState.Completed, at: completedAt }],
  };
  await recordFailover(api, clock, done);
  return done;
}
