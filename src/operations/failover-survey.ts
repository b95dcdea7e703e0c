import { fencedInstances, ownLabels } from "../cnpg/metadata";
import type { Manifest } from "../cnpg/object";
import { ClusterCondition } from "../cnpg/phases";
import { clusterCondition } from "../cnpg/state";
import { DataDurability } from "../cnpg/cluster";
import type { FailoverStatus } from "../failover/status";
import type { FailoverSurvey, SurveyedServer, SynchronousFacts } from "../failover/survey";
import { isReplica } from "../replica/standing";
import type { Execute } from "./execute";
import { failoverHistory } from "./failover-history";
import { askServer, type KnownStandbys } from "./failover-servers";
import type { FoundInstance } from "./instance";
import { archiveOf, isAsleep } from "./instance-health";
import { ApiError, kinds, type KubernetesApi } from "./kubernetes";
import { present } from "../present";
import { isReady, serverPods } from "./pods";
import type { ClusterManifest, InstancePod } from "./settle";
import { type Clock, describeError } from "./waiting";

/** What looking at an instance needs. */
export interface SurveyContext {
  api: KubernetesApi;
  execute: Execute;
  clock: Clock;
}

/** Of CloudNativePG 1.30. */
const defaultLeaseSeconds = 15;

/** Asks Kubernetes and every server of an instance. Servers that do not answer hold it up for ten seconds. */
export async function surveyInstance(found: FoundInstance, context: SurveyContext): Promise<FailoverSurvey> {
  const { namespace, name: instance, cluster } = found;
  const { api, clock } = context;
  const [otherGenerations, records, servers] = await Promise.all([
    otherGenerationsOf(found, api),
    recordsOf(found, context),
    surveyServers(cluster, context),
  ]);
  const { spec, status = {}, metadata } = cluster;
  return {
    namespace,
    instance,
    cluster: metadata.name ?? "",
    asOf: clock.now().toISOString(),
    instances: spec?.instances ?? 1,
    hibernated: isAsleep(cluster),
    leaving: metadata.deletionTimestamp !== undefined,
    follows: isReplica(cluster),
    fenced: fencedInstances(metadata.annotations),
    otherGenerations,
    ...records,
    servers,
    leaseSeconds: spec?.primaryLease?.leaseDurationSeconds ?? defaultLeaseSeconds,
    ...present({
      phase: status.phase,
      phaseReason: status.phaseReason || undefined,
      currentPrimary: status.currentPrimary || undefined,
      targetPrimary: status.targetPrimary || undefined,
      targetSince: status.targetPrimaryTimestamp || undefined,
      synchronous: synchronousOf(cluster),
      archiving: archivingOf(cluster),
    }),
  };
}

interface PlacedPod extends InstancePod {
  spec?: InstancePod["spec"] & { nodeName?: string };
}

/** Asks the servers of a Cluster. */
export async function surveyServers(
  cluster: ClusterManifest,
  { api, execute }: SurveyContext,
): Promise<SurveyedServer[]> {
  const { namespace = "", name: clusterName = "" } = cluster.metadata;
  const [pods, zones] = await Promise.all([serverPods<PlacedPod>(api, namespace, clusterName), zonesOf(api)]);
  const asked = pods
    .sort((a, b) => (a.metadata.name ?? "").localeCompare(b.metadata.name ?? ""))
    .map(async pod => ({ pod, said: await ask(pod, execute) }));
  const answers = await Promise.all(asked);
  const primary = answers.find(({ pod }) => pod.metadata.name === cluster.status?.currentPrimary);
  const known: KnownStandbys = primary?.said.standbys ?? new Map();
  return answers.map(({ pod, said: { answer, unanswered } }) => {
    const name = pod.metadata.name ?? "";
    const node = pod.spec?.nodeName;
    return {
      name,
      ready: isReady(pod),
      leaving: pod.metadata.deletionTimestamp !== undefined,
      ...present({
        node,
        zone: node === undefined ? undefined : zones.get(node),
        answer,
        unanswered,
        replication: known.get(name),
      }),
    };
  });
}

