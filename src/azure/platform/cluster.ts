import { AgentPool } from "@pulumi/azure-native/containerservice/agentPool";
import { MaintenanceConfiguration } from "@pulumi/azure-native/containerservice/maintenanceConfiguration";
import { ManagedCluster } from "@pulumi/azure-native/containerservice/managedCluster";
import { UserAssignedIdentity } from "@pulumi/azure-native/managedidentity/userAssignedIdentity";
import { VirtualNetwork } from "@pulumi/azure-native/network/virtualNetwork";
import { ResourceGroup } from "@pulumi/azure-native/resources/resourceGroup";
import * as pulumi from "@pulumi/pulumi";
import { combine } from "../../instance/children";
import { grantRole } from "../roles";
import type { AksPlatformArgs } from "./args";
import {
  clusterArgs,
  maintenanceWindows,
  postgresPoolArgs,
  type SubnetName,
  subnets as subnetsOf,
} from "./render";
import type { ResolvedPlatform } from "./resolve";

/** A cluster as the rest of the platform needs it, made or found. */
export interface PlatformCluster {
  id: pulumi.Output<string>;
  name: pulumi.Output<string>;
  /** The name by which its credentials are asked for: of a cluster that exists the one that was given, whatever is found out of it. */
  askedName: pulumi.Input<string>;
  location: pulumi.Output<string>;
  resourceGroupName: pulumi.Output<string>;
  oidcIssuerUrl: pulumi.Output<string>;
  /** Undefined for a cluster that exists. */
  virtualNetworkId?: pulumi.Output<string>;
  subnetIds?: Record<SubnetName, pulumi.Output<string>>;
  /** What must be there before something runs in it. */
  ready: pulumi.Resource[];
}

/** What every child of a platform is made with. */
export interface PlatformContext {
  name: string;
  args: AksPlatformArgs;
  platform: ResolvedPlatform;
  tenantId: pulumi.Output<string>;
  /** Options of a child that may go. */
  opts: pulumi.CustomResourceOptions;
  /** Options of a child that data goes with. */
  guarded: pulumi.CustomResourceOptions;
}

export function makeCluster(context: PlatformContext): PlatformCluster {
  const { name, args, platform, guarded, opts, tenantId } = context;
  const { location, tags } = platform;
  const resourceGroupName =
    args.resourceGroupName ??
    new ResourceGroup(`${name}-group`, { resourceGroupName: platform.name, location, tags }, guarded).name;
  const { network, subnetIds } = makeNetwork(context, resourceGroupName);
  const identity = new UserAssignedIdentity(
    `${name}-identity`,
    { resourceGroupName, location, tags, resourceName: `${platform.name}-cluster` },
    opts,
  );
  // Without it the cluster could not put internal load balancers into the network.
  const networkRole = grantRole(
    `${name}-network-role`,
    {
      role: "networkContributor",
      principalId: identity.principalId,
      principalType: "ServicePrincipal",
      scope: network.id,
      description: "The cluster attaches nodes and load balancers to its network.",
    },
    opts,
  );
  const inputs = clusterArgs(args, platform, {
    resourceGroupName,
    nodeSubnetId: subnetIds.nodes,
    identityId: identity.id,
    tenantId,
  });
  const cluster = new ManagedCluster(`${name}-cluster`, inputs, {
    ...guarded,
    dependsOn: combine(guarded.dependsOn, [networkRole]),
    // AKS moves the version within the channel; only another argument is a wish.
    ignoreChanges: args.kubernetesVersion === undefined ? ["kubernetesVersion"] : undefined,
    customTimeouts: { create: "40m", update: "90m", delete: "40m" },
  });
  makeWindows(context, resourceGroupName, cluster);
  const pools = makePostgresPools(context, resourceGroupName, cluster, subnetIds.nodes);
  return {
    id: cluster.id,
    name: cluster.name,
    askedName: cluster.name,
    location: pulumi.output(location),
    resourceGroupName: pulumi.output(resourceGroupName),
    oidcIssuerUrl: cluster.oidcIssuerProfile.apply(issuerOf),
    virtualNetworkId: network.id,
    subnetIds,
    ready: [cluster, ...pools],
  };
}

/** The issuer of a cluster; empty while it has none. */
export function issuerOf(profile: { issuerURL?: string } | undefined): string {
  return profile?.issuerURL ?? "";
}

function makeNetwork(
  { name, platform, opts }: PlatformContext,
  resourceGroupName: pulumi.Input<string>,
): { network: VirtualNetwork; subnetIds: Record<SubnetName, pulumi.Output<string>> } {
  const { location, tags, network: ranges } = platform;
  const byName = subnetsOf(platform);
  const names = Object.keys(byName) as SubnetName[];
  const network = new VirtualNetwork(
    `${name}-network`,
    {
      resourceGroupName,
      location,
      tags,
      addressSpace: { addressPrefixes: [ranges.addressSpace] },
      // Subnets of their own would be taken away by every update of the network.
      subnets: names.map(subnet => ({ name: subnet, ...byName[subnet] })),
    },
    opts,
  );
  const subnetIds = Object.fromEntries(
    names.map(subnet => [subnet, network.id.apply(id => `${id}/subnets/${subnet}`)]),
  ) as Record<SubnetName, pulumi.Output<string>>;
  return { network, subnetIds };
}

function makeWindows(
  { name, platform, opts }: PlatformContext,
  resourceGroupName: pulumi.Input<string>,
  cluster: ManagedCluster,
): void {
  for (const [configName, maintenanceWindow] of Object.entries(maintenanceWindows(platform)))
    new MaintenanceConfiguration(
      `${name}-${configName === "aksManagedAutoUpgradeSchedule" ? "upgrades" : "node-upgrades"}`,
      {
        resourceGroupName,
        resourceName: cluster.name,
        configName,
        maintenanceWindow: maintenanceWindow as never,
      },
      opts,
    );
}

/** AKS changes one pool after the other anyway; in order, an upgrade never empties two zones at once. */
export function makePostgresPools(
  { name, platform, guarded }: PlatformContext,
  resourceGroupName: pulumi.Input<string>,
  cluster: { name: pulumi.Input<string> },
  nodeSubnetId: pulumi.Input<string> | undefined,
): AgentPool[] {
  const pools: AgentPool[] = [];
  for (const pool of platform.postgresPools) {
    const inputs = postgresPoolArgs(platform, pool, {
      resourceGroupName,
      clusterName: cluster.name,
      nodeSubnetId,
    });
    pools.push(
      new AgentPool(`${name}-${pool.name}`, inputs, {
        ...guarded,
        dependsOn: combine(guarded.dependsOn, pools.slice(-1)),
        // The autoscaler moves it.
        ignoreChanges: pool.maxCount > pool.minCount ? ["count"] : undefined,
        customTimeouts: { create: "30m", update: "180m", delete: "60m" },
      }),
    );
  }
  return pools;
}
