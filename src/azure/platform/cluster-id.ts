import type { ValueProblem } from "../report";

/** Where a cluster is. */
export interface ClusterPlace {
  resourceGroupName: string;
  clusterName: string;
}

const form =
  /^\/subscriptions\/[^/]+\/resourcegroups\/([^/]+)\/providers\/microsoft\.containerservice\/managedclusters\/([^/]+)$/i;

/** Reads the ARM id of a cluster; undefined when it is none. */
export function parseClusterId(id: string): ClusterPlace | undefined {
  const [, resourceGroupName, clusterName] = form.exec(id) ?? [];
  return resourceGroupName === undefined || clusterName === undefined
    ? undefined
    : { resourceGroupName, clusterName };
}

export function clusterIdProblem(id: string): ValueProblem | undefined {
  if (parseClusterId(id) !== undefined) return undefined;
  return [
    "is not the id of an AKS cluster.",
    "`az aks show --query id` prints it: /subscriptions/…/resourceGroups/…/providers/Microsoft.ContainerService/managedClusters/….",
  ];
}
