import * as assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { join, resolve } from "node:path";
import { InstanceRole, labels, type Manifest } from "../../../src/cnpg";
import { FailoverMode, OldPrimaryAction } from "../../../src/failover/request";
import { FailoverOrigin, FailoverState, type FailoverStatus } from "../../../src/failover/status";
import {
  failover,
  type FailoverContext,
  FailoverRefused,
  planFailover,
  type WantedFailover,
} from "../../../src/operations/failover";
import { recordFailover } from "../../../src/operations/failover-history";
import { ApiError, kinds } from "../../../src/operations/kubernetes";
import { namespace } from "./backup-fixtures";
import { FailoverWorld } from "./failover-world";

const [one, two, three] = ["orders-g1-1", "orders-g1-2", "orders-g1-3"];

const run = (
  world: FailoverWorld,
  more: Partial<WantedFailover> & { origin?: FailoverOrigin } = {},
  context: Partial<FailoverContext> = {},
): Promise<FailoverStatus> => failover({ namespace, instance: "orders", ...more }, world.context(context));

const statesOf = ({ states }: FailoverStatus): string[] => states.map(({ state }) => state);

const root = resolve(__dirname, "../../../..");
const logOf = (name: string): string =>
  readFileSync(join(root, "test/unit/failover/logs", `${name}.jsonl`), "utf8");

/** What a former primary that sent everything writes when it comes back. */
const nothingLost = (at: string): string =>
  [
    JSON.stringify({ logger: "instance-manager", reason: "before pg_rewind", msg: "" }),
    JSON.stringify({
      logger: "pg_rewind",
      msg: `pg_rewind: servers diverged at WAL location ${at} on timeline 1`,
    }),
    JSON.stringify({ logger: "pg_rewind", msg: "pg_rewind: no rewind required" }),
  ].join("\n");

async function refusalOf(work: Promise<unknown>): Promise<FailoverRefused> {
  try {
    await work;
  } catch (error) {
    assert.ok(error instanceof FailoverRefused, String(error));
    return error;
  }
  throw new Error("it was not refused");
}

