import { drillNames } from "../backup/drill/names";
import { labels } from "../cnpg/metadata";
import { isJobActive } from "./active-job";
import { kinds, type KubernetesApi } from "./kubernetes";
import type { Clock } from "./waiting";
import { describeError, waitUntil } from "./waiting";

/** What a removal needs. */
export interface RemovalContext {
  api: KubernetesApi;
  clock: Clock;
  say: (sentence: string) => void;
}

/**
 * Removes what a drill left that was killed. A drill that still runs is left alone.
 * @param ownJob name of the Job this runs in
 * @throws Error when another drill runs
 */
export async function removeLeftovers(
  namespace: string,
  instance: string,
  context: RemovalContext,
  ownJob: string | undefined,
): Promise<void> {
  const name = drillNames(instance).drill;
  const cluster = await context.api.get(kinds.cluster, namespace, name);
  if (cluster === undefined) return;
  const owner = cluster.metadata.ownerReferences?.find(({ kind }) => kind === "Job")?.name;
  if (owner !== undefined && owner !== ownJob && (await isJobActive(context.api, namespace, owner))) {
    throw new Error(
      `Another drill of ${namespace}/${instance} runs: Job ${owner}. Run it when that one has ended.`,
    );
  }
  context.say(`Removing Cluster ${name}, which a drill left that was killed.`);
  const left = await removeThrowAway(namespace, instance, context, leftoverSeconds);
  if (left.length > 0) throw new Error(`What a former drill left is still there: ${left.join(", ")}.`);
}

const leftoverSeconds = 180;

/**
 * Deletes the throw-away Cluster, and with it its pods, volumes and Secrets, and waits until servers and volumes are gone.
 * @returns what is left when the time is up; Kubernetes goes on removing it
 */
export async function removeThrowAway(
  namespace: string,
  instance: string,
  { api, clock, say }: RemovalContext,
  timeoutSeconds: number,
): Promise<string[]> {
  const name = drillNames(instance).drill;
  let left: string[] = [`Cluster ${name}`];
  try {
    await waitUntil(
      async () => {
        await deleteCluster(api, namespace, name);
        left = await remaining(api, namespace, name);
        if (left.length === 0) return { done: true, value: undefined };
        return { done: false, awaiting: `the end of ${left.join(", ")}` };
      },
      { clock, say, timeoutSeconds },
    );
    return [];
  } catch (error) {
    say(`Not everything is removed yet: ${describeError(error)}`);
    return left;
  }
}

/** Again at each look: one may have been asked for in the moment in which the drill was told to stop. */
async function deleteCluster(api: KubernetesApi, namespace: string, name: string): Promise<void> {
  const found = await api.get(kinds.cluster, namespace, name);
  if (found !== undefined && found.metadata.deletionTimestamp === undefined) {
    await api.delete(kinds.cluster, namespace, name);
  }
}

async function remaining(api: KubernetesApi, namespace: string, name: string): Promise<string[]> {
  const selector = { [labels.cluster]: name };
  const [cluster, pods, claims] = await Promise.all([
    api.get(kinds.cluster, namespace, name),
    api.list(kinds.pod, namespace, selector),
    api.list(kinds.persistentVolumeClaim, namespace, selector),
  ]);
  return [
    ...(cluster === undefined ? [] : [`Cluster ${name}`]),
    ...pods.map(({ metadata }) => `Pod ${metadata.name}`),
    ...claims.map(({ metadata }) => `PersistentVolumeClaim ${metadata.name}`),
  ];
}
