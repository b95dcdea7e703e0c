import type { DrillTarget } from "./args";

/** How a drill ended. */
export const DrillOutcome = {
  /** Restored, the wanted moment reached, every check passed. */
  Succeeded: "succeeded",
  Failed: "failed",
} as const;
export type DrillOutcome = (typeof DrillOutcome)[keyof typeof DrillOutcome];

/** How one check ended. */
export const CheckOutcome = {
  Passed: "passed",
  Failed: "failed",
  /** It could not say anything; `detail` tells why. */
  Skipped: "skipped",
} as const;
export type CheckOutcome = (typeof CheckOutcome)[keyof typeof CheckOutcome];

/** What a restore drill found. Plain JSON: times are RFC 3339 texts, sizes are bytes. */
export interface DrillReport {
  /** Name of the drill, and of its restore point. @example "drill-20261120T020003Z" */
  id: string;
  instance: string;
  namespace: string;
  outcome: DrillOutcome;
  /** Why it failed, as a sentence. */
  reason?: string;
  startedAt: string;
  finishedAt: string;
  /** Name of the archive that was restored from. */
  server?: string;
  target?: DrilledTarget;
  backup?: DrilledBackup;
  /** WAL from the begin of the backup to the target, as stored. */
  wal?: { segments: number; bytes: number };
  /**
   * Seconds between the newest commit in the archive and the begin of the drill, before the drill switched the WAL; 0 when a drill with a
   * restore point found that nothing was committed since.
   */
  rpoSeconds?: number;
  /** When that commit was. */
  lastCommit?: string;
  /** WAL the primary had written and not archived when the drill began. */
  unarchivedBytes?: number;
  /** Seconds from asking for the instance until it accepted connections. */
  rtoSeconds?: number;
  /** Where those seconds went. */
  phases?: DrillPhases;
  /** Base backup and WAL, as stored. */
  bytes?: number;
  /** Those bytes by `rtoSeconds`. */
  bytesPerSecond?: number;
  /** Where replay of WAL ended. */
  reached?: ReachedPoint;
  /** Empty when it did not come that far. */
  checks: DrillCheck[];
  rows?: RowCounts;
  /** What could not be removed in time, by kind and name. Kubernetes goes on removing it. */
  leftovers?: string[];
}

/** The moment that was to be restored. */
export interface DrilledTarget {
  kind: DrillTarget;
  restorePoint?: string;
  time?: string;
  lsn?: string;
}

/** The base backup it began with. */
export interface DrilledBackup {
  id: string;
  name?: string;
  end?: string;
  bytes: number;
  /** Of the cluster it was taken of. */
  clusterBytes?: number;
}

/** Seconds of each part of a restore; absent where the log did not tell. */
export interface DrillPhases {
  /** Until the restore began: volume, node, image. */
  preparation?: number;
  /** Download of the base backup. */
  baseBackup?: number;
  /** Replay of WAL. */
  replay?: number;
  /** From the end of replay until connections were accepted. */
  promotion?: number;
}

/** Where replay ended, as PostgreSQL recorded it when the new timeline began. */
export interface ReachedPoint {
  lsn: string;
  /** PostgreSQL's words. @example "at restore point \"drill-20261120T020003Z\"" */
  reason: string;
  /** The new timeline. */
  timeline: number;
}

/** One check of the restored data. */
export interface DrillCheck {
  name: string;
  outcome: CheckOutcome;
  /** What it looked at, or what is wrong. */
  detail: string;
  seconds: number;
}

/** Rows of the restored databases. */
export interface RowCounts {
  tables: number;
  rows: number;
  /** False when a table was too large to count. */
  exact: boolean;
  /** The tables with the most rows, at most {@link largestTables}. */
  largest: TableRows[];
}

export interface TableRows {
  database: string;
  table: string;
  rows: number;
  /** False for the planner's estimate. */
  exact: boolean;
}

/** How many tables a report names. */
export const largestTables = 20;

/** Members that a failed drill may lack, with what was found of them. */
export type DrillFindings = Partial<Omit<DrillReport, "id" | "instance" | "namespace" | "startedAt">> &
  Pick<DrillReport, "checks">;

/** What is wrong with what a drill found, as sentences; empty when it succeeded. */
export function judge(findings: DrillFindings, maxRtoSeconds?: number): string[] {
  const failed = findings.checks.filter(({ outcome }) => outcome === CheckOutcome.Failed);
  const slow = maxRtoSeconds !== undefined && (findings.rtoSeconds ?? 0) > maxRtoSeconds;
  return [
    ...failed.map(({ name, detail }) => `Check ${name} failed: ${detail.replace(/\.$/, "")}.`),
    ...(slow ? [`The restore took ${findings.rtoSeconds} s; at most ${maxRtoSeconds} s are allowed.`] : []),
  ];
}

/** Bytes by seconds, whole; undefined where either is not known. */
export function rate(bytes: number | undefined, seconds: number | undefined): number | undefined {
  return bytes === undefined || seconds === undefined || seconds <= 0
    ? undefined
    : Math.round(bytes / seconds);
}
