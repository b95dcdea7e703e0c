import type { PriceTableArgs } from "./price-table";

/** Hours of a month, as Azure counts them. */
const hours = 730;

/**
 * List prices of a virtual machine for an hour, Linux, paid as it is used: D4s v5 has 4 CPU and 16 GiB, E4s v5 4 CPU and 32 GiB. What 16 GiB more
 * cost is the price of memory; the rest is that of the CPU.
 */
const machines = { d4: 0.192, e4: 0.252 };
const gibHour = (machines.e4 - machines.d4) / 16;
const cpuHour = (machines.d4 - 16 * gibHour) / 4;

/**
 * An example of a table, to be replaced by one's own: list prices of Azure in US dollars as public sources quote them for regions in the United
 * States, not read from Azure. CPU and memory are shares of virtual machines of the series Dsv5 and Esv5; `managed-csi-premium` is Premium SSD,
 * `managed-csi` Standard SSD, each in one zone, from 32 GiB on, so that smaller disks are reckoned too dear; the store is Blob Storage, hot, in one
 * zone. What is billed by operations or by traffic is not in it.
 */
export const azureExamplePrices: PriceTableArgs = {
  currency: "USD",
  date: "2026-11",
  source:
    "list prices of Azure for regions in the United States as public sources quote them; an example, to be replaced",
  cpuMonth: rounded(cpuHour * hours),
  memoryGiBMonth: rounded(gibHour * hours),
  volumes: {
    "managed-csi-premium": {
      disks: [
        { upToGiB: 32, month: 5.28 },
        { upToGiB: 64, month: 10.21 },
        { upToGiB: 128, month: 19.71 },
        { upToGiB: 256, month: 38.01 },
        { upToGiB: 512, month: 73.22 },
        { upToGiB: 1024, month: 135.17 },
        { upToGiB: 2048, month: 259.05 },
      ],
    },
    "managed-csi": {
      disks: [
        { upToGiB: 32, month: 2.4 },
        { upToGiB: 64, month: 4.8 },
        { upToGiB: 128, month: 9.6 },
        { upToGiB: 256, month: 19.2 },
        { upToGiB: 512, month: 38.4 },
      ],
    },
  },
  defaultStorageClass: "managed-csi",
  storeGiBMonth: 0.0184,
};

function rounded(price: number): number {
  return Math.round(price * 1e4) / 1e4;
}
