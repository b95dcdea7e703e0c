import type { FailoverMode, OldPrimaryAction } from "./request";

/** How far a failover has come, in this order. */
export const FailoverState = {
  /** The standby catches up with the primary. */
  WaitingForSync: "waitingForSync",
  /** The primary stops taking writes. */
  FencingPrimary: "fencingPrimary",
  /** The standby becomes primary. */
  PromotingReplica: "promotingReplica",
  /** The Services move to it; ends with a write through the endpoint, where one can be tried. */
  UpdatingRouting: "updatingRouting",
  /** The former primary becomes what was asked for. */
  CleaningUpOldPrimary: "cleaningUpOldPrimary",
  /** All of it is done. */
  Completed: "completed",
  /** It ended before; `failureReason` says why. */
  Failed: "failed",
} as const;
export type FailoverState = (typeof FailoverState)[keyof typeof FailoverState];

/** Who began a failover. */
export const FailoverOrigin = {
  /** A person or a pipeline, through an operation. */
  Requested: "requested",
  /** The arguments of the stack. */
  Declared: "declared",
  /** A rehearsal. */
  Rehearsed: "rehearsed",
  /** CloudNativePG, because the primary failed. */
  Automatic: "automatic",
} as const;
export type FailoverOrigin = (typeof FailoverOrigin)[keyof typeof FailoverOrigin];

/** What is known of one failover. It stays in the history of the instance. All times are RFC 3339, UTC. */
export interface FailoverStatus {
  /** Made of the time it began. @example "failover-20261128T101500Z" */
  id: string;
  namespace: string;
  instance: string;
  state: FailoverState;
  /** Only with state `failed`. */
  failureReason?: string;
  startedAt: string;
  completedAt?: string;
  oldPrimaryId: string;
  /** Absent until one is chosen. */
  newPrimaryId?: string;
  /** Bytes the new primary was behind when it began. Absent where the primary could not be asked. */
  replicationLagAtStart?: number;
  /** WAL that the former primary had written and the new one never received, bytes. Absent where nobody can know. */
  dataLossBytes?: number;
  mode: FailoverMode;
  origin: FailoverOrigin;
  oldPrimaryAction: OldPrimaryAction;
  reason?: string;
  /** When each state was entered. */
  states: FailoverStep[];
  /** Position of the primary when it began. @example "0/5000028" */
  primaryLsn?: string;
  /** Position at which the new primary began its timeline. */
  promotionLsn?: string;
  /** Timeline of the new primary. */
  timeline?: number;
  /** Longest time between two writes through the endpoint, milliseconds; only where a probe wrote all the while. */
  writeGapMs?: number;
  /** Job of the cluster in which it ran. */
  job?: string;
}

/** When a failover entered a state. */
export interface FailoverStep {
  state: FailoverState;
  /** RFC 3339, UTC. */
  at: string;
}
