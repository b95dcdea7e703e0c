import type { ArchivedBackup, ArchiveSurvey } from "../../../../src/backup/archive/survey";
import { BackupState } from "../../../../src/backup/known-backup";

/** A completed base backup whose WAL begins with segment `first` of timeline 1. */
export function baseBackup(end: string, first: number, more: Partial<ArchivedBackup> = {}): ArchivedBackup {
  const ended = new Date(end);
  const begin = new Date(ended.getTime() - 60_000).toISOString();
  return {
    id: begin.replace(/[-:]|\.\d+Z/g, ""),
    name: `backup-${first}`,
    state: BackupState.Completed,
    begin,
    end,
    beginWal: segment(first),
    endWal: segment(first),
    beginLsn: `0/${first.toString(16)}000028`,
    endLsn: `0/${first.toString(16)}000100`,
    timeline: 1,
    bytes: 1000,
    clusterBytes: 5000,
    problems: [],
    ...more,
  };
}

/** Name of a segment of timeline 1. */
export function segment(number: number): string {
  return `0000000100000000${number.toString(16).toUpperCase().padStart(8, "0")}`;
}

/** An archive whose segments 1 to 9 are all there. */
export function survey(more: Partial<ArchiveSurvey> = {}): ArchiveSurvey {
  return {
    store: "backups",
    server: "orders-g1",
    asOf: "2026-11-20T12:00:00.000Z",
    baseBackups: [baseBackup("2026-11-18T02:01:00.000Z", 2), baseBackup("2026-11-20T02:01:00.000Z", 5)],
    wal: [range(1, 9)],
    walSegmentSize: 16 * 1024 * 1024,
    histories: [],
    lastCommit: {
      time: "2026-11-20T11:59:00.250000Z",
      transactionId: 900,
      lsn: "0/9000200",
      timeline: 1,
    },
    bytes: 2000,
    ...more,
  };
}

/** Segments without a gap, 100 bytes each. */
export function range(from: number, to: number): ArchiveSurvey["wal"][number] {
  const segments = to - from + 1;
  return { timeline: 1, first: segment(from), last: segment(to), segments, bytes: 100 * segments };
}
