import type { FailoverMode, OldPrimaryAction } from "./request";
import type { FailoverState } from "./status";

/** What is to be said of one standby. */
export interface CandidateVerdict {
  /** Name of its pod. */
  id: string;
  /** Whether it could become primary. */
  eligible: boolean;
  /** Why not, or what it was chosen or passed over for. */
  reason: string;
  /** Bytes of the primary's WAL that it had not received. Absent where the primary could not be asked. */
  lagBytes?: number;
  /** Position up to which it has received WAL. @example "0/5000028" */
  receivedLsn?: string;
  /** Position up to which it has replayed WAL. */
  replayedLsn?: string;
  /** `async`, `sync`, `quorum` or `potential`, as the primary sees it. */
  syncState?: string;
  node?: string;
  zone?: string;
}

/** One thing that is going to happen. */
export interface PlannedStep {
  state: FailoverState;
  /** A sentence. */
  what: string;
}

/** What a failover would do, from how the servers are now. */
export interface FailoverPlan {
  namespace: string;
  instance: string;
  /** Cluster of the generation that serves. */
  cluster: string;
  /** When the servers were asked; RFC 3339. */
  asOf: string;
  mode: FailoverMode;
  oldPrimaryAction: OldPrimaryAction;
  oldPrimaryId: string;
  /** Position of the primary. Absent where it could not be asked. */
  primaryLsn?: string;
  /** Absent when no standby qualifies. */
  newPrimaryId?: string;
  candidates: CandidateVerdict[];
  /** Bytes that would be lost; absent where nobody can know before. */
  expectedLossBytes?: number;
  /** How long clients would not be able to write, seconds. */
  expectedInterruptionSeconds: { least: number; most: number };
  steps: PlannedStep[];
  /** Why it would not be done, each with its remedy; empty when it would. */
  refusals: string[];
  warnings: string[];
}
