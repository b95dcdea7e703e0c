import { own } from "../own";
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { ParameterCategory, ParameterContext, type ParameterDefinition } from "./definition";
import { fixedParameters } from "./fixed";
import { oldNames, type Overlay, overlays } from "./overlays";

/** The parameters of one major. */
export interface Catalogue {
  major: number;
  /** Release the catalogue was made from, for example `18.4`. */
  server: string;
  /** The server's own parameters, by their names in lower case. */
  definitions: ReadonlyMap<string, ParameterDefinition>;
  /** Parameters of contrib modules and of other extensions, by their names in lower case. */
  extensions: ReadonlyMap<string, ParameterDefinition>;
}

/** Majors with a catalogue. */
export const majors: readonly number[] = [14, 15, 16, 17, 18];

const loaded = new Map<number, Catalogue>();

/** The catalogue of one major. Throws a RangeError for a major without one. */
export function loadCatalogue(major: number): Catalogue {
  const known = loaded.get(major);
  if (known !== undefined) return known;
  if (!majors.includes(major)) {
    throw new RangeError(`There is no catalogue of PostgreSQL ${major}: there are ${majors.join(", ")}.`);
  }
  const catalogue = makeCatalogue(major);
  loaded.set(major, catalogue);
  return catalogue;
}

/** The parameter of that name, however it is written, of the server or of an extension. Old names find what they stand for. */
export function findDefinition(catalogue: Catalogue, name: string): ParameterDefinition | undefined {
  const key = name.toLowerCase();
  return catalogue.definitions.get(key) ?? catalogue.extensions.get(key) ?? byOldName(catalogue, key);
}

/** CloudNativePG goes by the name as it is written, so that an old name can be refused although the new one is not. */
function byOldName(catalogue: Catalogue, key: string): ParameterDefinition | undefined {
  const name = own(oldNames, key);
  const definition = name === undefined ? undefined : catalogue.definitions.get(name);
  if (definition === undefined) return undefined;
  const ownedByOperator = fixedParameters.get(key);
  return ownedByOperator === undefined
    ? definition
    : { ...definition, ownedByOperator, category: ParameterCategory.Immutable };
}

/** Majors in which there is a parameter of that name. */
export function majorsOf(name: string): number[] {
  return majors.filter(major => findDefinition(loadCatalogue(major), name) !== undefined);
}

/**
 * Prefixes of extensions all of whose parameters are in the catalogues: another name with one of them is a mistake.
 */
export function extensionClasses(): ReadonlySet<string> {
  classes ??= completeClasses();
  return classes;
}

let classes: ReadonlySet<string> | undefined;

function completeClasses(): ReadonlySet<string> {
  const names = majors.flatMap(major => [...loadCatalogue(major).extensions.keys()]);
  const incomplete = new Set(extensionFile().incomplete);
  return new Set(names.map(name => name.slice(0, name.indexOf("."))).filter(name => !incomplete.has(name)));
}

/** One line of a data file; what is absent there is absent in the definition. */
interface CatalogueEntry extends Omit<
  ParameterDefinition,
  "name" | "category" | "group" | "description" | "hiddenValues" | "source"
> {
  /** Place in the file's list of groups. */
  group: number;
  /** Absent when the shared file has it. */
  description?: string;
}

interface CatalogueFile {
  server: string;
  groups: string[];
  parameters: Record<string, CatalogueEntry>;
  contrib: Record<string, CatalogueEntry>;
}

/** One line of the file of other extensions. */
interface ExtensionEntry extends Omit<
  ParameterDefinition,
  "name" | "category" | "group" | "hiddenValues" | "source"
> {
  /** Majors that have it. Default: all. */
  since?: number;
  until?: number;
}

interface ExtensionFile {
  /** Prefixes of which only the most used parameters are listed. */
  incomplete: string[];
  extensions: { source: string; parameters: Record<string, ExtensionEntry> }[];
}

/** A definition in the making. What is read from a file is completed in place, because copies cost more than the reading. */
type Draft = { -readonly [Member in keyof ParameterDefinition]: ParameterDefinition[Member] };

