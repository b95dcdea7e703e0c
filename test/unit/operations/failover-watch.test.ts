import * as assert from "node:assert/strict";
import type { Manifest } from "../../../src/cnpg";
import type { FailoverDecision } from "../../../src/failover/decision";
import type { FailoverStatus } from "../../../src/failover/status";
import { suspensionOf } from "../../../src/failover/suspension";
import { watchFailovers } from "../../../src/operations/failover-watch";
import { failoverHistory } from "../../../src/operations/failover-history";
import { ApiError, kinds } from "../../../src/operations/kubernetes";
import { beginMaintenance } from "../../../src/operations/maintenance";
import type { ClusterManifest } from "../../../src/operations/settle";
import { newWatchedCluster } from "../../../src/operations/watch-look";
import { FakeApi, FakeClock } from "./fakes";
import { addReplicated, type ReplicatedChange, replicatedCluster, server } from "./replicated-instance";

const target = { namespace: "shop", instance: "orders" };
const begin = "2026-01-01T12:00:00.000Z";

/** An instance and the watch that looks at it. */
class World {
  readonly api = new FakeApi();
  readonly clock = new FakeClock(begin);
  readonly said: string[] = [];
  known = newWatchedCluster();

  constructor(change: ReplicatedChange = {}) {
    addReplicated(this.api, change);
  }

  get cluster(): ClusterManifest {
    return this.api.objects.get("clusters/shop/orders-g1") as ClusterManifest;
  }

  /** What the operator writes. */
  status(status: object): void {
    const { cluster } = this;
    this.api.add(kinds.cluster, { ...cluster, status: { ...cluster.status, ...status } } as Manifest);
  }

  /** Seconds pass, then it looks. */
  async look(seconds = 15): Promise<boolean> {
    await this.clock.sleep(seconds * 1000);
    return watchFailovers(this.cluster, this.known, {
      ...this,
      say: sentence => void this.said.push(sentence),
    });
  }

  /** Another watch begins. */
  restart(): void {
    this.known = newWatchedCluster();
  }

  event(reason: string, message: string): void {
    const name = `e${this.api.objects.size}`;
    const lastTimestamp = this.clock.now().toISOString();
    const involvedObject = { kind: "Cluster", name: "orders-g1" };
    const event = {
      apiVersion: "v1",
      kind: "Event",
      metadata: { name, namespace: "shop" },
      reason,
      message,
      lastTimestamp,
      involvedObject,
    };
    this.api.add(kinds.event, event as Manifest);
  }

  /** The operator fails over. */
  failOver(from: number, to: number, timeline: number): void {
    this.event("FailingOver", `Current primary isn't healthy, initiating a failover from ${server(from)}`);
    this.event("FailoverTarget", `Failing over from ${server(from)} to ${server(to)}`);
    const at = this.clock.now().toISOString();
    this.status({
      currentPrimary: server(to),
      targetPrimary: server(to),
      currentPrimaryTimestamp: at,
      targetPrimaryTimestamp: at,
      timelineID: timeline,
    });
  }

  async told(): Promise<string[]> {
    const events = await this.api.list<Manifest>(kinds.event, "shop", {});
    return events
      .filter(({ source }) => source !== undefined)
      .map(({ type, reason }) => `${type as string} ${reason as string}`);
  }

  async message(reason: string): Promise<string> {
    const events = await this.api.list<Manifest>(kinds.event, "shop", {});
    return (events.filter(event => event.reason === reason && event.source !== undefined).at(-1)?.message ??
      "") as string;
  }

  history(): Promise<FailoverStatus[]> {
    return failoverHistory(this.api, "shop", "orders");
  }

  data(name = "orders-failovers"): Record<string, string> {
    return (this.api.objects.get(`configmaps/shop/${name}`) as unknown as { data: Record<string, string> })
      .data;
  }

  decisions(): FailoverDecision[] {
    return JSON.parse(this.data()["decisions.json"] ?? "[]") as FailoverDecision[];
  }
}

