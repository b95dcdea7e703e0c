import type { ClusterAccess, KubeconfigOptions } from "../operations/kubeconfig";
import type { Clock } from "../operations/waiting";
import type { VerbSurroundings } from "./parameters";
import { type ProgressSurroundings, withProgress } from "./progress";
import type { Target } from "./target";

/** What a verb needs that reaches a cluster. */
export interface ClusterSurroundings {
  openCluster: (options: KubeconfigOptions) => Promise<ClusterAccess>;
  clock: Clock;
  progress: ProgressSurroundings;
}

/** What reaching a cluster needs, loaded only by the verbs that do. */
export async function clusterSurroundings({
  progress,
  env,
}: Pick<VerbSurroundings, "progress" | "env">): Promise<ClusterSurroundings> {
  const { openCluster } = await import("../operations/kubeconfig.js");
  const { systemClock: clock } = await import("../operations/waiting.js");
  const open = (chosen: KubeconfigOptions): Promise<ClusterAccess> => openCluster({ env, ...chosen });
  return { openCluster: open, clock, progress };
}

/** What an operation is given that a person starts. */
export type OperationSurroundings = Pick<ClusterAccess, "api" | "execute" | "sql"> & {
  clock: Clock;
  say: (sentence: string) => void;
};

/** Runs an operation in the cluster of a target, and says what is awaited when that takes its time. */
export async function inCluster<T>(
  title: string,
  { context }: Pick<Target, "context">,
  { openCluster, clock, progress }: ClusterSurroundings,
  work: (surroundings: OperationSurroundings) => Promise<T>,
): Promise<T> {
  return withProgress(
    title,
    async say => {
      const { api, execute, sql } = await openCluster(context === undefined ? {} : { context });
      return work({ api, execute, sql, clock, say: sentence => say(progressOf(sentence)) });
    },
    progress,
  );
}

/** What an operation says, as a line of progress: that has a time of its own. */
function progressOf(sentence: string): string {
  return sentence.replace(/^After \d+ s, waiting: /, "Waiting for ").replace(/\.$/, "");
}
