import * as assert from "node:assert/strict";
import { parse } from "yaml";
import type { PostgresInstanceArgs } from "../../../src/instance";
import { changeProblems, instanceRecord, parameterPlan } from "../../../src/instance/compare";
import { parameterMetric } from "../../../src/instance/parameter-metric";
import { clusterManifest, rolloutOf } from "../../../src/instance/render";
import { resolveInstance } from "../../../src/instance/resolve";
import { instanceProblems, instanceWarnings } from "../../../src/instance/validate";
import { followerSensitive } from "../../../src/parameters/change-plan";
import { type MockRecorder, promiseOf, startMocks } from "../mocks";
import { PostgresInstance } from "../../../src/instance";

function parametersOf(args: PostgresInstanceArgs): Record<string, string> {
  const instance = resolveInstance("orders", args);
  return clusterManifest(instance, args, instance.active).spec.postgresql?.parameters ?? {};
}

const refused = (args: PostgresInstanceArgs): string[] =>
  instanceProblems("orders", args).map(({ argument }) => argument);

describe("server parameters of PostgresInstance", () => {
  it("are the profile's, sized to the pod, and what is given wins", () => {
    assert.equal(parametersOf({ size: "medium" }).shared_buffers, "2GB");
    assert.equal(parametersOf({ size: "large" }).shared_buffers, "4GB");
    const given = parametersOf({
      profile: { workload: "oltp", parameters: { work_mem: "6MB", jit: "on" } },
      parameters: { work_mem: "5MB" },
    });
    assert.deepEqual([given.work_mem, given.jit], ["5MB", "on"]);
    const custom = parametersOf({ profile: { workload: "custom" }, parameters: { work_mem: "5MB" } });
    assert.deepEqual(Object.keys(custom).sort(), [...followerSensitive, "work_mem"].sort());
  });

  it("always hold what a standby must not have less of than its primary", () => {
    for (const args of [{}, { parameters: { max_connections: "20" } }, { version: "14" }]) {
      const parameters = parametersOf(args);
      assert.deepEqual(
        followerSensitive.filter(name => parameters[name] === undefined),
        [],
      );
    }
    assert.equal(parametersOf({ profile: { workload: "custom" } }).max_worker_processes, "32");
  });

  it("belong to each generation's own major and volumes", () => {
    const instance = resolveInstance("orders", {
      version: "17",
      generations: { "1": { version: "14" }, "2": { storage: { size: "1Gi" } } },
      activeGeneration: "2",
    });
    const [first, second] = instance.generations.map(({ server }) => server.parameters);
    assert.equal(first?.wal_compression, "on");
    assert.equal(second?.wal_compression, "lz4");
    assert.notEqual(first?.max_wal_size, second?.max_wal_size);
  });

  it("are refused where they are written", () => {
    assert.deepEqual(refused({ parameters: { shard_buffers: "1GB" } }), ["parameters.shard_buffers"]);
    assert.deepEqual(refused({ profile: { parameters: { work_mem: "4GiB" } } }), [
      "profile.parameters.work_mem",
    ]);
    assert.deepEqual(refused({ parameters: { listen_addresses: "*" } }), ["parameters.listen_addresses"]);
    assert.deepEqual(refused({ parameters: { work_mem: "4GB" } }), ["parameters.work_mem"]);
    assert.deepEqual(refused({ parameters: { work_mem: "4GB" }, acceptMemoryRisk: true }), []);
    assert.deepEqual(refused({ parameters: { fsync: "off" } }), ["parameters.fsync"]);
    assert.deepEqual(refused({ parameters: { fsync: "off" }, allowUnsafeParameters: ["fsync"] }), []);
    assert.deepEqual(refused({ profile: { workload: "webscale" as "oltp" } }), ["profile.workload"]);
    assert.ok(refused({ resources: { memory: "256Mi" } }).includes("resources.memory"));
    assert.deepEqual(refused({ parameters: { jit: true as unknown as string } }), ["parameters.jit"]);
    assert.deepEqual(refused({ version: "16", parameters: { summarize_wal: "on" } }), [
      "parameters.summarize_wal",
    ]);
    assert.deepEqual(refused({ parameterChanges: { mode: "scheduled" } }), ["parameterChanges.at"]);
  });

  it("are said once for all generations, and an accepted danger is a warning", () => {
    const two = { generations: { "1": {}, "2": {} }, activeGeneration: "1" };
    assert.deepEqual(refused({ ...two, parameters: { shard_buffers: "1GB" } }), ["parameters.shard_buffers"]);
    const warnings = instanceWarnings({ parameters: { fsync: "off" }, allowUnsafeParameters: ["fsync"] });
    assert.equal(warnings.filter(warning => warning.startsWith("fsync = off:")).length, 1);
    assert.deepEqual(instanceWarnings({}), []);
  });
});

