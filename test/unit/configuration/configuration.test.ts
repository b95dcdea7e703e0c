import * as assert from "node:assert/strict";
import { ArgumentError } from "../../../src/argument-error";
import { configurationKeys, configurationWarnings, readConfiguration } from "../../../src/configuration";

/** A text for each key that differs from its default, and the value it must become. */
const samples: Record<string, [text: string, value: unknown]> = {
  instance_name: ["orders", "orders"],
  namespace: ["shop", "shop"],
  postgres_version: ["17", "17"],
  postgres_availability: ["high", "high"],
  postgres_instances: ["3", 3],
  postgres_size: ["medium", "medium"],
  postgres_cpu: ["250m", "250m"],
  postgres_memory: ["768Mi", "768Mi"],
  postgres_profile: ["oltp", "oltp"],
  postgres_parameters: ['{work_mem: 16MB, "jit": on}', { work_mem: "16MB", jit: "on" }],
  postgres_default_storage_size: ["20Gi", "20Gi"],
  postgres_storage_class: ["fast", "fast"],
  postgres_extensions: ["pgcrypto, hstore", ["pgcrypto", "hstore"]],
  postgres_pooler: ["true", true],
  postgres_password: ["correct horse", "correct horse"],
  postgres_replica: ["orders-west", "orders-west"],
  postgres_replica_feed: ["archive", "archive"],
  postgres_replica_zone: ["westeurope-2", "westeurope-2"],
  postgres_replica_primary: ["postgres", "postgres"],
  postgres_generations: [
    '{"1": {}, "2": {restoredFrom: {generation: "1", target: {time: "2026-11-20T14:30:00Z"}}}, 3: }',
    {
      "1": {},
      "2": { restoredFrom: { generation: "1", target: { time: "2026-11-20T14:30:00Z" } } },
      "3": {},
    },
  ],
  postgres_active_generation: ["2", "2"],
  confirm_destructive: ["postgres", "postgres"],
  example_application: ["true", true],
  service_sheet: ["{limits: {maxMemory: 16Gi}}", { limits: { maxMemory: "16Gi" } }],
  keep_data: ["false", false],
  postgres_backup_retention_days: ["30", 30],
  backup_destination: ["https://a.blob.core.windows.net/b", "https://a.blob.core.windows.net/b"],
  backup_connection_string: ["AccountName=a;AccountKey=k", "AccountName=a;AccountKey=k"],
  postgres_backup_nfs_path: ["/mnt/backups/postgres", "/mnt/backups/postgres"],
  aks_cluster_name: ["prod", "prod"],
  aks_resource_group: ["rg", "rg"],
  kubernetes_context: ["kind", "kind"],
  install_operator: ["false", false],
  install_barman_plugin: ["false", false],
  operator_manifest: ["/tmp/cnpg.yaml", "/tmp/cnpg.yaml"],
  plugin_manifest: ["/tmp/plugin.yaml", "/tmp/plugin.yaml"],
  jobs_image: ["registry.example/jobs:1", "registry.example/jobs:1"],
};
/** What is given by two keys together. */
const pairs = {
  AKS_CLUSTER_NAME: "prod",
  AKS_RESOURCE_GROUP: "rg",
  BACKUP_DESTINATION: "https://other.blob.core.windows.net/other",
  BACKUP_CONNECTION_STRING: "AccountName=other;AccountKey=other",
  POSTGRES_REPLICA: "standby",
};

