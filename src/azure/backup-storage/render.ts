import { StorageAccess } from "./args";
import type { ResolvedStorage } from "./resolve";

/** Inputs of the account, without its resource group. */
export function accountArgs(storage: ResolvedStorage) {
  const { account, location, tags, redundancy, access, hidden, allowedRanges, immutabilityDays } = storage;
  return {
    accountName: account,
    location,
    tags,
    kind: "StorageV2",
    sku: { name: redundancy },
    accessTier: "Hot" as const,
    minimumTlsVersion: "TLS1_2",
    enableHttpsTrafficOnly: true,
    allowBlobPublicAccess: false,
    allowCrossTenantReplication: false,
    allowSharedKeyAccess: access !== StorageAccess.Identity,
    defaultToOAuthAuthentication: access === StorageAccess.Identity,
    isLocalUserEnabled: false,
    publicNetworkAccess: hidden ? "Disabled" : "Enabled",
    networkRuleSet: {
      bypass: "None",
      defaultAction: hidden || allowedRanges !== undefined ? ("Deny" as const) : ("Allow" as const),
      ipRules: (allowedRanges ?? []).map(range => ({ iPAddressOrRange: range })),
    },
    ...(immutabilityDays === undefined ? {} : immutability(immutabilityDays)),
  };
}

/**
 * Of versions, never of the container: a container's policy would refuse Barman's own deletions, and its WAL that is sent a second time. It stays
 * unlocked: a locked one binds also who pays for it.
 */
function immutability(days: number) {
  return {
    immutableStorageWithVersioning: {
      enabled: true,
      immutabilityPolicy: {
        immutabilityPeriodSinceCreationInDays: days,
        allowProtectedAppendWrites: false,
        state: "Unlocked",
      },
    },
  };
}

/** Inputs of the account's blob service. */
export function blobServiceArgs({ versioning, softDeleteDays }: ResolvedStorage) {
  const retention = { enabled: true, days: softDeleteDays };
  return {
    blobServicesName: "default",
    isVersioningEnabled: versioning,
    deleteRetentionPolicy: retention,
    containerDeleteRetentionPolicy: retention,
  };
}

/**
 * Rules that Azure carries out by itself. None deletes a blob that is current, because Barman alone knows which a restore needs; none moves one to
 * the archive tier, from which nothing can be read at once.
 */
export function lifecycleRules({
  container,
  versioning,
  previousVersionDays,
  coolAfterDays,
}: ResolvedStorage) {
  const filters = { blobTypes: ["blockBlob"], prefixMatch: [`${container}/`] };
  const rule = (name: string, actions: object) => ({
    name,
    type: "Lifecycle",
    enabled: true,
    definition: { filters, actions },
  });
  return [
    ...(versioning
      ? [
          rule("previous-versions-go", {
            version: { delete: { daysAfterCreationGreaterThan: previousVersionDays } },
          }),
        ]
      : []),
    ...(coolAfterDays === undefined
      ? []
      : [
          rule("old-blobs-are-cool", {
            baseBlob: { tierToCool: { daysAfterModificationGreaterThan: coolAfterDays } },
          }),
        ]),
  ];
}

/** A connection string, as Azure's portal shows it. */
export function connectionString(account: string, key: string, blobDomain: string): string {
  const suffix = blobDomain.replace(/^blob\./, "");
  return `DefaultEndpointsProtocol=https;AccountName=${account};AccountKey=${key};EndpointSuffix=${suffix}`;
}
