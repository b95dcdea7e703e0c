import type { InstanceReference } from "../../instance/reference";
import { backupAccounts } from "./accounts";
import type { ResolvedBackupSchedule } from "./resolve";

/** Names of what a BackupSchedule makes for an instance. */
export interface BackupScheduleNames {
  /**
   * ScheduledBackups of full backups, by entry. They carry the generation: CloudNativePG takes no immediate backup for a schedule whose name
   * has backups already, and that of a new generation would have those of the former one.
   */
  scheduledBackups: Record<string, string>;
  /** CronJobs of incremental backups, by entry. */
  incremental: Record<string, string>;
  /** CronJobs of dumps, by entry. */
  dumps: Record<string, string>;
  /** PersistentVolumeClaims of dumps, by entry. */
  volumeClaims: Record<string, string>;
  /** CronJob and ServiceAccount that check backups and carry out retention, and ConfigMap with what they found. */
  keeper: string;
  /** Suspended CronJob that restores of dumps are made from, and its ServiceAccount. */
  dumpRestore: string;
  /** ServiceAccount of the dumps, and Secret with the login of their role. */
  dumpLogin: string;
}

/** Longest name of an entry. */
export const maxEntryLength = 20;

/** A CronJob's Jobs need eleven characters of their own. */
export const maxCronJobName = 52;

/** What CloudNativePG puts behind the name of a schedule to name its backups; a snapshot carries that in a label. */
export const maxSnapshotScheduleName = 63 - "-20260101000000".length;

/** Name of the entry in `dumps` that would be the CronJob restores are made from. */
export const restoreEntry = "restore";

export function backupScheduleNames(
  { name: instance, clusterName }: Pick<InstanceReference, "name" | "clusterName">,
  schedule: ResolvedBackupSchedule,
): BackupScheduleNames {
  const byEntry = (list: { name: string }[], nameOf: (entry: string) => string): Record<string, string> =>
    Object.fromEntries(list.map(({ name }) => [name, nameOf(name)]));
  const accounts = backupAccounts(instance);
  return {
    scheduledBackups: byEntry(schedule.full, entry => `${clusterName}-${entry}`),
    incremental: byEntry(schedule.incremental, entry => entryName(instance, entry)),
    dumps: byEntry(schedule.dumps, entry => dumpName(instance, entry)),
    volumeClaims: Object.fromEntries(
      schedule.dumps.flatMap(({ name, volume }) =>
        volume === undefined ? [] : [[name, volume.claim ?? dumpName(instance, name)]],
      ),
    ),
    keeper: accounts.keeper,
    dumpRestore: accounts.dumpRestore,
    dumpLogin: accounts.dumps,
  };
}

/** What an entry of schedules is called for an instance, whatever its generation: what the minute depends on where it was left open. */
export function entryName(instance: string, entry: string): string {
  return `${instance}-${entry}`;
}

/** Name of the CronJob of an entry of dumps. */
export function dumpName(instance: string, entry: string): string {
  return `${instance}-dump-${entry}`;
}

/** Name of the role that dumps. It does not begin with the instance's: `pg_` and `cnpg_` are reserved. */
export function dumpRole(instance: string): string {
  return `dump_${instance.replaceAll("-", "_")}`;
}
