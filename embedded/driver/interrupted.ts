/**
 * What an interrupted update leaves behind and what to do about it. Pure: decides from what was read, changes nothing.
 *
 * A killed engine leaves a lock in the backend and, for every resource it was creating, a pending operation in the state.
 * The object may exist by then; creating it again would answer AlreadyExists, and forgetting it would leave an orphan.
 */

/** The lock file that the engine's file backend writes. */
export interface EngineLock {
  readonly pid: number;
  readonly username: string;
  readonly hostname: string;
  readonly timestamp: string;
}

/** What this host knows about a process id. */
export interface ProcessFacts {
  /** The program's name, as in `/proc/<pid>/comm`. */
  readonly program: string;
  readonly startedAt: Date;
}

export type LockVerdict =
  { readonly owner: "dead"; readonly reason: string } | { readonly owner: "alive"; readonly reason: string };

/** Clocks of the lock and of the process table differ by rounding to clock ticks. */
const clockTolerance = 2_000;

/**
 * Says whether the owner of a lock still runs.
 *
 * @param host      this host's name
 * @param processOf the process with that id on this host, if any
 */
export function judgeLock(
  lock: EngineLock,
  host: string,
  processOf: (pid: number) => ProcessFacts | undefined,
): LockVerdict {
  const who = `process ${lock.pid} of ${lock.username} on ${lock.hostname}, since ${lock.timestamp}`;
  if (lock.hostname !== host) {
    return { owner: "alive", reason: `${who}, which is another host and cannot be checked from ${host}` };
  }
  const found = processOf(lock.pid);
  if (!found) return { owner: "dead", reason: `${who}, which no longer runs` };
  if (found.startedAt.getTime() > Date.parse(lock.timestamp) + clockTolerance) {
    return { owner: "dead", reason: `${who}; that id now belongs to ${found.program}, which started later` };
  }
  return { owner: "alive", reason: `${who} (${found.program})` };
}

/** A resource as it stands in an exported state. Fields that are not named here are carried along untouched. */
export interface StateResource {
  readonly urn: string;
  readonly type: string;
  readonly custom: boolean;
  readonly id?: string;
  readonly inputs?: Readonly<Record<string, unknown>>;
  readonly outputs?: Readonly<Record<string, unknown>>;
  readonly initErrors?: readonly string[];
  /** The next update deletes it: something else has taken its place. */
  readonly delete?: boolean;
  /** Deleted already, to be created again under the same URN. */
  readonly pendingReplacement?: boolean;
}

export interface PendingOperation {
  readonly type: string;
  readonly resource: StateResource;
}

/** The part of `pulumi stack export` that matters here. */
export interface ExportedState {
  readonly version: number;
  readonly deployment: {
    readonly resources?: readonly StateResource[];
    readonly pending_operations?: readonly PendingOperation[];
  };
}

/** The Kubernetes object behind a pending create. */
export interface ObjectReference {
  readonly apiVersion: string;
  readonly kind: string;
  readonly name: string;
  readonly namespace?: string;
  /** Labels that the create would have set; an object without them is somebody else's. */
  readonly labels: Readonly<Record<string, string>>;
}

/** What a pending create stands for. */
export type PendingCreate =
  | { readonly operation: PendingOperation; readonly object: ObjectReference }
  | { readonly operation: PendingOperation; readonly object: undefined; readonly reason: string };

/** The creates that were in flight when the engine died. */
export function pendingCreates(state: ExportedState): PendingCreate[] {
  return (state.deployment.pending_operations ?? [])
    .filter(operation => operation.type === "creating")
    .map(operation => ({ operation, ...objectOf(operation.resource) }));
}

/** Whether the state holds anything that an undisturbed engine would not have left. */
export function isInterrupted(state: ExportedState): boolean {
  return (state.deployment.pending_operations ?? []).length > 0;
}

type ObjectOrReason =
  { readonly object: ObjectReference } | { readonly object: undefined; readonly reason: string };

