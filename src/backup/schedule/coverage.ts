import { nextRuns, resolveSchedule } from "../../schedule";
import { localCalendar } from "../calendar";
import { defaultTimeZone, type RetentionTiersArgs } from "../retention-policy";
import { type Tier, tiersOf } from "../tiers";
import { isBase, type ResolvedBackupSchedule } from "./resolve";

/** Any two years will do: the clock is not asked. The first is a leap year. */
const from = new Date("2023-12-31T23:59:59Z");
const years = 2;
/** More runs than that leave no period of a tier without one. */
const mostRuns = years * 366;

/** What base backups by the clock mean for the points of the tiers, as sentences. Minutes that are left open count as the first of their hours. */
export function coverageWarnings(schedule: ResolvedBackupSchedule): string[] {
  const active = tiersOf(schedule.tiers).filter(({ length }) => length > 0);
  if (active.length === 0) return [];
  const runs = baseRuns(schedule);
  if (runs.length === 0)
    return [
      "retention: no schedule takes base backups, so only those that are taken on demand can become points of the tiers.",
    ];
  if (runs.length >= mostRuns) return [];
  const points = active.map(tier => ({ tier, ...count(tier, runs, schedule.tiers) }));
  return points.flatMap(({ tier, taken, all, first }) => {
    if (taken < all)
      return [
        `retention.${argumentOf(tier)}: base backups are taken in ${taken} of ${all} ${unitOf(tier)} only, in none of ${first}; the others have no ${tier.name} point. Take them more often, or leave this tier out.`,
      ];
    return runs.length === taken ? [everyBackupWarning(tier)] : [];
  });
}

/** Barman removes WAL only when it removes a base backup. */
function everyBackupWarning(tier: Tier): string {
  return `retention.${argumentOf(tier)}: every base backup is a ${tier.name} point, so that none is removed before the tier ends, and no WAL either: Barman removes WAL together with a base backup. Take base backups more often than that tier keeps points, if the store is to hold less.`;
}

function baseRuns({ full }: ResolvedBackupSchedule): Date[] {
  const until = from.getTime() + years * 366 * 24 * 3600_000;
  return full
    .filter(entry => isBase(entry) && !entry.suspend)
    .flatMap(({ schedule }) => nextRuns(resolveSchedule(schedule, ""), from, mostRuns))
    .filter(run => run.getTime() < until)
    .sort((a, b) => a.getTime() - b.getTime());
}

interface Coverage {
  /** Periods with a run. */
  taken: number;
  /** Whole periods between the first and the last run. */
  all: number;
  /** A period without one. */
  first: string;
}

function count(tier: Tier, runs: Date[], { timeZone = defaultTimeZone }: RetentionTiersArgs): Coverage {
  const dayOf = localCalendar(timeZone);
  const periods = new Set(runs.map(run => tier.periodOf(dayOf(run))));
  const known = [...periods];
  const [begin, end] = [Math.min(...known), Math.max(...known)];
  const missing = Array.from({ length: end - begin + 1 }, (_, i) => begin + i).find(
    period => !periods.has(period),
  );
  return {
    taken: periods.size,
    all: end - begin + 1,
    first: missing === undefined ? "" : tier.textOf(missing),
  };
}

function argumentOf({ name }: Tier): keyof RetentionTiersArgs {
  return tierArguments[name as keyof typeof tierArguments];
}

function unitOf({ name }: Tier): string {
  return tierUnits[name as keyof typeof tierUnits];
}

const tierArguments = {
  daily: "dailyRetentionDays",
  weekly: "weeklyRetentionWeeks",
  monthly: "monthlyRetentionMonths",
  yearly: "yearlyRetentionYears",
} as const;

const tierUnits = { daily: "days", weekly: "weeks", monthly: "months", yearly: "years" } as const;
