import * as assert from "node:assert/strict";
import type { PostgresInstanceArgs } from "../../src";
import { backedUp } from "./backed-up";
import { harness, type RunFailure, type SpecStack, type SpecStore } from "./harness";
import { small } from "./orders";

describe("deletion of an instance that archives", function () {
  this.timeout(15 * 60_000);
  const bench = harness();
  let stack: SpecStack;
  let store: SpecStore;

  const kept: PostgresInstanceArgs = { keepData: true };
  const up = (instances: Record<string, PostgresInstanceArgs>) =>
    stack.up(async () => backedUp(store, instances)(stack.namespace));
  const clusters = (): Promise<string> =>
    bench.kubectl("get", "clusters.postgresql.cnpg.io", "-n", stack.namespace, "-o", "name");

  before(async function () {
    bench.requireStore(this);
    store = await bench.store("final-backup");
    stack = await bench.stackFor("final-backup", backedUp(store, { orders: kept }));
    await stack.up();
    await bench.sql(stack.namespace, "orders", "CREATE TABLE customer AS SELECT 1 AS id");
  });

  it("takes a last backup, which lies in the store whole, and says how to come back", async () => {
    const { outputs } = await up({ orders: { ...kept, deletion: { confirm: "orders" } } });
    const tombstone = await bench.field(stack.namespace, "configmap/orders-tombstone", ".data.restore\\.ts");
    assert.equal(outputs.ordersTombstone?.value, tombstone);
    const backupId = /\d{8}T\d{6}/.exec(tombstone)?.[0];
    assert.ok(backupId, tombstone);
    const blobs = await store.list(`orders-g1/base/${backupId}/`);
    assert.ok(
      blobs.some(blob => blob.endsWith("backup.info")),
      blobs.join(),
    );
    assert.match(await clusters(), /orders-g1/, "the data is still there");
  });

  it("then goes with its data, and leaves archive and tombstone", async () => {
    await up({});
    assert.equal((await clusters()).trim(), "");
    const claims = (): Promise<string> => bench.kubectl("get", "pvc", "-n", stack.namespace, "-o", "name");
    await bench.waitUntil(async () => (await claims()).trim() === "", "the volumes to be gone", 60);
    assert.ok((await store.list("orders-g1/wals/")).length > 0);
    assert.notEqual(await bench.field(stack.namespace, "configmap/orders-tombstone", ".data"), "");
  });

  it("is not overwritten by another of the same name, which is not even made", async () => {
    const before = await store.list();
    await assert.rejects(
      up({ orders: { keepData: false } }),
      (error: RunFailure) =>
        /Archive "orders-g1" .*already holds 1 base backup/.test(error.log) ||
        assert.fail(error.log.slice(-3000)),
    );
    assert.equal((await clusters()).trim(), "");
    assert.deepEqual(await store.list(), before);
    await up({});
  });

  it("comes back by the arguments of the tombstone, with its data", async () => {
    const text = await bench.field(stack.namespace, "configmap/orders-tombstone", ".data.restore\\.ts");
    const args = argumentsOf(text);
    delete args.backup;
    assert.deepEqual(args.resources, small.resources, "the arguments are those it was made with");
    await up({ orders: { ...args, keepData: false } });
    const [row] = await bench.sql(stack.namespace, "orders", "SELECT id FROM customer");
    assert.deepEqual(row, { id: 1 });
  });

  /** Runs the program that the tombstone is, with a class in place of the component that only takes its arguments. */
  function argumentsOf(program: string): PostgresInstanceArgs {
    let given: PostgresInstanceArgs = {};
    class PostgresInstance {
      constructor(_name: string, args: PostgresInstanceArgs) {
        given = args;
      }
    }
    new Function("PostgresInstance", "store", program)(PostgresInstance, {});
    return given;
  }
});
