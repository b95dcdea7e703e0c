import { type Attempt, type AttemptLog, AttemptOutcome } from "../rehearsal/measure";
import { describeError } from "./waiting";

/** A session with a server. */
export interface ProbeSession {
  /**
   * Sends one statement and waits for its end.
   * @throws ProbeFailure
   */
  send(statement: string): Promise<Record<string, unknown>[]>;
  /** Ends it at once, without a farewell that a dead server would not answer. */
  destroy(): void;
}

/**
 * Opens a session.
 * @param patienceMs after which it has failed
 * @throws ProbeFailure
 */
export type OpenSession = (patienceMs: number) => Promise<ProbeSession>;

/** Why an attempt was not acknowledged. */
export class ProbeFailure extends Error {
  override readonly name = "ProbeFailure";

  constructor(
    /** What is known of the statement. */
    readonly outcome: AttemptOutcome,
    /** SQLSTATE, or the word for what happened to the connection. */
    readonly reason: string,
    message: string,
  ) {
    super(message);
  }
}

/** What is measured with: it never jumps, as the time of day does. */
export interface MonotonicClock {
  /** Milliseconds. */
  now(): number;
  sleep(milliseconds: number): Promise<void>;
}

export const monotonicClock: MonotonicClock = {
  now: () => performance.now(),
  sleep: milliseconds => new Promise(resolve => setTimeout(resolve, milliseconds)),
};

/** How a client of the probe behaves. All in milliseconds. */
export interface ClientBehaviour {
  /** From the beginning of a statement to that of the next, when the answer came by then. */
  intervalMs: number;
  /** From the beginning of an attempt to connect to that of the next: a server that comes up must not be flooded. */
  reconnectMs: number;
  /** Until a session is there. */
  connectPatienceMs: number;
  /** Until a statement is answered. */
  statementPatienceMs: number;
}

/** How often each patience doubles at most. */
const mostDoublings = { connection: 2, statement: 4 };

/** Milliseconds a statement has when the client is told to stop. */
const stopPatienceMs = 1000;

/** How long an answer is waited for: twice as long after each that did not come, because what was given up may go on in the server. */
class Patience {
  readonly #milliseconds: number;
  readonly #mostDoublings: number;
  #silences = 0;

  constructor(milliseconds: number, mostDoublings: number) {
    this.#milliseconds = milliseconds;
    this.#mostDoublings = mostDoublings;
  }

  get now(): number {
    return this.#milliseconds * 2 ** Math.min(this.#silences, this.#mostDoublings);
  }

  heard(): void {
    this.#silences = 0;
  }

  failed(reason: string): void {
    this.#silences = reason === noAnswer ? this.#silences + 1 : 0;
  }
}

/**
 * One client that repeats a statement over one session, as an application does, and takes down each attempt. It never has two statements or
 * two connections at a time. A statement that is not answered in time is given up with its session and never cancelled: a commit that waits
 * for a standby would be acknowledged by that, without the standby.
 */
export class ProbeClient {
  readonly #open: OpenSession;
  readonly #statement: (id: number) => string;
  readonly #behaviour: ClientBehaviour;
  readonly #clock: MonotonicClock;
  readonly #attempts: Attempt[] = [];
  readonly #patience: Record<"connection" | "statement", Patience>;
  #session: ProbeSession | undefined;
  #stopped = false;
  #ending: NodeJS.Timeout | undefined;
  #until = 0;
  #nextId = 1;
  #lastAcknowledged: number | undefined;