describe("changed parameters of PostgresInstance", () => {
  const record = (args: PostgresInstanceArgs) => {
    const instance = resolveInstance("orders", args);
    return instanceRecord(instance, {}, rolloutOf(clusterManifest(instance, args, instance.active).spec));
  };
  const problems = (before: PostgresInstanceArgs, now: PostgresInstanceArgs): string[] =>
    changeProblems("orders", record(before), record(now)).map(({ argument }) => argument);

  it("have a plan against the arguments before, unless another server takes over", () => {
    const plan = parameterPlan(
      record({}),
      record({ parameters: { work_mem: "5MB", shared_buffers: "400MB" } }),
    );
    assert.deepEqual([plan?.reloads, plan?.restarts], [["work_mem"], ["shared_buffers"]]);
    const two: PostgresInstanceArgs = { generations: { "1": {}, "2": {} }, activeGeneration: "2" };
    assert.equal(parameterPlan(record({}), record(two)), undefined);
    const { server, ...older } = record({});
    assert.ok(server);
    assert.equal(parameterPlan(older, record({})), undefined);
    assert.deepEqual(changeProblems("orders", older, record({})), []);
  });

  it("do not lower what standbys need while the pods are re-created, or while a person decides", () => {
    const three = { instances: 3, size: "medium" as const };
    const smaller = { ...three, size: "small" as const };
    assert.deepEqual(problems(three, smaller), ["parameters.max_connections"]);
    const first = { ...three, parameters: { max_connections: "32" } };
    assert.deepEqual(problems(three, first), []);
    assert.deepEqual(problems(first, smaller), []);
    const supervised = { ...three, primaryUpdateStrategy: "supervised" as const };
    assert.deepEqual(problems(supervised, { ...supervised, parameters: { max_connections: "100" } }), [
      "parameters.max_connections",
    ]);
  });

  it("that are held back must not need more memory together with the old ones", () => {
    const held: PostgresInstanceArgs = { parameterChanges: { mode: "onNextRestart" } };
    const before = { ...held, parameters: { max_connections: "100", work_mem: "4MB" } };
    const now = { ...held, parameters: { max_connections: "20", work_mem: "64MB" } };
    assert.deepEqual(refused(now), []);
    assert.equal(problems(before, now).length, 1);
    assert.deepEqual(problems({ ...before, parameterChanges: {} }, { ...now, parameterChanges: {} }), []);
  });

  it("roll the pods only with what re-creates them", () => {
    const rollout = (args: PostgresInstanceArgs): string => record(args).server?.rollout ?? "";
    const plain = rollout({});
    assert.equal(rollout({ parameters: { shared_buffers: "300MB" }, instances: 1 }), plain);
    for (const args of [
      { size: "large" as const },
      { version: "17" },
      { sharedPreloadLibraries: ["auto_explain"] },
    ]) {
      assert.notEqual(rollout(args), plain);
    }
  });
});

