import type { BackupStoreReference } from "../backup/store/reference";
import { sidecarResources } from "../backup/store/render";

/** What the sheet must know of the store of an instance. */
export type SheetStore = Required<Pick<BackupStoreReference, "recoveryWindowDays" | "sidecar">>;

/** References of earlier versions say nothing of the container: it then has what a store gives it that is not asked for more. */
export function sheetStore({
  recoveryWindowDays,
  sidecar,
}: Pick<BackupStoreReference, "recoveryWindowDays" | "sidecar">): SheetStore {
  return { recoveryWindowDays, sidecar: sidecar ?? sidecarResources() };
}

/** A store that is not known yet: every other one takes at least as much. */
export const leastStore: SheetStore = {
  recoveryWindowDays: 1,
  sidecar: { requests: { cpu: "0", memory: "0" }, limits: { cpu: "0", memory: "0" } },
};
