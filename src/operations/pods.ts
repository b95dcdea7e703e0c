import { labels, PodRole } from "../cnpg/metadata";
import type { Manifest } from "../cnpg/object";
import { kinds, type KubernetesApi } from "./kubernetes";

/** A pod, as far as its readiness tells. */
export interface ConditionedPod extends Manifest {
  status?: { conditions?: { type: string; status: string; lastTransitionTime?: string }[] };
}

/** Whether a pod is ready, and not about to go. */
export function isReady(pod: ConditionedPod): boolean {
  return readyCondition(pod) !== undefined && pod.metadata.deletionTimestamp === undefined;
}

/** Since when a pod is ready; undefined when it is not, or nobody says. */
export function readySince(pod: ConditionedPod): Date | undefined {
  const since = readyCondition(pod)?.lastTransitionTime;
  return since === undefined ? undefined : new Date(since);
}

function readyCondition({ status }: ConditionedPod) {
  return status?.conditions?.find(({ type, status: value }) => type === "Ready" && value === "True");
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
