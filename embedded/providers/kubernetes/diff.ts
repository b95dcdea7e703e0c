import { containsUnknown } from "../protocol/property";
import { parseUrn } from "../protocol/provider";
import type { DiffRequest, DiffResult, PropertyDifference } from "../protocol/provider";
import { isNamed } from "./check";
import { readCheckpoint } from "./checkpoint";
import type { Cluster } from "./cluster";
import { compare } from "./difference";
import { identityPaths, immutablePaths } from "./immutable";
import {
  annotations,
  apiVersionOf,
  isBuiltIn,
  isPatchType,
  isTrue,
  kindOf,
  nameOf,
  namespaceOf,
  toManifest,
  withMetadata,
} from "./manifest";
import type { Manifest } from "./manifest";
import { normalize, prune } from "./normalize";
import { contains, parsePath } from "./property-path";
import { jobVerdict } from "./readiness/job";

/**
 * Compares the new inputs with the live object of the state, cut to the shape of the old inputs: fields that the cluster
 * or a webhook filled in are never a difference, fields of ours that somebody changed are one after a refresh.
 */
export async function diff(cluster: Cluster, request: DiffRequest): Promise<DiffResult> {
  const { type } = parseUrn(request.urn);
  const inputs = normalize(toManifest(request.news));
  const { inputs: oldInputs, live } = readCheckpoint(request.oldState);
  const namespaced = await cluster.isNamespaced(inputs);

  const before = scoped(named(prune(live, normalize(oldInputs)) as Manifest, live, inputs), namespaced);
  const after = scoped(inputs, namespaced);
  const immutable = isPatchType(type, kindOf(inputs))
    ? identityPaths
    : immutablePaths(inputs, {
        secrets: cluster.settings.secretsMutable,
        configMaps: cluster.settings.configMapsMutable,
      });
  const detailed = compare(before, after, { immutable, builtIn: isBuiltIn(apiVersionOf(inputs)) });
  dropIgnored(detailed, request.ignoreChanges);

  const replaces = [...detailed].filter(
    ([path, d]) => d.replace || (path === "metadata" && d.kind === "delete"),
  );
  const replacePaths = replaces.map(([path]) => path);
  if (await mustReplaceUnready(cluster, request.urn, inputs, live)) {
    replacePaths.push(`metadata.annotations["${annotations.replaceUnready}"]`);
  }
  return {
    changes: detailed.size > 0 || replacePaths.length > 0,
    replaces: replacePaths,
    deleteBeforeReplace: replacePaths.length > 0 && keepsItsName(after, live, namespaced),
    detailed,
  };
}

/** The name the state holds, where the program gives one, whichever way the old inputs came to it. */
function named(pruned: Manifest, live: Manifest, inputs: Manifest): Manifest {
  return isNamed(inputs) ? withMetadata(pruned, "name", nameOf(live)) : pruned;
}

function scoped(object: Manifest, namespaced: boolean): Manifest {
  const cleaned = withMetadata(object, "resourceVersion", undefined);
  if (!namespaced) return withMetadata(cleaned, "namespace", undefined);
  const isUnknown = containsUnknown((cleaned["metadata"] as Manifest)["namespace"] ?? null);
  return isUnknown ? cleaned : withMetadata(cleaned, "namespace", namespaceOf(cleaned) || "default");
}

function dropIgnored(detailed: Map<string, PropertyDifference>, ignoreChanges: string[]): void {
  const ignored = ignoreChanges.map(parsePath);
  for (const path of [...detailed.keys()]) {
    if (ignored.some(outer => contains(outer, parsePath(path)))) detailed.delete(path);
  }
}

/** A name that the user fixed cannot exist twice: the old object must go first. */
function keepsItsName(inputs: Manifest, live: Manifest, namespaced: boolean): boolean {
  const namespace = namespaced ? namespaceOf(live) || "default" : "";
  return (
    isNamed(inputs) &&
    !isTrue(inputs, annotations.autonamed) &&
    nameOf(inputs) === nameOf(live) &&
    namespaceOf(inputs) === namespace
  );
}

async function mustReplaceUnready(
  cluster: Cluster,
  urn: string,
  inputs: Manifest,
  live: Manifest,
): Promise<boolean> {
  if (!isTrue(inputs, annotations.replaceUnready)) return false;
  if (kindOf(inputs) !== "Job") {
    cluster.log.warning(urn, "replaceUnready annotation is not supported for this resource");
    return false;
  }
  if (cluster.unreachable !== undefined) {
    cluster.log.warning(urn, "Cluster is unreachable, skipping replaceUnready check");
    return false;
  }
  const job = await cluster.find(live, nameOf(live));
  return job !== undefined && !jobVerdict(job).ready;
}
