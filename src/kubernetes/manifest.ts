import type * as pulumi from "@pulumi/pulumi";
import * as admissionregistration from "@pulumi/kubernetes/admissionregistration/v1";
import * as apiextensions from "@pulumi/kubernetes/apiextensions";
import * as definitions from "@pulumi/kubernetes/apiextensions/v1";
import * as apps from "@pulumi/kubernetes/apps/v1";
import * as batch from "@pulumi/kubernetes/batch/v1";
import * as core from "@pulumi/kubernetes/core/v1";
import * as policy from "@pulumi/kubernetes/policy/v1";
import * as rbac from "@pulumi/kubernetes/rbac/v1";
import type { Manifest } from "../cnpg/object";

type ResourceClass = new (
  name: string,
  args: Record<string, unknown>,
  opts: pulumi.CustomResourceOptions,
) => pulumi.CustomResource;

// Functions, because the SDK loads a class when it is named.
const builtIn: Record<string, () => unknown> = {
  "v1/ConfigMap": () => core.ConfigMap,
  "v1/Namespace": () => core.Namespace,
  "v1/Secret": () => core.Secret,
  "v1/Service": () => core.Service,
  "v1/ServiceAccount": () => core.ServiceAccount,
  "admissionregistration.k8s.io/v1/MutatingWebhookConfiguration": () =>
    admissionregistration.MutatingWebhookConfiguration,
  "admissionregistration.k8s.io/v1/ValidatingWebhookConfiguration": () =>
    admissionregistration.ValidatingWebhookConfiguration,
  // As a patch it takes over a definition that is in the cluster already, which a plain create refuses.
  "apiextensions.k8s.io/v1/CustomResourceDefinition": () => definitions.CustomResourceDefinitionPatch,
  "apps/v1/Deployment": () => apps.Deployment,
  "batch/v1/CronJob": () => batch.CronJob,
  "batch/v1/Job": () => batch.Job,
  "policy/v1/PodDisruptionBudget": () => policy.PodDisruptionBudget,
  "rbac.authorization.k8s.io/v1/ClusterRole": () => rbac.ClusterRole,
  "rbac.authorization.k8s.io/v1/ClusterRoleBinding": () => rbac.ClusterRoleBinding,
  "rbac.authorization.k8s.io/v1/Role": () => rbac.Role,
  "rbac.authorization.k8s.io/v1/RoleBinding": () => rbac.RoleBinding,
};

/**
 * A resource for an object whose kind is known at run time only. Kinds of the core group cannot be made by the SDK's
 * generic `CustomResource`: its type token would lack the group.
 */
export function resourceOf(
  name: string,
  object: Manifest,
  opts: pulumi.CustomResourceOptions,
): pulumi.CustomResource {
  const known = builtIn[`${object.apiVersion}/${object.kind}`];
  if (known !== undefined) return new (known() as ResourceClass)(name, object, opts);
  if (!object.apiVersion.includes("/")) {
    throw new Error(`${name}: no resource class is known for the kind ${object.kind} of the core group`);
  }
  return new apiextensions.CustomResource(name, object, opts);
}
