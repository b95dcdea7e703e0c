import type * as pulumi from "@pulumi/pulumi";

/** Compression of base backups. What is archived already stays as it is and can be restored under every setting. */
export const DataCompression = {
  /** Fast in both directions. */
  Lz4: "lz4",
  /** Fast in both directions. Not in the image that the embedded cluster builds: Debian's library crashes. */
  Snappy: "snappy",
  /** Smaller, several times slower. */
  Gzip: "gzip",
  /** Smallest, slowest. */
  Bzip2: "bzip2",
  None: "none",
} as const;
export type DataCompression = (typeof DataCompression)[keyof typeof DataCompression];

/** Compression of WAL segments. What is archived already stays as it is and can be restored under every setting. */
export const WalCompression = {
  /** As fast as lz4 or faster, and smaller than gzip. */
  Zstd: "zstd",
  Lz4: "lz4",
  /** Not in the image that the embedded cluster builds: Debian's library crashes. */
  Snappy: "snappy",
  Gzip: "gzip",
  Bzip2: "bzip2",
  Xz: "xz",
  None: "none",
} as const;
export type WalCompression = (typeof WalCompression)[keyof typeof WalCompression];

/** Server-side encryption that is asked for with every object; else the bucket decides. */
export const S3Encryption = {
  /** Keys that S3 manages. */
  Aes256: "AES256",
  /** A key of AWS KMS. */
  AwsKms: "aws:kms",
} as const;
export type S3Encryption = (typeof S3Encryption)[keyof typeof S3Encryption];

/** How much the archiving container says in its log. */
export const SidecarLogLevel = {
  Error: "error",
  Warning: "warning",
  Info: "info",
  Debug: "debug",
  Trace: "trace",
} as const;
export type SidecarLogLevel = (typeof SidecarLogLevel)[keyof typeof SidecarLogLevel];

/** One key of an existing Secret in the namespace of the store. */
export interface SecretKeyArgs {
  /** Name of the Secret. */
  secret: string;
  /** Key in it. @example "AZURE_STORAGE_CONNECTION_STRING" */
  key: string;
}

/** The managed identity of the node (Azure Instance Metadata Service). */
export interface AzureManagedIdentityArgs {
  /** Client id of a user-assigned identity. @default the only identity of the node */
  clientId?: pulumi.Input<string>;
}

/**
 * An identity that is federated with the ServiceAccounts of the instances (Microsoft Entra Workload ID). The instances that use the store get
 * the annotation and the label for it; the identity needs a federated credential for each of their ServiceAccounts.
 */
export interface AzureWorkloadIdentityArgs {
  /** Client id of the identity. */
  clientId: pulumi.Input<string>;
  /** Tenant of the identity. @default the tenant of the cluster */
  tenantId?: pulumi.Input<string>;
}

/**
 * How Azure is convinced: exactly one member. Values are secret and go into the Secret `<name>-credentials`; those ending in `From` name a Secret
 * that exists. A new value counts within seconds and restarts nothing.
 */
export interface AzureCredentialsArgs {
  /** Connection string of the account. The only way for a `destination` outside `blob.core.windows.net`. */
  connectionString?: pulumi.Input<string>;
  connectionStringFrom?: SecretKeyArgs;
  /** Key of the account. */
  accountKey?: pulumi.Input<string>;
  accountKeyFrom?: SecretKeyArgs;
  /** Shared access signature of the account or the container; it may read, write, list and, for retention, delete. */
  sasToken?: pulumi.Input<string>;
  sasTokenFrom?: SecretKeyArgs;
  managedIdentity?: AzureManagedIdentityArgs;
  workloadIdentity?: AzureWorkloadIdentityArgs;
}

/** Azure Blob Storage. */
export interface AzureStoreArgs {
  /** Storage account: 3 to 24 lower case letters and digits. @example "shopbackups" */
  account?: pulumi.Input<string>;
  /** Container; it must exist, unless the credentials may create it. @example "backups" */
  container?: pulumi.Input<string>;
  /** Path in the container below which everything lies. @default the container itself @example "production" */
  path?: string;
  /**
   * Full address in place of `account`, `container` and `path`. Barman takes every host but `<account>.blob.core.windows.net` for an emulator,
   * whose address has the account as first part of the path, and takes only a connection string there.
   * @example "http://azurite.tools.svc:10000/devaccount/backups"
   */
  destination?: pulumi.Input<string>;
  credentials: AzureCredentialsArgs;
  /** Encryption scope of the account that all objects are written with. @default the container's */
  encryptionScope?: string;
}

