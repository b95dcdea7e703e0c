import { Severity } from "../parameters/finding";
import { type CronFields, readFields, splitFields } from "./cron-field";
import { CronReader, DayRule, dayRule, runsAfter } from "./cron-runs";
import { daysOfYear, fieldByField, timesOfDay } from "./phrases";
import { fieldsAt } from "./recurrence";
import { CronJobDifference, cronJobDifference } from "./resolve";
import { type FixedSchedule, readSchedule } from "./schedule-text";

/** Something to say about a schedule. */
export interface ScheduleProblem {
  severity: Severity;
  /** What is wrong, as the end of a sentence that begins with the schedule. */
  problem: string;
  /** What to write, as a sentence. */
  remedy: string;
}

/** Any year will do: the clock is not asked. Leap days and their days of the week repeat within 28 years. */
const anyYear = new Date("2023-12-31T00:00:00Z");
const leapYears = 8;
/** Base backups take longer than that, and the next one waits. */
const tooOften = 10 * 60_000;

/** What is wrong with a schedule: what refuses it, or else what may not be meant. */
export function scheduleProblems(text: string): ScheduleProblem[] {
  // Programs in other languages may pass no string.
  const read = readSchedule(String(text));
  if ("problem" in read)
    return [{ severity: Severity.Refused, problem: read.problem, remedy: read.remedy ?? example }];
  if (read.kind === "open")
    return warnings(readFields(splitFields(fieldsAt(read.recurrence, 0))) as CronFields);
  const never = neverProblem(read.fields);
  if (never !== undefined) return [never];
  const hourly = hourlyWarning(read);
  return hourly === undefined ? warnings(read.fields) : [hourly, ...dayWarnings(read.fields)];
}

const example = 'Write for example "daily 02:00" or "0 2 * * *".';

/** Why a schedule that has passed {@link scheduleProblems} is none for a CronJob, which `fiveFields` are missing for then. */
export function cronJobProblem(text: string): ScheduleProblem | undefined {
  const read = readSchedule(text);
  if ("problem" in read || read.kind === "open") return undefined;
  const severity = Severity.Refused;
  switch (cronJobDifference(read.fields)) {
    case CronJobDifference.Seconds:
      return {
        severity,
        problem: "has seconds; a CronJob runs at whole minutes.",
        remedy: `Write "${splitFields(read.text).slice(1).join(" ")}".`,
      };
    case CronJobDifference.Days:
      return {
        severity,
        problem: "has days that a CronJob would read otherwise.",
        remedy: numbers(read.fields),
      };
    default:
      return undefined;
  }
}

function neverProblem(fields: CronFields): ScheduleProblem | undefined {
  const runs = someRuns(fields);
  if (runs.length === leapYears) return undefined;
  return {
    severity: Severity.Refused,
    problem:
      "names a day that no year has, or that is more than five years away at times, and then it would never run.",
    remedy: "Correct day and month.",
  };
}

function someRuns(fields: CronFields): Date[] {
  return runsAfter(fields, anyYear, leapYears, { reader: CronReader.ScheduledBackup });
}

/** Five fields to which a star was added: what was meant for the hour is the minute. */
function hourlyWarning({ text, fields, written }: FixedSchedule): ScheduleProblem | undefined {
  if (written !== 6 || !fields.hour.free || fields.minute.free || fields.second.values.length > 1)
    return undefined;
  const [second, minute, , ...days] = splitFields(text) as [string, string, string, ...string[]];
  const meant = [second, minute, ...days];
  const read = readFields(meant);
  // Half past is no hour, and a step over a day no step.
  if ("problem" in read || (minute.match(/\d+/g) ?? []).some(number => Number(number) > 23)) return undefined;
  const perHour = ["*", ...days].join(" ");
  return {
    severity: Severity.Warning,
    problem: `runs at ${fieldByField(fields)}: with six fields the first is the second.`,
    remedy: `Write "${meant.join(" ")}" for ${timesOfDay(read, "UTC").replace(/^at /, "")}, or "${minute} ${perHour}" if every hour is meant.`,
  };
}

function warnings(fields: CronFields): ScheduleProblem[] {
  const often = oftenWarning(fields);
  return [...(often === undefined ? [] : [often]), ...dayWarnings(fields)];
}

function oftenWarning(fields: CronFields): ScheduleProblem | undefined {
  const runs = someRuns(fields).map(run => run.getTime());
  const gap = Math.min(...runs.slice(1).map((run, index) => run - (runs[index] as number)));
  if (gap >= tooOften) return undefined;
  const length = gap < 60_000 ? amount(gap / 1000, "second") : amount(gap / 60_000, "minute");
  return {
    severity: Severity.Warning,
    problem: `has runs ${length} apart.`,
    remedy: "A run that is not over delays the next one; let it run less often.",
  };
}

function amount(count: number, unit: string): string {
  return `${count} ${unit}${count === 1 ? "" : "s"}`;
}

function dayWarnings(fields: CronFields): ScheduleProblem[] {
  const { day, month, weekday } = fields;
  const severity = Severity.Warning;
  const days = daysOfYear(fields, dayRule(fields, CronReader.ScheduledBackup));
  if (cronJobDifference(fields) === CronJobDifference.Days)
    return [
      {
        severity,
        problem: `runs ${days}: both must match, because one has a star.`,
        remedy: numbers(fields),
      },
    ];
  if (dayRule(fields, CronReader.ScheduledBackup) === DayRule.Either)
    return [
      {
        severity,
        problem: `runs ${days}: either of the two days is enough.`,
        remedy: 'Write "*" for one of them, unless that is meant.',
      },
    ];
  if (month.values.length === 12 && weekday.free && (day.values[0] as number) > 28)
    return [
      {
        severity,
        problem: `runs ${days}, and months without that day have no run.`,
        remedy: "Choose a day from 1 to 28 for a run in every month.",
      },
    ];
  return [];
}

/** How to write days so that either is enough, for every reader. */
function numbers({ day, weekday }: CronFields): string {
  const what = day.starred
    ? `"${day.values.join()}" for the day of the month`
    : `"${weekday.values.join()}" for the day of the week`;
  return `Write ${what} if either is meant, which a CronJob takes too.`;
}
