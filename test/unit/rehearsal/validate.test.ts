import * as assert from "node:assert/strict";
import { RehearsalEndpoint, RehearsalKind, type RehearsalArgs } from "../../../src/rehearsal/args";
import { rehearsalProblems, rehearsalWarnings } from "../../../src/rehearsal/validate";

const instance = { instances: 3, hasPooler: true };
const problems = (args: RehearsalArgs, of = instance): string[] =>
  rehearsalProblems(args, of).map(({ argument, problem, remedy }) => `${argument} ${problem} ${remedy}`);

describe("arguments of rehearsals", () => {
  it("are right when nothing is said, and when everything is", () => {
    assert.deepEqual(problems({}), []);
    assert.deepEqual(
      problems({
        schedule: "monthly 1 04:00-05:00",
        timeZone: "Europe/Berlin",
        suspend: true,
        kind: RehearsalKind.Kill,
        via: RehearsalEndpoint.Pooler,
        intervalMs: 1,
        settleSeconds: 600,
        timeoutSeconds: 3600,
        history: 100,
        limits: { maxWriteGapMs: 1, maxReadGapMs: 3_600_000, maxFailedStatements: 0, maxLostWrites: 0 },
        maxAgeDays: 400,
      }),
      [],
    );
  });

  it("refuse a switchover without a standby, and a pooler that is not there", () => {
    const single = { instances: 1, hasPooler: false };
    assert.deepEqual(problems({ kind: RehearsalKind.Switchover, via: RehearsalEndpoint.Pooler }, single), [
      'kind needs a standby to switch over to. Set instances to 2 or more, or rehearse "kill".',
      'via needs a connection pooler, and the instance has none. Give the instance the argument pooler, or write through "primary".',
    ]);
    assert.deepEqual(problems({ kind: RehearsalKind.Kill }, single), []);
  });

  it("refuse a word that is none, with the one that may be meant", () => {
    assert.deepEqual(problems({ kind: "switchver" as RehearsalKind }), [
      'kind is no kind of rehearsal. Did you mean "switchover"?',
    ]);
    assert.deepEqual(problems({ via: "x" as RehearsalEndpoint }), [
      "via is no endpoint that is written through. Write one of primary, pooler.",
    ]);
  });

  it("refuse numbers out of their range, each by its path", () => {
    const found = rehearsalProblems(
      {
        intervalMs: 0,
        settleSeconds: 601,
        timeoutSeconds: 59,
        history: 1.5,
        maxAgeDays: 0,
        limits: { maxWriteGapMs: 0, maxReadGapMs: -1, maxFailedStatements: 1.5, maxLostWrites: -1 },
      },
      instance,
    );
    assert.deepEqual(
      found.map(({ argument }) => argument),
      [
        "intervalMs",
        "settleSeconds",
        "timeoutSeconds",
        "history",
        "maxAgeDays",
        "limits.maxWriteGapMs",
        "limits.maxReadGapMs",
        "limits.maxFailedStatements",
        "limits.maxLostWrites",
      ],
    );
    assert.equal(found[0]?.problem, "is not a whole number of milliseconds from 1 to 1000.");
  });

  it("refuse a schedule that never runs or that no CronJob can mean, and a time zone that is none", () => {
    assert.match(problems({ schedule: "0 0 30 2 *" })[0] ?? "", /^schedule names a day that no year has/);
    assert.match(problems({ schedule: "30 0 4 * * *" })[0] ?? "", /^schedule has seconds/);
    assert.match(problems({ timeZone: "Berlin" })[0] ?? "", /^timeZone is not the name of a time zone/);
  });

  it("warn of a schedule that may mean something else", () => {
    assert.deepEqual(rehearsalWarnings({ schedule: "0 4 1 * *" }), []);
    assert.match(rehearsalWarnings({ schedule: "* * * * *" })[0] ?? "", /^failover\.rehearsal\.schedule "/);
  });
});
