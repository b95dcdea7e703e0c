import type * as pulumi from "@pulumi/pulumi";
import type { BackupMethod, BackupTarget } from "../../cnpg/backup";
import type { InstanceReference } from "../../instance/reference";
import type { JobsArgs } from "../../jobs/args";
import type { BackupType } from "../backup-type";
import type { DrillArgs } from "../drill/args";
import type { DumpArgs } from "../dump/args";
import type { RetentionTiersArgs } from "../retention-policy";

/** One schedule. A change has effect from the next run on. */
export interface ScheduledBackupArgs {
  /**
   * `full`: a base backup. `incremental`: what was written since, by ending the WAL segment and waiting until it is archived. WAL is archived
   * all the time anyway; an incremental one sets a point by name of the clock that certainly can be restored. @default "full"
   */
  type?: BackupType;
  /** When: five or six fields, or words. @default "weekly sun 02:00-03:00"; of an incremental one "daily 02:00-03:00" */
  schedule?: string;
  /**
   * Time zone of an incremental one, as the IANA database spells it. CloudNativePG counts in UTC, so that a full one takes no other.
   * @default that of the BackupSchedule; "Etc/UTC" of a full one
   */
  timeZone?: string;
  /** Takes a full one as soon as the schedule is there, and again when another generation becomes active. @default false */
  immediate?: boolean;
  /** Starts no run. @default false */
  suspend?: boolean;
  /** Instance a full one is taken from. @default what the instance says */
  target?: BackupTarget;
  /** How a full one is taken: into the store, or as volume snapshots where the storage can make them. @default "plugin" */
  method?: BackupMethod;
  /** Takes volume snapshots after an incremental one, where the storage can make them. @default false */
  snapshot?: boolean;
}

/** Manifests merged over what the component makes, object by object; null removes a member. */
export interface BackupScheduleOverrides {
  /** Merged into every ScheduledBackup. */
  scheduledBackup?: Record<string, any>; // eslint-disable-line @typescript-eslint/no-explicit-any
  /** Merged into every CronJob. */
  cronJob?: Record<string, any>; // eslint-disable-line @typescript-eslint/no-explicit-any
  /** Merged into the claims of dump volumes. */
  volumeClaim?: Record<string, any>; // eslint-disable-line @typescript-eslint/no-explicit-any
}

/** Arguments of {@link BackupSchedule}. */
export interface BackupScheduleArgs {
  /** The instance: its `reference`. It must archive, unless only dumps to volumes are asked for. One BackupSchedule serves one instance. */
  instance: pulumi.Input<InstanceReference>;
  /**
   * What is taken when, by name: a DNS label of at most 20 characters. An empty map takes nothing by the clock.
   * @default { full: { type: "full", schedule: "weekly sun 02:00-03:00", immediate: true }, incremental: { type: "incremental", schedule: "daily 02:00-03:00" } }
   */
  schedules?: Record<string, ScheduledBackupArgs>;
  /** Logical dumps, by name: a DNS label of at most 20 characters. @default none */
  dumps?: Record<string, DumpArgs>;
  /** Restore drills: proof that backups can be restored, by the clock or on demand. @default none */
  drill?: DrillArgs;
  /** Points that are kept beyond the recovery window of the store. @default none */
  retention?: RetentionTiersArgs;
  /** Starts no run of anything, retention included. Hibernated instances are suspended anyway. @default false */
  suspend?: boolean;
  /**
   * Time zone of what runs as a CronJob (incremental backups, dumps, drills) and of the tiers, as the IANA database spells it. Full backups
   * are taken by CloudNativePG, which counts in UTC.
   * @default "Etc/UTC"
   */
  timeZone?: string;
  /** Image of the Jobs. @default that of the instance */
  jobs?: JobsArgs;
  /** Labels of everything made. */
  labels?: Record<string, string>;
  /** Annotations of everything made. */
  annotations?: Record<string, string>;
  /** Escape hatch. */
  overrides?: BackupScheduleOverrides;
}
