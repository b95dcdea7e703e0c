import { localCalendar } from "../backup/calendar";
import { BackupKind, BackupState } from "../backup/known-backup";
import { type GoodBackup, neededByWindow, recoveryWindow, windowBegin } from "../backup/recovery-window";
import type { RetentionTiersArgs } from "../backup/retention-policy";
import { tierPoints, tiersOf } from "../backup/tiers";
import { defaultTimeZone } from "../schedule/time-zone";
import type { SheetBackups } from "./sheet";
import type { Workload } from "./workload";

const dayLength = 24 * 3600_000;

/**
 * When backups are counted: the last day of a year, in the middle of a week, so that every period has its point. Only which one it is depends on
 * the day, by one at most.
 */
const asOf = new Date("2025-12-31T12:00:00Z");

/**
 * What lies in the store at most. WAL reaches back to the oldest base backup of the window, which stays until the next one is as old as the window;
 * points of tiers are single moments and keep none.
 */
export function sheetBackups(recoveryWindowDays: number, workload: Workload): SheetBackups {
  const { dataBytes, changeBytesPerDay, compressedShare, daysBetween, retention } = workload;
  const { windowBackups, tierBackups } = keptBackups(recoveryWindowDays, daysBetween, retention);
  const walDays = recoveryWindowDays + daysBetween;
  const backupBytes = Math.ceil(dataBytes * compressedShare);
  const walBytesPerDay = Math.ceil(changeBytesPerDay * compressedShare);
  return {
    recoveryWindowDays,
    daysBetween,
    windowBackups,
    tierBackups,
    walDays,
    backupBytes,
    walBytesPerDay,
    bytes: Math.ceil((windowBackups + tierBackups) * backupBytes + walDays * walBytesPerDay),
    fullAfterDays: Math.ceil(Math.max(walDays, ...tierDays(retention))),
  };
}

/** How many base backups are kept, just after one was taken, by the rules of retention themselves. */
export function keptBackups(
  recoveryWindowDays: number,
  daysBetween: number,
  retention: RetentionTiersArgs,
): { windowBackups: number; tierBackups: number } {
  const days = Math.max(recoveryWindowDays, ...tierDays(retention)) + daysBetween;
  const count = Math.ceil(days / daysBetween) + 1;
  const good = Array.from({ length: count }, (_, age) => backup(age * daysBetween)).reverse();
  const needed = neededByWindow(good, recoveryWindow(good, windowBegin(recoveryWindowDays, asOf)));
  const calendar = localCalendar(retention.timeZone ?? defaultTimeZone);
  const points = [...tierPoints(good, tiersOf(retention), asOf, calendar)]
    .filter(([, of]) => of.some(({ current }) => current))
    .map(([point]) => point);
  return {
    windowBackups: needed.size,
    tierBackups: points.filter(point => !needed.has(point)).length,
  };
}

function backup(age: number): GoodBackup {
  const end = new Date(asOf.getTime() - age * dayLength);
  return { id: end.toISOString(), kind: BackupKind.Base, state: BackupState.Completed, begin: end, end };
}

/** How far back each tier reaches. */
function tierDays(retention: RetentionTiersArgs): number[] {
  const { dailyRetentionDays, weeklyRetentionWeeks, monthlyRetentionMonths, yearlyRetentionYears } =
    retention;
  const lengths: [number | undefined, number][] = [
    [dailyRetentionDays, 1],
    [weeklyRetentionWeeks, 7],
    [monthlyRetentionMonths, 31],
    [yearlyRetentionYears, 366],
  ];
  return lengths.map(([length = 0, days]) => (length === 0 ? 0 : (length + 1) * days));
}
