import type * as pulumi from "@pulumi/pulumi";
import type { FoundCluster } from "../../../src/azure/platform/existing";
import { type MockOptions, type MockRecorder, startMocks } from "../mocks";

/** What Azure answers in tests. */

export const subscription = "00000000-0000-0000-0000-00000000000a";
export const deployer = "00000000-0000-0000-0000-00000000000b";
export const tenant = "00000000-0000-0000-0000-00000000000c";
export const clientId = "00000000-0000-0000-0000-00000000000d";
export const accountKey = Buffer.from("a key that must not be seen").toString("base64");
export const signature = "sv=2025&sp=rwdlt&sig=must-not-be-seen";

/** The kubeconfig that Azure hands out. */
export const handedOut = `apiVersion: v1
kind: Config
clusters:
  - name: shop
    cluster: { server: "https://shop.hcp.westeurope.azmk8s.io:443", certificate-authority-data: Q0E= }
contexts: []
users:
  - name: clusterUser
    user: { exec: { command: kubelogin, args: [get-token, --login, devicecode] } }
`;

/** A cluster as it ought to be. */
export const goodCluster: FoundCluster = {
  id: `/subscriptions/${subscription}/resourceGroups/prod/providers/Microsoft.ContainerService/managedClusters/prod`,
  name: "prod",
  location: "westeurope",
  provisioningState: "Succeeded",
  disableLocalAccounts: true,
  aadProfile: { managed: true, enableAzureRBAC: true },
  oidcIssuerProfile: { enabled: true, issuerURL: "https://issuer.example/prod/" },
  securityProfile: { workloadIdentity: { enabled: true } },
  networkProfile: { networkPolicy: "cilium" },
  apiServerAccessProfile: { authorizedIPRanges: ["203.0.113.0/24"] },
  agentPoolProfiles: [
    { name: "system", availabilityZones: ["1", "2", "3"] },
    {
      name: "postgres",
      availabilityZones: ["1", "2", "3"],
      nodeLabels: { workload: "postgres" },
      nodeTaints: ["workload=postgres:NoSchedule"],
    },
  ],
};

/** Names of azure-native resources are inputs with names of their own. */
const nameInputs = ["resourceName", "agentPoolName", "accountName", "containerName", "resourceGroupName"];

function azureOutputs({
  type,
  name,
  inputs,
}: pulumi.runtime.MockResourceArgs): Record<string, unknown> | undefined {
  if (!type.startsWith("azure-native:")) return undefined;
  const own = (
    {
      "azure-native:containerservice:AgentPool": "agentPoolName",
      "azure-native:storage:BlobContainer": "containerName",
      "azure-native:storage:StorageAccount": "accountName",
      "azure-native:resources:ResourceGroup": "resourceGroupName",
    } as Record<string, string>
  )[type];
  const given = inputs[own ?? nameInputs[0] ?? ""] as string | undefined;
  return {
    name: given ?? name,
    clientId,
    principalId: deployer,
    oidcIssuerProfile: { enabled: true, issuerURL: `https://issuer.example/${given ?? name}/` },
  };
}

export function azureCalls(
  found: FoundCluster = goodCluster,
): (call: pulumi.runtime.MockCallArgs) => Record<string, unknown> | undefined {
  return ({ token }) => {
    switch (token) {
      case "azure-native:authorization:getClientConfig":
        return { objectId: deployer, tenantId: tenant, subscriptionId: subscription, clientId };
      case "azure-native:containerservice:listManagedClusterUserCredentials":
        return { kubeconfigs: [{ name: "clusterUser", value: Buffer.from(handedOut).toString("base64") }] };
      case "azure-native:containerservice:getManagedCluster":
        return { ...found };
      case "azure-native:storage:listStorageAccountKeys":
        return { keys: [{ keyName: "key1", value: accountKey }] };
      case "azure-native:storage:listStorageAccountServiceSAS":
        return { serviceSasToken: signature };
      default:
        return undefined;
    }
  };
}

/** Mocks that answer as Azure does. Ids have the form of ARM's, so that what is made of them can be looked at. */
export function startAzureMocks(options: MockOptions & { found?: FoundCluster } = {}): Promise<MockRecorder> {
  const { found, outputs, ...rest } = options;
  return startMocks({
    ...rest,
    outputs: resource => ({ ...azureOutputs(resource), ...outputs?.(resource) }),
    calls: azureCalls(found),
  });
}
