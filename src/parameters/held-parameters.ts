import { own } from "../own";
import { managedLibraries, managedLibrary } from "./preloading";
import type { ValueDefinition } from "./reading";
import { sameValue } from "./value";

/** How the server reads the values of a parameter, and what it takes when none is given. */
export type ValueForm = Omit<ValueDefinition, "name" | "min" | "max">;

/**
 * What has to be known of a major to hold parameters back: plain data that travels with the request of a Job, because the catalogues
 * do not. Names are in lower case.
 */
export interface RestartClass {
  /** Parameters whose change restarts the server. */
  parameters: Record<string, ValueForm>;
  /** Values CloudNativePG writes into a Cluster that does not have them. */
  operatorDefaults: Record<string, string>;
  /** Parameters that belong to CloudNativePG, some of which it writes into every Cluster. */
  operatorOwned: string[];
  /** Libraries that are preloaded by argument: setting the first parameter of one of them restarts nothing. */
  preloaded: string[];
}

/** A parameter that has another value in the Cluster than is asked for. */
export interface ParameterDifference {
  name: string;
  /** Value in the Cluster; absent when it has none. */
  current?: string;
  /** Value asked for; absent when it is to be taken out, so that the default holds. */
  desired?: string;
}

type Parameters = Readonly<Record<string, string>>;

/**
 * Parts the parameters of a server by what changing them does. Those of an extension that CloudNativePG preloads with its first
 * parameter count as restarting, because the first of them does.
 */
export function splitByCategory(
  parameters: Parameters,
  restarts: RestartClass,
): { atOnce: Record<string, string>; restart: Record<string, string> } {
  const waits = (name: string): boolean => {
    const library = managedLibrary(name);
    return isRestart(name, restarts) || (library !== undefined && !restarts.preloaded.includes(library));
  };
  const entries = Object.entries(parameters);
  return {
    atOnce: Object.fromEntries(entries.filter(([name]) => !waits(name))),
    restart: Object.fromEntries(entries.filter(([name]) => waits(name))),
  };
}

/** Parameters that wait for a restart, in the order of their names; values that only are written in another way do not. */
export function pendingChanges(
  current: Parameters,
  desired: Parameters,
  restarts: RestartClass,
): ParameterDifference[] {
  const held = heldBack(current, desired, restarts);
  // A library is loaded by a parameter, even by one that is set to its default.
  const loads = belongsTo(movingLibraries(current, desired, restarts));
  return changes(current, desired, restarts)
    .filter(change => held(change.name) && (loads(change.name) || !meansTheSame(change, restarts)))
    .sort((a, b) => (a.name < b.name ? -1 : 1));
}

/**
 * A JSON merge patch for `spec.postgresql.parameters`: null takes a parameter out. What reloads is in it always, what restarts when it
 * is due. What CloudNativePG wrote by itself stays. Everything else that is not asked for is taken out, whoever wrote it.
 * @param current the parameters in the Cluster
 * @param desired all parameters that are asked for
 * @param due whether what restarts may be applied
 */
export function merge(
  current: Parameters,
  desired: Parameters,
  due: boolean,
  restarts: RestartClass,
): Record<string, string | null> {
  const held = due ? () => false : heldBack(current, desired, restarts);
  return patchOf(changes(current, desired, restarts).filter(({ name }) => !held(name)));
}

/** The parameters after a patch. */
export function patched(
  current: Parameters,
  patch: Readonly<Record<string, string | null>>,
): Record<string, string> {
  const merged = Object.entries({ ...current, ...patch });
  return Object.fromEntries(merged.filter((entry): entry is [string, string] => entry[1] !== null));
}

function patchOf(list: ParameterDifference[]): Record<string, string | null> {
  return Object.fromEntries(list.map(({ name, desired }) => [name, desired ?? null]));
}

/** Every difference in the text. */
function changes(current: Parameters, desired: Parameters, restarts: RestartClass): ParameterDifference[] {
  const wanted = Object.entries(desired)
    .filter(([name, value]) => own(current, name) !== value)
    .map(([name, desired]) => ({ name, ...present(own(current, name)), desired }));
  const unwanted = Object.entries(current)
    .filter(([name, value]) => own(desired, name) === undefined && !isOperators(name, value, restarts))
    .map(([name, value]) => ({ name, current: value }));
  return [...wanted, ...unwanted];
}

/** Whether CloudNativePG would write the same again. */
function isOperators(name: string, value: string, restarts: RestartClass): boolean {
  const key = name.toLowerCase();
  return restarts.operatorOwned.includes(key) || own(restarts.operatorDefaults, key) === value;
}

/**
 * Which parameters have to wait: those that restart, and all of an extension whose library would be loaded or unloaded without them.
 */
function heldBack(
  current: Parameters,
  desired: Parameters,
  restarts: RestartClass,
): (name: string) => boolean {
  const reloading = changes(current, desired, restarts).filter(({ name }) => !isRestart(name, restarts));
  const moved = belongsTo(movingLibraries(current, patched(current, patchOf(reloading)), restarts));
  return name => isRestart(name, restarts) || moved(name);
}

/** Managed libraries that would be loaded or unloaded. */
function movingLibraries(from: Parameters, to: Parameters, { preloaded }: RestartClass): string[] {
  return managedLibraries.filter(
    library => !preloaded.includes(library) && uses(from, library) !== uses(to, library),
  );
}

function belongsTo(libraries: string[]): (name: string) => boolean {
  return name => libraries.includes(managedLibrary(name) ?? "");
}

function uses(parameters: Parameters, library: string): boolean {
  return Object.keys(parameters).some(name => managedLibrary(name) === library);
}

function isRestart(name: string, restarts: RestartClass): boolean {
  return Object.hasOwn(restarts.parameters, name.toLowerCase());
}

/** Whether the server would see no difference. A parameter that is not set has its default. */
function meansTheSame({ name, current, desired }: ParameterDifference, restarts: RestartClass): boolean {
  const key = name.toLowerCase();
  const form = own(restarts.parameters, key);
  if (form === undefined) return false;
  const usual = own(restarts.operatorDefaults, key) ?? form.default;
  const [before, after] = [current ?? usual, desired ?? usual];
  if (before === undefined || after === undefined) return before === after;
  return sameValue({ ...form, name: key }, before, after);
}

function present(current: string | undefined): { current?: string } {
  return current === undefined ? {} : { current };
}
