import type { ArgumentProblem } from "../../argument-error";
import { parseBytes } from "../../quantity";
import { checkChoice, refuse, type Report, reporter } from "../../report";
import { checkCount } from "../report";
import { checkTags } from "../tags";
import { type AzureDiskArgs, type AzureStorageClassesArgs, DiskIntent, DiskKind } from "./args";
import { mostIops, mostThroughput, premiumTierOf, premiumTiers, premiumV2, speedFor } from "./limits";

const gib = 2n ** 30n;

/** Whole GiB of a quantity, rounded up as the driver does; undefined when it is none. */
export function gibOf(quantity: string): number | undefined {
  const bytes = parseBytes(quantity);
  return bytes === undefined || bytes <= 0n ? undefined : Number((bytes + gib - 1n) / gib);
}

export const defaultSize = "10Gi";

/** The largest volume of a kind, in GiB; that of local disks depends on the node. */
export function largestGib(kind: DiskKind): number | undefined {
  if (kind === DiskKind.PremiumV2) return premiumV2.sizeGib.most;
  return kind === DiskKind.Premium ? premiumTiers.at(-1)?.sizeGib : undefined;
}

export function classesProblems(resource: string, args: AzureStorageClassesArgs): ArgumentProblem[] {
  const { problems, report } = reporter("AzureStorageClasses", resource);
  if (args.classes.length === 0) report("classes", undefined, "is empty.", "Name at least one class.");
  const names = args.classes.map(({ name }) => name);
  for (const [index, disk] of args.classes.entries()) {
    const at = `classes[${index}]`;
    if (names.indexOf(disk.name) < index)
      report(`${at}.name`, disk.name, "is given twice.", "Choose another.");
    checkName(`${at}.name`, disk.name, report);
    checkChoice(`${at}.kind`, disk.kind, DiskKind, report);
    checkDisk(at, disk, report);
  }
  checkName("snapshots.name", args.snapshots?.name, report);
  checkIncremental(args, report);
  checkTags(args.tags, report);
  // The driver reads them from one line.
  for (const [key, value] of Object.entries(args.tags ?? {}))
    if (/[,=]/.test(key + value))
      report(`tags.${key}`, value, "has a comma or an equals sign.", "The driver of disks takes neither.");
  return problems;
}

/** @throws ArgumentError when anything is wrong with the arguments. */
export function validateClasses(resource: string, args: AzureStorageClassesArgs): void {
  refuse(classesProblems(resource, args));
}

function checkName(argument: string, name: string | undefined, report: Report): void {
  if (name !== undefined && !/^[a-z0-9]([-a-z0-9.]{0,251}[a-z0-9])?$/.test(name))
    report(
      argument,
      name,
      "is not the name of a class.",
      "Use lower case letters, digits, hyphens and periods.",
    );
}

function checkDisk(at: string, disk: AzureDiskArgs, report: Report): void {
  const size = gibOf(disk.size ?? defaultSize);
  if (size === undefined)
    return report(
      `${at}.size`,
      disk.size,
      "is not a quantity greater than zero.",
      'Write for example "64Gi".',
    );
  const most = largestGib(disk.kind);
  if (most !== undefined && size > most)
    report(
      `${at}.size`,
      disk.size,
      `is more than Azure makes of this kind, ${most} GiB.`,
      `Nearest is "${most}Gi".`,
    );
  if (disk.kind === DiskKind.PremiumV2) checkSpeed(at, disk, size, report);
  else
    for (const name of ["intent", "iops", "throughput"] as const)
      if (disk[name] !== undefined)
        report(
          `${at}.${name}`,
          disk[name],
          "is for Premium SSD v2 only.",
          `Set kind: "${DiskKind.PremiumV2}", or leave it out.`,
        );
  if (disk.zoneRedundant === true && disk.kind !== DiskKind.Premium)
    report(
      `${at}.zoneRedundant`,
      true,
      "is for Premium SSD only.",
      `Set kind: "${DiskKind.Premium}", or leave it out.`,
    );
  checkLoss(at, disk, report);
}

function checkSpeed(at: string, disk: AzureDiskArgs, size: number, report: Report): void {
  const { intent, iops, throughput } = disk;
  checkChoice(`${at}.intent`, intent, DiskIntent, report);
  checkCount(
    `${at}.iops`,
    iops,
    [premiumV2.iops.least, mostIops(size)],
    `what a disk of ${size} GiB can have`,
    report,
  );
  const operations = iops ?? speedFor(intent ?? DiskIntent.Baseline, size).iops;
  checkCount(
    `${at}.throughput`,
    throughput,
    [premiumV2.throughput.least, mostThroughput(operations)],
    `in MB/s, what goes with ${operations} operations each second`,
    report,
  );
}

function checkLoss(
  at: string,
  { kind, name, acceptDataLoss, keepDisks }: AzureDiskArgs,
  report: Report,
): void {
  if (kind !== DiskKind.LocalNvme) {
    if (acceptDataLoss !== undefined)
      report(`${at}.acceptDataLoss`, acceptDataLoss, "is for local disks only.", "Leave it out.");
    return;
  }
  if (acceptDataLoss !== name)
    report(
      `${at}.acceptDataLoss`,
      acceptDataLoss,
      "does not repeat the name of the class: a local disk is lost with its node, at an upgrade too.",
      `Write acceptDataLoss: "${name}" when every instance on it has standbys and a store.`,
    );
  if (keepDisks === true)
    report(`${at}.keepDisks`, true, "has no effect: a local disk stays with its node.", "Leave it out.");
}

function checkIncremental({ classes, snapshots }: AzureStorageClassesArgs, report: Report): void {
  if (snapshots?.incremental === false && classes.some(({ kind }) => kind === DiskKind.PremiumV2))
    report("snapshots.incremental", false, "is not possible with Premium SSD v2.", "Leave it out.");
}

/** What is allowed and ought to be known, as sentences. */
export function classesWarnings({ classes }: AzureStorageClassesArgs): string[] {
  return classes.flatMap(disk => {
    if (disk.kind === DiskKind.LocalNvme)
      return [
        `${disk.name}: volumes are on the nodes' own disks. A node that is replaced, deallocated or upgraded takes its instance's data with it; a standby is copied anew from the primary, and when all nodes go at once only the store is left.`,
      ];
    const tier =
      disk.kind === DiskKind.Premium ? premiumTierOf(gibOf(disk.size ?? defaultSize) ?? 0) : undefined;
    if (tier === undefined || tier.iops >= 500) return [];
    return [
      `${disk.name}: a Premium SSD of ${disk.size ?? defaultSize} is a ${tier.name} with ${tier.iops} operations and ${tier.throughput} MB each second. Premium SSD v2 has ${premiumV2.iops.least} and ${premiumV2.throughput.least} at any size.`,
    ];
  });
}
