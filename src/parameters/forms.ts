import { identifiers } from "./identifier-list";
import { canonicalEncoding } from "./encodings";
import { isTimeZone, nearestZone, shownZone, spelledZone } from "./time-zone";

/** What the server makes of a text: how it shows it, or why it refuses it. */
export type FormVerdict = { canonical: string } | { problem: string; remedy?: string };

type TextForm = (text: string) => FormVerdict;
type NumberForm = (value: number) => string | undefined;

/**
 * What the server makes of the text of a string parameter, besides taking it as it is.
 * Which locales, text search configurations and tablespaces there are is not judged: only the server knows them.
 * @param name name of the parameter, in any letter case
 */
export function textForm(name: string, text: string): FormVerdict {
  const key = name.toLowerCase();
  if (text.includes("\0")) return { problem: "contains a NUL character." };
  return Object.hasOwn(textForms, key) ? (textForms[key] as TextForm)(text) : { canonical: text };
}

/**
 * Why the server refuses a number that is in the range of its parameter; undefined when it takes it.
 * @param value in base units
 */
export function numberForm(name: string, value: number): string | undefined {
  return Object.hasOwn(numberForms, name) ? (numberForms[name] as NumberForm)(value) : undefined;
}

/** Why the server refuses a boolean; undefined when it takes it. */
export function booleanForm(name: string, value: boolean): string | undefined {
  return name === "default_with_oids" && value ? "is on, but tables no longer have OIDs." : undefined;
}

const inPieces =
  (size: number): NumberForm =>
  value =>
    value % size === 0 ? undefined : `is not a multiple of ${size}, in which the server keeps these buffers.`;

/** Source: SLRU_BANK_SIZE in src/include/access/slru.h and the check hooks of each parameter. */
const numberForms: Readonly<Record<string, NumberForm>> = {
  commit_timestamp_buffers: inPieces(16),
  multixact_member_buffers: inPieces(16),
  multixact_offset_buffers: inPieces(16),
  notify_buffers: inPieces(16),
  serializable_buffers: inPieces(16),
  subtransaction_buffers: inPieces(16),
  transaction_buffers: inPieces(16),
  io_max_concurrency: value => (value === 0 ? "is 0; only -1 or a value above 0 is valid." : undefined),
  // In kB: the kernel's usual stack limit of 8 MiB less the reserve of 512 KiB.
  max_stack_depth: value =>
    value > 7680 ? "is above 7680kB, which is what the usual stack limit of 8 MiB leaves." : undefined,
  vacuum_buffer_usage_limit: value =>
    value !== 0 && value < 128 ? "is below 128kB, the least value besides 0." : undefined,
};

/** A list of key words, each in any letter case; `alone` are those that stand for the whole list. */
function keywords(words: readonly string[], alone: readonly string[] = []): TextForm {
  return text => {
    const names = identifiers(text)?.map(name => name.toLowerCase());
    if (names === undefined) return { problem: "is not a list of words with commas between them." };
    const [first] = names;
    if (first !== undefined && names.length === 1 && alone.includes(first)) return { canonical: text };
    const wrong = names.find(name => !words.includes(name));
    if (wrong === undefined) return { canonical: text };
    if (alone.includes(wrong)) return { problem: `has other words beside ${wrong}, which stands alone.` };
    const known = [...words, ...alone].join(", ");
    return { problem: `has "${wrong}" in the list; the server knows ${known}.` };
  };
}

/** A list of any names. */
const names: TextForm = text =>
  identifiers(text) === undefined
    ? { problem: "is not a list of names with commas between them; quotes have to be in pairs." }
    : { canonical: text };

const oneOf =
  (words: readonly string[]): TextForm =>
  text =>
    words.includes(text)
      ? { canonical: text }
      : { problem: `is not one of ${words.join(", ")}; letter case counts.` };

const zone =
  (shown: (text: string) => string): TextForm =>
  text => {
    if (isTimeZone(text)) return { canonical: shown(text) };
    const near = nearestZone(text) ?? "a name like Europe/Berlin or UTC";
    return { problem: "is not a time zone the server knows.", remedy: `Write ${near}.` };
  };

const encoding: TextForm = text => {
  const canonical = canonicalEncoding(text);
  return canonical === undefined
    ? { problem: "is not an encoding the server knows.", remedy: "Write UTF8." }
    : { canonical };
};

/** A name as the server keeps it: 63 bytes, without half a character at their end. */
const oneName: TextForm = text => {
  const bytes = Buffer.from(text).subarray(0, 63);
  const isCut = Buffer.byteLength(text) > bytes.length;
  return { canonical: isCut ? new TextDecoder().decode(bytes, { stream: true }) : text };
};

