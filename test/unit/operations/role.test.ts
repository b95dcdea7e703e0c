import * as assert from "node:assert/strict";
import type { Manifest } from "../../../src/cnpg";
import type { ClusterObject, ClusterSpec, ClusterStatus } from "../../../src/cnpg/cluster";
import { kinds } from "../../../src/operations/kubernetes";
import { RequestReader } from "../../../src/operations/operation";
import { role, type RoleRequest } from "../../../src/operations/role";
import { isReplica } from "../../../src/replica/standing";
import { tokenOf } from "../replica/standing.test";
import { context, FakeApi, FakeClock } from "./fakes";

type Cluster = Manifest & ClusterObject & { spec: ClusterSpec; status: ClusterStatus };

const healthy = "Cluster in healthy state";

/** A Cluster of a pair: `orders` has `orders-west` as source, and the other way round. */
function cluster(name: string, writes: boolean, timeline: number): Cluster {
  const self = name.replace("-g1", "");
  const source = self === "orders" ? "orders-west" : "orders";
  return {
    apiVersion: "postgresql.cnpg.io/v1",
    kind: "Cluster",
    metadata: { name, namespace: "shop", resourceVersion: "1" },
    spec: { instances: 1, replica: { self, primary: writes ? self : source, source } },
    status: {
      phase: healthy,
      readyInstances: 1,
      currentPrimary: `${name}-1`,
      instancesReportedState: { [`${name}-1`]: { isPrimary: writes } },
      ...(timeline === 0 ? {} : { timelineID: timeline }),
    },
  };
}

/** Does, with each tick of the clock, one step of what CloudNativePG would do. */
class Operator extends FakeClock {
  constructor(
    readonly api: FakeApi,
    /** Milliseconds of one step. */
    readonly pace = 1000,
  ) {
    super();
  }

  override sleep = async (milliseconds: number): Promise<void> => {
    for (const [key, object] of this.api.objects)
      if (key.startsWith("clusters/")) this.api.objects.set(key, this.#step(object as Cluster));
    void milliseconds;
    this.advance(this.pace);
  };

  #step(found: Cluster): Cluster {
    const { status, spec } = found;
    const primary = status.currentPrimary ?? "";
    const writes = status.instancesReportedState?.[primary]?.isPrimary === true;
    const says = (isPrimary: boolean, more: Partial<ClusterStatus>): Cluster => ({
      ...found,
      status: { ...status, instancesReportedState: { [primary]: { isPrimary } }, ...more },
    });
    if (isReplica(found)) {
      if (writes && status.switchReplicaClusterStatus?.inProgress !== true)
        return says(true, { switchReplicaClusterStatus: { inProgress: true } });
      if (writes)
        return says(false, {
          switchReplicaClusterStatus: {},
          demotionToken: tokenOf(status.timelineID ?? 0),
        });
      return found;
    }
    if (writes) return found;
    const token = spec.replica?.promotionToken ?? "";
    return says(true, { timelineID: (status.timelineID ?? 0) + 10, lastPromotionToken: token });
  }
}

const pair = (primary: "orders" | "orders-west"): FakeApi => {
  const api = new FakeApi();
  api.add(kinds.cluster, cluster("orders-g1", primary === "orders", 1));
  api.add(kinds.cluster, cluster("orders-west-g1", primary === "orders-west", primary === "orders" ? 0 : 2));
  return api;
};

const request = (self: string, primary: string, more: object = {}): RoleRequest => {
  const source = self === "orders" ? "orders-west" : "orders";
  return role.read(
    new RequestReader({
      namespace: "shop",
      cluster: `${self}-g1`,
      replica: { self, primary, source },
      peer: { namespace: "shop", cluster: `${source}-g1` },
      timeoutSeconds: 60,
      ...more,
    }),
  );
};

const found = (api: FakeApi, name: string): Cluster => api.objects.get(`clusters/shop/${name}`) as Cluster;

