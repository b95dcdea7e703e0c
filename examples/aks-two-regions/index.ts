import * as core from "@pulumi/kubernetes/core/v1";
import * as pulumi from "@pulumi/pulumi";
import {
  AvailabilityClass,
  BackupSchedule,
  BackupStore,
  CnpgOperator,
  Feed,
  InitialCopy,
  type OperatorManifestArgs,
  PostgresInstance,
  Replica,
} from "pulumi-cnpg";
import {
  AksPlatform,
  AzureBackupStorage,
  AzureStorageClasses,
  DiskIntent,
  DiskKind,
  InstanceIdentity,
} from "pulumi-cnpg/azure";

const config = new pulumi.Config("pulumi-cnpg-aks-two-regions");
const location = config.get("location") ?? "westeurope";
const secondLocation = config.get("secondLocation") ?? "northeurope";
const authorizedRanges = config.requireObject<string[]>("authorizedRanges");
const withReplica = config.getBoolean("replica") ?? false;
const promoted = config.getBoolean("promoted") ?? false;
const protectCluster = config.getBoolean("protectCluster") ?? true;
const manifest = config.getObject<OperatorManifestArgs>("manifest");
const namespaceName = "shop";
const storageClass = "postgres";
const size = "64Gi";

/** What is the same in both regions: cluster, disks, operator, namespace. */
function region(name: string, where: string) {
  const platform = new AksPlatform(name, {
    location: where,
    apiServer: { authorizedRanges },
    protectCluster,
  });
  const { provider } = platform;
  const disks = new AzureStorageClasses(
    `${name}-disks`,
    { classes: [{ name: storageClass, kind: DiskKind.PremiumV2, size, intent: DiskIntent.Transactions }] },
    { provider },
  );
  const operator = new CnpgOperator(`${name}-cnpg`, { manifest }, { provider });
  const namespace = new core.Namespace(
    `${name}-namespace`,
    { metadata: { name: namespaceName } },
    { provider },
  );
  return {
    platform,
    provider,
    storage: disks.storage(storageClass, size),
    needs: [operator, disks, namespace],
  };
}

const first = region("shop", location);
const second = region("shop-second", secondLocation);

// Each region has a store of its own. The replica reads the first one's, and writes to the second: one identity, two roles.
const ordersIdentity = new InstanceIdentity("orders-identity", {
  platform: first.platform.reference,
  namespace: namespaceName,
  instances: [{ name: "orders" }],
});
const replicaIdentity = new InstanceIdentity("replica-identity", {
  platform: second.platform.reference,
  namespace: namespaceName,
  instances: [{ name: "orders-second" }],
});
const storage = new AzureBackupStorage("storage", {
  location,
  account: config.require("storageAccount"),
  identities: [
    { identity: ordersIdentity.reference },
    { identity: replicaIdentity.reference, readOnly: true },
  ],
  keepData: protectCluster,
});
const secondStorage = new AzureBackupStorage("second-storage", {
  location: secondLocation,
  account: config.require("secondStorageAccount"),
  identities: [{ identity: replicaIdentity.reference }],
  keepData: protectCluster,
});

const store = new BackupStore(
  "backups",
  { namespace: namespaceName, azure: storage.azure, keepData: protectCluster },
  { provider: first.provider, dependsOn: first.needs },
);
const orders = new PostgresInstance(
  "orders",
  {
    namespace: namespaceName,
    availability: AvailabilityClass.High,
    storage: first.storage,
    scheduling: first.platform.scheduling,
    backup: { store: store.reference },
    keepData: protectCluster,
  },
  { provider: first.provider, dependsOn: first.needs },
);
new BackupSchedule(
  "orders-backups",
  {
    instance: orders.reference,
    schedules: { full: { schedule: "daily 02:00-03:00", immediate: true } },
  },
  { provider: first.provider, dependsOn: orders },
);

/** A copy that is kept up to date from the archive, so that the two networks need not know each other. */
function makeReplica(): Replica {
  const inSecond = { provider: second.provider, dependsOn: second.needs };
  const source = new BackupStore(
    "source-backups",
    {
      namespace: namespaceName,
      azure: storage.azureFor(replicaIdentity.reference),
      keepData: protectCluster,
    },
    inSecond,
  );
  const own = new BackupStore(
    "second-backups",
    { namespace: namespaceName, azure: secondStorage.azure, keepData: protectCluster },
    inSecond,
  );
  return new Replica(
    "orders-second",
    {
      source: orders.reference,
      namespace: namespaceName,
      instances: 2,
      storage: second.storage,
      feed: Feed.Archive,
      copy: InitialCopy.Archive,
      store: source.reference,
      backup: { store: own.reference },
      promoted,
      confirmPromotion: promoted ? "orders-second" : undefined,
      instance: { scheduling: second.platform.scheduling },
    },
    { ...inSecond, sourceProvider: first.provider },
  );
}

const replica = withReplica ? makeReplica() : undefined;

export const host = orders.host;
export const replicaHost = replica?.host;
export const kubeconfigs = [first.platform.kubeconfig, second.platform.kubeconfig];
export const state = orders.state;
