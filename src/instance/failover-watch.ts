import * as apiextensions from "@pulumi/kubernetes/apiextensions";
import * as rbac from "@pulumi/kubernetes/rbac/v1";
import type * as pulumi from "@pulumi/pulumi";
import { type AlertGroup, failoverAlerts } from "../failover/alerts";
import { failoverNames } from "../failover/names";
import { resolvePolicy } from "../failover/policy";
import { watchAccount, watchRules } from "../failover/watch-rights";
import { rehearsalAlertRules } from "../rehearsal/alerts";
import type { PostgresInstanceArgs } from "./args";
import type { InstanceContext } from "./children";
import { metadata } from "./render";
import type { ResolvedInstance } from "./resolve";

/** Namespace of the operator, where its watch runs. */
const defaultOperatorNamespace = "cnpg-system";

/**
 * What the watch beside the operator needs for an instance with standbys: rights on exactly its objects, and the alerts on
 * what it finds. Harmless where no watch runs.
 */
export function failoverWatch(context: InstanceContext, dependsOn: pulumi.Resource[]): pulumi.Resource[] {
  const { children, name, args, instance } = context;
  if (instance.instances === 1) return [];
  const meta = metadata(instance, args, failoverNames(instance.name).watch);
  const role = children.make(
    "job",
    rbac.Role,
    `${name}-watch-role`,
    { metadata: meta, rules: watchRules(instance) },
    { dependsOn },
  );
  const binding = children.make(
    "job",
    rbac.RoleBinding,
    `${name}-watch-binding`,
    {
      metadata: meta,
      roleRef: { apiGroup: "rbac.authorization.k8s.io", kind: "Role", name: meta.name },
      subjects: [
        {
          kind: "ServiceAccount",
          name: watchAccount,
          namespace: args.operatorNamespace ?? defaultOperatorNamespace,
        },
      ],
    },
    { dependsOn: [role] },
  );
  return [role, binding, ...alerts(context, dependsOn)];
}

function alerts(
  { children, name, args, instance }: InstanceContext,
  dependsOn: pulumi.Resource[],
): pulumi.Resource[] {
  if (args.failover?.alerts !== true) return [];
  const { clusterName } = instance.active;
  const meta = metadata(instance, args, failoverNames(instance.name).failover);
  const { maxLagBytes, synchronous } = instance.availability;
  const alerted = {
    name: instance.name,
    namespace: instance.namespace,
    clusterName,
    hibernated: instance.hibernated,
    maxLagBytes,
    synchronous,
  };
  const policy = resolvePolicy(args.failover);
  const { apiVersion, kind, spec } = failoverAlerts(alerted, policy, meta, rehearsalGroup(instance, args));
  const rule = { apiVersion, kind, metadata: meta, spec };
  return [children.make("job", apiextensions.CustomResource, `${name}-failover-alerts`, rule, { dependsOn })];
}

function rehearsalGroup(instance: ResolvedInstance, { failover }: PostgresInstanceArgs): AlertGroup[] {
  if (failover?.rehearsal === undefined) return [];
  const rules = rehearsalAlertRules(instance, failover.rehearsal);
  return [{ name: `${instance.namespace}-${instance.name}-rehearsals`, rules }];
}