describe("the metric of parameters", () => {
  it("compares every value in the words of pg_settings", () => {
    const args: PostgresInstanceArgs = {
      parameters: { work_mem: "8MB", log_line_prefix: "it's %m ", idle_session_timeout: "1min" },
    };
    const { data, metadata } = parameterMetric(resolveInstance("orders", args), args);
    assert.equal(metadata.labels["cnpg.io/reload"], "true");
    const queries = parse(data.queries ?? "") as Record<string, { query: string }>;
    const query = queries.pulumi_cnpg_parameters?.query ?? "";
    for (const row of [
      "('work_mem', '8192')",
      "('log_line_prefix', 'it''s %m ')",
      "('idle_session_timeout', '60000')",
    ]) {
      assert.ok(query.includes(row), row);
    }
  });
});

for (const preview of [true, false]) {
  describe(`held back parameters, ${preview ? "at preview" : "at update"}`, () => {
    async function make(
      args: PostgresInstanceArgs,
    ): Promise<{ recorder: MockRecorder; instance: PostgresInstance }> {
      const recorder = await startMocks({
        preview,
        outputs: resource => {
          if (resource.type === "random:index/randomPassword:RandomPassword") return { result: "secret" };
          return undefined;
        },
      });
      const instance = new PostgresInstance("orders", args);
      await recorder.settled();
      return { recorder, instance };
    }

    it("stay with Pulumi in mode immediate", async () => {
      const { recorder, instance } = await make({});
      assert.deepEqual(recorder.named("orders-g1").ignoreChanges, []);
      assert.equal(recorder.find("orders-parameters"), undefined);
      assert.deepEqual(await promiseOf(instance.pendingParameters), []);
      assert.equal((await promiseOf(instance.parameters))?.shared_buffers, "512MB");
      assert.equal(await promiseOf(instance.changePlan), undefined);
    });

    it("are applied by a Job after the Cluster, and by a CronJob in the window", async () => {
      const { recorder } = await make({
        parameterChanges: { mode: "window", window: { schedule: "0 3 * * 0", timeZone: "Europe/Berlin" } },
      });
      const [cluster, job, settle] = ["orders-g1", "orders-parameters", "orders-settle"].map(name =>
        recorder.named(name),
      );
      assert.ok(cluster && job && settle);
      assert.deepEqual(cluster.ignoreChanges, ["spec.postgresql.parameters"]);
      assert.ok(recorder.waitsFor(job, cluster));
      assert.ok(recorder.waitsFor(settle, job));
      const schedule = recorder.named("orders-parameters-schedule").inputs.spec as Record<string, unknown>;
      assert.deepEqual([schedule.schedule, schedule.timeZone], ["0 3 * * 0", "Europe/Berlin"]);
      const { rules } = recorder.named("orders-parameters-role").inputs as {
        rules: { resources: string[]; verbs: string[]; resourceNames?: string[] }[];
      };
      const writing = rules.filter(({ verbs }) => verbs.includes("patch"));
      assert.deepEqual(
        writing.map(({ resources, resourceNames }) => [resources[0], resourceNames?.length]),
        [
          ["clusters", 1],
          ["jobs", 1],
        ],
      );
    });

    it("are applied before the Cluster changes when they wait for a rollout", async () => {
      const { recorder } = await make({ parameterChanges: { mode: "onNextRestart" } });
      assert.ok(recorder.waitsFor(recorder.named("orders-g1"), recorder.named("orders-parameters")));
      assert.equal(recorder.find("orders-parameters-schedule"), undefined);
    });

    it("are left alone while the instance is hibernated", async () => {
      const { recorder } = await make({ hibernated: true, parameterChanges: { mode: "onNextRestart" } });
      assert.equal(recorder.find("orders-parameters"), undefined);
      assert.deepEqual(recorder.named("orders-g1").ignoreChanges, ["spec.postgresql.parameters"]);
    });
  });
}
