import type { ClusterObject } from "../cnpg/cluster";
import { ownAnnotations } from "../cnpg/metadata";

/** Where a Cluster stands between being primary and following another one. */
export interface Standing {
  /** Whether its specification says that it follows another one. */
  replica: boolean;
  /** Whether it is on the way from primary to replica. */
  changing: boolean;
  /** Timeline on which it last took writes; 0 when it never did. */
  timeline: number;
  /** Number of servers that are ready. */
  ready: number;
  /** What its last demotion left, when it was of that timeline. */
  token?: string;
  /** Who was promoted in answer to that demotion, or is about to be. */
  answeredBy?: string;
}

/** As CloudNativePG decides it. */
export function isReplica({ metadata, spec }: ClusterObject): boolean {
  const replica = spec?.replica;
  if (replica === undefined) return false;
  return replica.enabled ?? (replica.self ?? metadata.name) !== replica.primary;
}

/** Reads the standing of a Cluster. A token that is left from an earlier timeline is none. */
export function standingOf(cluster: ClusterObject): Standing {
  const { status } = cluster;
  const timeline = status?.timelineID ?? 0;
  const token = status?.demotionToken;
  const fresh = token !== undefined && token !== "" && timelineOf(token) === timeline;
  const answer = fresh ? readAnswer(cluster) : undefined;
  return {
    replica: isReplica(cluster),
    changing: status?.switchReplicaClusterStatus?.inProgress === true,
    timeline,
    ready: status?.readyInstances ?? 0,
    ...(fresh ? { token } : {}),
    ...(answer?.timeline === timeline ? { answeredBy: answer.by } : {}),
  };
}

/** The timeline a demotion token ends; undefined when it is no token. */
export function timelineOf(token: string): number | undefined {
  try {
    const { latestCheckpointTimelineID } = JSON.parse(Buffer.from(token, "base64").toString("utf8")) as {
      latestCheckpointTimelineID?: string;
    };
    const timeline = Number(latestCheckpointTimelineID);
    return Number.isInteger(timeline) && timeline > 0 ? timeline : undefined;
  } catch {
    return undefined;
  }
}

/** The mark on a demoted Cluster that says who takes over: two must not answer one demotion. */
export function answerMark(timeline: number, by: string): Record<string, string> {
  return { [ownAnnotations.promotion]: `${timeline} ${by}` };
}

function readAnswer({ metadata }: ClusterObject): { timeline: number; by: string } | undefined {
  const [timeline, by] = metadata.annotations?.[ownAnnotations.promotion]?.split(" ") ?? [];
  return by === undefined ? undefined : { timeline: Number(timeline), by };
}

/** Whose demotion a promotion answers. */
export interface Handover {
  token: string;
  timeline: number;
  /** `peer`: the other one was demoted. `own`: this one was, and the other one has not taken over since. */
  of: "peer" | "own";
}

/** Why there is no token yet. */
export interface AwaitedHandover {
  awaiting: string;
}

/**
 * The token with which this one may be promoted so that nothing is lost: what the last of the two that took writes left when it stopped.
 * Timelines only grow, so the greater one tells which was the last.
 * @param self name under which this one answers demotions
 * @throws Error when the other one answered the demotion already
 */
export function handover(
  self: string,
  own: Standing,
  peer: Standing | undefined,
): Handover | AwaitedHandover {
  if (peer === undefined) return { awaiting: "the other instance to exist" };
  if (!peer.replica || peer.changing) return { awaiting: "the other instance to be demoted" };
  const [of, last] = own.timeline > peer.timeline ? (["own", own] as const) : (["peer", peer] as const);
  if (last.token === undefined) return { awaiting: "the token that the last primary leaves when it stops" };
  if (last.answeredBy !== undefined && last.answeredBy !== self) {
    throw new Error(
      `${last.answeredBy} was promoted in answer to this demotion, or is about to be. Name it as primary again, and change the roles when it takes writes.`,
    );
  }
  return { token: last.token, timeline: last.timeline, of };
}