describe("operation role", () => {
  it("exchanges the roles of two when both are told at once, and leaves no token behind", async () => {
    const api = pair("orders");
    const surroundings = context(api, new Operator(api));
    await Promise.all([
      role.run(request("orders-west", "orders-west"), surroundings),
      role.run(request("orders", "orders-west"), surroundings),
    ]);
    const [orders, west] = [found(api, "orders-g1"), found(api, "orders-west-g1")];
    assert.deepEqual(orders.spec.replica, { self: "orders", primary: "orders-west", source: "orders-west" });
    assert.deepEqual(west.spec.replica, { self: "orders-west", primary: "orders-west", source: "orders" });
    assert.equal(west.status.lastPromotionToken, tokenOf(1));
    assert.equal(orders.metadata.annotations?.["cnpg.pulumi.com/promotion"], "1 orders-west");
    assert.ok(surroundings.said.includes("orders was demoted and follows the other one."));
  });

  it("writes role and token in one change, under the name by which Pulumi takes it over", async () => {
    const api = pair("orders");
    const changes: Manifest[] = [];
    api.onPatch = object => {
      changes.push(object);
      return object;
    };
    const surroundings = context(api, new Operator(api));
    await Promise.all([
      role.run(request("orders-west", "orders-west"), surroundings),
      role.run(request("orders", "orders-west"), surroundings),
    ]);
    const west = changes.filter(({ metadata }) => metadata.name === "orders-west-g1") as Cluster[];
    const stanzas = west.map(({ spec }) => [spec.replica?.primary, spec.replica?.promotionToken]);
    assert.deepEqual(stanzas, [
      ["orders-west", tokenOf(1)],
      ["orders-west", undefined],
    ]);
    const writes = api.calls.filter(call => call.startsWith("patch clusters/shop/orders-west-g1"));
    assert.ok(
      writes.every(call => call.endsWith(" as pulumi-kubernetes")),
      writes.join(),
    );
  });

  it("changes nothing where the roles are as they should be", async () => {
    for (const self of ["orders", "orders-west"]) {
      const api = pair("orders");
      const before = structuredClone(found(api, `${self}-g1`).spec);
      await role.run(request(self, "orders"), context(api, new Operator(api)));
      assert.deepEqual(found(api, `${self}-g1`).spec, before);
    }
  });

  it("goes on where a Job died after it had written role and token", async () => {
    const api = pair("orders-west");
    const west = found(api, "orders-west-g1");
    api.add(kinds.cluster, {
      ...west,
      spec: { ...west.spec, replica: { ...west.spec.replica, promotionToken: tokenOf(1) } },
      status: { ...west.status, instancesReportedState: {}, timelineID: 0 },
    } as Cluster);
    await role.run(request("orders-west", "orders-west"), context(api, new Operator(api)));
    assert.equal(found(api, "orders-west-g1").spec.replica?.promotionToken, undefined);
  });

  it("undoes an exchange of which only the demotion was made", async () => {
    const api = pair("orders");
    const surroundings = context(api, new Operator(api));
    await role.run(request("orders", "orders-west"), surroundings);
    await role.run(request("orders", "orders"), surroundings);
    const orders = found(api, "orders-g1");
    assert.equal(isReplica(orders), false);
    assert.equal(orders.status.lastPromotionToken, tokenOf(1));
    // Somebody who was late cannot answer the same demotion.
    await assert.rejects(
      role.run(request("orders-west", "orders-west", { timeoutSeconds: 5 }), surroundings),
      /gave up after 5 s, still waiting: the other instance to be demoted \(orders-g1\)/,
    );
  });

  it("refuses to undo what the other one has answered", async () => {
    const api = pair("orders");
    const surroundings = context(api, new Operator(api));
    await role.run(request("orders", "orders-west"), surroundings);
    await api.patch(kinds.cluster, "shop", "orders-g1", {
      metadata: { annotations: { "cnpg.pulumi.com/promotion": "1 orders-west" } },
    });
    await assert.rejects(
      role.run(request("orders", "orders"), surroundings),
      /orders-west was promoted in answer to this demotion/,
    );
    assert.equal(isReplica(found(api, "orders-g1")), true);
  });

  it("looks again when the demoted Cluster was changed while it was marked", async () => {
    const api = pair("orders");
    let disturbed = 0;
    api.onPatch = (object, { fieldManager }) => {
      const marked = object.metadata.annotations?.["cnpg.pulumi.com/promotion"] !== undefined;
      if (fieldManager === undefined && marked && disturbed++ === 0) throw new Error("409 modified");
      return object;
    };
    const surroundings = context(api, new Operator(api));
    await Promise.all([
      role.run(request("orders-west", "orders-west"), surroundings),
      role.run(request("orders", "orders-west"), surroundings),
    ]);
    assert.equal(disturbed, 2);
    assert.equal(isReplica(found(api, "orders-west-g1")), false);
  });

  const lacks: [string, Partial<Cluster> | undefined, RegExp][] = [
    ["is not there", undefined, /shop\/orders-west-g1 does not exist/],
    ["takes writes itself", cluster("orders-west-g1", true, 2), /takes writes itself/],
    [
      "has no server that is ready",
      { ...cluster("orders-west-g1", false, 0), status: {} },
      /has no server that is ready/,
    ],
  ];
  for (const [what, other, message] of lacks) {
    it(`demotes nobody whose successor ${what}`, async () => {
      const api = pair("orders");
      if (other === undefined) api.objects.delete("clusters/shop/orders-west-g1");
      else api.add(kinds.cluster, other as Cluster);
      await assert.rejects(
        role.run(request("orders", "orders-west"), context(api, new Operator(api))),
        message,
      );
      assert.equal(isReplica(found(api, "orders-g1")), false);
    });
  }

  it("promotes on its own without asking anybody", async () => {
    const api = pair("orders");
    const alone = { ...request("orders-west", "orders-west"), peer: undefined };
    await role.run(alone, context(api, new Operator(api)));
    assert.equal(isReplica(found(api, "orders-west-g1")), false);
    assert.equal(isReplica(found(api, "orders-g1")), false);
  });

  it("demotes nobody on its own", async () => {
    const api = pair("orders");
    const alone = { ...request("orders", "orders-west"), peer: undefined };
    await assert.rejects(role.run(alone, context(api, new Operator(api))), /nobody would take over/);
  });

  it("takes what was seen of a peer in another Kubernetes cluster for the peer", async () => {
    const api = pair("orders");
    api.objects.delete("clusters/shop/orders-g1");
    const standing = { replica: true, changing: false, timeline: 1, ready: 1, token: tokenOf(1) };
    const peer = { namespace: "shop", cluster: "orders-g1", standing };
    await role.run(request("orders-west", "orders-west", { peer }), context(api, new Operator(api)));
    assert.equal(found(api, "orders-west-g1").status.lastPromotionToken, tokenOf(1));
    assert.ok(!api.calls.some(call => call.includes("orders-g1")), api.calls.join());
  });

  it("sets and takes out a delay", async () => {
    const api = pair("orders");
    const replica = { self: "orders-west", primary: "orders", source: "orders", minApplyDelay: "1h" };
    await role.run(request("orders-west", "orders", { replica }), context(api, new Operator(api)));
    assert.equal(found(api, "orders-west-g1").spec.replica?.minApplyDelay, "1h");
    await role.run(request("orders-west", "orders"), context(api, new Operator(api)));
    assert.equal(found(api, "orders-west-g1").spec.replica?.minApplyDelay, undefined);
  });

  it("names what is wrong with a request", () => {
    const read = (change: object) => () => request("orders", "orders", change);
    assert.throws(read({ replica: undefined }), /replica is missing/);
    assert.throws(read({ replica: { self: "a", primary: "a" } }), /replica.source is missing/);
    assert.throws(read({ peer: { namespace: "shop" } }), /peer.cluster is missing/);
  });
});
