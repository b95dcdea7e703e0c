import * as assert from "node:assert/strict";
import * as fc from "fast-check";
import {
  type Attempt,
  AttemptOutcome,
  balanceWrites,
  measureClient,
  namedRows,
} from "../../../src/rehearsal/measure";

const { Acknowledged, Refused, InDoubt, NotConnected } = AttemptOutcome;

/** Attempts one after the other, each beginning where the former ended, from how long they took. */
function attempts(...list: [outcome: AttemptOutcome, took: number, reason?: string][]): Attempt[] {
  let at = 0;
  return list.map(([outcome, took, reason], i) => {
    const begin = at;
    at += took;
    const sent = outcome === NotConnected ? {} : { id: i + 1 };
    return { begin, end: at, outcome, ...sent, ...(reason === undefined ? {} : { reason }) };
  });
}

const untilLast = (list: Attempt[]) => ({ attempts: list, until: list.at(-1)?.end ?? 0 });

/** Logs of any client: attempts in order, times with a tenth of a millisecond. */
const logs = fc
  .record({
    list: fc.array(
      fc.tuple(
        fc.constantFrom(...Object.values(AttemptOutcome)),
        fc.integer({ min: 0, max: 50_000 }).map(tenths => tenths / 10),
      ),
      { maxLength: 60 },
    ),
    rest: fc.integer({ min: 0, max: 1000 }),
  })
  .map(({ list, rest }) => {
    const all = attempts(...list);
    return { attempts: all, until: (all.at(-1)?.end ?? 0) + rest };
  });

describe("what a client noticed", () => {
  it("is the longest time between two acknowledgements, with what failed meanwhile", () => {
    const list = attempts(
      [Acknowledged, 2],
      [Acknowledged, 3],
      [InDoubt, 1000, "noAnswer"],
      [NotConnected, 50, "ECONNREFUSED"],
      [NotConnected, 50, "ECONNREFUSED"],
      [Refused, 4, "25006"],
      [Acknowledged, 6],
      [Acknowledged, 2],
    );
    assert.deepEqual(measureClient(untilLast(list)), {
      acknowledged: 4,
      failedStatements: 2,
      inDoubt: 1,
      failedConnections: 2,
      reasons: { "25006": 1, ECONNREFUSED: 2, noAnswer: 1 },
      gapMs: 1110,
      gapBegin: 5,
      gapEnded: true,
      latencyMs: { median: 2, p95: 6, p99: 6, max: 6 },
    });
  });

  it("is from a moment on, with the gap in whose middle that was", () => {
    const list = attempts(
      [Acknowledged, 500],
      [Acknowledged, 10],
      [InDoubt, 100, "57P01"],
      [Acknowledged, 10],
    );
    const { acknowledged, gapMs, gapBegin } = measureClient(untilLast(list), 550);
    assert.deepEqual({ acknowledged, gapMs, gapBegin }, { acknowledged: 1, gapMs: 110, gapBegin: 510 });
    assert.equal(measureClient(untilLast(list)).gapMs, 110);
  });

  it("has a gap without an end where nothing was acknowledged any more", () => {
    const log = { attempts: attempts([Acknowledged, 10], [InDoubt, 90, "57P01"]), until: 5000 };
    const { gapMs, gapBegin, gapEnded } = measureClient(log);
    assert.deepEqual({ gapMs, gapBegin, gapEnded }, { gapMs: 4990, gapBegin: 10, gapEnded: false });
  });

  it("has no latency where nothing was acknowledged", () => {
    const measure = measureClient({ attempts: attempts([NotConnected, 50, "ENOTFOUND"]), until: 80 });
    assert.equal(measure.latencyMs, undefined);
    assert.deepEqual([measure.gapMs, measure.gapEnded], [80, false]);
    assert.equal(measureClient({ attempts: [], until: 7 }).gapMs, 0);
  });

  it("accounts for every attempt once, and for every failure by its reason", () => {
    fc.assert(
      fc.property(logs, log => {
        const measure = measureClient(log);
        const { acknowledged, failedStatements, failedConnections, inDoubt, reasons } = measure;
        assert.equal(acknowledged + failedStatements + failedConnections, log.attempts.length);
        assert.ok(inDoubt <= failedStatements);
        const counted = Object.values(reasons).reduce((sum, count) => sum + count, 0);
        assert.equal(counted, failedStatements + failedConnections);
      }),
    );
  });

  it("has the longest stretch of time in which no acknowledgement lies", () => {
    fc.assert(
      fc.property(logs, log => {
        const { gapMs, gapBegin, gapEnded } = measureClient(log);
        const ends = log.attempts.filter(({ outcome }) => outcome === Acknowledged).map(({ end }) => end);
        const end = gapBegin + gapMs;
        assert.ok(!ends.some(moment => moment > gapBegin + 0.2 && moment < end - 0.2), "nothing lies in it");
        const limits = gapEnded ? ends : [log.until];
        assert.ok(
          limits.some(moment => Math.abs(moment - end) < 0.2),
          "it ends at one, or at the end",
        );
        // No two neighbours are further apart.
        const neighbours = ends.slice(1).map((moment, i) => moment - (ends[i] as number));
        const tail = ends.length === 0 ? 0 : log.until - (ends.at(-1) as number);
        assert.ok(Math.max(0, tail, ...neighbours) <= gapMs + 0.2);
      }),
    );
  });

  it("never has a longer gap because one more was acknowledged", () => {
    fc.assert(
      fc.property(logs, fc.nat(), (log, at) => {
        fc.pre(log.attempts.length > 0);
        const index = at % log.attempts.length;
        const more = log.attempts.map((attempt, i) =>
          i === index ? { ...attempt, outcome: Acknowledged } : attempt,
        );
        fc.pre(log.attempts.some(({ outcome }) => outcome === Acknowledged));
        // An earlier first one lets the time before it count.
        const first = log.attempts.findIndex(({ outcome }) => outcome === Acknowledged);
        fc.pre(index >= first);
        assert.ok(measureClient({ ...log, attempts: more }).gapMs <= measureClient(log).gapMs);
      }),
    );
  });

  it("has percentiles that were really seen, in order", () => {
    fc.assert(
      fc.property(logs, log => {
        const { latencyMs, acknowledged } = measureClient(log);
        assert.equal(latencyMs === undefined, acknowledged === 0);
        if (latencyMs === undefined) return;
        const { median, p95, p99, max } = latencyMs;
        assert.ok(median <= p95 && p95 <= p99 && p99 <= max);
        const seen = log.attempts
          .filter(({ outcome }) => outcome === Acknowledged)
          .map(({ begin, end }) => Math.round((end - begin) * 10) / 10);
        for (const value of [median, p95, p99, max]) assert.ok(seen.includes(value));
        assert.equal(max, Math.max(...seen));
      }),
    );
  });
});

