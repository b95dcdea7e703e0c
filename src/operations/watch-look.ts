import { ownLabels } from "../cnpg/metadata";
import { type FailoverDecision, withDecision } from "../failover/decision";
import { failoverNames } from "../failover/names";
import type { ClusterView, Seen } from "../failover/observation";
import type { FailoverPolicy } from "../failover/policy";
import type { FailoverStatus } from "../failover/status";
import { writeKeys } from "./config-map";
import type { EventType } from "./event";
import type { KubernetesApi } from "./kubernetes";
import type { ClusterManifest } from "./settle";
import { tellOf } from "./watch-event";
import { failoverDecisions } from "./failover-state";
import { decisionsKey } from "./watch-state";
import type { Clock } from "./waiting";

/** What the watch of failovers needs. */
export interface FailoverWatchContext {
  api: KubernetesApi;
  clock: Clock;
  say: (sentence: string) => void;
}

/** What is known of one Cluster from the looks before. */
export interface WatchedCluster {
  /** Whether what was written down by a former watch has been read. */
  isKnown: boolean;
  seen?: Seen;
  /** Milliseconds since 1970 when the primary was first seen to fail. */
  failedAt?: number;
  /** The standstill that was told, and when it was told last. */
  told?: FailoverDecision & { toldAt: number };
  /** Whether it was told that maintenance does not hold. */
  toldIneffective?: boolean;
  /** Failovers whose loss is not known yet. */
  unsettled: FailoverStatus[];
  history: FailoverStatus[];
  /** The metric that was written last. */
  metric?: string;
  /** What went wrong last, which is said once. */
  failure?: string;
}

export const newWatchedCluster = (): WatchedCluster => ({ isKnown: false, unsettled: [], history: [] });

/** One look at one Cluster, with what is known of it. */
export interface Look {
  cluster: ClusterManifest;
  view: ClusterView;
  policy: FailoverPolicy;
  known: WatchedCluster;
  context: FailoverWatchContext;
  now: Date;
}

export interface Place {
  namespace: string;
  /** Name of the Cluster. */
  name: string;
  instance: string;
  /** Name of the ConfigMap with the history. */
  failovers: string;
  /** Name of the ConfigMap with the metric. */
  metric: string;
  labels: Record<string, string>;
}

export function placeOf({ metadata }: ClusterManifest): Place {
  const { namespace = "", name = "", labels = {} } = metadata;
  const instance = labels[ownLabels.instance] ?? "";
  const { failovers, metric } = failoverNames(instance);
  return { namespace, name, instance, failovers, metric, labels: { [ownLabels.instance]: instance } };
}

/** Records an Event of the Cluster, and says it. */
export async function tell(
  { cluster, context }: Look,
  type: EventType,
  reason: string,
  message: string,
): Promise<void> {
  await tellOf(cluster, type, reason, message, context);
}

/** Keeps a decision with the history of the instance. */
export async function decide({ cluster, context }: Look, decision: FailoverDecision): Promise<void> {
  const { namespace, instance, failovers, labels } = placeOf(cluster);
  const before = await failoverDecisions(context.api, namespace, instance);
  const decisions = withDecision(before, decision);
  await writeKeys(context.api, { namespace, name: failovers, labels }, { [decisionsKey]: decisions });
}
