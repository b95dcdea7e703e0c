import type { KnownBackup } from "./known-backup";

const dayLength = 24 * 3600_000;

/** A good backup: its times are known. */
export type GoodBackup = KnownBackup & { end: Date };

/** When a recovery window of so many days begins. Barman counts days of 24 hours too. */
export function windowBegin(days: number, now: Date): Date {
  return new Date(now.getTime() - days * dayLength);
}

/**
 * The backups Barman's recovery window keeps: from the newest one back to the first that ended before the window begins, which is the
 * base of its earliest moment.
 * Source: Barman 3.20, retention_policies.py, RecoveryWindowRetentionPolicy._backup_report. It goes by backup ids, which are times of begin.
 */
export function recoveryWindow(good: readonly GoodBackup[], begin: Date): RecoveryWindow {
  const newestFirst = good.toSorted(byBegin).reverse();
  const base = newestFirst.findIndex(({ end }) => end < begin);
  return {
    begin,
    base: newestFirst[base],
    kept: new Set(base === -1 ? newestFirst : newestFirst.slice(0, base + 1)),
  };
}

/** What a recovery window needs. */
export interface RecoveryWindow {
  begin: Date;
  /** What its earliest moment is restored from; absent while no backup is as old as the window. */
  base: GoodBackup | undefined;
  kept: ReadonlySet<KnownBackup>;
}

/**
 * The same and more: whatever ended in the window, and of those before it the one that ended last. They differ where backups overlapped
 * or clocks were changed, and there nothing is removed that any moment could be restored from sooner.
 */
export function neededByWindow(good: readonly GoodBackup[], window: RecoveryWindow): Set<KnownBackup> {
  const needed = new Set<KnownBackup>(window.kept);
  for (const backup of good) if (backup.end >= window.begin) needed.add(backup);
  const last = good
    .filter(({ end }) => end < window.begin)
    .sort(byCompletion)
    .at(-1);
  if (last !== undefined) needed.add(last);
  return needed;
}

/**
 * The one that began last. Barman never drops it, and as time goes on none takes its place that ended before it; so ages counted from its
 * end never shrink.
 */
export function lastBegun(good: readonly GoodBackup[]): GoodBackup | undefined {
  return good.toSorted(byBegin).at(-1);
}

/** In the order in which they began. */
export function byBegin(a: KnownBackup, b: KnownBackup): number {
  return a.begin.getTime() - b.begin.getTime() || (a.id < b.id ? -1 : 1);
}

/** In the order in which they were completed. */
export function byCompletion(a: GoodBackup, b: GoodBackup): number {
  return a.end.getTime() - b.end.getTime() || (a.id < b.id ? -1 : 1);
}
