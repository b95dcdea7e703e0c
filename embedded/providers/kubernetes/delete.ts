import { setTimeout as sleep } from "node:timers/promises";

import { parseUrn } from "../protocol/provider";
import type { DeleteRequest } from "../protocol/provider";
import { ApiError, NoSuchKind } from "./api";
import { relinquish } from "./apply";
import { pauses, reporter, timeoutOf } from "./await";
import { readCheckpoint } from "./checkpoint";
import type { Cluster } from "./cluster";
import {
  annotation,
  annotations,
  apiVersionOf,
  isPatchType,
  isTrue,
  kindOf,
  list,
  nameOf,
  parseQualifiedName,
  qualifiedName,
  text,
} from "./manifest";
import type { Manifest } from "./manifest";

/** Deletes the object and waits until it is gone; what is gone already is fine. A Patch only gives its fields back. */
export async function remove(cluster: Cluster, request: DeleteRequest): Promise<void> {
  if (cluster.unreachable !== undefined) return removeUnreachable(cluster, request);
  const { inputs, live, fieldManager } = readCheckpoint(request.state);
  try {
    const objects = await cluster.objects(live);
    if (isPatchType(parseUrn(request.urn).type, kindOf(live))) {
      if (fieldManager !== undefined && (await cluster.find(live, nameOf(live))) !== undefined) {
        await relinquish(objects, live, fieldManager);
      }
      return;
    }
    await objects.delete(parseQualifiedName(request.id).name, propagationPolicy(inputs));
  } catch (error) {
    if (error instanceof NoSuchKind || (error instanceof ApiError && error.notFound)) return;
    throw error;
  }
  if (!(isTrue(inputs, annotations.skipAwait) && maySkipAwait(live)))
    await awaitDeletion(cluster, request, inputs, live);
}

function removeUnreachable(cluster: Cluster, request: DeleteRequest): void {
  cluster.log.warning(request.urn, `configured Kubernetes cluster is unreachable: ${cluster.unreachable}`);
  if (cluster.settings.deleteUnreachable) return;
  throw new Error(
    'configured Kubernetes cluster is unreachable. If the cluster was deleted, you can remove this resource from Pulumi state by rerunning the operation with the PULUMI_K8S_DELETE_UNREACHABLE environment variable set to "true"',
  );
}

/** Foreground by default: the object goes after what it owns. */
export function propagationPolicy(inputs: Manifest): "Foreground" | "Background" | "Orphan" {
  switch (annotation(inputs, annotations.deletionPropagation).toLowerCase()) {
    case "orphan":
      return "Orphan";
    case "background":
      return "Background";
    default:
      return "Foreground";
  }
}

const skippable = new Set([
  "v1/Namespace",
  "v1/Pod",
  "v1/ReplicationController",
  "apps/v1/DaemonSet",
  "apps/v1/Deployment",
  "apps/v1/StatefulSet",
  "batch/v1/Job",
]);

/** Only these kinds may be left behind while they are going; the annotation of others speaks of creation. */
function maySkipAwait(object: Manifest): boolean {
  return skippable.has(`${apiVersionOf(object)}/${kindOf(object)}`);
}

async function awaitDeletion(
  cluster: Cluster,
  request: DeleteRequest,
  inputs: Manifest,
  deleted: Manifest,
): Promise<void> {
  const timeoutMs = timeoutOf(inputs, request.timeout);
  const deadline = Date.now() + timeoutMs;
  const say = reporter(cluster, request.urn);
  for (const pause of pauses()) {
    const live = await cluster.find(deleted, nameOf(deleted));
    if (live === undefined || text(live, "metadata", "uid") !== text(deleted, "metadata", "uid")) break;
    const finalizers = list(live, "metadata", "finalizers").map(String);
    const blocked = finalizers.length === 0 ? "" : ` (finalizers: ${finalizers.join(", ")})`;
    const left = deadline - Date.now();
    if (left <= 0) {
      throw new Error(
        `timed out after ${timeoutMs / 1000} s waiting for deletion of "${qualifiedName(deleted)}"${blocked}: whoever set a finalizer must still run to clear it`,
      );
    }
    say(`Waiting for deletion${blocked}`);
    await sleep(Math.min(pause, left), undefined, { signal: cluster.cancelled });
  }
  say("");
}
