import { own } from "../own";
import { roundToEven } from "./numeral";

/** One unit a value may be written in. */
export interface Unit {
  name: string;
  /** Base units in one of it. */
  factor: number;
}

/** What a base unit measures, and the units its values may be written in, greatest first. */
export interface UnitFamily {
  /** What a value is, with its article. */
  noun: string;
  units: readonly Unit[];
}

/** Bytes. */
const memory: readonly [string, number][] = [
  ["TB", 2 ** 40],
  ["GB", 2 ** 30],
  ["MB", 2 ** 20],
  ["kB", 2 ** 10],
  ["B", 1],
];

/** Microseconds. */
const time: readonly [string, number][] = [
  ["d", 86_400e6],
  ["h", 3600e6],
  ["min", 60e6],
  ["s", 1e6],
  ["ms", 1e3],
  ["us", 1],
];

const families = new Map<string, UnitFamily | undefined>();

/**
 * The units of a base unit as `pg_settings.unit` names it (`B`, `kB`, `8kB`, `MB`, `us`, `ms`, `s`, `min`);
 * undefined for one that the server does not have.
 * Source: src/backend/utils/misc/guc.c, memory_unit_conversion_table and time_unit_conversion_table.
 */
export function unitFamily(base: string): UnitFamily | undefined {
  if (!families.has(base)) families.set(base, makeFamily(base));
  return families.get(base);
}

function makeFamily(base: string): UnitFamily | undefined {
  const [, count = "", name = ""] = /^(\d*)([A-Za-z]+)$/.exec(base) ?? [];
  for (const [noun, table] of [
    ["a memory size", memory],
    ["a time", time],
  ] as const) {
    const size = table.find(([unit]) => unit === name)?.[1];
    if (size === undefined) continue;
    const baseSize = size * (count === "" ? 1 : Number(count));
    return { noun, units: table.map(([unit, own]) => ({ name: unit, factor: own / baseSize })) };
  }
  return undefined;
}

/**
 * A value in base units, rounded to a whole number of the next smaller unit, so that `30.1GB` is a whole number of MB.
 * Undefined for a unit the family does not have; units are case-sensitive.
 * Source: src/backend/utils/misc/guc.c, convert_to_base_unit.
 */
export function inBaseUnits(value: number, unit: string, { units }: UnitFamily): number | undefined {
  const at = units.findIndex(({ name }) => name === unit);
  const found = units[at];
  if (found === undefined) return undefined;
  const smaller = units[at + 1];
  const converted = value * found.factor;
  return smaller === undefined ? converted : roundToEven(converted / smaller.factor) * smaller.factor;
}

/**
 * A whole number of base units as the server shows it: in the greatest unit that divides it.
 * Source: src/backend/utils/misc/guc.c, convert_int_from_base_unit.
 */
export function showWhole(value: number, { units }: UnitFamily): { value: number; unit: string } {
  const unit = units.find(({ factor }) => factor <= 1 || value % factor === 0) as Unit;
  return { value: roundToEven(value / unit.factor), unit: unit.name };
}

/**
 * A real number of base units as the server shows it.
 * Source: src/backend/utils/misc/guc.c, convert_real_from_base_unit.
 */
export function showReal(value: number, { units }: UnitFamily): { value: number; unit: string } {
  const isWhole = (n: number): boolean => Math.abs(roundToEven(n) / n - 1) <= 1e-8;
  const unit = units.find(({ factor }) => isWhole(value / factor)) ?? (units.at(-1) as Unit);
  return { value: value / unit.factor, unit: unit.name };
}

/** Spellings people use for the server's units. */
const spellings: Readonly<Record<string, string>> = {
  byte: "B",
  bytes: "B",
  k: "kB",
  ki: "kB",
  kib: "kB",
  kb: "kB",
  m: "MB",
  mi: "MB",
  mib: "MB",
  mb: "MB",
  meg: "MB",
  g: "GB",
  gi: "GB",
  gib: "GB",
  gb: "GB",
  gig: "GB",
  t: "TB",
  ti: "TB",
  tib: "TB",
  tb: "TB",
  b: "B",
};

const timeSpellings: Readonly<Record<string, string>> = {
  us: "us",
  usec: "us",
  µs: "us",
  microsecond: "us",
  ms: "ms",
  msec: "ms",
  milli: "ms",
  millisecond: "ms",
  s: "s",
  sec: "s",
  second: "s",
  m: "min",
  min: "min",
  minute: "min",
  h: "h",
  hr: "h",
  hour: "h",
  d: "d",
  day: "d",
};

/** The unit a spelling like `Gi`, `mb` or `seconds` stands for in a family; undefined when it is none of its units. */
export function unitMeant(spelling: string, { units }: UnitFamily): string | undefined {
  const isTime = units.some(({ name }) => name === "min");
  const table = isTime ? timeSpellings : spellings;
  const word = spelling.toLowerCase();
  const singular = isTime && word.length > 2 ? word.replace(/s$/, "") : word;
  return [word, singular].map(key => own(table, key)).find(unit => unit !== undefined);
}
