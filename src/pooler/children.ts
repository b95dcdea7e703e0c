import * as apiextensions from "@pulumi/kubernetes/apiextensions";
import * as core from "@pulumi/kubernetes/core/v1";
import { PodDisruptionBudget } from "@pulumi/kubernetes/policy/v1";
import type * as pulumi from "@pulumi/pulumi";
import { ServiceSelector } from "../cnpg/cluster";
import { cnpgApiVersion } from "../cnpg/object";
import type { InstanceContext } from "../instance/children";
import { merge } from "../merge";
import type { PoolerType } from "./names";
import {
  isPooled,
  type PooledInstance,
  poolerDisruptionBudget,
  poolerManifest,
  poolerService,
} from "./render";

class Pooler extends apiextensions.CustomResource {
  constructor(name: string, args: object, opts: pulumi.CustomResourceOptions) {
    super(name, { apiVersion: cnpgApiVersion, kind: "Pooler", ...args }, opts);
  }
}

/**
 * The poolers of the generation that serves, and the Services that lead to them. When another generation serves, it has poolers of its own, the Services
 * move once the former generation has stopped, and its poolers go last.
 * @param dependsOn the Clusters: a Pooler outlives its Cluster, so it is made after it and removed before it
 */
export function makePooler(context: InstanceContext, dependsOn: pulumi.Resource[]): pulumi.Resource[] {
  const { instance } = context;
  if (!isPooled(instance)) return [];
  return instance.pooler.types.flatMap(type => makeOne(context, instance, type, dependsOn));
}

function makeOne(
  { children, args, name }: InstanceContext,
  instance: PooledInstance,
  type: PoolerType,
  dependsOn: pulumi.Resource[],
): pulumi.Resource[] {
  const { generation } = instance.active;
  const suffix = type === ServiceSelector.primary ? "pooler" : `pooler-${type}`;
  const timeout = `${instance.readyTimeout}s`;
  const pooler = children.make(
    "pooler",
    Pooler,
    `${name}-g${generation}-${suffix}`,
    poolerManifest(instance, args, type),
    { dependsOn, customTimeouts: { create: timeout, update: timeout, delete: timeout } },
  );
  const budget = poolerDisruptionBudget(instance, args, type);
  if (budget !== undefined) {
    children.make("disruptionBudget", PodDisruptionBudget, `${name}-${suffix}-budget`, budget, {
      dependsOn: [pooler],
    });
  }
  const service = children.make(
    "service",
    core.Service,
    `${name}-${suffix}`,
    merge(poolerService(instance, args, type), args.overrides?.service),
    { dependsOn: [pooler] },
  );
  return [pooler, service];
}
