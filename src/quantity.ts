/**
 * Kubernetes quantities ("10Gi", "500m", "1e3"), as the API server reads them:
 * a decimal number and one suffix of m, k, M, G, T, P, E, Ki, Mi, Gi, Ti, Pi, Ei or an exponent.
 * Source: k8s.io/apimachinery/pkg/api/resource, type Quantity.
 */
const form = /^([+-]?)(\d+(?:\.\d*)?|\.\d+)(?:(n|u|m|k|M|G|T|P|E|Ki|Mi|Gi|Ti|Pi|Ei)|[eE]([+-]?\d{1,3}))?$/;

const decimal: Record<string, number> = { n: -9, u: -6, m: -3, k: 3, M: 6, G: 9, T: 12, P: 15, E: 18 };
const binary: Record<string, number> = { Ki: 10, Mi: 20, Gi: 30, Ti: 40, Pi: 50, Ei: 60 };

/**
 * The quantity in billionths (nano) of its unit, rounded up; undefined when `text` is not a quantity.
 * Billionths because that is the finest the API server keeps.
 */
export function parseNano(text: string): bigint | undefined {
  const match = form.exec(text);
  if (match === null) return undefined;
  const [, sign, number, suffix = "", exponent] = match;
  const [whole = "0", fraction = ""] = (number ?? "0").split(".");
  let numerator = BigInt((whole === "" ? "0" : whole) + fraction);
  let power = 9 - fraction.length + (exponent === undefined ? (decimal[suffix] ?? 0) : Number(exponent));
  numerator <<= BigInt(binary[suffix] ?? 0);
  let result: bigint;
  if (power >= 0) {
    result = numerator * 10n ** BigInt(power);
  } else {
    power = -power;
    const divisor = 10n ** BigInt(power);
    result = (numerator + divisor - 1n) / divisor;
  }
  return sign === "-" ? -result : result;
}

/** True when `text` is a quantity greater than zero. */
export function isPositiveQuantity(text: string): boolean {
  const value = parseNano(text);
  return value !== undefined && value > 0n;
}

/**
 * Negative, zero or positive as `a` is smaller than, equal to or greater than `b`.
 * @throws RangeError when either is not a quantity; validate first.
 */
export function compareQuantities(a: string, b: string): number {
  const [left, right] = [a, b].map(text => {
    const value = parseNano(text);
    if (value === undefined) throw new RangeError(`"${text}" is not a Kubernetes quantity.`);
    return value;
  }) as [bigint, bigint];
  return left < right ? -1 : left > right ? 1 : 0;
}

/** The quantity in whole bytes, rounded up; undefined when `text` is not a quantity. */
export function parseBytes(text: string): bigint | undefined {
  const nano = parseNano(text);
  return nano === undefined ? undefined : (nano + 999_999_999n) / 1_000_000_000n;
}