function makeCatalogue(major: number): Catalogue {
  const file = readData<CatalogueFile>(`postgresql-${major}.json`);
  const { descriptions } = readData<{ descriptions: Record<string, string> }>("descriptions.json");
  const source = `pg_settings of PostgreSQL ${file.server}`;
  const define = ([name, entry]: [string, CatalogueEntry]): Draft =>
    Object.assign(entry, {
      name,
      group: file.groups[entry.group] ?? "",
      description: entry.description ?? descriptions[name] ?? "",
      ...hiddenValues(entry),
      category: ParameterCategory.Immutable,
      source,
    });
  const own = keyed(Object.entries(file.parameters).map(define));
  const extensions = keyed([...Object.entries(file.contrib).map(define), ...otherExtensions(major)]);
  for (const overlay of overlays.filter(
    ({ since = 0, until = Infinity }) => since <= major && major <= until,
  )) {
    lay(overlay, own, extensions);
  }
  return { major, server: file.server, definitions: finished(own), extensions: finished(extensions) };
}

function hiddenValues({
  synonyms,
  values = [],
}: Pick<ParameterDefinition, "synonyms" | "values">): Partial<ParameterDefinition> {
  if (synonyms === undefined) return {};
  const hidden = Object.keys(synonyms).filter(word => !values.includes(word));
  return hidden.length === 0 ? {} : { hiddenValues: hidden };
}

/** A name with a dot belongs to an extension; CloudNativePG owns some of those too. */
function lay(overlay: Overlay, own: Map<string, Draft>, extensions: Map<string, Draft>): void {
  for (const [name, change] of Object.entries(overlay.parameters)) {
    const into = name.includes(".") ? extensions : own;
    const before = into.get(name);
    if (before !== undefined) {
      Object.assign(before, change, { source: joined(before.source, overlay.source) });
    } else if (isWhole(change)) {
      into.set(name, { ...change, name, category: ParameterCategory.Immutable, source: overlay.source });
    }
  }
}

function joined(before: string, source: string): string {
  return before.endsWith(source) ? before : `${before}; ${source}`;
}

/** An overlay that is about a name of other majors says too little to make a parameter of it. */
function isWhole(change: Partial<ParameterDefinition>): change is ParameterDefinition {
  return change.type !== undefined;
}

function otherExtensions(major: number): Draft[] {
  return extensionFile().extensions.flatMap(({ source, parameters }) =>
    Object.entries(parameters)
      .filter(([, { since = 0, until = Infinity }]) => since <= major && major <= until)
      .map(([name, { since: _since, until: _until, ...entry }]) => ({
        ...entry,
        ...hiddenValues(entry),
        name,
        group: "Customized Options",
        category: ParameterCategory.Immutable,
        source,
      })),
  );
}

let extensions: ExtensionFile | undefined;

function extensionFile(): ExtensionFile {
  extensions ??= readData<ExtensionFile>("extensions.json");
  return extensions;
}

function readData<T>(name: string): T {
  return JSON.parse(readFileSync(join(__dirname, "data", name), "utf8")) as T;
}

function keyed(definitions: Draft[]): Map<string, Draft> {
  return new Map(definitions.map(definition => [definition.name.toLowerCase(), definition]));
}

function finished(drafts: Map<string, Draft>): Map<string, ParameterDefinition> {
  for (const draft of drafts.values()) draft.category = categoryOf(draft);
  return new Map([...drafts.keys()].sort().map(key => [key, drafts.get(key) as Draft]));
}

const categories: Readonly<Record<ParameterContext, ParameterCategory>> = {
  [ParameterContext.Internal]: ParameterCategory.Immutable,
  [ParameterContext.Postmaster]: ParameterCategory.Restart,
  [ParameterContext.Sighup]: ParameterCategory.Reload,
  [ParameterContext.SuperuserBackend]: ParameterCategory.Dynamic,
  [ParameterContext.Backend]: ParameterCategory.Dynamic,
  [ParameterContext.Superuser]: ParameterCategory.Dynamic,
  [ParameterContext.User]: ParameterCategory.Dynamic,
};

function categoryOf({ context, ownedByOperator, sessionOnly }: ParameterDefinition): ParameterCategory {
  return ownedByOperator !== undefined || sessionOnly === true
    ? ParameterCategory.Immutable
    : categories[context];
}
