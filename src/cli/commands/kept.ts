import type { KubernetesApi } from "../../operations/kubernetes";
import { type ClusterSurroundings, inCluster } from "../cluster";
import type { Layout } from "../layout";
import { type CommandResult, ExitCode } from "../result";
import type { Target } from "../target";

/** Which of what an instance keeps. */
export interface KeptRequest extends Target {
  instance: string;
  /** Only the one of this id, whole. */
  id?: string;
}

/** One kind of what an instance keeps: reports of drills, records of failovers. */
export interface Kept<Entry extends { id: string }> {
  /** Several of them. @example "drills" */
  plural: string;
  /** One of them. @example "report of a drill" */
  one: string;
  /** Their name in the JSON. */
  key: string;
  read: (api: KubernetesApi, namespace: string, instance: string) => Promise<Entry[]>;
  /** All of them, for people. */
  lines: (name: string, entries: readonly Entry[], layout: Layout) => string[];
  /** One of them, for people. */
  whole: (entry: Entry, layout: Layout) => string[];
  /** What is shown beside all of them. */
  beside?: (api: KubernetesApi, namespace: string, instance: string) => Promise<Beside>;
}

/** What is shown beside the entries. */
export interface Beside {
  /** Members of the JSON. */
  json: Record<string, unknown>;
  /** For people, below the entries. */
  lines: (layout: Layout) => string[];
}

/** Shows what an instance keeps, the newest first, or one of it whole. */
export async function showKept<Entry extends { id: string }>(
  { namespace, instance, context, id }: KeptRequest,
  layout: Layout,
  surroundings: ClusterSurroundings,
  { plural, one, key, read, lines, whole, beside }: Kept<Entry>,
): Promise<CommandResult> {
  const title = `Reading the ${plural} of ${namespace}/${instance}`;
  const [entries, more] = await inCluster(title, { context }, surroundings, async ({ api }) => {
    const { findInstance } = await import("../../operations/instance.js");
    await findInstance(api, namespace, instance);
    return Promise.all([
      read(api, namespace, instance),
      id === undefined ? beside?.(api, namespace, instance) : undefined,
    ]);
  });
  if (id === undefined) {
    const text = [...lines(`${namespace}/${instance}`, entries, layout), ...(more?.lines(layout) ?? [])];
    const json = { namespace, instance, [key]: entries, ...more?.json };
    return { exitCode: ExitCode.Done, text: text.join("\n"), json };
  }
  const entry = entries.find(known => known.id === id);
  if (entry === undefined) {
    const there =
      entries.length === 0 ? "There are none." : `There are ${entries.map(known => known.id).join(", ")}.`;
    throw new Error(`${namespace}/${instance} keeps no ${one} ${id}. ${there}`);
  }
  return { exitCode: ExitCode.Done, text: whole(entry, layout).join("\n"), json: entry };
}
