import {
  inheritableLabels,
  instanceLabels,
  instanceMetadata,
  type InstanceObjectMetadata,
  labels as cnpgLabels,
  ownLabels,
} from "../cnpg/metadata";
import type { LabelSelector, TopologySpreadConstraint } from "../cnpg/pod";
import type { PoolerSpec } from "../cnpg/pooler";
import { type PostgresInstanceArgs, Spread } from "../instance/args";
import type { ResolvedInstance } from "../instance/resolve";
import type { ServiceSpec } from "../instance/services";
import { merge } from "../merge";
import { poolerName, type PoolerType } from "./names";
import type { ResolvedPooler } from "./resolve";

/** Port PgBouncer listens on in a Pooler; CloudNativePG fixes it. */
const port = 5432;

/** An object of Kubernetes, as far as we set it. */
interface Rendered<Spec> {
  metadata: InstanceObjectMetadata;
  spec: Spec;
}

/** An instance that has a pooler. */
export type PooledInstance = ResolvedInstance & { pooler: ResolvedPooler };

export function isPooled(instance: ResolvedInstance): instance is PooledInstance {
  return instance.pooler !== undefined;
}

/** A Pooler of the generation that serves, with the raw fields the user merges into it. */
export function poolerManifest(
  instance: PooledInstance,
  args: PostgresInstanceArgs,
  type: PoolerType,
): Rendered<PoolerSpec> {
  const { pooler } = instance;
  const { generation, clusterName } = instance.active;
  const name = poolerName(clusterName, type);
  const rendered = {
    metadata: instanceMetadata(instance, args, name, {
      labels: { [ownLabels.generation]: generation },
      annotations: {
        // That the operator has seen it. Of the pods its status says nothing: the connection check logs in through them.
        ...(instance.hibernated
          ? { "pulumi.com/skipAwait": "true" }
          : { "pulumi.com/waitFor": `jsonpath={.status.image}=${pooler.image}` }),
        // A foreground deletion of a Pooler makes the operator re-create what is being deleted.
        "pulumi.com/deletionPropagationPolicy": "background",
      },
    }),
    spec: {
      cluster: { name: clusterName },
      type,
      // Without a server every client would wait in vain.
      instances: instance.hibernated ? 0 : pooler.instances,
      // Without `paused`, which belongs to whoever pauses it by hand.
      pgbouncer: { poolMode: pooler.mode, image: pooler.image, parameters: { ...pooler.parameters } },
      // One more before one less, as the size of the pools is reckoned.
      deploymentStrategy: { type: "RollingUpdate", rollingUpdate: { maxSurge: 1, maxUnavailable: 0 } },
      template: podTemplate(instance, args, name),
    },
  };
  return merge(rendered, args.overrides?.pooler);
}

function podTemplate(
  instance: PooledInstance,
  args: PostgresInstanceArgs,
  name: string,
): PoolerSpec["template"] {
  const { scheduling, requests, limits } = instance.pooler;
  const { nodeSelector, tolerations, priorityClassName } = scheduling;
  const constraints = [
    ...spread("topology.kubernetes.io/zone", scheduling.zoneSpread, name),
    ...spread("kubernetes.io/hostname", scheduling.hostSpread, name),
  ];
  return {
    metadata: {
      labels: inheritableLabels({
        ...args.labels,
        ...instanceLabels(instance.name, instance.active.generation),
      }),
      annotations: args.annotations,
    },
    spec: {
      containers: [
        {
          name: "pgbouncer",
          imagePullPolicy: args.imagePullPolicy,
          resources: { requests: { ...requests }, limits: { ...limits } },
        },
      ],
      imagePullSecrets: args.imagePullSecrets?.map(secret => ({ name: secret })),
      nodeSelector,
      tolerations,
      priorityClassName,
      topologySpreadConstraints: constraints.length > 0 ? constraints : undefined,
    },
  };
}

function spread(topologyKey: string, how: Spread, name: string): TopologySpreadConstraint[] {
  if (how === Spread.None) return [];
  return [
    {
      maxSkew: 1,
      topologyKey,
      whenUnsatisfiable: how === Spread.Required ? "DoNotSchedule" : "ScheduleAnyway",
      labelSelector: { matchLabels: { [cnpgLabels.poolerName]: name } },
    },
  ];
}

/** The stable Service of a pooler, which follows the active generation. */
export function poolerService(
  instance: PooledInstance,
  args: PostgresInstanceArgs,
  type: PoolerType,
): Rendered<ServiceSpec> {
  return {
    metadata: instanceMetadata(instance, args, poolerName(instance.name, type), {
      labels: { [ownLabels.generation]: instance.active.generation },
      // A hibernated instance has no endpoint to wait for.
      annotations: { "pulumi.com/skipAwait": "true" },
    }),
    spec: {
      type: "ClusterIP",
      selector: podsOf(instance, type),
      ports: [{ name: "postgres", port, targetPort: port, protocol: "TCP" }],
    },
  };
}

/** Keeps a drain of nodes from taking all PgBouncer pods at once; undefined where there is one only, which would block the drain. */
export function poolerDisruptionBudget(
  instance: PooledInstance,
  args: PostgresInstanceArgs,
  type: PoolerType,
): Rendered<{ maxUnavailable: number; selector: LabelSelector }> | undefined {
  if (instance.pooler.instances === 1) return undefined;
  return {
    metadata: instanceMetadata(instance, args, poolerName(instance.name, type)),
    spec: { maxUnavailable: 1, selector: { matchLabels: podsOf(instance, type) } },
  };
}

function podsOf({ active }: PooledInstance, type: PoolerType): Record<string, string> {
  return { [cnpgLabels.poolerName]: poolerName(active.clusterName, type) };
}
