import type { ArchivedCommit, ArchivedRestorePoint } from "./survey";

/** What reading WAL record by record found. */
export interface SegmentScan {
  /** First and last segment that were read; absent when there was none. */
  first?: string;
  last?: string;
  segments: number;
  /** Whether the WAL was read to the end of the archive, or to the first gap. */
  whole: boolean;
  /** In the order of the WAL; the newest of them where there are too many to be kept. */
  restorePoints: ArchivedRestorePoint[];
  /** The last commit at or before the time that was asked for. */
  before?: ArchivedCommit;
  /** The first commit behind it: recovery to that time stops before this one. */
  after?: ArchivedCommit;
}
