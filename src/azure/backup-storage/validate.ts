import type { ArgumentProblem } from "../../argument-error";
import { azureCloudOf } from "../../azure-cloud";
import { containerProblem } from "../../backup/store/destination";
import { checkChoice, refuse, type Report, reporter } from "../../report";
import { parseCidr } from "../cidr";
import { azureNames, checkAzureName } from "../names";
import { checkSource } from "../platform/check-network";
import { checkRegion, regionOf } from "../regions";
import { checkCount, checkText } from "../report";
import { checkTags } from "../tags";
import { type AzureBackupStorageArgs, StorageAccess, StorageRedundancy } from "./args";
import { resolveStorage } from "./resolve";

/** Everything that is wrong with the arguments, as far as they alone can tell. */
export function storageProblems(resource: string, args: AzureBackupStorageArgs): ArgumentProblem[] {
  const { problems, report } = reporter("AzureBackupStorage", resource);
  checkNames(args, report);
  checkRedundancy(args, report);
  checkAccess(args, report);
  checkDays(args, report);
  checkNetwork(args, report);
  checkTags(args.tags, report);
  return problems;
}

/** @throws ArgumentError when anything is wrong with the arguments. */
export function validateStorage(resource: string, args: AzureBackupStorageArgs): void {
  refuse(storageProblems(resource, args));
}

function checkNames(args: AzureBackupStorageArgs, report: Report): void {
  checkRegion("location", args.location, args.newRegion, report);
  checkAzureName("account", args.account, azureNames.storageAccount, report);
  checkText("container", args.container, containerProblem, report);
  checkAzureName("resourceGroupName", args.resourceGroupName, azureNames.resourceGroup, report);
}

/** Source: "Azure Storage redundancy", Microsoft Learn, 2025. */
function checkRedundancy({ location, redundancy }: AzureBackupStorageArgs, report: Report): void {
  checkChoice("redundancy", redundancy, StorageRedundancy, report);
  if (redundancy === undefined) return;
  const region = regionOf(location);
  const { Zone, GeoZone, ReadGeoZone, Geo, Local } = StorageRedundancy;
  if (([Zone, GeoZone, ReadGeoZone] as string[]).includes(redundancy) && !region.zones)
    report(
      "redundancy",
      redundancy,
      `needs zones, which ${location} has none of.`,
      `Nearest is "${redundancy === Zone ? Local : Geo}".`,
    );
  else if (([Geo, GeoZone, ReadGeoZone] as string[]).includes(redundancy) && !region.paired)
    report(
      "redundancy",
      redundancy,
      `needs a partner region, which ${location} has not.`,
      `Nearest is "${redundancy === Geo ? Local : Zone}", with a second store elsewhere.`,
    );
}

function checkAccess(args: AzureBackupStorageArgs, report: Report): void {
  const { access = StorageAccess.Identity, sasExpiry, identities = [], location } = args;
  checkChoice("access", access, StorageAccess, report);
  if (access === StorageAccess.Identity && identities.every(({ readOnly }) => readOnly === true))
    report(
      "identities",
      undefined,
      identities.length === 0 ? "is missing: nobody could enter." : "has none that may write.",
      "Give the reference of an InstanceIdentity, or another access.",
    );
  const cloud = azureCloudOf(location);
  if (access !== StorageAccess.ConnectionString && cloud.name !== "AzurePublicCloud")
    report(
      "access",
      access,
      `is for blob.core.windows.net only: Barman takes ${cloud.blobDomain} for an emulator, which it enters by a connection string.`,
      `Nearest is "${StorageAccess.ConnectionString}".`,
    );
  if (access !== StorageAccess.SasToken && sasExpiry !== undefined)
    report("sasExpiry", sasExpiry, "has no effect.", `Set access: "${StorageAccess.SasToken}".`);
  if (access === StorageAccess.SasToken && !/^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\dZ$/.test(sasExpiry ?? ""))
    report(
      "sasExpiry",
      sasExpiry,
      "is missing or no moment in UTC.",
      'Write for example "2027-06-30T00:00:00Z".',
    );
}

/** Source: "Soft delete for blobs", "Blob versioning" and "Version-level WORM policies for immutable blob data", Microsoft Learn, 2025. */
function checkDays(args: AzureBackupStorageArgs, report: Report): void {
  const { coolAfterDays, immutability, versioning } = args;
  const { recoveryWindowDays, previousVersionDays } = resolveStorage("", args);
  checkCount("recoveryWindowDays", args.recoveryWindowDays, [1, 3650], "in days", report);
  checkCount("softDeleteDays", args.softDeleteDays, [1, 365], "in days", report);
  checkCount("previousVersionDays", args.previousVersionDays, [1, 3650], "in days", report);
  checkCount("immutability.days", immutability?.days, [1, 146_000], "in days", report);
  if (coolAfterDays !== undefined) {
    const least = Math.max(30, recoveryWindowDays + 1);
    if (!(Number.isInteger(coolAfterDays) && coolAfterDays >= least))
      report(
        "coolAfterDays",
        coolAfterDays,
        `is not a whole number of at least ${least}: within recoveryWindowDays a restore reads every blob, and before 30 days cool costs more.`,
        `Nearest is ${least}.`,
      );
  }
  if (versioning === false && (immutability !== undefined || args.previousVersionDays !== undefined))
    report("versioning", false, "is off, but immutability and previousVersionDays need it.", "Leave it on.");
  if (immutability !== undefined && immutability.days > previousVersionDays)
    report(
      "previousVersionDays",
      args.previousVersionDays,
      `is less than immutability.days, ${immutability.days}: the rule would fail on every version.`,
      `Nearest is ${immutability.days}.`,
    );
}

/** Source: "Configure Azure Storage firewalls and virtual networks", Microsoft Learn, 2025. */
const maxRules = 400;

function checkNetwork({ network = {} }: AzureBackupStorageArgs, report: Report): void {
  const { endpointSubnetId, virtualNetworkId, privateDnsZoneId, allowedRanges } = network;
  const has = (value: unknown): boolean => value !== undefined && value !== "";
  if (has(endpointSubnetId) !== has(virtualNetworkId))
    report(
      has(endpointSubnetId) ? "network.virtualNetworkId" : "network.endpointSubnetId",
      undefined,
      "is missing.",
      "A private endpoint needs its subnet, and the network that finds it by name.",
    );
  if (has(privateDnsZoneId) && !has(endpointSubnetId))
    report("network.privateDnsZoneId", undefined, "has no private endpoint.", "Give endpointSubnetId.");
  if (has(endpointSubnetId) && allowedRanges !== undefined)
    report(
      "network.allowedRanges",
      allowedRanges,
      "has no effect: with a private endpoint the account has no public address.",
      "Leave one of the two out.",
    );
  if ((allowedRanges?.length ?? 0) > maxRules)
    report(
      "network.allowedRanges",
      undefined,
      `has ${allowedRanges?.length} ranges.`,
      `Azure takes ${maxRules}.`,
    );
  for (const [index, range] of (allowedRanges ?? []).entries()) checkRule(index, range, report);
}

function checkRule(index: number, range: string, report: Report): void {
  const argument = `network.allowedRanges[${index}]`;
  if (parseCidr(`${range}/32`) !== undefined) return;
  const [, address, prefix] = /^(.+)\/(31|32)$/.exec(range) ?? [];
  if (address !== undefined)
    report(argument, range, `is too small: Azure takes no /${prefix}.`, `Nearest is "${address}".`);
  else checkSource(argument, range, report);
}