  constructor(
    open: OpenSession,
    statement: (id: number) => string,
    behaviour: ClientBehaviour,
    clock: MonotonicClock = monotonicClock,
  ) {
    this.#open = open;
    this.#statement = statement;
    this.#behaviour = behaviour;
    this.#clock = clock;
    this.#patience = {
      connection: new Patience(behaviour.connectPatienceMs, mostDoublings.connection),
      statement: new Patience(behaviour.statementPatienceMs, mostDoublings.statement),
    };
  }

  /** Goes on until it is told to stop. */
  async run(): Promise<void> {
    const { reconnectMs, intervalMs } = this.#behaviour;
    let [connected, sent] = [-Infinity, -Infinity];
    while (!this.#stopped) {
      if (this.#session === undefined) {
        await this.#sleepUntil(connected + reconnectMs);
        if (this.#stopped) break;
        connected = this.#clock.now();
        this.#session = await this.#connect();
      } else {
        await this.#sleepUntil(sent + intervalMs);
        if (this.#stopped) break;
        sent = this.#clock.now();
        if (!(await this.#attempt(this.#session))) this.#leaveSession();
      }
    }
    this.#leaveSession();
    clearTimeout(this.#ending);
    this.#until = this.#clock.now();
  }

  /** Begins nothing more; what was sent has a second. */
  stop(): void {
    this.#stopped = true;
    this.#ending = setTimeout(() => this.#leaveSession(), stopPatienceMs);
  }

  #leaveSession(): void {
    this.#session?.destroy();
    this.#session = undefined;
  }

  /** When something was acknowledged last. */
  get lastAcknowledged(): number | undefined {
    return this.#lastAcknowledged;
  }

  /** Why the last attempt was not acknowledged; undefined when it was. */
  get lastFailure(): string | undefined {
    return this.#attempts.at(-1)?.reason;
  }

  get log(): AttemptLog {
    return { attempts: [...this.#attempts], until: this.#until || this.#clock.now() };
  }

  async #sleepUntil(moment: number): Promise<void> {
    const left = moment - this.#clock.now();
    if (left > 0) await this.#clock.sleep(left);
  }

  async #connect(): Promise<ProbeSession | undefined> {
    const begin = this.#clock.now();
    const patience = this.#patience.connection;
    try {
      const session = await this.#open(patience.now);
      patience.heard();
      return session;
    } catch (error) {
      const reason = reasonOf(error);
      this.#note(begin, { outcome: AttemptOutcome.NotConnected, reason });
      patience.failed(reason);
      return undefined;
    }
  }

  async #attempt(session: ProbeSession): Promise<boolean> {
    const id = this.#nextId++;
    const begin = this.#clock.now();
    const patience = this.#patience.statement;
    try {
      await within(session.send(this.#statement(id)), patience.now);
      this.#lastAcknowledged = this.#note(begin, { outcome: AttemptOutcome.Acknowledged, id });
      patience.heard();
      return true;
    } catch (error) {
      const reason = reasonOf(error);
      const outcome = error instanceof ProbeFailure ? error.outcome : AttemptOutcome.InDoubt;
      const sent = outcome === AttemptOutcome.NotConnected ? {} : { id };
      this.#note(begin, { outcome, reason, ...sent });
      patience.failed(reason);
      return false;
    }
  }

  /** @returns when it ended */
  #note(begin: number, what: Omit<Attempt, "begin" | "end">): number {
    const end = this.#clock.now();
    this.#attempts.push({ begin, end, ...what });
    return end;
  }
}

/** Word for an attempt that was not answered in time. */
export const noAnswer = "noAnswer";

/**
 * What a promise brings, if it does so in time.
 * @throws ProbeFailure when it does not
 */
export async function within<T>(promise: Promise<T>, milliseconds: number): Promise<T> {
  let timer: NodeJS.Timeout | undefined;
  const late = new Promise<never>((_, reject) => {
    const failure = new ProbeFailure(
      AttemptOutcome.InDoubt,
      noAnswer,
      `There was no answer within ${milliseconds} ms.`,
    );
    timer = setTimeout(() => reject(failure), milliseconds);
  });
  try {
    return await Promise.race([promise, late]);
  } finally {
    clearTimeout(timer);
  }
}

function reasonOf(error: unknown): string {
  return error instanceof ProbeFailure ? error.reason : describeError(error);
}
