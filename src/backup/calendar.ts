/** A day of a calendar, as a number: days since 1 January 1970. */
export type CalendarDay = number;

const dayLength = 24 * 3600_000;

/** Tells the local day of an instant. */
export type LocalDayOf = (instant: Date) => CalendarDay;

/**
 * The calendar of a time zone. Days have the length they have there: 23 to 25 hours at changes of the clock, none where a zone
 * skipped one.
 * @throws RangeError for an unknown time zone
 */
export function localCalendar(timeZone: string): LocalDayOf {
  const format = formatOf(timeZone);
  return instant => {
    const [month = NaN, day = NaN, year = NaN] = format.format(instant).split("/").map(Number);
    return dayOf(year, month, day);
  };
}

const formats = new Map<string, Intl.DateTimeFormat>();

/** Making one takes longer than all its uses in a plan. */
function formatOf(timeZone: string): Intl.DateTimeFormat {
  const made = formats.get(timeZone);
  if (made !== undefined) return made;
  const format = new Intl.DateTimeFormat("en-US-u-ca-gregory-nu-latn", {
    timeZone,
    year: "numeric",
    month: "numeric",
    day: "numeric",
  });
  formats.set(timeZone, format);
  return format;
}

/** @param month from 1; 0 and 13 are months of the years beside */
function dayOf(year: number, month: number, day: number): CalendarDay {
  return Date.UTC(year, month - 1, day) / dayLength;
}

/** `2026-02-09`. */
export function dayText(day: CalendarDay): string {
  return new Date(day * dayLength).toISOString().slice(0, 10);
}

/** A way to divide the calendar into periods that follow each other without a gap, numbered in their order. */
export interface Division {
  periodOf: (day: CalendarDay) => number;
  /** The period as people write it. */
  textOf: (period: number) => string;
  lastDayOf: (period: number) => CalendarDay;
}

export const days: Division = {
  periodOf: day => day,
  textOf: dayText,
  lastDayOf: period => period,
};

/** Weeks of ISO 8601, from Monday to Sunday. Week 0 holds 1 January 1970, a Thursday. */
export const weeks: Division = {
  periodOf: day => Math.floor((day + 3) / 7),
  textOf: week => {
    // A week belongs to the year of its Thursday.
    const year = yearOf(week * 7);
    const number = Math.floor((week * 7 - dayOf(year, 1, 1)) / 7) + 1;
    return `${year}-W${String(number).padStart(2, "0")}`;
  },
  lastDayOf: week => week * 7 + 3,
};

export const months: Division = {
  periodOf: day => yearOf(day) * 12 + new Date(day * dayLength).getUTCMonth(),
  textOf: month => dayText(dayOf(Math.floor(month / 12), (month % 12) + 1, 1)).slice(0, 7),
  lastDayOf: month => dayOf(Math.floor(month / 12), (month % 12) + 2, 0),
};

export const years: Division = {
  periodOf: yearOf,
  textOf: String,
  lastDayOf: year => dayOf(year, 12, 31),
};

function yearOf(day: CalendarDay): number {
  return new Date(day * dayLength).getUTCFullYear();
}
