import { type AttemptLog, measureClient } from "../rehearsal/measure";
import {
  type ClientBehaviour,
  monotonicClock,
  type MonotonicClock,
  type OpenSession,
  ProbeClient,
  ProbeFailure,
  within,
} from "./probe-client";
import { type Clock, describeError, type Look, waitUntil } from "./waiting";

/** The probe's own schema: what it makes there goes with it. */
export const probeSchema = "pulumi_cnpg_rehearsal";
const table = `${probeSchema}.writes`;

/** How the two endpoints are reached. */
export interface ProbeEndpoints {
  /** The endpoint that is written to, and read. */
  write: OpenSession;
  /** The read-only endpoint. */
  readOnly?: OpenSession;
}

/** What the clients of the probe tried. */
export interface ProbeLogs {
  writes: AttemptLog;
  reads: AttemptLog;
  readOnlyReads?: AttemptLog;
}

/** What a probe needs besides its endpoints. */
export interface ProbeContext {
  clock: Clock;
  say: (sentence: string) => void;
}

/** Milliseconds of the probe's own statements: making its table, reading it back. */
const ownPatienceMs = 10_000;

/** Seconds until the first row is written and every endpoint shows it. */
const startSeconds = 60;

/** How the clients behave when only the interval is said. */
export function behaviourOf(intervalMs: number, statementPatienceMs = 1000): ClientBehaviour {
  return { intervalMs, reconnectMs: 50, connectPatienceMs: 1000, statementPatienceMs };
}

/**
 * Writes numbered rows as an application does, and reads them through the same and the read-only endpoint; all three go on by themselves until
 * they are told to stop.
 */
export class WriteProbe {
  readonly #endpoints: ProbeEndpoints;
  readonly #monotonic: MonotonicClock;
  readonly #writer: ProbeClient;
  readonly #reader: ProbeClient;
  readonly #readOnlyReader: ProbeClient | undefined;
  readonly #begun: { time: number; moment: number };
  #running: Promise<unknown> = Promise.resolve();

  private constructor(
    endpoints: ProbeEndpoints,
    behaviour: ClientBehaviour,
    clock: Clock,
    monotonic: MonotonicClock,
  ) {
    this.#begun = { time: clock.now().getTime(), moment: monotonic.now() };
    const reader = (open: OpenSession): ProbeClient => new ProbeClient(open, read, behaviour, monotonic);
    this.#endpoints = endpoints;
    this.#monotonic = monotonic;
    this.#writer = new ProbeClient(endpoints.write, write, behaviour, monotonic);
    this.#reader = reader(endpoints.write);
    this.#readOnlyReader = endpoints.readOnly && reader(endpoints.readOnly);
  }

  /**
   * Makes the table, and begins. All clients have had an answer when it returns.
   * @throws Error when the login may not, or when an endpoint does not answer
   */
  static async begin(
    endpoints: ProbeEndpoints,
    behaviour: ClientBehaviour,
    context: ProbeContext,
    monotonic: MonotonicClock = monotonicClock,
  ): Promise<WriteProbe> {
    const probe = new WriteProbe(endpoints, behaviour, context.clock, monotonic);
    await withSession(endpoints.write, makeTable);
    try {
      await probe.#start(context);
      return probe;
    } catch (error) {
      await probe.stop();
      await probe.remove();
      throw error;
    }
  }

  /** Now, on the clock of the attempts. */
  now(): number {
    return this.#monotonic.now();
  }

