import { ownAnnotations } from "../../cnpg/metadata";
import type { Manifest } from "../../cnpg/object";
import { WorkloadKind } from "./request";

/** A Deployment, StatefulSet or DaemonSet, as far as it tells of its pods. */
export interface WorkloadObject extends Manifest {
  spec?: {
    replicas?: number;
    paused?: boolean;
    selector?: { matchLabels?: Record<string, string>; matchExpressions?: unknown[] };
    updateStrategy?: { type?: string; rollingUpdate?: { partition?: number } };
  };
  status?: WorkloadStatus;
}

interface WorkloadStatus {
  observedGeneration?: number;
  replicas?: number;
  updatedReplicas?: number;
  readyReplicas?: number;
  availableReplicas?: number;
  currentRevision?: string;
  updateRevision?: string;
  desiredNumberScheduled?: number;
  updatedNumberScheduled?: number;
  numberAvailable?: number;
  conditions?: { type: string; status: string; reason?: string; message?: string }[];
}

/** Why a workload would not make its pods anew by itself, and what to do; undefined when it would. */
export function rolloutObstacle({ spec }: WorkloadObject): string | undefined {
  const { paused = false, updateStrategy: { type, rollingUpdate } = {} } = spec ?? {};
  if (paused) return "It is paused: resume it.";
  if (type === "OnDelete") return "Its updateStrategy is OnDelete: use RollingUpdate.";
  if ((rollingUpdate?.partition ?? 0) > 0) return "Its rolling update has a partition: remove it.";
  return undefined;
}

/** What is still missing until all pods are new and available; undefined when nothing is. */
export function rolloutAwaits(kind: WorkloadKind, object: WorkloadObject): string | undefined {
  const { observedGeneration = 0 } = object.status ?? {};
  if (observedGeneration < (object.metadata.generation ?? 0)) return "its controller to see the change";
  const { wanted, updated, available, old } = countsOf(kind, object);
  if (updated < wanted) return `${updated} of ${wanted} pods are new`;
  if (old) return "old pods to end";
  if (available < wanted) return `${available} of ${wanted} pods are available`;
  return undefined;
}

interface Counts {
  wanted: number;
  updated: number;
  available: number;
  /** Whether there are pods of the former template. */
  old: boolean;
}

function countsOf(kind: WorkloadKind, { spec, status = {} }: WorkloadObject): Counts {
  if (kind === WorkloadKind.DaemonSet) {
    const { desiredNumberScheduled = 0, updatedNumberScheduled = 0, numberAvailable = 0 } = status;
    return {
      wanted: desiredNumberScheduled,
      updated: updatedNumberScheduled,
      available: numberAvailable,
      old: false,
    };
  }
  const { replicas = 0, updatedReplicas = 0, readyReplicas = 0, availableReplicas = 0 } = status;
  const isSet = kind === WorkloadKind.StatefulSet;
  return {
    wanted: spec?.replicas ?? 1,
    updated: updatedReplicas,
    available: isSet ? Math.min(readyReplicas, availableReplicas) : availableReplicas,
    // A StatefulSet takes over the new revision as current when every pod has it.
    old: isSet ? status.currentRevision !== status.updateRevision : replicas > updatedReplicas,
  };
}

/** What Kubernetes says when it has given up waiting; only Deployments are given up. */
export function rolloutFailure({ metadata, status }: WorkloadObject): string | undefined {
  if ((status?.observedGeneration ?? 0) < (metadata.generation ?? 0)) return undefined;
  const given = status?.conditions?.find(
    ({ type, status: is, reason }) =>
      type === "Progressing" && is === "False" && reason === "ProgressDeadlineExceeded",
  );
  return given === undefined ? undefined : (given.message ?? "it has not progressed in time");
}

/** A pod of a workload. */
export interface WorkloadPod extends Manifest {
  status?: {
    phase?: string;
    conditions?: { type: string; status: string; reason?: string; message?: string }[];
    containerStatuses?: ContainerStatus[];
    initContainerStatuses?: ContainerStatus[];
  };
}

interface ContainerStatus {
  name?: string;
  ready?: boolean;
  state?: {
    waiting?: { reason?: string; message?: string };
    terminated?: { reason?: string; exitCode?: number };
  };
}

/** Whether a pod still runs that began with former credentials. */
export function hasFormerCredentials(pod: WorkloadPod, checksum: string): boolean {
  const ended = pod.status?.phase === "Succeeded" || pod.status?.phase === "Failed";
  return !ended && pod.metadata.annotations?.[ownAnnotations.credentials] !== checksum;
}

/** Why a new pod is not healthy, with its name; undefined when it is. */
export function podTrouble({ metadata, status }: WorkloadPod): string | undefined {
  const place = status?.conditions?.find(({ type, status: is }) => type === "PodScheduled" && is === "False");
  if (place !== undefined) return `pod ${metadata.name}: ${place.reason}${inBrackets(place.message)}`;
  const containers = [...(status?.initContainerStatuses ?? []), ...(status?.containerStatuses ?? [])];
  const waiting = containers.find(({ state }) => state?.waiting?.reason !== undefined)?.state?.waiting;
  if (waiting !== undefined) return `pod ${metadata.name}: ${waiting.reason}${inBrackets(waiting.message)}`;
  const unready = (status?.containerStatuses ?? []).find(({ ready }) => ready === false);
  return unready === undefined
    ? undefined
    : `pod ${metadata.name}: container ${unready.name ?? ""} is not ready`;
}

function inBrackets(message: string | undefined): string {
  return message === undefined ? "" : ` (${message})`;
}
