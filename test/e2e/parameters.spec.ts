import * as assert from "node:assert/strict";
import { execFile } from "node:child_process";
import { join } from "node:path";
import { promisify } from "node:util";
import * as kubernetes from "@pulumi/kubernetes/provider";
import { PostgresInstance, type PostgresInstanceArgs } from "../../src";
import { findDefinition, loadCatalogue } from "../../src/parameters/catalogue";
import { sameValue } from "../../src/parameters/value";
import { finishedClient, reports, startClient } from "./clients";
import { harness, type SpecStack } from "./harness";
import { small, unchecked } from "./orders";

/** Where the package's own files are, seen from the compiled test. */
const root = join(__dirname, "..", "..", "..");

/** Instances by name. */
type Instances = Record<string, PostgresInstanceArgs>;

/** A program with several instances in one update. The outputs have the names of the instances. */
function program<T>(instances: Instances, output: (instance: PostgresInstance) => T) {
  return async (namespace: string): Promise<Record<string, T>> => {
    const provider = new kubernetes.Provider("kubernetes", {
      enableSecretMutable: true,
      enableConfigMapMutable: true,
    });
    const made = Object.entries(instances).map(([name, args]): [string, T] => {
      const all = { ...small, ...unchecked, namespace, ...args };
      return [name, output(new PostgresInstance(name, all, { provider }))];
    });
    return Object.fromEntries(made);
  };
}

describe("parameters by profile", function () {
  this.timeout(10 * 60_000);
  const bench = harness();
  let stack: SpecStack;

  const gibibyte = { ...small.resources, memory: "1Gi" };
  const instances: Instances = {
    oltp: { profile: { workload: "oltp" }, storage: { size: "1Gi" } },
    analytics: { profile: { workload: "analytics" }, resources: gibibyte },
    general: { profile: { workload: "generalPurpose" } },
    development: { profile: { workload: "development" } },
    // As for a node with 16 GiB: a quarter of it for shared_buffers would be refused by CloudNativePG's admission.
    nodesized: {
      profile: { workload: "custom" },
      storage: { size: "1Gi" },
      acceptMemoryRisk: true,
      parameters: {
        shared_buffers: "384MB",
        effective_cache_size: "12GB",
        work_mem: "62MB",
        maintenance_work_mem: "1GB",
        max_connections: "100",
      },
    },
  };

  before(async () => {
    stack = await bench.stackFor(
      "profiles",
      program(instances, instance => instance.parameters),
    );
  });

  it("every server runs with what its profile promised", async () => {
    const { outputs } = await stack.up();
    const catalogue = loadCatalogue(18);
    for (const name of Object.keys(instances)) {
      const promised = outputs[name]?.value as Record<string, string>;
      const rows = await bench.superuserSql(
        stack.namespace,
        `${name}-g1-1`,
        "SELECT json_object_agg(lower(name), setting) FROM pg_settings",
      );
      const settings = JSON.parse(rows) as Record<string, string>;
      const wrong = Object.entries(promised).filter(([parameter, value]) => {
        const definition = findDefinition(catalogue, parameter);
        const setting = settings[parameter.toLowerCase()];
        return definition === undefined || setting === undefined || !sameValue(definition, value, setting);
      });
      assert.ok(Object.keys(promised).length >= 5, `${name} promises ${JSON.stringify(promised)}`);
      assert.deepEqual(
        wrong.map(
          ([parameter, value]) =>
            `${parameter}: ${value} promised, ${settings[parameter.toLowerCase()]} found`,
        ),
        [],
        name,
      );
    }
  });

  it("a server sized for its pod survives the sessions that get one sized for the node killed", async () => {
    const { namespace } = stack;
    const [clients] = await bench.sql(
      namespace,
      "oltp",
      `SELECT sum(CASE name WHEN 'max_connections' THEN setting::int ELSE -setting::int END)::int AS free FROM pg_settings
       WHERE name IN ('max_connections', 'superuser_reserved_connections', 'reserved_connections')`,
    );
    const script = reports(Number(clients?.free), 30);
    const started = await container("oltp");
    const run = async (instance: string): Promise<string> => {
      const client = { namespace, name: `reports-of-${instance}`, instance, script };
      await startClient(bench, client);
      return finishedClient(bench, client, 180);
    };
    const [fitting, oversized] = await Promise.all([run("oltp"), run("nodesized")]);

    assert.match(fitting, /^pgbench ended with 0$/m);
    assert.match(fitting, /^number of failed transactions: 0 /m);
    assert.equal(await container("oltp"), started, "no container was started anew");
    assert.doesNotMatch(oversized, /^pgbench ended with 0$/m);
    await bench.waitUntil(
      async () => /OOMKilled/.test(await container("nodesized")),
      "the end of the node-sized server by the kernel",
      60,
    );
    bench.note(`${clients?.free} sessions: ${/^number of transactions actually.*$/m.exec(fitting)?.[0]}`);
  });

  /** Number of restarts of the server's container, and why it was last ended. */
  async function container(instance: string): Promise<string> {
    return bench.kubectl(
      "get",
      "pod",
      "-n",
      stack.namespace,
      `${instance}-g1-1`,
      "-o",
      "jsonpath={.status.containerStatuses[0].restartCount} {.status.containerStatuses[0].lastState.terminated.reason}",
    );
  }
});

