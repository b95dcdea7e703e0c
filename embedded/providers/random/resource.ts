import type { PropertyMap } from "../protocol/property";

/** One type of the `random` package. */
export interface RandomResource {
  /** Arguments with their defaults; a change of any replaces the resource. `keepers` counts too. */
  defaults: PropertyMap;
  /** Outputs that are secret. */
  secrets: string[];
  /** Makes the value. Inputs are complete with their defaults. */
  generate(inputs: PropertyMap): Promise<{ id: string; outputs: PropertyMap }>;
  /** Recognises an existing value by its id; undefined where a value cannot be imported. */
  recognise?(id: string): Promise<{ id: string; inputs: PropertyMap; outputs: PropertyMap }>;
}

/** An argument that must be a whole number; throws with its name. */
export function wholeNumber(inputs: PropertyMap, key: string): number {
  const value = inputs[key];
  if (typeof value !== "number" || !Number.isInteger(value))
    throw new Error(`${key} must be a whole number, got ${String(value)}`);
  return value;
}

export function optionalText(inputs: PropertyMap, key: string): string {
  const value = inputs[key];
  return typeof value === "string" ? value : "";
}
