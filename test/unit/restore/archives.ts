import fc from "fast-check";
import type {
  ArchivedBackup,
  ArchivedCommit,
  ArchiveSurvey,
  TimelineSwitch,
} from "../../../src/backup/archive/survey";
import { beginOfSegment, lsnText, readLsn, segmentAt } from "../../../src/backup/archive/wal-name";
import { walRanges } from "../../../src/backup/archive/wal-ranges";

/** Bytes of a segment in these archives: the least PostgreSQL knows. */
export const segmentSize = 2 ** 20;

/** A transaction as the server committed it. */
export interface Commit {
  time: string;
  transactionId: number;
  /** Position of its record, and the one right after it. */
  at: bigint;
  lsn: bigint;
  timeline: number;
}

/** An archive and the truth behind it. */
export interface GeneratedArchive {
  survey: ArchiveSurvey;
  commits: Commit[];
  /** Every segment the archive holds. */
  segments: Set<string>;
}

/** What happens on a server. */
type Happening =
  | { kind: "commit"; bytes: number; seconds: number }
  | { kind: "backup"; good: boolean; seconds: number }
  | { kind: "failover" };

const happening: fc.Arbitrary<Happening> = fc.oneof(
  {
    weight: 6,
    arbitrary: fc.record({
      kind: fc.constant("commit" as const),
      bytes: fc.integer({ min: 8, max: 3 * segmentSize }),
      seconds: fc.integer({ min: 0, max: 100 }),
    }),
  },
  {
    weight: 2,
    arbitrary: fc.record({
      kind: fc.constant("backup" as const),
      good: fc.boolean(),
      seconds: fc.integer({ min: 1, max: 100 }),
    }),
  },
  { weight: 1, arbitrary: fc.constant({ kind: "failover" as const }) },
);

/** Archives of servers that committed, were backed up and failed over, with or without lost segments. */
export const archives: fc.Arbitrary<GeneratedArchive> = fc
  .record({
    happenings: fc.array(happening, { minLength: 1, maxLength: 30 }),
    lost: fc.array(fc.nat(60), { maxLength: 1 }),
    readsCommits: fc.boolean(),
  })
  .map(({ happenings, lost, readsCommits }) => archiveOf(happenings, lost, readsCommits));

const start = Date.parse("2026-11-20T00:00:00Z");

/** @param lost indexes of segments that are missing @param readsCommits whether the survey knows the last transaction */
export function archiveOf(
  happenings: readonly Happening[],
  lost: readonly number[] = [],
  readsCommits = true,
): GeneratedArchive {
  let [lsn, timeline, transactionId, now] = [BigInt(segmentSize) * 2n, 1, 700, start];
  const commits: Commit[] = [];
  const backups: ArchivedBackup[] = [];
  const histories: TimelineSwitch[] = [];
  const written = new Map<number, [from: bigint, to: bigint]>([[1, [lsn, lsn]]]);
  const write = (bytes: number): void => {
    lsn += BigInt(bytes);
    written.set(timeline, [written.get(timeline)?.[0] ?? lsn, lsn]);
  };
  const commit = (bytes: number, seconds: number): void => {
    now += seconds * 1000;
    write(bytes);
    const at = lsn;
    write(48);
    transactionId += 1;
    commits.push({ time: new Date(now).toISOString(), transactionId, at, lsn, timeline });
  };
  for (const event of happenings) {
    if (event.kind === "commit") commit(event.bytes, event.seconds);
    else if (event.kind === "failover") {
      // What is in its last segment goes on in that of the next timeline; its own is only stored as a partial one.
      written.set(timeline, [written.get(timeline)?.[0] ?? lsn, lsn - (lsn % BigInt(segmentSize)) - 1n]);
      timeline += 1;
      histories.push({ timeline, parent: timeline - 1, lsn: lsnText(lsn) });
      written.set(timeline, [lsn, lsn]);
      write(100);
    } else {
      now += 1000;
      const [begin, beginLsn] = [new Date(now), lsn];
      write(200);
      now += event.seconds * 1000;
      const end = new Date(now);
      backups.push({
        id: `${begin.toISOString().replace(/[-:]|\.\d+Z/g, "")}`,
        state: event.good ? "completed" : "failed",
        begin: begin.toISOString(),
        ...(event.good ? { end: end.toISOString(), endLsn: lsnText(lsn) } : {}),
        beginWal: segmentAt(beginLsn, timeline, segmentSize),
        endWal: segmentAt(lsn, timeline, segmentSize),
        beginLsn: lsnText(beginLsn),
        timeline,
        bytes: 1000,
        problems: [],
      });
      // The end of a backup switches to the next segment.
      write(segmentSize - Number(lsn % BigInt(segmentSize)));
    }
  }
  const all = [...written].flatMap(([own, [from, to]]) => segmentNames(own, from, to));
  const kept = all.filter((_, index) => !lost.includes(index));
  // A timeline that was left within a segment goes on in its successor's copy of it.
  const held = (at: bigint, own: number): boolean => {
    const left = histories.find(({ parent }) => parent === own);
    const name = segmentAt(at, own, segmentSize);
    const isLeft = left !== undefined && segmentAt(readLsn(left.lsn) ?? 0n, own, segmentSize) === name;
    return isLeft ? held(at, left.timeline) : kept.includes(name);
  };
  const last = commits.findLast(
    record => held(record.at, record.timeline) && held(record.lsn - 1n, record.timeline),
  );
  return {
    commits,
    segments: new Set(kept),
    survey: {
      store: "backups",
      server: "orders-g1",
      asOf: new Date(now).toISOString(),
      baseBackups: backups,
      wal: walRanges(
        kept.map(key => ({ key, bytes: 500, ...storedWhen(commits, key) })),
        segmentSize,
      ),
      walSegmentSize: segmentSize,
      histories,
      ...(last === undefined || !readsCommits ? {} : { lastCommit: archived(last) }),
      bytes: kept.length * 500,
    },
  };
}

/** A segment is stored when it is full: after everything that begins in it or before it. */
function storedWhen(commits: readonly Commit[], segment: string): { stored?: string } {
  const end = beginOfSegment(segment, segmentSize) + BigInt(segmentSize);
  const last = commits.findLast(({ at }) => at < end);
  return last === undefined ? {} : { stored: last.time };
}

function archived({ time, transactionId, lsn, timeline }: Commit): ArchivedCommit {
  return { time, transactionId, lsn: lsnText(lsn), timeline };
}

function segmentNames(timeline: number, from: bigint, to: bigint): string[] {
  const names: string[] = [];
  for (let at = from - (from % BigInt(segmentSize)); at <= to; at += BigInt(segmentSize)) {
    names.push(segmentAt(at, timeline, segmentSize));
  }
  return names;
}
