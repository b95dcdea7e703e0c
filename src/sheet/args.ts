import type { RetentionTiersArgs } from "../backup/retention-policy";
import type { PriceTableArgs } from "./price-table";

/**
 * What the sheet of an instance must keep to. What is beyond a limit, or cannot be reckoned although it has one, fails the preview.
 * @example { maxMonthlyCost: 400, maxMemory: "32Gi", maxRpoSeconds: 5, minConnections: 100 }
 */
export interface SheetLimitsArgs {
  /** Most that a month may cost, in the currency of `prices`; needs a price for all that is used. @default no limit */
  maxMonthlyCost?: number;
  /** Most CPU that all pods together may request, as a quantity. @default no limit */
  maxCpu?: string;
  /** Most memory that all pods together may request, as a quantity. @default no limit */
  maxMemory?: string;
  /** Most that all volumes together may hold, as a quantity. @default no limit */
  maxStorage?: string;
  /** Least connections that applications must be able to have at one time. @default no limit */
  minConnections?: number;
  /** Most seconds of acknowledged commits that may be lost with one server and its volume. @default no limit */
  maxRpoSeconds?: number;
  /** Most seconds that writes may pause when the node of the primary is lost; an instance without a standby has no such bound. @default no limit */
  maxRtoSeconds?: number;
  /** Most seconds that a restore from the store may take. @default no limit */
  maxRestoreSeconds?: number;
}

/** How base backups are taken and kept, which a BackupSchedule decides and an instance does not know. */
export interface SheetBackupsArgs {
  /** Days from one base backup to the next, above 0. @default 7, as a BackupSchedule takes them */
  daysBetween?: number;
  /** Points that are kept beyond the recovery window. @default none */
  retention?: RetentionTiersArgs;
}

/**
 * What the service sheet of an instance reckons with, besides the instance itself. Nothing of it changes anything in Kubernetes: a change is a
 * change of the sheet alone.
 * @example { dataSize: "40Gi", changePerDay: "2Gi", limits: { maxMemory: "32Gi" } }
 */
export interface SheetArgs {
  /** What fails the preview. @default nothing */
  limits?: SheetLimitsArgs;
  /** Prices of a month. @default none: costs are unknown */
  prices?: PriceTableArgs;
  /** Size of the data, as a quantity. @default the size of the data volume, as if it were full */
  dataSize?: string;
  /** What is written in a day, as WAL before compression, as a quantity. @default a tenth of the data */
  changePerDay?: string;
  /** What is left of data and WAL after compression, above 0 and at most 1. @default 1, as if nothing could be compressed */
  compressedShare?: number;
  /** Base backups and how they are kept. */
  backups?: SheetBackupsArgs;
  /** Zones over which the nodes are spread, 1 to 16. @default 3 */
  zones?: number;
}