function objectOf(resource: StateResource): ObjectOrReason {
  const type = /^kubernetes:([^:]+):([A-Za-z0-9]+)$/.exec(resource.type);
  if (!type) return { object: undefined, reason: "it lives in the state only" };
  const [, group = "", kind = ""] = type;
  if (kind.endsWith("Patch")) return { object: undefined, reason: "a patch can be applied again" };
  if (group.startsWith("helm.sh/")) return { object: undefined, reason: "a Helm release repairs itself" };
  const metadata = record(resource.inputs?.metadata);
  const name = metadata.name;
  if (typeof name !== "string") return { object: undefined, reason: "its name is not known" };
  const { namespace } = metadata;
  const { apiVersion } = resource.inputs ?? {};
  return {
    object: {
      apiVersion: typeof apiVersion === "string" ? apiVersion : group.replace(/^core\//, ""),
      kind: typeof resource.inputs?.kind === "string" ? resource.inputs.kind : kind,
      name,
      ...(typeof namespace === "string" ? { namespace } : {}),
      labels: strings(metadata.labels),
    },
  };
}

function record(value: unknown): Record<string, unknown> {
  return typeof value === "object" && value !== null ? (value as Record<string, unknown>) : {};
}

function strings(value: unknown): Record<string, string> {
  return Object.fromEntries(
    Object.entries(record(value)).filter((entry): entry is [string, string] => typeof entry[1] === "string"),
  );
}

/** The id under which the Kubernetes provider knows an object. */
export function kubernetesId(object: ObjectReference): string {
  return object.namespace === undefined ? object.name : `${object.namespace}/${object.name}`;
}

/** What the cluster answered about the object of a pending create. */
export type Found = "absent" | "ours" | "foreign";

/**
 * Compares a live object with what the interrupted create asked for.
 *
 * @param labels the live object's labels, `undefined` when there is no such object
 */
export function judgeObject(
  wanted: ObjectReference,
  labels: Readonly<Record<string, string>> | undefined,
): Found {
  if (labels === undefined) return "absent";
  return Object.entries(wanted.labels).every(([key, value]) => labels[key] === value) ? "ours" : "foreign";
}

/** A decision about one pending create, with the words for the person who watches. */
export interface Decision {
  readonly urn: string;
  readonly action: "adopt" | "clear";
  readonly id?: string;
  readonly reason: string;
}

/**
 * Decides what becomes of a pending create: an object that exists is taken into the state, anything else is forgotten,
 * so that the next update creates it.
 */
export function decide(pending: PendingCreate, found: Found): Decision {
  const { urn } = pending.operation.resource;
  if (pending.object === undefined) return { urn, action: "clear", reason: pending.reason };
  const id = kubernetesId(pending.object);
  const what = `${pending.object.kind} ${id}`;
  switch (found) {
    case "ours":
      return { urn, action: "adopt", id, reason: `${what} exists` };
    case "foreign":
      return { urn, action: "clear", reason: `${what} exists but is not labelled as ours` };
    case "absent":
      return { urn, action: "clear", reason: `${what} does not exist` };
  }
}

/**
 * The state after the decisions: adopted resources are in it, nothing is pending any more. Their outputs are what was
 * asked for; the refresh that must follow reads the real ones.
 */
export function applyDecisions<T extends ExportedState>(state: T, decisions: readonly Decision[]): T {
  const ids = new Map(decisions.filter(({ action }) => action === "adopt").map(({ urn, id }) => [urn, id]));
  const { pending_operations: pending = [], ...deployment } = state.deployment;
  const resources = pending
    .filter(({ type, resource }) => type === "creating" && ids.has(resource.urn))
    .map(({ resource }) => ({
      ...resource,
      id: ids.get(resource.urn),
      outputs: resource.outputs ?? resource.inputs ?? {},
    }))
    .reduce(withAdopted, deployment.resources ?? []);
  return { ...state, deployment: { ...deployment, resources } };
}

// A resource may only refer to earlier ones, so a replacement stands where the replaced one stood. The replaced one
// is gone already when it was deleted first; otherwise the next update has to delete it.
function withAdopted(resources: readonly StateResource[], adopted: StateResource): readonly StateResource[] {
  const place = resources.findIndex(({ urn, delete: doomed }) => urn === adopted.urn && !doomed);
  const replaced = resources[place];
  if (!replaced) return [...resources, adopted];
  const superseded =
    replaced.pendingReplacement || replaced.id === adopted.id ? [] : [{ ...replaced, delete: true }];
  return [...resources.slice(0, place), adopted, ...resources.slice(place + 1), ...superseded];
}

/**
 * Marks adopted resources as not yet awaited. The engine then updates them once more with unchanged inputs,
 * and that update waits until they are ready, as their creation would have.
 */
export function markUnawaited<T extends ExportedState>(state: T, urns: ReadonlySet<string>): T {
  const resources = (state.deployment.resources ?? []).map(resource =>
    urns.has(resource.urn) && !resource.initErrors?.length
      ? { ...resource, initErrors: ["its creation was interrupted before it was ready"] }
      : resource,
  );
  return { ...state, deployment: { ...state.deployment, resources } };
}
