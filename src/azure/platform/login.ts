import { parse, stringify } from "yaml";
import { azureCloudOf } from "../../azure-cloud";
import { LoginMode } from "./args";
import type { ResolvedPlatform } from "./resolve";

/** The application that is every AKS cluster's, in all clouds. Source: documentation of kubelogin, "get-token", 2025. */
const serverId = "6dae42f8-4368-4678-94ff-3960e28e3630";

/** The way to a cluster: its address and the authority of its certificate. */
export interface ClusterEndpoint {
  server: string;
  certificateAuthority: string;
}

/**
 * Reads the way to a cluster out of the kubeconfig that Azure hands out. Its user, who would be asked to log in at a browser, is left aside.
 * @throws Error when it has no cluster
 */
export function endpointOf(kubeconfig: string): ClusterEndpoint {
  const { clusters } = (parse(kubeconfig) ?? {}) as {
    clusters?: { cluster?: { server?: string; "certificate-authority-data"?: string } }[];
  };
  const cluster = clusters?.[0]?.cluster;
  const [server, certificateAuthority] = [cluster?.server, cluster?.["certificate-authority-data"]];
  if (server === undefined || certificateAuthority === undefined)
    throw new Error(
      "Azure handed out a kubeconfig without a cluster. Try again when the cluster has been made.",
    );
  return { server, certificateAuthority };
}

/**
 * A kubeconfig that enters by `kubelogin`, in the mode that is asked for. It holds no secret: whoever uses it logs in as who they are.
 * @param name name of the cluster, which the context gets as with `az aks get-credentials`
 */
export function kubeconfigOf(
  name: string,
  endpoint: ClusterEndpoint,
  login: ResolvedPlatform["login"],
  location: string,
): string {
  return stringify({
    apiVersion: "v1",
    kind: "Config",
    "current-context": name,
    clusters: [
      {
        name,
        cluster: { server: endpoint.server, "certificate-authority-data": endpoint.certificateAuthority },
      },
    ],
    contexts: [{ name, context: { cluster: name, user: name } }],
    users: [{ name, user: { exec: execOf(login, location) } }],
  });
}

function execOf({ mode, clientId, tenantId }: ResolvedPlatform["login"], location: string): object {
  const option = (flag: string, value: string | undefined): string[] =>
    value === undefined ? [] : [flag, value];
  return {
    apiVersion: "client.authentication.k8s.io/v1",
    command: "kubelogin",
    args: [
      ...["get-token", "--login", mode, "--server-id", serverId],
      ...["--environment", azureCloudOf(location).name],
      // `az` has one login at a time, which has no client id to choose by.
      ...(mode === LoginMode.AzureCli ? [] : option("--client-id", clientId)),
      ...option("--tenant-id", tenantId),
    ],
    installHint:
      "kubelogin is missing. Install it: az aks install-cli, or https://azure.github.io/kubelogin/install.html",
    interactiveMode: "Never",
    provideClusterInfo: false,
  };
}
