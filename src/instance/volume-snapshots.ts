import type { VolumeSnapshotConfiguration } from "../cnpg/cluster";
import type { VolumeSnapshotArgs } from "./volume-snapshot-args";

/** How CloudNativePG makes volume snapshots. Labels are not set here: a snapshot takes those that its volume inherits. */
export function volumeSnapshotSpec(args: VolumeSnapshotArgs): VolumeSnapshotConfiguration {
  return {
    className: args.class,
    walClassName: args.walClass,
    online: args.online ?? true,
    // A spread checkpoint takes minutes before a copy that takes seconds; without its WAL the copy would be worthless.
    onlineConfiguration: { immediateCheckpoint: true, waitForArchive: true },
    // A snapshot outlives the Cluster and the Backup that it was made for: it is what they are restored from.
    snapshotOwnerReference: "none",
  };
}