/** Access key of S3. */
export interface S3AccessKeyArgs {
  /** @example "AKIAIOSFODNN7EXAMPLE" */
  id: pulumi.Input<string>;
  /** Secret part. */
  secret: pulumi.Input<string>;
  /** Session token of a temporary key. */
  sessionToken?: pulumi.Input<string>;
}

/** Access key in an existing Secret of the namespace of the store. */
export interface S3AccessKeySecretArgs {
  /** Name of the Secret. */
  secret: string;
  /** @default "ACCESS_KEY_ID" */
  idKey?: string;
  /** @default "ACCESS_SECRET_KEY" */
  secretKey?: string;
  /** Key of the session token. @default none */
  sessionTokenKey?: string;
}

/** The role of the ServiceAccount of the instances (EKS), or of the node. */
export interface S3RoleArgs {
  /**
   * Role that the ServiceAccounts of the instances are annotated with.
   * @default the pods' own: pod identity, or the node's role
   * @example "arn:aws:iam::123456789012:role/backups"
   */
  roleArn?: pulumi.Input<string>;
}

/** How S3 is convinced: exactly one member. A new key counts within seconds and restarts nothing. */
export interface S3CredentialsArgs {
  /** Goes into the Secret `<name>-credentials`. */
  accessKey?: S3AccessKeyArgs;
  accessKeyFrom?: S3AccessKeySecretArgs;
  iamRole?: S3RoleArgs;
}

/** Amazon S3, and what speaks its language: MinIO, Ceph, Cloudflare R2, an S3 gateway in front of a file share. */
export interface S3StoreArgs {
  /** @example "shop-backups" */
  bucket?: pulumi.Input<string>;
  /** Path in the bucket below which everything lies. @default the bucket itself */
  path?: string;
  /** Full address in place of `bucket` and `path`. @example "s3://shop-backups/production" */
  destination?: pulumi.Input<string>;
  /** @default what the pod's environment says @example "eu-central-1" */
  region?: pulumi.Input<string>;
  /**
   * Address of a store that is not Amazon's. Checksums that many of them do not know are then sent only where they are required.
   * @example "https://minio.tools.svc:9000"
   */
  endpoint?: pulumi.Input<string>;
  credentials: S3CredentialsArgs;
  /** @default what the bucket says */
  encryption?: S3Encryption;
  /** Key of AWS KMS; needs `encryption: "aws:kms"`. @default the account's key for S3 */
  kmsKeyId?: string;
  /**
   * Seconds the store may take to answer when a WAL file was sent to it, 5 to 600; Barman tries five times. With 15, archiving to a store that
   * takes connections and is silent is known to fail after a minute and a half, with 60 after more than five. Where an upload gets less than
   * 4 MiB in this time through the line, it fails although the store is well, because that much may still be under way when the waiting begins.
   * A change counts within seconds and restarts nothing.
   * @default 60, which is Barman's own
   */
  walTimeoutSeconds?: number;
}

/** The Google service account behind the Kubernetes ServiceAccounts of the instances (GKE). */
export interface GoogleWorkloadIdentityArgs {
  /**
   * Google service account that the ServiceAccounts of the instances are annotated with.
   * @default none: the Kubernetes ServiceAccounts have the rights themselves
   * @example "backups@project.iam.gserviceaccount.com"
   */
  serviceAccount?: pulumi.Input<string>;
}

/** How Google is convinced: exactly one member. A new key counts within seconds and restarts nothing. */
export interface GoogleCredentialsArgs {
  /** Key of a Google service account, as JSON. Goes into the Secret `<name>-credentials`. */
  serviceAccountKey?: pulumi.Input<string>;
  serviceAccountKeyFrom?: SecretKeyArgs;
  workloadIdentity?: GoogleWorkloadIdentityArgs;
}

/** Google Cloud Storage. The image for Jobs is built without Google's library: see `docs/backup-store.md`. */
export interface GoogleStoreArgs {
  /** @example "shop-backups" */
  bucket?: pulumi.Input<string>;
  /** Path in the bucket below which everything lies. @default the bucket itself */
  path?: string;
  /** Full address in place of `bucket` and `path`. @example "gs://shop-backups/production" */
  destination?: pulumi.Input<string>;
  credentials: GoogleCredentialsArgs;
  /** Cloud KMS key that all objects are written with. @default the bucket's */
  kmsKeyName?: string;
}

/** A file share, which is always refused. */
export interface FileStoreArgs {
  /** Path or address of the share. */
  path?: string;
}

