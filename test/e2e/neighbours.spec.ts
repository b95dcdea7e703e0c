import * as assert from "node:assert/strict";
import * as kubernetes from "@pulumi/kubernetes/provider";
import { PostgresInstance } from "../../src";
import { harness, type RunFailure, type SpecStack } from "./harness";
import { small } from "./orders";

describe("two instances side by side", function () {
  this.timeout(10 * 60_000);
  const bench = harness();
  let stack: SpecStack;

  function program(names: string[]): () => Promise<Record<string, unknown>> {
    return async () => {
      const provider = new kubernetes.Provider("kubernetes", { enableSecretMutable: true });
      const instances = names.map(
        name => new PostgresInstance(name, { ...small, namespace: stack.namespace }, { provider }),
      );
      const [first] = instances;
      return { first: first?.reference };
    };
  }

  before(async () => {
    stack = await bench.stackFor("neighbours", async () => ({}));
  });

  it("have credentials and endpoints of their own", async () => {
    await stack.up(program(["orders", "orders2"]));
    const users = await Promise.all(
      ["orders", "orders2"].map(async name => {
        await bench.sql(stack.namespace, name, `CREATE TABLE only_in_${name} (id int)`);
        const tables = await bench.sql(
          stack.namespace,
          name,
          "SELECT relname FROM pg_class WHERE relname LIKE 'only_in_%'",
        );
        return tables.map(row => row.relname).join();
      }),
    );
    assert.deepEqual(users, ["only_in_orders", "only_in_orders2"]);
  });

  it("a name that would collide with another instance's Services is refused before anything is made", async () => {
    for (const name of ["orders-ro", "orders-r", "orders-g1", "orders-external"]) {
      await assert.rejects(
        stack.preview(program(["orders", "orders2", name])),
        (error: RunFailure) => /argument name = .* ends in/.test(error.log) || assert.fail(error.log),
      );
    }
  });

  it("can be looked up by another stack", async () => {
    const other = await bench.stackFor("lookup", async () => ({}));
    const { outputs } = await other.up(async () => ({
      found: PostgresInstance.get("orders", { namespace: stack.namespace }),
    }));
    assert.deepEqual(outputs.found?.value, (await stack.outputs()).first?.value);
    assert.equal((outputs.found?.value as { clusterName: string }).clusterName, "orders-g1");
  });
});
