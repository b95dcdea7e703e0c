/** Kinds of disks for volumes. */
export const DiskKind = {
  /** Premium SSD: speed follows from the size. */
  Premium: "premium",
  /** Premium SSD v2: size, operations and throughput are bought apart; only on nodes in a zone. */
  PremiumV2: "premiumV2",
  /**
   * The local NVMe disks of the node, by Azure Container Storage: the fastest, and gone with the node. Only with standbys, a store, and nodes that
   * have such disks.
   */
  LocalNvme: "localNvme",
} as const;
export type DiskKind = (typeof DiskKind)[keyof typeof DiskKind];

/** What a Premium SSD v2 is for, from which operations and throughput are derived. */
export const DiskIntent = {
  /** What every disk has at no further cost: 3000 operations and 125 MB each second. */
  Baseline: "baseline",
  /** Many small reads and writes: 100 operations each second for each GiB, of 16 KiB. */
  Transactions: "transactions",
  /** Long reads: 4 MB each second for each GiB. */
  Scans: "scans",
} as const;
export type DiskIntent = (typeof DiskIntent)[keyof typeof DiskIntent];

/** One class of volumes. Parameters cannot be changed: a change makes the class anew, and volumes that exist stay as they are. */
export interface AzureDiskArgs {
  /** Name of the StorageClass. @example "postgres" */
  name: string;
  kind: DiskKind;
  /** Smallest volume that the class is for: Azure's limits depend on it. @default "10Gi" @example "64Gi" */
  size?: string;
  /** Of Premium SSD v2. @default "baseline" */
  intent?: DiskIntent;
  /** Operations each second of Premium SSD v2, 3000 to 80000, at most 500 for each GiB. @default what `intent` gives */
  iops?: number;
  /** Throughput of Premium SSD v2 in MB/s, 125 to 2000, at most a quarter of `iops`. @default what `intent` gives */
  throughput?: number;
  /**
   * Premium SSD in three zones: its volume can follow a pod into another zone. Slower and dearer; standbys do the same with less. @default false
   */
  zoneRedundant?: boolean;
  /** Keep the disk when its volume is deleted, for as long as somebody pays for it. @default false */
  keepDisks?: boolean;
  /** Must repeat `name` for local NVMe: what is on it is lost with the node. */
  acceptDataLoss?: string;
}

/** Class of VolumeSnapshots, for backups by snapshot. */
export interface SnapshotClassArgs {
  /** @default "postgres-snapshots" */
  name?: string;
  /** Store only what changed since the snapshot before. Premium SSD v2 knows no other. @default true */
  incremental?: boolean;
  /** Keep Azure's snapshot when the VolumeSnapshot is deleted. @default false */
  keepSnapshots?: boolean;
}

/** Arguments of {@link AzureStorageClasses}. */
export interface AzureStorageClassesArgs {
  /** At least one. */
  classes: AzureDiskArgs[];
  /** @default none is made */
  snapshots?: SnapshotClassArgs;
  /** Tags of the disks, at most 48. */
  tags?: Record<string, string>;
}
