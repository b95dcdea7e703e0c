import { podNames } from "../instance/pods";
import type { ResolvedInstance } from "../instance/resolve";
import type { Rule } from "../jobs/rule";
import { failoverNames } from "./names";

/** ServiceAccount of the watch that runs beside the operator. */
export const watchAccount = "pulumi-cnpg-watch";

/**
 * What the watch may do in the namespace of an instance, besides what it may everywhere: read Clusters and ObjectStores, and record Events.
 * It changes annotations and `spec.failoverDelay` of the Clusters, and cannot run anything in a pod.
 */
export function watchRules(instance: ResolvedInstance): Rule[] {
  const clusters = instance.generations.map(({ clusterName }) => clusterName);
  const pods = clusters.flatMap(cluster => podNames(cluster, instance.instances));
  const { failovers, metric } = failoverNames(instance.name);
  const cnpg = ["postgresql.cnpg.io"];
  return [
    { apiGroups: cnpg, resources: ["clusters"], verbs: ["get", "patch"], resourceNames: clusters },
    { apiGroups: cnpg, resources: ["failoverquorums"], verbs: ["get"], resourceNames: clusters },
    {
      apiGroups: [""],
      resources: ["configmaps"],
      verbs: ["get", "patch"],
      resourceNames: [failovers, metric],
    },
    // Whether the primary has a pod, and what a former primary says it had written in vain.
    { apiGroups: [""], resources: ["pods", "pods/log"], verbs: ["get"], resourceNames: pods },
  ];
}
