import type * as pulumi from "@pulumi/pulumi";
import type { Toleration } from "../../cnpg/pod";
import { type SchedulingArgs, Spread } from "../../instance/args";
import { present } from "../../present";
import type { AksPlatformArgs, ExistingClusterArgs } from "./args";
import { laterWindow } from "./check-window";
import type { ResolvedPlatform, ResolvedPool } from "./resolve";

/** What of a platform's inputs is known only while it is made. */
export interface ClusterInputs {
  resourceGroupName: pulumi.Input<string>;
  nodeSubnetId: pulumi.Input<string>;
  identityId: pulumi.Input<string>;
  tenantId: pulumi.Input<string>;
}

/** Inputs of the cluster. */
export function clusterArgs(args: AksPlatformArgs, platform: ResolvedPlatform, from: ClusterInputs) {
  const { name, location, tier, network, tags, upgrades } = platform;
  return {
    resourceName: name,
    resourceGroupName: from.resourceGroupName,
    location,
    dnsPrefix: name.replaceAll("_", "-").slice(0, 54).replace(/-+$/, ""),
    kubernetesVersion: args.kubernetesVersion,
    sku: { name: "Base", tier },
    identity: { type: "UserAssigned" as const, userAssignedIdentities: [from.identityId] },
    ...logins(from.tenantId),
    apiServerAccessProfile: apiServerAccess(args),
    networkProfile: {
      networkPlugin: "azure",
      networkPluginMode: "overlay",
      // Cilium is the engine of network policies, too.
      networkDataplane: "cilium",
      networkPolicy: "cilium",
      loadBalancerSku: "standard",
      outboundType: "loadBalancer",
      podCidr: network.podRange,
      serviceCidr: network.serviceRange,
      dnsServiceIP: network.dnsAddress,
    },
    storageProfile: { diskCSIDriver: { enabled: true }, snapshotController: { enabled: true } },
    autoUpgradeProfile: { upgradeChannel: upgrades.channel, nodeOSUpgradeChannel: upgrades.nodeOs },
    // Pools that differ by their zone alone grow evenly.
    autoScalerProfile: { balanceSimilarNodeGroups: "true", skipNodesWithLocalStorage: "true" },
    agentPoolProfiles: [
      { ...poolShape(platform.systemPool, from.nodeSubnetId, tags), name: "system", mode: "System" },
    ],
    ...(platform.monitoring.prometheus ? { azureMonitorProfile: { metrics: { enabled: true } } } : {}),
    tags,
  };
}

/** Pods get identities by their tokens, people by Entra; nobody by a certificate that never ends. */
function logins(tenantID: pulumi.Input<string>) {
  return {
    enableRBAC: true,
    disableLocalAccounts: true,
    aadProfile: { managed: true, enableAzureRBAC: true, tenantID },
    oidcIssuerProfile: { enabled: true },
    securityProfile: {
      workloadIdentity: { enabled: true },
      imageCleaner: { enabled: true, intervalHours: 168 },
    },
  };
}

function apiServerAccess({ apiServer = {} }: AksPlatformArgs) {
  if (apiServer.private !== true) return { authorizedIPRanges: apiServer.authorizedRanges ?? [] };
  return {
    enablePrivateCluster: true,
    enablePrivateClusterPublicFQDN: false,
    privateDNSZone: apiServer.privateDnsZone ?? "system",
  };
}

function poolShape(
  pool: ResolvedPool,
  subnet: pulumi.Input<string> | undefined,
  tags: Record<string, string>,
) {
  const grows = pool.maxCount > pool.minCount;
  return present({
    vmSize: pool.vmSize,
    count: pool.minCount,
    enableAutoScaling: grows,
    minCount: grows ? pool.minCount : undefined,
    maxCount: grows ? pool.maxCount : undefined,
    availabilityZones: pool.zones.length > 0 ? pool.zones : undefined,
    osType: "Linux",
    osDiskSizeGB: pool.osDiskSizeGb,
    maxPods: pool.maxPods,
    type: "VirtualMachineScaleSets",
    vnetSubnetID: subnet,
    tags,
    upgradeSettings: { maxSurge: String(pool.maxSurge) } as object,
  });
}

