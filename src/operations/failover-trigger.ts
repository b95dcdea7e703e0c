import { instanceLabels } from "../cnpg/metadata";
import { failoverNames, failoverTriggerKey } from "../failover/names";
import { FailoverState, type FailoverStatus } from "../failover/status";
import { readKey, writeKeys } from "./config-map";
import { failover, type WantedFailover } from "./failover";
import type { FailoverContext } from "./failover-context";
import { failoverHistory } from "./failover-history";
import { findInstance } from "./instance";

/** What a declared trigger came to. */
export interface TriggerResult {
  trigger: string;
  /** Absent when the trigger was only recorded, and when its record has left the history. */
  failover?: FailoverStatus;
}

/** The last trigger, as it stands beside the history. */
interface TriggerRecord {
  id?: string;
  /** Id of the failover that it began. */
  failover?: string;
}

/**
 * Does what a trigger asks for, once. The ConfigMap of the history is made with the trigger that the instance has then, so that only another
 * one is news. It counts as done from when the primary is asked to stop: what is refused or fails before is tried again by the next update.
 * @throws Error when it is refused, or failed
 */
export async function runTrigger(
  trigger: string,
  request: WantedFailover,
  context: FailoverContext,
): Promise<TriggerResult> {
  const { namespace, instance } = request;
  const { api, say } = context;
  const place = {
    namespace,
    name: failoverNames(instance).failovers,
    labels: instanceLabels(instance),
  };
  const write = (record: TriggerRecord): Promise<void> =>
    writeKeys(api, place, { [failoverTriggerKey]: record });
  const known = (await readKey(api, place, failoverTriggerKey)) as TriggerRecord | undefined;
  if (known === undefined) {
    await write({ id: trigger });
    say(`Trigger "${trigger}" is the first that is known of: it is recorded and not run.`);
    return { trigger };
  }
  if (known.id === trigger) {
    const done = await doneBy(known, request, context);
    if (done !== undefined) return done;
  }
  const status = await failover(request, {
    ...context,
    beforeSwitch: async begun => {
      await context.beforeSwitch?.(begun);
      await write({ id: trigger, failover: begun.id });
    },
  });
  if (status.state === FailoverState.Failed) throw new Error(`${status.id}: ${status.failureReason}`);
  return { trigger, failover: status };
}

/** What came of a trigger that was run or recorded before; undefined when it was ended before it had changed anything. */
async function doneBy(
  { id = "", failover: begun }: TriggerRecord,
  { namespace, instance }: WantedFailover,
  { api, say }: FailoverContext,
): Promise<TriggerResult | undefined> {
  if (begun === undefined) {
    say(`Trigger "${id}" was there before: it is not run.`);
    return { trigger: id };
  }
  const status = (await failoverHistory(api, namespace, instance)).find(known => known.id === begun);
  if (status === undefined) return { trigger: id };
  const { cluster } = await findInstance(api, namespace, instance);
  const promoted = status.states.some(({ state }) => state === FailoverState.PromotingReplica);
  // One that was ended early may have come to its end by CloudNativePG alone.
  if (!promoted && cluster.status?.currentPrimary !== status.newPrimaryId) return undefined;
  say(`Trigger "${id}" was run already: ${status.id}, ${status.state}.`);
  return { trigger: id, failover: status };
}
