import type { PostgresInstanceArgs } from "../../../src/instance/args";
import { resolveInstance } from "../../../src/instance/resolve";
import { serviceSheet } from "../../../src/sheet/compute";
import type { ServiceSheet } from "../../../src/sheet/sheet";
import { type SheetStore, sheetStore } from "../../../src/sheet/store";

/** A store with a window of so many days. */
export function storeOf(recoveryWindowDays: number): SheetStore {
  return sheetStore({ recoveryWindowDays });
}

/** The sheet of an instance `orders`. */
export function sheetOf(args: PostgresInstanceArgs = {}, store?: SheetStore): ServiceSheet {
  return serviceSheet({ instance: resolveInstance("orders", args), args, store });
}

/** An instance with everything that a sheet tells of. */
export const full: PostgresInstanceArgs = {
  namespace: "shop",
  availability: "zero-loss",
  size: "medium",
  storage: { size: "64Gi", storageClass: "managed-csi-premium" },
  walStorage: { size: "16Gi", storageClass: "managed-csi-premium" },
  scheduling: { zoneSpread: "required" },
  pooler: { readOnly: true },
};
