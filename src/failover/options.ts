import { present } from "../present";
import { FailoverMode, type FailoverOptions, OldPrimaryAction } from "./request";

/** Options with every default decided. */
export interface DecidedOptions extends FailoverOptions {
  mode: FailoverMode;
  waitForSync: boolean;
  syncTimeout: number;
  oldPrimaryAction: OldPrimaryAction;
}

/** Largest lag where nobody waits until it is gone, bytes: one segment of WAL. */
const defaultMaxLag = 16 * 2 ** 20;

export const defaultSyncTimeout = 300;
export const longestSyncTimeout = 3600;
export const longestReason = 200;

/** The options alone, of whatever holds them; those that are left out stay out. */
export function givenOptions(request: FailoverOptions): FailoverOptions {
  const { targetReplicaId, mode, waitForSync, syncTimeout, oldPrimaryAction, maxLagBytes, reason } = request;
  return present({ targetReplicaId, mode, waitForSync, syncTimeout, oldPrimaryAction, maxLagBytes, reason });
}

/** Fills in the defaults. */
export function decideOptions(options: FailoverOptions): DecidedOptions {
  const mode = options.mode ?? FailoverMode.Planned;
  const waitForSync = mode === FailoverMode.Planned && (options.waitForSync ?? true);
  const maxLagBytes = options.maxLagBytes ?? (waitForSync ? undefined : defaultMaxLag);
  const { targetReplicaId, reason } = options;
  return {
    mode,
    waitForSync,
    syncTimeout: options.syncTimeout ?? defaultSyncTimeout,
    oldPrimaryAction: options.oldPrimaryAction ?? OldPrimaryAction.ConvertToReplica,
    ...present({ maxLagBytes, targetReplicaId, reason }),
  };
}
