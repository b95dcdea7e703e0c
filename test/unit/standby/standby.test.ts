import * as assert from "node:assert/strict";
import fc from "fast-check";
import type { Follower, PrimaryReplication } from "../../../src/standby/replication";
import { judgeStandby, type StandbyEvidence, StandbyState } from "../../../src/standby/standby";

const ready: StandbyEvidence = {
  id: "orders-g1-2",
  pod: { ready: true, leaving: false, node: "node-b" },
  cloning: false,
  fenced: false,
  zone: "2",
};

const follower: Follower = {
  name: "orders-g1-2",
  state: "streaming",
  syncState: "quorum",
  receivedLsn: "0/6000100",
  replayedLsn: "0/6000000",
  lagBytes: 256,
  unreceivedBytes: 0,
  lagMs: 12,
  flushLagMs: 1,
};

const primary = (...followers: Follower[]): PrimaryReplication => ({
  lsn: "0/6000100",
  timeline: 1,
  followers,
});

describe("judgeStandby", () => {
  it("tells everything of one that streams", () =>
    assert.deepEqual(judgeStandby(ready, primary(follower), 1000), {
      id: "orders-g1-2",
      state: "streaming",
      syncState: "quorum",
      node: "node-b",
      zone: "2",
      receivedLsn: "0/6000100",
      replayedLsn: "0/6000000",
      lagBytes: 256,
      unreceivedBytes: 0,
      lagMs: 12,
      flushLagMs: 1,
      overLagLimit: false,
      eligible: true,
      reason: "ready, 256 bytes behind",
    }));

  const cases: [string, Partial<StandbyEvidence>, PrimaryReplication | undefined, string, boolean, RegExp][] =
    [
      ["fenced", { fenced: true }, primary(), "fenced", false, /it is fenced: lift the fence first/],
      ["without a pod", { pod: undefined }, primary(), "stopped", false, /has no pod/],
      [
        "paused",
        { position: { connected: true, paused: true } },
        primary(follower),
        "streaming",
        false,
        /paused its replay/,
      ],
      ["being cloned", { pod: undefined, cloning: true }, primary(), "cloning", false, /still being copied/],
      ["not ready", { pod: { ready: false, leaving: false } }, primary(), "unready", false, /not ready/],
      [
        "going",
        { pod: { ready: false, leaving: true } },
        primary(follower),
        "streaming",
        false,
        /being deleted/,
      ],
      ["catching up", {}, primary({ ...follower, state: "catchup" }), "catchingUp", false, /does not stream/],
      ["restoring from the archive", {}, primary(), "catchingUp", false, /does not stream/],
      ["ready while the primary is gone", {}, undefined, "catchingUp", true, /ready; how far.*not known/],
    ];
  for (const [what, change, from, state, eligible, reason] of cases) {
    it(`judges one that is ${what}`, () => {
      const standby = judgeStandby({ ...ready, ...change }, from);
      assert.deepEqual([standby.state, standby.eligible], [state, eligible]);
      assert.match(standby.reason, reason);
    });
  }

  it("goes by the standby's own word where the primary does not know it", () => {
    const position = { connected: false, receivedLsn: "0/6000080", replayedLsn: "0/6000000" };
    const standby = judgeStandby({ ...ready, position }, primary());
    assert.deepEqual([standby.lagBytes, standby.unreceivedBytes, standby.lagMs], [256, 128, undefined]);
  });

  it("refuses exactly those beyond the limit", () =>
    fc.assert(
      fc.property(fc.nat(), fc.nat(), (lagBytes, limit) => {
        const { overLagLimit, eligible } = judgeStandby(ready, primary({ ...follower, lagBytes }), limit);
        assert.deepEqual([overLagLimit, eligible], [lagBytes > limit, lagBytes <= limit]);
      }),
    ));

  it("is eligible only with a ready pod, whatever else there is", () =>
    fc.assert(
      fc.property(
        fc.record({ ready: fc.boolean(), leaving: fc.boolean() }),
        fc.boolean(),
        fc.boolean(),
        fc.constantFrom(undefined, primary(), primary(follower)),
        (pod, fenced, cloning, from) => {
          const standby = judgeStandby({ ...ready, pod, fenced, cloning }, from);
          const may = pod.ready && !pod.leaving && !fenced;
          assert.equal(
            standby.eligible,
            may && (from === undefined || standby.state === StandbyState.Streaming),
          );
        },
      ),
    ));
});
