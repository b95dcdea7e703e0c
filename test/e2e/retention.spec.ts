import * as assert from "node:assert/strict";
import { harness, type SpecStack } from "./harness";
import { orders } from "./orders";

describe("data that is kept", function () {
  this.timeout(10 * 60_000);
  const bench = harness();
  let stack: SpecStack;

  before(async () => {
    stack = await bench.stackFor("retention", orders({ keepData: true }));
    await stack.up();
    await bench.sql(stack.namespace, "orders", "CREATE TABLE kept AS SELECT 42 AS answer");
  });

  const names = async (kinds: string): Promise<string[]> =>
    (await bench.kubectl("get", kinds, "-n", stack.namespace, "-o", "name"))
      .trim()
      .split("\n")
      .filter(name => name !== "");

  it("outlives the stack: Cluster, volume, password, ServiceAccount and authority, and the server goes on", async () => {
    await stack.destroy();
    assert.deepEqual(await names("clusters.postgresql.cnpg.io"), ["cluster.postgresql.cnpg.io/orders-g1"]);
    assert.deepEqual(await names("services"), [
      "service/orders-g1-r",
      "service/orders-g1-ro",
      "service/orders-g1-rw",
    ]);
    const secrets = await names("secrets");
    for (const secret of ["secret/orders-owner", "secret/orders-ca"])
      assert.ok(secrets.includes(secret), secrets.join());
    assert.ok(!secrets.includes("secret/orders-connection"));
    assert.ok((await names("serviceaccounts")).includes("serviceaccount/orders"));
    assert.equal(
      await bench.superuserSql(stack.namespace, "orders-g1-1", "SELECT answer FROM kept", "app"),
      "42",
    );
  });

  it("survives the loss of a pod while nothing manages it", async () => {
    await bench.kubectl("delete", "pod", "-n", stack.namespace, "orders-g1-1", "--wait=true");
    await bench.waitUntil(
      async () =>
        (await bench.superuserSql(stack.namespace, "orders-g1-1", "SELECT answer FROM kept", "app")) === "42",
      "the pod that comes back",
      120,
    );
  });

  it("is taken over by a new stack, without a restart", async () => {
    const uid = await bench.kubectl(
      "get",
      "pod",
      "-n",
      stack.namespace,
      "orders-g1-1",
      "-o",
      "jsonpath={.metadata.uid}",
    );
    const adopting = { keepData: true, adopt: true, passwordSecret: "orders-owner" };
    const { changes } = await stack.up(async () => orders(adopting)(stack.namespace));
    assert.ok((changes.import ?? 0) >= 2, JSON.stringify(changes));
    const [row] = await bench.sql(stack.namespace, "orders", "SELECT answer FROM kept");
    assert.equal(row?.answer, 42);
    await stack.up(async () => orders({ keepData: true, passwordSecret: "orders-owner" })(stack.namespace));
    assert.equal(
      await bench.kubectl(
        "get",
        "pod",
        "-n",
        stack.namespace,
        "orders-g1-1",
        "-o",
        "jsonpath={.metadata.uid}",
      ),
      uid,
    );
    const again = await stack.up();
    assert.deepEqual(Object.keys(again.changes), ["same"], again.summary);
  });

  it("is deleted in two steps", async () => {
    await stack.up(async () =>
      orders({ keepData: true, passwordSecret: "orders-owner", deletion: { confirm: "orders" } })(
        stack.namespace,
      ),
    );
    const [row] = await bench.sql(stack.namespace, "orders", "SELECT answer FROM kept");
    assert.equal(row?.answer, 42, "the first step deletes nothing");
    await stack.destroy();
    assert.deepEqual(await names("clusters.postgresql.cnpg.io"), []);
    await bench.waitUntil(async () => (await names("pvc,pods")).length === 0, "the end of the volumes", 120);
  });
});
