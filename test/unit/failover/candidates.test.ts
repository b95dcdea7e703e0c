import * as assert from "node:assert/strict";
import fc from "fast-check";
import { readLsn } from "../../../src/backup/archive/wal-name";
import {
  chooseStandby,
  furthestPosition,
  lagOf,
  receivedPosition,
  type Wanted,
} from "../../../src/failover/candidates";
import { FailoverMode } from "../../../src/failover/request";
import type { FailoverSurvey, SurveyedServer } from "../../../src/failover/survey";
import { at, primaryServer, standby, survey, surveys } from "./surveys";

const planned: Wanted = { mode: FailoverMode.Planned, waitForSync: true };
const forced: Wanted = { mode: FailoverMode.Forced, waitForSync: false, maxLagBytes: 16 * 2 ** 20 };

const reasonOf = (
  server: Partial<SurveyedServer>,
  wanted = planned,
  more: Partial<FailoverSurvey> = {},
): string =>
  chooseStandby(survey({ servers: [primaryServer(), standby("orders-g1-2", 0, server)], ...more }), wanted)
    .candidates[0]?.reason ?? "";

describe("the choice of a standby", () => {
  it("takes the most advanced, and says why not the others", () => {
    const servers = [primaryServer(), standby("orders-g1-2", 300), standby("orders-g1-3", 100)];
    const { chosen, candidates } = chooseStandby(survey({ servers }), planned);
    assert.equal(chosen, "orders-g1-3");
    assert.deepEqual(
      candidates.map(({ id, reason, lagBytes }) => [id, reason, lagBytes]),
      [
        ["orders-g1-2", "qualifies, but another one comes first", 300],
        ["orders-g1-3", "none has more of the primary's WAL", 100],
      ],
    );
  });

  it("takes of equals one in another zone, then one on another node, then the first", () => {
    const choose = (...servers: SurveyedServer[]): string | undefined =>
      chooseStandby(survey({ servers: [primaryServer(), ...servers] }), forced).chosen;
    const near = standby("orders-g1-2", 0, { node: "a", zone: "1" });
    assert.equal(choose(near, standby("orders-g1-3", 0, { node: "b", zone: "2" })), "orders-g1-3");
    assert.equal(choose(near, standby("orders-g1-3", 0, { node: "b", zone: "1" })), "orders-g1-3");
    assert.equal(choose(near, standby("orders-g1-3", 0, { node: "a", zone: "1" })), "orders-g1-2");
    // What it lacks would be lost: that comes before the place.
    assert.equal(choose(near, standby("orders-g1-3", 1, { node: "b", zone: "2" })), "orders-g1-2");
  });

  it("honours a target, also when it is not the most advanced", () => {
    const servers = [primaryServer(), standby("orders-g1-2"), standby("orders-g1-3", 1000)];
    const wanted = { ...planned, targetReplicaId: "orders-g1-3" };
    const { chosen, candidates } = chooseStandby(survey({ servers }), wanted);
    assert.equal(chosen, "orders-g1-3");
    assert.deepEqual(
      candidates.map(({ reason }) => reason),
      ["another one was asked for", "asked for"],
    );
    const tooFar = chooseStandby(survey({ servers }), { ...wanted, maxLagBytes: 999 });
    assert.equal(tooFar.chosen, undefined);
    assert.equal(tooFar.candidates[1]?.reason, "it is 1000 bytes behind, more than the limit of 999");
  });

  it("says what is wrong with a standby", () => {
    assert.match(reasonOf({ ready: false }), /not ready/);
    assert.match(reasonOf({ leaving: true }), /being deleted/);
    assert.match(reasonOf({ answer: undefined, unanswered: "timeout" }), /does not answer: timeout/);
    assert.match(reasonOf({}, planned, { fenced: ["orders-g1-2"] }), /fenced/);
    assert.match(reasonOf({ replication: undefined }), /sends it nothing/);
    const answer = { inRecovery: true, timeline: 3, lsn: at(0x5000000), replayedLsn: at(0x5000000) };
    assert.match(reasonOf({ answer: { ...answer, timeline: 2 } }), /timeline 2, behind 3/);
    assert.match(reasonOf({ answer: { ...answer, inRecovery: false } }), /takes writes by itself/);
    assert.match(reasonOf({ answer: { ...answer, replayPaused: true } }), /pg_wal_replay_resume/);
    const catchup = { replication: { state: "catchup", syncState: "async" } };
    assert.equal(reasonOf(catchup), "none has more of the primary's WAL");
    assert.match(reasonOf(catchup, { ...planned, waitForSync: false }), /does not stream.*"catchup"/);
    // Nobody sends to it any more, and that is why it is wanted.
    assert.equal(reasonOf({ replication: undefined }, forced), "none has more of the primary's WAL");
    assert.match(
      chooseStandby(
        survey({
          servers: [
            primaryServer({ answer: undefined }),
            standby("orders-g1-2", 0, { replication: undefined }),
          ],
        }),
        planned,
      ).candidates[0]?.reason ?? "",
      /primary does not say/,
    );
  });

  it("measures the lag of a failed primary's standbys by what it told them last", () => {
    const lost = [
      standby("orders-g1-2", 500, { replication: undefined }),
      standby("orders-g1-3", 200, { replication: undefined }),
    ];
    const { candidates } = chooseStandby(survey({ servers: lost }), forced);
    assert.deepEqual(
      candidates.map(({ lagBytes }) => lagBytes),
      [500, 200],
    );
  });

  it("believes the primary where it has heard more of a standby than the standby said", () => {
    const server = standby("orders-g1-2", 400);
    const told = {
      ...server,
      replication: { state: "streaming", syncState: "sync", flushedLsn: at(0x5000000) },
    };
    assert.equal(lagOf(told, readLsn(at(0x5000000))), 0);
  });
});

