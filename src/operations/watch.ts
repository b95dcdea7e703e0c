import { causeSentence, storeProblem, storeRemedies, StoreProblem } from "../backup/store-problem";
import { appLabels, managedBy } from "../cnpg/metadata";
import type { Manifest } from "../cnpg/object";
import type { ObjectStoreObject } from "../cnpg/object-store";
import { ClusterCondition } from "../cnpg/phases";
import { clusterCondition } from "../cnpg/state";
import { EventType } from "./event";
import { watchFailovers } from "./failover-watch";
import { archiver } from "./instance-health";
import { kinds, type KubernetesApi } from "./kubernetes";
import type { Operation } from "./operation";
import type { ClusterManifest } from "./settle";
import { lastBarmanError } from "./sidecar-log";
import { reachStore, storeAddress, type StoreReach } from "./store-reach";
import { type Clock, describeError } from "./waiting";
import { tellAgainAfter, tellOf } from "./watch-event";
import { newWatchedCluster, type WatchedCluster } from "./watch-look";

/** Request of `watch`. */
export interface WatchRequest {
  /** Namespace to look at; all when there is none. */
  namespace?: string;
  /** Seconds between two looks. */
  intervalSeconds: number;
}

/** What watching needs. */
export interface WatchContext {
  api: KubernetesApi;
  clock: Clock;
  say: (sentence: string) => void;
  reach: StoreReach;
  /** Whether to end. */
  stopped: () => boolean;
}

/** What is known of one Cluster from the looks before. */
interface Seen {
  /** By type of condition: when its failure was last told of. */
  told: Map<string, { since: string; at: number }>;
}

/** What is known of one address of stores. */
interface Reached {
  /** Whether it ever answered: what never did may be closed to us only. */
  ever: boolean;
  /** Looks in a row that it did not answer. */
  failures: number;
}

/** Everything that is known. As large as what there is in the cluster. */
export interface WatchMemory {
  clusters: Map<string, Seen>;
  stores: Map<string, Reached>;
  /** By uid of the Cluster. */
  failovers: Map<string, WatchedCluster>;
}

export const newMemory = (): WatchMemory => ({
  clusters: new Map(),
  stores: new Map(),
  failovers: new Map(),
});

/** Looks in a row that a store must not answer before that is told of. */
const failuresToTell = 2;

/** Seconds between two looks while something is going on. */
const hurriedSeconds = 2;

/** Milliseconds by which a complaint of Barman may be older than the condition that it explains. */
const causeMargin = 120_000;

export const watch: Operation<WatchRequest> = {
  help: `Looks at the instances again and again until it is ended, and records Events: when archiving or a backup fails and when it works again, when the primary
  changed although nobody asked for it, why one that fails is not replaced, and when failovers come too often. Ends a maintenance whose time is over.
Request: namespace (all), intervalSeconds (15).`,
  read: json => {
    const namespace = json.optionalText("namespace");
    const intervalSeconds = json.integer("intervalSeconds", 1, 3600, 15);
    return { intervalSeconds, ...(namespace === undefined ? {} : { namespace }) };
  },
  async run(request, context) {
    let stopped = false;
    const stop = (): void => void (stopped = true);
    process.once("SIGTERM", stop).once("SIGINT", stop);
    await watchInstances(request, { ...context, reach: reachStore, stopped: () => stopped });
    context.say("Ended as asked.");
  },
};

/** Looks until it is stopped. A look that fails is said, and the next one tries again. */
export async function watchInstances(request: WatchRequest, context: WatchContext): Promise<void> {
  const memory = newMemory();
  let failure: string | undefined;
  while (!context.stopped()) {
    let isHurried = false;
    try {
      isHurried = await look(request, memory, context);
      if (failure !== undefined) context.say("The API server answers again.");
      failure = undefined;
    } catch (error) {
      const words = describeError(error);
      if (words !== failure) context.say(words);
      failure = words;
    }
    const pause = isHurried ? Math.min(hurriedSeconds, request.intervalSeconds) : request.intervalSeconds;
    for (let second = 0; second < pause && !context.stopped(); second += 1) {
      await context.clock.sleep(1000);
    }
  }
}

/**
 * One look at everything.
 * @returns whether something is going on, so that the next look is due soon
 */
export async function look(
  { namespace }: WatchRequest,
  memory: WatchMemory,
  context: WatchContext,
): Promise<boolean> {
  const all = await context.api.list<ClusterManifest>(kinds.cluster, namespace, {
    [appLabels.managedBy]: managedBy,
  });
  const isHurried = await lookAtFailovers(all, memory, context);
  const clusters = all.filter(cluster => archiver(cluster) !== undefined);
  const uids = new Set(clusters.map(({ metadata }) => metadata.uid ?? ""));
  for (const uid of memory.clusters.keys()) if (!uids.has(uid)) memory.clusters.delete(uid);
  for (const cluster of clusters) await lookAt(cluster, seenOf(cluster, memory), context);
  if (clusters.length > 0) await lookAtStores(clusters, namespace, memory, context);
  return isHurried;
}

