import type { CheckedValues } from "../checked-values";
import type { ParameterFinding } from "../finding";

/** What one rule has to say about values that belong together. */
export type ConflictRule = (values: CheckedValues) => ParameterFinding[];

/** The first of these that is given, else the first: the parameter to change. */
export function firstGiven(values: CheckedValues, names: readonly [string, ...string[]]): string {
  return names.find(name => values.isGiven(name)) ?? names[0];
}

/** Whether any of these is given: what nobody asked for is not reported. */
export function anyGiven(values: CheckedValues, names: readonly string[]): boolean {
  return names.some(name => values.isGiven(name));
}

/** Whether `a` is greater than `b`; false when either is unknown. */
export function exceeds(a: number | undefined, b: number | undefined): boolean {
  return a !== undefined && b !== undefined && a > b;
}
