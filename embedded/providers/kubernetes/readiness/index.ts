import { isMap } from "../../protocol/property";
import { apiVersionOf, at, kindOf, nameOf, text } from "../manifest";
import type { Manifest } from "../manifest";
import { jobReadiness } from "./job";
import { podReadiness } from "./pod";
import { serviceReadiness } from "./service";
import { claimReadiness, volumeReadiness } from "./storage";
import type { Readiness } from "./verdict";
import { daemonSetVerdict, deploymentVerdict, statefulSetVerdict, workloadReadiness } from "./workload";

/** A token Secret is filled in by a controller; every other Secret is ready as it is. */
const secretReadiness: Readiness = async secret => {
  const data = at(secret, "data");
  const ready =
    text(secret, "type") !== "kubernetes.io/service-account-token" ||
    (isMap(data) && Object.keys(data).length > 0);
  return { ready, message: `Waiting for the token of Secret "${nameOf(secret)}"` };
};

const byKind = new Map<string, Readiness>([
  ["apps/v1/DaemonSet", workloadReadiness(daemonSetVerdict)],
  ["apps/v1/Deployment", workloadReadiness(deploymentVerdict)],
  ["apps/v1/StatefulSet", workloadReadiness(statefulSetVerdict)],
  ["batch/v1/Job", jobReadiness],
  ["v1/PersistentVolume", volumeReadiness],
  ["v1/PersistentVolumeClaim", claimReadiness],
  ["v1/Pod", podReadiness],
  ["v1/Secret", secretReadiness],
  ["v1/Service", serviceReadiness],
]);

const readWhenRefreshed = new Set([
  "apps/v1/DaemonSet",
  "apps/v1/Deployment",
  "apps/v1/StatefulSet",
  "batch/v1/Job",
  "v1/Pod",
]);

/** How objects of this kind are awaited; undefined for kinds that are ready as soon as they exist. */
export function readinessOf(object: Manifest): Readiness | undefined {
  return byKind.get(`${apiVersionOf(object)}/${kindOf(object)}`);
}

/** Kinds whose refresh reports that they are not ready. */
export function isJudgedOnRead(object: Manifest): boolean {
  return readWhenRefreshed.has(`${apiVersionOf(object)}/${kindOf(object)}`);
}
