import * as assert from "node:assert/strict";
import fc from "fast-check";
import type { ArchiveSurvey } from "../../../src/backup/archive/survey";
import { archiveLocate, locateMoment, type ScanSegments } from "../../../src/operations/archive-locate";
import { RequestReader } from "../../../src/operations/operation";
import type { LocatedMoment } from "../../../src/restore/plan";

const name = (number: number): string =>
  `0000000100000000000000${number.toString(16).toUpperCase().padStart(2, "0")}`;

/** An archive of one timeline with base backups that begin in these segments, and WAL up to a last one. */
function survey(begins: number[], last: number): ArchiveSurvey {
  const day = (i: number): string => `2026-11-${String(i + 1).padStart(2, "0")}T02:00:0`;
  return {
    ...{ store: "backups", server: "orders-g1", asOf: "", histories: [], bytes: 1 },
    baseBackups: begins.map((begin, i) => ({
      id: `202611${String(i + 1).padStart(2, "0")}T020000`,
      state: "completed",
      begin: `${day(i)}0Z`,
      end: `${day(i)}1Z`,
      beginWal: name(begin),
      endWal: name(begin),
      endLsn: `0/${begin.toString(16)}000100`,
      timeline: 1,
      bytes: 1,
      problems: [],
    })),
    wal: [{ timeline: 1, first: name(1), last: name(last), segments: last, bytes: last }],
    walSegmentSize: 2 ** 24,
  };
}

/** Finds what is in these segments, and remembers what was read. */
function scanner(...places: number[]): { scan: ScanSegments; read: string[][] } {
  const read: string[][] = [];
  const scan: ScanSegments = async names => {
    read.push([...names]);
    const found = places.filter(place => names.includes(name(place))).at(-1);
    return found === undefined ? undefined : at(found);
  };
  return { scan, read };
}

const at = (segment: number): LocatedMoment => ({ lsn: `0/${segment.toString(16)}000200`, timeline: 1 });

describe("locating a moment in an archive", () => {
  it("begins behind the newest base backup and goes back from one to the one before", async () => {
    const newest = scanner(8);
    assert.deepEqual(await locateMoment(survey([2, 5], 9), newest.scan), {
      located: at(8),
      segments: 5,
      complete: true,
    });
    assert.deepEqual(newest.read, [[5, 6, 7, 8, 9].map(name)]);
    const older = scanner(3);
    const found = await locateMoment(survey([2, 5], 9), older.scan);
    assert.deepEqual([found.located, found.segments], [at(3), 9]);
    assert.deepEqual(older.read[1], [2, 3, 4, 5].map(name));
  });

  it("finds nothing before the first base backup, because nothing there can be restored", async () => {
    const { scan } = scanner(1);
    assert.deepEqual(await locateMoment(survey([2, 5], 9), scan), { segments: 9, complete: true });
    assert.deepEqual(await locateMoment(survey([], 9), scan), { segments: 0, complete: true });
  });

  it("reads no more than it may, the newest first, and says so", async () => {
    const { scan, read } = scanner(5);
    assert.deepEqual(await locateMoment(survey([2, 5], 9), scan, 3), { segments: 3, complete: false });
    assert.deepEqual(read, [[7, 8, 9].map(name)]);
    await fc.assert(
      fc.asyncProperty(
        fc.uniqueArray(fc.integer({ min: 1, max: 30 }), { minLength: 1, maxLength: 5 }),
        fc.integer({ min: 1, max: 60 }),
        fc.integer({ min: 1, max: 40 }),
        async (begins, most, place) => {
          begins.sort((a, b) => a - b);
          const other = scanner(place);
          const { located, segments, complete } = await locateMoment(survey(begins, 40), other.scan, most);
          assert.ok(segments <= most);
          assert.equal(other.read.flat().length, segments);
          if (complete && located === undefined) assert.ok(place < (begins[0] ?? 0));
          if (located !== undefined) assert.deepEqual(located, at(place));
        },
      ),
    );
  });

  it("is asked for one of the two", () => {
    const read = (more: object): unknown =>
      archiveLocate.read(
        new RequestReader({ namespace: "shop", store: "backups", server: "orders-g1", ...more }),
      );
    assert.throws(() => read({}), /transactionId or restorePoint is needed/);
    assert.throws(() => read({ transactionId: "5", restorePoint: "a" }), /only one of them/);
    assert.deepEqual(read({ restorePoint: "a" }), {
      namespace: "shop",
      store: "backups",
      server: "orders-g1",
      mostSegments: 1024,
      restorePoint: "a",
    });
  });
});
