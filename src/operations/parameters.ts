import { nearest } from "../nearest";
import { findDefinition, loadCatalogue, majorsOf } from "../parameters/catalogue";
import { ParameterCategory, ParameterContext, type ParameterDefinition } from "../parameters/definition";
import type { PendingParameter } from "../parameters/pending-parameter";
import { present } from "../present";
import {
  type FileLine,
  findByName,
  type LiveRow,
  type Observed,
  observe,
  type OverrideRow,
  type ReadingContext,
} from "./server-parameters";
import { equalSetting, isOverridden } from "./settings";

export type { ReadingContext } from "./server-parameters";

/** Which parameters to read of which instance. */
export interface GetParametersRequest {
  namespace: string;
  /** Name of the instance. */
  instance: string;
  /** Only these, whatever their case. @default all */
  names?: string[];
  /**
   * Only those that are asked for, have another value than the built-in default, wait, drift or are overridden; without what
   * CloudNativePG fixes. @default false
   */
  changedOnly?: boolean;
}

/** A value that `ALTER ROLE` or `ALTER DATABASE` sets for some sessions in place of the server's. */
export interface ParameterOverride {
  /** For example `role app`, `database app`, `role app in database app`. */
  scope: string;
  value: string;
}

/** One parameter of a running server. */
export interface ParameterReading {
  name: string;
  /** As SHOW prints it, for example `1GB`; absent when the server does not know the parameter. */
  value?: string;
  /** The same in units of `unit`. */
  setting?: string;
  unit?: string;
  /** Where the value comes from, as pg_settings says it; `ALTER SYSTEM` for what that command wrote. */
  source: string;
  /** What a change does. */
  category: ParameterCategory;
  /** What the Cluster asks for. */
  desired?: string;
  /** The value to come, which waits for a restart or for its time. */
  pendingValue?: string;
  /** Whether the value to come needs a restart. */
  restartNeeded: boolean;
  /** Whether the server runs with another value than the one asked for, and nothing is under way that would change it. */
  drift: boolean;
  /** Values that some sessions have instead. */
  overrides?: ParameterOverride[];
  /** Value of every pod, when they differ. */
  pods?: Record<string, string>;
}

/** Parameters of an instance, as they were at one moment. */
export interface GetParametersResult {
  instance: string;
  cluster: string;
  /** PostgreSQL major. */
  major: number;
  /** When restarts may happen; `immediate` when nothing was ever held back. */
  mode: string;
  /** RFC 3339 time from which held back values are due. */
  next?: string;
  parameters: ParameterReading[];
  /** What waits: held back by us, or for a restart. Not narrowed by the request. */
  pending: PendingParameter[];
  /** Names of the parameters that drift. Not narrowed by the request. */
  drift: string[];
  /** Pods that could not be asked, with the reason. */
  unreachable: Record<string, string>;
  /** RFC 3339 time of the reading. */
  asOf: string;
}

/** A parameter of a running server, with what is known of it. */
export interface ParameterDescription extends ParameterReading {
  /** PostgreSQL major of the instance. */
  major: number;
  /** `bool`, `integer`, `real`, `enum` or `string`. */
  type: string;
  /** When and by whom it can be changed, as pg_settings says it. */
  context: string;
  /** The server's own category. */
  group: string;
  description: string;
  /** Built-in default, in units of `unit`. */
  default?: string;
  min?: string;
  max?: string;
  /** Values of an enum. */
  values?: string[];
  /** Majors that have it. */
  majors: number[];
  /** What the catalogue says; absent for parameters it does not know. */
  definition?: ParameterDefinition;
}

/**
 * Reads the parameters of a running instance and compares them with what is asked for.
 * @throws Error when there is no such instance, no server to ask or no parameter of a given name
 */
export async function getParameters(
  request: GetParametersRequest,
  context: ReadingContext,
): Promise<GetParametersResult> {
  const observed = await observe(request.namespace, request.instance, context);
  const all = readings(observed);
  const { instance, record } = observed;
  return {
    instance: request.instance,
    cluster: instance.cluster.metadata.name ?? "",
    major: instance.major,
    mode: record?.mode ?? "immediate",
    ...(record?.next === undefined ? {} : { next: record.next }),
    parameters: choose(all, request, observed),
    pending: pendingChanges(all, record?.pending ?? []),
    drift: all.filter(({ drift }) => drift).map(({ name }) => name),
    unreachable: Object.fromEntries(observed.unreachable),
    asOf: context.clock.now().toISOString(),
  };
}

