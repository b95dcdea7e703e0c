export type { SheetArgs, SheetBackupsArgs, SheetLimitsArgs } from "./args";
export { azureExamplePrices } from "./azure-prices";
export { serviceSheetMarkdown } from "./markdown";
export type { DiskPriceArgs, PriceTableArgs, VolumePriceArgs } from "./price-table";
export type {
  ServiceSheet,
  SheetAmounts,
  SheetBackups,
  SheetConnections,
  SheetCost,
  SheetCostItem,
  SheetPods,
  SheetRecovery,
  SheetResources,
  SheetVolume,
  SheetZoneLoss,
} from "./sheet";
