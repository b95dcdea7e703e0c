import { lookup } from "node:dns/promises";
import { balanceWrites, type ClientMeasure, measureClient, type WriteBalance } from "../rehearsal/measure";
import { terminationSignal } from "./interruption";
import type { Operation, OperationContext, RequestReader } from "./operation";
import { readAuthority } from "./postgres";
import type { OpenSession } from "./probe-client";
import { openSessions } from "./probe-session";
import { type Clock, untilItSucceeds } from "./waiting";
import { behaviourOf, WriteProbe } from "./write-probe";

/** A server that is probed. The login is in the environment: PGUSER and PGPASSWORD. */
export interface ProbedServer {
  port: number;
  database: string;
  /** File with the certificate of the authority. */
  caFile: string;
}

/** Request of `probe`. */
export interface ProbeRequest extends ProbedServer {
  /** DNS name that is written to and read. */
  host: string;
  /** DNS name that is only read. */
  readOnlyHost?: string;
  /** Milliseconds between two statements of a client. */
  intervalMs: number;
  /** Milliseconds until a statement is given up. */
  statementPatienceMs: number;
  /** Seconds after which it ends by itself. */
  timeoutSeconds: number;
}

/** What `probe` prints last, as one line of JSON. */
export interface ProbeResult {
  writes: ClientMeasure & WriteBalance;
  reads: ClientMeasure;
  readOnlyReads?: ClientMeasure;
}

export const probe: Operation<ProbeRequest> = {
  help: `Writes numbered rows through one endpoint and reads through it and a second one until it is ended, and measures what its clients noticed.
Login in PGUSER and PGPASSWORD, which may make a schema in the database; the schema goes at the end.
Request: host, readOnlyHost, port (5432), database, caFile, intervalMs (10), statementPatienceMs (1000), timeoutSeconds (3600).
Result: one line of JSON with writes, reads and readOnlyReads.`,
  read: readRequest,
  async run(request, context) {
    const { signal, end } = terminationSignal();
    try {
      const result = await probeUntilEnded(request, signal, context);
      context.say(JSON.stringify(result));
    } finally {
      end();
    }
  },
};

function readRequest(json: RequestReader): ProbeRequest {
  const readOnlyHost = json.optionalText("readOnlyHost");
  return {
    host: json.text("host"),
    ...(readOnlyHost === undefined ? {} : { readOnlyHost }),
    ...readProbedServer(json),
    intervalMs: json.integer("intervalMs", 1, 1000, 10),
    statementPatienceMs: json.integer("statementPatienceMs", 100, 600_000, 1000),
    timeoutSeconds: json.integer("timeoutSeconds", 1, 86_400, 3600),
  };
}

export function readProbedServer(json: RequestReader): ProbedServer {
  return {
    port: json.integer("port", 1, 65_535, 5432),
    database: json.text("database"),
    caFile: json.text("caFile"),
  };
}

/**
 * Sessions with whatever server an endpoint leads to. Its address is asked for once: that of a Service does not change, and a name server that is
 * slow for a moment is not what is measured.
 */
export async function sessionsWith(
  host: string,
  { port, database, caFile }: ProbedServer,
  env: OperationContext["env"],
): Promise<OpenSession> {
  const { address } = await lookup(host);
  const ca = await readAuthority(caFile);
  return openSessions({ host, hostaddr: address, port, database, sslmode: "verify-full", ca }, env);
}

async function probeUntilEnded(
  request: ProbeRequest,
  signal: AbortSignal,
  context: OperationContext,
): Promise<ProbeResult> {
  const { host, readOnlyHost, intervalMs, statementPatienceMs, timeoutSeconds } = request;
  const { clock, env, say } = context;
  const endpoints = {
    write: await sessionsWith(host, request, env),
    ...(readOnlyHost === undefined ? {} : { readOnly: await sessionsWith(readOnlyHost, request, env) }),
  };
  const running = await WriteProbe.begin(endpoints, behaviourOf(intervalMs, statementPatienceMs), context);
  say(`Writing to ${host} every ${intervalMs} ms.`);
  await ended(signal, timeoutSeconds, clock);
  const { writes, reads, readOnlyReads } = await running.stop();
  const found = await untilItSucceeds(() => running.found(), { ...context, timeoutSeconds: readSeconds });
  await running.remove();
  return {
    writes: { ...measureClient(writes), ...balanceWrites(writes.attempts, found) },
    reads: measureClient(reads),
    ...(readOnlyReads === undefined ? {} : { readOnlyReads: measureClient(readOnlyReads) }),
  };
}

async function ended(signal: AbortSignal, seconds: number, clock: Clock): Promise<void> {
  if (signal.aborted) return;
  const told = new Promise<void>(resolve =>
    signal.addEventListener("abort", () => resolve(), { once: true }),
  );
  await Promise.race([told, clock.sleep(seconds * 1000)]);
}

/** Seconds in which the table must be readable in the end. */
const readSeconds = 60;
