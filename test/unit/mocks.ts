import * as pulumi from "@pulumi/pulumi";

/**
 * A recorder for component tests: Pulumi's own mocks, plus everything a registration says that `MockResourceArgs` leaves out
 * (parent, dependencies, protect, timeouts, …). It wraps `registerResource` of the runtime's monitor, which is an internal
 * surface of the SDK: `mocks.test.ts` is the canary that tells when it has moved.
 */

/** Stands in recorded inputs where the value is not known yet, which happens in previews only. */
export const unknownInput = "<unknown>";

const secretSignatureKey = "4dabf18193072939515e22adb298388d";
const secretSignature = "1b47061264138c4ac30d75fd1eb44270";

/** One registration, as the engine would have received it. */
export interface RecordedResource {
  urn: string;
  type: string;
  name: string;
  /** False for components. */
  custom: boolean;
  /** Plain values: secrets are unwrapped (see `secretPaths`), unknowns are `unknownInput`. */
  inputs: Record<string, unknown>;
  /** Paths within `inputs` that were sent as secrets, for example `data.password`. */
  secretPaths: string[];
  /** Paths within `inputs` that were unknown. */
  unknownPaths: string[];
  /** URN of the parent, when there is one. */
  parent?: string;
  /** URNs, explicit (`dependsOn`) and implicit (through outputs) together, components already expanded into their children. */
  dependencies: string[];
  /** What was sent for this resource itself; undefined means inherited, see `MockRecorder.isProtected`. */
  protect?: boolean;
  /** What was sent for this resource itself; undefined means inherited, see `MockRecorder.isRetained`. */
  retainOnDelete?: boolean;
  ignoreChanges: string[];
  replaceOnChanges: string[];
  additionalSecretOutputs: string[];
  customTimeouts: { create?: string; update?: string; delete?: string };
  deleteBeforeReplace?: boolean;
  deletedWith?: string;
  importId?: string;
  aliases: number;
  /** Provider reference (`urn::id`) the resource was registered with; undefined for the default provider. */
  provider?: string;
  /** Provider references by package, for components. */
  providers: Record<string, string>;
  /** Names of the hooks bound, by kind. */
  hooks: Record<string, string[]>;
}

export interface MockOptions {
  /** Whether the program believes to run in a preview: outputs that the mock does not return are unknown and `apply` does not run. */
  preview?: boolean;
  project?: string;
  stack?: string;
  /** Output properties beyond the inputs, for example a status. Throw to make the registration fail. */
  outputs?: (resource: pulumi.runtime.MockResourceArgs) => Record<string, unknown> | undefined;
  /** Answers of provider functions. */
  calls?: (call: pulumi.runtime.MockCallArgs) => Record<string, unknown> | undefined;
}

export interface MockRecorder {
  /** Every registration so far, in order. */
  readonly resources: RecordedResource[];
  /** Waits until nothing is being registered any more, in previews too. Fails after `timeoutMilliseconds` (10000). */
  settled(timeoutMilliseconds?: number): Promise<RecordedResource[]>;
  /** All resources of a type; the type may be given without its package, for example `core/v1:Secret`. */
  ofType(type: string): RecordedResource[];
  /** The only resource of that name (and type, when given); throws when there is none or more than one. */
  named(name: string, type?: string): RecordedResource;
  /** As `named`, but undefined when there is none. */
  find(name: string, type?: string): RecordedResource | undefined;
  /** The resource of that URN. */
  at(urn: string): RecordedResource;
  childrenOf(parent: RecordedResource): RecordedResource[];
  /** Whether `dependent` waits for `dependency`, directly or through others. */
  waitsFor(dependent: RecordedResource, dependency: RecordedResource): boolean;
  /** Protection as the engine works it out: the resource's own setting, else that of the nearest parent which has one. */
  isProtected(resource: RecordedResource): boolean;
  /** Retention as the engine works it out, see `isProtected`. */
  isRetained(resource: RecordedResource): boolean;
}

/**
 * Sets the mocks and starts recording. Await it before importing or calling anything that creates resources.
 * Every call begins with fresh state, so that one process can run many tests.
 */
export async function startMocks(options: MockOptions = {}): Promise<MockRecorder> {
  const preview = options.preview ?? false;
  await pulumi.runtime.setMocks(
    {
      newResource: resource => ({
        id: preview ? undefined : resource.id || `${resource.name}-id`,
        state: { ...resource.inputs, ...options.outputs?.(resource) },
      }),
      call: call => options.calls?.(call) ?? {},
    },
    options.project ?? "project",
    options.stack ?? "stack",
    preview,
  );
  const activity = { started: 0, pending: 0 };
  const resources: RecordedResource[] = [];
  watchRegistrations(resources, activity);
  return new Recorder(resources, activity);
}

/**
 * The value of an output, or `undefined` when it is not known (as in a preview), without waiting for ever.
 * Rejects when the output does.
 */
