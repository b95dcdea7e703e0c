import { Client } from "pg";
import type { ClientConfig } from "pg";

import type { Settings } from "./settings";

export type Row = Record<string, unknown>;

/** A connection that statements run on, one after the other. */
export interface Session {
  query(text: string, values?: readonly unknown[]): Promise<Row[]>;
}

/** As much of `pg`'s client as is used. */
export interface Connection {
  connect(): Promise<unknown>;
  query(text: string, values?: unknown[]): Promise<{ rows: Row[] }>;
  end(): Promise<void>;
}

export type Open = (config: ClientConfig) => Connection;

function openClient(config: ClientConfig): Connection {
  const client = new Client(config);
  // Without a listener a connection lost between two statements would end the process.
  client.on("error", () => undefined);
  return client;
}

/** The server that the provider manages. Connections are not kept: an open one would be in the way of dropping its database. */
export class Server {
  private readonly turns = new Map<string, Turns>();

  constructor(
    readonly settings: Settings,
    private readonly open: Open = openClient,
  ) {}

  /**
   * Runs statements that each take effect at once.
   * @param database default: the provider's own
   */
  async session<T>(database: string | undefined, run: (session: Session) => Promise<T>): Promise<T> {
    const name = database || this.settings.database;
    const turns = this.turnsOf(name);
    await turns.take();
    try {
      return await this.connected(name, run);
    } finally {
      turns.give();
    }
  }

  /** Runs statements that take effect together, or not at all. */
  transaction<T>(database: string | undefined, run: (session: Session) => Promise<T>): Promise<T> {
    return this.session(database, async session => {
      await session.query("BEGIN");
      try {
        const result = await run(session);
        await session.query("COMMIT");
        return result;
      } catch (error) {
        await session.query("ROLLBACK").catch(() => undefined);
        throw error;
      }
    });
  }

  private async connected<T>(database: string, run: (session: Session) => Promise<T>): Promise<T> {
    const { host, port, username, password, tls, connectTimeoutMs } = this.settings;
    const connection = this.open({
      host,
      port,
      database,
      user: username,
      ...(password === undefined ? {} : { password }),
      ssl: tls(),
      connectionTimeoutMillis: connectTimeoutMs,
      application_name: "pulumi-resource-postgresql",
    });
    try {
      await connection.connect().catch(error => {
        throw new Error(`cannot connect to database ${database} at ${host}:${port}: ${reason(error)}`);
      });
      const query: Session["query"] = async (text, values = []) => {
        try {
          return (await connection.query(text, [...values])).rows;
        } catch (error) {
          // The statement itself may hold a password.
          throw new Error(reason(error), { cause: error });
        }
      };
      return await run({ query });
    } finally {
      await connection.end().catch(() => undefined);
    }
  }

  private turnsOf(database: string): Turns {
    const turns = this.turns.get(database) ?? new Turns(this.settings.maxConnections);
    this.turns.set(database, turns);
    return turns;
  }
}

/** What the server said, with what it adds. */
function reason(error: unknown): string {
  const { message, detail, hint } = error as { message?: string; detail?: string; hint?: string };
  return [message || String(error), detail, hint]
    .filter(part => part !== undefined && part !== "")
    .join("; ");
}

/** Lets a number of callers through at a time. */
class Turns {
  private taken = 0;
  private readonly waiting: (() => void)[] = [];

  /** @param most 0 for any number */
  constructor(private readonly most: number) {}

  async take(): Promise<void> {
    if (this.most > 0 && this.taken >= this.most)
      await new Promise<void>(resolve => this.waiting.push(resolve));
    else this.taken++;
  }

  give(): void {
    const next = this.waiting.shift();
    if (next === undefined) this.taken--;
    else next();
  }
}
