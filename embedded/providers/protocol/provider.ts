import type { PropertyMap } from "./property";

export interface CheckFailure {
  property: string;
  reason: string;
}

export interface CheckRequest {
  urn: string;
  olds: PropertyMap;
  news: PropertyMap;
  randomSeed: Buffer;
  /** The engine's own name for the resource, where the project configures autonaming. */
  autonaming?: { proposedName: string; mode: "propose" | "enforce" | "disable" };
}

export interface CheckResult {
  inputs: PropertyMap;
  failures?: CheckFailure[];
}

export interface DiffRequest {
  id: string;
  urn: string;
  oldState: PropertyMap;
  oldInputs: PropertyMap;
  news: PropertyMap;
  ignoreChanges: string[];
}

export type DiffKind = "add" | "delete" | "update";

export interface PropertyDifference {
  kind: DiffKind;
  replace: boolean;
  /** The difference is between old and new inputs, not between the live state and new inputs. */
  inputs: boolean;
}

export interface DiffResult {
  changes: boolean;
  replaces: string[];
  deleteBeforeReplace: boolean;
  detailed: Map<string, PropertyDifference>;
}

export interface CreateRequest {
  urn: string;
  properties: PropertyMap;
  /** Seconds; 0 when the user set none. */
  timeout: number;
  preview: boolean;
}

export interface UpdateRequest {
  id: string;
  urn: string;
  oldState: PropertyMap;
  news: PropertyMap;
  timeout: number;
  preview: boolean;
  ignoreChanges: string[];
}

export interface ReadRequest {
  id: string;
  urn: string;
  state: PropertyMap;
  inputs: PropertyMap;
}

/** An empty id says that the resource is gone. */
export interface ReadResult {
  id: string;
  state?: PropertyMap;
  inputs?: PropertyMap;
}

export interface DeleteRequest {
  id: string;
  urn: string;
  state: PropertyMap;
  timeout: number;
}

/** What a plugin does for the engine; the wire format is the server's business. */
export interface Provider {
  /** Reported as the plugin's version. */
  readonly version: string;
  checkConfig(news: PropertyMap): CheckResult;
  diffConfig(olds: PropertyMap, news: PropertyMap): DiffResult;
  configure(variables: Map<string, string>): Promise<void>;
  check(request: CheckRequest): Promise<CheckResult>;
  diff(request: DiffRequest): Promise<DiffResult>;
  create(request: CreateRequest): Promise<{ id: string; state: PropertyMap }>;
  read(request: ReadRequest): Promise<ReadResult>;
  update(request: UpdateRequest): Promise<PropertyMap>;
  delete(request: DeleteRequest): Promise<void>;
  invoke(token: string, args: PropertyMap): Promise<PropertyMap>;
  cancel(): void;
}

/** Where a plugin says what it is doing; status lines replace each other in the display. */
export interface Log {
  status(urn: string, message: string): void;
  info(urn: string, message: string): void;
  warning(urn: string, message: string): void;
}

/** The object exists but did not become what it should: the engine keeps it in the state with these reasons. */
export class InitializationFailure extends Error {
  constructor(
    readonly id: string,
    readonly state: PropertyMap,
    readonly reasons: string[],
    readonly inputs?: PropertyMap,
  ) {
    super(reasons[0] ?? "the resource did not become ready");
  }
}

/** No difference at all. */
export function noDifference(): DiffResult {
  return { changes: false, replaces: [], deleteBeforeReplace: false, detailed: new Map() };
}

/** `urn:pulumi:stack::project::parent$type::name` → its last type and its name. */
export function parseUrn(urn: string): { type: string; name: string } {
  const [, , qualifiedType = "", ...name] = urn.split("::");
  return { type: qualifiedType.split("$").at(-1) ?? "", name: name.join("::") };
}

/**
 * What serves the resources of a type.
 * @throws Error that names what there is, for a type that is not served
 */
export function servedResource<R>(resources: ReadonlyMap<string, R>, urn: string): R {
  const { type } = parseUrn(urn);
  const resource = resources.get(type);
  if (resource !== undefined) return resource;
  throw new Error(
    `${type} is not served by the stand-in plugin: it has ${[...resources.keys()].join(", ")}.`,
  );
}
