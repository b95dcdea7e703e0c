import { annotations, fencedInstances } from "../cnpg/metadata";
import type { Condition } from "../cnpg/object";
import { ClusterCondition, type ClusterPhase } from "../cnpg/phases";
import { timestampText } from "../timestamp";
import type { FailoverContext } from "./failover-context";
import { kinds, type KubernetesApi, type PatchOptions } from "./kubernetes";
import type { ClusterManifest } from "./settle";
import { type Persistence, untilUndisturbed } from "./undisturbed";
import type { Clock } from "./waiting";

/** One Cluster. */
export interface ClusterName {
  namespace: string;
  cluster: string;
}

/** The operator writes at the same moment, and nobody can write to the server meanwhile. */
const persistence: Persistence = { tries: 50, pause: 100 };

/** The Cluster. @throws Error when it is gone */
export async function readCluster(
  api: KubernetesApi,
  { namespace, cluster }: ClusterName,
): Promise<ClusterManifest> {
  const found = await api.get<ClusterManifest>(kinds.cluster, namespace, cluster);
  if (found === undefined) throw new Error(`Cluster ${namespace}/${cluster} is gone.`);
  return found;
}

/** Changes a Cluster as it was read; when somebody else has changed it meanwhile, it is read and decided anew. */
async function changeCluster(
  { api, clock }: { api: KubernetesApi; clock: Clock },
  name: ClusterName,
  change: (cluster: ClusterManifest) => object | undefined,
  options: PatchOptions = {},
): Promise<void> {
  await untilUndisturbed(clock, persistence, async () => {
    const cluster = await readCluster(api, name);
    const { resourceVersion } = cluster.metadata;
    const wanted = change(cluster);
    if (wanted === undefined) return;
    const { metadata = {} } = wanted as { metadata?: object };
    const locked = { ...wanted, metadata: { ...metadata, resourceVersion } };
    await api.patch(kinds.cluster, name.namespace, name.cluster, locked, options);
  });
}

/** Who is to become primary in whose place. */
export interface Handover extends ClusterName {
  from: string;
  to: string;
  phase: ClusterPhase;
  phaseReason: string;
  /** A change to another one may be going on that does not come to its end. */
  evenWhenChanging: boolean;
}

/**
 * Asks for another primary as `kubectl cnpg promote` does: in the status of the Cluster. Both instance managers act on it.
 * @throws Error when the primary is another one than the one it was decided for
 */
export async function askForPrimary(context: FailoverContext, wanted: Handover): Promise<void> {
  const { from, to, phase, phaseReason, evenWhenChanging } = wanted;
  const now = (): string => context.clock.now().toISOString().replace("Z", "000Z");
  await changeCluster(
    context,
    wanted,
    ({ status = {} }) => {
      const { currentPrimary, targetPrimary } = status;
      if (currentPrimary !== from) throw new Error(`The primary is ${currentPrimary} now, no more ${from}.`);
      if (targetPrimary !== from && targetPrimary !== to && !evenWhenChanging)
        throw new Error(`Somebody else has begun to make ${targetPrimary} primary.`);
      return {
        status: {
          targetPrimary: to,
          targetPrimaryTimestamp: now(),
          phase,
          phaseReason,
          conditions: notReady(status.conditions ?? [], context.clock.now()),
        },
      };
    },
    { subresource: "status" },
  );
}

/** A list is replaced as a whole, so that the others are sent too. */
function notReady(conditions: readonly Condition[], now: Date): Condition[] {
  return conditions.map(condition =>
    condition.type === ClusterCondition.ready
      ? {
          ...condition,
          status: "False",
          reason: "ClusterIsNotReady",
          message: "Cluster Is Not Ready",
          lastTransitionTime:
            condition.status === "False" ? condition.lastTransitionTime : timestampText(now),
        }
      : condition,
  );
}

/** Puts a server behind the fence; those that are there stay. */
export async function fence(context: FailoverContext, name: ClusterName, server: string): Promise<void> {
  await changeCluster(context, name, ({ metadata }) => {
    const fenced = fencedInstances(metadata.annotations);
    if (fenced.includes(server) || fenced.includes("*")) return undefined;
    const list = JSON.stringify([...fenced, server].sort());
    return { metadata: { annotations: { [annotations.fencedInstances]: list } } };
  });
}
