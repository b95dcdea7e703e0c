import * as assert from "node:assert/strict";
import { harness, type SpecStack } from "./harness";
import { orders } from "./orders";

describe("a hibernated instance", function () {
  this.timeout(10 * 60_000);
  const bench = harness();
  let stack: SpecStack;

  before(async () => {
    stack = await bench.stackFor("hibernation", orders({ extensions: ["hstore"] }));
    await stack.up();
    await bench.sql(stack.namespace, "orders", "CREATE TABLE kept AS SELECT 42 AS answer");
  });

  const pods = async (): Promise<string> =>
    bench.kubectl("get", "pods", "-n", stack.namespace, "-l", "cnpg.io/podRole=instance", "-o", "name");

  it("has no pods and keeps its volumes", async () => {
    const { outputs } = await stack.up(async () =>
      orders({ extensions: ["hstore"], hibernated: true })(stack.namespace),
    );
    assert.equal((await pods()).trim(), "");
    assert.match(await bench.kubectl("get", "pvc", "-n", stack.namespace, "-o", "name"), /orders-g1-1/);
    assert.equal(outputs.state?.value, "running");
    assert.equal(outputs.health?.value, "unknown");
  });

  it("wakes with its data", async () => {
    await stack.up(async () => orders({ extensions: ["hstore"] })(stack.namespace));
    const [row] = await bench.sql(stack.namespace, "orders", "SELECT answer FROM kept");
    assert.equal(row?.answer, 42);
  });

  it("is destroyed without hanging, and leaves nothing", async () => {
    await stack.up(async () => orders({ extensions: ["hstore"], hibernated: true })(stack.namespace));
    await stack.destroy();
    await bench.waitUntil(
      async () =>
        (
          await bench.kubectl(
            "get",
            "clusters.postgresql.cnpg.io,databases.postgresql.cnpg.io,pvc,jobs",
            "-n",
            stack.namespace,
            "-o",
            "name",
          )
        ).trim() === "",
      "the end of what Kubernetes collects in the background",
      120,
    );
  });
});
