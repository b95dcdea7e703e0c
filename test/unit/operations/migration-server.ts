import type { OpenPostgresSession, PostgresSession } from "../../../src/operations/postgres-session";

interface Row {
  name: string;
  checksum: string;
}

interface Content {
  rows: Row[];
  /** Statements of files whose effect is there. */
  effects: string[];
}

/** A database in memory, as far as files that are run need one: transactions, one table, one advisory lock. */
export class MigrationServer {
  content: Content = { rows: [], effects: [] };
  /** Every statement, of all sessions. */
  readonly sent: string[] = [];
  /** Errors of the server by the statement that has them. */
  readonly errors = new Map<string, object>();
  /** Whether the session is lost at this statement: before it is carried out, or with the answer to it. */
  loss: (count: number) => "before" | "after" | undefined = () => undefined;
  /** Errors that connections meet first. */
  refusals: Error[] = [];
  standby = false;
  hasTable = false;
  lock: symbol | undefined;

  readonly open: OpenPostgresSession = async () => {
    const refusal = this.refusals.shift();
    if (refusal !== undefined) throw refusal;
    return new Session(this);
  };
}

class Session implements PostgresSession {
  readonly #id = Symbol();
  readonly #server: MigrationServer;
  #transaction: Content | undefined;
  #isOpen = true;

  constructor(server: MigrationServer) {
    this.#server = server;
  }

  async query<T extends object>(sql: string, values: unknown[] = []): Promise<T[]> {
    const server = this.#server;
    const loss = this.#isOpen ? server.loss(server.sent.length) : undefined;
    if (loss === "before") await this.end();
    if (!this.#isOpen) throw new Error("Connection terminated unexpectedly");
    server.sent.push(sql);
    const error = server.errors.get(sql);
    if (error !== undefined) throw Object.assign(new Error(), error);
    const rows = this.#carryOut(sql, values) as T[];
    if (loss !== "after") return rows;
    await this.end();
    throw new Error("Connection terminated unexpectedly");
  }

  async end(): Promise<void> {
    this.#isOpen = false;
    if (this.#server.lock === this.#id) this.#server.lock = undefined;
  }

  #carryOut(sql: string, values: unknown[]): object[] {
    const server = this.#server;
    const content = this.#transaction ?? server.content;
    if (sql.startsWith("SELECT pg_is_in_recovery")) return [{ standby: server.standby }];
    if (sql.startsWith("SELECT pg_try_advisory_lock")) {
      server.lock ??= this.#id;
      return [{ taken: server.lock === this.#id }];
    }
    if (sql.startsWith("SELECT to_regnamespace")) return [{ schema: true, table: server.hasTable }];
    if (sql.startsWith("CREATE TABLE") && sql.includes("checksum")) server.hasTable = true;
    else if (sql.startsWith("SELECT name, checksum")) return [...server.content.rows];
    else if (sql === "BEGIN") this.#transaction = structuredClone(server.content);
    else if (sql === "COMMIT" && this.#transaction !== undefined) {
      server.content = this.#transaction;
      this.#transaction = undefined;
    } else if (sql === "ROLLBACK") this.#transaction = undefined;
    else if (sql.startsWith("INSERT INTO") && sql.includes("duration_ms")) {
      const [name, checksum] = values as [string, string];
      if (content.rows.some(row => row.name === name)) throw new Error("duplicate key");
      content.rows.push({ name, checksum });
    } else if (!/^(RESET|SET|DISCARD|DEALLOCATE) /.test(sql)) content.effects.push(sql);
    return [];
  }
}