export async function promiseOf<T>(output: pulumi.Output<T>): Promise<T | undefined> {
  const internals = output as unknown as {
    promise(withUnknowns?: boolean): Promise<T>;
    isKnown: Promise<boolean>;
  };
  return (await internals.isKnown) ? internals.promise() : undefined;
}

/** Whether an output is known in this run. */
export function isKnown(output: pulumi.Output<unknown>): Promise<boolean> {
  return (output as unknown as { isKnown: Promise<boolean> }).isKnown;
}

// A child made inside an `apply` shows a few turns of the event loop after what it waited for.
const turnsOfQuiet = 25;

interface Activity {
  started: number;
  pending: number;
}

type RegisterCallback = (error: unknown, response: { getUrn(): string } | undefined) => void;

interface Monitor {
  /** Missing in the SDK's own mock monitor, without it a resource with hooks is never registered. */
  registerResourceHook?(request: unknown, callback: (error: null, response: unknown) => void): void;
  registerResource(request: RegisterRequest, callback: RegisterCallback): Promise<void>;
}

interface RegisterRequest {
  getType(): string;
  getName(): string;
  getCustom(): boolean;
  getParent(): string;
  getObject(): { toJavaScript(): Record<string, unknown> } | undefined;
  getDependenciesList(): string[];
  hasProtect(): boolean;
  getProtect(): boolean;
  hasRetainondelete(): boolean;
  getRetainondelete(): boolean;
  getIgnorechangesList(): string[];
  getReplaceonchangesList(): string[];
  getAdditionalsecretoutputsList(): string[];
  getCustomtimeouts(): { getCreate(): string; getUpdate(): string; getDelete(): string } | undefined;
  getDeletebeforereplacedefined(): boolean;
  getDeletebeforereplace(): boolean;
  getDeletedwith(): string;
  getImportid(): string;
  getAliasesList(): unknown[];
  getProvider(): string;
  getProvidersMap(): { entries(): { next(): { done?: boolean; value: [string, string] } } };
  getHooks(): { toObject(): Record<string, string[] | unknown> } | undefined;
}

function watchRegistrations(resources: RecordedResource[], activity: Activity): void {
  const monitor = pulumi.runtime.getMonitor() as unknown as Monitor;
  const register = monitor.registerResource.bind(monitor);
  monitor.registerResourceHook = (_request, callback) => callback(null, {});
  monitor.registerResource = (request, callback) => {
    activity.started++;
    activity.pending++;
    return register(request, (error, response) => {
      activity.pending--;
      if (response !== undefined && (error === null || error === undefined)) {
        resources.push(recorded(request, response.getUrn()));
      }
      callback(error, response);
    });
  };
}

function recorded(request: RegisterRequest, urn: string): RecordedResource {
  const inputs = readInputs(request.getObject()?.toJavaScript() ?? {});
  const timeouts = request.getCustomtimeouts();
  return {
    urn,
    type: request.getType(),
    name: request.getName(),
    custom: request.getCustom(),
    ...inputs,
    parent: request.getParent() || undefined,
    dependencies: request.getDependenciesList(),
    protect: request.hasProtect() ? request.getProtect() : undefined,
    retainOnDelete: request.hasRetainondelete() ? request.getRetainondelete() : undefined,
    ignoreChanges: request.getIgnorechangesList(),
    replaceOnChanges: request.getReplaceonchangesList(),
    additionalSecretOutputs: request.getAdditionalsecretoutputsList(),
    customTimeouts: {
      create: timeouts?.getCreate() || undefined,
      update: timeouts?.getUpdate() || undefined,
      delete: timeouts?.getDelete() || undefined,
    },
    deleteBeforeReplace: request.getDeletebeforereplacedefined()
      ? request.getDeletebeforereplace()
      : undefined,
    deletedWith: request.getDeletedwith() || undefined,
    importId: request.getImportid() || undefined,
    aliases: request.getAliasesList().length,
    provider: request.getProvider() || undefined,
    providers: readMap(request.getProvidersMap()),
    hooks: readHooks(request),
  };
}

function readHooks(request: RegisterRequest): Record<string, string[]> {
  const bound = Object.entries(request.getHooks()?.toObject() ?? {});
  return Object.fromEntries(
    bound
      .filter((entry): entry is [string, string[]] => Array.isArray(entry[1]) && entry[1].length > 0)
      .map(([kind, names]) => [kind.replace(/List$/, ""), names]),
  );
}

function readMap(map: ReturnType<RegisterRequest["getProvidersMap"]>): Record<string, string> {
  const result: Record<string, string> = {};
  const entries = map.entries();
  for (let entry = entries.next(); !entry.done; entry = entries.next()) {
    result[entry.value[0]] = entry.value[1];
  }
  return result;
}

