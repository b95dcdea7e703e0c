import type { ResourceRequirements } from "../../cnpg/pod";

/** How a dump is written. */
export const DumpFormat = {
  /** One compressed file, written as it is read: nothing is stored on the way. */
  Custom: "custom",
  /**
   * A tar archive of pg_dump's directory format. Several tables are dumped and restored at once, for which the whole dump stands on the node
   * for a while.
   */
  Directory: "directory",
} as const;
export type DumpFormat = (typeof DumpFormat)[keyof typeof DumpFormat];

/** A volume for dumps. It is kept when the schedule is deleted. */
export interface DumpVolumeArgs {
  /**
   * Name of a PersistentVolumeClaim that exists, for example one of a share. It excludes the others. Another one leaves the dumps where they
   * are.
   */
  claim?: string;
  /** StorageClass of the claim that is made. A change replaces the claim, and leaves the former one with its dumps. @default the cluster's default class */
  storageClass?: string;
  /** Size of the claim that is made, as a quantity; it can grow where the class allows it. @default "50Gi" */
  size?: string;
}

/** Logical dumps: `pg_dump` by a Job in the cluster. A change has effect from the next run on. */
export interface DumpArgs {
  /** Databases by name. @default every database that allows connections and is no template */
  databases?: string[];
  /** @default "custom" */
  format?: DumpFormat;
  /** Only definitions, no rows. @default false */
  schemaOnly?: boolean;
  /** Level of zstd, 0 (none) to 19; higher is smaller and slower. @default 3 */
  compressionLevel?: number;
  /** Tables dumped at once, 1 to 32; more than one only with the directory format. @default 1 */
  jobs?: number;
  /** Also the roles and their memberships, without passwords. @default true */
  roles?: boolean;
  /** When. @default "daily 03:00-04:00" */
  schedule?: string;
  /** Time zone of the schedule, as the IANA database spells it. @default that of the BackupSchedule */
  timeZone?: string;
  /** Starts no run; on demand one still can be. @default false */
  suspend?: boolean;
  /** Where dumps go in place of the store. @default the store of the instance */
  volume?: DumpVolumeArgs;
  /** Seconds after which a run is ended as failed, 60 to 604800. @default 21600 */
  timeoutSeconds?: number;
  /** CPU and memory of the Job. @default requests 100m and 128Mi, memory limit 512Mi */
  resources?: ResourceRequirements;
}
