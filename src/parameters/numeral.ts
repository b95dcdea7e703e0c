/** A number at the beginning of a text, and what follows it. */
export interface Numeral {
  value: number;
  /** The text after the number and the blanks that may stand between it and a unit. */
  rest: string;
}

/** What C's isspace() skips in the server's locale. */
const blanks = "[ \\t\\n\\v\\f\\r]*";

/** As strtol() with base 0 reads: hexadecimal, octal with a leading zero, or decimal. */
const whole = new RegExp(`^${blanks}([+-]?)(0[xX][0-9a-fA-F]+|0[0-7]*|[1-9][0-9]*)`);

/** As strtod() reads: decimal or hexadecimal with fraction and exponent, or a word. */
const real = new RegExp(
  `^${blanks}([+-]?)(?:(0x(?:[0-9a-f]+\\.?[0-9a-f]*|\\.[0-9a-f]+)(?:p[+-]?\\d+)?` +
    `|(?:\\d+\\.?\\d*|\\.\\d+)(?:e[+-]?\\d+)?)|(inf(?:inity)?)|nan)`,
  "i",
);

const leadingBlanks = new RegExp(`^${blanks}`);

/**
 * The number an integer parameter begins with; undefined where the server finds none.
 * A number that goes on with a point or an exponent, or that does not fit into 64 bits, is read again as a real.
 * Source: src/backend/utils/misc/guc.c, parse_int.
 */
export function readWhole(text: string): Numeral | undefined {
  const match = whole.exec(text);
  // Without digits strtol() stays at the very beginning of the text, before blanks and sign.
  if (match === null) return text.startsWith(".") ? readReal(text) : undefined;
  const [all, sign, digits = ""] = match;
  const after = text.slice(all.length);
  if (/^[.eE]/.test(after)) return readReal(text);
  const magnitude = BigInt(/^0[0-7]/.test(digits) ? `0o${digits.slice(1)}` : digits);
  const limit = sign === "-" ? 2n ** 63n : 2n ** 63n - 1n;
  if (magnitude > limit) return readReal(text);
  const value = Number(magnitude);
  return { value: sign === "-" ? -value : value, rest: after.replace(leadingBlanks, "") };
}

/**
 * The number a real parameter begins with; undefined where the server finds none, or one outside what a double can hold.
 * Infinities are numbers here: the range of the parameter refuses them.
 * Source: src/backend/utils/misc/guc.c, parse_real.
 */
export function readReal(text: string): Numeral | undefined {
  const match = real.exec(text);
  if (match === null) return undefined;
  const [all, sign, digits, infinity] = match;
  if (digits === undefined && infinity === undefined) return undefined;
  const magnitude = digits === undefined ? Infinity : finite(digits);
  if (magnitude === undefined) return undefined;
  return {
    value: sign === "-" ? -magnitude : magnitude,
    rest: text.slice(all.length).replace(leadingBlanks, ""),
  };
}

/** Undefined where strtod() reports an overflow or an underflow. */
function finite(text: string): number | undefined {
  const isHexadecimal = /^0x/i.test(text);
  const value = isHexadecimal ? hexadecimalReal(text) : Number(text);
  const [mantissa = ""] = text.slice(isHexadecimal ? 2 : 0).split(isHexadecimal ? /p/i : /e/i);
  const isUnderflow = value < leastNormal && /[1-9a-f]/i.test(mantissa);
  return value === Infinity || isUnderflow ? undefined : value;
}

/** The least double with full precision. */
const leastNormal = 2 ** -1022;

function hexadecimalReal(text: string): number {
  const [mantissa = "", exponent = "0"] = text.slice(2).toLowerCase().split("p");
  const [integral = "", fraction = ""] = mantissa.split(".");
  const digits = Number(BigInt(`0x${integral}${fraction}`));
  return digits === 0 ? 0 : digits * 2 ** (Number(exponent) - 4 * fraction.length);
}

/** The nearest whole number, and the even one of two that are equally near: C's rint(), by which the server rounds. */
export function roundToEven(value: number): number {
  const below = Math.floor(value);
  if (value - below !== 0.5) return Math.round(value);
  return below % 2 === 0 ? below : below + 1;
}

/** A real as C's `%g` writes it, which is how the server shows it: six significant digits. */
export function formatReal(value: number): string {
  if (!Number.isFinite(value)) return value > 0 ? "inf" : "-inf";
  if (value === 0) return Object.is(value, -0) ? "-0" : "0";
  const rounded = tiesToEven(value);
  const [mantissa = "", power = "0"] = rounded.toExponential(5).split("e");
  const exponent = Number(power);
  if (exponent >= -4 && exponent < 6) return withoutTrailingZeros(rounded.toFixed(5 - exponent));
  const digits = String(Math.abs(exponent)).padStart(2, "0");
  return `${withoutTrailingZeros(mantissa)}e${exponent < 0 ? "-" : "+"}${digits}`;
}

/** JavaScript rounds a tie away from zero where C takes the even digit: then a value a little nearer to zero. */
function tiesToEven(value: number): number {
  const isTieAfterEven = /^-?\d\.\d{4}[02468]50+e/.test(value.toExponential(40));
  return isTieAfterEven ? value * (1 - 2 ** -50) : value;
}

function withoutTrailingZeros(text: string): string {
  return text.includes(".") ? text.replace(/\.?0+$/, "") : text;
}
