import { instanceLabels } from "../cnpg/metadata";
import { isRecord } from "../backup/record";
import type { Manifest } from "../cnpg/object";
import { failoverNames } from "../failover/names";
import { runningRehearsalKey } from "../rehearsal/names";
import { isJobActive } from "./active-job";
import { ApiError, kinds, type KubernetesApi } from "./kubernetes";

/** A rehearsal that has the instance for itself. */
export interface RehearsalClaim {
  namespace: string;
  instance: string;
  /** Id of the rehearsal. */
  id: string;
  /** Job it runs in. */
  job?: string;
}

interface ConfigMapManifest extends Manifest {
  data?: Record<string, string>;
}

/**
 * Makes sure that no other rehearsal of the instance runs, and keeps others from beginning. What a killed one left is overwritten.
 * @throws Error when another one runs
 */
export async function claimRehearsal(api: KubernetesApi, claim: RehearsalClaim): Promise<void> {
  const { namespace, instance, id, job } = claim;
  const name = failoverNames(instance).rehearsals;
  const found = await api.get<ConfigMapManifest>(kinds.configMap, namespace, name);
  const other = runningIn(found);
  if (other?.job !== undefined && other.job !== job && (await isJobActive(api, namespace, other.job))) {
    throw new Error(
      `Rehearsal ${other.id} of ${namespace}/${instance} runs: Job ${other.job}. Begin when it has ended.`,
    );
  }
  const data = { [runningRehearsalKey]: JSON.stringify({ id, ...(job === undefined ? {} : { job }) }) };
  try {
    if (found === undefined) {
      const metadata = { name, namespace, labels: instanceLabels(instance) };
      await api.create(kinds.configMap, { apiVersion: "v1", kind: "ConfigMap", metadata, data });
      return;
    }
    const { resourceVersion } = found.metadata;
    await api.patch(kinds.configMap, namespace, name, { metadata: { resourceVersion }, data });
  } catch (error) {
    if (!(error instanceof ApiError) || error.status !== 409) throw error;
    throw new Error(
      `Another rehearsal of ${namespace}/${instance} has just begun. Begin when it has ended.`,
      {
        cause: error,
      },
    );
  }
}

/** Lets others begin. */
export async function releaseRehearsal(api: KubernetesApi, claim: RehearsalClaim): Promise<void> {
  const name = failoverNames(claim.instance).rehearsals;
  await api.patch(kinds.configMap, claim.namespace, name, { data: { [runningRehearsalKey]: null } });
}

function runningIn(configMap: ConfigMapManifest | undefined): { id: string; job?: string } | undefined {
  try {
    const value: unknown = JSON.parse(configMap?.data?.[runningRehearsalKey] ?? "null");
    if (!isRecord(value) || typeof value.id !== "string") return undefined;
    return { id: value.id, ...(typeof value.job === "string" ? { job: value.job } : {}) };
  } catch {
    return undefined;
  }
}
