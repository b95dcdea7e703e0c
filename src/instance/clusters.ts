import * as apiextensions from "@pulumi/kubernetes/apiextensions";
import * as core from "@pulumi/kubernetes/core/v1";
import type * as pulumi from "@pulumi/pulumi";
import { cnpgApiVersion } from "../cnpg/object";
import { roleFields, roleJob } from "../replica/role-job";
import { adoption, type InstanceContext } from "./children";
import { Cluster } from "./cluster-resource";
import { settleJob } from "./jobs";
import type { PendingParameter } from "../parameters/pending-parameter";
import { appliesEarly, parameterJobs } from "./parameter-jobs";
import { parameterMetric } from "./parameter-metric";
import { clusterManifest, metadata } from "./render";
import type { ResolvedGeneration, ResolvedInstance } from "./resolve";

class Database extends apiextensions.CustomResource {
  constructor(name: string, args: object, opts: pulumi.CustomResourceOptions) {
    super(name, { apiVersion: cnpgApiVersion, kind: "Database", ...args }, opts);
  }
}

/** What {@link makeClusters} makes. */
interface ClustersMade {
  active: Cluster;
  /** What has to be done before the Services lead to where they are to lead. */
  serving: pulumi.Resource[];
  all: pulumi.Resource[];
  pending: pulumi.Output<PendingParameter[]>;
}

/** The Clusters. The active one comes first; the others are stopped only when it has settled. */
export function makeClusters(context: InstanceContext, needs: pulumi.Resource[]): ClustersMade {
  const { instance } = context;
  const metric = makeMetric(context, needs);
  const early = appliesEarly(context) ? parameterJobs(context, [...needs, metric]) : undefined;
  const before = [...needs, metric, ...(early?.resources ?? [])];
  const active = makeCluster(context, instance.active, before);
  const role = roleJob(context, [active, ...before]);
  const database = makeExtensions(context, instance.active, active, role);
  const held = early ?? parameterJobs(context, [active, ...role, ...database, ...before]);
  const ready = [active, ...role, ...database, ...held.resources];
  const settled = settleJob(context, [...ready, ...before]);
  const others = instance.generations
    .filter(generation => !generation.active)
    .flatMap(generation => {
      const cluster = makeCluster(context, generation, [...before, ...ready, ...settled]);
      return [cluster, ...makeExtensions(context, generation, cluster)];
    });
  const all = [...ready, ...settled, ...others];
  // Clients that wait for the one that takes writes now need not wait until the other one is whole.
  const serving = instance.follow?.exchanges === true ? [active, ...role] : all;
  return { active, serving, all, pending: held.pending };
}

function makeMetric(
  { children, name, args, instance }: InstanceContext,
  dependsOn: pulumi.Resource[],
): core.ConfigMap {
  return children.make(
    "configMap",
    core.ConfigMap,
    `${name}-parameters-metric`,
    parameterMetric(instance, args),
    { dependsOn },
  );
}

function makeCluster(
  context: InstanceContext,
  generation: ResolvedGeneration,
  dependsOn: pulumi.Resource[],
): Cluster {
  const { children, name, args, instance } = context;
  const timeout = `${instance.readyTimeout}s`;
  return children.make(
    "cluster",
    Cluster,
    `${name}-g${generation.generation}`,
    clusterManifest(instance, args, generation),
    {
      dependsOn,
      customTimeouts: { create: timeout, update: timeout, delete: timeout },
      ...ofJobs(instance),
      ...adoption(args, `${instance.namespace}/${generation.clusterName}`, [
        "metadata.annotations",
        "metadata.labels",
        "spec",
      ]),
    },
  );
}

/** What Jobs write; what it is at creation stands in the manifest. */
function ofJobs({ held, follow }: ResolvedInstance): Pick<pulumi.CustomResourceOptions, "ignoreChanges"> {
  const fields = [
    ...(held ? ["spec.postgresql.parameters"] : []),
    ...(follow === undefined ? [] : roleFields),
  ];
  return fields.length === 0 ? {} : { ignoreChanges: fields };
}

/**
 * The Database object that creates the extensions and schemas. Only the pods of its Cluster release its finalizer: so it goes with the Cluster, and
 * that of a generation that is stopped stays.
 */
function makeExtensions(
  context: InstanceContext,
  generation: ResolvedGeneration,
  cluster: Cluster,
  role: pulumi.Resource[] = [],
): pulumi.Resource[] {
  const { children, name, args, instance } = context;
  // What follows has the extensions of its source, and creates none.
  const idle = instance.hibernated || !generation.active || instance.follow?.writes === false;
  const { extensions = [], schemas = [] } = args;
  if (extensions.length === 0 && schemas.length === 0) return [];
  const meta = metadata(instance, args, `${generation.clusterName}-app`, {
    annotations: idle
      ? { "pulumi.com/skipAwait": "true" }
      : { "pulumi.com/waitFor": "jsonpath={.status.applied}=true" },
  });
  const owner = {
    apiVersion: cnpgApiVersion,
    kind: "Cluster",
    name: generation.clusterName,
    uid: cluster.metadata.uid,
  };
  const database = children.make(
    "database",
    Database,
    `${name}-g${generation.generation}-database`,
    {
      metadata: { ...meta, ownerReferences: [owner] },
      spec: {
        cluster: { name: generation.clusterName },
        name: instance.database,
        owner: instance.owner,
        databaseReclaimPolicy: "retain",
        ...(extensions.length === 0
          ? {}
          : { extensions: extensions.map(extension => ({ name: extension })) }),
        ...(schemas.length === 0
          ? {}
          : { schemas: schemas.map(schema => ({ name: schema, owner: instance.owner })) }),
      },
    },
    { dependsOn: [cluster, ...role], deletedWith: cluster, retainOnDelete: !generation.active },
  );
  return [database];
}
