import { type Catalogue, findDefinition } from "./catalogue";
import type { ParameterDefinition } from "./definition";
import { unitFamily } from "./units";
import { parseValue } from "./value";

/**
 * The value a server of CloudNativePG runs with: the given one, else CloudNativePG's default, else the server's own. It is
 * in base units, as `pg_settings.setting` shows it, but for values that mean "work it out", which stay as they are (`-1`).
 * Undefined for a name the major does not have, for a value the server refuses, and where there is no default.
 * @param parameters given values; names in any letter case, of two that mean the same parameter the last wins
 */
export function effectiveValue(
  catalogue: Catalogue,
  parameters: Readonly<Record<string, string>>,
  name: string,
): string | undefined {
  const definition = findDefinition(catalogue, name);
  if (definition === undefined) return undefined;
  const value = givenValue(catalogue, parameters, definition) ?? definition.operatorDefault;
  if (value === undefined) return definition.default;
  const parsed = parseValue(definition, value);
  return parsed.ok ? parsed.canonical : undefined;
}

/** The effective value of an integer or real in units of the parameter; undefined for values of other types too. */
export function effectiveNumber(
  catalogue: Catalogue,
  parameters: Readonly<Record<string, string>>,
  name: string,
): number | undefined {
  const type = findDefinition(catalogue, name)?.type;
  if (type !== "integer" && type !== "real") return undefined;
  const value = effectiveValue(catalogue, parameters, name);
  return value === undefined ? undefined : Number(value);
}

/**
 * The effective value of a memory size in bytes; undefined for parameters that are no memory size, and for negative
 * values, which mean "work it out", "no limit" or "as another parameter says".
 */
export function effectiveBytes(
  catalogue: Catalogue,
  parameters: Readonly<Record<string, string>>,
  name: string,
): number | undefined {
  const unit = findDefinition(catalogue, name)?.unit;
  const perByte =
    unit === undefined ? undefined : unitFamily(unit)?.units.find(({ name }) => name === "B")?.factor;
  const value = effectiveNumber(catalogue, parameters, name);
  return perByte === undefined || value === undefined || value < 0 ? undefined : Math.round(value / perByte);
}

function givenValue(
  catalogue: Catalogue,
  parameters: Readonly<Record<string, string>>,
  definition: ParameterDefinition,
): string | undefined {
  const same = (name: string): boolean =>
    name === definition.name || findDefinition(catalogue, name)?.name === definition.name;
  const given = Object.keys(parameters).findLast(same);
  return given === undefined ? undefined : parameters[given];
}
