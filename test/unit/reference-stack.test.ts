import * as assert from "node:assert/strict";
import { createRequire } from "node:module";
import { resolve } from "node:path";
import * as pulumi from "@pulumi/pulumi";
import { configurationKeys } from "../../src/configuration";
import { promiseOf, startMocks } from "./mocks";

// A program is loaded afresh for each run, which only require can do.
const load = createRequire(__filename);
const dist = resolve(__dirname, "../..");
const programs = ["index.js", "src/index.js"].map(file => resolve(dist, file));
const operatorModule = resolve(dist, "src/operator/index.js");

/** A value for each key that differs from its default. */
const samples: Record<string, string> = {
  instance_name: "orders",
  namespace: "shop",
  postgres_version: "17",
  postgres_availability: "high",
  postgres_instances: "3",
  postgres_size: "medium",
  postgres_cpu: "250m",
  postgres_memory: "768Mi",
  postgres_profile: "oltp",
  postgres_parameters: "{random_page_cost: 1.5}",
  postgres_default_storage_size: "20Gi",
  postgres_storage_class: "fast",
  postgres_extensions: "pgcrypto,hstore",
  postgres_password: "correct horse",
  postgres_pooler: "true",
  postgres_replica: "orders-west",
  postgres_replica_feed: "streaming",
  postgres_replica_zone: "westeurope-2",
  postgres_replica_primary: "postgres",
  postgres_generations: '{"1": {}, "2": {"storage": {"size": "20Gi"}}}',
  postgres_active_generation: "2",
  confirm_destructive: "orders",
  example_application: "true",
  service_sheet: "{limits: {maxMemory: 1Mi}}",
  keep_data: "false",
  postgres_backup_retention_days: "30",
  backup_destination: "https://other.blob.core.windows.net/backups",
  backup_connection_string: "AccountName=other;AccountKey=another",
  postgres_backup_nfs_path: "/mnt/backups/postgres",
  aks_cluster_name: "prod",
  aks_resource_group: "rg",
  kubernetes_context: "kind",
  install_operator: "false",
  install_barman_plugin: "false",
  operator_manifest: "/manifests/cnpg.yaml",
  plugin_manifest: "/manifests/plugin.yaml",
  jobs_image: "registry.example/jobs:1",
};

interface Run {
  outputs: Record<string, pulumi.Output<unknown>>;
  /** Everything the program asked for, as text: resources, the operator's arguments, warnings. */
  text: string;
}

/** Runs the program that `pulumi up` runs, with the operator replaced by one that only records its arguments. */
async function run(config: Record<string, string>, environment: Record<string, string> = {}): Promise<Run> {
  const recorder = await startMocks({
    project: "pulumi-cnpg",
    stack: "dev",
    // A replica reads the password of its source, an application the certificate of its server.
    outputs: ({ type, id, name }) =>
      type === "kubernetes:core/v1:Secret" && id !== undefined
        ? { data: { password: "c2VjcmV0" } }
        : name.endsWith("-authority-source")
          ? { data: { "ca.crt": "certificate" } }
          : undefined,
  });
  pulumi.runtime.setAllConfig(
    Object.fromEntries(Object.entries(config).map(([key, value]) => [`pulumi-cnpg:${key}`, value])),
  );
  const recorded: unknown[] = [];
  class CnpgOperator extends pulumi.ComponentResource {
    constructor(name: string, args: object, opts: pulumi.ComponentResourceOptions) {
      super("test:index:Operator", name, {}, opts);
      recorded.push(args);
    }
  }
  const warn = pulumi.log.warn;
  const saved = { module: load.cache[operatorModule], environment: { ...process.env } };
  load(operatorModule);
  load.cache[operatorModule] = {
    ...(load.cache[operatorModule] as NodeModule),
    exports: { CnpgOperator },
  };
  for (const program of programs) delete load.cache[program];
  for (const key of configurationKeys) delete process.env[key.environment as string];
  Object.assign(process.env, environment);
  Object.assign(pulumi.log, { warn: async (message: string) => void recorded.push(message) });
  try {
    const outputs = load(programs[0] as string) as Record<string, pulumi.Output<unknown>>;
    await recorder.settled();
    const resources = recorder.resources.map(({ name, type, inputs, retainOnDelete }) => ({
      name,
      type,
      inputs,
      retainOnDelete,
    }));
    return { outputs, text: JSON.stringify([resources, recorded]) };
  } finally {
    Object.assign(pulumi.log, { warn });
    if (saved.module !== undefined) load.cache[operatorModule] = saved.module;
    for (const program of programs) delete load.cache[program];
    process.env = saved.environment;
    pulumi.runtime.setAllConfig({});
  }
}

describe("reference stack", () => {
  // An AKS cluster is named by two keys together.
  const base = {
    aks_cluster_name: "other",
    aks_resource_group: "other",
    // A store is named by two keys together, too.
    backup_destination: "https://other.blob.core.windows.net/other",
    backup_connection_string: "AccountName=other;AccountKey=other",
    postgres_replica: "standby",
    // One of several generations is chosen.
    postgres_generations: '{"1": {}, "2": {}}',
    postgres_active_generation: "1",
  };
  let standard: string;

  before(async () => {
    standard = (await run(base)).text;
  });

  for (const key of configurationKeys) {
    it(`${key.key} takes effect, from the configuration and from ${key.environment}`, async () => {
      const value = samples[key.key] as string;
      if (key.key === "aks_resource_group") {
        await assert.rejects(run({ aks_cluster_name: "prod" }), /aks_resource_group: is missing/);
        return;
      }
      if (key.key === "confirm_destructive") {
        // It must be the name of the instance.
        await assert.rejects(run({ [key.key]: value }), /confirmDestructive = "orders"/);
        const environment = { [key.environment as string]: value };
        await assert.rejects(run({}, environment), /confirmDestructive = "orders"/);
        return;
      }
      if (key.key === "service_sheet") {
        // It changes nothing but what is refused.
        await assert.rejects(run({ [key.key]: value }), /sheet\.limits\.maxMemory = "1Mi"/);
        const environment = { [key.environment as string]: value };
        await assert.rejects(run({}, environment), /sheet\.limits\.maxMemory = "1Mi"/);
        return;
      }
      const configured = (await run({ ...base, [key.key]: value })).text;
      assert.notEqual(configured, standard);
      const rest = Object.fromEntries(Object.entries(base).filter(([name]) => name !== key.key));
      assert.equal((await run(rest, { [key.environment as string]: value })).text, configured);
    });
  }

  it("has the outputs that the seeds name", async () => {
    const { outputs } = await run({});
    assert.equal(await promiseOf(outputs.connectionSecret as pulumi.Output<string>), "postgres-connection");
    assert.equal(await promiseOf(outputs.serviceName as pulumi.Output<string>), "postgres");
    assert.equal(await promiseOf(outputs.host as pulumi.Output<string>), "postgres.toygres.svc");
    assert.equal(await promiseOf(outputs.port as pulumi.Output<number>), 5432);
    assert.equal(await pulumi.isSecret(outputs.connectionString as pulumi.Output<string>), true);
  });

  it("names the wrong key before anything is made", async () => {
    await assert.rejects(
      run({ postgres_instances: "many" }),
      /configuration: argument postgres_instances = "many"/,
    );
  });
});
