import * as assert from "node:assert/strict";
import type { PostgresInstanceArgs } from "../../src";
import { harness, type SpecStack } from "./harness";
import { orders } from "./orders";

describe("an instance behind a load balancer", function () {
  this.timeout(10 * 60_000);
  const bench = harness();
  let stack: SpecStack;
  const address = "203.0.113.10";
  const args: PostgresInstanceArgs = {
    exposure: { type: "loadBalancer", sourceRanges: ["10.0.0.0/8", "172.16.0.0/12"] },
  };

  /** Stands in for the cloud's controller, which the embedded cluster has none of: gives the Service its address. */
  async function assignAddress(): Promise<void> {
    await bench.waitUntil(
      async () => {
        const status = JSON.stringify({ status: { loadBalancer: { ingress: [{ ip: address }] } } });
        await bench.kubectl(
          "patch",
          "service",
          "orders-external",
          "-n",
          stack.namespace,
          "--subresource=status",
          "--type=merge",
          "-p",
          status,
        );
        return true;
      },
      "the Service orders-external",
      180,
    );
  }

  before(async () => {
    stack = await bench.stackFor("exposure", orders());
    await stack.up();
  });

  it("is checked through the address, and gives the connection string by it as a secret", async () => {
    const [{ outputs }] = await Promise.all([
      stack.up(async () => orders(args)(stack.namespace)),
      assignAddress(),
    ]);
    assert.equal(outputs.externalAddress?.value, address);
    assert.equal(outputs.connectionStringByAddress?.secret, true);
    assert.match(
      outputs.connectionStringByAddress?.value as string,
      new RegExp(`@orders\\..*hostaddr=${address}`),
    );
    const result = await bench.kubectl(
      "get",
      "jobs",
      "-n",
      stack.namespace,
      "-o",
      "jsonpath={.items[*].metadata.annotations.cnpg\\.pulumi\\.com/result}",
    );
    const { endpoints: list } = JSON.parse(result.slice(result.indexOf("{"))) as { endpoints: string };
    const endpoints = JSON.parse(list) as { host: string; ok: boolean }[];
    assert.ok(endpoints.length >= 2 && endpoints.every(endpoint => endpoint.ok), result);
  });

  it("admits only the ranges named", async () => {
    const ranges = await bench.kubectl(
      "get",
      "service",
      "orders-external",
      "-n",
      stack.namespace,
      "-o",
      "jsonpath={.spec.loadBalancerSourceRanges}",
    );
    assert.deepEqual(JSON.parse(ranges), ["10.0.0.0/8", "172.16.0.0/12"]);
  });

  it("is internal again when the exposure goes", async () => {
    const { outputs } = await stack.up(async () => orders()(stack.namespace));
    assert.equal(outputs.externalAddress?.value, undefined);
    const names = await bench.kubectl("get", "services", "-n", stack.namespace, "-o", "name");
    assert.ok(!names.includes("orders-external"), names);
  });
});
