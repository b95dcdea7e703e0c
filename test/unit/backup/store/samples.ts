import type { BackupStoreArgs } from "../../../../src/backup";

/** Credentials that are easily found again wherever they should not be. */
export const secrets = {
  accountKey: "c2VjcmV0LWtleS1vZi10aGUtYWNjb3VudA==",
  sasToken: "sv=2024-11-04&sp=rwdlt&sr=c&sig=c2VjcmV0LXNpZ25hdHVyZQ%3D%3D",
  accessKeyId: "AKIASECRETID",
  accessKeySecret: "secret/part+of/the+key",
  sessionToken: "secret-session-token",
  serviceAccountKey: JSON.stringify({ type: "service_account", private_key: "secret-private-key" }),
};

export const connectionString = `DefaultEndpointsProtocol=https;AccountName=shopbackups;AccountKey=${secrets.accountKey};EndpointSuffix=core.windows.net`;

export const clientId = "11111111-2222-3333-4444-555555555555";

const azure = { account: "shopbackups", container: "backups" };
const s3 = { bucket: "shop-backups" };
const google = { bucket: "shop-backups" };

/** One of each kind of place and credentials. */
export const stores: Record<string, BackupStoreArgs> = {
  "azure-connection-string": { azure: { ...azure, credentials: { connectionString } } },
  "azure-existing-secret": {
    namespace: "shop",
    azure: {
      ...azure,
      path: "production/shop",
      credentials: { connectionStringFrom: { secret: "azure", key: "string" } },
    },
  },
  "azure-account-key": { azure: { ...azure, credentials: { accountKey: secrets.accountKey } } },
  "azure-existing-account-key": {
    azure: { ...azure, credentials: { accountKeyFrom: { secret: "azure", key: "key" } } },
  },
  "azure-sas-token": {
    azure: {
      destination: "https://shopbackups.blob.core.windows.net/backups/production/",
      credentials: { sasToken: secrets.sasToken },
      encryptionScope: "backups",
    },
    tags: { environment: "production" },
  },
  "azure-managed-identity": { azure: { ...azure, credentials: { managedIdentity: {} } } },
  "azure-user-assigned-identity": { azure: { ...azure, credentials: { managedIdentity: { clientId } } } },
  "azure-workload-identity": { azure: { ...azure, credentials: { workloadIdentity: { clientId } } } },
  emulator: {
    azure: {
      destination: "http://azurite.tools.svc:10000/shop/backups",
      credentials: { connectionStringFrom: { secret: "azurite", key: "string" } },
    },
  },
  "s3-access-key": {
    s3: {
      ...s3,
      region: "eu-central-1",
      credentials: {
        accessKey: {
          id: secrets.accessKeyId,
          secret: secrets.accessKeySecret,
          sessionToken: secrets.sessionToken,
        },
      },
      encryption: "aws:kms",
      kmsKeyId: "alias/backups",
      walTimeoutSeconds: 15,
    },
  },
  "s3-role": {
    s3: {
      ...s3,
      credentials: { iamRole: { roleArn: "arn:aws:iam::123456789012:role/backups" } },
      encryption: "AES256",
    },
  },
  "s3-compatible": {
    s3: {
      destination: "s3://backups/shop",
      endpoint: "https://minio.tools.svc:9000",
      credentials: { accessKeyFrom: { secret: "minio", idKey: "user" } },
    },
    endpointCA: { secret: "minio-ca", key: "ca.crt" },
    compression: { data: "gzip", wal: "none" },
    parallelism: { data: 1, wal: 1 },
    immediateCheckpoint: true,
    recoveryWindowDays: 30,
    sidecar: {
      cpu: "200m",
      cpuLimit: "1",
      memory: "2Gi",
      logLevel: "debug",
      retentionIntervalSeconds: 600,
    },
    labels: { team: "shop" },
    annotations: { "example.com/owner": "shop" },
    overrides: { objectStore: { spec: { configuration: { historyTags: { kind: "history" } } } } },
  },
  "google-key": {
    google: {
      ...google,
      credentials: { serviceAccountKey: secrets.serviceAccountKey },
      kmsKeyName: "projects/p/locations/l/keyRings/r/cryptoKeys/k",
    },
  },
  "google-workload-identity": {
    google: {
      ...google,
      credentials: { workloadIdentity: { serviceAccount: "backups@project.iam.gserviceaccount.com" } },
    },
  },
};
