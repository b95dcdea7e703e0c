import type * as pulumi from "@pulumi/pulumi";
import type { Manifest } from "../cnpg/object";
import type { ChildTransform } from "../instance/children";
import { resourceOf } from "../kubernetes/manifest";
import type { JobObjects } from "./jobs";
import { isDefinition, objectKey } from "./render";

/** Changes single children before they are registered, by kind and name as in `overrides`. */
export type OperatorTransforms = Record<string, ChildTransform>;

/** What the options of a child are decided by. */
export interface ChildContext {
  /** Name of the component's resource; the prefix of every child's name. */
  name: string;
  parent: pulumi.ComponentResource;
  opts: pulumi.ComponentResourceOptions;
  transform: OperatorTransforms;
  /** Seconds a child may take. */
  readyTimeout: number;
}

// Replaced by ordinary changes, so that protecting them would block an update.
const replaceable = ["Job", "ConfigMap"];
const webhooks = ["MutatingWebhookConfiguration", "ValidatingWebhookConfiguration"];
/** What a Job may take beyond its own time limit: scheduling and pulling the image. */
const jobStart = 60;

/** Registers the objects; each waits for all of `dependsOn` and for what the component itself waits for. */
export function makeChildren(
  context: ChildContext,
  objects: readonly Manifest[],
  dependsOn: readonly pulumi.Resource[],
): pulumi.CustomResource[] {
  return objects.map(object => {
    const opts = childOptions(context, object, dependsOn);
    const name = `${context.name}-${objectKey(object).replace("/", "-")}`;
    const changed = context.transform[objectKey(object)]?.(object, opts, name);
    return resourceOf(name, (changed?.args as Manifest | undefined) ?? object, changed?.opts ?? opts);
  });
}

/** Registers a Job with its rights, and what repeats it. */
export function makeJob(
  context: ChildContext,
  suffix: string,
  objects: JobObjects,
  dependsOn: readonly pulumi.Resource[],
): pulumi.CustomResource[] {
  const access = makeChildren(context, objects.access, dependsOn);
  const after = [...dependsOn, ...access];
  const { job, cronJob } = objects;
  const made = [resourceOf(`${context.name}-${suffix}`, job, childOptions(context, job, after))];
  if (cronJob !== undefined) {
    made.push(
      resourceOf(`${context.name}-${suffix}-renewal`, cronJob, childOptions(context, cronJob, after)),
    );
  }
  return made;
}

/**
 * The options of one child. Definitions are kept when the component goes, because deleting a definition deletes every
 * object of its kind: with the definition of Cluster, every database. The rest follows the component's own options.
 */
export function childOptions(
  context: ChildContext,
  object: Manifest,
  dependsOn: readonly pulumi.Resource[],
): pulumi.CustomResourceOptions {
  const { opts, parent } = context;
  const follows = !replaceable.includes(object.kind);
  const limit = `${context.readyTimeout + (object.kind === "Job" ? jobStart : 0)}s`;
  return {
    parent,
    protect: follows && (opts.protect ?? false),
    retainOnDelete: isDefinition(object) || (follows && (opts.retainOnDelete ?? false)),
    ignoreChanges: webhooks.includes(object.kind) ? ["webhooks[*].clientConfig.caBundle"] : undefined,
    customTimeouts: { create: limit, update: limit, delete: limit, ...opts.customTimeouts },
    // Children do not inherit dependsOn from a component.
    dependsOn: [...asList(opts.dependsOn), ...dependsOn],
  };
}

function asList(dependsOn: pulumi.ComponentResourceOptions["dependsOn"]): pulumi.Input<pulumi.Resource>[] {
  if (dependsOn === undefined) return [];
  return Array.isArray(dependsOn) ? dependsOn : [dependsOn as pulumi.Input<pulumi.Resource>];
}
