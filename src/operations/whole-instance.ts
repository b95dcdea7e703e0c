import type { ClusterObject } from "../cnpg/cluster";
import { serverHindrance } from "./instance-health";
import { kinds, type KubernetesApi } from "./kubernetes";
import { isReady, serverPods } from "./pods";
import type { ClusterManifest, InstancePod } from "./settle";

/** A Cluster and its pods at one moment. */
export interface LookedAtInstance {
  cluster: ClusterManifest;
  pods: InstancePod[];
}

/** @throws Error when the Cluster is gone */
export async function lookAtInstance(
  api: KubernetesApi,
  namespace: string,
  cluster: string,
): Promise<LookedAtInstance> {
  const found = await api.get<ClusterManifest>(kinds.cluster, namespace, cluster);
  if (found === undefined) throw new Error(`Cluster ${namespace}/${cluster} does not exist any more.`);
  return { cluster: found, pods: await serverPods(api, namespace, cluster) };
}

/**
 * Why an instance is not whole, as a sentence; undefined when every server that is asked for is ready and nothing goes on. The pods are counted
 * themselves, because the status of the Cluster follows them late.
 * @param instance its namespace and name, for the sentence
 */
export function wholenessProblem(
  instance: string,
  { cluster, pods }: { cluster: ClusterObject; pods: readonly InstancePod[] },
): string | undefined {
  const asked = cluster.spec?.instances ?? 1;
  const ready = pods.filter(isReady).length;
  if (ready !== asked) return `${ready} of ${asked} instances of ${instance} are ready.`;
  return serverHindrance(instance, cluster) ?? countProblem(instance, asked, cluster);
}

function countProblem(instance: string, asked: number, { status }: ClusterObject): string | undefined {
  const counted = status?.readyInstances ?? 0;
  return counted === asked
    ? undefined
    : `CloudNativePG counts ${counted} ready instances of ${instance}, of ${asked}.`;
}
