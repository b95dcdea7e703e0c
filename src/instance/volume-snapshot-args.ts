/**
 * How volume snapshots are made, for backups of the method `volumeSnapshot`. The storage class needs a CSI driver that can make
 * them, and their kinds must have been in the cluster when the operator started. A change restarts nothing and has effect
 * from the next snapshot on. Snapshots are not deleted with the instance or with their Backup objects: each is deleted by itself.
 */
export interface VolumeSnapshotArgs {
  /**
   * VolumeSnapshotClass of the data volume; it must be of the same CSI driver as the storage class. Its `deletionPolicy` decides
   * whether deleting a VolumeSnapshot also deletes the copy that the storage holds.
   * @default the cluster's default class of that driver
   * @example "embedded"
   */
  class?: string;
  /**
   * VolumeSnapshotClass of the WAL volume; only with `walStorage`, whose snapshot is made along with that of the data volume.
   * @default `class`
   */
  walClass?: string;
  /**
   * Whether PostgreSQL keeps running while the snapshot is made. Such a snapshot is restored together with WAL from the archive of
   * `backup.store`. Otherwise one standby, or the only instance, is shut down for it: clients of a single instance are disconnected
   * for as long as the snapshot takes, and the snapshot is complete without WAL.
   * @default true
   */
  online?: boolean;
}
