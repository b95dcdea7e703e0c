import * as assert from "node:assert/strict";
import { program } from "../../examples/lifecycle";
import { harness } from "./harness";

describe("the examples", function () {
  this.timeout(10 * 60_000);
  const bench = harness();

  it("lifecycle: creates, waits, connects, and cleans up", async () => {
    const stack = await bench.stackFor("lifecycle", async () => program());
    const { outputs } = await stack.up();
    assert.match(outputs.serverVersion?.value as string, /^PostgreSQL 18/);
    assert.equal(outputs.host?.value, "orders.default.svc");
    await stack.destroy();
    await bench.waitUntil(
      async () =>
        !(
          await bench.kubectl(
            "get",
            "clusters.postgresql.cnpg.io,secrets,services,pvc",
            "-n",
            "default",
            "-o",
            "name",
          )
        ).includes("/orders"),
      "the end of what Kubernetes collects in the background",
      120,
    );
  });
});
