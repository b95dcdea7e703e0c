import { Cron } from "croner";
import type { ArgumentProblem } from "../argument-error";

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

export const defaultTimeZone = "Etc/UTC";
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
  const cron = calendar(window);
  const length = (window.durationMinutes ?? defaultDurationMinutes) * minute;
  // One more than asked for, because each is ended by the next.
  const begins = [...cron.previousRuns(1, new Date(from.getTime() + 1)), ...cron.nextRuns(count + 1, from)];
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
  const zone = timeZoneProblem(window.timeZone ?? defaultTimeZone);
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

/** Kubernetes knows only names, as they are written in the time zone database, with their capitals. */
function timeZoneProblem(value: string): WindowProblem | undefined {
  const canonical = canonicalTimeZone(value);
  const wellFormed = /^[A-Z][\w.+-]{0,13}(\/[A-Z][\w.+-]{0,13})*$/.test(value);
  const sameButCase = canonical?.toLowerCase() === value.toLowerCase() && canonical !== value;
  if (canonical !== undefined && wellFormed && !sameButCase) return undefined;
  const meant = sameButCase ? canonical : "Europe/Berlin";
  return {
    argument: "timeZone",
    value,
    problem: "is not the name of a time zone.",
    remedy: `Write it as the IANA database does, ${sameButCase ? "" : "for example "}"${meant}".`,
  };
}

function canonicalTimeZone(name: string): string | undefined {
  try {
    return new Intl.DateTimeFormat("en", { timeZone: name }).resolvedOptions().timeZone;
  } catch {
    return undefined;
  }
}

function scheduleProblem(value: string): WindowProblem | undefined {
  // Programs in other languages may pass no string.
  const read = readSchedule(String(value));
  return "problem" in read ? { argument: "schedule", value, ...read } : undefined;
}

/** A schedule that has no day, or whose windows follow each other without a gap. The clock is not asked: any year will do. */
function frequencyProblems(window: MaintenanceWindowArgs): WindowProblem[] {
  const begins = calendar(window).nextRuns(60, new Date("2023-12-31T00:00:00Z"));
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

/** What a schedule says, in a form that croner reads as the CronJob controller reads the original. */
function calendar({ schedule, timeZone }: MaintenanceWindowArgs): Cron {
  const read = readSchedule(schedule);
  if ("problem" in read) throw new RangeError(`Schedule "${schedule}" ${read.problem}`);
  return new Cron(read.pattern, { mode: "5-part", timezone: timeZone ?? defaultTimeZone });
}

/** One of the five fields. */
interface CronField {
  name: string;
  min: number;
  max: number;
  /** Names in place of numbers, in their order from `min` on. */
  names?: readonly string[];
}

const fields: readonly CronField[] = [
  { name: "minute", min: 0, max: 59 },
  { name: "hour", min: 0, max: 23 },
  { name: "day of the month", min: 1, max: 31 },
  {
    name: "month",
    min: 1,
    max: 12,
    names: ["jan", "feb", "mar", "apr", "may", "jun", "jul", "aug", "sep", "oct", "nov", "dec"],
  },
  { name: "day of the week", min: 0, max: 6, names: ["sun", "mon", "tue", "wed", "thu", "fri", "sat"] },
];

type ReadSchedule = { pattern: string } | { problem: string; remedy: string };

/**
 * Reads a schedule by the rules of the CronJob controller (robfig/cron v3.0.1, parser.go) and writes every value out, because croner
 * allows more and means something else by some of it.
 */
function readSchedule(schedule: string): ReadSchedule {
  const parts = schedule.trim().split(/\s+/);
  if (parts.length !== fields.length || !parts.every(part => /^[\w*?,/-]+$/.test(part)))
    return formProblem(parts);
  const read = fields.map((field, index) => readField(field, parts[index] as string));
  const wrong = read.find(result => typeof result === "string");
  if (wrong !== undefined) return { problem: wrong, remedy: 'Write for example "0 3 * * 0".' };
  return { pattern: (read as CronValues[]).map((values, index) => written(values, index === 1)).join(" ") };
}

function formProblem(parts: string[]): ReadSchedule {
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

/** Values of a field, and whether it is free: the day of the month and of the week must both match when one of them is. */
interface CronValues {
  values: number[];
  free: boolean;
}

function readField(field: CronField, text: string): CronValues | string {
  const values = new Set<number>();
  let free = false;
  for (const item of text.split(",").filter(part => part !== "")) {
    const range = readRange(field, item);
    if (range === undefined)
      return `has "${item}" for the ${field.name}, which goes from ${field.min} to ${field.max}.`;
    for (let value = range.from; value <= range.to; value += range.step) values.add(value);
    free ||= /^[*?]/.test(item) && range.step === 1;
  }
  if (values.size === 0) return `has nothing for the ${field.name}.`;
  return { values: [...values].sort((a, b) => a - b), free };
}

function readRange(field: CronField, item: string): { from: number; to: number; step: number } | undefined {
  const match = /^(?:([*?])|(\w+)(?:-(\w+))?)(?:\/(\d+))?$/.exec(item);
  if (match === null) return undefined;
  const [, star, low = "", high, every] = match;
  const step = every === undefined ? 1 : Number(every);
  if (step < 1) return undefined;
  if (star !== undefined) return { from: field.min, to: field.max, step };
  const from = readNumber(field, low);
  // A single number with a step means "from there on".
  const open = every === undefined ? from : field.max;
  const to = high === undefined ? open : readNumber(field, high);
  return from === undefined || to === undefined || from > to ? undefined : { from, to, step };
}

function readNumber(field: CronField, text: string): number | undefined {
  const named = field.names?.indexOf(text.toLowerCase()) ?? -1;
  const value = named >= 0 ? field.min + named : /^\d+$/.test(text) ? Number(text) : NaN;
  return value >= field.min && value <= field.max ? value : undefined;
}

/**
 * A field for croner. Hours are written as ranges with a step: croner moves a single hour that the clocks leave out to the next one,
 * while the CronJob controller leaves it out.
 */
function written({ values, free }: CronValues, hour: boolean): string {
  if (free) return "*";
  return values.map(value => (hour ? `${value}-${value}/1` : String(value))).join(",");
}
