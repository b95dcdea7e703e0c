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
const always = /^(?:etc\/)?(?:utc|gmt|uct|zulu|universal|greenwich)$/i;

/** The runtime's own time zone database stands in for the server's; both follow IANA's. */
function isName(text: string): boolean {
  const name = text.replace(/^posix\//i, "");
  if (always.test(name) || /^factory$/i.test(name)) return true;
  if (text.length > 255 || !/^[A-Za-z]/.test(name) || notOfTheDatabase.test(name)) return false;
  try {
    new Intl.DateTimeFormat("en", { timeZone: name });
    return true;
  } catch (error) {
    if (error instanceof RangeError) return false;
    throw error;
  }
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
