import { type CronFields, type CronProblem, readFields, splitFields } from "./cron-field";
import { fieldsAt, isInWords, readRecurrence, type Recurrence } from "./recurrence";

/** A schedule that has been read. */
export type ReadSchedule = FixedSchedule | OpenSchedule;

/** It says when, to the second. */
export interface FixedSchedule {
  kind: "fixed";
  /** Six, second first. */
  text: string;
  fields: CronFields;
  /** How many fields were written; none in words and in a nickname. */
  written?: 5 | 6;
}

/** It leaves the minute open. */
export interface OpenSchedule {
  kind: "open";
  recurrence: Recurrence;
}

/** Nicknames of both readers, as the fields they stand for. */
const nicknames: Record<string, string> = {
  "@yearly": "0 0 0 1 1 *",
  "@annually": "0 0 0 1 1 *",
  "@monthly": "0 0 0 1 * *",
  "@weekly": "0 0 0 * * 0",
  "@daily": "0 0 0 * * *",
  "@midnight": "0 0 0 * * *",
  "@hourly": "0 0 * * * *",
};

/** Reads a schedule: five or six fields, words, or a nickname. */
export function readSchedule(text: string): ReadSchedule | CronProblem {
  const parts = splitFields(text);
  const first = parts[0] ?? "";
  if (isInWords(parts)) return inWords(parts);
  if (first.startsWith("@")) return nickname(parts);
  if (/^(CRON_)?TZ=/i.test(first)) return zoned(parts);
  if (parts.length !== 5 && parts.length !== 6) return wrongCount(parts);
  const fields = readFields(parts);
  if ("problem" in fields) return { remedy: `Write for example "0 2 * * *" or "daily 02:00".`, ...fields };
  const six = parts.length === 6 ? parts : ["0", ...parts];
  return { kind: "fixed", text: six.join(" "), fields, written: parts.length };
}

function inWords(parts: string[]): ReadSchedule | CronProblem {
  const recurrence = readRecurrence(parts);
  if ("problem" in recurrence) return recurrence;
  return recurrence.length === 1 ? fixed(fieldsAt(recurrence, 0)) : { kind: "open", recurrence };
}

function nickname(parts: string[]): ReadSchedule | CronProblem {
  const [word = ""] = parts;
  const text = parts.length === 1 ? nicknames[word] : undefined;
  if (text !== undefined) return fixed(text);
  if (word === "@every")
    return {
      problem: "counts from the run before, so nobody can say when the next one is.",
      remedy: 'Write hours, for example "0 */6 * * *".',
    };
  return {
    problem: `is none of the nicknames ${Object.keys(nicknames).join(", ")}.`,
    remedy: 'Write for example "daily 02:00" or "0 2 * * *".',
  };
}

/** Six fields of our own. */
function fixed(text: string): FixedSchedule {
  return { kind: "fixed", text, fields: readFields(splitFields(text)) as CronFields };
}

function zoned(parts: string[]): CronProblem {
  return {
    problem:
      "names a time zone; CloudNativePG reads none and counts in UTC, and a CronJob has a field of its own for it.",
    remedy: `Write the hours in UTC and leave ${parts[0]} out: "${parts.slice(1).join(" ")}".`,
  };
}

function wrongCount(parts: string[]): CronProblem {
  const count = parts.join("") === "" ? 0 : parts.length;
  const six = parts.slice(0, 6).join(" ");
  return {
    problem: `has ${count} ${count === 1 ? "field" : "fields"}, not the five (minute, hour, day of the month, month, day of the week) or six (second first).`,
    remedy:
      count === 7
        ? `Leave the year out: "${six}".`
        : 'Write for example "0 2 * * *" or "daily 02:00" for every day at two.',
  };
}
