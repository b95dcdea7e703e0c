import * as core from "@pulumi/kubernetes/core/v1";
import * as pulumi from "@pulumi/pulumi";
import {
  AvailabilityClass,
  BackupSchedule,
  BackupStore,
  CnpgOperator,
  type OperatorManifestArgs,
  PostgresInstance,
} from "pulumi-cnpg";
import {
  AksPlatform,
  AzureBackupStorage,
  azureExposure,
  AzureStorageClasses,
  DiskIntent,
  DiskKind,
  InstanceIdentity,
} from "pulumi-cnpg/azure";
import { PostgresExample } from "../application/postgres-example";

const config = new pulumi.Config("pulumi-cnpg-aks");
const location = config.get("location") ?? "westeurope";
const storageAccount = config.require("storageAccount");
const authorizedRanges = config.requireObject<string[]>("authorizedRanges");
const clientRanges = config.getObject<string[]>("clientRanges");
const protectCluster = config.getBoolean("protectCluster") ?? true;
/** Copies of the release manifests, where GitHub is out of reach. */
const manifest = config.getObject<OperatorManifestArgs>("manifest");
const tags = { environment: pulumi.getStack() };
const namespaceName = "shop";

// The platform: a network, a cluster, nodes for PostgreSQL in each zone.
const platform = new AksPlatform("shop", {
  location,
  apiServer: { authorizedRanges },
  monitoring: { prometheus: true },
  protectCluster,
  tags,
});
const { provider } = platform;

const disks = new AzureStorageClasses(
  "disks",
  {
    classes: [{ name: "postgres", kind: DiskKind.PremiumV2, size: "64Gi", intent: DiskIntent.Transactions }],
    snapshots: {},
    tags,
  },
  { provider },
);

// The operator, ready when its admission answers.
const operator = new CnpgOperator("cnpg", { manifest }, { provider });

// The store: entered by the identity of the instance, through an address in the network of the cluster alone.
const identity = new InstanceIdentity("orders-identity", {
  platform: platform.reference,
  namespace: namespaceName,
  instances: [{ name: "orders" }],
  tags,
});
const storage = new AzureBackupStorage("storage", {
  location,
  account: storageAccount,
  identities: [{ identity: identity.reference }],
  network: {
    endpointSubnetId: platform.endpointSubnetId,
    virtualNetworkId: platform.virtualNetworkId,
  },
  keepData: protectCluster,
  tags,
});
const namespace = new core.Namespace("namespace", { metadata: { name: namespaceName } }, { provider });
const store = new BackupStore(
  "backups",
  { namespace: namespaceName, azure: storage.azure, keepData: protectCluster },
  { provider, dependsOn: [operator, namespace] },
);

// The instance: three servers in three zones, of which two have every commit.
const orders = new PostgresInstance(
  "orders",
  {
    namespace: namespaceName,
    availability: AvailabilityClass.ZeroLoss,
    size: "medium",
    storage: disks.storage("postgres", "64Gi"),
    scheduling: platform.scheduling,
    backup: { store: store.reference },
    exposure:
      clientRanges === undefined
        ? azureExposure({ location, subnet: "load-balancers" })
        : azureExposure({
            location,
            public: true,
            dnsLabel: `orders-${storageAccount}`,
            sourceRanges: clientRanges,
          }),
    keepData: protectCluster,
  },
  { provider, dependsOn: [operator, disks, namespace] },
);
new BackupSchedule(
  "orders-backups",
  {
    instance: orders.reference,
    schedules: { full: { schedule: "daily 02:00-03:00", immediate: true } },
    drill: { schedule: "weekly Sunday 04:00-06:00" },
    retention: { weeklyRetentionWeeks: 4, monthlyRetentionMonths: 12 },
  },
  { provider, dependsOn: orders },
);

// The application: an HTTP service with a database of its own in the instance.
const notes = new PostgresExample(
  "notes",
  { namespace: namespaceName, replicas: 2, database: { instance: orders.reference, connections: 10 } },
  { provider, dependsOn: orders },
);

export const cluster = platform.clusterName;
export const resourceGroup = platform.resourceGroupName;
export const kubeconfig = platform.kubeconfig;
export const host = orders.host;
export const application = notes.host;
export const connectionSecret = orders.connectionSecret;
export const serverVersion = orders.serverVersion;
export const state = orders.state;
