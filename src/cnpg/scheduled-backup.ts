import type { BackupOptions } from "./backup";
import type { ObjectMeta } from "./object";

/** Backups by the clock: `kind: ScheduledBackup` of `postgresql.cnpg.io/v1`. */
export interface ScheduledBackupObject {
  apiVersion?: "postgresql.cnpg.io/v1";
  kind?: "ScheduledBackup";
  metadata: ObjectMeta;
  spec?: ScheduledBackupSpec;
  status?: ScheduledBackupStatus;
}

/** `cluster` is immutable; every other change holds from the next run on. */
export interface ScheduledBackupSpec extends BackupOptions {
  /** Six fields, seconds first, in UTC. Five fields are accepted with a warning and mean something else. */
  schedule: string;
  /** Takes a backup as soon as the schedule is created. @default false */
  immediate?: boolean;
  /** Stops new backups. Hibernated clusters need it: a schedule does not know about hibernation. @default false */
  suspend?: boolean;
  /** @default none */
  backupOwnerReference?: BackupOwnerReference;
}

export interface ScheduledBackupStatus {
  lastCheckTime?: string;
  lastScheduleTime?: string;
  nextScheduleTime?: string;
  error?: string;
}

/** With whom the Backup objects go: with nobody, with the schedule, with the Cluster. */
export const BackupOwnerReference = { none: "none", self: "self", cluster: "cluster" } as const;
export type BackupOwnerReference = (typeof BackupOwnerReference)[keyof typeof BackupOwnerReference];
