import { DiskIntent } from "./args";

/** Limits of Premium SSD v2. Source: "Select a disk type for Azure IaaS VMs - managed disks", Microsoft Learn, 2025. */
export const premiumV2 = {
  sizeGib: { least: 1, most: 65_536 },
  iops: { least: 3000, most: 80_000, perGib: 500 },
  /** MB/s; until 2025 the most was 1200. */
  throughput: { least: 125, most: 2000, perIops: 0.25 },
} as const;

/** Most operations each second that a Premium SSD v2 of a size can have: 3000 also the smallest. */
export function mostIops(sizeGib: number): number {
  const { least, most, perGib } = premiumV2.iops;
  return Math.min(most, Math.max(least, Math.floor(sizeGib * perGib)));
}

/** Most MB/s that go with so many operations each second: 125 also with the fewest. */
export function mostThroughput(iops: number): number {
  const { least, most, perIops } = premiumV2.throughput;
  return Math.min(most, Math.max(least, Math.floor(iops * perIops)));
}

/** What a Premium SSD v2 is set to. */
export interface DiskSpeed {
  iops: number;
  /** MB/s. */
  throughput: number;
}

/** Operations and throughput of a Premium SSD v2 of a size that is meant for something; always within the limits. */
export function speedFor(intent: DiskIntent, sizeGib: number): DiskSpeed {
  const { iops, throughput } = premiumV2;
  const within = (value: number, least: number, most: number): number =>
    Math.round(Math.min(most, Math.max(least, value)));
  switch (intent) {
    case DiskIntent.Transactions: {
      const operations = within(sizeGib * 100, iops.least, mostIops(sizeGib));
      // 16 KiB each: a page that is read ahead, or written with its neighbour.
      return {
        iops: operations,
        throughput: within(operations / 61, throughput.least, mostThroughput(operations)),
      };
    }
    case DiskIntent.Scans: {
      const wanted = within(sizeGib * 4, throughput.least, throughput.most);
      const operations = within(wanted / throughput.perIops, iops.least, mostIops(sizeGib));
      return { iops: operations, throughput: Math.min(wanted, mostThroughput(operations)) };
    }
    default:
      return { iops: iops.least, throughput: throughput.least };
  }
}

/** A size of Premium SSD, with the speed that goes with it. */
export interface PremiumTier extends DiskSpeed {
  name: string;
  sizeGib: number;
}

/** Source: as above. Azure makes the next larger size, and charges it. */
export const premiumTiers: readonly PremiumTier[] = [
  ["P1", 4, 120, 25],
  ["P2", 8, 120, 25],
  ["P3", 16, 120, 25],
  ["P4", 32, 120, 25],
  ["P6", 64, 240, 50],
  ["P10", 128, 500, 100],
  ["P15", 256, 1100, 125],
  ["P20", 512, 2300, 150],
  ["P30", 1024, 5000, 200],
  ["P40", 2048, 7500, 250],
  ["P50", 4096, 7500, 250],
  ["P60", 8192, 16_000, 500],
  ["P70", 16_384, 18_000, 750],
  ["P80", 32_767, 20_000, 900],
].map(([name, sizeGib, iops, throughput]) => ({ name, sizeGib, iops, throughput }) as PremiumTier);

/** The size of Premium SSD that a volume gets; undefined when none is large enough. */
export function premiumTierOf(sizeGib: number): PremiumTier | undefined {
  return premiumTiers.find(tier => tier.sizeGib >= sizeGib);
}
