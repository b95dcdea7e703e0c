/** What a rehearsal does to the primary. */
export const RehearsalKind = {
  /** A switchover, as planned maintenance does it: nothing is lost, writes pause. Needs a standby. */
  Switchover: "switchover",
  /** The pod of the primary is deleted without grace, as if its node had died. Also with a single instance, which then starts again. */
  Kill: "kill",
} as const;
export type RehearsalKind = (typeof RehearsalKind)[keyof typeof RehearsalKind];

/** Through which endpoint a rehearsal writes. */
export const RehearsalEndpoint = {
  /** The Service of the primary. */
  Primary: "primary",
  /** The Service of the connection pooler. */
  Pooler: "pooler",
} as const;
export type RehearsalEndpoint = (typeof RehearsalEndpoint)[keyof typeof RehearsalEndpoint];

/** What a rehearsal must not exceed to succeed. A limit that is broken ends it as failed; nothing else happens. */
export interface RehearsalLimits {
  /** Longest time between two acknowledged writes, milliseconds; 1 to 3600000. @default any */
  maxWriteGapMs?: number;
  /** Longest time between two answers through the read-only Service, milliseconds; 1 to 3600000. @default any */
  maxReadGapMs?: number;
  /** Most writes that were sent and not acknowledged; 0 to 1000000. @default any */
  maxFailedStatements?: number;
  /** Most writes that were acknowledged and are not there afterwards; 0 to 1000000. @default 0 */
  maxLostWrites?: number;
}

/**
 * Rehearsals of failovers: a client writes and reads through the endpoints of the instance while its primary is switched or killed, and what it
 * noticed is measured. The report is kept in ConfigMap `<instance>-rehearsals`. Each interrupts writes for as long as it measures.
 */
export interface RehearsalArgs {
  /**
   * When: a schedule that a CronJob can mean, in five or six fields or words.
   * @default none: rehearsals run on demand only
   * @example "monthly 1 04:00-05:00"
   */
  schedule?: string;
  /** Time zone of `schedule`, as the IANA database spells it. @default "Etc/UTC" */
  timeZone?: string;
  /** Start no rehearsals by schedule; they still run on demand. @default false, and true while the instance is hibernated */
  suspend?: boolean;
  /** What is done to the primary. @default "switchover", and "kill" with a single instance */
  kind?: RehearsalKind;
  /** Through which endpoint is written. @default "primary" */
  via?: RehearsalEndpoint;
  /** Milliseconds between two writes, and between two reads; 1 to 1000. @default 10 */
  intervalMs?: number;
  /** Seconds the instance must have been whole before a rehearsal ends; 1 to 600. @default 10 */
  settleSeconds?: number;
  /** Seconds after which a rehearsal has failed; 60 to 3600. @default 600 */
  timeoutSeconds?: number;
  /** How many reports are kept; 1 to 100. @default 10 */
  history?: number;
  /** What must not be exceeded. @default no acknowledged write is lost */
  limits?: RehearsalLimits;
  /** Days after the last successful rehearsal at which the alert of staleness fires; 1 to 400. @default twice the longest time between two runs of `schedule` */
  maxAgeDays?: number;
}
