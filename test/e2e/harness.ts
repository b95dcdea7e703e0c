import { execFile } from "node:child_process";
import { randomBytes } from "node:crypto";
import { rmSync, writeFileSync } from "node:fs";
import { promisify } from "node:util";
import type { PulumiFn } from "@pulumi/pulumi/automation";
import { type Display, openDisplay } from "../../embedded/driver/display";
import { type Environment, prepareEnvironment } from "../../embedded/driver/environment";
import { type Kubernetes, openKubernetes } from "../../embedded/driver/kubernetes";
import { requireEmbedded, thisMachine } from "../../embedded/driver/requirements";
import { runLock, takeLock } from "../../embedded/driver/run-lock";
import { connectionFromSecret, query } from "../../embedded/driver/sql";
import { waitFor } from "../../embedded/process";
import { stateDir } from "../../embedded/paths";
import { CnpgOperator } from "../../src";
import { skip } from "../skip";
import { SpecStack } from "./spec-stack";
import { type FaultyStore, missingStore, removeLeftContainers, SpecStores, type SpecStore } from "./stores";

export { type FaultyStore, type SpecStore, StoreFault } from "./stores";
export { RunFailure, type RunOutcome, type RunningUpdate, SpecStack } from "./spec-stack";

const execute = promisify(execFile);

/** Labels every namespace the specs make, so that the next run finds what a killed one left. */
const runLabel = "cnpg.pulumi.com/e2e-run";
const runId = randomBytes(3).toString("hex");

/** Longest time to bring the environment up from empty caches, in milliseconds. */
const coldStart = 40 * 60_000;
/** Longest time to take one spec's objects away, in milliseconds. */
const cleanUp = 10 * 60_000;

/** Majors of the images that the specs run. */
const postgresVersions = ["17", "18"];

export interface QueryOptions {
  /** Default: the Service of the primary. */
  readonly service?: string;
  /** Values of `$1`, `$2`, … */
  readonly values?: readonly unknown[];
}

