/** What is known of a server, whoever asked it. */
export interface ServerFacts {
  /** Its server was stopped on purpose. */
  fenced: boolean;
  /** Its pod is being deleted. */
  leaving: boolean;
  /** Kubernetes calls its pod ready. */
  ready: boolean;
  /** Somebody paused its replay. */
  replayPaused?: boolean;
}

/** Why a server must not become primary, however far its WAL reaches, as a part of a sentence; undefined when nothing forbids it. */
export function unfitness({ fenced, leaving, ready, replayPaused }: ServerFacts): string | undefined {
  if (fenced) return "it is fenced: lift the fence first (annotation cnpg.io/fencedInstances of the Cluster)";
  if (leaving) return "its pod is being deleted";
  if (!ready) return "its pod is not ready";
  if (replayPaused === true) return "somebody paused its replay: SELECT pg_wal_replay_resume()";
  return undefined;
}