describe("a switchover", () => {
  it("passes through every state, and its record and Events tell of them", async () => {
    const world = new FailoverWorld();
    world.log = nothingLost("0/5000000");
    const status = await run(world, { reason: "node maintenance" });
    assert.equal(status.failureReason, undefined);
    assert.deepEqual(statesOf(status), [
      "waitingForSync",
      "fencingPrimary",
      "promotingReplica",
      "updatingRouting",
      "cleaningUpOldPrimary",
      "completed",
    ]);
    assert.equal(world.primary, two);
    assert.deepEqual(world.history, [status]);
    const { id, oldPrimaryId, newPrimaryId, mode, origin, oldPrimaryAction, reason } = status;
    assert.deepEqual(
      { id, oldPrimaryId, newPrimaryId, mode, origin, oldPrimaryAction, reason },
      {
        id: "failover-20261128T101500Z",
        oldPrimaryId: one,
        newPrimaryId: two,
        mode: "planned",
        origin: "requested",
        oldPrimaryAction: "convertToReplica",
        reason: "node maintenance",
      },
    );
    assert.equal(status.primaryLsn, "0/5000000");
    assert.equal(status.promotionLsn, "0/5000000");
    assert.equal(status.timeline, 2);
    assert.equal(status.replicationLagAtStart, 0);
    assert.equal(status.dataLossBytes, 0);
    const times = status.states.map(({ at }) => at);
    assert.deepEqual(times, [...times].sort());
    assert.equal(status.completedAt, times.at(-1));
    assert.deepEqual(world.events, ["SwitchoverStarted", "PrimaryChanged", "SwitchoverCompleted"]);
  });

  it("asks for the other primary as kubectl cnpg promote does, against what was read", async () => {
    const world = new FailoverWorld();
    let asked: Manifest | undefined;
    const { onPatch } = world.api;
    world.api.onPatch = (changed, options) => {
      if (changed.kind === "Cluster") asked ??= structuredClone(changed);
      return onPatch(changed, options);
    };
    await run(world);
    assert.ok(world.api.calls.includes(`patch clusters/shop/orders-g1/status`));
    const { status } = asked as Manifest & { status: Record<string, unknown> };
    assert.equal(status.targetPrimary, two);
    assert.equal(status.phase, "Switchover in progress");
    assert.equal(status.phaseReason, `Switching over to ${two}`);
    assert.match(String(status.targetPrimaryTimestamp), /^2026-11-28T10:15:\d\d\.\d{6}Z$/);
    const conditions = status.conditions as { type: string; status: string }[];
    assert.deepEqual(
      conditions.map(({ type, status: value }) => [type, value]),
      [
        ["Ready", "False"],
        ["ContinuousArchiving", "True"],
      ],
    );
  });

  it("writes checkpoints before, and waits until the standby has replayed what the primary had written", async () => {
    const world = new FailoverWorld();
    const behind = world.server(two);
    Object.assign(world.server(one), { received: 0x5001000 });
    Object.assign(world.server(three), { streams: false });
    world.api.after(20, () => Object.assign(behind, { received: 0x5001000, replayed: 0x5001000 }));
    const status = await run(world);
    assert.equal(status.state, FailoverState.Completed);
    assert.equal(status.replicationLagAtStart, 0x1000);
    const [sync, fencing] = status.states;
    assert.ok(Date.parse(fencing?.at ?? "") - Date.parse(sync?.at ?? "") >= 20_000);
    for (const pod of [one, two])
      assert.ok(
        world.commands.some(text => text.startsWith(`${pod}:`) && text.includes("CHECKPOINT")),
        pod,
      );
    assert.ok(world.said.some(text => text.includes(`${two} to replay 0/5001000, 4096 bytes from here`)));
  });

  it("ends with nothing changed when the standby does not catch up in time", async () => {
    const world = new FailoverWorld();
    Object.assign(world.server(one), { received: 0x5001000 });
    const status = await run(world, { syncTimeout: 5 });
    assert.deepEqual(statesOf(status), ["waitingForSync", "failed"]);
    assert.match(status.failureReason ?? "", /^Nothing was changed: gave up after 5 s/);
    assert.equal(world.primary, one);
    assert.ok(!world.api.calls.includes("patch clusters/shop/orders-g1/status"));
    assert.deepEqual(world.events, ["SwitchoverFailed"]);
    assert.equal(world.history[0]?.state, "failed");
  });

  it("does not wait when that is not wanted", async () => {
    const world = new FailoverWorld();
    Object.assign(world.server(one), { received: 0x5001000 });
    const status = await run(world, { waitForSync: false });
    assert.equal(status.state, FailoverState.Completed);
    assert.equal(statesOf(status)[0], "fencingPrimary");
    assert.ok(!world.commands.some(text => text.includes("CHECKPOINT")));
  });

  it("honours its target, and moves the Services before the operator does", async () => {
    const world = new FailoverWorld();
    const status = await run(world, { targetReplicaId: three });
    assert.equal(status.newPrimaryId, three);
    assert.equal(world.primary, three);
    const roles = [one, two, three].map(name => world.pod(name)?.metadata.labels?.[labels.instanceRole]);
    assert.deepEqual(roles, [InstanceRole.replica, InstanceRole.replica, InstanceRole.primary]);
  });

  it("ends with a write through the endpoint, tried until it works", async () => {
    const world = new FailoverWorld();
    let tries = 0;
    const tryWrite = async (): Promise<void> => {
      tries += 1;
      if (tries < 4) throw new Error("cannot execute pg_current_xact_id() during recovery");
    };
    const status = await run(world, {}, { tryWrite });
    assert.equal(status.state, FailoverState.Completed);
    assert.equal(tries, 4);
    const never = new FailoverWorld();
    const failed = await run(never, {}, { tryWrite: () => Promise.reject(new Error("no route")) });
    assert.match(failed.failureReason ?? "", /^orders-g1-2 is primary, but: gave up after 60 s.*no route/);
  });

  it("gives the pooler its turn before and after, and asks the probe", async () => {
    const world = new FailoverWorld();
    const order: string[] = [];
    const status = await run(
      world,
      {},
      {
        beforeSwitch: async begun => void order.push(`before ${begun.state} ${world.primary}`),
        afterSwitch: async begun => void order.push(`after ${begun.state} ${world.primary}`),
        probe: { longestGapMs: async () => 1234 },
      },
    );
    assert.deepEqual(order, [`before waitingForSync ${one}`, `after updatingRouting ${two}`]);
    assert.equal(status.writeGapMs, 1234);
  });

  it("changes nothing when what comes before fails, and resumes when the switch does", async () => {
    const world = new FailoverWorld();
    let resumed = false;
    const status = await run(
      world,
      {},
      {
        beforeSwitch: () => Promise.reject(new Error("the pooler does not pause")),
        afterSwitch: async () => void (resumed = true),
      },
    );
    assert.equal(status.failureReason, "Nothing was changed: the pooler does not pause");
    assert.equal(resumed, false);
    assert.equal(world.primary, one);
    const stuck = new FailoverWorld();
    stuck.stuck = true;
    await run(
      stuck,
      {},
      { beforeSwitch: async () => undefined, afterSwitch: async () => void (resumed = true) },
    );
    assert.equal(resumed, true);
  });

  it("fails when the primary does not stop, and says how to end it", async () => {
    const world = new FailoverWorld();
    world.stuck = true;
    const status = await run(world);
    assert.equal(status.state, FailoverState.Failed);
    assert.match(
      status.failureReason ?? "",
      /orders-g1-1 to stop.*mode forced puts an end to it.*asked to stop/,
    );
    assert.deepEqual(world.events, ["SwitchoverStarted", "SwitchoverFailed"]);
  });

  it("fails at once when the operator gives the target up", async () => {
    const world = new FailoverWorld();
    world.api.after(1, () => world.setStatus({ targetPrimary: one }));
    const status = await run(world, { waitForSync: false });
    assert.match(status.failureReason ?? "", /gave orders-g1-2 up; orders-g1-1 stays primary/);
    assert.ok(world.clock.now().getTime() < Date.parse("2026-11-28T10:15:30Z"));
  });

  it("notices that the primary is another one since it was asked", async () => {
    const world = new FailoverWorld();
    const status = await run(
      world,
      {},
      { beforeSwitch: async () => world.setStatus({ currentPrimary: three, targetPrimary: three }) },
    );
    assert.match(status.failureReason ?? "", /^Nothing was changed: The primary is orders-g1-3 now/);
  });

  it("tries again when the operator writes at the same moment, and does not mind a record that cannot be written", async () => {
    const world = new FailoverWorld();
    let conflicts = 3;
    const { onPatch } = world.api;
    world.api.onPatch = (changed, options) => {
      if (changed.kind === "Cluster" && conflicts > 0) {
        conflicts -= 1;
        throw new ApiError("patch", 409, "the object has been modified");
      }
      const data = (changed as { data?: Record<string, string> }).data ?? {};
      if (
        data["history.json"]?.includes("promotingReplica") === true &&
        !data["history.json"].includes("completed")
      )
        throw new ApiError("patch", 500, "etcd is busy");
      return onPatch(changed, options);
    };
    const status = await run(world);
    assert.equal(status.state, FailoverState.Completed);
    assert.ok(
      world.said.some(text => /record of failover-\S+ could not be written: .*etcd is busy/.test(text)),
    );
    assert.equal(world.history[0]?.state, "completed");
  });

  it("writes an end when it is told to stop", async () => {
    const world = new FailoverWorld();
    const controller = new AbortController();
    Object.assign(world.server(one), { received: 0x5001000 });
    world.api.after(3, () => controller.abort());
    const status = await run(world, {}, { signal: controller.signal });
    assert.equal(status.failureReason, "Nothing was changed: It was told to stop.");
    assert.equal(world.history[0]?.state, "failed");
  });
});

