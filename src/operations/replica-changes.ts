import { annotations, InstanceRole, labels } from "../cnpg/metadata";
import { DataDurability } from "../cnpg/cluster";
import { planAddition, planRemoval, type ServerSet, type StandbyChange } from "../standby/change";
import type { ScalingPod } from "../standby/scaling";
import { type Standby, StandbyState } from "../standby/standby";
import { EventType, recordEvent, subjectOf } from "./event";
import { type FoundInstance, findInstance } from "./instance";
import { isAsleep } from "./instance-health";
import { kinds, type KubernetesApi } from "./kubernetes";
import { isReady, serverPods } from "./pods";
import { type ListedReplicas, type ReplicasContext, replicasOf, serialOf, type ServerPod } from "./replicas";
import { type Clock, type Look, waitUntil } from "./waiting";

/** More standbys of an instance. */
export interface AddReplicaRequest {
  namespace: string;
  instance: string;
  /** How many. @default 1 */
  count?: number;
}

/** Fewer standbys of an instance. */
export interface RemoveReplicaRequest extends AddReplicaRequest {
  /** The one that is to go: the plan is refused when CloudNativePG would remove another. @default whichever goes */
  replica?: string;
}

/** What another number of standbys would do, and what the program has to say for it. */
export interface PlannedReplicas extends StandbyChange {
  namespace: string;
  instance: string;
  cluster: string;
  /** RFC 3339. */
  asOf: string;
  /** Arguments of the `PostgresInstance`; the number of its servers is desired state, which only an update changes. Absent when refused. */
  arguments?: { instances: number };
}

type PlanContext = Pick<ReplicasContext, "api" | "clock">;

/** Plans more standbys. Changes nothing. */
export async function addReplica(
  { namespace, instance, count = 1 }: AddReplicaRequest,
  context: PlanContext,
): Promise<PlannedReplicas> {
  const found = await findInstance(context.api, namespace, instance);
  return planned(found, context.clock, planAddition(await serverSet(found, context.api), count));
}

/** Plans fewer standbys, and tells which go. Changes nothing. */
export async function removeReplica(
  { namespace, instance, count = 1, replica }: RemoveReplicaRequest,
  context: PlanContext,
): Promise<PlannedReplicas> {
  const found = await findInstance(context.api, namespace, instance);
  const servers = await serverSet(found, context.api);
  if (replica !== undefined) standbyName(servers, found, replica);
  return planned(found, context.clock, planRemoval(servers, count, replica));
}

function planned(
  { namespace, name, cluster }: FoundInstance,
  clock: Clock,
  change: StandbyChange,
): PlannedReplicas {
  return {
    namespace,
    instance: name,
    cluster: cluster.metadata.name ?? "",
    asOf: clock.now().toISOString(),
    ...change,
    ...(change.refused.length === 0 ? { arguments: { instances: change.to } } : {}),
  };
}

async function serverSet(
  { name, namespace, cluster, facts }: FoundInstance,
  api: KubernetesApi,
): Promise<ServerSet> {
  const clusterName = cluster.metadata.name ?? "";
  const pods = await serverPods<ServerPod>(api, namespace, clusterName);
  const live = cluster.spec?.instances ?? 1;
  const { synchronous } = cluster.spec?.postgresql ?? {};
  return {
    instance: name,
    cluster: clusterName,
    declared: facts.instances ?? live,
    live,
    instanceNames: cluster.status?.instanceNames ?? [],
    pods: pods.map(scalingPod),
    hibernated: isAsleep(cluster),
    ...(synchronous === undefined ? {} : { synchronous }),
  };
}

function scalingPod(pod: ServerPod): ScalingPod {
  const { metadata, status } = pod;
  const serial = serialOf(pod);
  return {
    name: metadata.name ?? "",
    ready: isReady(pod),
    active: status?.phase === "Running" && metadata.deletionTimestamp === undefined,
    primary: metadata.labels?.[labels.instanceRole] === InstanceRole.primary,
    ...(serial === undefined ? {} : { serial }),
  };
}

/** @throws Error when the name is not that of a standby */
function standbyName({ instanceNames }: ServerSet, { cluster, name }: FoundInstance, replica: string): void {
  const primary = cluster.status?.currentPrimary;
  if (replica === primary) throw new Error(`${replica} is the primary of ${name}. Switch over first.`);
  if (instanceNames.includes(replica)) return;
  const there = instanceNames.filter(known => known !== primary);
  throw new Error(
    `${name} has no standby ${replica}. ${there.length === 0 ? "It has none." : `It has ${there.join(", ")}.`}`,
  );
}

/** Which standby is made anew. */
export interface RebuildReplicaRequest {
  namespace: string;
  instance: string;
  /** Name of the standby, as the list shows it. */
  replica: string;
  /** Seconds to wait until it streams again; the operator goes on by itself. @default 3600 */
  timeoutSeconds?: number;
}