/** Which locales there are depends on the image, so that only what can be none is refused. */
const locale: TextForm = text =>
  /^[A-Za-z][\w.@-]*$/.test(text)
    ? { canonical: text }
    : { problem: "is not the name of a locale.", remedy: "Write a name like C, C.UTF-8 or de_DE.UTF-8." };

const localeOrNone: TextForm = text => (text === "" ? { canonical: text } : locale(text));

const auditClasses = ["ddl", "function", "misc", "misc_set", "read", "role", "write", "all", "none"];

/** Other than in a list, the words that stand alone may have no blanks around them. */
const extraChecks: TextForm = text =>
  /^(?:all|none)$/i.test(text)
    ? { canonical: text }
    : keywords(["shadowed_variables", "strict_multi_assignment", "too_many_rows"])(text);

// Resource managers whose pages can be masked for the comparison.
const maskable = ["heap2", "heap", "btree", "hash", "gin", "gist", "sequence", "spgist", "brin", "generic"];

/** By name in lower case. Source: the check hooks in src/backend, and of pgaudit and PL/pgSQL. */
const textForms: Readonly<Record<string, TextForm>> = {
  application_name: oneName,
  backtrace_functions: text =>
    /^[0-9A-Za-z_, \n\t]*$/.test(text)
      ? { canonical: text }
      : { problem: "has characters that no function name has." },
  client_encoding: encoding,
  createrole_self_grant: keywords(["set", "inherit"]),
  datestyle: text => dateStyle(text),
  debug_io_direct: keywords(["data", "wal", "wal_init"]),
  default_table_access_method: text =>
    text === "" ? { problem: "is empty.", remedy: "Write heap." } : oneName(text),
  default_tablespace: oneName,
  lc_messages: locale,
  lc_monetary: localeOrNone,
  lc_numeric: localeOrNone,
  lc_time: localeOrNone,
  log_connections: keywords(
    ["receipt", "authentication", "authorization", "setup_durations", "all"],
    ["on", "off", "true", "false", "yes", "no", "1", "0"],
  ),
  log_timezone: zone(spelledZone),
  "pgaudit.log": keywords(auditClasses.flatMap(word => [word, `-${word}`])),
  "plpgsql.extra_errors": extraChecks,
  "plpgsql.extra_warnings": extraChecks,
  restrict_nonsystem_relation_kind: keywords(["view", "foreign-table"]),
  search_path: names,
  timezone: zone(shownZone),
  timezone_abbreviations: oneOf(["Default", "Australia", "India"]),
  wal_consistency_checking: keywords([...maskable, "all"]),
};

/** Words of DateStyle: the style or the order each stands for. */
const styleWords: readonly [RegExp, { style?: string; order?: string }][] = [
  [/^iso$/, { style: "ISO" }],
  [/^sql$/, { style: "SQL" }],
  [/^postgres/, { style: "Postgres" }],
  [/^german$/, { style: "German" }],
  [/^ymd$/, { order: "YMD" }],
  [/^(?:dmy$|euro)/, { order: "DMY" }],
  [/^(?:mdy$|us$|noneuro)/, { order: "MDY" }],
  [/^default$/, {}],
];

/**
 * How the server shows a DateStyle.
 * @param before the value before, from which comes what the text leaves open
 */
export function dateStyle(text: string, before = "ISO, MDY"): FormVerdict {
  const words = identifiers(text)?.map(word => word.toLowerCase());
  if (words === undefined) return { problem: "is not a list of words with commas between them." };
  const [styleBefore = "", orderBefore = ""] = before.split(", ");
  let style: string | undefined;
  let order: string | undefined;
  let orderOtherwise = orderBefore;
  for (const word of words) {
    const found = styleWords.find(([pattern]) => pattern.test(word))?.[1];
    if (found === undefined) {
      return {
        problem: `has the unknown word "${word}".`,
        remedy: "Write ISO, SQL, Postgres or German and YMD, DMY or MDY.",
      };
    }
    if (conflicts(style, found.style) || conflicts(order, found.order)) {
      return { problem: "names two styles or two orders." };
    }
    style ??= found.style;
    order ??= found.order;
    // The last of the two counts; an order by name comes before both.
    if (word === "german") orderOtherwise = "DMY";
    if (word === "default") orderOtherwise = orderBefore;
  }
  return { canonical: `${style ?? styleBefore}, ${order ?? orderOtherwise}` };
}

function conflicts(known: string | undefined, found: string | undefined): boolean {
  return known !== undefined && found !== undefined && known !== found;
}
