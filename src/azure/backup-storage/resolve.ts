import { regionOf } from "../regions";
import { tagsOf } from "../tags";
import { type AzureBackupStorageArgs, StorageAccess, StorageRedundancy } from "./args";

/** A store with every default filled in. */
export interface ResolvedStorage {
  name: string;
  location: string;
  account: string;
  container: string;
  redundancy: StorageRedundancy;
  access: StorageAccess;
  recoveryWindowDays: number;
  softDeleteDays: number;
  versioning: boolean;
  previousVersionDays: number;
  coolAfterDays?: number;
  immutabilityDays?: number;
  allowedRanges?: string[];
  hidden: boolean;
  keep: boolean;
  tags: Record<string, string>;
}

export function resolveStorage(name: string, args: AzureBackupStorageArgs): ResolvedStorage {
  const { location, account, network = {} } = args;
  const redundancy = regionOf(location).zones ? StorageRedundancy.Zone : StorageRedundancy.Local;
  return {
    name,
    location,
    account,
    container: args.container ?? "backups",
    redundancy: args.redundancy ?? redundancy,
    access: args.access ?? StorageAccess.Identity,
    recoveryWindowDays: args.recoveryWindowDays ?? 7,
    softDeleteDays: args.softDeleteDays ?? 14,
    versioning: args.versioning ?? true,
    previousVersionDays: args.previousVersionDays ?? Math.max(14, args.immutability?.days ?? 0),
    coolAfterDays: args.coolAfterDays,
    immutabilityDays: args.immutability?.days,
    allowedRanges: network.allowedRanges,
    hidden: network.endpointSubnetId !== undefined,
    keep: args.keepData ?? true,
    tags: tagsOf("AzureBackupStorage", args.tags),
  };
}
