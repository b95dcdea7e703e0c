import { nearest } from "../nearest";
import type { CronProblem } from "./cron-field";

/** How often something recurs, in words. */
export const Period = { Hourly: "hourly", Daily: "daily", Weekly: "weekly", Monthly: "monthly" } as const;
export type Period = (typeof Period)[keyof typeof Period];

/** A schedule in words, read. */
export interface Recurrence {
  period: Period;
  /** With `weekly` the day of the week, 0 is Sunday; with `monthly` the day of the month. */
  day?: number;
  /** The first minute: of the hour with `hourly`, else of the day. */
  begin: number;
  /** How many minutes there are to choose one from; 1 is an exact time. */
  length: number;
}

/**
 * Every day.
 * @param time a time of day, "02:00", or hours in which a minute is chosen for each instance, "02:00-03:00"; the last minute before the end
 * is the latest, and the end may be on the next day
 * @returns "daily 02:00-03:00"
 */
export function daily(time: string): string {
  return `${Period.Daily} ${time}`;
}

/**
 * Every hour.
 * @param minute 0 to 59; a minute is chosen for each instance when there is none
 * @returns "hourly 15"
 */
export function hourly(minute?: number): string {
  return minute === undefined ? Period.Hourly : `${Period.Hourly} ${minute}`;
}

/**
 * Every week.
 * @param day "sun" to "sat", or the whole word
 * @param time as in {@link daily}; hours that end on the next day begin on this one
 * @returns "weekly sun 02:00-03:00"
 */
export function weekly(day: string, time: string): string {
  return `${Period.Weekly} ${day} ${time}`;
}

/**
 * Every month.
 * @param day 1 to 31; months without it have no run
 * @param time as in {@link daily}, but on this day alone
 * @returns "monthly 1 02:00-03:00"
 */
export function monthly(day: number, time: string): string {
  return `${Period.Monthly} ${day} ${time}`;
}

const weekdays = ["sunday", "monday", "tuesday", "wednesday", "thursday", "friday", "saturday"];

/** Whether a text is meant as words: seconds and minutes have no names. */
export function isInWords(parts: readonly string[]): boolean {
  return /^[a-z]+$/i.test(parts[0] ?? "");
}

/** Reads a schedule in words. */
export function readRecurrence(parts: readonly string[]): Recurrence | CronProblem {
  const [word = "", ...rest] = parts.map(part => part.toLowerCase());
  switch (word) {
    case Period.Hourly:
      return readHourly(rest);
    case Period.Daily:
      return expect(rest, 1, 'Write "daily 02:00" or "daily 02:00-03:00".') ?? readDaily(rest);
    case Period.Weekly:
      return expect(rest, 2, 'Write "weekly sun 02:00" or "weekly sun 02:00-03:00".') ?? readWeekly(rest);
    case Period.Monthly:
      return expect(rest, 2, 'Write "monthly 1 02:00" or "monthly 1 02:00-03:00".') ?? readMonthly(rest);
    default:
      return unknownWord(word, rest);
  }
}

function expect(rest: string[], count: number, remedy: string): CronProblem | undefined {
  if (rest.length === count) return undefined;
  return { problem: `has ${rest.length < count ? "too little" : "too much"} after its first word.`, remedy };
}

function unknownWord(word: string, rest: string[]): CronProblem {
  const periods = Object.values(Period);
  const meant = nearest(word, periods);
  const remedy =
    meant === undefined
      ? 'Write for example "daily 02:00" or "0 2 * * *".'
      : `Write "${[meant, ...rest].join(" ")}".`;
  return { problem: `begins with "${word}"; the words known are ${periods.join(", ")}.`, remedy };
}

