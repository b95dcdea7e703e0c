import * as apiextensions from "@pulumi/kubernetes/apiextensions";
import * as rbac from "@pulumi/kubernetes/rbac/v1";
import type * as pulumi from "@pulumi/pulumi";
import { type AlertGroup, failoverAlertGroup } from "../failover/alerts";
import { failoverNames } from "../failover/names";
import { resolvePolicy } from "../failover/policy";
import { watchAccount, watchRules } from "../failover/watch-rights";
import { leafOf } from "../leaf";
import { rehearsalAlertRules } from "../rehearsal/alerts";
import { replicaAlertGroup } from "../replica/alerts";
import { ofSource } from "../replica/follow";
import type { PostgresInstanceArgs } from "./args";
import type { InstanceContext } from "./children";
import { metadata } from "./render";
import type { ResolvedInstance } from "./resolve";

/** Namespace of the operator, where its watch runs. */
const defaultOperatorNamespace = "cnpg-system";

/** Rights of the watch beside the operator on exactly the objects of an instance with standbys, and alerts. Harmless where no watch runs. */
export function failoverWatch(context: InstanceContext, dependsOn: pulumi.Resource[]): pulumi.Resource[] {
  const grants = context.instance.instances === 1 ? [] : watchGrants(context, dependsOn);
  return [...grants, ...alerts(context, dependsOn)];
}

function watchGrants(
  { children, name, args, instance }: InstanceContext,
  dependsOn: pulumi.Resource[],
): pulumi.Resource[] {
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
  return [role, binding];
}

function alerts(
  { children, name, args, instance }: InstanceContext,
  dependsOn: pulumi.Resource[],
): pulumi.Resource[] {
  if (args.failover?.alerts !== true) return [];
  const own = [...failoverGroup(instance, args), ...rehearsalGroup(instance, args)];
  const lag = replicaGroup(instance);
  if (own.length === 0 && lag === undefined) return [];
  const rule = {
    apiVersion: "monitoring.coreos.com/v1",
    kind: "PrometheusRule",
    metadata: metadata(instance, args, failoverNames(instance.name).failover),
    spec: { groups: lag === undefined ? own : leafOf(lag, group => [...own, group]) },
  };
  return [children.make("job", apiextensions.CustomResource, `${name}-failover-alerts`, rule, { dependsOn })];
}

function failoverGroup(instance: ResolvedInstance, args: PostgresInstanceArgs): AlertGroup[] {
  if (instance.instances === 1) return [];
  const { name, namespace, hibernated, availability, active } = instance;
  const { maxLagBytes, synchronous } = availability;
  const { clusterName } = active;
  const alerted = { name, namespace, clusterName, hibernated, maxLagBytes, synchronous };
  return [failoverAlertGroup(alerted, resolvePolicy(args.failover))];
}

/** Only of what follows another instance now, and has a limit. */
function replicaGroup({
  name,
  namespace,
  follow,
  availability,
}: ResolvedInstance): pulumi.Input<AlertGroup> | undefined {
  const { maxLagBytes } = availability;
  if (follow === undefined || follow.writes || maxLagBytes === undefined) return undefined;
  return ofSource(follow, namespace, (named, source) =>
    replicaAlertGroup({ name, namespace, maxLagBytes }, { name: source.name, namespace: named.namespace }),
  );
}

function rehearsalGroup(instance: ResolvedInstance, { failover }: PostgresInstanceArgs): AlertGroup[] {
  if (failover?.rehearsal === undefined || instance.instances === 1) return [];
  const rules = rehearsalAlertRules(instance, failover.rehearsal);
  return [{ name: `${instance.namespace}-${instance.name}-rehearsals`, rules }];
}