  /** The time of day of a moment on the clock of the attempts. */
  timeOf(moment: number): Date {
    return new Date(this.#begun.time + moment - this.#begun.moment);
  }

  /** When a write was acknowledged last. */
  get lastWrite(): number | undefined {
    return this.#writer.lastAcknowledged;
  }

  /** Longest time between two acknowledged writes so far, milliseconds. */
  async longestGapMs(): Promise<number | undefined> {
    return measureClient(this.#writer.log).gapMs;
  }

  async stop(): Promise<ProbeLogs> {
    for (const client of this.#clients) client.stop();
    await this.#running;
    return {
      writes: this.#writer.log,
      reads: this.#reader.log,
      ...(this.#readOnlyReader === undefined ? {} : { readOnlyReads: this.#readOnlyReader.log }),
    };
  }

  /** Numbers of the rows that are there, asked of whichever server the endpoint leads to. */
  async found(): Promise<Set<number>> {
    const rows = await withSession(this.#endpoints.write, ask => ask(`SELECT id FROM ${table}`));
    return new Set(rows.map(({ id }) => Number(id)));
  }

  /** Drops what the probe made. */
  async remove(): Promise<void> {
    await withSession(this.#endpoints.write, ask => ask(dropSchema));
  }

  get #clients(): ProbeClient[] {
    return [
      this.#writer,
      this.#reader,
      ...(this.#readOnlyReader === undefined ? [] : [this.#readOnlyReader]),
    ];
  }

  async #start(context: ProbeContext): Promise<void> {
    const { clock } = context;
    const wait = { clock, say: () => undefined, timeoutSeconds: startSeconds, intervalMilliseconds: 100 };
    const { readOnly } = this.#endpoints;
    // A standby shows the table when it has replayed its creation.
    if (readOnly !== undefined)
      await waitUntil(async (): Promise<Look<unknown>> => {
        return { done: true, value: await withSession(readOnly, ask => ask(read())) };
      }, wait);
    this.#running = Promise.all(this.#clients.map(client => client.run()));
    await waitUntil(async (): Promise<Look<undefined>> => {
      const silent = this.#clients.find(client => client.lastAcknowledged === undefined);
      if (silent === undefined) return { done: true, value: undefined };
      const cause = silent.lastFailure === undefined ? "" : ` (${silent.lastFailure})`;
      return { done: false, awaiting: `the first answer to each client of the probe${cause}` };
    }, wait);
  }
}

const write = (id: number): string => `INSERT INTO ${table} (id) VALUES (${id})`;
const read = (): string => `SELECT max(id) FROM ${table}`;
const dropSchema = `DROP SCHEMA IF EXISTS ${probeSchema} CASCADE`;

type Ask = (statement: string) => Promise<Record<string, unknown>[]>;

/** Opens a session for the probe's own statements, and ends it. */
async function withSession<T>(open: OpenSession, work: (ask: Ask) => Promise<T>): Promise<T> {
  const session = await open(ownPatienceMs);
  try {
    return await work(statement => within(session.send(statement), ownPatienceMs));
  } finally {
    session.destroy();
  }
}

/** Makes the table anew: a probe that was killed may have left one. */
async function makeTable(ask: Ask): Promise<void> {
  const [publication] = await ask("SELECT pubname FROM pg_publication WHERE puballtables LIMIT 1");
  if (publication !== undefined) {
    throw new Error(
      `Publication "${String(publication.pubname)}" publishes every table of the database, so its subscribers would get the rows of the probe for a table they do not have, and stop. Publish the tables of the application by name or by schema.`,
    );
  }
  try {
    await ask(dropSchema);
    await ask(`CREATE SCHEMA ${probeSchema}`);
    await ask(
      `CREATE TABLE ${table} (id bigint PRIMARY KEY, written timestamptz NOT NULL DEFAULT clock_timestamp())`,
    );
  } catch (error) {
    if (!(error instanceof ProbeFailure) || error.reason !== insufficientPrivilege) throw error;
    throw new Error(
      `The login may not make schema ${probeSchema} in this database (${describeError(error)}). Grant it: GRANT CREATE ON DATABASE … TO …; or drop a schema of that name that belongs to another role.`,
      { cause: error },
    );
  }
}

/** SQLSTATE. */
const insufficientPrivilege = "42501";
