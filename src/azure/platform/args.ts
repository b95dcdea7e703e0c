import type * as pulumi from "@pulumi/pulumi";

/** What Azure promises for the API server. */
export const AksTier = {
  /** No promise. */
  Free: "Free",
  /** 99.95 % over zones. */
  Standard: "Standard",
  /** As Standard, with long-term support of Kubernetes versions. */
  Premium: "Premium",
} as const;
export type AksTier = (typeof AksTier)[keyof typeof AksTier];

/** Which Kubernetes versions AKS installs by itself, inside the window. */
export const UpgradeChannel = {
  /** None. */
  None: "none",
  /** The newest patch of the minor version. */
  Patch: "patch",
  /** The newest patch of the minor version before the newest. */
  Stable: "stable",
  /** The newest patch of the newest minor version. CloudNativePG may not know it yet. */
  Rapid: "rapid",
} as const;
export type UpgradeChannel = (typeof UpgradeChannel)[keyof typeof UpgradeChannel];

/** How the operating system of the nodes gets its updates, inside the window. */
export const NodeOsChannel = {
  /** Not at all. */
  None: "None",
  /** Security patches, without new nodes where that is possible. */
  SecurityPatch: "SecurityPatch",
  /** New node images: every node is replaced. */
  NodeImage: "NodeImage",
} as const;
export type NodeOsChannel = (typeof NodeOsChannel)[keyof typeof NodeOsChannel];

/** As whom Kubernetes is entered. Each is a mode of `kubelogin`, which must be on PATH where the engine runs. */
export const LoginMode = {
  /** Who is logged in with `az`: a person, or a pipeline after its login step. */
  AzureCli: "azurecli",
  /** A federated token: `AZURE_FEDERATED_TOKEN_FILE`, or the one GitHub Actions hands out. */
  WorkloadIdentity: "workloadidentity",
  /** The managed identity of the machine that deploys. */
  ManagedIdentity: "msi",
  /** A service principal; its secret is read from `AZURE_CLIENT_SECRET` and stands nowhere else. */
  ServicePrincipal: "spn",
} as const;
export type LoginMode = (typeof LoginMode)[keyof typeof LoginMode];

/** How many pools hold the PostgreSQL nodes. */
export const PoolLayout = {
  /** One for each zone: a node that is replaced is replaced in the zone of its disks. */
  PerZone: "perZone",
  /** One over all zones: fewer pools, and an upgrade adds a node to every zone before it takes one away. */
  Single: "single",
} as const;
export type PoolLayout = (typeof PoolLayout)[keyof typeof PoolLayout];

/** The cluster that is there already: by id, or by resource group and name. */
export interface ExistingClusterArgs {
  /** ARM id. @example "/subscriptions/…/resourceGroups/prod/providers/Microsoft.ContainerService/managedClusters/prod" */
  id?: string;
  resourceGroupName?: string;
  clusterName?: string;
  /** Labels of the nodes meant for PostgreSQL. They are looked for in the cluster's pools. @default any node */
  nodeSelector?: Record<string, string>;
  /** Taints of these nodes, as Azure writes them. @example ["workload=postgres:NoSchedule"] */
  nodeTaints?: string[];
}

/** Who reaches the API server. One of the two must be given. */
export interface ApiServerArgs {
  /**
   * Address ranges that reach the public API server, at most 200. Ranges that contain every address are refused.
   * @example ["203.0.113.0/24"]
   */
  authorizedRanges?: string[];
  /**
   * No public address: only who is in the network, or connected to it, reaches the API server. The engine must run there. A change makes a new
   * cluster, and every volume in it is lost. @default false
   */
  private?: boolean;
  /** Private DNS zone of a private cluster: `system`, `none` or an id. @default "system" */
  privateDnsZone?: string;
}

/** Address ranges (IPv4, CIDR). A change makes a new cluster, and every volume in it is lost. */
export interface PlatformNetworkArgs {
  /** Range of the virtual network. @default "10.224.0.0/12" */
  addressSpace?: string;
  /** Range of the nodes, inside `addressSpace`. @default "10.224.0.0/20" */
  nodeSubnet?: string;
  /** Range of private endpoints, inside `addressSpace`. @default "10.224.16.0/24" */
  endpointSubnet?: string;
  /** Range of internal load balancers, inside `addressSpace`. @default "10.224.17.0/24" */
  loadBalancerSubnet?: string;
  /** Range of the pods, which is an overlay: it may be the same in every cluster. Each node takes 256 addresses. @default "10.244.0.0/16" */
  podRange?: string;
  /** Range of Services, smaller than /12. The tenth address is that of DNS. @default "10.0.0.0/16" */
  serviceRange?: string;
}

/** Nodes that are alike. */
export interface NodePoolArgs {
  /**
   * Size of the machines, with an `s` for premium storage. AKS changes it for no pool: give PostgreSQL pools another name as well, and see
   * `docs/day-2-aks.md` for the way there. @default "Standard_D4s_v5"
   */
  vmSize?: string;
  /** Fewest nodes, 1 to 1000; of the PostgreSQL pool in each zone. */
  minCount?: number;
  /** Most nodes the autoscaler makes; of the PostgreSQL pool in each zone. With `minCount` the number is fixed. */
  maxCount?: number;
  /** Disk of the operating system in GiB, 30 to 2048. @default what the size brings */
  osDiskSizeGb?: number;
  /** Pods for each node, 10 to 250. @default 110 */
  maxPods?: number;
}

