import * as apiextensions from "@pulumi/kubernetes/apiextensions";
import * as batch from "@pulumi/kubernetes/batch/v1";
import * as core from "@pulumi/kubernetes/core/v1";
import { NetworkPolicy } from "@pulumi/kubernetes/networking/v1";
import * as rbac from "@pulumi/kubernetes/rbac/v1";
import * as pulumi from "@pulumi/pulumi";
import type { InstanceObjectMetadata } from "../cnpg/metadata";
import { cnpgApiVersion, type Manifest } from "../cnpg/object";
import { combine } from "../instance/children";
import type { InstanceReference } from "../instance/reference";
import type { CronJobManifest, JobManifest } from "../jobs/job";
import type { Rule } from "../jobs/rule";

type Dependencies = pulumi.Input<pulumi.Resource>[];
type Metadata = pulumi.Input<InstanceObjectMetadata>;

/** Registers the children of a database, a link or an application. All of them can be made again, so none blocks a destroy. */
export class ApplicationChildren {
  constructor(
    readonly name: string,
    private readonly parent: pulumi.ComponentResource,
    private readonly dependsOn: pulumi.ResourceOptions["dependsOn"],
  ) {}

  /** Options of a child. */
  options(dependsOn: Dependencies = []): pulumi.CustomResourceOptions {
    return {
      parent: this.parent,
      protect: false,
      retainOnDelete: false,
      // Children do not inherit dependsOn from a component.
      dependsOn: combine(this.dependsOn as pulumi.ComponentResourceOptions["dependsOn"], dependsOn),
    };
  }

  /** A ServiceAccount. What is to go with the component is owned by it: see {@link owned}. */
  account(purpose: string, metadata: Metadata, dependsOn: Dependencies = []): core.ServiceAccount {
    return new core.ServiceAccount(`${this.name}-${purpose}`, { metadata }, this.options(dependsOn));
  }

  /** What a ServiceAccount may do in a namespace. */
  rights(
    purpose: string,
    metadata: Metadata,
    rules: pulumi.Input<Rule[]>,
    account: { name: pulumi.Input<string>; namespace: pulumi.Input<string> },
    dependsOn: Dependencies = [],
  ): pulumi.Resource[] {
    const role = new rbac.Role(`${this.name}-${purpose}-role`, { metadata, rules }, this.options(dependsOn));
    const binding = new rbac.RoleBinding(
      `${this.name}-${purpose}-binding`,
      {
        metadata,
        roleRef: { apiGroup: "rbac.authorization.k8s.io", kind: "Role", name: role.metadata.name },
        subjects: [{ kind: "ServiceAccount", name: account.name, namespace: account.namespace }],
      },
      this.options([role, ...dependsOn]),
    );
    return [role, binding];
  }

  /**
   * Lets the pods of an instance read the Secrets of logins. CloudNativePG does so itself, but after it has heard of the DatabaseRole: the first
   * attempt to set the password then fails, and the next one comes half a minute later.
   */
  readable(
    purpose: string,
    instance: pulumi.Output<InstanceReference>,
    metadata: pulumi.Output<InstanceObjectMetadata>,
    secrets: pulumi.Output<string[]>,
    dependsOn: Dependencies,
  ): pulumi.Resource[] {
    const rules = secrets.apply((resourceNames): Rule[] => [
      { apiGroups: [""], resources: ["secrets"], verbs: ["get"], resourceNames },
    ]);
    const account = { name: instance.serviceAccount, namespace: instance.namespace };
    return this.rights(purpose, metadata, rules, account, dependsOn);
  }

  secret(
    purpose: string,
    metadata: Metadata,
    type: string,
    stringData: pulumi.Input<Record<string, pulumi.Input<string>>>,
    dependsOn: Dependencies = [],
  ): core.Secret {
    return new core.Secret(
      `${this.name}-${purpose}`,
      { metadata, type, stringData: pulumi.secret(stringData) },
      this.options(dependsOn),
    );
  }

  configMap(
    purpose: string,
    metadata: Metadata,
    data: pulumi.Input<Record<string, pulumi.Input<string>>>,
    dependsOn: Dependencies = [],
  ): core.ConfigMap {
    return new core.ConfigMap(`${this.name}-${purpose}`, { metadata, data }, this.options(dependsOn));
  }

  /**
   * An object of CloudNativePG that Kubernetes removes when its owner goes, in the background: its finalizer is released by a running primary, for
   * which a destroy of a stopped instance would wait in vain. One that is there already is taken over.
   */
  owned(
    purpose: string,
    kind: "Database" | "DatabaseRole",
    manifest: pulumi.Output<Manifest>,
    owner: core.ServiceAccount,
    dependsOn: Dependencies = [],
  ): pulumi.Resource {
    const metadata = pulumi
      .all([manifest, owner.metadata.name, owner.metadata.uid])
      .apply(([{ metadata: own }, name, uid]) => ({
        ...own,
        ownerReferences: [{ apiVersion: "v1", kind: "ServiceAccount", name, uid }],
      }));
    return new apiextensions.CustomResourcePatch(
      `${this.name}-${purpose}`,
      {
        apiVersion: cnpgApiVersion,
        kind,
        metadata,
        spec: manifest.apply(({ spec }) => spec),
      },
      { ...this.options([owner, ...dependsOn]), retainOnDelete: true },
    );
  }

  job(
    purpose: string,
    manifest: pulumi.Output<JobManifest>,
    seconds: number,
    dependsOn: Dependencies,
  ): batch.Job {
    return new batch.Job(
      `${this.name}-${purpose}`,
      { metadata: manifest.apply(({ metadata }) => metadata), spec: manifest.apply(({ spec }) => spec) },
      { ...this.options(dependsOn), customTimeouts: { create: `${seconds}s` } },
    );
  }

  cronJob(purpose: string, manifest: pulumi.Output<CronJobManifest>, dependsOn: Dependencies): batch.CronJob {
    return new batch.CronJob(
      `${this.name}-${purpose}`,
      { metadata: manifest.apply(({ metadata }) => metadata), spec: manifest.apply(({ spec }) => spec) },
      this.options(dependsOn),
    );
  }

  networkPolicy(
    purpose: string,
    manifest: pulumi.Output<{ metadata: InstanceObjectMetadata; spec: object }>,
    dependsOn: Dependencies = [],
  ): NetworkPolicy {
    return new NetworkPolicy(
      `${this.name}-${purpose}`,
      {
        metadata: manifest.apply(({ metadata }) => metadata),
        spec: manifest.apply(({ spec }) => spec) as pulumi.Output<{ podSelector: object }>,
      },
      this.options(dependsOn),
    );
  }
}
