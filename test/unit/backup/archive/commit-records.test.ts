import * as assert from "node:assert/strict";
import fc from "fast-check";
import { UnreadableWal, WalReader } from "../../../../src/backup/archive/commit-records";
import { crc32c } from "../../../../src/backup/archive/crc32c";
import type { ArchivedCommit, ArchivedRestorePoint } from "../../../../src/backup/archive/survey";
import { lsnText } from "../../../../src/backup/archive/wal-name";
import { serverMajors } from "../../../servers/binaries";
import { assertAgrees } from "../../../servers/wal-agreement";
import { keptWal, madeCommit, madeOther, madeRestorePoint, type MadeRecord, writtenWal } from "./wal-file";

interface Found {
  commits: ArchivedCommit[];
  points: ArchivedRestorePoint[];
  reader: WalReader;
}

function read(bytes: Buffer, piece = bytes.length): Found {
  const found: Omit<Found, "reader"> = { commits: [], points: [] };
  const reader = new WalReader({
    commit: commit => found.commits.push(commit),
    restorePoint: point => found.points.push(point),
  });
  for (let at = 0; at < bytes.length; at += piece) reader.push(bytes.subarray(at, at + piece));
  return { ...found, reader };
}

const MiB = 1024 * 1024;
/** 20 November 2026, 12:00 UTC, in PostgreSQL's microseconds. */
const noon = (BigInt(Date.UTC(2026, 10, 20, 12)) - BigInt(Date.UTC(2000, 0, 1))) * 1000n;

describe("reader of WAL", () => {
  for (const major of serverMajors) {
    it(`reads what a server of PostgreSQL ${major} wrote`, () => {
      const wal = keptWal(major);
      assertAgrees(major, wal);
      assert.ok(wal.commits.length >= 9, `${wal.commits.length} commits`);
    });
  }

  it("finds every commit and restore point, wherever pages and segments end and however the bytes come", () => {
    const record: fc.Arbitrary<MadeRecord> = fc.oneof(
      { weight: 3, arbitrary: fc.integer({ min: 0, max: 20_000 }).map(madeOther) },
      { weight: 1, arbitrary: fc.integer({ min: 300_000, max: 2_500_000 }).map(madeOther) },
      {
        weight: 3,
        arbitrary: fc
          .tuple(fc.integer({ min: 3, max: 2 ** 32 - 1 }), fc.integer({ min: 0, max: 10 ** 9 }))
          .map(([id, later]) => madeCommit(id, noon + BigInt(later))),
      },
      {
        weight: 1,
        arbitrary: fc
          .string({ maxLength: 15 })
          .map(name => madeRestorePoint(name.replaceAll("\0", ""), noon)),
      },
    );
    fc.assert(
      fc.property(
        fc.array(record, { minLength: 1, maxLength: 40 }),
        fc.nat(2 ** 31),
        fc.integer({ min: 100, max: 300_000 }),
        (records, segment, piece) => {
          const { bytes, ends } = writtenWal(records, BigInt(segment) * BigInt(MiB), MiB);
          const { commits, points } = read(bytes, piece);
          const expected = (manager: number) =>
            records.flatMap((made, index) =>
              made.manager === manager ? [{ id: made.transactionId, lsn: lsnText(ends[index] ?? 0n) }] : [],
            );
          assert.deepEqual(
            commits.map(({ transactionId: id, lsn }) => ({ id, lsn })),
            expected(1),
          );
          assert.deepEqual(
            points.map(({ lsn }) => ({ id: 0, lsn })),
            expected(0),
          );
        },
      ),
      { numRuns: 60 },
    );
  });

  it("tells times to the microsecond, also before 2000", () => {
    const { bytes } = writtenWal([madeCommit(700, noon + 1n), madeCommit(701, -1n)], 0n, MiB);
    assert.deepEqual(
      read(bytes).commits.map(({ time }) => time),
      ["2026-11-20T12:00:00.000001Z", "1999-12-31T23:59:59.999999Z"],
    );
  });

  it("passes over a record whose beginning it was not given", () => {
    const { bytes, ends } = writtenWal([madeOther(MiB + 100), madeCommit(700, noon)], 0n, MiB);
    const { commits } = read(bytes.subarray(MiB));
    assert.deepEqual(commits, [
      { time: "2026-11-20T12:00:00.000000Z", transactionId: 700, lsn: lsnText(ends[1] ?? 0n), timeline: 1 },
    ]);
  });

  it("knows that a record goes on in the next segment, and needs only its beginning", () => {
    // Ends 20 bytes before the segment does: the header of the commit is cut in two.
    const filler = MiB - 40 - 127 * 24 - 20 - 29;
    const { bytes } = writtenWal([madeOther(filler - 4), madeCommit(700, noon), madeOther(50_000)], 0n, MiB);
    const first = read(bytes.subarray(0, MiB));
    assert.deepEqual([first.commits.length, first.reader.pending], [0, true]);
    first.reader.push(bytes.subarray(MiB, MiB + 8192));
    assert.equal(first.commits.length, 1);
  });

  it("does not take the former content of a recycled segment for its own", () => {
    const old = writtenWal([...Array<MadeRecord>(500).fill(madeCommit(600, noon))], 0n, MiB).bytes;
    const { bytes } = writtenWal([madeCommit(700, noon)], BigInt(5 * MiB), MiB);
    // The new page ends with a record of the old one, at its old place, and old pages follow.
    old.copy(bytes, 80, 80);
    assert.deepEqual(
      read(bytes).commits.map(({ transactionId }) => transactionId),
      [700],
    );
  });

  it("does not believe a damaged record", () => {
    const { bytes } = writtenWal([madeCommit(700, noon), madeCommit(701, noon)], 0n, MiB);
    bytes[40 + 30] = (bytes[40 + 30] ?? 0) ^ 1;
    assert.deepEqual(
      read(bytes).commits.map(({ transactionId }) => transactionId),
      [701],
    );
  });

  it("refuses what is no WAL, and WAL of unknown versions", () => {
    assert.throws(() => read(Buffer.alloc(MiB)), UnreadableWal);
    const { bytes } = writtenWal([madeCommit(700, noon)], 0n, MiB);
    bytes.writeUInt16LE(0xd120, 0);
    assert.throws(() => read(bytes), /page magic D120\); known are 14 to 18/);
  });
});

describe("checksum of records", () => {
  it("is Castagnoli's", () => {
    assert.equal(crc32c(Buffer.from("123456789")), 0xe3069283);
    assert.equal(crc32c(Buffer.from("6789"), crc32c(Buffer.from("12345"))), 0xe3069283);
  });
});