describe("what becomes of the former primary", () => {
  it("waits until it streams again", async () => {
    const world = new FailoverWorld();
    const status = await run(world);
    const [cleaning, completed] = status.states.slice(-2);
    assert.ok(Date.parse(completed?.at ?? "") - Date.parse(cleaning?.at ?? "") >= 4000);
    assert.equal(world.server(one).streams, true);
    // Its log does not tell.
    assert.equal(status.dataLossBytes, undefined);
  });

  it("fails, with the primary changed, when it does not come back", async () => {
    const world = new FailoverWorld();
    world.lost = true;
    const failed = await run(world);
    assert.equal(failed.state, FailoverState.Failed);
    assert.equal(world.primary, two);
    assert.match(
      failed.failureReason ?? "",
      /^orders-g1-2 is primary, but: gave up after 600 s.*orders-g1-1 to be ready/,
    );
  });

  it("is fenced, with those that are fenced already", async () => {
    const world = new FailoverWorld();
    world.log = nothingLost("0/5000000");
    const metadata = {
      ...world.cluster.metadata,
      annotations: { "cnpg.io/fencedInstances": `["${three}"]` },
    };
    world.api.add(kinds.cluster, { ...world.cluster, metadata });
    const status = await run(world, { oldPrimaryAction: OldPrimaryAction.StopAndRetain });
    assert.equal(status.state, FailoverState.Completed);
    assert.equal(world.cluster.metadata.annotations?.["cnpg.io/fencedInstances"], `["${one}","${three}"]`);
    assert.equal(world.server(one).runs, false);
    assert.ok(world.pod(one) !== undefined);
    assert.equal(status.dataLossBytes, 0);
  });

  it("is cloned anew over new volumes, after its log was read", async () => {
    const world = new FailoverWorld();
    world.log = nothingLost("0/5000000");
    const before = [world.pod(one), claimOf(world)].map(object => object?.metadata.uid);
    const status = await run(world, { oldPrimaryAction: OldPrimaryAction.Terminate });
    assert.equal(status.state, FailoverState.Completed);
    const after = [world.pod(one), claimOf(world)].map(object => object?.metadata.uid);
    assert.notEqual(after[0], before[0]);
    assert.notEqual(after[1], before[1]);
    assert.equal(world.pod(one)?.metadata.annotations, undefined);
    assert.equal(status.dataLossBytes, 0);
    assert.equal(world.api.calls.filter(call => call === `patch pods/shop/${one}`).length, 1);
  });
});

