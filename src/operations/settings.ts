/** One row of `pg_settings`. */
export interface SettingRow {
  name: string;
  /** Value in units of `unit`. */
  setting: string;
  /** For example `8kB`, `ms`; null for values without unit. */
  unit: string | null;
  /** `bool`, `integer`, `real`, `enum` or `string`. */
  vartype: string;
  /** Accepted values of an enum; hidden synonyms are not listed. */
  enumvals?: string[] | null;
  /** Where the value comes from, for example `configuration file` or `database`. */
  source?: string;
  /** The file holds another value that a restart would bring. */
  pending_restart?: boolean;
}

/**
 * Whether a server runs with the requested value. Units, spellings and rounding are understood the way the server does:
 * `128MB` is 16384 in units of 8kB, `yes` is `on`, `1.5h` is 5400 seconds.
 * @param requested value as written in postgresql.conf, without quotes
 */
export function equalSetting(requested: string, row: SettingRow): boolean {
  if (isAutomatic(row.name, requested)) return true;
  switch (row.vartype) {
    case "bool":
      return parseBoolean(requested) === parseBoolean(row.setting);
    case "integer":
      return equalNumbers(parseNumber(requested, row.unit, true), Number(row.setting), true);
    case "real":
      return equalNumbers(parseNumber(requested, row.unit, false), Number(row.setting), false);
    case "enum":
      return equalEnum(requested, row);
    default:
      return equalText(requested, row);
  }
}

/** Values that mean "work it out" or "what the system says": the server then shows what came of it. */
const automatic: Readonly<Record<string, string>> = {
  commit_timestamp_buffers: "0",
  io_max_concurrency: "-1",
  subtransaction_buffers: "0",
  tcp_keepalives_count: "0",
  tcp_keepalives_idle: "0",
  tcp_keepalives_interval: "0",
  transaction_buffers: "0",
  wal_buffers: "-1",
};

function isAutomatic(name: string, requested: string): boolean {
  return Object.hasOwn(automatic, name) && automatic[name] === requested.trim();
}

/** As the server reads booleans: whole words or unique beginnings of them. */
function parseBoolean(text: string): boolean | undefined {
  const word = text.trim().toLowerCase();
  if (word === "1" || word === "on" || isBeginning(word, "true") || isBeginning(word, "yes")) return true;
  if (
    word === "0" ||
    (word.length > 1 && isBeginning(word, "off")) ||
    isBeginning(word, "false") ||
    isBeginning(word, "no")
  )
    return false;
  return undefined;
}

function isBeginning(word: string, whole: string): boolean {
  return word.length > 0 && whole.startsWith(word);
}

/** Bytes or microseconds in one unit. Memory and time units share no name. */
const unitSizes: Readonly<Record<string, number>> = {
  B: 1,
  kB: 2 ** 10,
  MB: 2 ** 20,
  GB: 2 ** 30,
  TB: 2 ** 40,
  us: 1,
  ms: 1e3,
  s: 1e6,
  min: 60e6,
  h: 3600e6,
  d: 86_400e6,
};
const memoryUnits = ["B", "kB", "MB", "GB", "TB"];
const timeUnits = ["us", "ms", "s", "min", "h", "d"];

/** The value in units of `unit`; undefined when the server would refuse the text. */
function parseNumber(text: string, unit: string | null, whole: boolean): number | undefined {
  const parts =
    /^\s*([+-]?(?:0[xX][0-9a-fA-F]+|(?:\d+\.?\d*|\.\d+)(?:[eE][+-]?\d+)?))\s*([A-Za-z]*)\s*$/.exec(text);
  if (parts === null) return undefined;
  const value = numberOf(parts[1] ?? "", whole);
  const suffix = parts[2] ?? "";
  if (suffix === "") return value;
  const base = unit === null ? undefined : baseUnit(unit);
  if (base === undefined || !sameFamily(suffix, base.name)) return undefined;
  return roundToNextSmallerUnit(value, suffix) / base.size;
}

/** C's strtol reads a leading zero as octal, but only for integers without a fraction. */
function numberOf(text: string, whole: boolean): number {
  const digits = text.replace(/^[+-]/, "");
  const sign = text.startsWith("-") ? -1 : 1;
  if (whole && /^0[0-7]+$/.test(digits)) return sign * Number.parseInt(digits, 8);
  return sign * Number(digits);
}

/** `8kB` is 8192 bytes. */
function baseUnit(unit: string): { name: string; size: number } | undefined {
  const parts = /^(\d*)([A-Za-z]+)$/.exec(unit);
  const size = unitSizes[parts?.[2] ?? ""];
  if (parts === null || size === undefined) return undefined;
  return { name: parts[2] ?? "", size: size * (parts[1] === "" ? 1 : Number(parts[1])) };
}

function sameFamily(a: string, b: string): boolean {
  return [memoryUnits, timeUnits].some(family => family.includes(a) && family.includes(b));
}

/** The server turns `30.1GB` into whole MB first, so that the value it shows is one a person would write. */
function roundToNextSmallerUnit(value: number, unit: string): number {
  const size = unitSizes[unit] ?? 1;
  const family = memoryUnits.includes(unit) ? memoryUnits : timeUnits;
  const smaller = family[family.indexOf(unit) - 1];
  if (Number.isInteger(value) || smaller === undefined) return value * size;
  const step = unitSizes[smaller] ?? 1;
  return Math.round((value * size) / step) * step;
}

function equalNumbers(requested: number | undefined, shown: number, whole: boolean): boolean {
  if (requested === undefined || Number.isNaN(shown)) return false;
  if (whole) return roundToEven(requested) === shown;
  // The server shows reals with six digits.
  return Number(requested.toPrecision(6)) === Number(shown.toPrecision(6));
}

/** C's rint, by which the server rounds. */
function roundToEven(value: number): number {
  const below = Math.floor(value);
  const rest = value - below;
  if (rest === 0.5) return below % 2 === 0 ? below : below + 1;
  return Math.round(value);
}

/** Listed values the server shows by another name. */
const shownAs: Readonly<Record<string, Readonly<Record<string, string>>>> = {
  wal_compression: { on: "pglz" },
};

function equalEnum(requested: string, row: SettingRow): boolean {
  const word = requested.trim().toLowerCase();
  const plain = parseBoolean(word) === true ? "on" : word;
  const wanted = (Object.hasOwn(shownAs, row.name) ? shownAs[row.name]?.[plain] : undefined) ?? word;
  const shown = row.setting.toLowerCase();
  if (wanted === shown) return true;
  const listed = (row.enumvals ?? []).map(value => value.toLowerCase());
  if (listed.includes(wanted)) return false;
  const asBoolean = parseBoolean(wanted);
  if (asBoolean !== undefined && parseBoolean(shown) !== undefined) return asBoolean === parseBoolean(shown);
  // A hidden synonym, for example "hot_standby" for wal_level replica: the server accepted it, and shows another word.
  return listed.length > 0;
}

function equalText(requested: string, row: SettingRow): boolean {
  if (requested === row.setting) return true;
  switch (row.name.toLowerCase()) {
    case "datestyle":
      return words(requested).every(word => words(row.setting).includes(word));
    case "timezone":
    case "log_timezone":
    case "client_encoding":
      return requested.trim().toLowerCase() === row.setting.toLowerCase();
    default:
      return false;
  }
}

function words(text: string): string[] {
  return text
    .toLowerCase()
    .split(/[\s,]+/)
    .filter(word => word !== "");
}
