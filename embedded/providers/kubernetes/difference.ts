import { isMap, member, Unknown } from "../protocol/property";
import type { Property } from "../protocol/property";
import type { DiffKind, PropertyDifference } from "../protocol/provider";
import { touches } from "./immutable";
import type { Manifest } from "./manifest";
import { isZero, sameQuantity } from "./normalize";
import { formatPath } from "./property-path";
import type { PathStep } from "./property-path";

export interface CompareOptions {
  /** A change at or above or below one of these replaces the object. */
  immutable: PathStep[][];
  /** Built-in kinds drop zero values and rewrite quantities; custom resources keep what they were given. */
  builtIn: boolean;
}

/** Every path at which the new inputs ask for something else than the live object holds of the old inputs. */
export function compare(
  live: Manifest,
  inputs: Manifest,
  options: CompareOptions,
): Map<string, PropertyDifference> {
  const differences = new Map<string, PropertyDifference>();
  compareMaps([], live, inputs, options, differences);
  return differences;
}

type Differences = Map<string, PropertyDifference>;

function compareMaps(
  path: PathStep[],
  live: Manifest,
  inputs: Manifest,
  options: CompareOptions,
  differences: Differences,
): void {
  for (const key of new Set([...Object.keys(live), ...Object.keys(inputs)])) {
    compareValues([...path, key], member(live, key), member(inputs, key), options, differences);
  }
}

function compareValues(
  path: PathStep[],
  live: Property | undefined,
  input: Property | undefined,
  options: CompareOptions,
  differences: Differences,
): void {
  if (input instanceof Unknown)
    return record(live === undefined ? "add" : "update", path, input, options, differences);
  if (input === undefined || input === null) {
    if (live !== undefined && live !== null) record("delete", path, null, options, differences);
    return;
  }
  if (live === undefined) {
    if (!(options.builtIn && isZero(input))) record("add", path, input, options, differences);
    return;
  }
  if (isMap(live) && isMap(input)) return compareMaps(path, live, input, options, differences);
  if (Array.isArray(live) && Array.isArray(input)) {
    for (let index = 0; index < Math.max(live.length, input.length); index++) {
      compareValues([...path, index], live[index], input[index], options, differences);
    }
    return;
  }
  if (live === input || (options.builtIn && sameQuantity(path, live, input))) return;
  record("update", path, input, options, differences);
}

function record(
  kind: DiffKind,
  path: PathStep[],
  value: Property,
  options: CompareOptions,
  differences: Differences,
): void {
  const replace = options.immutable.some(immutable => touches(path, value, immutable));
  differences.set(formatPath(path), { kind, replace, inputs: kind === "delete" });
}
