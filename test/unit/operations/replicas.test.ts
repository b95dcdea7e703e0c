import * as assert from "node:assert/strict";
import type { Manifest } from "../../../src/cnpg";
import { kinds } from "../../../src/operations/kubernetes";
import { addReplica, rebuildReplica, removeReplica } from "../../../src/operations/replica-changes";
import { listReplicas, type ListedReplicas } from "../../../src/operations/replicas";
import { context, FakeApi, FakeClock } from "./fakes";
import {
  addReplicated,
  askedServers,
  type ReplicatedChange,
  replicatedCluster,
  server,
  serverPod,
} from "./replicated-instance";

const target = { namespace: "shop", instance: "orders" };

function world(change: ReplicatedChange = {}): FakeApi {
  const api = new FakeApi();
  addReplicated(api, change);
  return api;
}

const list = (api: FakeApi, sql = askedServers()): Promise<ListedReplicas> =>
  listReplicas(target, { api, sql, clock: new FakeClock("2026-01-02T00:00:00Z") });

const shown = ({ replicas }: ListedReplicas): unknown[] =>
  replicas.map(({ id, state, lagBytes, eligible }) => [id, state, lagBytes, eligible]);

describe("listReplicas", () => {
  it("asks the primary and tells every standby", async () => {
    const listed = await list(world({ facts: { maxLagBytes: 1000 } }));
    assert.deepEqual(
      [listed.primary, listed.primaryLsn, listed.timeline, listed.maxLagBytes],
      [server(1), "0/6000100", 1, 1000],
    );
    assert.deepEqual(shown(listed), [
      [server(2), "streaming", 0, true],
      [server(3), "streaming", 0, true],
    ]);
    assert.deepEqual(listed.followers, []);
  });

  it("tells who else follows, and is no standby", async () => {
    const listed = await list(world(), askedServers({ application_name: "orders-eu-g1-1" }));
    assert.deepEqual(
      listed.followers.map(({ name }) => name),
      ["orders-eu-g1-1"],
    );
    assert.equal(listed.replicas.length, 2);
  });

  it("tells of an instance that follows another one how far it is behind that", async () => {
    const spec = { replica: { self: "orders", primary: "orders-eu", source: "orders-eu" } };
    const api = world({ spec, facts: { maxLagBytes: 100 } });
    const word = { replayed: "0/6000000", source: "0/6000100", host: "eu", streaming: true, since_ms: 7 };
    const asked = askedServers();
    const sql: typeof asked = async (namespace, pod, query) =>
      query.includes("sender_host") ? [word] : asked(namespace, pod, query);
    const { source } = await list(api, sql);
    assert.deepEqual([source?.lagBytes, source?.lagMs, source?.overLagLimit], [256, 7, true]);
    assert.equal((await list(world(), sql)).source, undefined);
  });

  it("knows the zone where it may look at nodes", async () => {
    const api = world();
    const node = {
      apiVersion: "v1",
      kind: "Node",
      metadata: { name: "node-a", labels: { "topology.kubernetes.io/zone": "eu-1" } },
    };
    api.add(kinds.node, node);
    const [standby] = (await list(api)).replicas;
    assert.deepEqual([standby?.node, standby?.zone], ["node-a", "eu-1"]);
  });

  it("tells of a standby without a pod, of one that is cloned, and of one that is fenced", async () => {
    const api = world({
      metadata: { annotations: { "cnpg.io/fencedInstances": `["${server(3)}"]` } },
      status: { instanceNames: [1, 2, 3, 4].map(server) },
    });
    api.objects.delete(`pods/shop/${server(2)}`);
    const labels = {
      "cnpg.io/cluster": "orders-g1",
      "cnpg.io/jobRole": "join",
      "cnpg.io/instanceName": server(4),
    };
    api.add(kinds.job, {
      apiVersion: "batch/v1",
      kind: "Job",
      metadata: { name: "x", namespace: "shop", labels },
    });
    const sql = async (_: string, pod: string, query: string): Promise<Record<string, unknown>[]> =>
      query.includes("pg_stat_replication")
        ? [{ lsn: "0/6000100", timeline: 1, state: null }]
        : Promise.reject(new Error(pod));
    assert.deepEqual(shown(await list(api, sql)), [
      [server(2), "stopped", undefined, false],
      [server(3), "fenced", undefined, false],
      [server(4), "cloning", undefined, false],
    ]);
  });

  it("tells what it can when the primary does not answer", async () => {
    const sql = async (_: string, _pod: string, query: string): Promise<Record<string, unknown>[]> => {
      if (query.includes("pg_stat_replication")) throw new Error("no route");
      return [{ received: "0/6000100", replayed: "0/6000000", connected: false }];
    };
    const listed = await list(world(), sql);
    assert.equal(listed.primaryUnread, "no route");
    assert.deepEqual(shown(listed)[0], [server(2), "catchingUp", undefined, true]);
    assert.equal(listed.replicas[0]?.receivedLsn, "0/6000100");
  });

  it("asks nobody of an instance that is hibernated", async () => {
    const listed = await list(world({ metadata: { annotations: { "cnpg.io/hibernation": "on" } } }), () =>
      assert.fail(),
    );
    assert.match(listed.primaryUnread ?? "", /is hibernated/);
  });
});

