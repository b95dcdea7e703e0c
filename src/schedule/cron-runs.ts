import { Cron } from "croner";
import type { CronFields, CronValues } from "./cron-field";
import { defaultTimeZone } from "./time-zone";

/** Who starts what a schedule is for. They read the same fields, but for one rule about days. */
export const CronReader = {
  /** CloudNativePG's ScheduledBackup: robfig/cron v1.2.0. */
  ScheduledBackup: "ScheduledBackup",
  /** Kubernetes' CronJob: robfig/cron v3.0.1. */
  CronJob: "CronJob",
} as const;
export type CronReader = (typeof CronReader)[keyof typeof CronReader];

/** How the days are chosen when the day of the month and the day of the week are both restricted. */
export const DayRule = { Both: "both", Either: "either" } as const;
export type DayRule = (typeof DayRule)[keyof typeof DayRule];

/** Days match if both fields do when one of them has a star, else if either does. A star with a step counts as one in CloudNativePG only. */
export function dayRule({ day, weekday }: CronFields, reader: CronReader): DayRule {
  const star = ({ free, starred }: CronValues): boolean =>
    reader === CronReader.ScheduledBackup ? starred : free;
  return star(day) || star(weekday) ? DayRule.Both : DayRule.Either;
}

/** Who reads a schedule, and where its hours are counted. */
export interface CronContext {
  reader: CronReader;
  /** By its IANA name. @default "Etc/UTC" */
  timeZone?: string;
}

/** Both readers give up after so many calendar years without a run. */
const patience = 5;

/**
 * The runs after a moment. Where the clocks change, a time that is left out has none, and one that occurs twice has two.
 * @param count how many at most; fewer when the reader gives up
 */
export function runsAfter(fields: CronFields, from: Date, count: number, context: CronContext): Date[] {
  const year = yearIn(context.timeZone ?? defaultTimeZone);
  const runs = cronOf(fields, context).nextRuns(count, from);
  // Each search begins a second after the run before.
  const starts = [from, ...runs].map(start => year(start.getTime() + 1000));
  const end = runs.findIndex((run, index) => year(run.getTime()) > (starts[index] as number) + patience);
  return end < 0 ? runs : runs.slice(0, end);
}

/** The last run at a moment or before it. */
export function runBefore(fields: CronFields, moment: Date, context: CronContext): Date | undefined {
  return cronOf(fields, context).previousRuns(1, new Date(moment.getTime() + 1))[0];
}

/** Every value is written out, because croner allows more than the readers and means something else by some of it. */
function cronOf(fields: CronFields, { reader, timeZone }: CronContext): Cron {
  const both = dayRule(fields, reader) === DayRule.Both;
  const { second, minute, hour, day, month, weekday } = fields;
  const pattern = [
    written(second),
    written(minute),
    written(hour, true),
    written(day),
    written(month),
    written(weekday),
  ].join(" ");
  return new Cron(pattern, { mode: "6-part", timezone: timeZone ?? defaultTimeZone, domAndDow: both });
}

/**
 * A field for croner. Hours are written as ranges with a step: croner moves a single hour that the clocks leave out to the next one,
 * while the CronJob controller leaves it out.
 */
function written({ values, free }: CronValues, hour = false): string {
  if (free) return "*";
  return values.map(value => (hour ? `${value}-${value}/1` : String(value))).join(",");
}

function yearIn(timeZone: string): (at: number) => number {
  if (timeZone === defaultTimeZone) return at => new Date(at).getUTCFullYear();
  const format = new Intl.DateTimeFormat("en", { timeZone, year: "numeric" });
  return at => Number(format.format(at));
}
