import * as assert from "node:assert/strict";
import { harness } from "./harness";
import { orders } from "./orders";

describe("an update whose engine is killed", function () {
  this.timeout(10 * 60_000);
  const bench = harness();

  const points: [string, RegExp][] = [
    ["while the certificate authority is made", /Job::orders-certificates$/],
    ["while the Cluster starts", /Cluster::orders-g1$/],
    ["while the connection is checked", /Job::orders-check$/],
  ];

  for (const [when, urn] of points) {
    it(`${when}: the next run converges, without duplicates`, async () => {
      const stack = await bench.stackFor("interrupted", orders());
      const update = await stack.begin();
      await update.untilBegun(urn);
      await update.kill();
      await assert.rejects(update.done);
      const { interrupted } = await stack.recover();
      assert.equal(interrupted, true);
      const { outputs } = await stack.up();
      assert.match(outputs.serverVersion?.value as string, /^PostgreSQL 18/);
      const again = await stack.up();
      assert.deepEqual(Object.keys(again.changes), ["same"], again.summary);
      const count = async (kind: string): Promise<number> =>
        (await bench.kubectl("get", kind, "-n", stack.namespace, "-o", "name")).trim().split("\n").length;
      assert.equal(await count("clusters.postgresql.cnpg.io"), 1);
      assert.equal(await count("jobs.batch"), 3);
      await stack.destroy();
    });
  }
});
