import * as assert from "node:assert/strict";
import type { FailoverDecision } from "../../src/failover/decision";
import type { FailoverStatus } from "../../src/failover/status";
import type { ListedReplicas } from "../../src/operations/replicas";
import type { InstanceStatus } from "../../src/operations/status";
import { pulumiCnpg } from "./command-line";
import { harness, RunFailure, type SpecStack } from "./harness";
import { orders } from "./orders";

describe("standbys of an instance", function () {
  this.timeout(10 * 60_000);
  const bench = harness();
  let stack: SpecStack;
  /** What the next update asks for. */
  let asked: Parameters<typeof orders>[0];

  const base: Parameters<typeof orders>[0] = {
    instances: 3,
    probes: { startup: { periodSeconds: 1 }, readiness: { periodSeconds: 1 } },
    connectionCheck: { enabled: false },
    smartShutdownTimeout: 1,
  };

  before(async () => {
    asked = base;
    stack = await bench.stackFor("standbys", namespace => orders(asked)(namespace));
    await renewWatch();
    await stack.up();
    // Else there would be nothing to compare the first failover with.
    await bench.waitUntil(() => failovers("watch.json"), "the first look of the watch", 60);
  });

  /** The cluster may have had an operator, whose watch runs what the image held then. */
  async function renewWatch(): Promise<void> {
    const watch = ["deployment/pulumi-cnpg-watch", "-n", "cnpg-system"];
    await bench.kubectl("rollout", "restart", ...watch);
    await bench.kubectl("rollout", "status", ...watch, "--timeout=90s");
  }

  async function json<T>(...verb: string[]): Promise<T> {
    const { exitCode, stdout, stderr } = await pulumiCnpg(
      bench,
      ...verb,
      "--namespace",
      stack.namespace,
      "--json",
    );
    assert.equal(exitCode, 0, stderr);
    return JSON.parse(stdout) as T;
  }

  const list = (): Promise<ListedReplicas> => json<ListedReplicas>("replica", "list", "orders");

  /** What stands under a key of the ConfigMap of the failovers. */
  async function failovers<T>(key: string): Promise<T | undefined> {
    const path = `.data.${key.replace(".", "\\.")}`;
    const text = await bench.field(stack.namespace, "configmap/orders-failovers", path);
    return text === "" ? undefined : (JSON.parse(text) as T);
  }

  const cluster = (path: string): Promise<string> =>
    bench.field(stack.namespace, "clusters.postgresql.cnpg.io/orders-g1", path);

  async function events(): Promise<Record<string, string>> {
    const text = await bench.kubectl("get", "events", "-n", stack.namespace, "-o", "json");
    const { items } = JSON.parse(text) as { items: { reason: string; message: string }[] };
    return Object.fromEntries(items.map(({ reason, message }) => [reason, message]));
  }

  const killPrimary = async (): Promise<string> => {
    const primary = await cluster(".status.currentPrimary");
    await bench.kubectl("delete", "pod", "-n", stack.namespace, primary, "--grace-period=0", "--force");
    return primary;
  };

  const untilWell = (): Promise<unknown> =>
    bench.waitUntil(
      async () =>
        (await cluster(".status.readyInstances")) === "3" &&
        (await cluster(".status.phase")) === "Cluster in healthy state" &&
        (await list()).replicas.filter(({ eligible }) => eligible).length === 2,
      "the instance with two standbys",
      120,
    );

  it("replica list tells state and lag of each, asked of the servers; a replica that replays nothing falls behind", async () => {
    const listed = await bench.waitUntil(
      async () => {
        const now = await list();
        return now.replicas.every(({ state, lagBytes }) => state === "streaming" && lagBytes === 0) && now;
      },
      "two standbys that have everything",
      30,
    );
    assert.deepEqual(
      listed.replicas.map(({ id, state, syncState, eligible, lagMs }) => [
        id,
        state,
        syncState,
        eligible,
        lagMs,
      ]),
      [
        ["orders-g1-2", "streaming", "async", true, 0],
        ["orders-g1-3", "streaming", "async", true, 0],
      ],
    );
    await bench.superuserSql(stack.namespace, "orders-g1-2", "SELECT pg_wal_replay_pause()");
    await bench.sql(
      stack.namespace,
      "orders",
      "CREATE TABLE filler AS SELECT repeat('x', 100) FROM generate_series(1, 20000)",
    );
    const behind = (await list()).replicas;
    assert.ok((behind[0]?.lagBytes ?? 0) > 2_000_000, JSON.stringify(behind));
    await bench.waitUntil(
      async () => (await list()).replicas[0]?.unreceivedBytes === 0,
      "the WAL on its disk",
      20,
    );
    await bench.superuserSql(stack.namespace, "orders-g1-2", "SELECT pg_wal_replay_resume()");
    await bench.waitUntil(
      async () => (await list()).replicas[0]?.lagBytes === 0,
      "the standby to catch up",
      20,
    );
  });

  it("replica add and remove plan what CloudNativePG would do, and replica rebuild makes a standby anew", async () => {
    const added = await json<{ added: string[]; arguments: object }>("replica", "add", "orders");
    assert.deepEqual([added.added, added.arguments], [["orders-g1-4"], { instances: 4 }]);
    const removed = await json<{ removed: string[] }>("replica", "remove", "orders");
    assert.deepEqual(removed.removed, ["orders-g1-3"]);
    const uid = () => bench.field(stack.namespace, "pod/orders-g1-3", ".metadata.uid");
    const volume = () => bench.field(stack.namespace, "persistentvolumeclaim/orders-g1-3", ".metadata.uid");
    const before = [await uid(), await volume()];
    const rebuilt = await json<{ seconds: number; standby: { state: string } }>(
      "replica",
      "rebuild",
      "orders",
      "orders-g1-3",
    );
    assert.equal(rebuilt.standby.state, "streaming");
    assert.notEqual(await uid(), before[0]);
    assert.notEqual(await volume(), before[1]);
    bench.note(`a standby was cloned anew in ${rebuilt.seconds} s`);
  });

  it("an automatic failover leaves a record, Events and what it lost", async () => {
    await untilWell();
    const primary = await killPrimary();
    const record = await bench.waitUntil(
      async () =>
        (await failovers<FailoverStatus[]>("history.json"))?.find(({ origin }) => origin === "automatic"),
      "the record of the failover",
      90,
    );
    assert.deepEqual([record.oldPrimaryId, record.mode, record.state], [primary, "forced", "completed"]);
    assert.equal(record.newPrimaryId, await cluster(".status.currentPrimary"));
    const settled = await bench.waitUntil(
      async () => {
        const [newest] = (await failovers<FailoverStatus[]>("history.json")) ?? [];
        return newest?.dataLossBytes !== undefined && newest;
      },
      "what the former primary had written in vain",
      90,
    );
    assert.match(settled.promotionLsn ?? "", /^[\dA-F]+\/[\dA-F]+$/);
    assert.equal(settled.timeline, 2);
    const told = await events();
    assert.match(
      told.FailoverObserved ?? "",
      new RegExp(`failed over from ${primary} to ${record.newPrimaryId}`),
    );
    const { lastFailover, healthChecks } = await json<InstanceStatus>("status", "orders");
    assert.equal(lastFailover?.id, record.id);
    assert.equal(healthChecks?.queryResponsive, true, JSON.stringify(healthChecks));
    const seconds = (Date.parse(record.completedAt ?? "") - Date.parse(record.startedAt)) / 1000;
    bench.note(`automatic failover within ${seconds} s, ${settled.dataLossBytes} bytes lost`);
  });

  it("maintenance holds failover back, also through an update, and the primary comes back by itself", async () => {
    await untilWell();
    const primary = await cluster(".status.currentPrimary");
    const on = await pulumiCnpg(
      bench,
      "maintenance",
      "on",
      "orders",
      "--namespace",
      stack.namespace,
      "--for",
      "10m",
      "--reason",
      "new disks",
    );
    assert.equal(on.exitCode, 0, on.stderr);
    assert.doesNotMatch(on.stdout, /No watch/);
    asked = { ...base, parameters: { work_mem: "3MB" } };
    await stack.up();
    assert.equal(await cluster(".spec.failoverDelay"), "600");
    assert.match(
      (await json<InstanceStatus>("status", "orders")).suspension?.maintenance?.reason ?? "",
      /new disks/,
    );
    const killed = Date.now();
    assert.equal(await killPrimary(), primary);
    await bench.waitUntil(
      () => bench.sql(stack.namespace, "orders", "SELECT 1").then(() => true),
      "the primary to serve again",
      120,
    );
    bench.note(
      `the primary without a pod served again after ${Math.round((Date.now() - killed) / 1000)} s, without a failover`,
    );
    await untilWell();
    assert.deepEqual(
      [await cluster(".status.currentPrimary"), await cluster(".status.timelineID")],
      [primary, "2"],
    );
    assert.match((await events()).FailoverSuspended ?? "", /held back until .*: new disks/);
    const decisions = await bench.waitUntil(
      async () => {
        const known = await failovers<FailoverDecision[]>("decisions.json");
        return known?.[0]?.until !== undefined && known;
      },
      "the end of the decision",
      30,
    );
    assert.equal(decisions[0]?.kind, "maintenance");
  });

  it("an update that would lift the maintenance that holds failover back is refused with the way out", async () => {
    asked = { ...base, overrides: { cluster: { spec: { failoverDelay: 30 } } } };
    await assert.rejects(stack.up(), (error: unknown) => {
      assert.ok(error instanceof RunFailure);
      assert.match(error.log, /pulumi-cnpg-maintenance \(end it with: pulumi-cnpg maintenance off\)/);
      return true;
    });
    assert.equal(await cluster(".spec.failoverDelay"), "600");
    const off = await pulumiCnpg(bench, "maintenance", "off", "orders", "--namespace", stack.namespace);
    assert.equal(off.exitCode, 0, off.stderr);
    assert.equal(await cluster(".metadata.annotations.cnpg\\.pulumi\\.com/failover-suspended"), "");
    await stack.up();
    assert.equal(await cluster(".spec.failoverDelay"), "30");
    // What the stack declares is given back to the stack, which can change it.
    await pulumiCnpg(bench, "maintenance", "on", "orders", "--namespace", stack.namespace);
    await pulumiCnpg(bench, "maintenance", "off", "orders", "--namespace", stack.namespace);
    assert.equal(await cluster(".spec.failoverDelay"), "30");
    asked = base;
    await stack.up();
    assert.notEqual(await cluster(".spec.failoverDelay"), "30");
    const again = await stack.up();
    assert.deepEqual(Object.keys(again.changes), ["same"], again.summary);
  });
});
