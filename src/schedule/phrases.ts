import type { CronFields, CronValues } from "./cron-field";
import { DayRule } from "./cron-runs";

const weekdays = ["Sunday", "Monday", "Tuesday", "Wednesday", "Thursday", "Friday", "Saturday"];
const months = [
  "January",
  "February",
  "March",
  "April",
  "May",
  "June",
  "July",
  "August",
  "September",
  "October",
  "November",
  "December",
];

/** When within a day, as "at 02:17 UTC", "at minute 17 of every hour". */
export function timesOfDay(fields: CronFields, zone: string): string {
  const { hour } = fields;
  if (isFull(hour, 24)) return withinHours(fields);
  return `${clockTimes(fields) ?? withinHours(fields)} ${zone}`;
}

/** "at 02:00 and 14:00", unless there are too many. */
function clockTimes({ second, minute, hour }: CronFields): string | undefined {
  const perHour = second.values.length * minute.values.length;
  if (perHour > 1 && perHour * hour.values.length > 6) return undefined;
  const times = hour.values.flatMap(h => minute.values.flatMap(m => second.values.map(s => clock(h, m, s))));
  return `at ${listed(times)}`;
}

function clock(hour: number, minute: number, second: number): string {
  const parts = second === 0 ? [hour, minute] : [hour, minute, second];
  return parts.map(part => String(part).padStart(2, "0")).join(":");
}

/** "at minute 2 of every hour", "every second of hour 2". */
function withinHours({ second, minute, hour }: CronFields): string {
  const onMinute = second.values.join() === "0";
  const parts = [
    onMinute ? undefined : part("second", second, 60),
    isFull(minute, 60) && !onMinute ? undefined : part("minute", minute, 60),
    isFull(hour, 24) && isFull(minute, 60) ? undefined : part("hour", hour, 24),
  ];
  const text = parts.filter(p => p !== undefined).join(" of ");
  return text.startsWith("every") ? text : `at ${text}`;
}

/** "at second 0 of minute 2 of every hour": each field by its name. */
export function fieldByField({ second, minute, hour }: CronFields): string {
  return [part("second", second, 60), part("minute", minute, 60), part("hour", hour, 24)].join(" of ");
}

function part(name: string, values: CronValues, size: number): string {
  if (isFull(values, size)) return `every ${name}`;
  return `${name}${values.values.length > 1 ? "s" : ""} ${listed(spans(values.values, String))}`;
}

/** On which days: "every day", "every Sunday", "on day 1 of every month". */
export function daysOfYear({ day, month, weekday }: CronFields, rule: DayRule): string {
  const named = isFull(month, 12)
    ? undefined
    : listed(spans(month.values, value => months[value - 1] as string));
  const inMonths = named === undefined ? "" : ` of ${named}`;
  const plural = day.values.length > 1;
  const dates = `on day${plural ? "s" : ""} ${listed(spans(day.values, String))} of ${named ?? "every month"}`;
  const names = listed(spans(weekday.values, value => weekdays[value] as string));
  const [anyDate, anyName] = [isFull(day, 31), isFull(weekday, 7)];
  if (anyDate && anyName) return `every day${inMonths}`;
  if (rule === DayRule.Either)
    return anyDate || anyName ? `every day${inMonths}` : `${dates}, and every ${names}${inMonths}`;
  if (anyName) return dates;
  return anyDate ? `every ${names}${inMonths}` : `${dates} if it is a ${names.replace(" and ", " or ")}`;
}

function isFull({ values }: CronValues, size: number): boolean {
  return values.length === size;
}

/** Names of values in ascending order, with three or more in a row drawn together. */
function spans(values: number[], name: (value: number) => string): string[] {
  const rows: number[][] = [];
  for (const value of values) {
    const row = rows.at(-1);
    if (row !== undefined && row.at(-1) === value - 1) row.push(value);
    else rows.push([value]);
  }
  return rows.flatMap(row =>
    row.length < 3 ? row.map(name) : [`${name(row[0] as number)} to ${name(row.at(-1) as number)}`],
  );
}

function listed(items: string[]): string {
  const last = items.at(-1) as string;
  if (items.length > 6) return `${items.slice(0, 3).join(", ")}, … ${last}`;
  return items.length === 1 ? last : `${items.slice(0, -1).join(", ")} and ${last}`;
}
