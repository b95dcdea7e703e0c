import * as core from "@pulumi/kubernetes/core/v1";
import * as rbac from "@pulumi/kubernetes/rbac/v1";
import * as pulumi from "@pulumi/pulumi";
import type { InstanceContext } from "../instance/children";
import { metadata } from "../instance/render";
import type { Rule } from "../jobs/rule";

/** Where a child lives: the namespace of the follower, or that of its source, perhaps in another Kubernetes cluster. */
export interface Place {
  namespace: pulumi.Input<string>;
  provider?: pulumi.ProviderResource;
}

/** A ServiceAccount, wherever it lives. */
export interface Holder {
  name: string;
  namespace: pulumi.Input<string>;
}

/** Metadata of a child in any place. */
export function metadataIn(
  { instance, args }: InstanceContext,
  name: string,
  { namespace }: Place,
): { name: string; namespace: pulumi.Input<string>; labels: Record<string, string> } {
  return { ...metadata(instance, args, name), namespace };
}

/** Options of a child in any place. */
export function optionsIn(
  { provider }: Place,
  dependsOn: pulumi.Resource[],
): pulumi.CustomResourceOptions & { dependsOn: pulumi.Resource[] } {
  return provider === undefined ? { dependsOn } : { dependsOn, provider };
}

/** A ServiceAccount in a place. */
export function serviceAccountIn(
  context: InstanceContext,
  purpose: string,
  name: string,
  place: Place,
  dependsOn: pulumi.Resource[],
): core.ServiceAccount {
  return context.children.make(
    "job",
    core.ServiceAccount,
    `${context.name}-${purpose}-account`,
    { metadata: metadataIn(context, name, place) },
    optionsIn(place, dependsOn),
  );
}

/** Rights in a place, for a ServiceAccount of any namespace of the same Kubernetes cluster. */
export function grantIn(
  context: InstanceContext,
  purpose: string,
  name: string,
  place: Place,
  rules: pulumi.Input<Rule[]>,
  holder: Holder,
  dependsOn: pulumi.Resource[],
): pulumi.Resource[] {
  const { children } = context;
  const role = children.make(
    "job",
    rbac.Role,
    `${context.name}-${purpose}-role`,
    { metadata: metadataIn(context, name, place), rules },
    optionsIn(place, dependsOn),
  );
  const binding = children.make(
    "job",
    rbac.RoleBinding,
    `${context.name}-${purpose}-binding`,
    {
      metadata: metadataIn(context, name, place),
      roleRef: { apiGroup: "rbac.authorization.k8s.io", kind: "Role", name },
      subjects: [{ kind: "ServiceAccount", name: holder.name, namespace: holder.namespace }],
    },
    optionsIn(place, [...dependsOn, role]),
  );
  return [role, binding];
}
