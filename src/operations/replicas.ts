import { annotations, labels } from "../cnpg/metadata";
import type { Manifest } from "../cnpg/object";
import { readableFences } from "../cnpg/state";
import { isReplica } from "../replica/standing";
import {
  type Follower,
  primaryQuery,
  type PrimaryReplication,
  readPrimary,
  readSourceLag,
  readStandby,
  type SourceLag,
  sourceQuery,
  type StandbyPosition,
  standbyQuery,
} from "../standby/replication";
import { judgeStandby, type Standby, type StandbyEvidence } from "../standby/standby";
import type { PodSql } from "./execute";
import { zonesOf } from "./failover-survey";
import { type FoundInstance, findInstance } from "./instance";
import { isAsleep } from "./instance-health";
import { kinds, type KubernetesApi } from "./kubernetes";
import { present } from "../present";
import { isReady, serverPods } from "./pods";
import type { ClusterManifest } from "./settle";
import { type Clock, describeError } from "./waiting";

/** Whose standbys. */
export interface ListReplicasRequest {
  namespace: string;
  instance: string;
}

/** What listing them needs. */
export interface ReplicasContext {
  api: KubernetesApi;
  /** Asks the servers in their pods. */
  sql: PodSql;
  clock: Clock;
}

/** The standbys of an instance, and who else follows it. */
export interface ListedReplicas {
  namespace: string;
  instance: string;
  /** Cluster of the generation that serves. */
  cluster: string;
  /** When the servers were asked; RFC 3339. */
  asOf: string;
  /** Number of servers that is asked for, with the primary. */
  instances: number;
  primary?: string;
  /** Position of the primary. @example "0/5000028" */
  primaryLsn?: string;
  timeline?: number;
  /** Why the primary could not be asked; then no lag is known. */
  primaryUnread?: string;
  /** Lag that is too much, bytes of WAL that were not replayed; absent without a limit. */
  maxLagBytes?: number;
  /** Of an instance that follows another one: how far its own first server is behind that. */
  source?: SourceLag & { overLagLimit: boolean };
  /** In the order of their names. */
  replicas: Standby[];
  /** What else receives WAL from the primary: separate Clusters that replicate the instance, and tools. */
  followers: Follower[];
}

/** A pod of an instance, as far as its part in replication tells. */
export interface ServerPod extends Manifest {
  spec?: { nodeName?: string };
  status?: { phase?: string; conditions?: { type: string; status: string }[] };
}

/**
 * Asks the servers of an instance how its standbys are.
 * @throws Error when there is no such instance
 */
export async function listReplicas(
  request: ListReplicasRequest,
  context: ReplicasContext,
): Promise<ListedReplicas> {
  const found = await findInstance(context.api, request.namespace, request.instance);
  return replicasOf(found, context);
}

/** The same for an instance that was found already. */
export async function replicasOf(
  { namespace, name: instance, cluster, facts }: FoundInstance,
  { api, sql, clock }: ReplicasContext,
): Promise<ListedReplicas> {
  const asOf = clock.now().toISOString();
  const name = cluster.metadata.name ?? "";
  const { maxLagBytes } = facts;
  const listed = { namespace, instance, cluster: name, asOf, instances: cluster.spec?.instances ?? 1 };
  if (isAsleep(cluster)) {
    return { ...listed, primaryUnread: `${instance} is hibernated`, replicas: [], followers: [] };
  }
  const primary = cluster.status?.currentPrimary;
  const [pods, cloning, { replication, unread }, source] = await Promise.all([
    serverPods<ServerPod>(api, namespace, name),
    clonedNow(api, namespace, name),
    askPrimary(sql, namespace, primary),
    isReplica(cluster) ? askSourceLag(sql, namespace, primary) : undefined,
  ]);
  const evidence = await evidenceOf(cluster, pods, cloning, { api, sql });
  const own = new Set(evidence.map(({ id }) => id));
  return {
    ...listed,
    ...present({ primary, primaryLsn: replication?.lsn, timeline: replication?.timeline, maxLagBytes }),
    ...(unread === undefined ? {} : { primaryUnread: unread }),
    ...(source === undefined ? {} : { source: { ...source, overLagLimit: isOver(source, maxLagBytes) } }),
    replicas: evidence.map(one => judgeStandby(one, replication, maxLagBytes)),
    followers: (replication?.followers ?? []).filter(({ name: other }) => !own.has(other)),
  };
}

