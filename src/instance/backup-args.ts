import type * as pulumi from "@pulumi/pulumi";
import type { BackupStoreReference } from "../backup/store/reference";
import type { BackupTarget } from "../cnpg/backup";
import type { VolumeSnapshotArgs } from "./volume-snapshot-args";

/**
 * Where the instance archives: its WAL all the time, and base backups by a BackupSchedule or on demand. Adding or removing it restarts the
 * pods one after the other, because the archiving sidecar comes or goes. Removing it leaves the archive as it is, but a later restore ends
 * where it ended.
 */
export interface InstanceBackupArgs {
  /** A BackupStore of the namespace of the instance: `store.reference`. A change restarts the pods and begins a new archive: take a base backup after it. */
  store: pulumi.Input<BackupStoreReference>;
  /** Instance that base backups are taken from. A change has effect from the next backup on. @default "prefer-standby" */
  target?: BackupTarget;
  /** How volume snapshots are made, where the storage can make them. */
  snapshots?: VolumeSnapshotArgs;
}
