/** A range of IPv4 addresses. */
export interface Cidr {
  /** First address, as a number. */
  first: number;
  /** Last address, as a number. */
  last: number;
  prefix: number;
}

/** Reads an IPv4 range; undefined when it is none, or when its address is not the first of the range. */
export function parseCidr(text: string): Cidr | undefined {
  const match = /^(\d{1,3})\.(\d{1,3})\.(\d{1,3})\.(\d{1,3})\/(\d{1,2})$/.exec(text);
  if (match === null) return undefined;
  const numbers = match.slice(1).map(Number);
  const prefix = numbers[4] as number;
  const parts = numbers.slice(0, 4);
  if (prefix > 32 || parts.some(part => part > 255)) return undefined;
  const first = parts.reduce((sum, part) => sum * 256 + part, 0);
  const size = 2 ** (32 - prefix);
  return first % size === 0 ? { first, last: first + size - 1, prefix } : undefined;
}

/** The range that a text without host part would be: `10.0.0.5/24` gives `10.0.0.0/24`; undefined when it is no range at all. */
export function nearestCidr(text: string): string | undefined {
  const match = /^(\d{1,3}(?:\.\d{1,3}){3})\/(\d{1,2})$/.exec(text);
  const host = parseCidr(`${match?.[1]}/32`);
  const prefix = Number(match?.[2]);
  if (host === undefined || prefix > 32) return undefined;
  const size = 2 ** (32 - prefix);
  return `${address(host.first - (host.first % size))}/${prefix}`;
}

export function overlap(a: Cidr, b: Cidr): boolean {
  return a.first <= b.last && b.first <= a.last;
}

export function contains(outer: Cidr, inner: Cidr): boolean {
  return outer.first <= inner.first && inner.last <= outer.last;
}

/** The address so many places after the first of a range. */
export function addressIn(range: Cidr, offset: number): string {
  return address(range.first + offset);
}

function address(value: number): string {
  return [24, 16, 8, 0].map(bits => Math.floor(value / 2 ** bits) % 256).join(".");
}