function claimOf(world: FailoverWorld): Manifest | undefined {
  return world.api.objects.get(`persistentvolumeclaims/shop/${one}`);
}

describe("a failover without the primary", () => {
  const forced = { mode: FailoverMode.Forced };

  it("kills a primary that hangs, takes its lease and measures what was lost", async () => {
    const world = new FailoverWorld();
    Object.assign(world.server(one), { answers: false, received: 0x5024000 });
    world.log = logOf("killed").replaceAll("0/F000000", "0/5000000").replaceAll("0/F023C68", "0/5023C68");
    const status = await run(world, { ...forced, reason: "it hangs" });
    assert.equal(status.failureReason, undefined);
    assert.deepEqual(statesOf(status), [
      "fencingPrimary",
      "promotingReplica",
      "updatingRouting",
      "cleaningUpOldPrimary",
      "completed",
    ]);
    assert.equal(world.primary, two);
    assert.equal(status.dataLossBytes, 0x23c68);
    assert.equal(status.replicationLagAtStart, undefined);
    assert.equal(status.primaryLsn, undefined);
    assert.ok(world.api.calls.includes(`delete pods/shop/${one} within 1 s`));
    assert.ok(world.api.calls.includes("patch leases/shop/orders-g1"));
    assert.deepEqual(world.events, ["FailoverStarted", "PrimaryChanged", "FailoverCompleted"]);
    const [begun, promoting] = status.states;
    assert.ok(Date.parse(promoting?.at ?? "") - Date.parse(begun?.at ?? "") < 5000);
    assert.ok(seconds(status) < 10, `${seconds(status)} s`);
  });

  it("leaves the lease to run out when the node does not confirm the pod's end", async () => {
    const world = new FailoverWorld();
    Object.assign(world.server(one), { answers: false });
    world.nodeLost = true;
    const status = await run(world, forced);
    assert.equal(status.state, FailoverState.Completed);
    assert.ok(world.api.calls.includes(`delete pods/shop/${one} within 0 s`));
    assert.ok(!world.api.calls.includes("patch leases/shop/orders-g1"));
    assert.ok(seconds(status) > 30, `${seconds(status)} s`);
  });

  it("chooses anew when another standby received more at the last moment, but not against a given target", async () => {
    const world = new FailoverWorld();
    Object.assign(world.server(one), { answers: false });
    world.lastWrites = { [three]: 800 };
    const status = await run(world, forced);
    assert.equal(status.newPrimaryId, three);
    assert.equal(world.primary, three);
    const given = new FailoverWorld();
    Object.assign(given.server(one), { answers: false });
    given.lastWrites = { [three]: 800 };
    assert.equal((await run(given, { ...forced, targetReplicaId: two })).newPrimaryId, two);
  });

  it("ends a change of the primary that does not come to its end by itself", async () => {
    const world = new FailoverWorld();
    Object.assign(world.server(one), { answers: false });
    world.setStatus({
      targetPrimary: two,
      targetPrimaryTimestamp: "2026-11-28T10:10:00.000000Z",
      phase: "Failing over",
    });
    assert.match((await refusalOf(run(world))).message, /after 60 s mode forced puts an end to it/);
    const status = await run(world, { ...forced, targetReplicaId: three });
    assert.equal(status.state, FailoverState.Completed);
    assert.equal(world.primary, three);
  });
});

