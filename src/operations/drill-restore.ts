import { drillCluster, type DrillClusterFacts } from "../backup/drill/cluster";
import { drillNames } from "../backup/drill/names";
import type { DrillPhases } from "../backup/drill/report";
import { labels } from "../cnpg/metadata";
import type { Manifest } from "../cnpg/object";
import { blockedPhases } from "../cnpg/phases";
import { ApiError, kinds, type KubernetesApi } from "./kubernetes";
import { describeProgress, phasesOf, readProgress, type RecoveryProgress } from "./recovery-progress";
import type { ClusterManifest } from "./settle";
import { lastBarmanError } from "./sidecar-log";
import { type Clock, type Look, waitUntil } from "./waiting";

/** A throw-away instance that accepts connections. */
export interface RestoredInstance {
  /** Name of its pod. */
  pod: string;
  /** Seconds from asking for it until it accepted connections. */
  rtoSeconds: number;
  phases: DrillPhases;
}

/** What a restore needs. */
export interface RestoreContext {
  api: KubernetesApi;
  clock: Clock;
  say: (sentence: string) => void;
}

interface JobPod extends Manifest {
  status?: { phase?: string };
}

/** Label values of the pods of a recovery Job. */
const recoveryRole = "full-recovery";
/** Container of CloudNativePG in them. */
const recoveryContainer = "full-recovery";
/** Lines of the log that are read at each look. */
const lastLines = 400;

/**
 * How many pods of the recovery Job may fail. CloudNativePG would try seven; one failure may be the store's bad moment, two are what a
 * person would see too.
 */
const attempts = 2;

/**
 * Makes the throw-away Cluster and waits until it accepts connections.
 * @throws Error with the reason from the log of the recovery
 */
export async function restoreThrowAway(
  facts: DrillClusterFacts,
  context: RestoreContext,
  timeoutSeconds: number,
): Promise<RestoredInstance> {
  const asked = context.clock.now().getTime();
  await create(facts, context);
  const { namespace, instance } = facts;
  const name = drillNames(instance).drill;
  const watched = new WatchedRecovery(context.api, namespace, name);
  const look = async (): Promise<Look<RestoredInstance | Failure>> => {
    const failure = await watched.look();
    if (failure !== undefined) return { done: true, value: { failure } };
    const cluster = await context.api.get<ClusterManifest>(kinds.cluster, namespace, name);
    if (cluster === undefined) return { done: true, value: { failure: `somebody deleted Cluster ${name}` } };
    const { phase = "", phaseReason, readyInstances = 0, currentPrimary } = cluster.status ?? {};
    if (readyInstances >= 1 && currentPrimary !== undefined) {
      const ready = context.clock.now().getTime();
      const phases = phasesOf(watched.progress, asked, ready);
      return { done: true, value: { pod: currentPrimary, rtoSeconds: seconds(ready - asked), phases } };
    }
    if (blockedPhases.includes(phase)) {
      const failure = watched.progress.failure ?? `${phase}${phaseReason ? `: ${phaseReason}` : ""}`;
      return { done: true, value: { failure } };
    }
    return { done: false, awaiting: describeProgress(watched.progress) };
  };
  const ended = await waitUntil(look, { ...context, timeoutSeconds });
  if ("failure" in ended) throw new Error(failureSentence(facts, watched.progress, ended.failure));
  return ended;
}

interface Failure {
  failure: string;
}

/** What went wrong where: CloudNativePG's own words only tell an exit code. */
function failureSentence(
  { backupId, server }: DrillClusterFacts,
  { begun, restored }: RecoveryProgress,
  failure: string,
): string {
  const archive = `archive ${server}`;
  if (begun === undefined) return `The restore did not begin: ${failure}`;
  if (restored === undefined) {
    return `Base backup ${backupId} of ${archive} could not be downloaded and unpacked, so its objects are damaged or cannot be read: ${failure}`;
  }
  return `Base backup ${backupId} of ${archive} was restored, but its WAL could not be replayed: ${failure}`;
}

async function create(facts: DrillClusterFacts, { api }: RestoreContext): Promise<void> {
  try {
    await api.create(kinds.cluster, drillCluster(facts));
  } catch (error) {
    if (!(error instanceof ApiError) || error.status !== 409) throw error;
    throw new Error("Another drill of this instance has just begun. Run it when that one has ended.", {
      cause: error,
    });
  }
}

const seconds = (milliseconds: number): number => Math.round(milliseconds / 100) / 10;

/** Follows the pods of a recovery Job. They are gone soon after it succeeded, so what they wrote is kept. */
class WatchedRecovery {
  progress: RecoveryProgress = {};
  readonly #api: KubernetesApi;
  readonly #namespace: string;
  readonly #cluster: string;

  constructor(api: KubernetesApi, namespace: string, cluster: string) {
    this.#api = api;
    this.#namespace = namespace;
    this.#cluster = cluster;
  }

  /** Why it has failed for good; undefined while it may still succeed. */
  async look(): Promise<string | undefined> {
    const selector = { [labels.cluster]: this.#cluster, [labels.jobRole]: recoveryRole };
    const pods = await this.#api.list<JobPod>(kinds.pod, this.#namespace, selector);
    const failed = pods.filter(({ status }) => status?.phase === "Failed");
    const current = pods.find(({ status }) => status?.phase !== "Failed") ?? failed.at(-1);
    if (current?.metadata.name !== undefined) await this.#read(current.metadata.name);
    if (failed.length < attempts) return undefined;
    const pod = failed.at(-1)?.metadata.name ?? "";
    const barman = await lastBarmanError(this.#api, this.#namespace, pod, "barman-cloud-restore");
    const { failure } = this.progress;
    const cause = barman === undefined ? "" : ` Barman said: ${barman.message}`;
    return `${failure ?? `its Job's pods ended in failure, ${failed.length} times.`}${cause}`;
  }

  async #read(pod: string): Promise<void> {
    const log = await this.#api.log(this.#namespace, pod, { container: recoveryContainer, lastLines });
    this.progress = readProgress(this.progress, log);
  }
}