function readInputs(
  raw: Record<string, unknown>,
): Pick<RecordedResource, "inputs" | "secretPaths" | "unknownPaths"> {
  const secretPaths: string[] = [];
  const unknownPaths: string[] = [];
  const read = (value: unknown, path: string): unknown => {
    if (value === pulumi.runtime.unknownValue) {
      unknownPaths.push(path);
      return unknownInput;
    }
    if (Array.isArray(value)) {
      return value.map((item, index) => read(item, `${path}[${index}]`));
    }
    if (typeof value !== "object" || value === null) {
      return value;
    }
    const members = value as Record<string, unknown>;
    if (members[secretSignatureKey] === secretSignature) {
      secretPaths.push(path);
      return read(members["value"], path);
    }
    return Object.fromEntries(
      Object.entries(members).map(([key, member]) => [
        key,
        read(member, path === "" ? key : `${path}.${key}`),
      ]),
    );
  };
  const inputs = read(raw, "") as Record<string, unknown>;
  return { inputs, secretPaths, unknownPaths };
}

class Recorder implements MockRecorder {
  constructor(
    readonly resources: RecordedResource[],
    private readonly activity: Activity,
  ) {}

  async settled(timeoutMilliseconds = 10_000): Promise<RecordedResource[]> {
    let timer: NodeJS.Timeout | undefined;
    const expired = new Promise<never>((_, reject) => {
      timer = setTimeout(() => reject(new Error(this.unsettled(timeoutMilliseconds))), timeoutMilliseconds);
    });
    try {
      await Promise.race([this.untilQuiet(), expired]);
    } finally {
      clearTimeout(timer);
    }
    return this.resources;
  }

  private async untilQuiet(): Promise<void> {
    let started = -1;
    let quietTurns = 0;
    while (quietTurns < turnsOfQuiet) {
      await waitForRegistrations();
      await new Promise<void>(resolve => setImmediate(resolve));
      const quiet = this.activity.pending === 0 && this.activity.started === started;
      quietTurns = quiet ? quietTurns + 1 : 0;
      started = this.activity.started;
    }
  }

  private unsettled(timeoutMilliseconds: number): string {
    const last = this.resources.at(-1);
    return (
      `after ${timeoutMilliseconds} ms ${this.activity.pending} registrations were in flight, or a resource still waits for a value or its parent; ` +
      `${this.resources.length} were recorded, the last was ${last === undefined ? "none" : `${last.type} ${last.name}`}`
    );
  }

  ofType(type: string): RecordedResource[] {
    return this.resources.filter(resource => hasType(resource, type));
  }

  find(name: string, type?: string): RecordedResource | undefined {
    const found = this.resources.filter(
      resource => resource.name === name && (type === undefined || hasType(resource, type)),
    );
    if (found.length > 1) {
      throw new Error(
        `${found.length} resources are named ${name}: ${found.map(resource => resource.type).join(", ")}; say the type as well`,
      );
    }
    return found[0];
  }

  named(name: string, type?: string): RecordedResource {
    const found = this.find(name, type);
    if (found === undefined) {
      throw new Error(
        `no ${type ?? "resource"} named ${name} was registered; there are: ${this.resources.map(resource => `${resource.name} (${resource.type})`).join(", ")}`,
      );
    }
    return found;
  }

  at(urn: string): RecordedResource {
    const found = this.resources.find(resource => resource.urn === urn);
    if (found === undefined) {
      throw new Error(`no resource with the URN ${urn} was registered`);
    }
    return found;
  }

  childrenOf(parent: RecordedResource): RecordedResource[] {
    return this.resources.filter(resource => resource.parent === parent.urn);
  }

  waitsFor(dependent: RecordedResource, dependency: RecordedResource): boolean {
    const seen = new Set<string>();
    const open = [...dependent.dependencies];
    for (let urn = open.pop(); urn !== undefined; urn = open.pop()) {
      if (urn === dependency.urn) {
        return true;
      }
      if (!seen.has(urn)) {
        seen.add(urn);
        open.push(...(this.resources.find(resource => resource.urn === urn)?.dependencies ?? []));
      }
    }
    return false;
  }

  isProtected(resource: RecordedResource): boolean {
    return this.inherited(resource, "protect");
  }

  isRetained(resource: RecordedResource): boolean {
    return this.inherited(resource, "retainOnDelete");
  }

  private inherited(resource: RecordedResource, option: "protect" | "retainOnDelete"): boolean {
    for (
      let at: RecordedResource | undefined = resource;
      at !== undefined;
      at = at.parent === undefined ? undefined : this.at(at.parent)
    ) {
      if (at[option] !== undefined) {
        return at[option];
      }
    }
    return false;
  }
}

function hasType(resource: RecordedResource, type: string): boolean {
  return resource.type === type || resource.type.endsWith(`:${type}`);
}

function waitForRegistrations(): Promise<void> {
  return (pulumi.runtime as unknown as { waitForRPCs(): Promise<void> }).waitForRPCs();
}
