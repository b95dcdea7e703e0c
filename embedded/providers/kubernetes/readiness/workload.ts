import { at, nameOf, namespaceOf, number, text } from "../manifest";
import type { Manifest } from "../manifest";
import { isMap } from "../../protocol/property";
import type { Cluster } from "../cluster";
import { podReasons } from "./pod";
import { condition, conditionIs } from "./verdict";
import type { Readiness, Verdict } from "./verdict";

const status = (object: Manifest, key: string): number => number(object, "status", key) ?? 0;

/** The controller has not looked at the newest specification yet, so its status speaks of an older one. */
function stale(object: Manifest): boolean {
  return status(object, "observedGeneration") < (number(object, "metadata", "generation") ?? 0);
}

export function deploymentVerdict(deployment: Manifest): Verdict {
  const name = nameOf(deployment);
  if (stale(deployment))
    return { ready: false, message: `Waiting for Deployment "${name}" to be reconciled` };
  const wanted = number(deployment, "spec", "replicas") ?? 1;
  const rolledOut =
    conditionIs(deployment, "Progressing", "True") &&
    text(condition(deployment, "Progressing"), "reason") === "NewReplicaSetAvailable";
  const replicas =
    status(deployment, "updatedReplicas") >= wanted && status(deployment, "readyReplicas") >= wanted;
  const old = status(deployment, "replicas") > status(deployment, "updatedReplicas");
  const ready = rolledOut && conditionIs(deployment, "Available", "True") && replicas && !old;
  return {
    ready,
    message: `Waiting for Deployment "${name}" to be available (${status(deployment, "readyReplicas")}/${wanted} Pods ready, ${status(deployment, "updatedReplicas")} updated)`,
    reasons: ready ? [] : deploymentReasons(deployment),
  };
}

function deploymentReasons(deployment: Manifest): string[] {
  return ["Progressing", "Available", "ReplicaFailure"].flatMap(type => {
    const entry = condition(deployment, type);
    const bad = type === "ReplicaFailure" ? "True" : "False";
    if (text(entry, "status") !== bad) return [];
    return [`[${text(entry, "reason")}] ${text(entry, "message")}`];
  });
}

export function statefulSetVerdict(set: Manifest): Verdict {
  const name = nameOf(set);
  if (stale(set)) return { ready: false, message: `Waiting for StatefulSet "${name}" to be reconciled` };
  const wanted = number(set, "spec", "replicas") ?? 1;
  const revised = text(set, "status", "currentRevision") === text(set, "status", "updateRevision");
  return {
    ready: revised && status(set, "readyReplicas") >= wanted && status(set, "replicas") === wanted,
    message: `Waiting for StatefulSet "${name}" (${status(set, "readyReplicas")}/${wanted} Pods ready)`,
  };
}

export function daemonSetVerdict(set: Manifest): Verdict {
  const name = nameOf(set);
  if (stale(set)) return { ready: false, message: `Waiting for DaemonSet "${name}" to be reconciled` };
  const wanted = status(set, "desiredNumberScheduled");
  return {
    ready: status(set, "updatedNumberScheduled") >= wanted && status(set, "numberReady") >= wanted,
    message: `Waiting for DaemonSet "${name}" (${status(set, "numberReady")}/${wanted} Pods ready)`,
  };
}

/** A workload's readiness is its controller's word; what its pods say explains a delay. */
export function workloadReadiness(verdictOf: (workload: Manifest) => Verdict): Readiness {
  return async (workload, { cluster }) => {
    const verdict = verdictOf(workload);
    if (verdict.ready) return verdict;
    return { ...verdict, reasons: [...(verdict.reasons ?? []), ...(await reasonsOfPods(cluster, workload))] };
  };
}

async function reasonsOfPods(cluster: Cluster, workload: Manifest): Promise<string[]> {
  const labels = at(workload, "spec", "selector", "matchLabels");
  if (!isMap(labels)) return [];
  const selector = Object.entries(labels).map(([key, value]) => `${key}=${String(value)}`);
  const pods = await cluster.objects({
    apiVersion: "v1",
    kind: "Pod",
    metadata: { namespace: namespaceOf(workload) },
  });
  return podReasons(await pods.list(selector.join(",")));
}
