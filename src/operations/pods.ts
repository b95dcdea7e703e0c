import { labels, PodRole } from "../cnpg/metadata";
import type { Manifest } from "../cnpg/object";
import { kinds, type KubernetesApi } from "./kubernetes";

/** A pod, as far as its readiness tells. */
export interface ConditionedPod extends Manifest {
  status?: { conditions?: { type: string; status: string; lastTransitionTime?: string }[] };
}

/** Whether a pod is ready, and not about to go. */
export function isReady({ metadata, status }: ConditionedPod): boolean {
  const ready = status?.conditions?.some(({ type, status: value }) => type === "Ready" && value === "True");
  return ready === true && metadata.deletionTimestamp === undefined;
}

/** Since when a pod is ready; undefined when it is not, or nobody says. */
export function readySince({ status }: ConditionedPod): Date | undefined {
  const ready = status?.conditions?.find(({ type, status: value }) => type === "Ready" && value === "True");
  return ready?.lastTransitionTime === undefined ? undefined : new Date(ready.lastTransitionTime);
}

/** The pods of the servers of a Cluster. */
export function serverPods<Pod extends Manifest>(
  api: KubernetesApi,
  namespace: string,
  cluster: string,
): Promise<Pod[]> {
  return api.list<Pod>(kinds.pod, namespace, {
    [labels.cluster]: cluster,
    [labels.podRole]: PodRole.instance,
  });
}
