export {
  DataDurability,
  PrimaryUpdateMethod,
  PrimaryUpdateStrategy,
  SynchronousMethod,
} from "../cnpg/cluster";
export * from "./args";
export type { ChildTransform, InstanceTransforms } from "./children";
export { PostgresInstance, type PostgresInstanceLookup, type PostgresInstanceOptions } from "./component";
export type { PendingParameter } from "../parameters/pending-parameter";
export type { InstanceReference } from "./reference";
export type { InstanceBackupArgs } from "./backup-args";
export type { VolumeSnapshotArgs } from "./volume-snapshot-args";
export type { RestoreSnapshotsArgs, RestoreSource, RestoreTargetArgs } from "../restore/source-args";
export { BackupTarget } from "../cnpg/backup";
