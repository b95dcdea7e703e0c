import type { Manifest } from "../../../src/cnpg";
import {
  ApiError,
  type DeleteOptions,
  type KubernetesApi,
  type PatchOptions,
  type ResourceKind,
} from "../../../src/operations/kubernetes";
import type { OperationContext } from "../../../src/operations/operation";
import type { Clock } from "../../../src/operations/waiting";

/** A clock that only moves when somebody sleeps. */
export class FakeClock implements Clock {
  #now: number;

  constructor(start = "2026-01-01T00:00:00Z") {
    this.#now = Date.parse(start);
  }

  now = (): Date => new Date(this.#now);

  sleep = async (milliseconds: number): Promise<void> => this.advance(milliseconds);

  advance(milliseconds: number): void {
    this.#now += milliseconds;
  }
}

/** An API server in memory, as far as operations use one. */
export class FakeApi implements KubernetesApi {
  readonly objects = new Map<string, Manifest>();
  readonly calls: string[] = [];
  /** What pods have written, by `namespace/pod`. */
  readonly logs = new Map<string, string>();
  /** Runs before each create; may throw, or return what the server makes of the object. */
  onCreate: (object: Manifest, dryRun: boolean) => Manifest = object => object;

  /** Runs before each patch; may throw, or return what the server makes of the changed object. */
  onPatch: (object: Manifest, options: PatchOptions) => Manifest = object => object;

  add(kind: ResourceKind, object: Manifest): void {
    this.objects.set(path(kind, object.metadata.namespace ?? "", object.metadata.name ?? ""), object);
  }

  async get<T extends Manifest>(kind: ResourceKind, namespace: string, name: string): Promise<T | undefined> {
    return this.objects.get(path(kind, namespace, name)) as T | undefined;
  }

  async list<T extends Manifest>(
    kind: ResourceKind,
    namespace: string | undefined,
    labels: Record<string, string>,
  ): Promise<T[]> {
    return [...this.objects.entries()]
      .filter(([key]) => key.startsWith(`${kind.plural}/${namespace === undefined ? "" : `${namespace}/`}`))
      .map(([, object]) => object as T)
      .filter(object =>
        Object.entries(labels).every(([key, value]) => object.metadata.labels?.[key] === value),
      );
  }

  async create<T extends Manifest>(
    kind: ResourceKind,
    object: Manifest,
    options: { dryRun?: boolean } = {},
  ): Promise<T> {
    const named = withName(object, this.objects.size);
    const key = path(kind, named.metadata.namespace ?? "", named.metadata.name ?? "");
    this.calls.push(`create ${key}${options.dryRun === true ? " (dry run)" : ""}`);
    const made = this.onCreate(named, options.dryRun === true);
    if (this.objects.has(key)) throw new ApiError(`create ${key}`, 409, "already exists");
    if (options.dryRun !== true) this.objects.set(key, made);
    return made as T;
  }

  async patch<T extends Manifest>(
    kind: ResourceKind,
    namespace: string,
    name: string,
    change: object,
    options: PatchOptions = {},
  ): Promise<T> {
    const key = path(kind, namespace, name);
    const { fieldManager, dryRun, subresource } = options;
    this.calls.push(
      `patch ${key}${subresource === undefined ? "" : `/${subresource}`}${fieldManager === undefined ? "" : ` as ${fieldManager}`}${dryRun === true ? " (dry run)" : ""}`,
    );
    const object = this.objects.get(key);
    if (object === undefined) throw new ApiError(`patch ${key}`, 404, "not found");
    const read = (change as Partial<Manifest>).metadata?.resourceVersion;
    if (read !== undefined && read !== object.metadata.resourceVersion) {
      throw new ApiError(`patch ${key}`, 409, "the object has been modified");
    }
    const merged = this.onPatch(merge(object, partOf(change, subresource)) as Manifest, options);
    if (dryRun !== true) this.objects.set(key, withNextVersion(merged));
    return merged as T;
  }

  async delete(
    kind: ResourceKind,
    namespace: string,
    name: string,
    { gracePeriodSeconds }: DeleteOptions = {},
  ): Promise<void> {
    const key = path(kind, namespace, name);
    this.calls.push(
      `delete ${key}${gracePeriodSeconds === undefined ? "" : ` within ${gracePeriodSeconds} s`}`,
    );
    this.objects.delete(key);
  }

  async log(namespace: string, pod: string): Promise<string> {
    return this.logs.get(`${namespace}/${pod}`) ?? "";
  }
}

/** The API server changes either the status of an object or everything else. */
function partOf(change: object, subresource: "status" | undefined): object {
  const { status, ...others } = change as { status?: unknown };
  if (subresource === undefined) return others;
  return status === undefined ? {} : { status };
}

/** The API server completes a name that only begins. */
function withName(object: Manifest, number: number): Manifest {
  const { name, generateName } = object.metadata as Manifest["metadata"] & { generateName?: string };
  if (name !== undefined || generateName === undefined) return object;
  return { ...object, metadata: { ...object.metadata, name: `${generateName}${number}` } };
}

/** Only objects that have a version get another: most tests do not look at it. */
function withNextVersion(object: Manifest): Manifest {
  const { resourceVersion } = object.metadata;
  if (resourceVersion === undefined) return object;
  return {
    ...object,
    metadata: { ...object.metadata, resourceVersion: String(Number(resourceVersion) + 1) },
  };
}

/** Surroundings of an operation under test, and what it said. */
export function context(
  api: FakeApi = new FakeApi(),
  clock: Clock = new FakeClock(),
): OperationContext & { api: FakeApi; said: string[] } {
  const said: string[] = [];
  const env = { JOB_NAME: "job", JOB_UID: "job-uid", POD_NAMESPACE: "shop" };
  return {
    api,
    clock,
    env,
    said,
    say: sentence => void said.push(sentence),
    execute: async (namespace, pod, _container, command) => {
      throw new Error(`no command was expected in ${namespace}/${pod}: ${command.join(" ")}`);
    },
    program: async (command, args) => {
      throw new Error(`no program was expected: ${command} ${args.join(" ")}`);
    },
  };
}

function path(kind: ResourceKind, namespace: string, name: string): string {
  return `${kind.plural}/${namespace}/${name}`;
}

function merge(into: unknown, change: unknown): unknown {
  if (!isRecord(into) || !isRecord(change)) return change;
  const merged: Record<string, unknown> = { ...into };
  for (const [key, value] of Object.entries(change)) {
    if (value === null) delete merged[key];
    else merged[key] = merge(merged[key], value);
  }
  return merged;
}

function isRecord(value: unknown): value is Record<string, unknown> {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}
