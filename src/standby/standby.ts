import { present } from "../present";
import { unfitness } from "./fitness";
import type { Follower, PrimaryReplication, ReplicationFigures, StandbyPosition } from "./replication";
import { bytesBehind } from "./replication";

/** What a standby does. */
export const StandbyState = {
  /** It receives WAL as the primary writes it. */
  Streaming: "streaming",
  /** Its server runs, and is not there yet: it receives what it missed, or restores it from the archive. */
  CatchingUp: "catchingUp",
  /** Its data is copied from another server. */
  Cloning: "cloning",
  /** It has a pod that is not ready. */
  Unready: "unready",
  /** It has no pod: its volume waits for one. */
  Stopped: "stopped",
  /** Its server was stopped on purpose; the pod runs. */
  Fenced: "fenced",
} as const;
export type StandbyState = (typeof StandbyState)[keyof typeof StandbyState];

/** A standby of an instance. */
export interface Standby extends ReplicationFigures {
  /** Name of its pod. @example "orders-g1-2" */
  id: string;
  state: StandbyState;
  /** `async`, `potential`, `sync` or `quorum`; absent while it is not connected. */
  syncState?: string;
  node?: string;
  zone?: string;
  /** Whether the lag is above `maxLagBytes` of the instance. */
  overLagLimit: boolean;
  /** Whether it can become primary. */
  eligible: boolean;
  /** Why not, or how far it is. */
  reason: string;
}

/** What is known of a standby before it is judged. */
export interface StandbyEvidence {
  id: string;
  /** Absent when there is none. */
  pod?: { ready: boolean; leaving: boolean; node?: string };
  /** Whether a Job makes its data. */
  cloning: boolean;
  fenced: boolean;
  zone?: string;
  /** What the server said; absent when it could not be asked. */
  position?: StandbyPosition;
}

/**
 * Judges a standby. Pure.
 * @param primary what the primary said; undefined when it could not be asked
 * @param maxLagBytes lag that is too much. @default no limit
 */
export function judgeStandby(
  evidence: StandbyEvidence,
  primary: PrimaryReplication | undefined,
  maxLagBytes?: number,
): Standby {
  const connection = primary?.followers.find(({ name }) => name === evidence.id);
  const state = stateOf(evidence, primary, connection);
  const figures = figuresOf(evidence, primary, connection);
  const { lagBytes } = figures;
  const overLagLimit = maxLagBytes !== undefined && lagBytes !== undefined && lagBytes > maxLagBytes;
  const obstacle =
    obstacleOf(evidence, state, primary) ??
    (overLagLimit ? `it is ${lagBytes} bytes behind, and the limit is ${maxLagBytes}` : undefined);
  const { node } = evidence.pod ?? {};
  return {
    id: evidence.id,
    state,
    ...present({ syncState: connection?.syncState, node, zone: evidence.zone }),
    ...figures,
    overLagLimit,
    eligible: obstacle === undefined,
    reason: obstacle ?? merit(lagBytes),
  };
}

function stateOf(
  { pod, cloning, fenced, position }: StandbyEvidence,
  primary: PrimaryReplication | undefined,
  connection: Follower | undefined,
): StandbyState {
  if (pod === undefined) return cloning ? StandbyState.Cloning : StandbyState.Stopped;
  if (fenced) return StandbyState.Fenced;
  if (connection?.state === "streaming") return StandbyState.Streaming;
  if (connection !== undefined) return StandbyState.CatchingUp;
  if (!pod.ready) return StandbyState.Unready;
  if (primary === undefined && position?.connected === true) return StandbyState.Streaming;
  return StandbyState.CatchingUp;
}

/** The primary knows both ends of a connection; of a standby that is not connected, only its own word is known. */
function figuresOf(
  { position }: StandbyEvidence,
  primary: PrimaryReplication | undefined,
  connection: Follower | undefined,
): ReplicationFigures {
  if (connection !== undefined) {
    const { receivedLsn, replayedLsn, lagBytes, unreceivedBytes, lagMs, flushLagMs } = connection;
    return present({ receivedLsn, replayedLsn, lagBytes, unreceivedBytes, lagMs, flushLagMs });
  }
  const { receivedLsn, replayedLsn } = position ?? {};
  if (primary === undefined) return present({ receivedLsn, replayedLsn });
  const lagBytes = bytesBehind(primary.lsn, replayedLsn);
  return present({
    receivedLsn,
    replayedLsn,
    lagBytes,
    unreceivedBytes: bytesBehind(primary.lsn, receivedLsn),
    lagMs: lagBytes === 0 ? 0 : undefined,
  });
}

function obstacleOf(
  { pod, fenced, position }: StandbyEvidence,
  state: StandbyState,
  primary: PrimaryReplication | undefined,
): string | undefined {
  if (state === StandbyState.Cloning) return "its data is still being copied";
  if (pod === undefined) return "it has no pod";
  const unfit = unfitness({ ...pod, fenced, replayPaused: position?.paused });
  if (unfit !== undefined) return unfit;
  // Without a primary nobody streams, and any ready standby can take over.
  if (primary !== undefined && state !== StandbyState.Streaming) return "it does not stream from the primary";
  return undefined;
}

function merit(lagBytes: number | undefined): string {
  if (lagBytes === undefined) return "ready; how far it is behind is not known";
  return lagBytes === 0 ? "ready, nothing behind" : `ready, ${lagBytes} bytes behind`;
}
