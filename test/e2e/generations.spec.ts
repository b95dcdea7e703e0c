import * as assert from "node:assert/strict";
import type { PostgresInstanceArgs } from "../../src";
import { type Ask, startShell } from "./clients";
import { harness, type RunFailure, type SpecStack } from "./harness";
import { orders } from "./orders";

describe("a flip to a second generation", function () {
  this.timeout(15 * 60_000);
  const bench = harness();
  let stack: SpecStack;
  let ask: Ask;

  const up = async (args: PostgresInstanceArgs) => stack.up(async () => orders(args)(stack.namespace));
  const both: PostgresInstanceArgs = { generations: { "1": {}, "2": { storage: { size: "640Mi" } } } };

  before(async () => {
    stack = await bench.stackFor("generations", orders());
    await stack.up();
    ask = await startShell(bench, stack.namespace);
  });

  it("moves a client that verifies the server, with nothing of it changed", async () => {
    await ask("CREATE TABLE generation AS SELECT 1 AS number");
    const { outputs } = await up({ ...both, activeGeneration: "2" });
    assert.equal((outputs.reference?.value as { clusterName: string }).clusterName, "orders-g2");
    assert.equal(await ask("SELECT count(*) FROM pg_tables WHERE tablename = 'generation'"), "0");
    await ask("CREATE TABLE generation AS SELECT 2 AS number");
    assert.equal(await ask("SHOW ssl"), "on");
  });

  it("has stopped the old generation and kept its volume", async () => {
    const pods = await bench.kubectl(
      "get",
      "pods",
      "-n",
      stack.namespace,
      "-l",
      "cnpg.io/cluster=orders-g1,cnpg.io/podRole=instance",
      "-o",
      "name",
    );
    assert.equal(pods.trim(), "");
    assert.match(await bench.kubectl("get", "pvc", "-n", stack.namespace, "-o", "name"), /orders-g1-1/);
  });

  it("is not changed by another update", async () => {
    const { changes, summary } = await up({ ...both, activeGeneration: "2" });
    assert.deepEqual(Object.keys(changes), ["same"], summary);
  });

  it("goes back to the first generation and its data, with the second one fenced", async () => {
    await bench.superuserSql(stack.namespace, "orders-g2-1", "SELECT 1");
    const generations = { "1": {}, "2": { storage: { size: "640Mi" }, stop: "fence" as const } };
    await up({ generations, activeGeneration: "1" });
    assert.equal(await ask("SELECT number FROM generation"), "1");
    await assert.rejects(
      bench.superuserSql(stack.namespace, "orders-g2-1", "SELECT 1"),
      "a fenced server must not answer",
    );
  });

  it("drops a generation only when it is named", async () => {
    await assert.rejects(
      stack.preview(async () => orders({ generations: { "1": {} } })(stack.namespace)),
      (error: RunFailure) => /no longer has generation "2"/.test(error.log) || assert.fail(error.log),
    );
    await up({ generations: { "1": {} }, droppedGenerations: ["2"] });
    const clusters = await bench.kubectl(
      "get",
      "clusters.postgresql.cnpg.io",
      "-n",
      stack.namespace,
      "-o",
      "name",
    );
    assert.equal(clusters.trim(), "cluster.postgresql.cnpg.io/orders-g1");
    assert.equal(await ask("SELECT number FROM generation"), "1");
  });
});
