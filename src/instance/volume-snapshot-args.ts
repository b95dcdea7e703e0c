/** How volume snapshots are made. A change has effect from the next snapshot on. */
export interface VolumeSnapshotArgs {
  /** VolumeSnapshotClass of the data volume. @default the cluster's default class */
  class?: string;
  /** VolumeSnapshotClass of the WAL volume. @default `class` */
  walClass?: string;
  /**
   * Whether PostgreSQL keeps running. Otherwise one standby, or the only instance, is shut down while the snapshot is made.
   * @default true
   */
  online?: boolean;
}
