import * as assert from "node:assert/strict";
import fc from "fast-check";
import { clusterLayout, subnetOf } from "../../../../embedded/cluster/layout";

const header = "Iface\tDestination\tGateway\tFlags\tRefCnt\tUse\tMetric\tMask\tMTU\tWindow\tIRTT";

/** A line of /proc/net/route. */
function route(network: number[], bits: number, iface = "eth0"): string {
  const hex = (bytes: number[]): string => Buffer.from(bytes).reverse().toString("hex").toUpperCase();
  const mask = Buffer.alloc(4);
  mask.writeUInt32BE(bits === 0 ? 0 : (0xffffffff << (32 - bits)) >>> 0);
  return [iface, hex(network), "00000000", "0001", 0, 0, 0, hex([...mask]), 0, 0, 0].join("\t");
}

const table = (...lines: string[]): string => [header, ...lines, ""].join("\n");

describe("embedded/cluster/layout", () => {
  it("takes the network its hash points at", () => {
    assert.equal(subnetOf("0a0000", table(route([192, 0, 2, 0], 24)), "own"), "172.31.10");
  });

  it("moves on when the network is routed elsewhere", () => {
    assert.equal(subnetOf("0a0000", table(route([172, 31, 10, 0], 24)), "own"), "172.31.11");
    assert.equal(subnetOf("0a0000", table(route([172, 31, 10, 64], 30)), "own"), "172.31.11");
    assert.equal(subnetOf("ff0000", table(route([172, 31, 128, 0], 17)), "own"), "172.31.0");
  });

  it("is not disturbed by the default route or by its own link", () => {
    const routes = table(route([0, 0, 0, 0], 0), route([172, 31, 10, 0], 30, "own"));
    assert.equal(subnetOf("0a0000", routes, "own"), "172.31.10");
  });

  it("says so when nothing is left", () => {
    assert.throws(
      () => subnetOf("000000", table(route([172, 16, 0, 0], 12)), "own"),
      /172\.31\.0\.0\/16 is routed elsewhere/,
    );
  });

  it("never takes a network that has a route", () => {
    const taken = fc.uniqueArray(fc.nat(255), { maxLength: 255 });
    fc.assert(
      fc.property(taken, fc.nat(255), (thirds, start) => {
        const routes = table(...thirds.map(third => route([172, 31, third, 0], 24)));
        const chosen = subnetOf(start.toString(16).padStart(2, "0"), routes, "own");
        assert.ok(!thirds.map(third => `172.31.${third}`).includes(chosen));
      }),
    );
  });

  it("has names the kernel accepts, the same every time", () => {
    const layout = clusterLayout();
    assert.deepEqual(clusterLayout(), layout);
    assert.ok(layout.hostInterface.length <= 15, layout.hostInterface);
    const longest = [
      layout.containerdSocket,
      layout.csiSocket,
      `${layout.nodeDir}/kubelet/plugins_registry/volumes.embedded.pulumi-cnpg-reg.sock`,
    ];
    for (const socket of longest) assert.ok(socket.length <= 107, socket);
  });
});
