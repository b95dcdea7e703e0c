import type { ClusterObject } from "./cluster";
import { fencedInstances } from "./metadata";
import type { Condition } from "./object";
import { blockedPhases, ClusterCondition, ClusterPhase } from "./phases";

/** Where an instance is in its life. */
export const InstanceState = {
  /** Asked for, but it has not served yet. */
  Creating: "creating",
  /** It has served and is neither being deleted nor given up. Hibernated, scaling, restarting and failing over count as running. */
  Running: "running",
  /** Deletion was asked for and is not finished. */
  Deleting: "deleting",
  /** It existed and is gone. */
  Deleted: "deleted",
  /** It cannot get or keep going until a person changes something. */
  Failed: "failed",
} as const;
export type InstanceState = (typeof InstanceState)[keyof typeof InstanceState];

/** How an instance does at the moment. */
export const HealthStatus = {
  /** The operator has nothing left to do and no fence is up. */
  Healthy: "healthy",
  /** Something is going on or wrong; the phase says what. */
  Unhealthy: "unhealthy",
  /** Nobody can say: absent, not looked at yet, being deleted, or hibernated. */
  Unknown: "unknown",
} as const;
export type HealthStatus = (typeof HealthStatus)[keyof typeof HealthStatus];

/**
 * State of an instance, from the Cluster of its active generation.
 *
 * | Cluster | state |
 * | --- | --- |
 * | absent, never seen | creating |
 * | absent, seen before | deleted |
 * | has a deletion timestamp | deleting |
 * | hibernated | running |
 * | a blocked phase ({@link blockedPhases}) and no instance ready | failed |
 * | never had a running instance | creating |
 * | everything else, also a refused change or a failed standby of an instance that serves | running |
 *
 * @param cluster the Cluster as read from the API; undefined when it does not exist
 * @param previouslySeen whether it existed before; tells "not there yet" from "gone". @default false
 */
export function instanceState(cluster: ClusterObject | undefined, previouslySeen = false): InstanceState {
  if (cluster === undefined) return previouslySeen ? InstanceState.Deleted : InstanceState.Creating;
  if (cluster.metadata.deletionTimestamp !== undefined) return InstanceState.Deleting;
  if (isHibernated(cluster)) return InstanceState.Running;
  // The operator also calls a Cluster unrecoverable when only a standby could not be made.
  const serving = (cluster.status?.readyInstances ?? 0) > 0;
  if (blockedPhases.includes(cluster.status?.phase ?? "") && !serving) return InstanceState.Failed;
  return hasServed(cluster) ? InstanceState.Running : InstanceState.Creating;
}

/**
 * Health of an instance, from the Cluster of its active generation.
 * Healthy is condition Ready without a fence on the primary; a hibernated instance is unknown: no server runs that could be asked.
 * @param cluster the Cluster as read from the API; undefined when it does not exist
 */
export function healthStatus(cluster: ClusterObject | undefined): HealthStatus {
  if (cluster === undefined || cluster.metadata.deletionTimestamp !== undefined || isHibernated(cluster)) {
    return HealthStatus.Unknown;
  }
  if (primaryIsFenced(cluster)) return HealthStatus.Unhealthy;
  switch (clusterCondition(cluster, ClusterCondition.ready)?.status) {
    case "True":
      return HealthStatus.Healthy;
    case "False":
      return HealthStatus.Unhealthy;
    default:
      return HealthStatus.Unknown;
  }
}

/** Whether hibernation is finished: it was asked for and no pod is left. */
export function isHibernated(cluster: ClusterObject): boolean {
  return clusterCondition(cluster, ClusterCondition.hibernation)?.status === "True";
}

/** The condition of this type, or undefined. */
export function clusterCondition(cluster: ClusterObject, type: string): Condition | undefined {
  return cluster.status?.conditions?.find(condition => condition.type === type);
}

function hasServed(cluster: ClusterObject): boolean {
  const initialized = clusterCondition(cluster, ClusterCondition.initialized);
  // Operators before 1.30 do not set Initialized; they name a primary once one runs.
  if (initialized === undefined) {
    return cluster.status?.currentPrimary !== undefined && cluster.status.phase !== ClusterPhase.firstPrimary;
  }
  return initialized.status === "True";
}

function primaryIsFenced(cluster: ClusterObject): boolean {
  const fenced = readableFences(cluster);
  return fenced.includes("*") || fenced.includes(cluster.status?.currentPrimary ?? "");
}

/** Names of fenced instances; none where the annotation cannot be read, which the operator ignores too. */
export function readableFences({ metadata }: Pick<ClusterObject, "metadata">): string[] {
  try {
    return fencedInstances(metadata.annotations);
  } catch {
    return [];
  }
}
