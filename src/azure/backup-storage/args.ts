import type * as pulumi from "@pulumi/pulumi";
import type { IdentityReference } from "../identity/reference";

/** How many copies Azure keeps, and where. */
export const StorageRedundancy = {
  /** Three, in three zones of the region: survives the loss of one. */
  Zone: "Standard_ZRS",
  /** As Zone, and three more in the region's partner, some minutes behind: survives the loss of the region. */
  GeoZone: "Standard_GZRS",
  /** As GeoZone, and the partner's can be read at any time, for a replica or a restore there. */
  ReadGeoZone: "Standard_RAGZRS",
  /** Three in one building: for regions without zones, and for tests. */
  Local: "Standard_LRS",
  /** As Local, and three more in the region's partner. */
  Geo: "Standard_GRS",
} as const;
export type StorageRedundancy = (typeof StorageRedundancy)[keyof typeof StorageRedundancy];

/** How instances enter the store. */
export const StorageAccess = {
  /** By their identity: no secret exists, and the account takes no key. Not proved on Azure for the archiving container. */
  Identity: "identity",
  /** By a connection string with the account's key, in a Secret. */
  ConnectionString: "connectionString",
  /** By a shared access signature for the container alone, in a Secret; it ends at `sasExpiry`. */
  SasToken: "sasToken",
} as const;
export type StorageAccess = (typeof StorageAccess)[keyof typeof StorageAccess];

/** An identity that is let in. */
export interface IdentityGrantArgs {
  /** The `reference` of an {@link InstanceIdentity}. */
  identity: IdentityReference;
  /** Whether it may only read, as a replica that follows by the archive does. @default false */
  readOnly?: boolean;
}

/** Deletions are refused for some days, also by who has every right. Decided when the account is made: a change makes a new account. */
export interface ImmutabilityArgs {
  /**
   * Days in which a version of a blob cannot be deleted or changed, 1 to 146000; at most `previousVersionDays`. Barman goes on as before: what it
   * deletes or overwrites becomes a previous version.
   */
  days: number;
}

/** From where the account is reached. Without a member, from everywhere by whoever may. */
export interface StorageNetworkArgs {
  /** Subnet for a private endpoint; the account then has no public address. */
  endpointSubnetId?: pulumi.Input<string>;
  /** Virtual network whose machines find the private endpoint by its name. Required with `endpointSubnetId`. */
  virtualNetworkId?: pulumi.Input<string>;
  /** Private DNS zone `privatelink.blob.core.windows.net` that exists; it is the user's to link it. @default one is made and linked */
  privateDnsZoneId?: pulumi.Input<string>;
  /** Address ranges that reach the public address; prefixes /31 and /32 are written as addresses. @default every address */
  allowedRanges?: string[];
}

/** Arguments of {@link AzureBackupStorage}. */
export interface AzureBackupStorageArgs {
  /** Region of the account, by its short name. A change makes a new account. @example "westeurope" */
  location: string;
  /** Says that the region is newer than this package. @default false */
  newRegion?: boolean;
  /**
   * Name of the account: 3 to 24 lower case letters and digits, free in all of Azure. A change makes a new one, and an archive begins anew.
   * @example "shopbackups"
   */
  account: string;
  /** Container. A change makes a new one, and an archive begins anew. @default "backups" */
  container?: string;
  /**
   * Resource group that exists. Who deletes a group deletes the backups in it: not that of the cluster.
   * @default one is made for the store alone, with the name of the account
   */
  resourceGroupName?: pulumi.Input<string>;
  /** @default "Standard_ZRS", in regions without zones "Standard_LRS" */
  redundancy?: StorageRedundancy;
  /** @default "identity" */
  access?: StorageAccess;
  /** Moment at which the SAS token ends, as ISO 8601 in UTC. A later one makes a new token, which counts within seconds. @example "2027-06-30T00:00:00Z" */
  sasExpiry?: string;
  /** Identities that are let in by a role on the container. */
  identities?: IdentityGrantArgs[];
  /**
   * Days back in which every moment can be restored, 1 to 3650; that of the BackupStore. What is kept of the account's own accord follows it.
   * @default 7
   */
  recoveryWindowDays?: number;
  /** Days in which a deleted blob or container can be brought back, 1 to 365. @default 14 */
  softDeleteDays?: number;
  /** Keep what is overwritten or deleted as previous version. @default true */
  versioning?: boolean;
  /** Days after which previous versions go, 1 to 3650. Blobs that are current are never deleted by a rule. @default 14 */
  previousVersionDays?: number;
  /** Days after which blobs move to the cool tier, more than `recoveryWindowDays`, at least 30. Useful with long tiers. @default never */
  coolAfterDays?: number;
  /** @default none */
  immutability?: ImmutabilityArgs;
  network?: StorageNetworkArgs;
  /** Keep the account and what it holds when the component is removed. @default true */
  keepData?: boolean;
  /** Tags of everything that is made, at most 48. */
  tags?: Record<string, string>;
}
