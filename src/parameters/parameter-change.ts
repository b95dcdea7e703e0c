import { type Catalogue, findDefinition, loadCatalogue } from "./catalogue";
import { ParameterCategory, ParameterContext, type ParameterDefinition, ParameterType } from "./definition";
import { effectiveValue } from "./effective";
import { sharedPreloadLibraries } from "./preloading";
import type { ServerFacts } from "./server-facts";
import { parseValue, sameValue, showValue } from "./value";

/**
 * Parameters that a standby must not have lower than its primary.
 * Source: PostgreSQL, CheckRequiredParameterValues in src/backend/access/transam/xlogrecovery.c.
 */
export const followerSensitive: readonly string[] = [
  "max_connections",
  "max_worker_processes",
  "max_wal_senders",
  "max_prepared_transactions",
  "max_locks_per_transaction",
];

/** A parameter that another value comes into effect for. */
export interface ParameterChange {
  name: string;
  /** Value that was asked for, as it was written; absent when none was, so that the default held. */
  before?: string;
  /** Value that is asked for now; absent when none is, so that the default holds. */
  after?: string;
  /** Value in effect before, as SHOW prints it; absent when there is none, or none that can be told. */
  effectiveBefore?: string;
  /** Value in effect then. */
  effectiveAfter?: string;
  category: ParameterCategory;
  /** It holds for sessions that begin after the reload. */
  newSessions: boolean;
  /** A standby must not have it lower than its primary. */
  followerSensitive: boolean;
  /** The new value is a smaller number. */
  lowered: boolean;
}

/** What changes, and what cannot be compared because only one of the two majors has it. */
export interface ComparedParameters {
  changes: ParameterChange[];
  uncompared: string[];
}

/** Compares what servers run with: `1024MB` in place of `1GB` is no change, nor is taking out what stood at its default. */
export function compareParameters(before: ServerFacts, after: ServerFacts): ComparedParameters {
  const [was, is] = [serverOf(before), serverOf(after)];
  const changes: ParameterChange[] = [];
  const uncompared: string[] = [];
  for (const name of [...new Set([...was.asked.keys(), ...is.asked.keys()])].sort()) {
    const [earlier, definition] = [findDefinition(was.catalogue, name), findDefinition(is.catalogue, name)];
    if ((earlier === undefined) !== (definition === undefined)) uncompared.push(name);
    else if (definition === undefined) changes.push(...unknownChange(name, was, is));
    else changes.push(...knownChange(definition, was, is));
  }
  return { changes: [...changes, ...libraryChange(before, after)], uncompared };
}

/** What servers are asked for, by the names they give the parameters. */
interface Server {
  catalogue: Catalogue;
  asked: Map<string, string>;
  /** Libraries that are preloaded. */
  libraries: string[];
}

function serverOf(facts: ServerFacts): Server {
  const catalogue = loadCatalogue(facts.major);
  const asked = Object.entries(facts.parameters).map(([name, value]): [string, string] => [
    findDefinition(catalogue, name)?.name ?? name.toLowerCase(),
    value,
  ]);
  return { catalogue, asked: new Map(asked), libraries: librariesOf(facts).split(",") };
}

function knownChange(definition: ParameterDefinition, was: Server, is: Server): ParameterChange[] {
  const { name } = definition;
  const [before, after] = [was.asked.get(name), is.asked.get(name)];
  const [from, to] = [inEffect(was, name), inEffect(is, name)];
  if (from === to || (from !== undefined && to !== undefined && sameValue(definition, from, to))) return [];
  return [
    {
      name,
      ...defined({ before, after }),
      ...defined({ effectiveBefore: shown(definition, from), effectiveAfter: shown(definition, to) }),
      category: categoryFor(definition, was, is),
      newSessions: isForNewSessions(definition),
      followerSensitive: followerSensitive.includes(name),
      lowered: isNumber(definition) && Number(to) < Number(from),
    },
  ];
}

/** What the server would refuse has no effective value; it is compared as it was written. */
function inEffect({ catalogue, asked }: Server, name: string): string | undefined {
  const value = asked.get(name);
  return effectiveValue(catalogue, value === undefined ? {} : { [name]: value }, name) ?? value;
}

/** A name that no catalogue knows is a custom parameter, which the server keeps without looking at it. */
function unknownChange(name: string, was: Server, is: Server): ParameterChange[] {
  const [before, after] = [was.asked.get(name), is.asked.get(name)];
  if (before === after) return [];
  return [
    {
      name,
      ...defined({ before, after, effectiveBefore: before, effectiveAfter: after }),
      category: ParameterCategory.Dynamic,
      newSessions: false,
      followerSensitive: false,
      lowered: false,
    },
  ];
}

function libraryChange(before: ServerFacts, after: ServerFacts): ParameterChange[] {
  const [was, is] = [librariesOf(before), librariesOf(after)];
  if (was === is) return [];
  return [
    {
      name: "shared_preload_libraries",
      effectiveBefore: was,
      effectiveAfter: is,
      category: ParameterCategory.Restart,
      newSessions: false,
      followerSensitive: false,
      lowered: false,
    },
  ];
}

function librariesOf({ sharedPreloadLibraries: listed = [], parameters }: ServerFacts): string {
  return sharedPreloadLibraries(listed, parameters);
}

/** Without its library a parameter is a mere name, which a reload changes. */
function categoryFor({ category, library }: ParameterDefinition, ...servers: Server[]): ParameterCategory {
  if (category !== ParameterCategory.Restart || library === undefined) return category;
  return servers.some(({ libraries }) => libraries.includes(library)) ? category : ParameterCategory.Dynamic;
}

function isForNewSessions({ context }: ParameterDefinition): boolean {
  return context === ParameterContext.Backend || context === ParameterContext.SuperuserBackend;
}

function isNumber({ type }: ParameterDefinition): boolean {
  return type === ParameterType.Integer || type === ParameterType.Real;
}

function shown(definition: ParameterDefinition, value: string | undefined): string | undefined {
  if (value === undefined) return undefined;
  const parsed = parseValue(definition, value);
  return parsed.ok ? showValue(definition, parsed.base) : value;
}

/** Without the members that have no value. */
function defined<T extends Record<string, string | undefined>>(members: T): { [K in keyof T]?: string } {
  const entries = Object.entries(members).filter(([, value]) => value !== undefined);
  return Object.fromEntries(entries) as { [K in keyof T]?: string };
}