describe("configuration", () => {
  it("has a sample for every key", () => {
    assert.deepEqual(Object.keys(samples).sort(), configurationKeys.map(key => key.key).sort());
  });

  for (const key of configurationKeys) {
    const [text, value] = samples[key.key] as [string, unknown];

    it(`${key.key}: the stack's configuration, the environment and the default each take effect`, () => {
      const fallback = readConfiguration({ environment: {} })[key.member];
      assert.notDeepEqual(fallback, value);
      const config = (name: string): string | undefined => (name === key.key ? text : undefined);
      const fromConfig = readConfiguration({ config, secretConfig: config, environment: pairs });
      assert.deepEqual(fromConfig[key.member], value);
      const environment = { ...pairs, [key.environment as string]: text };
      assert.deepEqual(readConfiguration({ environment })[key.member], value);
    });

    it(`${key.key}: arguments win over configuration, configuration over the environment`, () => {
      const other = (name: string): string | undefined => (name === key.key ? text : undefined);
      const environment = { ...pairs, [key.environment as string]: "/wrong" };
      if (key.read === undefined) {
        const fromConfig = readConfiguration({ config: other, secretConfig: other, environment });
        assert.deepEqual(fromConfig[key.member], value);
      }
      const args = { [key.member]: value };
      assert.deepEqual(
        readConfiguration({ args, config: () => undefined, environment: pairs })[key.member],
        value,
      );
    });
  }

  it("names every malformed value and where it came from", () => {
    const read = (): unknown =>
      readConfiguration({
        config: name => (name === "postgres_instances" ? "none" : undefined),
        environment: { POSTGRES_STORAGE_SIZE: "10GB", AKS_CLUSTER_NAME: "prod" },
      });
    assert.throws(read, (error: unknown) => {
      assert.ok(error instanceof ArgumentError);
      assert.equal(error.problems.length, 3);
      assert.match(error.message, /postgres_instances = "none": is not a whole number/);
      assert.match(error.message, /environment variable POSTGRES_STORAGE_SIZE\) = "10GB": is not a quantity/);
      assert.match(error.message, /aks_resource_group: is missing/);
      return true;
    });
  });

  it("refuses a service sheet that is no map", () => {
    for (const text of ["4Gi", "[a]", "{a: "])
      assert.throws(
        () => readConfiguration({ environment: { SERVICE_SHEET: text } }),
        /service_sheet .*is not a map such as/,
      );
  });

  it("refuses generations that are no map of maps", () => {
    for (const text of ["2", "[1]", "{1: a}", "{1: [", '"1"']) {
      assert.throws(
        () => readConfiguration({ environment: { POSTGRES_GENERATIONS: text } }),
        /POSTGRES_GENERATIONS\) = .*: is not a map such as/,
      );
    }
  });

  it("treats an empty text as not given", () => {
    assert.equal(readConfiguration({ config: () => "", environment: {} }).postgresVersion, "18");
  });

  it("says what has no effect without backups", () => {
    const of = (environment: Record<string, string>): string[] =>
      configurationWarnings(readConfiguration({ environment }));
    assert.deepEqual(of({}), []);
    assert.match(of({ POSTGRES_BACKUP_RETENTION_DAYS: "30" }).join(), /no effect/);
    const store = {
      BACKUP_DESTINATION: "https://a.example/b",
      BACKUP_CONNECTION_STRING: "AccountKey=hidden",
    };
    assert.deepEqual(of({ POSTGRES_BACKUP_RETENTION_DAYS: "30", ...store }), []);
  });

  it("refuses what is said of a replica that has no name", () => {
    for (const key of ["POSTGRES_REPLICA_FEED", "POSTGRES_REPLICA_ZONE", "POSTGRES_REPLICA_PRIMARY"])
      assert.throws(
        () => readConfiguration({ environment: { [key]: "any" } }),
        /argument postgres_replica: is missing: the other keys of a replica are given/,
      );
  });

  it("refuses half a store, and keeps its secret to itself", () => {
    for (const half of [
      { BACKUP_DESTINATION: "https://a.example/b" },
      { BACKUP_CONNECTION_STRING: "AccountKey=hidden" },
    ]) {
      assert.throws(
        () => readConfiguration({ environment: half }),
        (error: Error) =>
          /is missing: a store is named/.test(error.message) && !error.message.includes("hidden"),
      );
    }
  });
});
