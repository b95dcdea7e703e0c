import type { Catalogue } from "../../src/parameters/catalogue";
import type { ParameterDefinition } from "../../src/parameters/definition";
import { parseValue } from "../../src/parameters/value";

/** One row of `pg_settings`; numbers are text there. */
export interface SettingsRow {
  name: string;
  setting: string;
  unit: string | null;
  context: string;
  vartype: string;
  min_val: string | null;
  max_val: string | null;
  enumvals: string[] | null;
  boot_val: string | null;
}

/** What differs from release to release. */
const ofRelease = ["pg_failover_slots.version", "server_version", "server_version_num"];

/**
 * Where a server of an operand image is another than the catalogue of its major says, one line for each difference.
 * @param minor minor release of the server
 * @param rows  all rows of `pg_settings`
 */
export function catalogueDrift(catalogue: Catalogue, minor: number, rows: readonly SettingsRow[]): string[] {
  const known = new Map([...catalogue.definitions, ...catalogue.extensions]);
  const present = new Set(rows.map(({ name }) => name.toLowerCase()));
  const missing = [...catalogue.definitions.values()].filter(
    definition => !present.has(definition.name.toLowerCase()) && isExpected(definition, minor),
  );
  return [
    ...missing.map(({ name }) => `${name}: the server lacks it`),
    ...rows.flatMap(row => rowDrift(row, known.get(row.name.toLowerCase()))),
  ];
}

/** `pg_settings` leaves some parameters out. */
function isExpected({ sinceMinor = 0, source }: ParameterDefinition, minor: number): boolean {
  return sinceMinor <= minor && source.startsWith("pg_settings");
}

function rowDrift(row: SettingsRow, definition: ParameterDefinition | undefined): string[] {
  if (definition === undefined) return [`${row.name}: the catalogue lacks it`];
  if (ofRelease.includes(row.name)) return [];
  const differs = (what: string, ours: unknown, theirs: unknown): string[] =>
    JSON.stringify(ours) === JSON.stringify(theirs)
      ? []
      : [`${row.name}: ${what} is ${JSON.stringify(ours)} here, ${JSON.stringify(theirs)} on the server`];
  return [
    ...differs("name", definition.name, row.name),
    ...differs("type", definition.type, row.vartype),
    ...differs("unit", definition.unit ?? null, row.unit),
    ...differs("context", definition.context, row.context),
    ...differs("min", shown(definition.min), shown(row.min_val)),
    ...differs("max", shown(definition.max), shown(row.max_val)),
    ...differs("values", definition.values ?? null, row.enumvals),
    ...(isOverlaid(definition) ? [] : differs("default", definition.default ?? null, row.boot_val)),
    ...differs("the operator's default", operatorDefault(definition), operatorSetting(definition, row)),
  ];
}

/** Reals are shown with six digits. */
function shown(bound: number | string | null | undefined): number | null {
  return bound === undefined || bound === null ? null : Number(Number(bound).toPrecision(6));
}

/** Defaults that say with what the server starts, in place of what is built in. */
function isOverlaid({ name }: ParameterDefinition): boolean {
  return ["lc_messages", "max_stack_depth", "shared_buffers"].includes(name);
}

function operatorDefault(definition: ParameterDefinition): string | null {
  if (definition.operatorDefault === undefined) return null;
  const parsed = parseValue(definition, definition.operatorDefault);
  return parsed.ok ? parsed.canonical : null;
}

/** Libraries are preloaded because a test asks for them. */
function operatorSetting(
  { operatorDefault, name }: ParameterDefinition,
  { setting }: SettingsRow,
): string | null {
  if (operatorDefault === undefined) return null;
  return name === "shared_preload_libraries" ? operatorDefault : setting;
}
