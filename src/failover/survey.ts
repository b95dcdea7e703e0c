import type { FailoverStatus } from "./status";

/** What a server said of itself. Positions are texts as PostgreSQL writes them, `0/5000028`. */
export interface ServerAnswer {
  /** Whether it follows another server. */
  inRecovery: boolean;
  timeline: number;
  /** Of a primary: the end of its WAL. Of a standby: up to where it has received. */
  lsn: string;
  /** Of a standby: up to where it has replayed. */
  replayedLsn?: string;
  /** Of a standby: whether it receives WAL over a connection now. */
  streaming?: boolean;
  /** Of a standby: the end of the primary's WAL as the primary told it last. */
  primaryLsn?: string;
  /** Of a standby: replay was paused by somebody. */
  replayPaused?: boolean;
}

/** What the primary said of a standby. */
export interface ReplicationRow {
  /** `streaming`, `catchup`, `startup`, `backup` or `stopping`. */
  state: string;
  /** `async`, `sync`, `quorum` or `potential`. */
  syncState: string;
  flushedLsn?: string;
  replayedLsn?: string;
}

/** One server of an instance. */
export interface SurveyedServer {
  /** Name of its pod. */
  name: string;
  node?: string;
  zone?: string;
  /** Whether Kubernetes calls its pod ready. */
  ready: boolean;
  /** Its pod is being deleted. */
  leaving: boolean;
  /** Absent when it did not answer. */
  answer?: ServerAnswer;
  /** Why it did not. */
  unanswered?: string;
  /** Absent for the primary, and where the primary does not know it or did not answer. */
  replication?: ReplicationRow;
}

/** How an instance and its servers are, asked all at about the same moment. */
export interface FailoverSurvey {
  namespace: string;
  instance: string;
  /** Cluster of the generation that serves. */
  cluster: string;
  /** RFC 3339. */
  asOf: string;
  /** Servers that are asked for. */
  instances: number;
  hibernated: boolean;
  /** It is being deleted. */
  leaving: boolean;
  /** It follows a server of another Cluster. */
  follows: boolean;
  phase?: string;
  phaseReason?: string;
  currentPrimary?: string;
  targetPrimary?: string;
  /** When the last change of the primary was asked for; RFC 3339. */
  targetSince?: string;
  /** Names of fenced servers; `*` for all. */
  fenced: string[];
  synchronous?: SynchronousFacts;
  /** Seconds after which the Lease of a primary that died runs out. */
  leaseSeconds: number;
  /** Whether WAL reaches the archive; absent where nothing is archived. */
  archiving?: boolean;
  /** Clusters of other generations that are not stopped. */
  otherGenerations: string[];
  /** A failover that goes on. */
  running?: FailoverStatus;
  /** Failovers whose record has no end although nobody works on them any more. */
  interrupted: FailoverStatus[];
  servers: SurveyedServer[];
}

/** Synchronous replication, as the Cluster asks for it. */
export interface SynchronousFacts {
  /** Standbys that confirm each transaction. */
  number: number;
  /** Transactions wait while there are not so many. */
  required: boolean;
}
