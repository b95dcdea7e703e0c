import { equal, Unknown } from "../protocol/property";
import type { Property, PropertyMap } from "../protocol/property";
import { noDifference } from "../protocol/provider";
import type { DiffResult, PropertyDifference } from "../protocol/provider";
import { activeCluster, readKubeconfig } from "./kubeconfig";
import type { KubeconfigOverrides } from "./kubeconfig";

const clusterArguments = ["kubeconfig", "context", "cluster"] as const;

/**
 * Which changes of a provider's arguments plan the replacement of everything it made: another active cluster, or another
 * `clusterIdentifier`. An unchanged identifier vouches that the cluster is the same whatever the kubeconfig says.
 */
export function diffConfiguration(olds: PropertyMap, news: PropertyMap): DiffResult {
  const changed = Object.keys({ ...olds, ...news }).filter(
    key => !equal(olds[key] ?? null, news[key] ?? null),
  );
  if (changed.length === 0) return noDifference();
  const replaces = replacing(olds, news, changed);
  const detailed = new Map<string, PropertyDifference>();
  for (const key of changed) {
    const kind = news[key] === undefined ? "delete" : olds[key] === undefined ? "add" : "update";
    detailed.set(key, { kind, replace: replaces.includes(key), inputs: true });
  }
  return { changes: true, replaces, deleteBeforeReplace: false, detailed };
}

function replacing(olds: PropertyMap, news: PropertyMap, changed: string[]): string[] {
  const [before, after] = [olds["clusterIdentifier"], news["clusterIdentifier"]];
  const identified = typeof before === "string" && typeof after === "string";
  if (identified) return before === after ? [] : ["clusterIdentifier"];
  const unknown = clusterArguments.find(key => news[key] instanceof Unknown);
  if (unknown !== undefined) return [unknown];
  if (equal(clusterOf(olds) ?? null, clusterOf(news) ?? null)) return [];
  return clusterArguments.filter(key => changed.includes(key));
}

function clusterOf(args: PropertyMap): PropertyMap | undefined {
  const overrides: KubeconfigOverrides = { ...argument("context", args), ...argument("cluster", args) };
  try {
    return activeCluster(readKubeconfig(asText(args["kubeconfig"])), overrides);
  } catch {
    return undefined; // A kubeconfig that cannot be read is reported by Configure, with its reason.
  }
}

function argument(key: "context" | "cluster", args: PropertyMap): KubeconfigOverrides {
  const value = asText(args[key]);
  return value === undefined ? {} : { [key]: value };
}

const asText = (value: Property | undefined): string | undefined =>
  typeof value === "string" && value !== "" ? value : undefined;
