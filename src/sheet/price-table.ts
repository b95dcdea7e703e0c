/** One size of disk of a volume that is billed by sizes. */
export interface DiskPriceArgs {
  /** Largest volume, GiB, that is billed as this disk. */
  upToGiB: number;
  /** Price of one such disk for a month. */
  month: number;
}

/** What a volume of one storage class costs: either by its GiB or by the disk it is billed as. */
export interface VolumePriceArgs {
  /** Price of one GiB for a month. */
  gibMonth?: number;
  /** Sizes of disks: a volume costs what the smallest disk does that holds it; a larger one than all of them has no known price. */
  disks?: DiskPriceArgs[];
}

/**
 * Prices of a month of 730 hours. Nothing is looked up: a table says when and where its figures were read, and what has no price in it stays unknown.
 * @example { currency: "EUR", date: "2026-11-01", source: "our contract", cpuMonth: 22, memoryGiBMonth: 2.5 }
 */
export interface PriceTableArgs {
  /** Currency of all prices. @example "EUR" */
  currency: string;
  /** When the prices were read. @example "2026-11-01" */
  date: string;
  /** Where they were read, as a part of a sentence. @example "list prices of Azure for West Europe" */
  source: string;
  /** Price of one CPU for a month. @default unknown */
  cpuMonth?: number;
  /** Price of one GiB of memory for a month. @default unknown */
  memoryGiBMonth?: number;
  /** Prices of volumes by the name of their storage class. @default unknown */
  volumes?: Record<string, VolumePriceArgs>;
  /** Storage class of volumes that name none: which of `volumes` counts for them. @default unknown */
  defaultStorageClass?: string;
  /** Price of one GiB in the store of backups for a month. @default unknown */
  storeGiBMonth?: number;
}
