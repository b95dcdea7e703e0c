import * as assert from "node:assert/strict";
import fc from "fast-check";
import {
  beginOfSegment,
  compareSegments,
  isSegmentOf,
  lsnText,
  nameOfSegment,
  nextSegment,
  previousSegment,
  readLsn,
  readWalName,
  segmentAt,
  segmentPosition,
  segmentSizes,
  WalFileKind,
} from "../../../../src/backup/archive/wal-name";

const size = fc.constantFrom(...segmentSizes);
const timeline = fc.integer({ min: 1, max: 2 ** 32 - 1 });
const number = fc.integer({ min: 0, max: 2 ** 31 });

describe("names of WAL", () => {
  it("are read as PostgreSQL and Barman write them", () => {
    const segment = "000000010000000A000000FF";
    const read: [name: string, kind: WalFileKind, rest: object][] = [
      [segment, WalFileKind.Segment, { segment }],
      [`${segment}.gz`, WalFileKind.Segment, { segment, compression: "gz" }],
      [
        `team/orders-g1/wals/000000010000000A/${segment}.zst`,
        WalFileKind.Segment,
        { segment, compression: "zst" },
      ],
      [`${segment}.partial.lz4`, WalFileKind.Partial, { segment, compression: "lz4" }],
      [`${segment}.00000028.backup`, WalFileKind.BackupHistory, { segment }],
      ["00000002.history", WalFileKind.TimelineHistory, {}],
      ["0000000C.history.snappy", WalFileKind.TimelineHistory, { compression: "snappy" }],
    ];
    for (const [name, kind, rest] of read) {
      const found = readWalName(name) ?? assert.fail(name);
      assert.ok(name.includes(found.name));
      assert.deepEqual(found, { name: found.name, timeline: found.timeline, kind, ...rest }, name);
    }
    assert.equal(readWalName("0000000C.history")?.timeline, 12);
  });

  it("are not made of other files", () => {
    for (const name of [
      "",
      "backup.info",
      "data.tar.gz",
      "00000001000000000000000",
      "000000010000000000000001.rar",
      "000000010000000000000001.gz.gz",
    ])
      assert.equal(readWalName(name), undefined, name);
  });

  it("say where the segment is, for any size of segments", () => {
    fc.assert(
      fc.property(size, timeline, number, (bytes, tli, count) => {
        const name = nameOfSegment({ timeline: tli, number: count }, bytes);
        assert.deepEqual(segmentPosition(name, bytes), { timeline: tli, number: count });
        assert.ok(isSegmentOf(name, bytes));
        assert.equal(previousSegment(nextSegment(name, bytes), bytes), name);
        assert.equal(segmentAt(beginOfSegment(name, bytes), tli, bytes), name);
        assert.equal(segmentAt(beginOfSegment(nextSegment(name, bytes), bytes) - 1n, tli, bytes), name);
        assert.equal(compareSegments(name, nextSegment(name, bytes)), -1);
        assert.equal(compareSegments(name, name), 0);
      }),
    );
  });

  it("go on after the last segment of a log file as PostgreSQL's do", () => {
    assert.equal(nextSegment("0000000100000000000000FF", 16 * 2 ** 20), "000000010000000100000000");
    assert.equal(nextSegment("00000001000000000000003F", 64 * 2 ** 20), "000000010000000100000000");
    assert.equal(previousSegment("000000010000000000000000", 16 * 2 ** 20), undefined);
  });

  it("are refused for another size of segments", () => {
    assert.throws(() => segmentPosition("000000010000000000000100", 16 * 2 ** 20), RangeError);
    assert.equal(isSegmentOf("000000010000000000000100", 16 * 2 ** 20), false);
    assert.throws(() => segmentPosition("000000010000000000000001", 3_000_000), RangeError);
  });
});

describe("positions of WAL", () => {
  it("are read as they are written", () => {
    fc.assert(
      fc.property(fc.bigInt({ min: 0n, max: 2n ** 64n - 1n }), lsn => {
        assert.equal(readLsn(lsnText(lsn)), lsn);
      }),
    );
    assert.equal(lsnText(0x5000028n), "0/5000028");
    assert.equal(readLsn("16/b374d848"), 0x16b374d848n);
    for (const text of ["", "0/", "/1", "0-1", "123456789/0", "0x1/0"])
      assert.equal(readLsn(text), undefined, text);
  });
});