/**
 * Reads one parameter of a running instance, with all that is known of it.
 * @throws Error when there is no such instance, no server to ask or no such parameter
 */
export async function describeParameter(
  request: { namespace: string; instance: string; name: string },
  context: ReadingContext,
): Promise<ParameterDescription> {
  const observed = await observe(request.namespace, request.instance, context);
  const { major } = observed.instance;
  const reading = findByName(readings(observed), request.name);
  if (reading === undefined) throw new Error(unknownName(request.name, observed));
  const live = findByName(observed.primary.settings, request.name);
  const definition = findDefinition(loadCatalogue(major), request.name);
  return {
    ...reading,
    major,
    type: live?.vartype ?? "string",
    context: live?.context ?? ParameterContext.User,
    group: live?.category ?? "Customized Options",
    description: live?.description ?? "A parameter the server keeps and does not know.",
    ...present({
      default: live?.boot_val,
      min: live?.min_val,
      max: live?.max_val,
      values: live?.enumvals,
      definition,
    }),
    majors: majorsOf(request.name),
  };
}

/** All parameters: those the server has, and those that are asked for and it does not know. */
function readings(observed: Observed): ParameterReading[] {
  const known = observed.primary.settings.map(row => readingOf(row, observed));
  const have = new Set(observed.primary.settings.map(row => row.name.toLowerCase()));
  const others = [...observed.desired.values()]
    .filter(({ name }) => !have.has(name.toLowerCase()))
    .map(({ name, value }) => placeholderOf(name, value, observed));
  return [...known, ...others];
}

/** A parameter with a dot that no loaded library defines, or a name the server does not know. */
function placeholderOf(name: string, desired: string, observed: Observed): ParameterReading {
  const found = findByName(observed.primary.placeholders, name);
  return {
    name,
    ...present({ value: found?.value, setting: found?.value }),
    source: found === undefined ? "unknown to the server" : "configuration file",
    category: ParameterCategory.Dynamic,
    desired,
    restartNeeded: false,
    drift: found?.value !== desired,
  };
}

function readingOf(row: LiveRow, observed: Observed): ParameterReading {
  const key = row.name.toLowerCase();
  const desired = observed.desired.get(key)?.value;
  const held = findByName(observed.record?.pending ?? [], row.name);
  const rows = [...observed.standbys].map(([pod, list]) => [pod, findByName(list, row.name)] as const);
  const line = findByName(observed.primary.files, row.name);
  const waits = row.pending_restart === true || rows.some(([, other]) => other?.pending_restart === true);
  const overrides = overridesOf(row.name, observed.primary.overrides);
  const category = categoryOf(row, observed.instance.major);
  const pods =
    category === ParameterCategory.Immutable ? undefined : differing(row, rows, observed.primaryName);
  return {
    name: row.name,
    value: row.value,
    setting: row.setting,
    ...present({ unit: row.unit }),
    source: sourceOf(row),
    category,
    ...present({ desired, pendingValue: pendingValue(row, held, waits, line) }),
    restartNeeded: waits || held !== undefined,
    // What waits is not in effect yet, so it is judged by where it was asked for.
    drift: waits ? isAlterSystem(line) : drifts(row, desired, rows, overrides),
    ...present({ overrides: overrides.length > 0 ? overrides : undefined, pods }),
  };
}

/** What a change does: as the catalogue says, else as the server does for parameters of libraries it does not know. */
function categoryOf(row: LiveRow, major: number): ParameterCategory {
  const definition = findDefinition(loadCatalogue(major), row.name);
  if (definition !== undefined) return definition.category;
  switch (row.context) {
    case ParameterContext.Internal:
      return ParameterCategory.Immutable;
    case ParameterContext.Postmaster:
      return ParameterCategory.Restart;
    case ParameterContext.Sighup:
      return ParameterCategory.Reload;
    default:
      return ParameterCategory.Dynamic;
  }
}

/** The file ALTER SYSTEM writes. */
const automaticFile = "postgresql.auto.conf";

function sourceOf(row: LiveRow): string {
  return isAlterSystem(row) ? "ALTER SYSTEM" : (row.source ?? "default");
}

function isAlterSystem(of: { sourcefile: string | null } | undefined): boolean {
  return of?.sourcefile?.endsWith(`/${automaticFile}`) === true;
}

