import * as assert from "node:assert/strict";
import { brokenLimits, type MeasuredWriter } from "../../../src/rehearsal/report";

const writes: MeasuredWriter = {
  acknowledged: 900,
  failedStatements: 2,
  inDoubt: 1,
  failedConnections: 40,
  reasons: { "57P01": 1, noAnswer: 1, ECONNREFUSED: 40 },
  gapMs: 5400,
  gapBegan: "2026-11-28T10:15:03.000Z",
  gapEnded: true,
  lost: 0,
  lostIds: [],
  inDoubtFound: 1,
};

describe("limits of a rehearsal", () => {
  it("are kept when nothing is above them", () => {
    const limits = { maxWriteGapMs: 5400, maxReadGapMs: 100, maxFailedStatements: 2, maxLostWrites: 0 };
    assert.deepEqual(brokenLimits({ writes, readOnlyReads: { ...writes, gapMs: 100 } }, limits), []);
  });

  it("forbid the loss of an acknowledged write when nothing is said", () => {
    assert.deepEqual(brokenLimits({ writes: { ...writes, lost: 3 } }, {}), [
      "3 acknowledged writes are lost; at most 0 are allowed.",
    ]);
    assert.deepEqual(brokenLimits({ writes: { ...writes, lost: 3 } }, { maxLostWrites: 3 }), []);
  });

  it("are each named when they are broken", () => {
    const limits = { maxWriteGapMs: 5399, maxReadGapMs: 99, maxFailedStatements: 1 };
    assert.deepEqual(brokenLimits({ writes, readOnlyReads: { ...writes, gapMs: 100 } }, limits), [
      "Writes paused for 5400 ms; at most 5399 ms are allowed.",
      "Reads through the read-only Service paused for 100 ms; at most 99 ms are allowed.",
      "2 writes were sent and not acknowledged; at most 1 are allowed.",
    ]);
  });

  it("are broken by a gap that had no end, however short it is so far", () => {
    const [problem] = brokenLimits(
      { writes: { ...writes, gapEnded: false, gapMs: 10 } },
      { maxWriteGapMs: 5000 },
    );
    assert.equal(problem, "Writes paused for 10 ms and longer; at most 5000 ms are allowed.");
  });

  it("are broken by what nobody measured", () => {
    const unbalanced = { ...writes };
    delete unbalanced.lost;
    assert.deepEqual(brokenLimits({ writes: unbalanced }, { maxReadGapMs: 5 }), [
      "Reads through the read-only Service were not measured; at most 5 ms are allowed.",
      "Nobody knows how many acknowledged writes are lost; at most 0 are allowed.",
    ]);
  });
});