const seconds = ({ startedAt, states }: FailoverStatus): number => {
  const routed = states.find(({ state }) => state === FailoverState.UpdatingRouting)?.at ?? "";
  return (Date.parse(routed) - Date.parse(startedAt)) / 1000;
};

describe("a failover that is refused", () => {
  it("changes and records nothing but an Event", async () => {
    const world = new FailoverWorld();
    const { message, plan } = await refusalOf(run(world, { targetReplicaId: one }));
    assert.match(message, /is the primary already/);
    assert.equal(plan.oldPrimaryId, one);
    assert.deepEqual(world.history, []);
    assert.deepEqual(world.events, ["SwitchoverRefused"]);
    await refusalOf(run(world, { targetReplicaId: one, mode: FailoverMode.Forced }));
    assert.deepEqual(world.events, ["SwitchoverRefused", "FailoverRefused"]);
  });

  it("is told apart from one that runs: while its Job lives nobody else begins", async () => {
    const world = new FailoverWorld();
    const open = await openRecord(world, "orders-failover-abc");
    const job = { apiVersion: "batch/v1", kind: "Job", metadata: { name: "orders-failover-abc", namespace } };
    world.api.add(kinds.job, job);
    assert.match((await refusalOf(run(world))).message, new RegExp(`fails over already: ${open.id}`));
    for (const type of ["Failed", "Complete"]) {
      world.api.add(kinds.job, { ...job, status: { conditions: [{ type, status: "True" }] } });
      const plan = await planFailover({ namespace, instance: "orders" }, world.context());
      assert.deepEqual(plan.refusals, []);
      assert.match(plan.warnings.join(" "), new RegExp(`${open.id}.*its record is closed`));
    }
  });

  it("closes the record of one whose Job was killed, with what became of it", async () => {
    const world = new FailoverWorld();
    const open = await openRecord(world, "orders-failover-abc");
    await run(world);
    const closed = world.history.find(({ id }) => id === open.id);
    assert.equal(closed?.state, "failed");
    assert.equal(
      closed?.failureReason,
      "It was ended in state fencingPrimary from outside. orders-g1-1 is primary.",
    );
    const done = new FailoverWorld();
    done.setStatus({ currentPrimary: two, targetPrimary: two });
    Object.assign(done.server(two), { streams: false });
    Object.assign(done.server(one), { streams: true });
    const other = await openRecord(done, "orders-failover-abc");
    await run(done);
    assert.match(
      done.history.find(({ id }) => id === other.id)?.failureReason ?? "",
      /orders-g1-2 had become primary; whether orders-g1-1 was dealt with is not known/,
    );
  });

  it("lets only one of two begin that were asked for at the same moment", async () => {
    const world = new FailoverWorld();
    const { onPatch } = world.api;
    let raced = false;
    world.api.onPatch = (changed, options) => {
      // Another one has written between our reading and our writing.
      if (changed.kind === "ConfigMap" && !raced) {
        raced = true;
        const data = { "history.json": JSON.stringify([openStatus]) };
        world.api.add(kinds.configMap, { ...changed, data } as Manifest);
        throw new ApiError("patch", 409, "the object has been modified");
      }
      return onPatch(changed, options);
    };
    await assert.rejects(run(world), /fails over already: failover-20261128T101000Z has begun/);
    assert.equal(world.primary, one);
  });

  it("counts one outside of a Job as running for an hour", async () => {
    const world = new FailoverWorld();
    await openRecord(world);
    await refusalOf(run(world));
    await world.clock.sleep(3_600_000);
    assert.equal((await run(world)).state, "completed");
  });
});

const openStatus: FailoverStatus = {
  id: "failover-20261128T101000Z",
  namespace,
  instance: "orders",
  state: FailoverState.FencingPrimary,
  startedAt: "2026-11-28T10:10:00.000Z",
  oldPrimaryId: one,
  newPrimaryId: two,
  mode: FailoverMode.Planned,
  origin: FailoverOrigin.Requested,
  oldPrimaryAction: OldPrimaryAction.ConvertToReplica,
  states: [{ state: FailoverState.FencingPrimary, at: "2026-11-28T10:10:00.000Z" }],
};

async function openRecord(world: FailoverWorld, job?: string): Promise<FailoverStatus> {
  const status = { ...openStatus, ...(job === undefined ? {} : { job }) };
  await recordFailover(world.api, world.clock, status);
  return status;
}