describe("addReplica and removeReplica", () => {
  const clock = new FakeClock();

  it("plan the argument, and change nothing", async () => {
    const api = world();
    const added = await addReplica(target, { api, clock });
    assert.deepEqual([added.arguments, added.added], [{ instances: 4 }, [server(4)]]);
    const removed = await removeReplica({ ...target, replica: server(3) }, { api, clock });
    assert.deepEqual([removed.arguments, removed.removed], [{ instances: 2 }, [server(3)]]);
    assert.deepEqual(api.calls, []);
  });

  it("give no argument for what is refused", async () => {
    const api = world({ spec: { postgresql: { synchronous: { method: "any", number: 1 } } } });
    const removed = await removeReplica(target, { api, clock });
    assert.equal(removed.refused.length, 1);
    assert.equal("arguments" in removed, false);
  });

  it("know no standby that is not there, and that the primary is none", async () => {
    const api = world();
    await assert.rejects(
      removeReplica({ ...target, replica: server(1) }, { api, clock }),
      /is the primary of orders/,
    );
    await assert.rejects(
      removeReplica({ ...target, replica: server(7) }, { api, clock }),
      /no standby orders-g1-7\. It has orders-g1-2, orders-g1-3/,
    );
  });
});

describe("rebuildReplica", () => {
  const rebuild = (api: FakeApi, replica: string, sql = askedServers()) =>
    rebuildReplica({ ...target, replica }, { ...context(api), sql });

  it("gives the standby up and waits until the new one streams", async () => {
    const api = world();
    api.onPatch = object => {
      const made = object as Manifest;
      // The operator makes it anew.
      return made.metadata.annotations?.["alpha.cnpg.io/unrecoverable"] === "true"
        ? serverPod(3, true, { uid: "another" })
        : made;
    };
    const rebuilt = await rebuild(api, server(3));
    assert.deepEqual([rebuilt.replica, rebuilt.standby.state], [server(3), "streaming"]);
    const [event] = await api.list<Manifest>(kinds.event, "shop", {});
    assert.equal(event?.reason, "ReplicaRebuilt");
  });

  const refusals: [string, (api: FakeApi) => void, string, RegExp][] = [
    ["the primary", () => undefined, server(1), /primary of orders.*Switch over first/],
    ["what is not there", () => undefined, server(9), /no standby orders-g1-9/],
    [
      "while the primary changes",
      api => api.add(kinds.cluster, replicatedCluster({ status: { targetPrimary: server(2) } })),
      server(3),
      /changes from orders-g1-1 to orders-g1-2/,
    ],
    [
      "the only one that confirms commits",
      api => {
        api.add(
          kinds.cluster,
          replicatedCluster({ spec: { postgresql: { synchronous: { method: "any", number: 2 } } } }),
        );
      },
      server(3),
      /needs 2 standbys that confirm commits.*it would have 1/,
    ],
    ["without a pod", api => api.objects.delete(`pods/shop/${server(3)}`), server(3), /has no pod/],
  ];
  for (const [what, prepare, replica, problem] of refusals) {
    it(`refuses ${what}`, async () => {
      const api = world();
      prepare(api);
      const sql = askedServers();
      const known =
        what === "without a pod"
          ? async (n: string, p: string, q: string) =>
              (await sql(n, p, q)).filter(row => row.application_name !== server(3))
          : sql;
      await assert.rejects(rebuild(api, replica, known), problem);
      assert.deepEqual(api.calls, []);
    });
  }

  it("refuses while the primary does not answer, because the copy may be the only one", async () => {
    const sql = async (): Promise<never> => Promise.reject(new Error("no route"));
    await assert.rejects(rebuild(world(), server(3), sql), /only good copy.*no route/);
  });
});