describe("parameters that wait", function () {
  this.timeout(10 * 60_000);
  const bench = harness();
  let stack: SpecStack;

  const far = windowAt(new Date(Date.now() + 180 * 86_400_000));
  /** `windowed` waits for a window, `patient` for another reason to restart. */
  const both = (
    parameters: Record<string, string>,
    windowed: PostgresInstanceArgs = {},
    patient: PostgresInstanceArgs = {},
  ) =>
    program(
      {
        windowed: { parameterChanges: { mode: "window", window: far }, parameters, ...windowed },
        patient: { parameterChanges: { mode: "onNextRestart" }, parameters, ...patient },
      },
      instance => instance.pendingParameters,
    );
  const up = async (...args: Parameters<typeof both>) => stack.up(async () => both(...args)(stack.namespace));
  const psql = async (instance: string, query: string): Promise<string> =>
    bench.superuserSql(stack.namespace, `${instance}-g1-1`, query);
  const locks = async (instance: string): Promise<string> => psql(instance, "SHOW max_locks_per_transaction");
  const startOf = async (instance: string): Promise<Date> =>
    new Date(1000 * Number(await psql(instance, "SELECT extract(epoch FROM pg_postmaster_start_time())")));
  const field = async (instance: string, path: string): Promise<string> =>
    bench.kubectl(
      "get",
      "clusters.postgresql.cnpg.io",
      "-n",
      stack.namespace,
      `${instance}-g1`,
      "-o",
      `jsonpath={${path}}`,
    );
  const record = async (instance: string): Promise<{ mode: string; pending: object[]; next?: string }> =>
    JSON.parse(await field(instance, ".metadata.annotations.cnpg\\.pulumi\\.com/parameters")) as {
      mode: string;
      pending: object[];
      next?: string;
    };

  /** A window that begins once a year, at the minute of the moment. */
  function windowAt(moment: Date): { schedule: string; durationMinutes: number } {
    const [minute, hour] = [moment.getUTCMinutes(), moment.getUTCHours()];
    const [day, month] = [moment.getUTCDate(), moment.getUTCMonth() + 1];
    return { schedule: `${minute} ${hour} ${day} ${month} *`, durationMinutes: 60 };
  }

  const waiting = [{ name: "max_locks_per_transaction", value: "64", desired: "96" }];
  const wanted = { random_page_cost: "1.5", max_locks_per_transaction: "96" };

  before(async () => {
    stack = await bench.stackFor("waiting", both({}));
    await stack.up();
  });

  it("what reloads is there at once, and what restarts is pending wherever one looks", async () => {
    const { outputs } = await up(wanted);
    for (const instance of ["windowed", "patient"]) {
      assert.equal(await psql(instance, "SHOW random_page_cost"), "1.5");
      assert.equal(await locks(instance), "64");
      assert.deepEqual(outputs[instance]?.value, waiting);
      assert.deepEqual((await record(instance)).pending, waiting);
      const { parameters, pending } = await commandLine(instance);
      assert.deepEqual(pending, waiting);
      const [reading] = parameters;
      assert.deepEqual(
        [reading?.name, reading?.value, reading?.pendingValue, reading?.drift],
        ["max_locks_per_transaction", "64", "96", false],
      );
    }
    assert.deepEqual(
      [(await record("windowed")).mode, (await record("patient")).mode],
      ["window", "onNextRestart"],
    );
    const next = (await record("windowed")).next ?? "";
    assert.ok(new Date(next).getTime() > Date.now() + 90 * 86_400_000, `the window of ${next}`);
  });

  it("a second update does nothing", async () => {
    const { changes, summary } = await up(wanted);
    assert.deepEqual(Object.keys(changes), ["same"], summary);
  });

  it("another update neither brings it nor takes back what the Job wrote", async () => {
    const started = await Promise.all(["windowed", "patient"].map(startOf));
    const { outputs } = await up({ ...wanted, log_min_duration_statement: "2s" }, { labels: { team: "a" } });
    for (const instance of ["windowed", "patient"]) {
      assert.equal(await psql(instance, "SHOW log_min_duration_statement"), "2s");
      assert.equal(await psql(instance, "SHOW random_page_cost"), "1.5");
      assert.equal(await locks(instance), "64");
      assert.deepEqual(outputs[instance]?.value, waiting);
    }
    assert.equal(await field("windowed", ".metadata.labels.team"), "a");
    assert.deepEqual(await Promise.all(["windowed", "patient"].map(startOf)), started, "no server restarted");
  });

  it("the metric counts it", async () => {
    const metrics = async (): Promise<string> =>
      bench.kubectl(
        "get",
        "--raw",
        `/api/v1/namespaces/${stack.namespace}/pods/windowed-g1-1:9187/proxy/metrics`,
      );
    await bench.waitUntil(
      async () => /^cnpg_pulumi_cnpg_parameters_pending\S* 1$/m.test(await metrics()),
      "the metric to count one pending parameter",
      60,
    );
  });

  it("a pod that is lost does not bring it", async () => {
    const pod = async (): Promise<string> =>
      bench.kubectl(
        "get",
        "pod",
        "-n",
        stack.namespace,
        "patient-g1-1",
        "-o",
        'jsonpath={.metadata.uid} {.status.conditions[?(@.type=="Ready")].status}',
      );
    const [lost] = (await pod()).split(" ");
    await bench.kubectl("delete", "pod", "-n", stack.namespace, "patient-g1-1", "--wait=false");
    await bench.waitUntil(
      async () => {
        const [uid, ready] = (await pod()).split(" ");
        return uid !== lost && ready === "True";
      },
      "another pod",
      120,
    );
    assert.equal(await locks("patient"), "64");
    assert.deepEqual((await record("patient")).pending, waiting);
  });

  it("an update that rolls the pods brings it, and a window when it begins", async () => {
    const begin = new Date(Math.ceil((Date.now() + 40_000) / 60_000) * 60_000);
    const { outputs } = await up(
      wanted,
      { parameterChanges: { mode: "window", window: windowAt(begin) } },
      { resources: { ...small.resources, requests: { cpu: "30m" } } },
    );
    assert.equal(await locks("patient"), "96");
    assert.deepEqual(outputs.patient?.value, []);
    assert.equal(
      await bench.kubectl(
        "get",
        "pod",
        "-n",
        stack.namespace,
        "patient-g1-1",
        "-o",
        "jsonpath={.spec.containers[0].resources.requests.cpu}",
      ),
      "30m",
    );
    if (Date.now() < begin.getTime()) assert.deepEqual(outputs.windowed?.value, waiting);
    await bench.waitUntil(async () => (await locks("windowed")) === "96", "the window to bring 96", 180);
    const started = await startOf("windowed");
    assert.ok(started >= begin, `started at ${started.toISOString()}, the window of ${begin.toISOString()}`);
    await bench.waitUntil(
      async () => (await record("windowed")).pending.length === 0,
      "the end of what was pending",
      60,
    );
  });

  it("a window that is open brings it with the update", async () => {
    const open = windowAt(new Date(Date.now() - 5 * 60_000));
    const { outputs } = await up(
      { ...wanted, max_locks_per_transaction: "112" },
      { parameterChanges: { mode: "window", window: open } },
      { resources: { ...small.resources, requests: { cpu: "30m" } } },
    );
    assert.equal(await locks("windowed"), "112");
    assert.deepEqual(outputs.windowed?.value, []);
    assert.equal(await locks("patient"), "96");
  });

  it("back to immediate, all of it takes effect and Pulumi alone owns the parameters", async () => {
    const immediate: PostgresInstanceArgs = { parameterChanges: { mode: "immediate" } };
    const parameters = { random_page_cost: "1.3", max_locks_per_transaction: "112" };
    const resources = { ...small.resources, requests: { cpu: "30m" } };
    const { outputs } = await up(parameters, immediate, { ...immediate, resources });
    for (const instance of ["windowed", "patient"]) {
      assert.equal(await locks(instance), "112");
      assert.equal(await psql(instance, "SHOW random_page_cost"), "1.3");
      assert.equal(await psql(instance, "SHOW log_min_duration_statement"), "-1");
      assert.deepEqual(outputs[instance]?.value, []);
      assert.deepEqual(await parameterOwners(instance), ["Apply"]);
    }
    const { changes, summary } = await up(parameters, immediate, { ...immediate, resources });
    assert.deepEqual(Object.keys(changes), ["same"], summary);
  });

  /** How the managers that own a parameter of the Cluster came to it. */
  async function parameterOwners(instance: string): Promise<string[]> {
    const cluster = JSON.parse(
      await bench.kubectl(
        "get",
        "clusters.postgresql.cnpg.io",
        "-n",
        stack.namespace,
        `${instance}-g1`,
        "-o",
        "json",
        "--show-managed-fields",
      ),
    ) as { metadata: { managedFields: { operation: string; fieldsV1?: object }[] } };
    return cluster.metadata.managedFields
      .filter(({ fieldsV1 }) => JSON.stringify(fieldsV1).includes('"f:max_locks_per_transaction"'))
      .map(({ operation }) => operation);
  }

  interface Answer {
    parameters: { name: string; value: string; pendingValue?: string; drift: boolean }[];
    pending: object[];
  }

  /** What `pulumi-cnpg parameters get` says of the parameter that waits. */
  async function commandLine(instance: string): Promise<Answer> {
    const context = process.env.E2E_CONTEXT;
    const { stdout } = await promisify(execFile)(
      process.execPath,
      [
        join(root, "bin", "pulumi-cnpg.mjs"),
        "parameters",
        "get",
        instance,
        "max_locks_per_transaction",
        ...["--namespace", stack.namespace, "--json"],
        ...(context === undefined ? [] : ["--context", context]),
      ],
      { env: { ...process.env, ...bench.environment.variables } },
    );
    return JSON.parse(stdout) as Answer;
  }
});
