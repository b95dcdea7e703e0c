import type { Manifest } from "../cnpg/object";
import { kinds, type KubernetesApi } from "./kubernetes";

interface JobManifest extends Manifest {
  status?: { active?: number };
}

/** Whether a Job was deleted, or is being. Its pods hear of that a moment after what belongs to it has gone. */
export async function isJobLeaving(api: KubernetesApi, namespace: string, job: string): Promise<boolean> {
  const found = await api.get<JobManifest>(kinds.job, namespace, job);
  return found === undefined || found.metadata.deletionTimestamp !== undefined;
}

/** Whether a Job has a pod that is not done. */
export async function isJobActive(api: KubernetesApi, namespace: string, job: string): Promise<boolean> {
  const found = await api.get<JobManifest>(kinds.job, namespace, job);
  return (found?.status?.active ?? 0) > 0;
}
