import { executeRule, podNames } from "../instance/pods";
import type { ResolvedInstance } from "../instance/resolve";
import type { Rule } from "../jobs/rule";
import { poolerPauseRules } from "../pooler/rights";
import { failoverNames } from "./names";

/** What the Jobs of failovers, rehearsals and changes of standbys may do, in the namespace of the instance. */
export function failoverRules(instance: ResolvedInstance): Rule[] {
  const clusters = instance.generations.map(({ clusterName }) => clusterName);
  const pods = clusters.flatMap(cluster => podNames(cluster, instance.instances));
  const names = failoverNames(instance.name);
  const cnpg = ["postgresql.cnpg.io"];
  return [
    { apiGroups: [""], resources: ["services"], verbs: ["get"], resourceNames: [instance.name] },
    { apiGroups: cnpg, resources: ["clusters"], verbs: ["get", "patch"], resourceNames: clusters },
    // Another generation may be about to serve.
    { apiGroups: cnpg, resources: ["clusters"], verbs: ["list"] },
    // Who is to become primary stands in the status, as `kubectl cnpg promote` writes it.
    { apiGroups: cnpg, resources: ["clusters/status"], verbs: ["patch"], resourceNames: clusters },
    { apiGroups: [""], resources: ["pods"], verbs: ["get", "list"] },
    { apiGroups: [""], resources: ["pods"], verbs: ["patch", "delete"], resourceNames: pods },
    executeRule(pods),
    ...poolerPauseRules(instance),
    { apiGroups: [""], resources: ["pods/log"], verbs: ["get"], resourceNames: pods },
    // Whether a former primary was cloned anew shows in its volume.
    { apiGroups: [""], resources: ["persistentvolumeclaims"], verbs: ["get"], resourceNames: pods },
    // A killed primary leaves a lease that has to run out.
    {
      apiGroups: ["coordination.k8s.io"],
      resources: ["leases"],
      verbs: ["get", "patch"],
      resourceNames: clusters,
    },
    {
      apiGroups: [""],
      resources: ["configmaps"],
      verbs: ["get", "patch"],
      resourceNames: [names.failovers, names.rehearsals, names.metric],
    },
    { apiGroups: [""], resources: ["events"], verbs: ["create", "get", "patch"] },
    // Their names end in digits that are not known before.
    { apiGroups: ["batch"], resources: ["jobs"], verbs: ["get", "patch"] },
  ];
}
