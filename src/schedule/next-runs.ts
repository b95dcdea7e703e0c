import { type CronFields, readFields, splitFields } from "./cron-field";
import { CronReader, dayRule, runsAfter } from "./cron-runs";
import { daysOfYear, timesOfDay } from "./phrases";
import type { ResolvedSchedule } from "./resolve";
import { readSchedule } from "./schedule-text";
import { defaultTimeZone } from "./time-zone";

/**
 * The next runs of a schedule, as CloudNativePG computes them, and a CronJob with its `fiveFields`.
 * @param schedule a text that leaves no minute open, or what {@link resolveSchedule} made of one
 * @param from the moment after which to look
 * @param count how many at most; a schedule can run out of days, and then there are fewer
 * @param timeZone of a CronJob, by its IANA name; CloudNativePG counts in UTC. Where the clocks change, a time that is left out has no
 * run, and one that occurs twice has two.
 */
export function nextRuns(
  schedule: string | ResolvedSchedule,
  from: Date,
  count: number,
  timeZone = defaultTimeZone,
): Date[] {
  return runsAfter(fieldsOf(schedule), from, count, { reader: CronReader.ScheduledBackup, timeZone });
}

function fieldsOf(schedule: string | ResolvedSchedule): CronFields {
  if (typeof schedule !== "string") return readFields(splitFields(schedule.sixFields)) as CronFields;
  const read = readSchedule(schedule);
  if ("problem" in read) throw new RangeError(`Schedule "${schedule}" ${read.problem}`);
  if (read.kind === "open")
    throw new RangeError(`Schedule "${schedule}" has no minute before it is resolved.`);
  return read.fields;
}

/**
 * When a schedule runs, as a sentence without its subject: "runs at 02:17 UTC every day; next: 2026-11-21 02:17, …".
 * @param schedule as in {@link nextRuns}
 * @param from the moment after which to look
 * @param timeZone as in {@link nextRuns}
 * @param count how many of the next runs to name
 */
export function describeSchedule(
  schedule: string | ResolvedSchedule,
  from: Date,
  timeZone = defaultTimeZone,
  count = 3,
): string {
  const fields = fieldsOf(schedule);
  const runs = nextRuns(schedule, from, count, timeZone);
  const next =
    runs.length === 0 ? "no next run" : `next: ${runs.map(run => localTime(run, timeZone)).join(", ")}`;
  return `runs ${regularity(fields, timeZone)}; ${next}`;
}

function regularity(fields: CronFields, timeZone: string): string {
  const zone = timeZone === defaultTimeZone ? "UTC" : timeZone;
  const times = timesOfDay(fields, zone);
  const days = daysOfYear(fields, dayRule(fields, CronReader.ScheduledBackup));
  if (fields.hour.values.length < 24) return `${times} ${days}`;
  return days === "every day" ? `${times} (${zone})` : `${times} ${days} (${zone})`;
}

/** "2026-11-21 02:17", with seconds where there are some, and with the offset elsewhere than in UTC: a time can occur twice there. */
export function localTime(at: Date, timeZone: string): string {
  const options = { year: "numeric", month: "2-digit", day: "2-digit", hour: "2-digit" } as const;
  const format = new Intl.DateTimeFormat("en-GB", {
    ...options,
    minute: "2-digit",
    second: "2-digit",
    hourCycle: "h23",
    timeZone,
    timeZoneName: "longOffset",
  });
  const parts = format.formatToParts(at);
  const part = (type: string): string => parts.find(p => p.type === type)?.value ?? "";
  const seconds = part("second") === "00" ? "" : `:${part("second")}`;
  const offset = timeZone === defaultTimeZone ? "" : part("timeZoneName").replace("GMT", "") || "+00:00";
  return `${part("year")}-${part("month")}-${part("day")} ${part("hour")}:${part("minute")}${seconds}${offset}`;
}