describe("undoing", () => {
  it("waits until the manager of a server that was fenced just now listens, before clients have to wait", async () => {
    const world = new FailoverWorld();
    const fenced = {
      ...openStatus,
      state: FailoverState.Completed,
      completedAt: "2026-11-28T10:11:00.000Z",
      oldPrimaryId: two,
      newPrimaryId: one,
    };
    await recordFailover(world.api, world.clock, {
      ...fenced,
      oldPrimaryAction: OldPrimaryAction.StopAndRetain,
    });
    const pod = world.pod(two) as Manifest & { status: { conditions: object[] } };
    pod.status.conditions = [{ type: "Ready", status: "True", lastTransitionTime: "2026-11-28T10:14:55Z" }];
    const begun = world.clock.now().getTime();
    const { states } = await run(world, { targetReplicaId: two });
    const asked = Date.parse(states.find(({ state }) => state === "fencingPrimary")?.at ?? "");
    assert.ok(asked - begun >= 15_000 && asked - begun < 18_000, `${asked - begun} ms`);
  });

  it("switches back to the former primary", async () => {
    const world = new FailoverWorld();
    const there = await run(world);
    await world.clock.sleep(60_000);
    const back = await run(world, { undo: true });
    assert.equal(back.newPrimaryId, one);
    assert.equal(back.reason, `undo of ${there.id}`);
    assert.equal(world.primary, one);
    assert.equal(world.history.length, 2);
  });

  it("refuses where the history does not know how the primary became primary", async () => {
    const world = new FailoverWorld();
    await assert.rejects(run(world, { undo: true }), /nothing to undo: the history of shop\/orders/);
    await assert.rejects(
      planFailover({ namespace, instance: "orders", undo: true }, world.context()),
      /nothing to undo/,
    );
  });
});

describe("the survey of an instance", () => {
  it("reads zones where that is permitted, and does without where it is not", async () => {
    const world = new FailoverWorld();
    for (const [name, zone] of [
      ["node-1", "1"],
      ["node-2", "1"],
      ["node-3", "2"],
    ] as const) {
      const metadata = { name, labels: { "topology.kubernetes.io/zone": zone } };
      world.api.add(kinds.node, { apiVersion: "v1", kind: "Node", metadata });
    }
    const wanted = { namespace, instance: "orders", mode: FailoverMode.Forced };
    assert.equal((await planFailover(wanted, world.context())).newPrimaryId, three);
    const list = world.api.list.bind(world.api);
    world.api.list = async (kind, ...rest) => {
      if (kind === kinds.node) throw new ApiError("list nodes", 403, "forbidden");
      return list(kind, ...rest);
    };
    const plan = await planFailover(wanted, world.context());
    assert.equal(plan.newPrimaryId, two);
    assert.equal(plan.candidates[0]?.zone, undefined);
  });

  it("sees a flip of generations, and leaves drills and stopped generations out", async () => {
    const world = new FailoverWorld();
    const other = (labelsOf: Record<string, string>, annotations: Record<string, string> = {}): void =>
      world.api.add(kinds.cluster, {
        ...world.cluster,
        metadata: { name: "orders-g2", namespace, labels: labelsOf, annotations },
      });
    const mine = { "cnpg.pulumi.com/instance": "orders", "cnpg.pulumi.com/generation": "2" };
    const refusals = async (): Promise<string> =>
      (await planFailover({ namespace, instance: "orders" }, world.context())).refusals.join(" ");
    other(mine);
    assert.match(await refusals(), /orders-g2 runs beside orders-g1/);
    other(mine, { "cnpg.io/hibernation": "on" });
    assert.equal(await refusals(), "");
    other(mine, { "cnpg.io/fencedInstances": '["*"]' });
    assert.equal(await refusals(), "");
    other({ "cnpg.pulumi.com/instance": "orders" });
    assert.equal(await refusals(), "");
  });

  it("gives a server that hangs ten seconds, and leaves nothing behind in its pod", async () => {
    const world = new FailoverWorld();
    const limits: (number | undefined)[] = [];
    const { execute } = world.context();
    await planFailover(
      { namespace, instance: "orders" },
      world.context({
        execute: async (where, pod, container, command, options) => {
          limits.push(options?.seconds);
          assert.ok(
            command.some(word => word.startsWith("PGCONNECT_TIMEOUT=")),
            command.join(" "),
          );
          return execute(where, pod, container, command);
        },
      }),
    );
    assert.deepEqual(limits, [10, 10, 10]);
  });
});