/** A standby that was made anew. */
export interface RebuiltReplica {
  namespace: string;
  instance: string;
  replica: string;
  /** RFC 3339. */
  startedAt: string;
  completedAt: string;
  seconds: number;
  /** As it is now. */
  standby: Standby;
}

/** What making a standby anew needs. */
export interface RebuildContext extends ReplicasContext {
  say: (sentence: string) => void;
}

/**
 * Deletes the volumes of a standby and lets CloudNativePG clone it anew under the same name. The number of servers stays, so no desired
 * state is touched. The primary is never rebuilt.
 */
export async function rebuildReplica(
  request: RebuildReplicaRequest,
  context: RebuildContext,
): Promise<RebuiltReplica> {
  const { namespace, instance, replica, timeoutSeconds = 3600 } = request;
  const { api, clock, say } = context;
  const found = await findInstance(api, namespace, instance);
  const listed = await replicasOf(found, context);
  refuseRebuild(found, listed, replica);
  const before = await api.get<ServerPod>(kinds.pod, namespace, replica);
  if (before === undefined) throw podless(replica);
  const started = clock.now();
  say(`Deleting the volumes of ${replica}, which CloudNativePG then makes anew.`);
  await api.patch(kinds.pod, namespace, replica, {
    metadata: { annotations: { [annotations.unrecoverable]: "true" } },
  });
  const look = async (): Promise<Look<Standby>> => {
    const pod = await api.get<ServerPod>(kinds.pod, namespace, replica);
    if (pod?.metadata.uid === before.metadata.uid)
      return { done: false, awaiting: `${replica} to be deleted` };
    const now = await replicasOf(await findInstance(api, namespace, instance), context);
    const standby = now.replicas.find(({ id }) => id === replica);
    if (standby?.state === StandbyState.Streaming && standby.eligible) return { done: true, value: standby };
    return { done: false, awaiting: `${replica} to stream (${standby?.reason ?? "it is not there yet"})` };
  };
  const standby = await waitUntil(look, { clock, say, timeoutSeconds, intervalMilliseconds: 2000 });
  const completed = clock.now();
  const seconds = Math.round((completed.getTime() - started.getTime()) / 1000);
  await recordEvent(api, clock, {
    about: subjectOf(found.cluster),
    type: EventType.Normal,
    reason: "ReplicaRebuilt",
    message: `Standby ${replica} was cloned anew in ${seconds} s.`,
  });
  return {
    namespace,
    instance,
    replica,
    startedAt: started.toISOString(),
    completedAt: completed.toISOString(),
    seconds,
    standby,
  };
}

/** @throws Error when the standby must not be deleted now */
function refuseRebuild({ cluster, name }: FoundInstance, listed: ListedReplicas, replica: string): void {
  const { currentPrimary, targetPrimary } = cluster.status ?? {};
  if (isAsleep(cluster)) throw new Error(`${name} is hibernated. Wake it first: hibernated: false.`);
  if (targetPrimary !== currentPrimary) {
    throw new Error(
      `The primary of ${name} changes from ${currentPrimary} to ${targetPrimary}. Try again when it has changed.`,
    );
  }
  if (replica === currentPrimary) {
    throw new Error(
      `${replica} is the primary of ${name}, and its data is what the others are cloned from. Switch over first.`,
    );
  }
  const standby = listed.replicas.find(({ id }) => id === replica);
  if (standby === undefined) {
    const there = listed.replicas.map(({ id }) => id).join(", ");
    throw new Error(
      `${name} has no standby ${replica}. ${there === "" ? "It has none." : `It has ${there}.`}`,
    );
  }
  if (listed.primaryUnread !== undefined) {
    throw new Error(
      `The primary of ${name} does not answer, and ${replica} may hold the only good copy of the data: ${listed.primaryUnread}`,
    );
  }
  if (standby.state === StandbyState.Cloning) throw new Error(`${replica} is being cloned already.`);
  if (standby.state === StandbyState.Stopped) throw podless(replica);
  const { synchronous } = cluster.spec?.postgresql ?? {};
  if (synchronous === undefined || synchronous.dataDurability === DataDurability.preferred) return;
  const others = [...listed.replicas.filter(({ id }) => id !== replica), ...listed.followers];
  const streaming = others.filter(({ state }) => state === StandbyState.Streaming).length;
  if (standby.state === StandbyState.Streaming && streaming < synchronous.number) {
    throw new Error(
      `${name} needs ${synchronous.number} standbys that confirm commits, and without ${replica} it would have ${streaming}: writes would stop until it is back. Add a standby first: pulumi-cnpg replica add ${name}.`,
    );
  }
}

function podless(replica: string): Error {
  return new Error(
    `${replica} has no pod that could be given up. CloudNativePG makes one from its volume; when it cannot, delete the volume claims with label ${labels.instanceName}=${replica}.`,
  );
}
