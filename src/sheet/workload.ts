import type { RetentionTiersArgs } from "../backup/retention-policy";
import type { ResolvedInstance } from "../instance/resolve";
import type { SheetArgs } from "./args";
import { bytesOf } from "./pods";

/** How much data there is and how it changes, said or assumed. */
export interface Workload {
  dataBytes: number;
  /** WAL of a day before compression. */
  changeBytesPerDay: number;
  compressedShare: number;
  daysBetween: number;
  retention: RetentionTiersArgs;
}

/** Share of the data that is written in a day when nobody says how much it is. */
const assumedChange = 0.1;

/** As a BackupSchedule takes base backups by default: weekly. */
const assumedDaysBetween = 7;

/** What was said, and the assumption where nothing was. */
export function workloadOf({ active }: Pick<ResolvedInstance, "active">, args: SheetArgs): Workload {
  const dataBytes = bytesOf(args.dataSize ?? active.storage.size);
  return {
    dataBytes,
    changeBytesPerDay:
      args.changePerDay === undefined ? assumedChange * dataBytes : bytesOf(args.changePerDay),
    compressedShare: args.compressedShare ?? 1,
    daysBetween: args.backups?.daysBetween ?? assumedDaysBetween,
    retention: args.backups?.retention ?? {},
  };
}

/** What was taken for granted, as sentences. */
export function workloadAssumptions({
  dataSize,
  changePerDay,
  compressedShare,
  backups,
}: SheetArgs): string[] {
  return [
    ...(dataSize === undefined ? ["The data volume is full (dataSize says otherwise)."] : []),
    ...(changePerDay === undefined
      ? [`${100 * assumedChange} % of the data are written in a day (changePerDay).`]
      : []),
    ...(compressedShare === undefined ? ["Nothing can be compressed (compressedShare)."] : []),
    ...(backups?.daysBetween === undefined
      ? [`A base backup is taken every ${assumedDaysBetween} days (backups.daysBetween).`]
      : []),
    ...(backups?.retention === undefined
      ? ["No points are kept beyond the recovery window (backups.retention)."]
      : []),
  ];
}
