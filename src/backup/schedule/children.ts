import * as apiextensions from "@pulumi/kubernetes/apiextensions";
import * as batch from "@pulumi/kubernetes/batch/v1";
import * as core from "@pulumi/kubernetes/core/v1";
import * as rbac from "@pulumi/kubernetes/rbac/v1";
import * as pulumi from "@pulumi/pulumi";
import { cnpgApiVersion, type Manifest } from "../../cnpg/object";
import { combine } from "../../instance/children";
import type { CronJobManifest } from "../../jobs/job";
import type * as render from "./render";

/** What a Job's rights depend on. */
export type Account = pulumi.Resource[];

type Rendered<M> = (context: render.ScheduleContext) => M;
type ClaimSpec = { accessModes: string[] };
type Dependencies = pulumi.Input<pulumi.Resource>[];

/** Registers the children of one BackupSchedule. All but the claims can be made again, so none of them blocks a destroy or outlives it. */
export class ScheduleChildren {
  readonly name: string;
  readonly context: pulumi.Output<render.ScheduleContext>;
  readonly #parent: pulumi.ComponentResource;
  readonly #dependsOn: pulumi.ResourceOptions["dependsOn"];

  constructor(
    name: string,
    parent: pulumi.ComponentResource,
    dependsOn: pulumi.ResourceOptions["dependsOn"],
    context: pulumi.Output<render.ScheduleContext>,
  ) {
    this.name = name;
    this.context = context;
    this.#parent = parent;
    this.#dependsOn = dependsOn;
  }

  /** Options of a child. */
  options(dependsOn: Dependencies = []): pulumi.CustomResourceOptions {
    return {
      parent: this.#parent,
      protect: false,
      retainOnDelete: false,
      // Children do not inherit dependsOn from a component.
      dependsOn: combine(this.#dependsOn as pulumi.ComponentResourceOptions["dependsOn"], dependsOn),
    };
  }

  /** A ServiceAccount that may do exactly what its Role says. */
  account(purpose: string, rendered: Rendered<render.Account>): Account {
    const manifests = this.context.apply(rendered);
    const account = new core.ServiceAccount(
      `${this.name}-${purpose}-account`,
      { metadata: manifests.apply(({ serviceAccount }) => serviceAccount.metadata) },
      this.options(),
    );
    const rights = new rbac.Role(
      `${this.name}-${purpose}-role`,
      {
        metadata: manifests.apply(({ role }) => role.metadata),
        rules: manifests.apply(({ role }) => role.rules),
      },
      this.options(),
    );
    const bound = this.binding(purpose, context => rendered(context).binding, [rights, account]);
    return [account, rights, bound];
  }

  cronJob(purpose: string, rendered: Rendered<CronJobManifest>, dependsOn: Dependencies): batch.CronJob {
    const manifest = this.context.apply(rendered);
    return new batch.CronJob(
      `${this.name}-${purpose}`,
      { metadata: manifest.apply(({ metadata }) => metadata), spec: manifest.apply(({ spec }) => spec) },
      this.options(dependsOn),
    );
  }

  binding(purpose: string, rendered: Rendered<Manifest>, dependsOn: Dependencies = []): rbac.RoleBinding {
    const manifest = this.context.apply(context => rendered(context) as render.Account["binding"]);
    return new rbac.RoleBinding(
      `${this.name}-${purpose}-binding`,
      {
        metadata: manifest.apply(({ metadata }) => metadata),
        roleRef: manifest.apply(({ roleRef }) => roleRef),
        subjects: manifest.apply(({ subjects }) => subjects),
      },
      this.options(dependsOn),
    );
  }

  configMap(
    purpose: string,
    rendered: Rendered<Manifest>,
    options: pulumi.CustomResourceOptions = {},
  ): core.ConfigMap {
    const manifest = this.context.apply(rendered);
    return new core.ConfigMap(
      `${this.name}-${purpose}`,
      {
        metadata: manifest.apply(({ metadata }) => metadata),
        data: manifest.apply(({ data }) => data as Record<string, string>),
      },
      { ...this.options(), ...options },
    );
  }

  /** An object of another kind; of CloudNativePG unless it says otherwise. */
  custom(
    purpose: string,
    kind: string,
    rendered: Rendered<Manifest>,
    more: { apiVersion?: string; options?: pulumi.CustomResourceOptions; dependsOn?: Dependencies } = {},
  ): pulumi.Resource {
    const manifest = this.context.apply(rendered);
    return new apiextensions.CustomResource(
      `${this.name}-${purpose}`,
      {
        apiVersion: more.apiVersion ?? cnpgApiVersion,
        kind,
        metadata: manifest.apply(({ metadata }) => metadata),
        spec: manifest.apply(({ spec }) => spec),
      },
      { ...this.options(more.dependsOn), ...more.options },
    );
  }

  /**
   * An object of CloudNativePG that is there already, or is made, and that stays when the component goes: its finalizer is released by a running
   * primary, for which a destroy of a hibernated instance would wait in vain.
   */
  stayingCustom(
    purpose: string,
    kind: string,
    rendered: Rendered<Manifest>,
    dependsOn: Dependencies,
  ): pulumi.Resource {
    const manifest = this.context.apply(rendered);
    return new apiextensions.CustomResourcePatch(
      `${this.name}-${purpose}`,
      {
        apiVersion: cnpgApiVersion,
        kind,
        metadata: manifest.apply(({ metadata }) => metadata),
        spec: manifest.apply(({ spec }) => spec),
      },
      { ...this.options(dependsOn), retainOnDelete: true },
    );
  }

  /** A volume of dumps. It outlives the component, because the dumps are what is left of a lost instance. */
  claim(purpose: string, rendered: Rendered<Manifest | undefined>): pulumi.Resource {
    const manifest = this.context.apply(context => rendered(context) as Manifest);
    return new core.PersistentVolumeClaim(
      `${this.name}-${purpose}-volume`,
      {
        metadata: manifest.apply(({ metadata }) => metadata),
        spec: manifest.apply(({ spec }) => spec as ClaimSpec),
      },
      { ...this.options(), protect: undefined, retainOnDelete: true },
    );
  }
}