describe("the watch of failovers", () => {
  it("says nothing while nothing happens", async () => {
    const world = new World();
    assert.equal(await world.look(), false);
    const before = world.api.calls.length;
    await world.look();
    assert.deepEqual([await world.told(), world.api.calls.slice(before)], [[], []]);
  });

  it("leaves Clusters alone that serve nobody, sleep or are being deleted", async () => {
    for (const metadata of [
      { annotations: {} },
      { annotations: { "cnpg.pulumi.com/failover-policy": "{}", "cnpg.io/hibernation": "on" } },
      { annotations: { "cnpg.pulumi.com/failover-policy": "{}" }, deletionTimestamp: begin },
    ]) {
      const world = new World({ metadata, status: { instancesStatus: { healthy: [] } } });
      await world.look(1000);
      await world.look(1000);
      assert.deepEqual([await world.told(), world.api.calls], [[], []]);
    }
  });

  it("records a failover that nobody asked for, and what it lost when the former primary tells", async () => {
    const world = new World();
    await world.look();
    world.failOver(1, 2, 2);
    await world.look();
    const [record] = await world.history();
    assert.deepEqual(
      [
        record?.origin,
        record?.mode,
        record?.oldPrimaryId,
        record?.newPrimaryId,
        record?.timeline,
        record?.dataLossBytes,
      ],
      ["automatic", "forced", server(1), server(2), 2, undefined],
    );
    assert.deepEqual(await world.told(), ["Warning FailoverObserved"]);
    assert.match(
      await world.message("FailoverObserved"),
      /failed over from orders-g1-1 to orders-g1-2 within 0 s\. orders-g1-1 failed\./,
    );
    const ts = new Date(world.clock.now().getTime() + 5000).toISOString();
    const lines = [
      "Starting up pg_rewind",
      "LOG:  invalid record length at 0/8000100: x",
      "LOG:  redo done at 0/80000C8 system usage: x",
      "servers diverged at WAL location 0/8000000 on timeline 1",
    ];
    world.api.logs.set(
      `shop/${server(1)}`,
      lines.map(msg => JSON.stringify({ logger: "pg_rewind", ts, msg: `x ${msg}` })).join("\n"),
    );
    await world.look();
    const [settled] = await world.history();
    assert.deepEqual([settled?.dataLossBytes, settled?.promotionLsn], [256, "0/8000000"]);
    assert.match(
      await world.message("FailoverLoss"),
      /256 bytes of WAL of orders-g1-1 beyond 0\/8000000 never reached orders-g1-2/,
    );
    await world.look();
    assert.deepEqual(await world.told(), ["Warning FailoverObserved", "Warning FailoverLoss"]);
  });

  it("does not take the log of an older failover for that of this one", async () => {
    const world = new World();
    await world.look();
    const msg = "servers diverged at WAL location 0/7000000 on timeline 1";
    world.api.logs.set(
      `shop/${server(1)}`,
      JSON.stringify({ logger: "pg_rewind", ts: "2026-01-01T11:00:00Z", msg }),
    );
    world.failOver(1, 2, 2);
    await world.look();
    await world.look();
    assert.equal((await world.history())[0]?.dataLossBytes, undefined);
  });

  it("does not record what an operation did", async () => {
    const world = new World();
    await world.look();
    const running = {
      id: "failover-x",
      ...target,
      origin: "requested",
      state: "promotingReplica",
      startedAt: begin,
      oldPrimaryId: server(1),
      states: [],
    };
    const configMap = world.api.objects.get("configmaps/shop/orders-failovers");
    world.api.add(kinds.configMap, {
      ...configMap,
      data: { ...world.data(), "history.json": JSON.stringify([running]) },
    } as Manifest);
    world.failOver(1, 2, 2);
    await world.look();
    assert.deepEqual(
      (await world.history()).map(({ id }) => id),
      ["failover-x"],
    );
    assert.deepEqual(await world.told(), []);
  });

  it("misses nothing while it is away", async () => {
    const world = new World();
    await world.look();
    world.restart();
    world.failOver(1, 3, 2);
    await world.look();
    assert.equal((await world.history())[0]?.newPrimaryId, server(3));
  });

  it("takes the primary it finds at first as it is, and that of another generation", async () => {
    const world = new World();
    await world.look();
    world.known.seen = { cluster: "orders-g0", primary: "orders-g0-1" };
    await world.look();
    assert.deepEqual(await world.history(), []);
  });

  it("tells a switchover from a failover", async () => {
    const world = new World();
    await world.look();
    world.event(
      "SwitchingOver",
      "Current primary is running on unschedulable node a, switching over from x to y",
    );
    world.status({
      currentPrimary: server(2),
      targetPrimary: server(2),
      currentPrimaryTimestamp: world.clock.now().toISOString(),
    });
    await world.look();
    const [record] = await world.history();
    assert.deepEqual([record?.mode, record?.dataLossBytes], ["planned", 0]);
    assert.deepEqual(await world.told(), ["Normal FailoverObserved"]);
  });
});

