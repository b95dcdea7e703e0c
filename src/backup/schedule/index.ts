export type { BackupScheduleArgs, BackupScheduleOverrides, ScheduledBackupArgs } from "./args";
export { BackupSchedule, type BackupScheduleOptions } from "./component";
export type { BackupScheduleNames } from "./names";
export { BackupType } from "../backup-type";
export { type DumpArgs, DumpFormat, type DumpVolumeArgs } from "../dump/args";
export type { RetentionPolicyArgs, RetentionTiersArgs } from "../retention-policy";
export { BackupMethod } from "../../cnpg/backup";
export * from "../drill";
