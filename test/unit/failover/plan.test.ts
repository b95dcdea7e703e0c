import * as assert from "node:assert/strict";
import fc from "fast-check";
import { planFailoverOf } from "../../../src/failover/plan";
import { FailoverMode, type FailoverOptions, OldPrimaryAction } from "../../../src/failover/request";
import { FailoverOrigin, FailoverState, type FailoverStatus } from "../../../src/failover/status";
import type { FailoverSurvey } from "../../../src/failover/survey";
import { primaryServer, standby, survey, surveys } from "./surveys";

const running: FailoverStatus = {
  id: "failover-20261128T101000Z",
  namespace: "shop",
  instance: "orders",
  state: FailoverState.PromotingReplica,
  startedAt: "2026-11-28T10:10:00.000Z",
  oldPrimaryId: "orders-g1-1",
  newPrimaryId: "orders-g1-2",
  mode: FailoverMode.Planned,
  origin: FailoverOrigin.Requested,
  oldPrimaryAction: OldPrimaryAction.ConvertToReplica,
  states: [{ state: FailoverState.PromotingReplica, at: "2026-11-28T10:10:00.000Z" }],
};

const forced: FailoverOptions = { mode: FailoverMode.Forced };

function refusal(more: Partial<FailoverSurvey>, options: FailoverOptions = {}): string {
  const { refusals, newPrimaryId, steps } = planFailoverOf(survey(more), options);
  if (refusals.length > 0) {
    assert.equal(newPrimaryId, undefined);
    assert.deepEqual(steps, []);
  }
  return refusals.join(" ");
}

const warnings = (more: Partial<FailoverSurvey>, options: FailoverOptions = {}): string =>
  planFailoverOf(survey(more), options).warnings.join(" ");

