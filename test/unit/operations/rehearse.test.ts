import * as assert from "node:assert/strict";
import { labels, type Manifest, ownAnnotations } from "../../../src/cnpg";
import { FailoverMode, OldPrimaryAction } from "../../../src/failover/request";
import { FailoverOrigin, FailoverState, type FailoverStatus } from "../../../src/failover/status";
import { failoverHistory } from "../../../src/operations/failover-history";
import { kinds } from "../../../src/operations/kubernetes";
import { RequestReader } from "../../../src/operations/operation";
import { rehearsalHistory, runRehearsal } from "../../../src/operations/rehearsal-history";
import type { RunningProbe } from "../../../src/operations/rehearsal-run";
import { rehearse, type RehearseContext, rehearseHere } from "../../../src/operations/rehearse";
import { type Attempt, AttemptOutcome } from "../../../src/rehearsal/measure";
import { rehearsalRequest } from "../../../src/rehearsal/render";
import type { RehearsalReport } from "../../../src/rehearsal/report";
import { addInstance, healthyCluster } from "./backup-fixtures";
import { FakeApi, FakeClock } from "./fakes";

const { Acknowledged, InDoubt, NotConnected } = AttemptOutcome;
const id = "rehearsal-20261128T101500Z";

type Change = Record<string, unknown>;

/** An instance `orders` of three servers, and clients that write to it every 10 ms of its clock. */
class World {
  readonly api = new FakeApi();
  readonly clock = new FakeClock("2026-11-28T10:15:00Z");
  readonly said: string[] = [];
  readonly controller = new AbortController();
  readonly #begun = this.clock.now().getTime();
  /** Milliseconds for which nothing can be written after the primary was switched or killed. */
  gapMs = 2000;
  /** Rows that the new primary does not have. */
  lost: number[] = [];
  /** What the switchover returns. */
  switched: Partial<FailoverStatus> = { state: FailoverState.Completed };
  /** Whether the instance comes back. */
  recovers = true;
  probes = 0;
  removed = 0;
  removeFails = false;
  #actedAt: number | undefined;

  constructor(instances = 3) {
    const cluster = healthyCluster();
    Object.assign(cluster.spec, { instances });
    Object.assign(cluster.status, { readyInstances: instances });
    addInstance(this.api, cluster);
    for (const name of ["orders-rehearsals", "orders-failovers", "orders-failover-metric"]) {
      const metadata = { name, namespace: "shop", resourceVersion: "1" };
      this.api.add(kinds.configMap, { apiVersion: "v1", kind: "ConfigMap", metadata, data: {} });
    }
    for (let n = 1; n <= instances; n++) this.addPod(n);
    const remove = this.api.delete.bind(this.api);
    this.api.delete = async (kind, namespace, name, options) => {
      await remove(kind, namespace, name, options);
      this.act(`orders-g1-${instances > 1 ? 2 : 1}`);
    };
    const { sleep } = this.clock;
    this.clock.sleep = async milliseconds => {
      await sleep(milliseconds);
      this.proceed();
    };
  }

  addPod(number: number): void {
    const name = `orders-g1-${number}`;
    const own = { [labels.cluster]: "orders-g1", [labels.podRole]: "instance" };
    const status = { conditions: [{ type: "Ready", status: "True" }] };
    const metadata = { name, namespace: "shop", labels: own };
    this.api.add(kinds.pod, { apiVersion: "v1", kind: "Pod", metadata, status });
  }

  changeStatus(change: Change): void {
    const cluster = this.api.objects.get("clusters/shop/orders-g1") as Manifest & { status: Change };
    Object.assign(cluster.status, change);
  }

  act(newPrimary: string): void {
    this.#actedAt = this.now();
    this.changeStatus({ phase: "Failing over", targetPrimary: newPrimary, currentPrimary: newPrimary });
  }