async function lookAtFailovers(
  clusters: readonly ClusterManifest[],
  { failovers }: WatchMemory,
  context: WatchContext,
): Promise<boolean> {
  const uids = new Set(clusters.map(({ metadata }) => metadata.uid ?? ""));
  for (const uid of failovers.keys()) if (!uids.has(uid)) failovers.delete(uid);
  const busy = await Promise.all(
    clusters.map(cluster => {
      const uid = cluster.metadata.uid ?? "";
      const known = failovers.get(uid) ?? newWatchedCluster();
      failovers.set(uid, known);
      return watchFailovers(cluster, known, context);
    }),
  );
  return busy.includes(true);
}

function seenOf({ metadata }: ClusterManifest, { clusters }: WatchMemory): Seen {
  const uid = metadata.uid ?? "";
  const seen = clusters.get(uid) ?? { told: new Map() };
  clusters.set(uid, seen);
  return seen;
}

/** What is told of a condition. */
interface Watched {
  type: string;
  failed: string;
  recovered: string;
  program: string;
  problem: (cause: string) => string;
  recovery: string;
}

const watched: readonly Watched[] = [
  {
    type: ClusterCondition.continuousArchiving,
    failed: "ArchivingFailing",
    recovered: "ArchivingRecovered",
    program: "barman-cloud-wal-archive",
    problem: cause => `WAL is not archived: ${causeSentence(cause)}`,
    recovery: "WAL is archived again.",
  },
  {
    type: ClusterCondition.lastBackupSucceeded,
    failed: "BackupFailing",
    recovered: "BackupRecovered",
    program: "barman-cloud-backup",
    problem: cause => `The last backup failed: ${causeSentence(cause)}`,
    recovery: "The last backup succeeded.",
  },
];

/** Reason of condition LastBackupSucceeded while a backup runs; its status is False then too. */
const backupStarted = "BackupStarted";

async function lookAt(cluster: ClusterManifest, { told }: Seen, context: WatchContext): Promise<void> {
  for (const what of watched) {
    const condition = clusterCondition(cluster, what.type);
    if (condition === undefined || condition.reason === backupStarted) continue;
    const before = told.get(what.type);
    if (condition.status === "True") {
      if (before === undefined) continue;
      await tellOf(cluster, EventType.Normal, what.recovered, what.recovery, context);
      told.delete(what.type);
      continue;
    }
    const { lastTransitionTime: since } = condition;
    const now = context.clock.now().getTime();
    if (before?.since === since && now - before.at < tellAgainAfter) continue;
    const cause = await causeOf(cluster, what.program, condition.message, since, context);
    const problem = storeProblem(cause);
    const remedy = problem === undefined ? "pulumi-cnpg status tells more." : storeRemedies[problem];
    await tellOf(cluster, EventType.Warning, what.failed, `${what.problem(cause)} ${remedy}`, context);
    told.set(what.type, { since, at: now });
  }
}

/** The condition only has an exit code. The cause stands in the log of the primary's sidecar, as far as that may be read. */
async function causeOf(
  { metadata, status }: ClusterManifest,
  program: string,
  message: string,
  since: string,
  { api }: WatchContext,
): Promise<string> {
  const pod = status?.currentPrimary;
  if (pod === undefined) return message;
  const error = await lastBarmanError(api, metadata.namespace ?? "", pod, program);
  const isRecent = error !== undefined && Date.parse(error.time) >= Date.parse(since) - causeMargin;
  return isRecent ? error.message : message;
}

/** Barman tries a store that does not answer for minutes before it gives up, and only then the condition changes. */
async function lookAtStores(
  clusters: readonly ClusterManifest[],
  namespace: string | undefined,
  { stores }: WatchMemory,
  context: WatchContext,
): Promise<void> {
  const objects = await context.api.list<ObjectStoreObject & Manifest>(kinds.objectStore, namespace, {});
  const users = new Map<string, ClusterManifest[]>();
  for (const cluster of clusters) {
    const address = addressOf(cluster, objects);
    if (address !== undefined) users.set(address, [...(users.get(address) ?? []), cluster]);
  }
  for (const address of stores.keys()) if (!users.has(address)) stores.delete(address);
  await Promise.all(
    [...users].map(async ([address, using]) => {
      const known = stores.get(address) ?? { ever: false, failures: 0 };
      stores.set(address, known);
      await reached(known, await context.reach(address), using, context);
    }),
  );
}

function addressOf(
  cluster: ClusterManifest,
  objects: readonly (ObjectStoreObject & Manifest)[],
): string | undefined {
  const name = archiver(cluster)?.parameters?.barmanObjectName;
  const store = objects.find(
    ({ metadata }) => metadata.name === name && metadata.namespace === cluster.metadata.namespace,
  );
  return store && storeAddress(store);
}

async function reached(
  known: Reached,
  failure: string | undefined,
  clusters: readonly ClusterManifest[],
  context: WatchContext,
): Promise<void> {
  if (failure === undefined) {
    const wasTold = known.failures >= failuresToTell;
    known.ever = true;
    known.failures = 0;
    if (!wasTold) return;
    for (const cluster of clusters) {
      await tellOf(cluster, EventType.Normal, "StoreReachable", "The store answers again.", context);
    }
    return;
  }
  if (!known.ever) return;
  known.failures += 1;
  if (known.failures !== failuresToTell) return;
  const message = `The store of the backups does not answer: ${causeSentence(failure)} ${storeRemedies[StoreProblem.Unreachable]}`;
  for (const cluster of clusters) {
    await tellOf(cluster, EventType.Warning, "StoreUnreachable", message, context);
  }
}