describe("the plan of a failover", () => {
  it("says what a switchover does, and that it loses nothing", () => {
    const plan = planFailoverOf(survey(), {});
    assert.deepEqual(plan.refusals, []);
    assert.deepEqual(plan.warnings, []);
    assert.equal(plan.newPrimaryId, "orders-g1-2");
    assert.equal(plan.primaryLsn, "0/5000000");
    assert.equal(plan.expectedLossBytes, 0);
    assert.deepEqual(
      plan.steps.map(({ state }) => state),
      ["waitingForSync", "fencingPrimary", "promotingReplica", "updatingRouting", "cleaningUpOldPrimary"],
    );
    assert.match(plan.steps[4]?.what ?? "", /orders-g1-1 follows as a standby/);
    assert.match(
      planFailoverOf(survey(), { oldPrimaryAction: OldPrimaryAction.Terminate }).steps[4]?.what ?? "",
      /volumes of orders-g1-1 are deleted/,
    );
    const states = planFailoverOf(survey(), { waitForSync: false }).steps.map(({ state }) => state);
    assert.ok(!states.includes(FailoverState.WaitingForSync));
  });

  it("says what a failover may lose, where the primary can still be asked", () => {
    const servers = [primaryServer(), standby("orders-g1-2", 4096)];
    assert.equal(planFailoverOf(survey({ servers }), forced).expectedLossBytes, 4096);
    const silent = [primaryServer({ answer: undefined, ready: false }), standby("orders-g1-2", 4096)];
    const plan = planFailoverOf(survey({ servers: silent }), forced);
    assert.equal(plan.newPrimaryId, "orders-g1-2");
    assert.equal(plan.expectedLossBytes, undefined);
    assert.equal(plan.primaryLsn, undefined);
  });

  it("refuses an instance that cannot fail over, with the remedy", () => {
    assert.match(refusal({ leaving: true }), /is being deleted/);
    assert.match(refusal({ hibernated: true }), /hibernated.*hibernated: false/);
    assert.match(refusal({ follows: true }), /follows a server of another Cluster/);
    assert.match(refusal({ instances: 1, servers: [primaryServer()] }), /has one server.*instances to 2/);
    assert.match(refusal({ currentPrimary: undefined }), /no primary yet/);
    assert.match(refusal({ fenced: ["*"] }), /all its servers are stopped.*Lift the fence/);
    assert.match(refusal({ fenced: ["orders-g1-1"] }), /primary orders-g1-1 is fenced/);
    assert.match(refusal({ otherGenerations: ["orders-g2"] }), /orders-g2 runs beside orders-g1/);
    assert.match(refusal({ phase: "Upgrading cluster" }), /no state for it \(phase "Upgrading cluster"\)/);
    assert.match(refusal({ phase: "Upgrading Postgres major version" }, forced), /no state for it/);
    assert.equal(refusal({ phase: "Upgrading cluster" }, forced), "");
    assert.equal(refusal({ phase: "Waiting for user action" }), "");
  });

  it("refuses while the primary changes already", () => {
    assert.match(refusal({ running }), /fails over already: failover-20261128T101000Z.*promotingReplica/);
    assert.match(refusal({ running }, forced), /fails over already/);
    const changing = { targetPrimary: "orders-g1-2", phase: "Switchover in progress" };
    const now = { ...changing, targetSince: "2026-11-28T10:14:30.000000Z" };
    assert.match(refusal(now), /changes from orders-g1-1 to orders-g1-2 already/);
    assert.match(refusal(now, forced), /changes from/);
    const stuck = { ...changing, targetSince: "2026-11-28T10:13:59.000000Z" };
    assert.match(refusal(stuck), /changes from/);
    assert.equal(refusal(stuck, forced), "");
    assert.match(warnings(stuck, forced), /has not come to its end/);
    // What stays after a change while a server is fenced.
    assert.equal(refusal({ phase: "Switchover in progress" }), "");
  });

  it("refuses a target that is none", () => {
    assert.match(refusal({}, { targetReplicaId: "orders-g1-1" }), /is the primary already/);
    assert.match(refusal({}, { targetReplicaId: "orders-g1-9" }), /no standby "orders-g1-9". Did you mean/);
    assert.match(refusal({}, { targetReplicaId: "web" }), /It has orders-g1-2, orders-g1-3/);
    const servers = [primaryServer(), standby("orders-g1-2", 5000), standby("orders-g1-3")];
    assert.equal(
      refusal({ servers }, { targetReplicaId: "orders-g1-2", maxLagBytes: 4000 }),
      "orders-g1-2 cannot become primary: it is 5000 bytes behind, more than the limit of 4000.",
    );
  });

  it("refuses when no standby qualifies, with the reason for each", () => {
    const servers = [
      primaryServer(),
      standby("orders-g1-2", 0, { ready: false }),
      standby("orders-g1-3", 0, { answer: undefined, unanswered: "timeout" }),
    ];
    assert.equal(
      refusal({ servers }),
      "No standby qualifies (orders-g1-2: its pod is not ready; orders-g1-3: it does not answer: timeout).",
    );
    assert.match(refusal({ servers: [primaryServer()] }), /no standby now/);
  });

  it("limits the lag by itself where nobody waits until it is gone", () => {
    const servers = [primaryServer(), standby("orders-g1-2", 20 * 2 ** 20)];
    assert.equal(refusal({ servers }), "");
    assert.match(refusal({ servers }, { waitForSync: false }), /limit of 16777216/);
    assert.match(refusal({ servers }, forced), /limit of 16777216/);
    assert.equal(refusal({ servers }, { ...forced, maxLagBytes: 30 * 2 ** 20 }), "");
  });

  it("sends who cannot switch over to mode forced", () => {
    const others = [standby("orders-g1-2"), standby("orders-g1-3")];
    const primaries = [
      { answer: undefined, unanswered: "timeout expired" },
      { ready: false },
      { leaving: true },
      { answer: { inRecovery: true, timeline: 3, lsn: "0/5000000" } },
    ];
    for (const more of primaries) {
      const servers = [primaryServer(more), ...others];
      assert.match(refusal({ servers }), /mode forced takes over without it/);
      assert.equal(refusal({ servers }, forced), "");
    }
    assert.match(refusal({ servers: others }), /has no pod/);
  });

  it("warns of what a person would regret", () => {
    const two = { instances: 2, servers: [primaryServer(), standby("orders-g1-2")] };
    const stop = { oldPrimaryAction: OldPrimaryAction.StopAndRetain };
    assert.match(warnings(two, stop), /No standby is left until the fence is lifted/);
    assert.equal(warnings({}, stop), "");
    const required = { synchronous: { number: 1, required: true } };
    assert.match(warnings({ ...two, ...required }, stop), /0 standbys are left: every write waits/);
    assert.equal(warnings(required, stop), "");
    assert.match(
      warnings({ synchronous: { number: 2, required: true } }, { oldPrimaryAction: "terminate" }),
      /2 required, and 1 standby is left: every write waits until the new standby is cloned/,
    );
    assert.match(warnings({}, forced), /mode planned would lose nothing/);
    const behind = [primaryServer(), standby("orders-g1-2", 100), standby("orders-g1-3")];
    assert.match(
      warnings({ servers: behind }, { ...forced, targetReplicaId: "orders-g1-2" }),
      /orders-g1-3 has more .* cloned anew/,
    );
    assert.match(warnings({}, { ...forced, oldPrimaryAction: "terminate" }), /deleted with the volumes/);
    assert.match(warnings({ archiving: false }), /Archiving fails/);
    assert.match(warnings({ phase: "Waiting for user action" }), /updates orders-g1-1 afterwards/);
    assert.match(warnings({ interrupted: [running] }), /failover-20261128T101000Z.*its record is closed/);
  });

  it("either refuses with a reason or names a standby that qualifies", () => {
    const options = fc.record({
      mode: fc.constantFrom(FailoverMode.Planned, FailoverMode.Forced),
      oldPrimaryAction: fc.constantFrom(...Object.values(OldPrimaryAction)),
    });
    fc.assert(
      fc.property(surveys, options, (given, wanted) => {
        const plan = planFailoverOf(given, wanted);
        assert.equal(plan.refusals.length === 0, plan.newPrimaryId !== undefined);
        assert.equal(plan.refusals.length === 0, plan.steps.length > 0);
        if (plan.newPrimaryId === undefined) return;
        assert.ok(plan.candidates.some(({ id, eligible }) => id === plan.newPrimaryId && eligible));
        if (wanted.mode !== FailoverMode.Planned) return;
        const primary = given.servers.find(({ name }) => name === plan.oldPrimaryId);
        assert.ok(primary?.ready === true && primary.answer?.inRecovery === false);
      }),
      { numRuns: 1500 },
    );
  });
});