/** What a spec works with. */
export interface Harness {
  /** Brought up by the first spec that runs; a getter, because specs are declared before that. */
  readonly environment: Environment;
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

const display: Display = openDisplay({ stream: process.stdout, verbose: process.env.E2E_VERBOSE === "1" });

interface Running {
  readonly environment: Environment;
  readonly kubernetes: Kubernetes;
  /** Absent when the cluster had an operator already. */
  readonly operator?: SpecStack;
  readonly release: () => void;
}

let running: Promise<Running> | undefined;
let ready: Running | undefined;

function context(): { context?: string } {
  const name = process.env.E2E_CONTEXT;
  return name === undefined ? {} : { context: name };
}

async function bringUp(): Promise<Running> {
  const release = takeLock(runLock(), "npm run e2e");
  try {
    if (process.env.E2E_CONTEXT === undefined) requireEmbedded(thisMachine());
    const realPlugins = process.env.E2E_REAL_PLUGINS === "1";
    const environment = await prepareEnvironment(display, { ...context(), realPlugins, postgresVersions });
    Object.assign(process.env, environment.programVariables);
    rmSync(stateDir("e2e", "stacks"), { recursive: true, force: true });
    await removeLeftNamespaces(environment);
    const containers = await removeLeftContainers(environment);
    if (containers.length > 0)
      display.note(`Removed containers that a killed run left: ${containers.join(", ")}`);
    const kubernetes = await openKubernetes(environment.access);
    const operator = await installOperator(environment, kubernetes);
    return { environment, kubernetes, ...(operator ? { operator } : {}), release };
  } catch (error) {
    release();
    throw error;
  }
}

async function kubectl({ cluster }: Environment, args: readonly string[]): Promise<string> {
  const [command, own] = cluster
    ? [cluster.kubectl, ["--kubeconfig", cluster.kubeconfig]]
    : ["kubectl", ["--context", process.env.E2E_CONTEXT ?? ""]];
  try {
    const { stdout } = await execute(command, [...own, ...args], { maxBuffer: 64 * 1024 * 1024 });
    return stdout;
  } catch (error) {
    const { stderr = "" } = error as { stderr?: string };
    throw new Error(`kubectl ${args.join(" ")} failed: ${stderr.trim() || String(error)}`, { cause: error });
  }
}

async function removeLeftNamespaces(environment: Environment): Promise<void> {
  const left = await kubectl(environment, [
    "get",
    "namespaces",
    "-l",
    `${runLabel}!=${runId},${runLabel}`,
    "-o",
    "name",
  ]);
  const names = left.split("\n").filter(name => name !== "");
  if (names.length === 0) return;
  display.note(`Removing what a killed run left: ${names.join(", ")}`);
  await kubectl(environment, ["delete", ...names, "--wait=false"]);
}

// Installed once for all specs and removed at the end, because there can be only one in a cluster.
async function installOperator(
  environment: Environment,
  kubernetes: Kubernetes,
): Promise<SpecStack | undefined> {
  const stack = new SpecStack(
    {
      project: "pulumi-cnpg-e2e",
      stack: "operator",
      folder: stateDir(
        "e2e",
        `operator-${environment.cluster?.id ?? encodeURIComponent(process.env.E2E_CONTEXT ?? "")}`,
      ),
      engine: environment.engine,
      environment: environment.variables,
      ...clusterConfig(),
    },
    environment,
    "cnpg-system",
    async () => {
      const { CNPG_OPERATOR_MANIFEST: operator, CNPG_PLUGIN_MANIFEST: plugin } = process.env;
      const manifest = { ...(operator ? { operator } : {}), ...(plugin ? { plugin } : {}) };
      new CnpgOperator("cnpg", { manifest });
    },
    line => display.note(line),
  );
  const { interrupted } = await stack.recover();
  if (interrupted)
    display.note("The operator's stack was interrupted in an earlier run and has been repaired.");
  const found = await kubernetes.labels({
    apiVersion: "apps/v1",
    kind: "Deployment",
    namespace: "cnpg-system",
    name: "cnpg-controller-manager",
    labels: {},
  });
  if (found && (await stack.isEmpty())) {
    display.note("The cluster has an operator already: the specs use it as it is.");
    return undefined;
  }
  await display.step("Install the operator for the specs", say => {
    stack.say = say;
    return stack.up();
  });
  return stack;
}

function clusterConfig(): { config?: Record<string, string> } {
  const name = process.env.E2E_CONTEXT;
  return name === undefined ? {} : { config: { "kubernetes:context": name } };
}

async function takeDown({ operator, release }: Running): Promise<void> {
  try {
    if (operator && process.env.E2E_KEEP !== "1") {
      await display.step("Remove the operator of the specs", () => operator.destroy());
    }
  } finally {
    release();
    display.close();
  }
}

// On mocha's root suite, because this module is loaded before any suite of a spec is declared.
after("take the environment down", async function () {
  this.timeout(cleanUp);
  if (ready) await takeDown(ready);
});

/** Declares the hooks of one spec; call it once inside its `describe`. */
export function harness(): Harness {
  const stacks: SpecStack[] = [];
  const namespaces: string[] = [];
  const stores = new SpecStores();
  before("bring the environment up", async function () {
    this.timeout(coldStart);
    running ??= bringUp();
    ready = await running;
  });
  after("remove what the spec made", async function () {
    this.timeout(cleanUp);
    if (ready && process.env.E2E_KEEP !== "1") await removeAll(ready.environment, stacks, namespaces, stores);
  });
  return makeHarness(stacks, namespaces, stores);
}

function up(): Running {
  if (!ready) throw new Error("The environment is not up yet: use the harness inside hooks and tests only.");
  return ready;
}

function uniqueName(prefix: string): string {
  return `${prefix.slice(0, 23)}-${randomBytes(3).toString("hex")}`;
}

function makeHarness(stacks: SpecStack[], namespaces: string[], stores: SpecStores): Harness {
  const namespaceFor = async (name: string): Promise<string> => {
    const namespace = uniqueName(`e2e-${name}`);
    namespaces.push(namespace);
    await kubectl(up().environment, ["create", "namespace", namespace]);
    await kubectl(up().environment, ["label", "namespace", namespace, `${runLabel}=${runId}`]);
    return namespace;
  };
  return {
    get environment() {
      return up().environment;
    },
    get kubernetes() {
      return up().kubernetes;
    },
    namespaceFor,
    uniqueName,
    note: line => display.note(line),
    store: name => stores.store(up().environment, uniqueName(name)),
    faultyStore: name => stores.faultyStore(up().environment, uniqueName(name)),
    requireStore: (context, { faults = false } = {}) => {
      const reason = missingStore(up().environment, faults);
      if (reason !== undefined) skip(context, reason);
    },
    kubectl: (...args) => kubectl(up().environment, args),
    field: (namespace, object, path) =>
      kubectl(up().environment, ["get", "-n", namespace, object, "-o", `jsonpath={${path}}`]),
    apply: async (...objects) => {
      const file = stateDir("e2e", `${uniqueName("manifests")}.json`);
      writeFileSync(file, JSON.stringify({ apiVersion: "v1", kind: "List", items: objects }));
      await kubectl(up().environment, ["apply", "-f", file]);
      rmSync(file);
    },
    stackFor: async (name, program) => {
      const stack = specStack(up().environment, name, await namespaceFor(name), program);
      stacks.push(stack);
      return stack;
    },
    sql: (namespace, instance, text, options) => sql(up().kubernetes, namespace, instance, text, options),
    superuserSql: (namespace, pod, text, database = "postgres") => {
      const psql = ["psql", "-U", "postgres", "-d", database, "-XAtq", "-v", "ON_ERROR_STOP=1", "-c", text];
      const exec = ["exec", "-n", namespace, pod, "-c", "postgres", "--", ...psql];
      return kubectl(up().environment, exec).then(text => text.trimEnd());
    },
    waitUntil: (condition, what, seconds) =>
      waitFor(condition, { what, timeoutMs: seconds * 1000, everyMs: 500 }),
  };
}

function specStack(
  environment: Environment,
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
    line => display.note(line),
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

async function removeAll(
  environment: Environment,
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
  for (const namespace of namespaces) {
    await attempt(namespace, () =>
      // A server that goes together with its store may try for minutes to archive its last WAL.
      kubectl(environment, ["delete", "namespace", namespace, "--ignore-not-found", "--timeout=300s"]),
    );
  }
  await attempt("object store", () => stores.remove());
  if (problems.length > 0) throw new Error(`The spec left something behind:\n${problems.join("\n")}`);
}
