import { availabilityPromise } from "../availability/promise";
import type { ResolvedInstance } from "../instance/resolve";
import { loadCatalogue } from "../parameters/catalogue";
import { effectiveNumber } from "../parameters/effective";
import { estimateRestore } from "../restore/estimate";
import type { SheetBackups, SheetRecovery } from "./sheet";
import type { Workload } from "./workload";

/** What can be lost, and how long writes pause. */
export function sheetRecovery(
  instance: ResolvedInstance,
  backups: SheetBackups | undefined,
  workload: Workload,
): SheetRecovery {
  const promise = availabilityPromise(instance.availability);
  const archiveLossSeconds = backups && archiveLoss(instance);
  const { failoverSeconds, nodeLossSeconds } = promise;
  return {
    ...defined("serverLossSeconds", promise.lossSeconds ?? archiveLossSeconds),
    ...defined("archiveLossSeconds", archiveLossSeconds),
    ...defined("podSeconds", failoverSeconds),
    ...defined("nodeSeconds", nodeLossSeconds),
    ...(backups === undefined ? {} : restoreSeconds(backups, workload)),
    loss: promise.loss,
    interruption: promise.interruption,
  };
}

/** A segment is archived when it is full or after `archive_timeout`; 0 waits for it to be full. */
function archiveLoss({ active }: ResolvedInstance): number | undefined {
  const { major, server } = active;
  const seconds = effectiveNumber(loadCatalogue(major), server.parameters, "archive_timeout") ?? 0;
  return seconds > 0 ? seconds : undefined;
}

/** Rates are for WAL before compression, because that is what is replayed. */
function restoreSeconds(
  { backupBytes, daysBetween }: SheetBackups,
  { changeBytesPerDay }: Workload,
): Pick<SheetRecovery, "restoreLeastSeconds" | "restoreMostSeconds"> {
  const seconds = (days: number): number =>
    Math.ceil(estimateRestore(backupBytes, days * changeBytesPerDay).totalSeconds);
  return { restoreLeastSeconds: seconds(0), restoreMostSeconds: seconds(daysBetween) };
}

function defined<K extends string>(key: K, value: number | undefined): Partial<Record<K, number>> {
  return value === undefined ? {} : ({ [key]: value } as Record<K, number>);
}
