import type * as pulumi from "@pulumi/pulumi";
import type { BackupStoreReference } from "../backup/store/reference";

/**
 * Where replay of WAL stops: exactly one of the moments. All of them are read once, when the generation is created. A moment for which the
 * archive holds no transaction behind it fails the restore; `pulumi-cnpg restore plan` tells before.
 */
export interface RestoreTargetArgs {
  /**
   * A time with its zone, RFC 3339: every transaction committed up to it. Without a zone it is refused, because the server would read it in
   * its own.
   * @example "2026-11-20T14:30:00+01:00"
   */
  time?: string;
  /** A transaction id, 3 to 4294967295. Needs `backupId`. Transactions with a smaller id that were committed later are not in it. @example "1547" */
  transactionId?: string;
  /** A name given to `pg_create_restore_point`, at most 63 bytes. Needs `backupId`. @example "before-migration" */
  restorePoint?: string;
  /** A position in the WAL. @example "0/5000028" */
  lsn?: string;
  /** The end of the base backup: as soon as it is consistent. Needs `backupId`. */
  immediate?: boolean;
  /** The end of the archive. A missing segment ends it as well, silently: `restore plan` and restore drills look for those. */
  latest?: boolean;
  /** Stop right before the target in place of right after; only with `time`, `transactionId` and `lsn`. @default false */
  exclusive?: boolean;
  /** Timeline to follow: `latest` or a number. @default "latest" */
  timeline?: string;
}

/** Volume snapshots of one backup, in the namespace of the instance. */
export interface RestoreSnapshotsArgs {
  /** Name of the VolumeSnapshot of the data volume. */
  storage: string;
  /** Name of the VolumeSnapshot of the WAL volume; needs `walStorage`. */
  walStorage?: string;
}

/**
 * What a generation is made from in place of `initdb`: exactly one of `backup`, `generation`, `archive`, `snapshots`. Read once, when the
 * generation is created; a later change is refused at preview, because it would do nothing.
 */
export interface RestoreSource {
  /**
   * Name of a completed Backup object of volume snapshots in the same namespace. A base backup of an archive is named with `backupId`, which
   * `pulumi-cnpg backup list` shows.
   */
  backup?: string;
  /** Another generation of this instance, whose archive is read. @example "1" */
  generation?: string;
  /** Name of an archive in `store`: that of any instance that archives or archived there. @example "orders-g1" */
  archive?: string;
  /**
   * Volume snapshots; WAL to `target` is read from the archive where `generation` or `archive` is given as well. With `walStorage` one of them is
   * needed, unless PostgreSQL is stopped for snapshots.
   */
  snapshots?: RestoreSnapshotsArgs;
  /**
   * The place of the archive: a BackupStore in the namespace of this instance, which may point to the store of another namespace or cluster.
   * @default the store of `backup`
   */
  store?: pulumi.Input<BackupStoreReference>;
  /**
   * Base backup to begin with, as the archive calls it. Without `target`, replay stops at its end.
   * @default the newest one that ended before the target
   * @example "20261120T020003"
   */
  backupId?: string;
  /** Where replay stops. @default the end of the backup where one is named, else the end of the archive */
  target?: RestoreTargetArgs;
}
