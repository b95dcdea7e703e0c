import { InstanceRole, labels as cnpgLabels, ownAnnotations, ownLabels, PodRole } from "../cnpg/metadata";
import { Exposure, type PostgresInstanceArgs } from "./args";
import { factsText } from "./facts";
import { metadata, type Metadata, port } from "./render";
import { ofSource } from "../replica/follow";
import type { ResolvedInstance } from "./resolve";

/** The stable Services, which follow the active generation. */
export function services(
  instance: ResolvedInstance,
  args: PostgresInstanceArgs,
): { metadata: Metadata; spec: ServiceSpec }[] {
  const { names } = instance;
  const role = (value: string): Record<string, string> => ({ [cnpgLabels.instanceRole]: value });
  const inside: [string, Record<string, string>][] = [
    [names.service, role(InstanceRole.primary)],
    // With a single instance there is no standby: readers are served by the primary.
    [names.readOnlyService, role(instance.instances === 1 ? InstanceRole.primary : InstanceRole.replica)],
    [names.anyService, { [cnpgLabels.podRole]: PodRole.instance }],
  ];
  const list = inside.map(([name, selector]) => ({
    metadata: metadata(instance, args, name, {
      labels: { [ownLabels.generation]: instance.active.generation },
      // The Cluster's readiness is awaited already, and a hibernated instance has no endpoint to wait for.
      annotations: {
        "pulumi.com/skipAwait": "true",
        ...(name === names.service ? { [ownAnnotations.facts]: factsText(instance, args) } : {}),
      },
    }),
    spec: serviceSpec(instance, selector, name === names.service ? writer(instance) : undefined),
  }));
  return instance.exposure === Exposure.LoadBalancer ? [...list, externalService(instance, args)] : list;
}

/** A Service, as far as we set it. */
export interface ServiceSpec {
  type?: string;
  selector: Record<string, string>;
  ports: { name: string; port: number; targetPort: number; protocol: string }[];
  loadBalancerSourceRanges?: string[];
  externalTrafficPolicy?: string;
}

/** The Cluster that takes writes, where clients are to be led to it. */
function writer({ active, follow, namespace }: ResolvedInstance): string {
  return follow?.leadsToWriter === true
    ? ofSource(follow, namespace, ({ cluster }) => cluster)
    : active.clusterName;
}

function serviceSpec(
  instance: ResolvedInstance,
  selector: Record<string, string>,
  cluster = instance.active.clusterName,
): ServiceSpec {
  return {
    type: "ClusterIP",
    selector: { [cnpgLabels.cluster]: cluster, ...selector },
    ports: [{ name: "postgres", port, targetPort: port, protocol: "TCP" }],
  };
}

function externalService(
  instance: ResolvedInstance,
  args: PostgresInstanceArgs,
): { metadata: Metadata; spec: ServiceSpec } {
  const exposure = args.exposure ?? {};
  return {
    metadata: metadata(instance, args, instance.names.externalService, {
      labels: { [ownLabels.generation]: instance.active.generation },
      annotations: {
        ...(exposure.dnsLabel === undefined
          ? {}
          : { "service.beta.kubernetes.io/azure-dns-label-name": exposure.dnsLabel }),
        ...(exposure.internal === true
          ? { "service.beta.kubernetes.io/azure-load-balancer-internal": "true" }
          : {}),
        ...exposure.annotations,
      },
    }),
    spec: {
      ...serviceSpec(instance, { [cnpgLabels.instanceRole]: InstanceRole.primary }, writer(instance)),
      type: "LoadBalancer",
      loadBalancerSourceRanges: exposure.sourceRanges,
      // Keeps the client's address, so that pg_hba and the log see it.
      externalTrafficPolicy: "Local",
    },
  };
}
