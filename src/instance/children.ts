import * as pulumi from "@pulumi/pulumi";
import type { Tell } from "../replica/checked-source";
import type { PostgresInstanceArgs } from "./args";
import type { ResolvedInstance } from "./resolve";

/** Changes the arguments or options of one child before it is registered. */
export type ChildTransform = (
  args: Record<string, unknown>,
  opts: pulumi.CustomResourceOptions,
  name: string,
) => { args: Record<string, unknown>; opts: pulumi.CustomResourceOptions } | undefined;

/** The children that can be changed, by what they are. */
export interface InstanceTransforms {
  namespace?: ChildTransform;
  ownerSecret?: ChildTransform;
  connectionSecret?: ChildTransform;
  serviceAccount?: ChildTransform;
  cluster?: ChildTransform;
  database?: ChildTransform;
  service?: ChildTransform;
  pooler?: ChildTransform;
  disruptionBudget?: ChildTransform;
  networkPolicy?: ChildTransform;
  configMap?: ChildTransform;
  job?: ChildTransform;
}

/**
 * Which children outlive the component when data is kept: exactly what a Cluster needs to go on running and to be
 * adopted again. Its pods run under the ServiceAccount, which also owns the certificate authority.
 */
const kept: Record<keyof InstanceTransforms, boolean> = {
  namespace: true,
  ownerSecret: true,
  serviceAccount: true,
  cluster: true,
  connectionSecret: false,
  database: false,
  service: false,
  pooler: false,
  disruptionBudget: false,
  networkPolicy: false,
  configMap: false,
  job: false,
};

/** Registers the children of one instance, each with the options its kind needs. */
export class Children {
  readonly #parent: pulumi.ComponentResource;
  readonly #instance: ResolvedInstance;
  readonly #dependsOn: pulumi.ComponentResourceOptions["dependsOn"];
  readonly #transforms: InstanceTransforms;

  constructor(
    parent: pulumi.ComponentResource,
    instance: ResolvedInstance,
    opts: pulumi.ComponentResourceOptions | undefined,
    transforms: InstanceTransforms,
  ) {
    this.#parent = parent;
    this.#instance = instance;
    this.#dependsOn = opts?.dependsOn;
    this.#transforms = transforms;
  }

  /** Makes one child of a kind: options first, then the user's transform, then the resource. */
  make<T extends pulumi.Resource, A extends object>(
    kind: keyof InstanceTransforms,
    type: new (name: string, args: A, opts: pulumi.CustomResourceOptions) => T,
    name: string,
    args: A,
    more: pulumi.CustomResourceOptions & { dependsOn?: pulumi.Input<pulumi.Resource>[] } = {},
  ): T {
    const opts: pulumi.CustomResourceOptions = {
      parent: this.#parent,
      // A kept child follows the component's own protect; what can be made again never blocks a destroy.
      ...(kept[kind] ? { retainOnDelete: this.#instance.keep } : { retainOnDelete: false, protect: false }),
      ...more,
      // Children do not inherit dependsOn from a component.
      dependsOn: combine(this.#dependsOn, more.dependsOn ?? []),
    };
    const changed = this.#transforms[kind]?.(args as Record<string, unknown>, opts, name);
    return new type(name, (changed?.args as A | undefined) ?? args, changed?.opts ?? opts);
  }
}

/** What a child depends on: what its component does, and more. */
export function combine(
  given: pulumi.ComponentResourceOptions["dependsOn"],
  more: pulumi.Input<pulumi.Resource>[],
): pulumi.ResourceOptions["dependsOn"] {
  if (given === undefined) return more;
  if (pulumi.Output.isInstance(given)) {
    return (given as pulumi.Output<pulumi.Resource | pulumi.Resource[]>).apply(
      resources => [resources, more].flat(2) as pulumi.Resource[],
    );
  }
  return [given as pulumi.Input<pulumi.Resource> | pulumi.Input<pulumi.Resource>[], more].flat(
    2,
  ) as pulumi.Input<pulumi.Resource>[];
}

/** What making any child needs. */
export interface InstanceContext {
  /** Name of the component. */
  name: string;
  args: PostgresInstanceArgs;
  instance: ResolvedInstance;
  children: Children;
  parent: pulumi.ComponentResource;
  /** Only for what a preview says. */
  clock: () => Date;
  /** The Kubernetes cluster of the instance it follows, where that is another one. */
  sourceProvider?: pulumi.ProviderResource;
  /** Puts problems with the arguments into the words of the component that the user wrote. */
  tell: Tell;
}

/**
 * Takes over an existing object. What differs is left as it is in this update, because an import must not
 * change what it takes over; the next update, without `adopt`, applies the arguments.
 */
export function adoption(
  args: PostgresInstanceArgs,
  id: string,
  ignoreChanges: string[],
): Pick<pulumi.CustomResourceOptions, "import" | "ignoreChanges"> {
  return args.adopt === true ? { import: id, ignoreChanges } : {};
}
