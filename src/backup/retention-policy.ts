import type { ArgumentProblem } from "../argument-error";
import { nearest } from "../nearest";
import { defaultTimeZone, timeZoneProblem } from "../schedule/time-zone";

/**
 * Tiers of single points, beyond the recovery window. A tier keeps the first backup completed of each of its periods, for the current
 * period and the given number of whole periods before it, so that it reaches back at least as far as its number says. Ages are counted
 * from the newest good backup, not from today: while backups fail, no point expires.
 *
 * A change takes effect with the next run of retention and restarts nothing. More keeps what is still there; it brings nothing back.
 * Less releases and prunes the points that it no longer covers, for good.
 */
export interface RetentionTiersArgs {
  /** Days of which one point each is kept, besides today; 0 to 3650. @default 0, no such points */
  dailyRetentionDays?: number;
  /** Weeks (Monday to Sunday) of which one point each is kept, besides the current one; 0 to 520. @default 0, no such points */
  weeklyRetentionWeeks?: number;
  /** Months of which one point each is kept, besides the current one; 0 to 1200. @default 0, no such points */
  monthlyRetentionMonths?: number;
  /** Years of which one point each is kept, besides the current one; 0 to 100. @default 0, no such points */
  yearlyRetentionYears?: number;
  /**
   * Time zone whose days, weeks, months and years count, as the IANA database spells it. A change chooses the points anew among the
   * backups that are still there.
   * @default "Etc/UTC"
   * @example "Europe/Berlin"
   */
  timeZone?: string;
}

/** How long backups are kept: a recovery window in which every moment can be restored, and tiers of single points beyond it. */
export interface RetentionPolicyArgs extends RetentionTiersArgs {
  /**
   * Days, each of 24 hours, back from now in which every moment can be restored; 1 to 3650. Barman keeps the newest base backup from
   * before the window, everything since, and the WAL; snapshots and dumps of the window are kept too.
   * @default 7
   */
  recoveryWindowDays?: number;
}

/** Time zone of a policy that names none. */
export { defaultTimeZone };

/** Days of the recovery window of a policy that names none. */
export const defaultRecoveryWindowDays = 7;

/** What is wrong with a policy; `argument` is relative to it. */
export type PolicyProblem = Required<Pick<ArgumentProblem, "argument" | "value" | "problem" | "remedy">>;

interface Span {
  min: number;
  max: number;
  unit: string;
  example: number;
}

/** Beyond ten years a window or tier of days is meant as something else; Barman fails on windows that begin before year 1. */
const spans = {
  recoveryWindowDays: { min: 1, max: 3650, unit: "days", example: defaultRecoveryWindowDays },
  dailyRetentionDays: { min: 0, max: 3650, unit: "days", example: 14 },
  weeklyRetentionWeeks: { min: 0, max: 520, unit: "weeks", example: 8 },
  monthlyRetentionMonths: { min: 0, max: 1200, unit: "months", example: 12 },
  yearlyRetentionYears: { min: 0, max: 100, unit: "years", example: 3 },
} as const satisfies Partial<Record<keyof RetentionPolicyArgs, Span>>;

const argumentNames = [...Object.keys(spans), "timeZone"];

/** What is wrong with a policy; empty when nothing is. */
export function policyProblems(policy: RetentionPolicyArgs): PolicyProblem[] {
  const entries = Object.entries(policy as Record<string, unknown>);
  return entries.flatMap(([argument, value]) => {
    if (value === undefined) return [];
    if (argument === "timeZone") return zoneProblems(value);
    const span = Object.hasOwn(spans, argument) ? spans[argument as keyof typeof spans] : undefined;
    return span === undefined ? [unknownArgument(argument, value)] : spanProblems(argument, value, span);
  });
}

function spanProblems(argument: string, value: unknown, { min, max, unit, example }: Span): PolicyProblem[] {
  if (Number.isInteger(value) && (value as number) >= min && (value as number) <= max) return [];
  const off = min === 0 ? ", or 0 for no such points" : "";
  return [
    {
      argument,
      value,
      problem: `is not a whole number of ${unit} from ${min} to ${max}.`,
      remedy: `Write for example ${example}${off}.`,
    },
  ];
}

function unknownArgument(argument: string, value: unknown): PolicyProblem {
  const meant = nearest(argument, argumentNames);
  return {
    argument,
    value,
    problem: "is no argument of a retention policy.",
    remedy: meant === undefined ? `These are: ${argumentNames.join(", ")}.` : `Did you mean ${meant}?`,
  };
}

function zoneProblems(value: unknown): PolicyProblem[] {
  const problem = timeZoneProblem(String(value));
  return problem === undefined ? [] : [{ argument: "timeZone", value, ...problem }];
}
