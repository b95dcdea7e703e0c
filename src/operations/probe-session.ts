import { Socket } from "node:net";
import type { Client, DatabaseError } from "pg";
import { AttemptOutcome } from "../rehearsal/measure";
import { clientConfig, type PostgresEndpoint } from "./postgres";
import { noAnswer, type OpenSession, ProbeFailure, type ProbeSession, within } from "./probe-client";
import { describeError } from "./waiting";

/** Word for a session that ended without a word of the server. */
const connectionLost = "connectionLost";

/**
 * Milliseconds until the server's machine has answered: its kernel does that, also under load. What is sent to a pod that is gone would
 * only be repeated after a second, and the server might long be elsewhere by then.
 */
const tcpPatienceMs = 150;

/**
 * Opens sessions with the login in PGUSER and PGPASSWORD.
 * @param endpoint with the address in `hostaddr`, so that no time goes into asking for it
 */
export function openSessions(
  endpoint: PostgresEndpoint,
  env: Readonly<Record<string, string | undefined>>,
): OpenSession {
  return async patienceMs => {
    const { Client } = await import("pg");
    const socket = new Socket();
    const client = new Client({
      ...clientConfig(endpoint, env),
      application_name: "pulumi-cnpg rehearsal",
      // The probe has time-outs of its own.
      query_timeout: undefined,
      connectionTimeoutMillis: 0,
      stream: () => socket,
    });
    const session = new PostgresSession(client, socket);
    let unreached = false;
    const tcp = setTimeout(
      () => {
        unreached = socket.connecting;
        if (unreached) socket.destroy();
      },
      Math.min(tcpPatienceMs, patienceMs),
    );
    try {
      await within(client.connect(), patienceMs);
      return session;
    } catch (error) {
      session.destroy();
      const reason = unreached ? noAnswer : wordFor(error);
      throw new ProbeFailure(AttemptOutcome.NotConnected, reason, describeError(error));
    } finally {
      clearTimeout(tcp);
    }
  };
}

class PostgresSession implements ProbeSession {
  readonly #client: Client;
  readonly #socket: Socket;
  /** Why it ended. */
  #lost: Error | undefined;

  constructor(client: Client, socket: Socket) {
    this.#client = client;
    this.#socket = socket;
    // Without a listener Node would end the process.
    client.on("error", error => (this.#lost ??= error));
    client.on("end", () => (this.#lost ??= new Error("The session has ended.")));
    socket.on("error", error => (this.#lost ??= error));
  }

  async send(statement: string): Promise<Record<string, unknown>[]> {
    if (this.#lost !== undefined) throw failureOf(AttemptOutcome.NotConnected, this.#lost);
    try {
      return (await this.#client.query<Record<string, unknown>>(statement)).rows;
    } catch (error) {
      // Only an ERROR says that the transaction is rolled back and the session goes on.
      const refused = (error as Partial<DatabaseError>).severity === "ERROR";
      throw failureOf(refused ? AttemptOutcome.Refused : AttemptOutcome.InDoubt, error);
    }
  }

  destroy(): void {
    this.#socket.destroy();
  }
}

function failureOf(outcome: AttemptOutcome, error: unknown): ProbeFailure {
  return new ProbeFailure(outcome, wordFor(error), describeError(error));
}

/** SQLSTATE, or the name of what the system complained of. */
function wordFor(error: unknown): string {
  if (error instanceof ProbeFailure) return error.reason;
  const { code } = error as { code?: unknown };
  return typeof code === "string" ? code : connectionLost;
}
