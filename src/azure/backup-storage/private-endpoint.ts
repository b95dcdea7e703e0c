import { PrivateDnsZoneGroup } from "@pulumi/azure-native/network/privateDnsZoneGroup";
import { PrivateEndpoint } from "@pulumi/azure-native/network/privateEndpoint";
import { PrivateZone } from "@pulumi/azure-native/privatedns/privateZone";
import { VirtualNetworkLink } from "@pulumi/azure-native/privatedns/virtualNetworkLink";
import * as pulumi from "@pulumi/pulumi";
import { ArgumentError } from "../../argument-error";
import { azureCloudOf } from "../../azure-cloud";
import type { StorageNetworkArgs } from "./args";
import type { ResolvedStorage } from "./resolve";

/** An address of the account in a subnet, and the name by which machines of the network find it. */
export function makePrivateEndpoint(
  { name, location, tags }: ResolvedStorage,
  { endpointSubnetId, virtualNetworkId, privateDnsZoneId }: StorageNetworkArgs,
  account: { id: pulumi.Output<string>; resourceGroupName: pulumi.Input<string> },
  opts: pulumi.CustomResourceOptions,
): pulumi.Resource[] {
  if (endpointSubnetId === undefined || virtualNetworkId === undefined) return [];
  const { resourceGroupName } = account;
  const endpoint = new PrivateEndpoint(
    `${name}-endpoint`,
    {
      resourceGroupName,
      location,
      tags,
      subnet: { id: pulumi.output(endpointSubnetId).apply(id => subnetOf(name, id)) },
      privateLinkServiceConnections: [{ name: "blob", privateLinkServiceId: account.id, groupIds: ["blob"] }],
    },
    opts,
  );
  const zone =
    privateDnsZoneId === undefined
      ? makeZone({ name, location, tags }, resourceGroupName, virtualNetworkId, opts)
      : { id: privateDnsZoneId, made: [] };
  const group = new PrivateDnsZoneGroup(
    `${name}-endpoint-name`,
    {
      resourceGroupName,
      privateEndpointName: endpoint.name,
      privateDnsZoneConfigs: [{ name: "blob", privateDnsZoneId: zone.id }],
    },
    opts,
  );
  return [endpoint, ...zone.made, group];
}

/** @throws ArgumentError for the empty id that a platform on an existing cluster has */
function subnetOf(resource: string, id: string): string {
  if (id === "")
    throw new ArgumentError({
      component: "AzureBackupStorage",
      resource,
      argument: "network.endpointSubnetId",
      value: id,
      problem: "is empty: an existing cluster keeps its network, and the platform made no subnet.",
      remedy: "Give the id of a subnet of that network, or leave network out.",
    });
  return id;
}

function makeZone(
  { name, location, tags }: Pick<ResolvedStorage, "name" | "location" | "tags">,
  resourceGroupName: pulumi.Input<string>,
  virtualNetworkId: pulumi.Input<string>,
  opts: pulumi.CustomResourceOptions,
): { id: pulumi.Input<string>; made: pulumi.Resource[] } {
  const zone = new PrivateZone(
    `${name}-zone`,
    {
      resourceGroupName,
      privateZoneName: `privatelink.${azureCloudOf(location).blobDomain}`,
      // Zones of names belong to no region.
      location: "global",
      tags,
    },
    opts,
  );
  const link = new VirtualNetworkLink(
    `${name}-zone-link`,
    {
      resourceGroupName,
      privateZoneName: zone.name,
      location: "global",
      tags,
      virtualNetwork: { id: virtualNetworkId },
      registrationEnabled: false,
    },
    opts,
  );
  return { id: zone.id, made: [zone, link] };
}