function readHourly(rest: string[]): Recurrence | CronProblem {
  const [minute, more] = rest;
  if (minute === undefined) return { period: Period.Hourly, begin: 0, length: 60 };
  if (more === undefined && /^\d{1,2}$/.test(minute) && Number(minute) < 60)
    return { period: Period.Hourly, begin: Number(minute), length: 1 };
  return {
    problem: `has "${rest.join(" ")}" for the minute, which goes from 0 to 59.`,
    remedy: 'Write "hourly 15", or "hourly" for a minute that is chosen.',
  };
}

function readDaily([time = ""]: string[]): Recurrence | CronProblem {
  const read = readHours(time);
  return "problem" in read ? read : { period: Period.Daily, ...read };
}

function readWeekly([name = "", time = ""]: string[]): Recurrence | CronProblem {
  const day =
    name.length === 3 ? weekdays.findIndex(weekday => weekday.startsWith(name)) : weekdays.indexOf(name);
  if (day < 0) {
    const meant = nearest(name, weekdays)?.slice(0, 3) ?? "sun";
    return { problem: `has "${name}" for the day of the week.`, remedy: `Write "weekly ${meant} ${time}".` };
  }
  const read = readHours(time);
  return "problem" in read ? read : { period: Period.Weekly, day, ...read };
}

function readMonthly([number = "", time = ""]: string[]): Recurrence | CronProblem {
  const day = /^\d{1,2}$/.test(number) ? Number(number) : 0;
  if (day < 1 || day > 31) {
    const problem = `has "${number}" for the day of the month, which goes from 1 to 31.`;
    return { problem, remedy: `Write "monthly 1 ${time}".` };
  }
  const read = readHours(time);
  if ("problem" in read) return read;
  if (read.begin + read.length > dayLength)
    return {
      problem: "goes past midnight, and the day after has another number in each month.",
      remedy: "Let the hours end at 24:00.",
    };
  return { period: Period.Monthly, day, ...read };
}

const dayLength = 24 * 60;

function readHours(text: string): Pick<Recurrence, "begin" | "length"> | CronProblem {
  const [first = "", last, more] = text.split("-");
  const begin = readTime(first, false);
  const end = last === undefined ? undefined : readTime(last, true);
  const wrong = begin === undefined ? first : last !== undefined && end === undefined ? last : undefined;
  if (wrong !== undefined || begin === undefined || more !== undefined)
    return {
      problem: `has "${wrong ?? text}", which is no time of day from 00:00 to 23:59.`,
      remedy: 'Write "02:00", or "02:00-03:00" for a minute in that hour.',
    };
  if (end === undefined) return { begin, length: 1 };
  if (end === begin)
    return { problem: `has "${text}", which begins and ends at once.`, remedy: `Write "${first}".` };
  return { begin, length: (end - begin + dayLength) % dayLength || dayLength };
}

/** Minutes since midnight. */
function readTime(text: string, end: boolean): number | undefined {
  if (end && text === "24:00") return dayLength;
  const [, hour, minute] = /^(\d{1,2}):(\d{2})$/.exec(text) ?? [];
  if (hour === undefined || Number(hour) > 23 || Number(minute) > 59) return undefined;
  return Number(hour) * 60 + Number(minute);
}

/** The six fields that begin at a minute of the recurrence, counted from its first one. */
export function fieldsAt({ period, day = 0, begin, length }: Recurrence, offset: number): string {
  if (offset < 0 || offset >= length) throw new RangeError(`Minute ${offset} of ${length}`);
  const at = (begin + offset) % dayLength;
  const [hour, minute] = [Math.floor(at / 60), at % 60];
  const nextDay = begin + offset >= dayLength ? 1 : 0;
  switch (period) {
    case Period.Hourly:
      return `0 ${minute} * * * *`;
    case Period.Daily:
      return `0 ${minute} ${hour} * * *`;
    case Period.Weekly:
      return `0 ${minute} ${hour} * * ${(day + nextDay) % 7}`;
    case Period.Monthly:
      return `0 ${minute} ${hour} ${day} * *`;
  }
}
