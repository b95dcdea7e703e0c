import { nearest } from "../nearest";

/** One field of a cron schedule. */
interface CronField {
  name: string;
  min: number;
  max: number;
  /** Names in place of numbers, in their order from `min` on. */
  names?: readonly string[];
}

/** In their order. */
const fields = {
  second: { name: "second", min: 0, max: 59 },
  minute: { name: "minute", min: 0, max: 59 },
  hour: { name: "hour", min: 0, max: 23 },
  day: { name: "day of the month", min: 1, max: 31 },
  month: {
    name: "month",
    min: 1,
    max: 12,
    names: ["jan", "feb", "mar", "apr", "may", "jun", "jul", "aug", "sep", "oct", "nov", "dec"],
  },
  weekday: {
    name: "day of the week",
    min: 0,
    max: 6,
    names: ["sun", "mon", "tue", "wed", "thu", "fri", "sat"],
  },
} satisfies Record<keyof CronFields, CronField>;

/** What a field says. */
export interface CronValues {
  /** In ascending order. */
  values: number[];
  /** Whether it has a star or a question mark without a step. */
  free: boolean;
  /** Whether it has a star or a question mark, be it with a step. */
  starred: boolean;
}

/** What a schedule says, field by field. */
export interface CronFields {
  second: CronValues;
  minute: CronValues;
  hour: CronValues;
  day: CronValues;
  month: CronValues;
  /** 0 is Sunday. */
  weekday: CronValues;
}

/** What is wrong with a schedule, as the end of a sentence that begins with it. */
export interface CronProblem {
  problem: string;
  /** What to write, where it is known. */
  remedy?: string;
}

/** The fields of a text, which need not be as many as a schedule has. */
export function splitFields(text: string): string[] {
  return text.trim().split(/\s+/);
}

/**
 * Reads five fields, or six that begin with the second, as robfig/cron does: v1.2.0 in CloudNativePG, v3.0.1 in the CronJob controller.
 * What only an accident of their parsers lets through ("+5", "*-3", a field without a value) is refused.
 */
export function readFields(parts: readonly string[]): CronFields | CronProblem {
  if (parts.length !== 5 && parts.length !== 6) throw new RangeError(`${parts.length} fields`);
  const six = parts.length === 6 ? parts : ["0", ...parts];
  const read: Partial<CronFields> = {};
  for (const [index, name] of (Object.keys(fields) as (keyof CronFields)[]).entries()) {
    const values = readField(fields[name], six[index] as string);
    if ("problem" in values) return values;
    read[name] = values;
  }
  return read as CronFields;
}

function readField(field: CronField, text: string): CronValues | CronProblem {
  const values = new Set<number>();
  let [free, starred] = [false, false];
  for (const item of text.split(",").filter(part => part !== "")) {
    const range = readRange(field, item);
    if (range === undefined) return rangeProblem(field, item);
    for (let value = range.from; value <= range.to; value += range.step) values.add(value);
    starred ||= range.star;
    free ||= range.star && range.step === 1;
  }
  if (values.size === 0) return { problem: `has nothing for the ${field.name}.` };
  return { values: [...values].sort((a, b) => a - b), free, starred };
}

interface CronRange {
  from: number;
  to: number;
  step: number;
  star: boolean;
}

function readRange(field: CronField, item: string): CronRange | undefined {
  const match = /^(?:([*?])|(\w+)(?:-(\w+))?)(?:\/(\d+))?$/.exec(item);
  if (match === null) return undefined;
  const [, star, low = "", high, every] = match;
  const step = every === undefined ? 1 : Number(every);
  if (step < 1) return undefined;
  if (star !== undefined) return { from: field.min, to: field.max, step, star: true };
  const from = readNumber(field, low);
  // A single number with a step means "from there on".
  const open = every === undefined ? from : field.max;
  const to = high === undefined ? open : readNumber(field, high);
  return from === undefined || to === undefined || from > to ? undefined : { from, to, step, star: false };
}

function readNumber(field: CronField, text: string): number | undefined {
  const named = field.names?.indexOf(text.toLowerCase()) ?? -1;
  const value = named >= 0 ? field.min + named : /^\d+$/.test(text) ? Number(text) : NaN;
  return value >= field.min && value <= field.max ? value : undefined;
}

function rangeProblem(field: CronField, item: string): CronProblem {
  const problem = `has "${item}" for the ${field.name}, which goes from ${field.min} to ${field.max}.`;
  const remedy = rangeRemedy(field, item);
  return remedy === undefined ? { problem } : { problem, remedy };
}

function rangeRemedy(field: CronField, item: string): string | undefined {
  if (/\/0+$/.test(item)) return "A step is at least 1.";
  if (/#|^(L|W|LW|\d+[LW]|[a-z]{3}L)$/i.test(item)) return "L, W and # are not known here; write numbers.";
  const [low = "", high] = item.split("-");
  const [from, to] = [readNumber(field, low), high === undefined ? undefined : readNumber(field, high)];
  if (from !== undefined && to !== undefined && from > to)
    return `A range does not go past its end; write "${from}-${field.max},${field.min}-${to}".`;
  if (field === fields.weekday && item.split("-").includes("7")) return "Sunday is 0.";
  return /[a-z]/i.test(item) ? nameRemedy(field, item) : undefined;
}

function nameRemedy(field: CronField, item: string): string {
  if (field.names === undefined) return "Write a number.";
  const wrong = item.split(/[-/]/).find(word => readNumber(field, word) === undefined) ?? item;
  const meant = field.names.find(name => wrong.toLowerCase().startsWith(name)) ?? nearest(wrong, field.names);
  return meant === undefined ? `Names are ${field.names.join(", ")}.` : `Write "${meant}".`;
}