describe("whatever the servers are like, the choice", () => {
  const wishes: fc.Arbitrary<Wanted> = fc
    .record({
      mode: fc.constantFrom(FailoverMode.Planned, FailoverMode.Forced),
      waitForSync: fc.boolean(),
      maxLagBytes: fc.option(fc.integer({ min: 0, max: 0x2000000 }), { nil: undefined }),
      targetReplicaId: fc.option(fc.constantFrom("orders-g1-2", "orders-g1-3"), { nil: undefined }),
    })
    .map(({ maxLagBytes, targetReplicaId, ...rest }) => ({
      ...rest,
      ...(maxLagBytes === undefined ? {} : { maxLagBytes }),
      ...(targetReplicaId === undefined ? {} : { targetReplicaId }),
    }));

  const always = (rule: (given: FailoverSurvey, wanted: Wanted, chosen: SurveyedServer) => void): void =>
    fc.assert(
      fc.property(surveys, wishes, (given, wanted) => {
        const { chosen } = chooseStandby(given, wanted);
        const server = given.servers.find(({ name }) => name === chosen);
        assert.equal(server === undefined, chosen === undefined);
        if (server !== undefined) rule(given, wanted, server);
      }),
      { numRuns: 2000 },
    );

  it("is never the primary, nor anything but a healthy standby of the newest timeline", () => {
    always((given, { mode }, chosen) => {
      assert.notEqual(chosen.name, given.currentPrimary);
      assert.ok(chosen.ready && !chosen.leaving);
      assert.ok(chosen.answer?.inRecovery === true && chosen.answer.replayPaused !== true);
      assert.ok(!given.fenced.includes("*") && !given.fenced.includes(chosen.name));
      for (const { answer } of given.servers) assert.ok((answer?.timeline ?? 0) <= chosen.answer.timeline);
      if (mode === FailoverMode.Planned) assert.match(chosen.replication?.state ?? "", /streaming|catchup/);
    });
  });

  it("is within the limit, and the target when there is one", () => {
    always((given, { maxLagBytes, targetReplicaId }, chosen) => {
      const lag = lagOf(chosen, furthestPosition(given));
      assert.ok(lag !== undefined && lag <= (maxLagBytes ?? Number.POSITIVE_INFINITY));
      if (targetReplicaId !== undefined) assert.equal(chosen.name, targetReplicaId);
    });
  });

  it("has as much WAL as every other one that qualifies", () => {
    always((given, wanted, chosen) => {
      if (wanted.targetReplicaId !== undefined) return;
      const { candidates } = chooseStandby(given, wanted);
      const eligible = given.servers.filter(({ name }) =>
        candidates.some(candidate => candidate.id === name && candidate.eligible),
      );
      for (const other of eligible)
        assert.ok((receivedPosition(other) ?? 0n) <= (receivedPosition(chosen) ?? 0n));
    });
  });

  it("does not depend on the order in which the servers were asked, and every server has its verdict", () => {
    fc.assert(
      fc.property(surveys, wishes, (given, wanted) => {
        const forwards = chooseStandby(given, wanted);
        const backwards = chooseStandby({ ...given, servers: [...given.servers].reverse() }, wanted);
        assert.equal(forwards.chosen, backwards.chosen);
        const others = given.servers.filter(({ name }) => name !== given.currentPrimary);
        assert.deepEqual(
          forwards.candidates.map(({ id }) => id),
          others.map(({ name }) => name),
        );
        for (const { reason } of forwards.candidates) assert.notEqual(reason, "");
        const eligible = forwards.candidates.filter(candidate => candidate.eligible).map(({ id }) => id);
        const asked = eligible.filter(
          id => wanted.targetReplicaId === undefined || id === wanted.targetReplicaId,
        );
        assert.equal(forwards.chosen !== undefined, asked.length > 0);
      }),
      { numRuns: 2000 },
    );
  });
});
