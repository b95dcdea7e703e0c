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
import { AksPlatform, AzureBackupStorage, InstanceIdentity } from "pulumi-cnpg/azure";

const config = new pulumi.Config("pulumi-cnpg-aks-existing-cluster");
const location = config.get("location") ?? "westeurope";
const manifest = config.getObject<OperatorManifestArgs>("manifest");
const namespaceName = "shop";

// The cluster is looked at, also at preview, and refused with what it lacks. Pools of it that are meant for PostgreSQL are named by their label.
const platform = new AksPlatform("prod", {
  existing: {
    id: config.require("clusterId"),
    nodeSelector: { workload: "postgres" },
    nodeTaints: ["workload=postgres:NoSchedule"],
  },
});
const { provider } = platform;

const operators =
  (config.getBoolean("installOperator") ?? true)
    ? [new CnpgOperator("cnpg", { manifest }, { provider })]
    : [];

const identity = new InstanceIdentity("orders-identity", {
  platform: platform.reference,
  namespace: namespaceName,
  instances: [{ name: "orders" }],
});
const storage = new AzureBackupStorage("storage", {
  location,
  account: config.require("storageAccount"),
  identities: [{ identity: identity.reference }],
});
const namespace = new core.Namespace("namespace", { metadata: { name: namespaceName } }, { provider });
const store = new BackupStore(
  "backups",
  { namespace: namespaceName, azure: storage.azure },
  { provider, dependsOn: [...operators, namespace] },
);
const orders = new PostgresInstance(
  "orders",
  {
    namespace: namespaceName,
    availability: AvailabilityClass.Standard,
    storage: { size: "64Gi", storageClass: "managed-csi-premium" },
    scheduling: platform.scheduling,
    backup: { store: store.reference },
  },
  { provider, dependsOn: [...operators, namespace] },
);
new BackupSchedule("orders-backups", { instance: orders.reference }, { provider, dependsOn: orders });

export const host = orders.host;
export const connectionSecret = orders.connectionSecret;
export const state = orders.state;
