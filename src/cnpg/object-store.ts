import type { KeySelector, ObjectMeta } from "./object";
import type { EnvVar, ResourceRequirements } from "./pod";

/** Name under which Clusters and backups ask for the Barman Cloud plugin. */
export const barmanPluginName = "barman-cloud.cloudnative-pg.io";

/** Name of the Role that the plugin makes for a Cluster; its RoleBinding names the Cluster's own ServiceAccount. */
export function barmanRoleName(cluster: string): string {
  return `${cluster}-barman-cloud`;
}

/** Where the Barman Cloud plugin archives: `kind: ObjectStore` of `barmancloud.cnpg.io/v1`. A change can roll pods. */
export interface ObjectStoreObject {
  apiVersion?: "barmancloud.cnpg.io/v1";
  kind?: "ObjectStore";
  metadata: ObjectMeta;
  spec?: ObjectStoreSpec;
  status?: ObjectStoreStatus;
}

export interface ObjectStoreSpec {
  configuration: BarmanConfiguration;
  /** How long backups stay restorable: a number with d, w or m, for example `7d`. @default for ever */
  retentionPolicy?: string;
  instanceSidecarConfiguration?: SidecarConfiguration;
}

/** Barman's view of the store. `serverName` is refused here: it is a parameter of the plugin in the Cluster. */
export interface BarmanConfiguration {
  /** For example `https://account.blob.core.windows.net/container/path` or `s3://bucket/path`. */
  destinationPath: string;
  /** For stores that speak S3 under another address. */
  endpointURL?: string;
  endpointCA?: KeySelector;
  azureCredentials?: AzureCredentials;
  s3Credentials?: S3Credentials;
  googleCredentials?: { applicationCredentials?: KeySelector; gkeEnvironment?: boolean };
  wal?: WalArchiveConfiguration;
  data?: BaseBackupConfiguration;
  tags?: Record<string, string>;
  historyTags?: Record<string, string>;
}

/** One of: connection string; account with key or SAS token; identity. */
export interface AzureCredentials {
  connectionString?: KeySelector;
  storageAccount?: KeySelector;
  storageKey?: KeySelector;
  storageSasToken?: KeySelector;
  inheritFromAzureAD?: boolean;
  useDefaultAzureCredentials?: boolean;
}

export interface S3Credentials {
  accessKeyId?: KeySelector;
  secretAccessKey?: KeySelector;
  sessionToken?: KeySelector;
  region?: KeySelector;
  inheritFromIAMRole?: boolean;
}

export interface WalArchiveConfiguration {
  /** bzip2, gzip, lz4, snappy, xz or zstd. @default none */
  compression?: string;
  /** `AES256` or `aws:kms`. @default what the bucket says */
  encryption?: string;
  /** Files archived or restored at once, at least 1. @default 1 */
  maxParallel?: number;
  archiveAdditionalCommandArgs?: string[];
  restoreAdditionalCommandArgs?: string[];
}

export interface BaseBackupConfiguration {
  /** bzip2, gzip, lz4 or snappy. @default none */
  compression?: string;
  /** `AES256` or `aws:kms`. @default what the bucket says */
  encryption?: string;
  /** Uploads at once, at least 1. @default 2 */
  jobs?: number;
  /** @default false */
  immediateCheckpoint?: boolean;
  additionalCommandArgs?: string[];
  restoreAdditionalCommandArgs?: string[];
}

/** The plugin's container in every instance pod. */
export interface SidecarConfiguration {
  env?: EnvVar[];
  resources?: ResourceRequirements;
  /** error, warning, info, debug or trace. @default info */
  logLevel?: string;
  /** Seconds between two runs of retention. @default 1800 */
  retentionPolicyIntervalSeconds?: number;
  /** Not `--log-level`. */
  additionalContainerArgs?: string[];
}

export interface ObjectStoreStatus {
  /** By server name. */
  serverRecoveryWindow?: Record<
    string,
    { firstRecoverabilityPoint?: string; lastSuccessfulBackupTime?: string; lastFailedBackupTime?: string }
  >;
}
