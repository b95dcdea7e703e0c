import type { KeptReport, ReportOutcome } from "../report-history";
import type { RehearsalEndpoint, RehearsalKind, RehearsalLimits } from "./args";
import type { Latency, WriteBalance } from "./measure";

/** What one client of the probe noticed. */
export interface MeasuredClient {
  acknowledged: number;
  /** Statements that were sent and not acknowledged. */
  failedStatements: number;
  /** Attempts to get a session that failed. Their number depends on how often the probe tries. */
  failedConnections: number;
  /** Failures by SQLSTATE, or by the word for what happened to the connection. @example { "57P01": 1, ECONNREFUSED: 12 } */
  reasons: Record<string, number>;
  /** Longest time between two acknowledgements, milliseconds. */
  gapMs: number;
  /** When it began; RFC 3339. */
  gapBegan: string;
  /** False when nothing was acknowledged after it: then it was longer. */
  gapEnded: boolean;
  /** Milliseconds that acknowledged statements took. Absent when there are none. */
  latencyMs?: Latency;
}

/** The client that writes. */
export interface MeasuredWriter extends MeasuredClient, Partial<WriteBalance> {
  /** Failed statements of which nothing tells whether they were committed: neither acknowledged nor lost. */
  inDoubt: number;
}

/** What a rehearsal found. Plain JSON: times are RFC 3339 texts, durations milliseconds unless their name says otherwise. */
export interface RehearsalReport extends KeptReport {
  /** @example "rehearsal-20261128T101500Z" */
  id: string;
  /** `succeeded`: the instance is whole again, and no limit is broken. */
  outcome: ReportOutcome;
  instance: string;
  namespace: string;
  kind: RehearsalKind;
  via: RehearsalEndpoint;
  /** Why it failed, as sentences. */
  reason?: string;
  /** What it must not have exceeded. */
  limits: RehearsalLimits;
  /** Milliseconds between two writes. */
  intervalMs: number;
  /** Pod of the primary before, and after. */
  oldPrimary?: string;
  newPrimary?: string;
  /** When the primary was switched or killed; absent when it did not come that far. */
  actedAt?: string;
  /** Id of the switchover in the history of failovers. */
  failoverId?: string;
  /** Seconds from then until all instances were ready again. */
  wholeAfterSeconds?: number;
  /** Before anything was done: what the probe calls normal here. */
  baseline?: Pick<MeasuredClient, "acknowledged" | "gapMs" | "latencyMs">;
  /** From then on. The balance is absent when the table could not be read. */
  writes?: MeasuredWriter;
  /** Reads through the endpoint that is written to. */
  reads?: MeasuredClient;
  /** Reads through the read-only Service. */
  readOnlyReads?: MeasuredClient;
  /** What could not be removed. */
  leftovers?: string[];
}

/** What is known of a rehearsal before its end. */
export type RehearsalFindings = Pick<
  RehearsalReport,
  | "oldPrimary"
  | "newPrimary"
  | "actedAt"
  | "failoverId"
  | "wholeAfterSeconds"
  | "baseline"
  | "writes"
  | "reads"
  | "readOnlyReads"
>;

/** Most acknowledged writes that may be lost when nothing else is said. */
export const defaultMaxLostWrites = 0;

/** Which limits a rehearsal broke, as sentences; empty when none. A limit on what was not measured is broken. */
export function brokenLimits(
  { writes, readOnlyReads }: RehearsalFindings,
  limits: RehearsalLimits,
): string[] {
  const { maxWriteGapMs, maxReadGapMs, maxFailedStatements, maxLostWrites = defaultMaxLostWrites } = limits;
  return [
    gapProblem("Writes", writes, maxWriteGapMs),
    gapProblem("Reads through the read-only Service", readOnlyReads, maxReadGapMs),
    countProblem("writes were sent and not acknowledged", writes?.failedStatements, maxFailedStatements),
    countProblem("acknowledged writes are lost", writes?.lost, maxLostWrites),
  ].filter((problem): problem is string => problem !== undefined);
}

function gapProblem(
  what: string,
  client: MeasuredClient | undefined,
  limit: number | undefined,
): string | undefined {
  if (limit === undefined) return undefined;
  if (client === undefined) return `${what} were not measured; at most ${limit} ms are allowed.`;
  if (client.gapEnded && client.gapMs <= limit) return undefined;
  const span = client.gapEnded ? `${client.gapMs} ms` : `${client.gapMs} ms and longer`;
  return `${what} paused for ${span}; at most ${limit} ms are allowed.`;
}

function countProblem(
  what: string,
  count: number | undefined,
  limit: number | undefined,
): string | undefined {
  if (limit === undefined) return undefined;
  if (count === undefined) return `Nobody knows how many ${what}; at most ${limit} are allowed.`;
  return count <= limit ? undefined : `${count} ${what}; at most ${limit} are allowed.`;
}