/** Inputs of one PostgreSQL pool. */
export function postgresPoolArgs(
  platform: ResolvedPlatform,
  pool: ResolvedPool,
  cluster: {
    resourceGroupName: pulumi.Input<string>;
    clusterName: pulumi.Input<string>;
    nodeSubnetId?: pulumi.Input<string>;
  },
) {
  const { key, value } = platform.label;
  return {
    ...poolShape(pool, cluster.nodeSubnetId, platform.tags),
    resourceGroupName: cluster.resourceGroupName,
    resourceName: cluster.clusterName,
    agentPoolName: pool.name,
    mode: "User",
    nodeLabels: { [key]: value },
    nodeTaints: [`${key}=${value}:NoSchedule`],
    upgradeSettings: {
      maxSurge: String(pool.maxSurge),
      drainTimeoutInMinutes: platform.drainTimeoutMinutes,
      nodeSoakDurationInMinutes: platform.soakMinutes,
      // A node whose pods do not go is left as it is and told of; nothing is evicted by force.
      undrainableNodeBehavior: "Cordon",
    },
  };
}

/** The windows in which AKS upgrades the cluster, and its nodes' operating system. */
export function maintenanceWindows({ upgrades }: ResolvedPlatform): Record<string, object> {
  const { day, start, hours, utcOffset } = upgrades;
  const window = (at: { day: string; start: string }): object => ({
    schedule: { weekly: { dayOfWeek: at.day, intervalWeeks: 1 } },
    startTime: at.start,
    durationHours: hours,
    utcOffset,
  });
  return {
    ...(upgrades.channel === "none" ? {} : { aksManagedAutoUpgradeSchedule: window({ day, start }) }),
    ...(upgrades.nodeOs === "None"
      ? {}
      : { aksManagedNodeOSUpgradeSchedule: window(laterWindow(day, start)) }),
  };
}

/** Subnets of the virtual network, by name. */
export function subnets({ network }: ResolvedPlatform): Record<SubnetName, object> {
  const subnet = (addressPrefix: string): object => ({
    addressPrefix,
    // The policies of private endpoints are those of their own network security groups.
    privateEndpointNetworkPolicies: "Enabled",
  });
  return {
    nodes: subnet(network.nodeSubnet),
    endpoints: subnet(network.endpointSubnet),
    // A private link service takes its addresses from a subnet whose policies let it.
    "load-balancers": {
      ...subnet(network.loadBalancerSubnet),
      privateLinkServiceNetworkPolicies: "Disabled",
    },
  };
}

export type SubnetName = "nodes" | "endpoints" | "load-balancers";

/** What instances take as `scheduling`, so that they run on the PostgreSQL nodes. */
export function schedulingFor(
  platform: ResolvedPlatform,
  existing: ExistingClusterArgs | undefined,
): SchedulingArgs {
  if (platform.postgresPools.length === 0)
    return present({
      nodeSelector: existing?.nodeSelector,
      tolerations: existing?.nodeTaints?.map(tolerationOf),
    });
  const { key, value } = platform.label;
  return {
    nodeSelector: { [key]: value },
    tolerations: [{ key, operator: "Equal", value, effect: "NoSchedule" }],
    ...(platform.zones.length > 1 ? { zoneSpread: Spread.Required } : {}),
  };
}

/** The toleration of a taint as Azure writes it: `key=value:effect`. */
export function tolerationOf(taint: string): Toleration {
  const [, key = "", value, effect = ""] = /^([^=:]+)(?:=([^:]*))?:(\w+)$/.exec(taint) ?? [];
  return value === undefined || value === ""
    ? { key, operator: "Exists", effect }
    : { key, operator: "Equal", value, effect };
}

/** Logs of the control plane that tell who changed what, and why a disk or a node did not come. */
export const logCategories = [
  "kube-audit-admin",
  "kube-apiserver",
  "kube-controller-manager",
  "cluster-autoscaler",
  "cloud-controller-manager",
  "csi-azuredisk-controller",
  "csi-snapshot-controller",
  "guard",
] as const;
