import type { BackupState, KeepTarget } from "../known-backup";

/** What an archive of one server holds, as a job in the cluster found it. Plain JSON: times are RFC 3339 texts. */
export interface ArchiveSurvey {
  /** Name of the ObjectStore. */
  store: string;
  /** Name of the archive in the store: CloudNativePG's server name. */
  server: string;
  /** When it was looked at. */
  asOf: string;
  /** In the order of their begin. */
  baseBackups: ArchivedBackup[];
  /** Runs of WAL segments without a gap, in the order of timeline and position. */
  wal: WalRange[];
  /** Size of a WAL segment, bytes. */
  walSegmentSize: number;
  /** Timeline histories, by timeline: where it left the one before. */
  histories: TimelineSwitch[];
  /** The newest transaction that the archive holds; absent when the last segments hold none, or were not read. */
  lastCommit?: ArchivedCommit;
  /** Bytes of everything under the server's name. */
  bytes: number;
  /** What was left out of a record that would have been too long. */
  note?: string;
}

/** One base backup of an archive. */
export interface ArchivedBackup {
  /** For example `20261120T020003`. */
  id: string;
  /** Name CloudNativePG gave it, for example `backup-20261120020003`. */
  name?: string;
  state: BackupState;
  begin: string;
  end?: string;
  beginWal?: string;
  endWal?: string;
  beginLsn?: string;
  endLsn?: string;
  timeline?: number;
  systemId?: string;
  /** PostgreSQL version as a number, for example 180006. */
  version?: number;
  /** Bytes of its objects in the store. */
  bytes: number;
  /** Bytes of the cluster it was taken of. */
  clusterBytes?: number;
  compression?: string;
  /** Target of Barman's annotation `keep`, when it carries one. */
  keep?: KeepTarget;
  /** What is wrong with its objects; empty when it can be restored as far as listing tells. */
  problems: string[];
}

/** WAL segments of one timeline without a gap. */
export interface WalRange {
  timeline: number;
  /** Name of the first segment, 24 hexadecimal digits. */
  first: string;
  /** Name of the last segment. */
  last: string;
  segments: number;
  /** Bytes in the store. */
  bytes: number;
  /** When the last segment was stored, RFC 3339; absent where the store does not tell. */
  lastStored?: string;
}

/** Where a timeline began. */
export interface TimelineSwitch {
  timeline: number;
  parent: number;
  /** Position at which it left its parent, for example `0/5000000`. */
  lsn: string;
}

/** A transaction that was committed. */
export interface ArchivedCommit {
  /** RFC 3339, microseconds. */
  time: string;
  transactionId: number;
  /** Position right after it. */
  lsn: string;
  timeline: number;
}

/** A name that somebody gave to a moment with `pg_create_restore_point`. */
export interface ArchivedRestorePoint {
  name: string;
  /** RFC 3339, microseconds. */
  time: string;
  /** Position right after it. */
  lsn: string;
  timeline: number;
}