type Said = Partial<Awaited<ReturnType<typeof askServer>>> & { unanswered?: string };

async function ask(pod: InstancePod, execute: Execute): Promise<Said> {
  const { namespace = "", name = "" } = pod.metadata;
  if (pod.status?.phase !== "Running")
    return { unanswered: `its pod is ${pod.status?.phase ?? "not there"}` };
  try {
    return await askServer(execute, namespace, name);
  } catch (error) {
    return { unanswered: describeError(error) };
  }
}

const zoneLabel = "topology.kubernetes.io/zone";

/** Zones of the nodes, where they may be read: nodes belong to no namespace. */
export async function zonesOf(api: KubernetesApi): Promise<Map<string, string>> {
  try {
    const nodes = await api.list<Manifest>(kinds.node, undefined, {});
    return new Map(
      nodes.flatMap(({ metadata: { name, labels: own } }) => {
        const zone = own?.[zoneLabel];
        return name === undefined || zone === undefined ? [] : [[name, zone] as const];
      }),
    );
  } catch (error) {
    if (error instanceof ApiError && error.status === 403) return new Map();
    throw error;
  }
}

/** Clusters of other generations whose servers are not stopped. */
async function otherGenerationsOf(
  { namespace, name, cluster }: FoundInstance,
  api: KubernetesApi,
): Promise<string[]> {
  const clusters = await api.list<ClusterManifest>(kinds.cluster, namespace, { [ownLabels.instance]: name });
  return (
    clusters
      // Drills and replicas carry the name of the instance too, and no generation.
      .filter(({ metadata }) => metadata.labels?.[ownLabels.generation] !== undefined)
      .filter(other => other.metadata.name !== cluster.metadata.name && !isStopped(other))
      .map(({ metadata }) => metadata.name ?? "")
  );
}

function isStopped(cluster: ClusterManifest): boolean {
  return isAsleep(cluster) || fencedInstances(cluster.metadata.annotations).includes("*");
}

/** Seconds after which a failover that runs outside of a Job counts as ended. */
const outsideSeconds = 3600;

async function recordsOf(
  { namespace, name }: FoundInstance,
  { api, clock }: SurveyContext,
): Promise<Pick<FailoverSurvey, "running" | "interrupted">> {
  const open = (await failoverHistory(api, namespace, name)).filter(
    ({ completedAt }) => completedAt === undefined,
  );
  const goesOn = await Promise.all(open.map(status => isAlive(status, api, clock)));
  const running = open.find((_, index) => goesOn[index]);
  return {
    interrupted: open.filter((_, index) => goesOn[index] !== true),
    ...(running === undefined ? {} : { running }),
  };
}

interface JobManifest extends Manifest {
  status?: { conditions?: { type: string; status: string }[] };
}

/** Whether somebody still works on a failover whose record has no end. */
export async function isAlive(status: FailoverStatus, api: KubernetesApi, clock: Clock): Promise<boolean> {
  if (status.job === undefined) {
    const entered = Date.parse(status.states.at(-1)?.at ?? status.startedAt);
    return clock.now().getTime() - entered < outsideSeconds * 1000;
  }
  const job = await api.get<JobManifest>(kinds.job, status.namespace, status.job);
  const ends: readonly string[] = ["Complete", "Failed", "FailureTarget", "SuccessCriteriaMet"];
  const ended = job?.status?.conditions?.some(
    ({ type, status: value }) => ends.includes(type) && value === "True",
  );
  return job !== undefined && job.metadata.deletionTimestamp === undefined && ended !== true;
}

function synchronousOf({ spec }: ClusterManifest): SynchronousFacts | undefined {
  const synchronous = spec?.postgresql?.synchronous;
  if (synchronous === undefined) return undefined;
  return {
    number: synchronous.number,
    required: synchronous.dataDurability !== DataDurability.preferred,
  };
}

function archivingOf(cluster: ClusterManifest): boolean | undefined {
  if (archiveOf(cluster) === undefined) return undefined;
  return clusterCondition(cluster, ClusterCondition.continuousArchiving)?.status !== "False";
}
