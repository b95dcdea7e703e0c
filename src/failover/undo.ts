import type { FailoverOptions } from "./request";
import { FailoverState, type FailoverStatus } from "./status";

/** What switches back: the former primary becomes primary again. @throws Error when there is nothing to go back to */
export function undoOf({ id, instance, oldPrimaryId, newPrimaryId }: FailoverStatus): FailoverOptions {
  if (newPrimaryId === undefined || oldPrimaryId === newPrimaryId)
    throw new Error(`${id} of ${instance} changed no primary, so that there is nothing to undo.`);
  return { targetReplicaId: oldPrimaryId, reason: `undo of ${id}` };
}

/**
 * The failover that made a server primary; undefined when the history does not know it.
 * @param history newest first
 */
export function failoverTo(
  history: readonly FailoverStatus[],
  primary: string | undefined,
): FailoverStatus | undefined {
  const changed: readonly FailoverState[] = [FailoverState.UpdatingRouting, FailoverState.Completed];
  const last = history.find(
    ({ newPrimaryId, states }) =>
      newPrimaryId !== undefined && states.some(({ state }) => changed.includes(state)),
  );
  return last?.newPrimaryId === primary ? last : undefined;
}