/** What is to come: held back by us, or in the file and waiting for a restart; without a line there, the default comes back. */
function pendingValue(
  row: LiveRow,
  held: PendingParameter | undefined,
  waits: boolean,
  line: FileLine | undefined,
): string | undefined {
  if (held !== undefined) return held.desired ?? row.boot_val ?? "";
  if (!waits) return undefined;
  return line?.setting ?? row.boot_val ?? "";
}

function drifts(
  row: LiveRow,
  desired: string | undefined,
  others: readonly (readonly [string, LiveRow | undefined])[],
  overrides: readonly ParameterOverride[],
): boolean {
  if (desired === undefined) return isAlterSystem(row);
  // The session that asks may itself be under an override; the list of overrides tells of that.
  const rows = [row, ...others.map(([, other]) => other)].filter(
    (each): each is LiveRow => each !== undefined && !isOverridden(each),
  );
  return (
    rows.some(each => !equalSetting(desired, each)) ||
    overrides.some(({ value }) => !equalValues(desired, value, row))
  );
}

/** Overrides are kept as they were written: both are equal when each is what the server shows, or they read the same. */
function equalValues(desired: string, override: string, row: LiveRow): boolean {
  return desired.trim() === override.trim() || (equalSetting(desired, row) && equalSetting(override, row));
}

function overridesOf(name: string, rows: readonly OverrideRow[]): ParameterOverride[] {
  return rows
    .filter(row => row.name.toLowerCase() === name.toLowerCase())
    .map(({ role, database, value }) => ({ scope: scopeOf(role, database), value }));
}

function scopeOf(role: string | null, database: string | null): string {
  if (role === null) return database === null ? "all roles" : `database ${database}`;
  return database === null ? `role ${role}` : `role ${role} in database ${database}`;
}

function differing(
  row: LiveRow,
  others: readonly (readonly [string, LiveRow | undefined])[],
  primaryName: string,
): Record<string, string> | undefined {
  if (others.every(([, other]) => (other?.setting ?? row.setting) === row.setting)) return undefined;
  const values = others.map(([pod, other]) => [pod, other?.value ?? "(unknown)"]);
  return Object.fromEntries([[primaryName, row.value], ...values]) as Record<string, string>;
}

/** What waits: what we hold back, and what is in the files and needs a restart. */
function pendingChanges(
  all: readonly ParameterReading[],
  held: readonly PendingParameter[],
): PendingParameter[] {
  const waiting = all.filter(
    ({ name, restartNeeded }) => restartNeeded && findByName(held, name) === undefined,
  );
  return [
    ...held,
    ...waiting.map(({ name, value, pendingValue: desired }) => ({
      name,
      ...present({ value, desired }),
      reason: "waits for a restart",
    })),
  ];
}

function choose(
  all: readonly ParameterReading[],
  request: GetParametersRequest,
  observed: Observed,
): ParameterReading[] {
  const chosen = request.names?.map(name => {
    const found = findByName(all, name);
    if (found === undefined) throw new Error(unknownName(name, observed));
    return found;
  });
  const list = chosen ?? [...all];
  return request.changedOnly === true ? list.filter(reading => isChanged(reading, observed)) : list;
}

function isChanged(reading: ParameterReading, observed: Observed): boolean {
  const { desired, restartNeeded, drift, overrides, pods, category, source } = reading;
  if (restartNeeded || drift || overrides !== undefined || pods !== undefined) return true;
  if (category === ParameterCategory.Immutable) return false;
  // What the server works out by itself is no change, although it is not what the built-in default says.
  if (desired === undefined && ["default", "override", "client", "session"].includes(source)) return false;
  const row = findByName(observed.primary.settings, reading.name);
  return desired !== undefined || row?.setting !== (row?.boot_val ?? "");
}

function unknownName(name: string, { instance, primary }: Observed): string {
  const majors = majorsOf(name);
  if (majors.length > 0 && !majors.includes(instance.major)) {
    return `PostgreSQL ${instance.major} has no parameter "${name}"; it exists in ${majors.join(", ")}.`;
  }
  const near = nearest(
    name,
    primary.settings.map(row => row.name),
  );
  const hint = near === undefined ? "" : ` Did you mean "${near}"?`;
  return `The server of ${instance.namespace}/${instance.name} has no parameter "${name}".${hint}`;
}
