import { type Division, dayText, days, type LocalDayOf, months, weeks, years } from "./calendar";
import type { KnownBackup } from "./known-backup";
import type { RetentionPolicyArgs } from "./retention-policy";

/** A kind of long-term points: one of each period. */
export interface Tier extends Division {
  /** `daily`, `weekly`, `monthly`, `yearly`. */
  name: string;
  /** Whole periods back from the current one that the tier reaches; 0 when there is no such tier. */
  length: number;
}

/** The tiers of a policy, also those of length 0. */
export function tiersOf(policy: RetentionPolicyArgs): Tier[] {
  const { dailyRetentionDays, weeklyRetentionWeeks, monthlyRetentionMonths, yearlyRetentionYears } = policy;
  return [
    { name: "daily", ...days, length: dailyRetentionDays ?? 0 },
    { name: "weekly", ...weeks, length: weeklyRetentionWeeks ?? 0 },
    { name: "monthly", ...months, length: monthlyRetentionMonths ?? 0 },
    { name: "yearly", ...years, length: yearlyRetentionYears ?? 0 },
  ];
}

/** A backup as the point of one period of a tier. */
export interface TierPoint {
  /** `weekly`. */
  tier: string;
  /** `2026-W07`. */
  period: string;
  /** Last day on which it is kept, `2026-03-22`; it expires later while no newer backup is good. */
  keptUntil: string;
  /** Whether the tier still reaches back to it. */
  current: boolean;
}

/**
 * The points of all tiers: of each period the backup that was completed first, among those that began in it. It is known as soon as there
 * is one, so it can be marked long before the recovery window drops it, and no later backup takes its place: a decision once taken stays.
 * @param candidates good backups in the order in which they were completed
 * @param asOf what ages are counted from
 */
export function tierPoints(
  candidates: readonly KnownBackup[],
  tiers: readonly Tier[],
  asOf: Date,
  dayOf: LocalDayOf,
): Map<KnownBackup, TierPoint[]> {
  const today = dayOf(asOf);
  const points = new Map<KnownBackup, TierPoint[]>();
  const dated = candidates.map(backup => ({ backup, day: dayOf(backup.begin) }));
  for (const { name, length, periodOf, textOf, lastDayOf } of tiers) {
    if (length === 0) continue;
    const taken = new Set<number>();
    for (const { backup, day } of dated) {
      const period = periodOf(day);
      if (taken.has(period)) continue;
      taken.add(period);
      const point: TierPoint = {
        tier: name,
        period: textOf(period),
        keptUntil: dayText(lastDayOf(period + length)),
        current: periodOf(today) - period <= length,
      };
      points.set(backup, [...(points.get(backup) ?? []), point]);
    }
  }
  return points;
}
