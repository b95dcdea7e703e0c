import { nearest } from "../nearest";
import { presentZone } from "./former-zones";
import { readReal } from "./numeral";

const known = new Map<string, boolean>();

/**
 * Whether the server takes a text as time zone: a name of the time zone database in any letter case, a number of hours,
 * an interval, or a POSIX specification like `EST5EDT` or `<+03>-3`.
 * Source: src/backend/commands/variable.c, check_timezone, and src/timezone/localtime.c, tzparse.
 */
export function isTimeZone(text: string): boolean {
  // Finding a name is slow the first time.
  let verdict = known.get(text);
  if (verdict === undefined) {
    verdict = isAcceptable(text);
    known.set(text, verdict);
  }
  return verdict;
}

/**
 * How the server shows TimeZone: hours as an offset with a name of its own, names as its database spells them.
 * Source: src/timezone/pgtz.c, pg_tzset_offset.
 */
export function shownZone(text: string): string {
  const hours = readReal(text);
  return hours?.rest === "" ? offsetName(Math.trunc(hours.value * 3600)) : spelledZone(text);
}

/**
 * A name as the time zone database spells it, except former names, whose spelling the runtime does not know.
 * POSIX specifications are shown in capitals.
 */
export function spelledZone(text: string): string {
  if (!text.includes("/") && isPosix(text)) return text.toUpperCase();
  if (!/(?:^|\/)[a-z]|[A-Z]{2}/.test(text)) return text;
  if (always.test(text)) return spelledAlways(text);
  const name = text.toLowerCase();
  return Intl.supportedValuesOf("timeZone").find(zone => zone.toLowerCase() === name) ?? text;
}

/** `UTC`, `Zulu`, `Etc/UTC`. */
function spelledAlways(text: string): string {
  const spelled = (word: string): string =>
    word.length === 3 && word.toLowerCase() !== "etc"
      ? word.toUpperCase()
      : `${word.slice(0, 1).toUpperCase()}${word.slice(1).toLowerCase()}`;
  return text.split("/").map(spelled).join("/");
}

/** `<+05:30>-05:30` for 19800 seconds: POSIX counts westwards. */
function offsetName(seconds: number): string {
  const size = Math.abs(seconds);
  const parts = [Math.floor(size / 3600), Math.floor(size / 60) % 60, size % 60];
  const shown = size % 60 !== 0 ? parts : size % 3600 !== 0 ? parts.slice(0, 2) : parts.slice(0, 1);
  const text = shown.map(part => String(part).padStart(2, "0")).join(":");
  return seconds < 0 ? `<-${text}>+${text}` : `<+${text}>-${text}`;
}

function isAcceptable(text: string): boolean {
  if (/^interval/i.test(text)) return isInterval(text);
  const hours = readReal(text);
  // A number is a number of hours unless something follows it, be it a blank.
  if (hours?.rest === "" && !/[ \t\n\v\f\r]$/.test(text)) return Math.abs(hours.value) < 24 * 7;
  return isPosix(text) || isName(text);
}

function isInterval(text: string): boolean {
  return /^interval\s*'[+-]?\d{1,3}(?::[0-5]?\d){0,2}'$/i.test(text);
}

/** Names that the runtime takes for reasons of its own. */
const notOfTheDatabase =
  /^(?:act|aet|agt|art|ast|bet|bst|cat|cnt|cst|ctt|eat|ect|iet|ist|jst|mit|net|nst|plt|pnt|prt|pst|sst|vst|us\/pacific-new|systemv\/.*)$/i;

/** Names that every database has; looking a first name up in the runtime's takes long. */
const always = /^(?:(?:etc\/)?(?:utc|gmt|uct|zulu|universal|greenwich)|factory)$/i;

/** The runtime's own time zone database stands in for the server's; both follow IANA's. */
function isName(text: string): boolean {
  if (always.test(text)) return true;
  if (text.length > 255 || !/^[A-Za-z]/.test(text) || notOfTheDatabase.test(text)) return false;
  try {
    new Intl.DateTimeFormat("en", { timeZone: text });
    return true;
  } catch (error) {
    if (error instanceof RangeError) return false;
    throw error;
  }
}

/** The name most like a wrong one; undefined when none is. */
export function nearestZone(text: string): string | undefined {
  const near = nearest(text, Intl.supportedValuesOf("timeZone"));
  return near === undefined ? undefined : (presentZone(near) ?? near);
}

// Up to a week. The server refuses zones whose minutes do not begin with second 0.
const offset = "[+-]?0*(?:\\d{1,2}|1[0-5]\\d|16[0-7])(?::[0-5]?\\d(?::(?:0|00|60))?)?";
const abbreviation = "(?:<[^>]*>|[^<:\\d,+-][^\\d,+-]*)";
const date = "(?:J?\\d{1,3}|M\\d{1,2}\\.\\d\\.\\d)(?:\\/[+-]?\\d{1,3}(?::\\d{1,2}){0,2})?";
const posix = new RegExp(
  `^${abbreviation}?${offset}(?:${abbreviation}(?:${offset})?(?:,${date},${date})?)?$`,
);

function isPosix(text: string): boolean {
  return text.length < 256 && posix.test(text);
}
