import type { LocalReference, ObjectMeta } from "./object";

/** One backup of a Cluster: `kind: Backup` of `postgresql.cnpg.io/v1`. */
export interface BackupObject {
  apiVersion?: "postgresql.cnpg.io/v1";
  kind?: "Backup";
  metadata: ObjectMeta;
  /** Immutable. */
  spec?: BackupSpec;
  status?: BackupStatus;
}

/** How a backup is taken; shared by Backup and ScheduledBackup. */
export interface BackupOptions {
  cluster: LocalReference;
  /** Always write it: the API's default is the deprecated `barmanObjectStore`. */
  method?: BackupMethod;
  /** Required with method `plugin`. */
  pluginConfiguration?: { name: string; parameters?: Record<string, string> };
  /** @default what the Cluster says */
  target?: BackupTarget;
  /** Whether PostgreSQL keeps running; only with `volumeSnapshot`. @default what the Cluster says */
  online?: boolean;
  /** Only with `volumeSnapshot`. */
  onlineConfiguration?: { immediateCheckpoint?: boolean; waitForArchive?: boolean };
}

/** Specification of a Backup; immutable as a whole. */
export type BackupSpec = BackupOptions;

/** What became of a backup. */
export interface BackupStatus {
  /** See `BackupPhase`. */
  phase?: string;
  method?: string;
  /** Why it failed. */
  error?: string;
  commandError?: string;
  commandOutput?: string;
  /** RFC 3339. */
  startedAt?: string;
  /** RFC 3339. */
  stoppedAt?: string;
  reconciliationStartedAt?: string;
  reconciliationTerminatedAt?: string;
  /** Name of the backup in the archive, for example `20261120T101500`. */
  backupId?: string;
  backupName?: string;
  beginWal?: string;
  endWal?: string;
  beginLSN?: string;
  endLSN?: string;
  instanceID?: { podName?: string; ContainerID?: string; sessionID?: string };
  majorVersion?: number;
  online?: boolean;
  serverName?: string;
  destinationPath?: string;
  endpointURL?: string;
  pluginMetadata?: Record<string, string>;
  snapshotBackupStatus?: { elements?: { name: string; type: string; tablespaceName?: string }[] };
}

/** How a backup is taken. */
export const BackupMethod = {
  /** By a CNPG-I plugin; the one we use. */
  plugin: "plugin",
  volumeSnapshot: "volumeSnapshot",
} as const;
export type BackupMethod = (typeof BackupMethod)[keyof typeof BackupMethod];

/** Which instance a backup is taken from. */
export const BackupTarget = { primary: "primary", preferStandby: "prefer-standby" } as const;
export type BackupTarget = (typeof BackupTarget)[keyof typeof BackupTarget];
