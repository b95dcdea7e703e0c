import { labels, ownAnnotations, ownLabels } from "../cnpg/metadata";
import type { Manifest } from "../cnpg/object";
import type { InstanceFacts } from "../instance/facts";
import { nearest } from "../nearest";
import { kinds, type KubernetesApi } from "./kubernetes";
import type { ClusterManifest } from "./settle";

/** An instance as it stands in Kubernetes. */
export interface FoundInstance {
  name: string;
  namespace: string;
  /** Major version of PostgreSQL, as its component knows it. */
  major: number;
  /** The Cluster that serves clients. */
  cluster: ClusterManifest;
  /** What its component made known. */
  facts: InstanceFacts;
}

interface ServiceManifest extends Manifest {
  spec?: { selector?: Record<string, string> };
}

/**
 * Finds an instance by the Service its clients use: the Service knows which generation serves.
 * @throws Error that names what there is in place of it
 */
export async function findInstance(
  api: KubernetesApi,
  namespace: string,
  name: string,
): Promise<FoundInstance> {
  const service = await api.get<ServiceManifest>(kinds.service, namespace, name);
  const facts = service?.metadata.annotations?.[ownAnnotations.facts];
  const clusterName = service?.spec?.selector?.[labels.cluster];
  if (facts === undefined || clusterName === undefined) {
    throw new Error(await noInstance(api, namespace, name));
  }
  const cluster = await api.get<ClusterManifest>(kinds.cluster, namespace, clusterName);
  if (cluster === undefined) {
    throw new Error(
      `Instance ${namespace}/${name} is served by Cluster ${clusterName}, which does not exist. Run pulumi up.`,
    );
  }
  const known = JSON.parse(facts) as InstanceFacts;
  return { name, namespace, major: known.major, cluster, facts: known };
}

async function noInstance(api: KubernetesApi, namespace: string, name: string): Promise<string> {
  const services = await api.list<ServiceManifest>(kinds.service, namespace, {});
  const instances = services
    .filter(({ metadata }) => metadata.annotations?.[ownAnnotations.facts] !== undefined)
    .map(({ metadata }) => metadata.labels?.[ownLabels.instance] ?? metadata.name ?? "");
  const near = nearest(name, instances);
  const there =
    instances.length === 0
      ? "The namespace has none."
      : near === undefined
        ? `It has ${instances.join(", ")}.`
        : `Did you mean "${near}"?`;
  return `There is no PostgresInstance "${name}" in namespace ${namespace}. ${there}`;
}
