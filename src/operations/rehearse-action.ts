import { FailoverMode, type FailoverRequest, OldPrimaryAction } from "../failover/request";
import { FailoverOrigin, FailoverState, type FailoverStatus } from "../failover/status";
import { RehearsalKind } from "../rehearsal/args";
import { recordFailover } from "./failover-history";
import type { FoundInstance } from "./instance";
import { kinds, type KubernetesApi } from "./kubernetes";
import { present } from "../present";
import type { Clock } from "./waiting";

/** What is done to the primary, and what it needs. */
export interface ActionContext {
  api: KubernetesApi;
  clock: Clock;
  say: (sentence: string) => void;
  /** Name of the Job it runs in. */
  job?: string;
  /** Switches over, and records it. */
  switchOver: (request: FailoverRequest & { origin: FailoverOrigin }) => Promise<FailoverStatus>;
}

/** Something was done to the primary. */
export interface ActedOnPrimary {
  /** The record of it; absent where there is no standby that could be promoted. */
  record?: FailoverStatus;
}

/**
 * Switches or kills the primary.
 * @param id of the rehearsal, the reason in the record
 * @throws Error when a switchover was refused or failed
 */
export async function actOnPrimary(
  kind: RehearsalKind,
  id: string,
  found: FoundInstance,
  context: ActionContext,
): Promise<ActedOnPrimary> {
  return kind === RehearsalKind.Switchover
    ? switchPrimary(id, found, context)
    : killPrimary(id, found, context);
}

async function switchPrimary(
  id: string,
  { namespace, name: instance }: FoundInstance,
  { switchOver }: ActionContext,
): Promise<ActedOnPrimary> {
  const origin = FailoverOrigin.Rehearsed;
  const record = await switchOver({ namespace, instance, mode: FailoverMode.Planned, reason: id, origin });
  if (record.state === FailoverState.Failed)
    throw new Error(`Switchover ${record.id} failed: ${record.failureReason}`);
  return { record };
}

/** Without grace, as if the node had died: nothing that the server would still do is waited for. */
async function killPrimary(
  id: string,
  { namespace, name: instance, cluster }: FoundInstance,
  { api, clock, say, job }: ActionContext,
): Promise<ActedOnPrimary> {
  const primary = cluster.status?.currentPrimary ?? "";
  const at = clock.now().toISOString();
  const record: FailoverStatus = {
    id: `failover-${at.replace(/[-:]|\.\d+/g, "")}`,
    namespace,
    instance,
    state: FailoverState.PromotingReplica,
    startedAt: at,
    oldPrimaryId: primary,
    mode: FailoverMode.Forced,
    origin: FailoverOrigin.Rehearsed,
    oldPrimaryAction: OldPrimaryAction.ConvertToReplica,
    reason: id,
    states: [{ state: FailoverState.PromotingReplica, at }],
    ...present({ job }),
  };
  const hasStandby = (cluster.spec?.instances ?? 1) > 1;
  // First, so that whoever watches the instance knows what happens to it.
  if (hasStandby) await recordFailover(api, clock, record);
  say(`Deleting pod ${namespace}/${primary} without grace.`);
  await api.delete(kinds.pod, namespace, primary, { gracePeriodSeconds: 0 });
  return hasStandby ? { record } : {};
}

/** How what was done to the primary ended. */
export interface ActionEnd {
  newPrimary?: string;
  writeGapMs?: number;
  /** Why it came to nothing; absent when the instance is whole again. */
  failure?: string;
}

/** Ends the record of a killed primary; a switchover ends its own. */
export async function closeRecord(
  { record }: ActedOnPrimary,
  { newPrimary, writeGapMs, failure }: ActionEnd,
  { api, clock }: Pick<ActionContext, "api" | "clock">,
): Promise<void> {
  if (record === undefined || record.mode !== FailoverMode.Forced) return;
  const at = clock.now().toISOString();
  const restarted =
    newPrimary === record.oldPrimaryId
      ? "The former primary was back before another one was promoted."
      : undefined;
  const failureReason = failure ?? restarted;
  const state = failureReason === undefined ? FailoverState.Completed : FailoverState.Failed;
  await recordFailover(api, clock, {
    ...record,
    state,
    completedAt: at,
    states: [...record.states, { state, at }],
    ...present({ newPrimaryId: newPrimary, writeGapMs, failureReason }),
  });
}
