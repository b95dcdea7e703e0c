import * as assert from "node:assert/strict";
import { WalReader } from "../../src/backup/archive/commit-records";
import type { ArchivedCommit, ArchivedRestorePoint } from "../../src/backup/archive/survey";
import type { RealWal } from "./wal";

/** Reads WAL and compares it with what the server that wrote it said: ids, times to the microsecond, positions to the byte. */
export function assertAgrees(major: number, wal: RealWal): void {
  const commits = new Map<number, ArchivedCommit>();
  const points: ArchivedRestorePoint[] = [];
  let last: ArchivedCommit | undefined;
  const reader = new WalReader({
    commit: commit => {
      commits.set(commit.transactionId, commit);
      last = commit;
    },
    restorePoint: point => points.push(point),
  });
  for (const { bytes } of wal.segments) reader.push(bytes);
  assert.equal(reader.major, major);
  assert.equal(reader.segmentSize, wal.segments[0]?.bytes.length);
  for (const { transactionId, microseconds, after } of wal.commits) {
    const found = commits.get(transactionId);
    assert.ok(found, `transaction ${transactionId} was not found`);
    assert.deepEqual([microsecondsOf(found.time), found.lsn], [microseconds, after]);
  }
  for (const transactionId of wal.aborted)
    assert.ok(!commits.has(transactionId), `transaction ${transactionId} was rolled back`);
  assert.deepEqual(
    points.map(({ name, lsn }) => ({ name, lsn })),
    wal.restorePoints,
  );
  assert.deepEqual(
    [last?.transactionId, microsecondsOf(last?.time ?? "")],
    [wal.last.transactionId, wal.last.microseconds],
  );
}

function microsecondsOf(time: string): string {
  return String(BigInt(Date.parse(`${time.slice(0, 19)}Z`)) * 1000n + BigInt(time.slice(20, 26) || 0));
}
