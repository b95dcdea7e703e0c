import type { ArgumentProblem } from "../argument-error";
import { type CronFields, type CronProblem, readFields, splitFields } from "../schedule/cron-field";
import { type CronContext, CronReader, runBefore, runsAfter } from "../schedule/cron-runs";
import { defaultTimeZone, timeZoneProblem } from "../schedule/time-zone";

/** Recurring hours in which the servers may restart. */
export interface MaintenanceWindowArgs {
  /**
   * When each window begins, as the five fields of a Kubernetes CronJob: minute, hour, day of the month, month, day of the week (0 is
   * Sunday). Where the clocks change, a time that is left out has no window, and one that occurs twice has two.
   * @example "0 3 * * 0"
   */
  schedule: string;
  /** Time zone of the schedule, by its IANA name. @default "Etc/UTC" @example "Europe/Berlin" */
  timeZone?: string;
  /** Minutes a window is open, 5 to 1440; the next one ends it earlier. @default 60 */
  durationMinutes?: number;
}

/** Hours in which the servers may restart. */
export interface MaintenanceWindow {
  begin: Date;
  /** The first moment after it. */
  end: Date;
}

/** Something that is wrong with an argument, whose path is relative; for the component to say. */
export type WindowProblem = Required<Pick<ArgumentProblem, "argument" | "value" | "problem" | "remedy">>;

export { defaultTimeZone };
export const defaultDurationMinutes = 60;
/** Shorter ones can be over before a Job has started, longer ones never close. */
const durations = { min: 5, max: 1440 };
const minute = 60_000;

/**
 * The window that is open at a moment, if one is, and those that follow.
 * @param from the moment to look from
 * @param count how many at most; a schedule can run out of days, and then there are fewer
 */
export function nextWindows(window: MaintenanceWindowArgs, from: Date, count: number): MaintenanceWindow[] {
  const [fields, context] = calendar(window);
  const length = (window.durationMinutes ?? defaultDurationMinutes) * minute;
  const before = runBefore(fields, from, context);
  // One more than asked for, because each is ended by the next.
  const after = runsAfter(fields, from, count + 1, context);
  const begins = before === undefined ? after : [before, ...after];
  return begins
    .map((begin, index) => ({ begin, end: endOf(begin, length, begins[index + 1]) }))
    .filter(({ end }) => end > from)
    .slice(0, count);
}

function endOf(begin: Date, length: number, next: Date | undefined): Date {
  const end = begin.getTime() + length;
  return new Date(next === undefined ? end : Math.min(end, next.getTime()));
}

/** What is wrong with a window; the paths are relative to it. */
export function windowProblems(window: MaintenanceWindowArgs): WindowProblem[] {
  const zone = zoneProblem(window.timeZone ?? defaultTimeZone);
  const duration = durationProblem(window.durationMinutes ?? defaultDurationMinutes);
  const schedule = scheduleProblem(window.schedule);
  const problems = [schedule, zone, duration].filter(problem => problem !== undefined);
  return problems.length > 0 ? problems : frequencyProblems(window);
}

function durationProblem(value: number): WindowProblem | undefined {
  if (Number.isInteger(value) && value >= durations.min && value <= durations.max) return undefined;
  return {
    argument: "durationMinutes",
    value,
    problem: `is not a whole number from ${durations.min} to ${durations.max}.`,
    remedy: "Write the minutes a window is open, for example 60.",
  };
}

function zoneProblem(value: string): WindowProblem | undefined {
  const problem = timeZoneProblem(value);
  return problem && { argument: "timeZone", value, ...problem };
}

function scheduleProblem(value: string): WindowProblem | undefined {
  // Programs in other languages may pass no string.
  const read = readSchedule(String(value));
  if (!("problem" in read)) return undefined;
  return {
    argument: "schedule",
    value,
    problem: read.problem,
    remedy: read.remedy ?? 'Write for example "0 3 * * 0".',
  };
}

/** A schedule that has no day, or whose windows follow each other without a gap. The clock is not asked: any year will do. */
function frequencyProblems(window: MaintenanceWindowArgs): WindowProblem[] {
  const [fields, context] = calendar(window);
  const begins = runsAfter(fields, new Date("2023-12-31T00:00:00Z"), 60, context);
  if (begins.length === 0) {
    const problem = "names a day that no year has, so no window would ever begin.";
    return [{ argument: "schedule", value: window.schedule, problem, remedy: "Correct day and month." }];
  }
  const length = (window.durationMinutes ?? defaultDurationMinutes) * minute;
  const gaps = begins.slice(1).map((begin, index) => begin.getTime() - (begins[index] as Date).getTime());
  if (begins.length < 60 || Math.max(...gaps) > length) return [];
  return [
    {
      argument: "durationMinutes",
      value: window.durationMinutes ?? defaultDurationMinutes,
      problem: `is as long as the time from one window of "${window.schedule}" to the next, so the window would never close.`,
      remedy: 'Shorten it, let the windows begin less often, or choose mode "immediate".',
    },
  ];
}

/** A schedule, and how the CronJob reads it. */
function calendar({ schedule, timeZone }: MaintenanceWindowArgs): [CronFields, CronContext] {
  const read = readSchedule(schedule);
  if ("problem" in read) throw new RangeError(`Schedule "${schedule}" ${read.problem}`);
  return [read, { reader: CronReader.CronJob, timeZone }];
}

function readSchedule(schedule: string): CronFields | CronProblem {
  const parts = splitFields(schedule);
  if (parts.length !== 5 || !parts.every(part => /^[\w*?,/-]+$/.test(part))) return formProblem(parts);
  return readFields(parts);
}

function formProblem(parts: string[]): CronProblem {
  const first = parts[0] ?? "";
  if (first.startsWith("@")) {
    return {
      problem: "is a nickname, not five fields.",
      remedy: 'Write the fields, for example "0 0 * * *".',
    };
  }
  if (/^(CRON_)?TZ=/.test(first)) {
    return { problem: "must not name a time zone.", remedy: "Set timeZone." };
  }
  if (parts.length === 6) {
    return {
      problem: "has six fields; a window begins at a whole minute, so there is no field for seconds.",
      remedy: `Leave the first one out: "${parts.slice(1).join(" ")}".`,
    };
  }
  return {
    problem: "is not a schedule of five fields: minute, hour, day of the month, month, day of the week.",
    remedy: 'Write for example "0 3 * * 0" for Sundays at three.',
  };
}