describe("too many failovers", () => {
  const flapping = async (policy: object): Promise<World> => {
    const annotations = { "cnpg.pulumi.com/failover-policy": JSON.stringify(policy) };
    const world = new World({ metadata: { annotations } });
    await world.look();
    for (const [from, to] of [
      [1, 2],
      [2, 3],
      [3, 1],
    ] as const) {
      world.failOver(from, to, to);
      await world.look(60);
    }
    return world;
  };

  it("are told, and nothing is done", async () => {
    const world = await flapping({});
    assert.equal((await world.told()).filter(event => event === "Warning FailoverFlapping").length, 1);
    assert.equal(world.cluster.metadata.annotations?.["cnpg.io/fencedInstances"], undefined);
    assert.equal(world.decisions()[0]?.kind, "flapping");
    assert.match(world.data("orders-failover-metric").watch ?? "", /AS flapping_at/);
  });

  it("fence every server where that is asked for, once", async () => {
    const world = await flapping({ flapping: { failovers: 2, fence: true } });
    assert.equal(world.cluster.metadata.annotations?.["cnpg.io/fencedInstances"], '["*"]');
    assert.match(
      await world.message("FailoverFlapping"),
      /Every server is fenced\. .*lift the fence: kubectl annotate cluster orders-g1 --namespace shop/,
    );
    const { cluster } = world;
    const annotations = { ...cluster.metadata.annotations };
    delete annotations["cnpg.io/fencedInstances"];
    world.api.add(kinds.cluster, { ...cluster, metadata: { ...cluster.metadata, annotations } });
    await world.look();
    assert.equal(world.cluster.metadata.annotations?.["cnpg.io/fencedInstances"], undefined);
  });

  it("are fewer while the next one is held back after each", async () => {
    const annotations = { "cnpg.pulumi.com/failover-policy": '{"coolDownSeconds":300}' };
    const world = new World({ metadata: { annotations } });
    await world.look();
    world.failOver(1, 2, 2);
    await world.look();
    assert.equal(world.cluster.spec?.failoverDelay, 285);
    assert.deepEqual(suspensionOf(world.cluster)?.coolDown, {
      since: "2026-01-01T12:00:15.000Z",
      until: "2026-01-01T12:05:15.000Z",
    });
    await world.look(200);
    assert.ok(suspensionOf(world.cluster));
    await world.look(100);
    assert.deepEqual(
      [suspensionOf(world.cluster), world.cluster.spec?.failoverDelay],
      [undefined, undefined],
    );
    assert.deepEqual((await world.told()).slice(-2), ["Normal CoolDownBegun", "Normal CoolDownEnded"]);
  });
});

describe("a primary that fails and is not replaced", () => {
  const fail = { instancesStatus: { healthy: [] } };

  it("is told with the reason, again while it lasts, and when it is over", async () => {
    const world = new World();
    await world.look();
    world.status(fail);
    assert.equal(await world.look(), true);
    assert.deepEqual(await world.told(), []);
    await world.look(30);
    assert.deepEqual(await world.told(), ["Warning NoEligibleStandby"]);
    assert.match(
      await world.message("NoEligibleStandby"),
      /^orders-g1-1 does not serve since .*, and is not replaced: no standby is ready/,
    );
    await world.look(30);
    await world.look(1900);
    const [event] = await world.api.list<Manifest>(kinds.event, "shop", {});
    assert.equal(event?.count, 2);
    assert.match(world.data("orders-failover-metric").watch ?? "", /AS standstill_since/);
    world.status({ instancesStatus: { healthy: [1, 2].map(server) } });
    assert.equal(await world.look(), false);
    assert.match(await world.message("PrimaryRecovered"), /orders-g1-1 serves again/);
    assert.deepEqual(
      world.decisions().map(({ kind, until }) => [kind, until !== undefined]),
      [["noEligibleStandby", true]],
    );
    assert.equal(world.data("orders-failover-metric").watch, "{}");
  });

  it("has its record closed by the watch that comes after", async () => {
    const world = new World();
    await world.look();
    world.status(fail);
    await world.look();
    await world.look(30);
    world.restart();
    world.status({ instancesStatus: { healthy: [server(1)] } });
    await world.look();
    assert.equal(world.decisions()[0]?.until, "2026-01-01T12:01:15.000Z");
  });

  it("is told anew when the reason changes", async () => {
    const world = new World();
    await world.look();
    world.status(fail);
    await world.look(30);
    await world.look(30);
    world.status({ instancesStatus: { healthy: [server(2)] } });
    await world.look(60);
    assert.deepEqual(
      world.decisions().map(({ kind, until }) => [kind, until !== undefined]),
      [
        ["undecided", false],
        ["noEligibleStandby", true],
      ],
    );
    world.failOver(1, 2, 2);
    await world.look();
    assert.match(await world.message("PrimaryRecovered"), /was replaced by orders-g1-2/);
  });

  it("may lack a quorum", async () => {
    const synchronous = { method: "any", number: 1, failoverQuorum: true };
    const world = new World({
      spec: { postgresql: { synchronous } },
      status: { instancesStatus: { healthy: [server(2)] } },
    });
    const status = { standbyNames: [server(2), server(3)], standbyNumber: 1 };
    world.api.add(kinds.failoverQuorum, {
      apiVersion: "postgresql.cnpg.io/v1",
      kind: "FailoverQuorum",
      metadata: { name: "orders-g1", namespace: "shop" },
      status,
    } as Manifest);
    await world.look();
    await world.look(30);
    assert.deepEqual(await world.told(), ["Warning NoFailoverQuorum"]);
  });
});