/** Compression before anything is sent. A change counts within seconds, for what is archived from then on, and restarts nothing. */
export interface StoreCompressionArgs {
  /** @default "lz4" */
  data?: DataCompression;
  /** @default "zstd" */
  wal?: WalCompression;
}

/** How many objects are sent at once, each by a process of its own of about 60Mi. A change counts within seconds and restarts nothing. */
export interface StoreParallelismArgs {
  /** Uploads of a base backup, 1 to 32. @default 2 */
  data?: number;
  /** WAL segments that are archived, or restored, at once, 1 to 32. @default 4 */
  wal?: number;
}

/**
 * The container that archives, in every pod of the instances that use the store. A change restarts the pods one after the other, when
 * CloudNativePG next looks at their Cluster.
 * Without a limit of CPU the pods are of the class Burstable; a limit makes archiving slower than WAL may be written.
 */
export interface StoreSidecarArgs {
  /** CPU request as a quantity. @default "100m" */
  cpu?: string;
  /** CPU limit as a quantity. @default none */
  cpuLimit?: string;
  /** Memory, as request and as limit. With less, base backups of larger databases were seen to be killed. @default "512Mi" */
  memory?: string;
  /** Memory while an instance is made from a backup. @default "1Gi", or `memory` where that is more */
  restoreMemory?: string;
  /** @default "info" */
  logLevel?: SidecarLogLevel;
  /** Seconds between two runs of retention, 60 or more. @default 1800 */
  retentionIntervalSeconds?: number;
}

/**
 * Raw fields merged over what the component renders, for what has no argument yet. Objects are merged key by key, lists and values replace,
 * null removes. Nothing here is validated before apply.
 * @example { objectStore: { spec: { configuration: { historyTags: { kind: "history" } } } } }
 */
export interface BackupStoreOverrides {
  /** Merged into both ObjectStores. */
  objectStore?: Record<string, any>; // eslint-disable-line @typescript-eslint/no-explicit-any
  /** Merged into the Secret. Never put a credential here. */
  secret?: Record<string, any>; // eslint-disable-line @typescript-eslint/no-explicit-any
}

/** Arguments of {@link BackupStore}: exactly one of `azure`, `s3` and `google`. */
export interface BackupStoreArgs {
  /**
   * Name of the ObjectStore: a DNS label of at most 50 characters. A change makes a new one; the archive stays where it is.
   * @default the name of the resource
   */
  name?: string;
  /** Namespace: that of the instances that use it, because an instance finds a store in its own only. @default "default" */
  namespace?: string;
  /** Azure Blob Storage. */
  azure?: AzureStoreArgs;
  /** Amazon S3, and what speaks its language. */
  s3?: S3StoreArgs;
  /** Google Cloud Storage. */
  google?: GoogleStoreArgs;
  /**
   * Always refused: Barman Cloud, with which CloudNativePG archives, knows object stores only. Logical dumps can go to a volume; a share with an
   * S3-compatible endpoint in front of it is an `s3` store.
   */
  file?: FileStoreArgs;
  /** Always refused, as `file` is. */
  nfs?: FileStoreArgs;
  /** Secret with the certificate authority of an endpoint whose certificate is not publicly trusted (Azure and S3). */
  endpointCA?: SecretKeyArgs;
  compression?: StoreCompressionArgs;
  parallelism?: StoreParallelismArgs;
  /**
   * Begin base backups with an immediate checkpoint: the disks work harder for a moment. Without it a base backup waits for a checkpoint that is
   * spread over most of `checkpoint_timeout`, up to 4.5 minutes with PostgreSQL's default of 5.
   * @default false
   */
  immediateCheckpoint?: boolean;
  /**
   * Tags of every object that is written, at most 10. With a SAS token they need its permission `t`.
   * @example { environment: "production" }
   */
  tags?: Record<string, string>;
  /**
   * Days back from now in which every moment can be restored, 1 to 3650. Barman deletes what lies before; a change restarts nothing.
   * @default 7
   */
  recoveryWindowDays?: number;
  sidecar?: StoreSidecarArgs;
  /** Keep ObjectStores and credentials in Kubernetes when the component is removed. What lies in the store stays in any case. @default true */
  keepData?: boolean;
  /** Take over what an earlier stack kept. Remove it after one update. @default false */
  adopt?: boolean;
  /** Labels of everything the component creates. */
  labels?: Record<string, string>;
  /** Annotations of everything the component creates. */
  annotations?: Record<string, string>;
  /** Escape hatch. */
  overrides?: BackupStoreOverrides;
}
