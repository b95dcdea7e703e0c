/** How one attempt of the probe ended. */
export const AttemptOutcome = {
  /** The server said that it is done; of a write: that it is committed. */
  Acknowledged: "acknowledged",
  /** The server said that it is not done. */
  Refused: "refused",
  /** It was sent, and nothing tells whether it was done: the session broke off, or no answer came in time. */
  InDoubt: "inDoubt",
  /** There was no session, and none could be had. Nothing was sent. */
  NotConnected: "notConnected",
} as const;
export type AttemptOutcome = (typeof AttemptOutcome)[keyof typeof AttemptOutcome];

/** One attempt of the probe to write, to read or to get a session. Times are milliseconds of a monotonic clock. */
export interface Attempt {
  begin: number;
  end: number;
  outcome: AttemptOutcome;
  /** Number of the row, of writes that were sent. */
  id?: number;
  /** SQLSTATE, or the word for what happened to the connection; absent when acknowledged. @example "57P01" */
  reason?: string;
}

/** Everything one client of the probe tried, in order. */
export interface AttemptLog {
  attempts: readonly Attempt[];
  /** When the client stopped, on the clock of the attempts. */
  until: number;
}

/** Milliseconds that statements took from being sent until they were acknowledged. */
export interface Latency {
  median: number;
  p95: number;
  p99: number;
  max: number;
}

/** What one client noticed. Milliseconds have one decimal. */
export interface ClientMeasure {
  acknowledged: number;
  /** Sent and not acknowledged. */
  failedStatements: number;
  /** Of these: nothing tells whether they were done. */
  inDoubt: number;
  /** Attempts to get a session that failed. */
  failedConnections: number;
  /** Failures by SQLSTATE or the word for what happened to the connection. */
  reasons: Record<string, number>;
  /** Longest time between two acknowledgements, or from the last one to the end. */
  gapMs: number;
  /** When it began, on the clock of the attempts. */
  gapBegin: number;
  /** False when nothing was acknowledged after it. */
  gapEnded: boolean;
  /** Absent when nothing was acknowledged. */
  latencyMs?: Latency;
}

/**
 * What a client noticed from a moment on. The gap may have begun before: with the last acknowledgement until then.
 * @param from on the clock of the attempts. @default the first attempt
 */
export function measureClient({ attempts, until }: AttemptLog, from = -Infinity): ClientMeasure {
  const since = attempts.filter(({ end }) => end >= from);
  const acknowledged = since.filter(isAcknowledged);
  const failed = since.filter(attempt => !isAcknowledged(attempt));
  const inDoubt = failed.filter(({ outcome }) => outcome === AttemptOutcome.InDoubt).length;
  const refused = failed.filter(({ outcome }) => outcome === AttemptOutcome.Refused).length;
  const latencyMs = latencyOf(acknowledged);
  return {
    acknowledged: acknowledged.length,
    failedStatements: inDoubt + refused,
    inDoubt,
    failedConnections: failed.length - inDoubt - refused,
    reasons: countReasons(failed),
    ...longestGap(attempts, until, from),
    ...(latencyMs === undefined ? {} : { latencyMs }),
  };
}

const isAcknowledged = ({ outcome }: Attempt): boolean => outcome === AttemptOutcome.Acknowledged;

/** One decimal: a tenth of a millisecond is less than the probe's own noise. */
const rounded = (milliseconds: number): number => Math.round(milliseconds * 10) / 10;

function longestGap(
  attempts: readonly Attempt[],
  until: number,
  from: number,
): Pick<ClientMeasure, "gapMs" | "gapBegin" | "gapEnded"> {
  const ends = attempts.filter(isAcknowledged).map(({ end }) => end);
  const after = ends.filter(end => end >= from);
  const first = ends.findLast(end => end < from) ?? after[0] ?? attempts[0]?.begin ?? until;
  const moments = [first, ...after, until];
  let [gap, begin, at] = [-1, first, 0];
  for (let i = 1; i < moments.length; i++) {
    const length = (moments[i] as number) - (moments[i - 1] as number);
    if (length > gap) [gap, begin, at] = [length, moments[i - 1] as number, i];
  }
  return { gapMs: rounded(gap), gapBegin: rounded(begin), gapEnded: at < moments.length - 1 };
}

function countReasons(failed: readonly Attempt[]): Record<string, number> {
  const counts = new Map<string, number>();
  for (const { reason = "unknown" } of failed) counts.set(reason, (counts.get(reason) ?? 0) + 1);
  return Object.fromEntries([...counts].sort(([a], [b]) => (a < b ? -1 : 1)));
}

function latencyOf(acknowledged: readonly Attempt[]): Latency | undefined {
  if (acknowledged.length === 0) return undefined;
  const sorted = acknowledged.map(({ begin, end }) => end - begin).sort((a, b) => a - b);
  // The nearest rank: a time that was really seen.
  const percentile = (share: number): number =>
    rounded(sorted[Math.max(0, Math.ceil(share * sorted.length) - 1)] as number);
  return { median: percentile(0.5), p95: percentile(0.95), p99: percentile(0.99), max: percentile(1) };
}

/** What became of the rows that were written. */
export interface WriteBalance {
  /** Writes that were acknowledged and are not there. */
  lost: number;
  /** Numbers of the first of them, at most {@link namedRows}. */
  lostIds: number[];
  /** Writes in doubt that are there. */
  inDoubtFound: number;
}

/** How many lost rows a report names. */
export const namedRows = 20;

/** Compares what was written with what is there. A write in doubt is never lost: its client was told nothing. */
export function balanceWrites(attempts: readonly Attempt[], found: ReadonlySet<number>): WriteBalance {
  const ids = (outcome: AttemptOutcome): number[] =>
    attempts.flatMap(attempt =>
      attempt.outcome === outcome && attempt.id !== undefined ? [attempt.id] : [],
    );
  const lost = ids(AttemptOutcome.Acknowledged).filter(id => !found.has(id));
  return {
    lost: lost.length,
    lostIds: lost.slice(0, namedRows),
    inDoubtFound: ids(AttemptOutcome.InDoubt).filter(id => found.has(id)).length,
  };
}
