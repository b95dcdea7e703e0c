import { own } from "../own";
import { ParameterType } from "../parameters/definition";
import { dateStyle } from "../parameters/forms";
import { parseValue, sameValue, type ValueDefinition } from "../parameters/value";

/** One row of `pg_settings`. */
export interface SettingRow {
  name: string;
  /** Value in units of `unit`. */
  setting: string;
  /** For example `8kB`, `ms`; null for values without unit. */
  unit: string | null;
  /** `bool`, `integer`, `real`, `enum` or `string`. */
  vartype: string;
  /** Accepted values of an enum; hidden synonyms are not listed. */
  enumvals?: string[] | null;
  /** Where the value comes from, for example `configuration file` or `database`. */
  source?: string;
  /** The file holds another value that a restart would bring. */
  pending_restart?: boolean;
}

/** ALTER ROLE and ALTER DATABASE hide the value of the configuration file from the session that asks. */
export function isOverridden(row: Pick<SettingRow, "source">): boolean {
  return ["user", "database", "database user", "client", "session"].includes(row.source ?? "");
}

/**
 * Whether a server runs with the requested value. Units, spellings and rounding are understood the way the server does:
 * `128MB` is 16384 in units of 8kB, `yes` is `on`, `1.5h` is 5400 seconds.
 * @param requested value as written in postgresql.conf, without quotes
 */
export function equalSetting(requested: string, row: SettingRow): boolean {
  const definition = definitionOf(row);
  if (row.name.toLowerCase() === "datestyle") return equalDateStyle(requested, row.setting);
  return (
    sameValue(definition, requested, row.setting) ||
    isWorkedOut(definition, requested, row.setting) ||
    isHiddenChoice(definition, requested)
  );
}

function definitionOf({ name, vartype, unit, enumvals }: SettingRow): ValueDefinition {
  const types: readonly string[] = Object.values(ParameterType);
  return {
    name,
    type: types.includes(vartype) ? (vartype as ParameterType) : ParameterType.String,
    ...(unit === null ? {} : { unit }),
    // Words for on and off are accepted wherever one of them is listed, and never listed themselves.
    ...(enumvals == null
      ? {}
      : { values: enumvals, hiddenValues: enumvals.some(isSwitch) ? switchWords : [] }),
  };
}

const switchWords = ["true", "false", "yes", "no", "1", "0"];
const isSwitch = (value: string): boolean => value === "on" || value === "off";

/** Values that mean "work it out" or "what the system says": the server then shows what came of it. */
const automatic: Readonly<Record<string, number>> = {
  commit_timestamp_buffers: 0,
  io_max_concurrency: -1,
  subtransaction_buffers: 0,
  tcp_keepalives_count: 0,
  tcp_keepalives_idle: 0,
  tcp_keepalives_interval: 0,
  transaction_buffers: 0,
  wal_buffers: -1,
};

/** Values to which the server raises smaller ones, but for negative ones; of autovacuum_work_mem 64 since PostgreSQL 17. */
const raisedTo: Readonly<Record<string, readonly number[]>> = {
  autovacuum_work_mem: [64, 1024],
  wal_buffers: [4],
};

function isWorkedOut(definition: ValueDefinition, requested: string, setting: string): boolean {
  const parsed = parseValue(definition, requested);
  if (!parsed.ok || typeof parsed.base !== "number") return false;
  const shown = Number(setting);
  if (Object.hasOwn(automatic, definition.name) && automatic[definition.name] === parsed.base) return true;
  const least = own(raisedTo, definition.name);
  return parsed.base >= 0 && parsed.base < shown && least?.includes(shown) === true;
}

/** A synonym that is not listed: the server accepted it, and shows another word. */
function isHiddenChoice(definition: ValueDefinition, requested: string): boolean {
  const isChoice = definition.type === ParameterType.Enum && (definition.values ?? []).length > 0;
  return isChoice && !parseValue(definition, requested).ok;
}

/** What the requested value leaves open the server keeps as it was. */
function equalDateStyle(requested: string, setting: string): boolean {
  const verdict = dateStyle(requested, setting);
  return "canonical" in verdict && verdict.canonical === setting;
}