/** The nodes of PostgreSQL: labelled, and tainted so that nothing else runs there. */
export interface PostgresPoolArgs extends NodePoolArgs {
  /** Name of the pools: 1 to 11 lower case letters and digits; the zone follows. @default "postgres" */
  name?: string;
  /** @default "perZone" where there are zones */
  layout?: PoolLayout;
  /** Key of label and taint; the value is `postgres`. @default "workload" */
  labelKey?: string;
  /** Minutes a node waits for its pods to leave before an upgrade goes on, 1 to 1440. @default 60 */
  drainTimeoutMinutes?: number;
  /** Minutes between two nodes of an upgrade, 0 to 30: time for a standby to catch up. @default 5 */
  soakMinutes?: number;
}

/** A time in the week at which AKS may change the cluster. */
export interface MaintenanceWindowArgs {
  /** Day of the week in English. @default "Sunday" */
  day?: string;
  /** Begin, hours and minutes. @default "01:00" */
  start?: string;
  /** Hours it lasts, 4 to 24. @default 6 */
  hours?: number;
  /** Difference to UTC. @default "+00:00" @example "+01:00" */
  utcOffset?: string;
}

/** What AKS changes by itself, and when. */
export interface PlatformUpgradeArgs {
  /** @default "patch" */
  channel?: UpgradeChannel;
  /** @default "NodeImage" */
  nodeOs?: NodeOsChannel;
  /** Of both; that of the nodes begins four hours later, because the two must not meet. */
  window?: MaintenanceWindowArgs;
}

/** How the engine enters Kubernetes. Local accounts are off, so there is no other way in. */
export interface LoginArgs {
  /** @default "azurecli" */
  mode?: LoginMode;
  /** Client id, where the mode has a choice: of the managed identity, the service principal or the workload identity. */
  clientId?: string;
  /** Tenant. @default that of the deployer */
  tenantId?: string;
  /** Seconds that a new administrator's role may take until Kubernetes knows of it, 60 to 1800. @default 600 */
  propagationTimeout?: number;
}

/** Who may administrate Kubernetes: a role assignment each. */
export interface AdministratorArgs {
  /** Object id of the user, group or service principal. */
  principalId: pulumi.Input<string>;
  /** `User`, `Group` or `ServicePrincipal`. */
  principalType: string;
}

/** What is kept of the cluster's metrics and logs. */
export interface MonitoringArgs {
  /** Azure Monitor managed service for Prometheus. @default false */
  prometheus?: boolean;
  /** Azure Monitor workspace for it. @default one is made */
  prometheusWorkspaceId?: pulumi.Input<string>;
  /** Logs of the control plane: audit of changes, API server, autoscaler, disks, logins. @default true */
  diagnostics?: boolean;
  /** Log Analytics workspace for them. @default one is made */
  logWorkspaceId?: pulumi.Input<string>;
  /** Days that logs are kept in the workspace that is made, 30 to 730. @default 30 */
  logRetentionDays?: number;
}

/** Arguments of {@link AksPlatform}: either `location`, and a cluster is made, or `existing`. */
export interface AksPlatformArgs {
  /** Name of the cluster. A change makes a new one, and every volume in the old one is lost. @default the name of the resource */
  name?: string;
  /** Region by its short name. A change makes everything anew. @example "westeurope" */
  location?: string;
  /** Says that the region is newer than this package, which then takes it to have zones. @default false */
  newRegion?: boolean;
  /** Resource group that exists. @default one is made, with the name of the cluster */
  resourceGroupName?: pulumi.Input<string>;
  /** A cluster that exists. It is looked at, and refused with what it lacks; nothing of it is changed. */
  existing?: ExistingClusterArgs;
  /** Kubernetes, as minor version or with patch. @default what AKS installs @example "1.34" */
  kubernetesVersion?: string;
  /** @default "Standard" */
  tier?: AksTier;
  /** Zones of all pools; none is an empty list. A change makes new pools. @default all three of the region; with `existing` all three */
  zones?: string[];
  /** Who reaches the API server. Required for a cluster that is made. */
  apiServer?: ApiServerArgs;
  network?: PlatformNetworkArgs;
  /** Nodes of everything but PostgreSQL: AKS itself, the operator, applications. @default 3 of Standard_D4s_v5, up to 6 */
  systemPool?: NodePoolArgs;
  /** Nodes of PostgreSQL. @default one to two of Standard_D4s_v5 in each zone; with `existing` none are made */
  postgresPool?: PostgresPoolArgs;
  upgrades?: PlatformUpgradeArgs;
  login?: LoginArgs;
  /**
   * Who may administrate Kubernetes. Give it where more than one deploys, a person and a pipeline: else the role follows whoever deployed last.
   * With an existing cluster none are added unless given.
   * @default whoever deploys
   */
  administrators?: AdministratorArgs[];
  monitoring?: MonitoringArgs;
  /** Refuse to delete the cluster, its PostgreSQL pools and its resource group: their disks hold the data. @default true */
  protectCluster?: boolean;
  /** Tags of everything that is made, at most 48. */
  tags?: Record<string, string>;
}
