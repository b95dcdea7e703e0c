import { InvalidArgumentError } from "commander";
import { parseBytes, parseNano } from "../quantity";

/** A size in bytes from a Kubernetes quantity. */
export function bytesOf(text: string): number {
  const bytes = parseBytes(text);
  if (bytes === undefined || bytes <= 0n) throw new InvalidArgumentError(notASize(text));
  return Number(bytes);
}

/** `2GB` is PostgreSQL's way of writing. */
function notASize(text: string): string {
  const [, number, unit] = /^(\d+(?:\.\d+)?)\s*([kKMGT])i?[bB]$/.exec(text) ?? [];
  const meant = number === undefined ? "2Gi" : `${number}${unit?.toUpperCase()}i`;
  return `It is a Kubernetes quantity, for example ${meant}.`;
}

/** Cores from a Kubernetes quantity. */
export function coresOf(text: string): number {
  const nano = parseNano(text);
  if (nano === undefined || nano <= 0n) {
    throw new InvalidArgumentError("It is a number of cores, for example 2, 0.5 or 500m.");
  }
  return Number(nano) / 1e9;
}