describe("maintenance under the watch", () => {
  const begun = async (forSeconds?: number): Promise<World> => {
    const world = new World();
    await world.look();
    await beginMaintenance({ ...target, ...(forSeconds === undefined ? {} : { forSeconds }) }, world);
    return world;
  };

  it("ends when its time is over", async () => {
    const world = await begun(600);
    await world.look(599);
    assert.ok(suspensionOf(world.cluster));
    assert.match(world.data("orders-failover-metric").watch ?? "", /AS maintenance_since/);
    await world.look(2);
    assert.deepEqual(
      [suspensionOf(world.cluster), world.cluster.spec?.failoverDelay],
      [undefined, undefined],
    );
    assert.match(await world.message("MaintenanceEnded"), /time of the maintenance is over/);
  });

  it("is told when somebody has undone it, once", async () => {
    const world = await begun();
    world.api.add(kinds.cluster, {
      ...world.cluster,
      spec: { ...world.cluster.spec, failoverDelay: 0 },
    } as never);
    await world.look();
    await world.look();
    const [event] = (await world.api.list<Manifest>(kinds.event, "shop", {})).filter(
      ({ reason }) => reason === "MaintenanceUndone",
    );
    assert.equal(event?.count, 1);
    assert.equal(world.cluster.spec?.failoverDelay, 0);
  });

  it("gets a new pod for a primary that lost its own, without a failover", async () => {
    const world = await begun();
    const pod = world.api.objects.get(`pods/shop/${server(1)}`);
    world.status({ instancesStatus: { healthy: [2, 3].map(server) } });
    await world.look();
    const fences = (): string | undefined => world.cluster.metadata.annotations?.["cnpg.io/fencedInstances"];
    assert.equal(fences(), undefined);
    world.api.objects.delete(`pods/shop/${server(1)}`);
    assert.equal(await world.look(), true);
    assert.equal(fences(), `["${server(1)}"]`);
    await world.look(2);
    assert.equal(fences(), `["${server(1)}"]`);
    world.api.add(kinds.pod, pod as Manifest);
    await world.look(2);
    assert.equal(fences(), undefined);
    assert.deepEqual(await world.told(), ["Normal MaintenanceBegun", "Warning FailoverSuspended"]);
  });
});

describe("a watch without rights", () => {
  it("says so once, and looks at the others", async () => {
    const world = new World();
    world.api.get = () =>
      Promise.reject(new ApiError("get configmaps shop/orders-failovers", 403, "forbidden"));
    assert.equal(await world.look(), false);
    await world.look();
    assert.deepEqual(world.said, ["shop/orders-g1: get configmaps shop/orders-failovers: 403 forbidden"]);
  });

  it("looks again soon when somebody else changed the object", async () => {
    const world = new World();
    world.api.get = () => Promise.reject(new ApiError("patch", 409, "modified"));
    assert.equal(await world.look(), true);
    assert.deepEqual(world.said, []);
  });
});

it("the fixture is the Cluster of an instance that is well", () =>
  assert.equal((replicatedCluster() as ClusterManifest).status?.readyInstances, 3));
