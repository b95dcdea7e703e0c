/** Kinds of work a server is sized for. */
export const Workload = {
  /** Many short transactions. */
  Oltp: "oltp",
  /** Few long queries over much data; needs 1 GiB of memory. */
  Analytics: "analytics",
  /** Some of both: the default. */
  GeneralPurpose: "generalPurpose",
  /** The same as `generalPurpose`. */
  Mixed: "mixed",
  /** Few connections and little memory, for laptops and tests. */
  Development: "development",
  /** No rules: only the given parameters, over CloudNativePG's defaults. */
  Custom: "custom",
} as const;
export type Workload = (typeof Workload)[keyof typeof Workload];

/** Kinds of disk, as far as the planner's costs depend on them. */
export const DiskKind = {
  /** SSD or network disks backed by them. */
  Ssd: "ssd",
  /** Rotating disks. */
  Hdd: "hdd",
} as const;
export type DiskKind = (typeof DiskKind)[keyof typeof DiskKind];

/** What the server parameters are derived from, besides the size of the pod. Can be shared by instances of different sizes. */
export interface ProfileArgs {
  /**
   * Kind of work. A change sets other values, most of them at once by a reload; memory and connections restart the server.
   * @default "generalPurpose"
   */
  workload?: Workload;
  /** Kind of disk. A change reloads. @default "ssd" */
  disk?: DiskKind;
  /**
   * Values in place of the profile's. They win, are checked like any other, and what the profile derives from them follows:
   * with another `max_connections`, `work_mem` is sized for that number.
   * @example { max_connections: "300" }
   */
  parameters?: Record<string, string>;
}
