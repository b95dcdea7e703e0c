import { delayPath, suspend, type Suspension, suspensionManager, suspensionOf } from "../failover/suspension";
import { type FieldOwner, handBack, type ManagedFields } from "../kubernetes/managed-fields";
import type { Manifest } from "../cnpg/object";
import { kinds, type KubernetesApi } from "./kubernetes";
import type { ClusterManifest } from "./settle";
import { type Persistence, untilUndisturbed } from "./undisturbed";
import type { Clock } from "./waiting";

const persistence: Persistence = { tries: 10, pause: 200 };

type Reasons = Pick<Suspension, "maintenance" | "coolDown">;

/**
 * Begins, changes or ends the suspension of failovers of a Cluster.
 * @param decide what it is for from now on, from what it was for; may throw, and then nothing is written
 * @returns the Cluster as it is afterwards
 */
export async function changeSuspension(
  api: KubernetesApi,
  clock: Clock,
  { metadata }: Pick<ClusterManifest, "metadata">,
  decide: (held: Suspension | undefined) => Reasons,
): Promise<ClusterManifest> {
  const { namespace = "", name = "" } = metadata;
  let ended: Suspension | undefined;
  const changed = await untilUndisturbed(clock, persistence, async () => {
    const cluster = await clusterOf(api, namespace, name);
    const held = suspensionOf(cluster);
    const change = suspend(cluster, decide(held), clock.now());
    if (change === undefined) return cluster;
    const made = await api.patch<ClusterManifest>(kinds.cluster, namespace, name, change, {
      fieldManager: suspensionManager,
    });
    ended = suspensionOf(made) === undefined ? held : undefined;
    return made;
  });
  if (ended === undefined) return changed;
  const { owner } = ended.before;
  return untilUndisturbed(clock, persistence, () => release(api, namespace, name, owner));
}

/** Makes the delay belong to who had it before, or to nobody: else the next update that changes it would be refused. */
async function release(
  api: KubernetesApi,
  namespace: string,
  name: string,
  owner: FieldOwner | undefined,
): Promise<ClusterManifest> {
  const { metadata } = await clusterOf(api, namespace, name);
  const { resourceVersion, managedFields = [] } = metadata as Manifest["metadata"] & {
    managedFields?: ManagedFields[];
  };
  const released = handBack(managedFields, delayPath, suspensionManager, owner);
  const guarded = { metadata: { resourceVersion, managedFields: released } };
  return api.patch<ClusterManifest>(kinds.cluster, namespace, name, guarded);
}

async function clusterOf(api: KubernetesApi, namespace: string, name: string): Promise<ClusterManifest> {
  const cluster = await api.get<ClusterManifest>(kinds.cluster, namespace, name);
  if (cluster === undefined) throw new Error(`Cluster ${namespace}/${name} does not exist.`);
  return cluster;
}
