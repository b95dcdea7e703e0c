import { isRecord } from "../backup/record";
import { policyProblems } from "../backup/retention-policy";
import { nearest } from "../nearest";
import { isPositiveQuantity } from "../quantity";
import { wholeNumberProblem } from "../whole-number";
import type { SheetArgs } from "./args";
import type { PriceTableArgs, VolumePriceArgs } from "./price-table";

/** Takes down one problem; the path is relative to `sheet`. */
export type SheetReport = (argument: string, value: unknown, problem: string, remedy?: string) => void;

/** Names of the arguments: in a file nobody else finds a slip of the pen, and a limit that is not read protects from nothing. */
const names = {
  "": ["limits", "prices", "dataSize", "changePerDay", "compressedShare", "backups", "zones"],
  "limits.": [
    ...["maxMonthlyCost", "maxCpu", "maxMemory", "maxStorage", "minConnections"],
    ...["maxRpoSeconds", "maxRtoSeconds", "maxRestoreSeconds"],
  ],
  "backups.": ["daysBetween", "retention"],
  "prices.": [
    ...["currency", "date", "source", "cpuMonth", "memoryGiBMonth", "volumes"],
    ...["defaultStorageClass", "storeGiBMonth"],
  ],
} as const;

/** Whether it is a map of known names, or is left out. */
function isMap(path: keyof typeof names, of: unknown, report: SheetReport): boolean {
  if (of === undefined) return true;
  if (!isRecord(of)) {
    report(path.slice(0, -1), of, "is not a map of arguments.", `These are: ${names[path].join(", ")}.`);
    return false;
  }
  const known: readonly string[] = names[path];
  const unknown = Object.entries(of).filter(([name]) => !known.includes(name));
  for (const [name, value] of unknown) {
    const meant = nearest(name, known);
    const remedy = meant === undefined ? `These are: ${known.join(", ")}.` : `Did you mean ${path}${meant}?`;
    report(`${path}${name}`, value, "is no argument of a sheet.", remedy);
  }
  return true;
}

/** What is wrong with the arguments of a sheet, as far as they alone can tell. */
export function checkSheetArgs(args: SheetArgs, report: SheetReport): void {
  const maps = [
    isMap("", args, report),
    isMap("limits.", args.limits, report),
    isMap("backups.", args.backups, report),
    isMap("prices.", args.prices, report),
  ];
  if (!maps.every(Boolean)) return;
  quantity("dataSize", args.dataSize, report);
  quantity("changePerDay", args.changePerDay, report);
  const { compressedShare, zones, backups = {}, limits = {}, prices } = args;
  if (compressedShare !== undefined && !(compressedShare > 0 && compressedShare <= 1))
    report(
      "compressedShare",
      compressedShare,
      "is not a share above 0 and up to 1.",
      "Write for example 0.4.",
    );
  const wrongZones = wholeNumberProblem(zones, { min: 1, max: 16, unit: "zones" });
  if (wrongZones !== undefined) report("zones", zones, wrongZones.problem, wrongZones.remedy);
  if (backups.daysBetween !== undefined && !(backups.daysBetween >= 0.04 && backups.daysBetween <= 366))
    report(
      "backups.daysBetween",
      backups.daysBetween,
      "is not a number of days from an hour (0.042) to 366.",
      "Write for example 7.",
    );
  for (const { argument, value, problem, remedy } of policyProblems(backups.retention ?? {}))
    report(`backups.retention.${argument}`, value, problem, remedy);
  for (const name of ["maxCpu", "maxMemory", "maxStorage"] as const)
    quantity(`limits.${name}`, limits[name], report);
  for (const name of numbers) amount(`limits.${name}`, limits[name], report);
  if (prices !== undefined) checkPrices(prices, report);
}

const numbers = [
  "maxMonthlyCost",
  "minConnections",
  "maxRpoSeconds",
  "maxRtoSeconds",
  "maxRestoreSeconds",
] as const;

/** What is wrong with a table of prices. */
function checkPrices(prices: PriceTableArgs, report: SheetReport): void {
  for (const name of ["currency", "date", "source"] as const) {
    const value: unknown = prices[name];
    if (typeof value !== "string" || value === "")
      report(`prices.${name}`, value, "is missing: a price says nothing without it.", exampleOf[name]);
  }
  for (const name of ["cpuMonth", "memoryGiBMonth", "storeGiBMonth"] as const)
    amount(`prices.${name}`, prices[name], report);
  const { volumes = {}, defaultStorageClass } = prices;
  for (const [name, price] of Object.entries(volumes)) checkVolume(`prices.volumes.${name}`, price, report);
  if (defaultStorageClass !== undefined && !Object.hasOwn(volumes, defaultStorageClass)) {
    const known = Object.keys(volumes).join(", ");
    const remedy = known === "" ? "Add its price to prices.volumes." : `These are: ${known}.`;
    report("prices.defaultStorageClass", defaultStorageClass, "is none of prices.volumes.", remedy);
  }
}

const exampleOf = {
  currency: 'Write for example "EUR".',
  date: 'Write when they were read, for example "2026-11-01".',
  source: 'Write where they were read, for example "our contract".',
};

function checkVolume(path: string, { gibMonth, disks }: VolumePriceArgs, report: SheetReport): void {
  if ((gibMonth === undefined) === (disks === undefined))
    report(path, undefined, "has neither gibMonth nor disks, or both.", "Give one of them.");
  amount(`${path}.gibMonth`, gibMonth, report);
  for (const [i, { upToGiB, month }] of (disks ?? []).entries()) {
    amount(`${path}.disks[${i}].month`, month, report);
    if (!(upToGiB > 0))
      report(
        `${path}.disks[${i}].upToGiB`,
        upToGiB,
        "is not a number of GiB above 0.",
        "Write for example 128.",
      );
  }
}

function quantity(path: string, value: string | undefined, report: SheetReport): void {
  if (value === undefined || (typeof value === "string" && isPositiveQuantity(value))) return;
  const example = path.endsWith("Cpu") ? '"4"' : '"40Gi"';
  report(path, value, "is not a quantity greater than zero.", `Write for example ${example}.`);
}

function amount(path: string, value: number | undefined, report: SheetReport): void {
  if (value === undefined || (typeof value === "number" && Number.isFinite(value) && value >= 0)) return;
  report(path, value, "is not a number of at least 0.", "Write for example 100.");
}
