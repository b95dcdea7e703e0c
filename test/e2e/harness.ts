import { randomBytes } from "node:crypto";
import { rmSync, writeFileSync } from "node:fs";
import type { PulumiFn } from "@pulumi/pulumi/automation";
import { type Display, openDisplay } from "../../embedded/driver/display";
import type { Kubernetes } from "../../embedded/driver/kubernetes";
import { connectionFromSecret, query } from "../../embedded/driver/sql";
import { waitFor } from "../../embedded/process";
import { stateDir } from "../../embedded/paths";
import { skip } from "../skip";
import { clusterConfig, join, type JoinedRun, kubectl, runLabel, type SpecEnvironment } from "./environment";
import { SpecStack } from "./spec-stack";
import { type FaultyStore, missingStore, SpecStores, type SpecStore } from "./stores";

export { type FaultyStore, type SpecStore, StoreFault } from "./stores";
export { RunFailure, type RunOutcome, type RunningUpdate, SpecStack } from "./spec-stack";

/** Longest time to take one spec's objects away, in milliseconds. */
const cleanUp = 10 * 60_000;

export interface QueryOptions {
  /** Default: the Service of the primary. */
  readonly service?: string;
  /** Values of `$1`, `$2`, … */
  readonly values?: readonly unknown[];
}

/** What a spec works with. */
export interface Harness {
  /** A getter, because specs are declared before they run. */
  readonly environment: SpecEnvironment;
  readonly kubernetes: Kubernetes;
  /**
   * A stack with a namespace, a backend and a name of its own. It is destroyed after the spec's `describe`.
   *
   * @param name    lower case, shown in the output
   * @param program receives the namespace; runs inside the engine's update as an inline program
   */
  stackFor(name: string, program: (namespace: string) => ReturnType<PulumiFn> | void): Promise<SpecStack>;
  /** Makes a namespace that goes after the spec. */
  namespaceFor(name: string): Promise<string>;
  /**
   * Makes a container in the object store that goes after the spec, once its stacks and namespaces have gone.
   *
   * @param name lower case
   */
  store(name: string): Promise<SpecStore>;
  /** The same, and it fails on demand; only in the embedded cluster. */
  faultyStore(name: string): Promise<FaultyStore>;
  /** Skips the spec where there is no object store, or none that can be made to fail. For its `before` hook. */
  requireStore(context: Mocha.Context, options?: { readonly faults?: boolean }): void;
  /** Runs kubectl on the cluster of the tests and gives back its stdout. */
  kubectl(...args: string[]): Promise<string>;
  /** One field of an object, by its path: `.status.phase`. */
  field(namespace: string, object: string, path: string): Promise<string>;
  /** Creates or changes objects. */
  apply(...objects: object[]): Promise<void>;
  /** Runs SQL as an application would: connection Secret, Service, `verify-full`. */
  sql(
    namespace: string,
    instance: string,
    text: string,
    options?: QueryOptions,
  ): Promise<Record<string, unknown>[]>;
  /** Runs SQL as superuser inside a pod, for what an application may not see. One row per line, columns by `|`. */
  superuserSql(namespace: string, pod: string, text: string, database?: string): Promise<string>;
  /**
   * Waits for a condition, never for a duration.
   *
   * @param condition anything but `undefined`, `null` and `false` ends the wait; an exception counts as "not yet"
   * @param what      the subject of the sentence "… did not become ready"
   * @param seconds   the bound
   */
  waitUntil<T>(
    condition: () => Promise<T | undefined | null | false>,
    what: string,
    seconds: number,
  ): Promise<T>;
  /** A DNS label that no other spec uses, at most 30 characters. */
  uniqueName(prefix: string): string;
  /** A line in the output. */
  note(line: string): void;
}

let opened: Display | undefined;

// Not opened when this is loaded: that happens also where the process that runs the suite has a display at work.
const display = (): Display => (opened ??= openDisplay({ stream: process.stdout }));
const note = (line: string): void => display().note(line);

let joined: JoinedRun | undefined;

/** Declares the hooks of one spec; call it once inside its `describe`. */
export function harness(): Harness {
  const stacks: SpecStack[] = [];
  const namespaces: string[] = [];
  const stores = new SpecStores();
  before("join the run", async () => {
    // Its times begin here.
    display();
    joined ??= await join();
  });
  after("remove what the spec made", async function () {
    this.timeout(cleanUp);
    if (joined && process.env.E2E_KEEP !== "1")
      await removeAll(joined.environment, stacks, namespaces, stores);
  });
  return makeHarness(stacks, namespaces, stores);
}

function run(): JoinedRun {
  if (!joined) throw new Error("There is no environment yet: use the harness inside hooks and tests only.");
  return joined;
}

function uniqueName(prefix: string): string {
  return `${prefix.slice(0, 23)}-${randomBytes(3).toString("hex")}`;
}