/** Jobs of the operator that make the data of a standby. */
const cloneRoles: readonly string[] = ["join", "snapshot-recovery"];

/** Names of the servers whose data is made right now. */
async function clonedNow(api: KubernetesApi, namespace: string, cluster: string): Promise<Set<string>> {
  const jobs = await api.list<Manifest & { status?: { succeeded?: number } }>(kinds.job, namespace, {
    [labels.cluster]: cluster,
  });
  const running = jobs.filter(
    ({ metadata, status }) =>
      cloneRoles.includes(metadata.labels?.[labels.jobRole] ?? "") && (status?.succeeded ?? 0) === 0,
  );
  return new Set(running.map(({ metadata }) => metadata.labels?.[labels.instanceName] ?? ""));
}

async function askPrimary(
  sql: PodSql,
  namespace: string,
  primary: string | undefined,
): Promise<{ replication?: PrimaryReplication; unread?: string }> {
  if (primary === undefined || primary === "") return { unread: "there is no primary" };
  try {
    const replication = readPrimary(await sql(namespace, primary, primaryQuery));
    return replication === undefined ? { unread: `${primary} answered nothing` } : { replication };
  } catch (error) {
    return { unread: describeError(error) };
  }
}

async function askSourceLag(
  sql: PodSql,
  namespace: string,
  primary: string | undefined,
): Promise<SourceLag | undefined> {
  try {
    return readSourceLag(await sql(namespace, primary ?? "", sourceQuery));
  } catch {
    // Why is told of the primary already.
    return undefined;
  }
}

function isOver({ lagBytes }: SourceLag, limit: number | undefined): boolean {
  return limit !== undefined && lagBytes !== undefined && lagBytes > limit;
}

async function evidenceOf(
  cluster: ClusterManifest,
  pods: readonly ServerPod[],
  cloning: ReadonlySet<string>,
  { api, sql }: Pick<ReplicasContext, "api" | "sql">,
): Promise<StandbyEvidence[]> {
  const { metadata, status = {} } = cluster;
  const namespace = metadata.namespace ?? "";
  const fenced = readableFences(cluster);
  const podNames = pods.map(pod => pod.metadata.name ?? "");
  const names = new Set([...(status.instanceNames ?? []), ...podNames, ...cloning]);
  names.delete(status.currentPrimary ?? "");
  const zones = await zonesOf(api);
  return Promise.all(
    [...names].sort(byNumber).map(async id => {
      const pod = pods.find(candidate => candidate.metadata.name === id);
      const node = pod?.spec?.nodeName;
      const leaving = pod?.metadata.deletionTimestamp !== undefined;
      return {
        id,
        cloning: cloning.has(id),
        fenced: fenced.includes("*") || fenced.includes(id),
        ...(pod === undefined ? {} : { pod: { ready: isReady(pod), leaving, ...present({ node }) } }),
        ...present({ zone: zones.get(node ?? ""), position: await askStandby(sql, namespace, pod) }),
      };
    }),
  );
}

/** In the order of the numbers in their names. */
function byNumber(one: string, other: string): number {
  return one.localeCompare(other, "en", { numeric: true });
}

async function askStandby(
  sql: PodSql,
  namespace: string,
  pod: ServerPod | undefined,
): Promise<StandbyPosition | undefined> {
  // Also one that is not ready: it may be about to catch up.
  if (pod?.status?.phase !== "Running" || pod.metadata.deletionTimestamp !== undefined) return undefined;
  try {
    return readStandby(await sql(namespace, pod.metadata.name ?? "", standbyQuery));
  } catch {
    return undefined;
  }
}

/** Serial of a pod, as the operator numbers it. */
export function serialOf({ metadata }: ServerPod): number | undefined {
  const serial = Number(metadata.annotations?.[annotations.nodeSerial]);
  return Number.isInteger(serial) ? serial : undefined;
}
