import * as assert from "node:assert/strict";
import fc from "fast-check";
import {
  lastReachable,
  lastSegment,
  latestTimeline,
  missingWal,
  mostMissing,
  segmentsBetween,
  segmentsUpTo,
  type SurveyedWal,
} from "../../../../src/backup/archive/continuity";
import {
  leadsTo,
  readHistory,
  timelinePath,
  timelineSwitches,
  UnreadableHistory,
} from "../../../../src/backup/archive/timeline";
import { lsnText, nameOfSegment } from "../../../../src/backup/archive/wal-name";
import { hasSegment, walRanges } from "../../../../src/backup/archive/wal-ranges";

const MiB = 2 ** 20;
const size = 16 * MiB;

const name = (timeline: number, number: number, bytes = size): string =>
  nameOfSegment({ timeline, number }, bytes);

/** An archive with these segments, as `[timeline, first, last]`, and these switches, as `[timeline, parent, number of the segment]`. */
function archive(runs: [number, number, number][], switches: [number, number, number][] = []): SurveyedWal {
  const files = runs.flatMap(([timeline, first, last]) =>
    Array.from({ length: last - first + 1 }, (_, index) => ({
      key: `${name(timeline, first + index)}.gz`,
      bytes: 10,
    })),
  );
  return {
    wal: walRanges(files, size),
    walSegmentSize: size,
    // In the middle of the segment.
    histories: switches.map(([timeline, parent, number]) => ({
      timeline,
      parent,
      lsn: lsnText(BigInt(number) * BigInt(size) + 1000n),
    })),
  };
}

describe("ranges of WAL", () => {
  it("are the segments without a gap, in whatever order they are listed", () => {
    const numbers = fc.uniqueArray(fc.integer({ min: 0, max: 600 }), { maxLength: 120 });
    fc.assert(
      fc.property(numbers, numbers, fc.constantFrom(1, 16, 64), (one, two, megabytes) => {
        const bytes = megabytes * MiB;
        const all = [
          ...one.map(number => name(1, number, bytes)),
          ...two.map(number => name(2, number, bytes)),
        ];
        const ranges = walRanges(
          all.map(key => ({ key, bytes: 7 })),
          bytes,
        );
        assert.equal(
          ranges.reduce((sum, { segments }) => sum + segments, 0),
          all.length,
        );
        assert.equal(
          ranges.reduce((sum, range) => sum + range.bytes, 0),
          7 * all.length,
        );
        for (let number = 0; number <= 601; number += 1) {
          assert.equal(hasSegment(ranges, name(1, number, bytes)), one.includes(number));
          assert.equal(hasSegment(ranges, name(2, number, bytes)), two.includes(number));
        }
        const edges = [...one, ...two.map(number => number + 10_000)];
        assert.equal(ranges.length, edges.filter(number => !edges.includes(number - 1)).length);
      }),
    );
  });

  it("count whole segments only, and each once", () => {
    const segment = name(1, 5);
    const listed = [
      { key: `a/wals/x/${segment}.gz`, bytes: 10, stored: "2026-11-20T12:00:00Z" },
      { key: `a/wals/x/${segment}`, bytes: 100 },
      { key: `a/wals/x/${segment}.00000028.backup`, bytes: 1 },
      { key: `a/wals/x/${name(1, 6)}.partial`, bytes: 1 },
      { key: "a/wals/00000002.history", bytes: 1 },
      { key: "a/wals/x/00000001000000000000FFFF", bytes: 1 },
    ];
    assert.deepEqual(walRanges(listed, size), [
      {
        timeline: 1,
        first: segment,
        last: segment,
        segments: 1,
        bytes: 110,
        lastStored: "2026-11-20T12:00:00Z",
      },
    ]);
  });

  it("tell when the last segment was stored", () => {
    const listed = [2, 1].map(number => ({
      key: name(1, number),
      bytes: 1,
      stored: `2026-11-20T12:00:0${number}Z`,
    }));
    assert.equal(walRanges(listed, size)[0]?.lastStored, "2026-11-20T12:00:02Z");
  });
});

describe("histories of timelines", () => {
  const third = "1\t0/5000028\tno recovery target specified\n\n2\t0/7000000\tbefore 2026-11-20 12:00:00+00\n";

  it("say where each timeline began", () => {
    assert.deepEqual(readHistory(3, third), [
      { timeline: 2, parent: 1, lsn: "0/5000028" },
      { timeline: 3, parent: 2, lsn: "0/7000000" },
    ]);
    assert.deepEqual(readHistory(2, "# a comment\n"), []);
    assert.throws(() => readHistory(3, "one two\n"), UnreadableHistory);
  });

  it("agree, or the timeline's own is right", () => {
    const histories: [number, string][] = [
      [3, third],
      [2, "1\t0/5000030\t\n"],
    ];
    for (const order of [histories, [...histories].reverse()])
      assert.deepEqual(timelineSwitches(order), [
        { timeline: 2, parent: 1, lsn: "0/5000030" },
        { timeline: 3, parent: 2, lsn: "0/7000000" },
      ]);
  });

  it("make the way of recovery, past timelines that were left for others", () => {
    // 3 began on 1, so 2 is no part of the way to it.
    const switches = [
      { timeline: 2, parent: 1, lsn: "0/5000000" },
      { timeline: 3, parent: 1, lsn: "0/6000000" },
    ];
    assert.deepEqual(timelinePath(switches, 3), [
      { timeline: 1, to: 0x6000000n },
      { timeline: 3, from: 0x6000000n },
    ]);
    assert.equal(leadsTo(switches, 2, 3), false);
    assert.equal(leadsTo(switches, 1, 3), true);
  });
});