  /** What CloudNativePG does meanwhile. */
  proceed(): void {
    if (this.#actedAt === undefined || !this.recovers || this.now() < this.#actedAt + 2 * this.gapMs) return;
    this.changeStatus({ phase: "Cluster in healthy state" });
    this.addPod(1);
  }

  now(): number {
    return this.clock.now().getTime() - this.#begun;
  }

  /** A write every 10 ms; one was sent when the session broke, and then none could be had. */
  attempts(): Attempt[] {
    const list: Attempt[] = [];
    const acted = this.#actedAt ?? Infinity;
    for (let begin = 0; begin + 2 < this.now(); begin += 10) {
      const outcome =
        begin < acted
          ? Acknowledged
          : begin >= acted + this.gapMs
            ? Acknowledged
            : begin < acted + 10
              ? InDoubt
              : NotConnected;
      const reason = outcome === InDoubt ? "57P01" : "ECONNREFUSED";
      list.push({
        begin,
        end: begin + 2,
        outcome,
        ...(outcome === NotConnected ? {} : { id: begin / 10 + 1 }),
        ...(outcome === Acknowledged ? {} : { reason }),
      });
    }
    return list;
  }

  probe(): RunningProbe {
    this.probes += 1;
    const lastWrite = (): number | undefined =>
      this.attempts().findLast(({ outcome }) => outcome === Acknowledged)?.end;
    return {
      now: () => this.now(),
      timeOf: moment => new Date(this.#begun + moment),
      get lastWrite() {
        return lastWrite();
      },
      longestGapMs: async () => this.gapMs,
      stop: async () => {
        const log = { attempts: this.attempts(), until: this.now() };
        return { writes: log, reads: log, readOnlyReads: { ...log, attempts: log.attempts.slice(0, 5) } };
      },
      found: async () =>
        new Set(
          this.attempts().flatMap(({ outcome, id: row }) =>
            row === undefined || this.lost.includes(row) || outcome === NotConnected ? [] : [row],
          ),
        ),
      remove: async () => {
        if (this.removeFails) throw new Error("the server is gone");
        this.removed += 1;
      },
    };
  }

  async run(more: Change = {}): Promise<RehearsalReport> {
    const endpoint = { host: "orders.shop.svc", port: 5432, database: "app", caFile: "/ca.crt" };
    const rehearsal = rehearsalRequest({ instances: 3, readOnlyHost: "orders-ro.shop.svc" }, {});
    const request = rehearse.read(
      new RequestReader({ namespace: "shop", instance: "orders", endpoint, rehearsal, ...more }),
    );
    const context: RehearseContext = {
      api: this.api,
      clock: this.clock,
      say: sentence => void this.said.push(sentence),
      signal: this.controller.signal,
      job: "orders-rehearsals-1",
      beginProbe: async () => this.probe(),
      switchOver: async ({ reason, origin }) => {
        this.act("orders-g1-2");
        return { ...switchover, ...this.switched, reason, origin };
      },
    };
    return rehearseHere(request, context);
  }

  async events(): Promise<string[]> {
    const events = await this.api.list<Manifest & { reason: string; type: string; message: string }>(
      kinds.event,
      "shop",
      {},
    );
    return events.map(({ type, reason, message }) => `${type} ${reason} ${message}`);
  }

  data(name: string): Record<string, string> {
    return (this.api.objects.get(`configmaps/shop/${name}`) as Manifest & { data: Record<string, string> })
      .data;
  }
}

const switchover: FailoverStatus = {
  id: "failover-20261128T101503Z",
  namespace: "shop",
  instance: "orders",
  state: FailoverState.Completed,
  startedAt: "2026-11-28T10:15:03.000Z",
  completedAt: "2026-11-28T10:15:05.000Z",
  oldPrimaryId: "orders-g1-1",
  newPrimaryId: "orders-g1-2",
  mode: FailoverMode.Planned,
  origin: FailoverOrigin.Rehearsed,
  oldPrimaryAction: OldPrimaryAction.ConvertToReplica,
  states: [],
};

describe("a rehearsal of a switchover", () => {
  it("measures what clients noticed, keeps the report and takes everything away", async () => {
    const world = new World();
    const report = await world.run();
    assert.equal(report.outcome, "succeeded", report.reason);
    assert.deepEqual([report.id, report.kind, report.via], [id, "switchover", "primary"]);
    assert.deepEqual([report.oldPrimary, report.newPrimary], ["orders-g1-1", "orders-g1-2"]);
    assert.equal(report.failoverId, switchover.id);
    assert.deepEqual(report.baseline, {
      acknowledged: 300,
      gapMs: 10,
      latencyMs: { median: 2, p95: 2, p99: 2, max: 2 },
    });
    const { writes } = report;
    assert.equal(writes?.gapMs, 2010);
    assert.equal(writes?.gapBegan, "2026-11-28T10:15:02.992Z");
    assert.deepEqual([writes?.failedStatements, writes?.inDoubt, writes?.inDoubtFound], [1, 1, 1]);
    assert.deepEqual([writes?.lost, writes?.lostIds], [0, []]);
    assert.deepEqual(writes?.reasons, { "57P01": 1, ECONNREFUSED: 199 });
    assert.equal(report.readOnlyReads?.gapEnded, false, "nothing more was answered there");
    assert.equal(report.wholeAfterSeconds, 4);
    assert.equal(report.leftovers, undefined);
    assert.equal(world.removed, 1);
    assert.deepEqual(await rehearsalHistory(world.api, "shop", "orders"), [report]);
    assert.equal(world.data("orders-rehearsals")["running.json"], undefined);
  });

  it("leaves a metric and an Event", async () => {
    const world = new World();
    await world.run();
    const metric = world.data("orders-failover-metric").rehearsals ?? "";
    assert.match(metric, /'orders' AS rehearsed_instance, 'switchover' AS kind, 1 AS succeeded/);
    assert.match(metric, /2\.01 AS write_gap_seconds/);
    assert.deepEqual(await world.events(), [
      `Normal FailoverRehearsalSucceeded ${id} (switchover): writes paused for 2010 ms, 1 of them failed, 0 are lost`,
    ]);
  });

  it("fails when a limit is broken, with its name", async () => {
    const world = new World();
    const limits = { maxWriteGapMs: 1500, maxFailedStatements: 0 };
    const rehearsal = rehearsalRequest({ instances: 3, readOnlyHost: "orders-ro.shop.svc" }, { limits });
    const report = await world.run({ rehearsal });
    assert.equal(
      report.reason,
      "Writes paused for 2010 ms; at most 1500 ms are allowed. 1 writes were sent and not acknowledged; at most 0 are allowed.",
    );
    assert.match((await world.events())[0] ?? "", /^Warning FailoverRehearsalFailed/);
    assert.match(world.data("orders-failover-metric").rehearsals ?? "", /0 AS succeeded/);
  });

  it("fails when an acknowledged write is lost, and names the row", async () => {
    const world = new World();
    world.lost = [7, 250];
    const report = await world.run();
    assert.equal(report.reason, "2 acknowledged writes are lost; at most 0 are allowed.");
    assert.deepEqual(report.writes?.lostIds, [7, 250]);
  });

  it("fails with the reason of the switchover, and measures what was until then", async () => {
    const world = new World();
    world.switched = { state: FailoverState.Failed, failureReason: "no standby follows" };
    const report = await world.run();
    assert.match(report.reason ?? "", /^Switchover failover-\S+ failed: no standby follows/);
    assert.equal(report.baseline?.acknowledged, 300);
    assert.equal(world.removed, 1);
  });

  it("fails when the instance does not come back in time", async () => {
    const world = new World();
    world.recovers = false;
    const report = await world.run();
    assert.match(report.reason ?? "", /gave up after 600 s, still waiting: .*phase "Failing over"/);
    assert.equal(world.removed, 1);
    assert.equal(report.writes?.lost, 0);
  });

  it("says what it could not remove", async () => {
    const world = new World();
    world.removeFails = true;
    const report = await world.run();
    assert.deepEqual(report.leftovers, ["schema pulumi_cnpg_rehearsal"]);
    assert.equal(report.outcome, "succeeded");
  });

  it("removes everything and says so when it is told to stop", async () => {
    const world = new World();
    world.recovers = false;
    const { sleep } = world.clock;
    let sleeps = 0;
    world.clock.sleep = async milliseconds => {
      sleeps += 1;
      if (sleeps === 5) world.controller.abort();
      await sleep(milliseconds);
    };
    const report = await world.run();
    assert.match(report.reason ?? "", /^It was told to stop before its end\./);
    assert.equal(world.removed, 1);
    assert.equal(world.data("orders-rehearsals")["running.json"], undefined);
  });
});

describe("a rehearsal of a failure", () => {
  it("kills the primary's pod without grace, and records it as rehearsed", async () => {
    const world = new World();
    const report = await world.run({ kind: "kill" });
    assert.equal(report.outcome, "succeeded", report.reason);
    assert.ok(world.api.calls.includes("delete pods/shop/orders-g1-1 within 0 s"));
    const [record, ...others] = await failoverHistory(world.api, "shop", "orders");
    assert.deepEqual(others, []);
    const { state, mode, origin, oldPrimaryId, newPrimaryId, writeGapMs, reason } = record as FailoverStatus;
    assert.deepEqual(
      { state, mode, origin, oldPrimaryId, newPrimaryId, writeGapMs, reason },
      {
        state: "completed",
        mode: "forced",
        origin: "rehearsed",
        oldPrimaryId: "orders-g1-1",
        newPrimaryId: "orders-g1-2",
        writeGapMs: 2010,
        reason: id,
      },
    );
    assert.equal(report.failoverId, record?.id);
  });

  it("needs no standby, and is no failover then", async () => {
    const world = new World(1);
    const report = await world.run({ kind: "kill" });
    assert.equal(report.outcome, "succeeded", report.reason);
    assert.deepEqual(await failoverHistory(world.api, "shop", "orders"), []);
    assert.equal(report.failoverId, undefined);
  });

  it("ends its record as failed when nobody else became primary", async () => {
    const world = new World();
    const act = world.act.bind(world);
    world.act = () => act("orders-g1-1");
    await world.run({ kind: "kill" });
    const [record] = await failoverHistory(world.api, "shop", "orders");
    assert.deepEqual(
      [record?.state, record?.failureReason],
      ["failed", "The former primary was back before another one was promoted."],
    );
  });
});

describe("a rehearsal is refused", () => {
  async function refused(world: World, more: Change = {}): Promise<string> {
    let message = "";
    await assert.rejects(
      async () => void (await world.run(more)),
      (error: Error) => ((message = error.message), true),
    );
    assert.equal(world.probes, 0, "nothing was written");
    assert.deepEqual(await rehearsalHistory(world.api, "shop", "orders"), []);
    return message;
  }

  it("without a standby to switch over to", async () => {
    assert.equal(
      await refused(new World(1)),
      'shop/orders has no standby to switch over to. Set instances to 2 or more, or rehearse "kill".',
    );
  });

  it("while the instance is not whole", async () => {
    const missing = new World();
    missing.api.objects.delete("pods/shop/orders-g1-3");
    assert.match(await refused(missing), /^2 of 3 instances .* rehearsed when it is whole/);
    const busy = new World();
    busy.changeStatus({ phase: "Upgrading cluster" });
    assert.match(await refused(busy, { kind: "kill" }), /is not healthy \(phase "Upgrading cluster"\)/);
  });

  it("while a failover runs", async () => {
    const world = new World();
    const running = { ...switchover, completedAt: undefined };
    world.data("orders-failovers")["history.json"] = JSON.stringify([
      { ...running, job: "orders-failover-1" },
    ]);
    const metadata = { name: "orders-failover-1", namespace: "shop" };
    world.api.add(kinds.job, { apiVersion: "batch/v1", kind: "Job", metadata, status: { active: 1 } });
    assert.match(await refused(world), /^Failover failover-20261128T101503Z of shop\/orders runs\./);
    world.api.objects.delete("jobs/shop/orders-failover-1");
    assert.equal((await world.run()).outcome, "succeeded", "what a killed one left is no hindrance");
  });

  it("while failover is held back", async () => {
    const held = (reasons: object): World => {
      const world = new World();
      const { metadata } = world.api.objects.get("clusters/shop/orders-g1") as Manifest;
      const suspension = { delay: 3600, before: {}, ...reasons };
      metadata.annotations = { [ownAnnotations.suspension]: JSON.stringify(suspension) };
      return world;
    };
    const since = "2026-11-28T10:00:00Z";
    assert.match(
      await refused(held({ maintenance: { since, reason: "new disks" } }), { kind: "kill" }),
      /is in maintenance until somebody ends the maintenance: new disks\. End it with pulumi-cnpg maintenance off/,
    );
    const coolDown = { since, until: "2026-11-28T10:20:00Z" };
    assert.match(await refused(held({ coolDown })), /fails over to nobody until 2026-11-28T10:20:00Z/);
  });

  it("while another rehearsal runs, and not because of one that was killed", async () => {
    const world = new World();
    const running = JSON.stringify({ id: "rehearsal-20261128T101000Z", job: "orders-rehearsals-0" });
    world.data("orders-rehearsals")["running.json"] = running;
    const metadata = { name: "orders-rehearsals-0", namespace: "shop" };
    world.api.add(kinds.job, { apiVersion: "batch/v1", kind: "Job", metadata, status: { active: 1 } });
    assert.match(
      await refused(world),
      /^Rehearsal rehearsal-20261128T101000Z of shop\/orders runs: Job orders-rehearsals-0\./,
    );
    assert.equal(world.data("orders-rehearsals")["running.json"], running, "its claim stands");
    world.api.objects.delete("jobs/shop/orders-rehearsals-0");
    assert.equal((await world.run()).outcome, "succeeded");
  });
});

describe("the request of a rehearsal", () => {
  const endpoint = { host: "orders.shop.svc", database: "app", caFile: "/ca.crt" };
  const rehearsal = {
    kind: "switchover",
    via: "primary",
    readOnlyHost: "orders-ro.shop.svc",
    limits: { maxWriteGapMs: 5 },
  };
  const read = (more: Change): ReturnType<typeof rehearse.read> =>
    rehearse.read(new RequestReader({ namespace: "shop", instance: "orders", endpoint, rehearsal, ...more }));

  it("is that of the template, and what was asked for now wins", () => {
    assert.deepEqual(read({}), {
      namespace: "shop",
      instance: "orders",
      endpoint: { ...endpoint, port: 5432 },
      rehearsal: { ...rehearsal, intervalMs: 10, settleSeconds: 10, timeoutSeconds: 600, history: 10 },
    });
    const { kind, via } = read({ kind: "kill", via: "pooler" }).rehearsal;
    assert.deepEqual([kind, via], ["kill", "pooler"]);
  });

  it("names the member that is wrong", () => {
    assert.throws(() => read({ kind: "x" }), /request: kind must be one of switchover, kill/);
    assert.throws(() => read({ rehearsal: undefined }), /request: rehearsal must be an object/);
    assert.throws(
      () => read({ rehearsal: { ...rehearsal, limits: { maxLostWrites: -1 } } }),
      /request: rehearsal\.limits\.maxLostWrites must be a whole number from 0/,
    );
  });
});

describe("rehearsing from outside", () => {
  it("runs operation rehearse from the template of failovers", async () => {
    const api = new FakeApi();
    await assert.rejects(
      runRehearsal(
        { api, clock: new FakeClock(), say: () => undefined },
        { namespace: "shop", instance: "orders", timeoutSeconds: 1 },
      ),
      /There is no CronJob shop\/orders-failover to run this from/,
    );
  });
});
