import type { InstanceResources, StorageArgs } from "../../instance/args";

/** To which moment a restore drill restores. All begin with a completed base backup, and all first look whether a WAL segment is missing. */
export const DrillTarget = {
  /**
   * A restore point that the drill sets on the primary and whose WAL it waits for: proves the whole way from the running server into the
   * archive and back. Needs a running primary. Switches one WAL segment.
   */
  RestorePoint: "restorePoint",
  /** Everything that is in the archive. Changes nothing on the servers of the instance, and works without them. */
  LastArchived: "lastArchived",
  /** A moment chosen by chance between the oldest base backup that may be restored and the last commit in the archive. */
  Random: "random",
} as const;
export type DrillTarget = (typeof DrillTarget)[keyof typeof DrillTarget];

/** What must be true of the restored data. */
export interface DrillAssertion {
  /** Names it in the report; at most 63 characters. @example "orders of yesterday" */
  name: string;
  /** Database it runs in. @default the application database */
  database?: string;
  /**
   * One query, run as superuser in the restored instance. It must return one row with one column that is true.
   * @example "SELECT count(*) > 1000 FROM orders"
   */
  sql: string;
}

/** What is looked at in the restored data. A change has effect from the next drill on. */
export interface DrillChecks {
  /**
   * Run `pg_amcheck` over every database: tables and B-tree indexes are sound, and every row is in its indexes. Reads all tables and builds
   * summaries of them, so it takes longest of all checks.
   * @default true
   */
  amcheck?: boolean;
  /** Read every page of every table, index and sequence, so that its checksum is verified. Skipped where checksums are off. @default true */
  checksums?: boolean;
  /** Count the rows of every table: exactly up to 1 GiB a table, above that by the planner's estimate, and said so. @default true */
  rowCounts?: boolean;
  /** Queries of your own. @default none */
  assertions?: DrillAssertion[];
}

/**
 * Restore drills: an instance is restored into a throw-away one, looked at, measured and removed. The report is kept in ConfigMap
 * `<instance>-drills`. Nothing of it restarts or blocks the instance; the throw-away one needs room beside it, and reads the archive.
 */
export interface DrillArgs {
  /**
   * When: a schedule that a CronJob can mean, in five or six fields or words.
   * @default none: drills run on demand only
   * @example "weekly Sunday 04:00-06:00"
   */
  schedule?: string;
  /** Time zone of `schedule`, as the IANA database spells it. @default "Etc/UTC" */
  timeZone?: string;
  /** Start no drills by schedule; they still run on demand. @default false, and true while the instance is hibernated */
  suspend?: boolean;
  /** To which moment it restores. @default "restorePoint" */
  target?: DrillTarget;
  /** What is looked at in the restored data. @default every check, and no assertion */
  checks?: DrillChecks;
  /** Data volume of the throw-away instance. Too small a volume fails the drill. @default that of the instance */
  storage?: StorageArgs;
  /**
   * CPU and memory of the throw-away instance. Less of either lengthens the measured restore; memory must hold the instance's
   * `shared_buffers`.
   * @default those of the instance, with a request of 100m CPU
   */
  resources?: InstanceResources;
  /** Seconds after which a drill has failed and is removed; 60 to 604800. @default 14400 */
  timeoutSeconds?: number;
  /** How many reports are kept; 1 to 100. @default 10 */
  history?: number;
  /** Longest time to restore that counts as success, seconds. @default any */
  maxRtoSeconds?: number;
  /** Days after the last successful drill at which the alert of staleness fires; 1 to 400. @default 8 */
  maxAgeDays?: number;
  /**
   * Make a PrometheusRule with alerts for a failed drill and for one that is too long ago. Needs the Prometheus operator's definitions in the
   * cluster, and that the pods' metrics are scraped.
   * @default false
   */
  alerts?: boolean;
}
