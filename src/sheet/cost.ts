import { amountText, GiB } from "../parameters/amount";
import type { PriceTableArgs, VolumePriceArgs } from "./price-table";
import type { SheetBackups, SheetCost, SheetCostItem, SheetResources, SheetVolume } from "./sheet";

/** What is paid for. */
interface Paid {
  resources: SheetResources;
  volumes: readonly SheetVolume[];
  backups?: SheetBackups;
}

/** What a month costs. CPU and memory are paid for as requested: that is what no other pod can have. */
export function sheetCost({ resources, volumes, backups }: Paid, prices?: PriceTableArgs): SheetCost {
  const { cpu = 0, memoryBytes } = resources.requests;
  const items = [
    priced("CPU", `${cpu} requested`, cpu, prices?.cpuMonth),
    priced("memory", `${amountText(memoryBytes)} requested`, memoryBytes / GiB, prices?.memoryGiBMonth),
    ...volumes.map(volume => volumeCost(volume, prices)),
    ...(backups === undefined
      ? []
      : [
          priced(
            "backups",
            `${amountText(backups.bytes)} at most`,
            backups.bytes / GiB,
            prices?.storeGiBMonth,
          ),
        ]),
  ];
  const known = cents(items.reduce((sum, { month = 0 }) => sum + month, 0));
  const complete = items.every(({ month }) => month !== undefined);
  const { currency, date, source } = prices ?? {};
  return {
    items,
    known,
    ...(complete ? { month: known } : {}),
    ...(currency === undefined ? {} : { currency }),
    ...(date === undefined ? {} : { date }),
    ...(source === undefined ? {} : { source }),
  };
}

/** What nothing is used of costs nothing, whatever its price. */
function priced(what: string, amount: string, units: number, price: number | undefined): SheetCostItem {
  if (units === 0) return { what, amount, month: 0 };
  return { what, amount, ...(price === undefined ? {} : { month: cents(units * price) }) };
}

function volumeCost(
  { what, volumes, bytes, storageClass }: SheetVolume,
  prices: PriceTableArgs | undefined,
): SheetCostItem {
  const name = storageClass ?? prices?.defaultStorageClass;
  const price = name === undefined ? undefined : prices?.volumes?.[name];
  const month = price && volumePrice(bytes / GiB, price);
  const of = storageClass ?? `the default class${name === undefined ? "" : `, taken for ${name}`}`;
  const amount = `${volumes} × ${amountText(bytes)} of ${of}`;
  return {
    what: `volumes of ${what}`,
    amount,
    ...(month === undefined ? {} : { month: cents(volumes * month) }),
  };
}

/** Price of one volume. */
export function volumePrice(gib: number, { gibMonth, disks }: VolumePriceArgs): number | undefined {
  if (gibMonth !== undefined) return gib * gibMonth;
  const fitting = (disks ?? []).filter(({ upToGiB }) => upToGiB >= gib);
  return fitting.toSorted((a, b) => a.upToGiB - b.upToGiB)[0]?.month;
}

function cents(amount: number): number {
  return Math.round(amount * 100) / 100;
}
