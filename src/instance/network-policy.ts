import { appLabels, labels as cnpgLabels, operatorAppName, ownLabels, PodRole } from "../cnpg/metadata";
import { poolerPods } from "../pooler/access";
import { poolerName } from "../pooler/names";
import { ofSource } from "../replica/follow";
import type { ClientSelector, PostgresInstanceArgs } from "./args";
import { type Metadata, metadata, port } from "./render";
import type { ResolvedInstance } from "./resolve";

/** Port of the instance manager, which the operator and other instances ask for the state. */
const statusPort = 8000;
const metricsPort = 9187;
const poolerMetricsPort = 9127;

interface Peer {
  namespaceSelector?: { matchLabels: Record<string, string> };
  podSelector?: { matchLabels: Record<string, string> };
  ipBlock?: { cidr: string };
}

interface IngressRule {
  from?: Peer[];
  ports: { protocol: string; port: number }[];
}

/** A NetworkPolicy, as far as we set it. */
export interface NetworkPolicy {
  metadata: Metadata;
  spec: {
    podSelector: { matchLabels: Record<string, string> };
    policyTypes: string[];
    ingress: IngressRule[];
  };
}

/** What keeps everybody but the allowed clients out; undefined while every pod may connect. */
export function networkPolicy(
  instance: ResolvedInstance,
  args: PostgresInstanceArgs,
): NetworkPolicy | undefined {
  if (args.allowedClients === undefined) return undefined;
  const own = { [ownLabels.instance]: instance.name };
  // CloudNativePG's own Jobs, which clone a standby, carry the name of their Cluster.
  const clusters = instance.generations.map(generation => ({
    podSelector: { matchLabels: { [cnpgLabels.cluster]: generation.clusterName } },
  }));
  const operator = namespaced(args.operatorNamespace ?? "cnpg-system", { [appLabels.name]: operatorAppName });
  const ranges = (args.exposure?.sourceRanges ?? []).map(cidr => ({ ipBlock: { cidr } }));
  const clients = [...clientsOf(instance, args.allowedClients), ...successor(instance), ...ranges];
  return {
    metadata: metadata(instance, args, instance.names.service),
    spec: {
      podSelector: { matchLabels: { ...own, [cnpgLabels.podRole]: PodRole.instance } },
      policyTypes: ["Ingress"],
      ingress: [
        {
          // The instance's Jobs and its pooler carry its name.
          from: [{ podSelector: { matchLabels: own } }, ...clusters, operator],
          ports: ports(port, statusPort),
        },
        ...(clients.length > 0 ? [{ from: clients, ports: ports(port) }] : []),
        // Whoever collects metrics is not known here, and they hold no data.
        { ports: ports(metricsPort) },
      ],
    },
  };
}

/** What keeps everybody but the allowed clients from the pooler; undefined while every pod may connect, or there is none. */
export function poolerNetworkPolicy(
  instance: ResolvedInstance,
  args: PostgresInstanceArgs,
): NetworkPolicy | undefined {
  if (args.allowedClients === undefined || instance.pooler === undefined) return undefined;
  const own = { podSelector: { matchLabels: { [ownLabels.instance]: instance.name } } };
  return {
    metadata: metadata(instance, args, poolerName(instance.name)),
    spec: {
      // Of every generation, so that a flip leaves no moment without it.
      podSelector: { matchLabels: poolerPods(instance.name) },
      policyTypes: ["Ingress"],
      ingress: [
        { from: [own, ...clientsOf(instance, args.allowedClients)], ports: ports(port) },
        { ports: ports(poolerMetricsPort) },
      ],
    },
  };
}

function clientsOf(instance: ResolvedInstance, clients: ClientSelector[]): Peer[] {
  return clients.map(client => peerOf(instance, client));
}

/** The one that takes over must be able to follow. */
function successor({ follow, namespace }: ResolvedInstance): Peer[] {
  if (follow?.exchanges !== true) return [];
  return [
    ofSource(follow, namespace, (named, { name }) =>
      namespaced(named.namespace, { [ownLabels.instance]: name }),
    ),
  ];
}

function peerOf(instance: ResolvedInstance, client: ClientSelector): Peer {
  return namespaced(client.namespace ?? instance.namespace, client.podLabels ?? {});
}

function namespaced(namespace: string, podLabels: Record<string, string>): Peer {
  return {
    namespaceSelector: { matchLabels: { "kubernetes.io/metadata.name": namespace } },
    podSelector: { matchLabels: podLabels },
  };
}

function ports(...numbers: number[]): IngressRule["ports"] {
  return numbers.map(number => ({ protocol: "TCP", port: number }));
}