describe("the balance of writes", () => {
  it("calls lost what was acknowledged and is not there, and never what was in doubt", () => {
    const list = attempts(
      [Acknowledged, 1],
      [Acknowledged, 1],
      [InDoubt, 1, "57P01"],
      [InDoubt, 1, "57P01"],
      [Refused, 1, "25006"],
      [Acknowledged, 1],
    );
    assert.deepEqual(balanceWrites(list, new Set([1, 3])), { lost: 2, lostIds: [2, 6], inDoubtFound: 1 });
  });

  it("names the first of many lost rows", () => {
    const list = attempts(...Array.from({ length: 50 }, (): [AttemptOutcome, number] => [Acknowledged, 1]));
    const { lost, lostIds } = balanceWrites(list, new Set());
    assert.equal(lost, 50);
    assert.deepEqual(
      lostIds,
      Array.from({ length: namedRows }, (_, i) => i + 1),
    );
  });

  it("is even whatever was in doubt is there or not", () => {
    fc.assert(
      fc.property(logs, fc.func(fc.boolean()), ({ attempts: list }, kept) => {
        const ids = (outcome: AttemptOutcome): number[] =>
          list.flatMap(attempt =>
            attempt.outcome === outcome && attempt.id !== undefined ? [attempt.id] : [],
          );
        const doubtful = ids(InDoubt).filter(id => kept(id));
        const found = new Set([...ids(Acknowledged), ...doubtful]);
        assert.deepEqual(balanceWrites(list, found), { lost: 0, lostIds: [], inDoubtFound: doubtful.length });
      }),
    );
  });

  it("counts each row that is taken away", () => {
    fc.assert(
      fc.property(logs, fc.func(fc.boolean()), ({ attempts: list }, taken) => {
        const acknowledged = list.flatMap(({ outcome, id }) =>
          outcome === Acknowledged && id !== undefined ? [id] : [],
        );
        const found = new Set(acknowledged.filter(id => !taken(id)));
        assert.equal(balanceWrites(list, found).lost, acknowledged.length - found.size);
      }),
    );
  });
});