function makeHarness(stacks: SpecStack[], namespaces: string[], stores: SpecStores): Harness {
  const apply = async (...objects: object[]): Promise<void> => {
    const file = stateDir("e2e", `${uniqueName("manifests")}.json`);
    writeFileSync(file, JSON.stringify({ apiVersion: "v1", kind: "List", items: objects }));
    await kubectl(run().environment, ["apply", "-f", file]);
    rmSync(file);
  };
  const namespaceFor = async (name: string): Promise<string> => {
    const namespace = uniqueName(`e2e-${name}`);
    namespaces.push(namespace);
    const metadata = { name: namespace, labels: { [runLabel]: run().id } };
    await apply({ apiVersion: "v1", kind: "Namespace", metadata });
    return namespace;
  };
  return {
    get environment() {
      return run().environment;
    },
    get kubernetes() {
      return run().kubernetes;
    },
    namespaceFor,
    uniqueName,
    note,
    store: name => stores.store(run().environment, uniqueName(name)),
    faultyStore: name => stores.faultyStore(run().environment, uniqueName(name)),
    requireStore: (context, { faults = false } = {}) => {
      const reason = missingStore(run().environment, faults);
      if (reason !== undefined) skip(context, reason);
    },
    kubectl: (...args) => kubectl(run().environment, args),
    field: (namespace, object, path) =>
      kubectl(run().environment, ["get", "-n", namespace, object, "-o", `jsonpath={${path}}`]),
    apply,
    stackFor: async (name, program) => {
      const stack = specStack(run().environment, name, await namespaceFor(name), program);
      stacks.push(stack);
      return stack;
    },
    sql: (namespace, instance, text, options) => sql(run().kubernetes, namespace, instance, text, options),
    superuserSql: (namespace, pod, text, database = "postgres") => {
      const psql = ["psql", "-U", "postgres", "-d", database, "-XAtq", "-v", "ON_ERROR_STOP=1", "-c", text];
      const exec = ["exec", "-n", namespace, pod, "-c", "postgres", "--", ...psql];
      return kubectl(run().environment, exec).then(text => text.trimEnd());
    },
    waitUntil: (condition, what, seconds) =>
      waitFor(condition, { what, timeoutMs: seconds * 1000, everyMs: 500 }),
  };
}

function specStack(
  environment: SpecEnvironment,
  name: string,
  namespace: string,
  program: (namespace: string) => ReturnType<PulumiFn> | void,
): SpecStack {
  return new SpecStack(
    {
      project: "pulumi-cnpg-e2e",
      stack: name,
      folder: stateDir("e2e", "stacks", namespace),
      engine: environment.engine,
      environment: environment.variables,
      ...clusterConfig(),
    },
    environment,
    namespace,
    async () => program(namespace),
    note,
  );
}

async function sql(
  kubernetes: Kubernetes,
  namespace: string,
  instance: string,
  text: string,
  { service = instance, values = [] }: QueryOptions = {},
): Promise<Record<string, unknown>[]> {
  const connection = await connectionFromSecret(kubernetes, namespace, instance, `${instance}-connection`);
  return query(kubernetes, { namespace, service }, connection, text, values);
}

/**
 * Kubernetes looks at a namespace again only after half of the longest grace period that its pods had, which is 15 minutes for servers: or
 * when the namespace changes.
 */
async function removeNamespaces(environment: SpecEnvironment, namespaces: readonly string[]): Promise<void> {
  await kubectl(environment, ["delete", "namespace", ...namespaces, "--ignore-not-found", "--wait=false"]);
  const goneOrLookedAt = async (): Promise<boolean> => {
    const get = ["get", "namespace", ...namespaces, "--ignore-not-found", "-o", "name"];
    const left = (await kubectl(environment, get)).split("\n").filter(name => name !== "");
    if (left.length === 0) return true;
    await kubectl(environment, ["annotate", "--overwrite", ...left, `${runLabel}-looked-at=${Date.now()}`]);
    return false;
  };
  // A server that goes together with its store may try for minutes to archive its last WAL.
  const bounds = { timeoutMs: 300_000, everyMs: 5_000 };
  await waitFor(goneOrLookedAt, { what: `The removal of ${namespaces.join(", ")}`, ...bounds });
}

async function removeAll(
  environment: SpecEnvironment,
  stacks: SpecStack[],
  namespaces: string[],
  stores: SpecStores,
): Promise<void> {
  const problems: string[] = [];
  const attempt = async (what: string, work: () => Promise<unknown>): Promise<void> => {
    try {
      await work();
    } catch (error) {
      problems.push(`${what}: ${error instanceof Error ? error.message : String(error)}`);
    }
  };
  // What goes may still want to write to its store.
  await attempt("faults of the object store", () => stores.heal());
  for (const stack of stacks) {
    await attempt(`stack in ${stack.namespace}`, async () => {
      if (!(await stack.isEmpty())) {
        await stack.recover();
        await stack.destroy();
      }
      stack.forget();
    });
  }
  if (namespaces.length > 0) {
    await attempt("namespaces", () => removeNamespaces(environment, namespaces));
  }
  await attempt("object store", () => stores.remove());
  if (problems.length > 0) throw new Error(`The spec left something behind:\n${problems.join("\n")}`);
}