describe("continuity of WAL", () => {
  it("is whole without a gap, and names the segments of one", () => {
    assert.deepEqual(missingWal(archive([[1, 3, 9]]), name(1, 4)), []);
    assert.deepEqual(
      missingWal(
        archive([
          [1, 3, 5],
          [1, 8, 9],
        ]),
        name(1, 4),
      ),
      [name(1, 6), name(1, 7)],
    );
    assert.deepEqual(missingWal(archive([[1, 3, 5]]), name(1, 4), name(1, 6)), [name(1, 6)]);
    assert.deepEqual(missingWal(archive([]), name(1, 4)), [name(1, 4)]);
    assert.equal(missingWal(archive([]), name(1, 4), name(1, 400_000)).length, mostMissing);
  });

  it("goes over to the next timeline with the segment in which that began", () => {
    const survey = archive(
      [
        [1, 3, 6],
        [2, 7, 9],
      ],
      [[2, 1, 7]],
    );
    assert.equal(latestTimeline(survey, 1), 2);
    assert.deepEqual(missingWal(survey, name(1, 4)), []);
    assert.deepEqual(
      [...segmentsBetween(survey, name(1, 6), name(2, 8))],
      [name(1, 6), name(2, 7), name(2, 8)],
    );
    // Timeline 1 went on for a while on a server that was cut off; nobody needs that.
    assert.deepEqual(
      missingWal(
        archive(
          [
            [1, 3, 8],
            [2, 7, 9],
          ],
          [[2, 1, 7]],
        ),
        name(1, 4),
      ),
      [],
    );
    assert.equal(lastSegment(survey, name(1, 4), 1), name(1, 6));
    assert.throws(
      () => segmentsBetween(survey, name(2, 7), name(1, 9)),
      /Timeline 1 does not come from timeline 2/,
    );
  });

  it("ends with the parent while a new timeline has archived nothing", () => {
    const survey = archive([[1, 3, 6]], [[2, 1, 7]]);
    assert.equal(lastSegment(survey, name(1, 4)), name(1, 6));
    assert.deepEqual(missingWal(survey, name(1, 4)), []);
  });

  it("stays on the timeline of the backup when the newest does not come from it", () => {
    const survey = archive(
      [
        [1, 3, 6],
        [2, 5, 9],
        [3, 6, 7],
      ],
      [
        [2, 1, 5],
        [3, 1, 6],
      ],
    );
    assert.equal(latestTimeline(survey, 2), 2);
    assert.equal(lastSegment(survey, name(2, 6)), name(2, 9));
  });

  it("tells how far recovery comes", () => {
    const survey = archive([
      [1, 3, 5],
      [1, 8, 9],
    ]);
    assert.equal(lastReachable(survey, name(1, 4)), name(1, 5));
    assert.equal(lastReachable(survey, name(1, 8)), name(1, 9));
    assert.equal(lastReachable(survey, name(1, 6)), undefined);
  });

  it("says the same as looking at each segment", () => {
    const numbers = fc.uniqueArray(fc.integer({ min: 0, max: 60 }), { minLength: 1, maxLength: 61 });
    fc.assert(
      fc.property(
        numbers,
        fc.integer({ min: 0, max: 60 }),
        fc.integer({ min: 0, max: 60 }),
        (have, from, to) => {
          const survey = archive(have.map(number => [1, number, number]));
          const wanted = Array.from({ length: Math.max(0, to - from + 1) }, (_, index) => from + index);
          assert.deepEqual(
            missingWal(survey, name(1, from), name(1, to)),
            wanted.filter(number => !have.includes(number)).map(number => name(1, number)),
          );
        },
      ),
    );
  });

  it("goes back from the last segment to the first gap, over timelines", () => {
    const survey = archive(
      [
        [1, 1, 1],
        [1, 3, 7],
        [2, 7, 9],
      ],
      [[2, 1, 7]],
    );
    assert.deepEqual(segmentsUpTo(survey, name(2, 9), 4), [name(1, 6), name(2, 7), name(2, 8), name(2, 9)]);
    assert.deepEqual(segmentsUpTo(survey, name(2, 8), 100).length, 6);
  });
});
