import * as assert from "node:assert/strict";
import type { PostgresInstanceArgs } from "../../src";
import { harness, type SpecStack } from "./harness";
import { orders } from "./orders";

describe("an instance whose primary a person restarts", function () {
  this.timeout(10 * 60_000);
  const bench = harness();
  let stack: SpecStack;
  const args: PostgresInstanceArgs = {
    instances: 2,
    waitFor: "serving",
    primaryUpdateStrategy: "supervised",
  };

  before(async () => {
    stack = await bench.stackFor("supervised", orders(args));
    await stack.up();
  });

  it("is updated when the standby is done and the operator waits for the person", async () => {
    await stack.up(async () =>
      orders({ ...args, parameters: { max_locks_per_transaction: "96" } })(stack.namespace),
    );
    const phase = await bench.kubectl(
      "get",
      "clusters.postgresql.cnpg.io",
      "orders-g1",
      "-n",
      stack.namespace,
      "-o",
      "jsonpath={.status.phase}",
    );
    assert.equal(phase, "Waiting for user action");
    const [standby] = await bench.sql(stack.namespace, "orders", "SHOW max_locks_per_transaction", {
      service: "orders-ro",
    });
    assert.equal(standby?.max_locks_per_transaction, "96");
    const [primary] = await bench.sql(stack.namespace, "orders", "SHOW max_locks_per_transaction");
    assert.equal(primary?.max_locks_per_transaction, "64");
  });
});
