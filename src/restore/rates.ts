import { defaultSegmentSize } from "../backup/archive/wal-name";
import { DrillOutcome, type DrillReport } from "../backup/drill/report";
import { defaultRates, type RestoreRates } from "./estimate";

/**
 * Rates of the newest drill that succeeded: what this instance's own restores take.
 * @param reports newest first
 * @param segmentSize bytes of a WAL segment
 */
export function ratesOf(
  reports: readonly DrillReport[],
  segmentSize: number = defaultSegmentSize,
): RestoreRates | undefined {
  const report = reports.find(
    ({ outcome, rtoSeconds }) => outcome === DrillOutcome.Succeeded && rtoSeconds !== undefined,
  );
  if (report?.rtoSeconds === undefined) return undefined;
  const { backup, wal, phases = {}, rtoSeconds, id } = report;
  const { baseBackup = 0, replay = 0 } = phases;
  return {
    fixedSeconds: Math.max(0, rtoSeconds - baseBackup - replay),
    backupBytesPerSecond: rateOr(backup?.bytes, baseBackup, defaultRates.backupBytesPerSecond),
    walBytesPerSecond: rateOr((wal?.segments ?? 0) * segmentSize, replay, defaultRates.walBytesPerSecond),
    source: `rates of restore drill ${id}`,
  };
}

/** A part that took no measurable time tells no rate. */
function rateOr(bytes: number | undefined, seconds: number, otherwise: number): number {
  return bytes === undefined || bytes === 0 || seconds <= 0 ? otherwise : bytes / seconds;
}
