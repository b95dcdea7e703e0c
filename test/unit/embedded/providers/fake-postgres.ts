import type { ClientConfig } from "pg";
import type { Connection, Row } from "../../../../embedded/providers/postgresql/server";

/** A statement as the server received it. */
export interface Statement {
  database: string;
  text: string;
  values: unknown[];
}

/** Stands in for a server: takes everything down, and answers queries as it was told. */
export class FakePostgres {
  readonly statements: Statement[] = [];
  readonly configs: ClientConfig[] = [];
  /** Connections that are open, and the most that were at a time. */
  readonly open = { now: 0, most: 0 };
  private readonly answers: { pattern: RegExp; rows: (statement: Statement) => Row[] }[] = [];

  constructor() {
    this.answer(/current_user::text/, [{ current_user: "manager" }]);
    this.answer(/SELECT rolsuper FROM/, [{ rolsuper: true }]);
  }

  /** What a query that matches gives from now on; a later answer wins. */
  answer(pattern: RegExp, rows: Row[] | ((statement: Statement) => Row[])): this {
    this.answers.unshift({ pattern, rows: typeof rows === "function" ? rows : () => rows });
    return this;
  }

  /** A query that matches fails with this message. */
  refuse(pattern: RegExp, message: string): this {
    return this.answer(pattern, () => {
      throw Object.assign(new Error(message), { hint: "what to do" });
    });
  }

  /** The statements that change something, since the last call. */
  changes(): string[] {
    return this.statements.splice(0).flatMap(({ text }) => (/^(SELECT|SET LOCAL) /.test(text) ? [] : [text]));
  }

  readonly client = (config: ClientConfig): Connection => {
    this.configs.push(config);
    return {
      connect: async () => {
        this.open.now++;
        this.open.most = Math.max(this.open.most, this.open.now);
      },
      query: async (text, values = []) => {
        await new Promise(resolve => setImmediate(resolve));
        const statement = { database: String(config.database), text, values };
        this.statements.push(statement);
        return { rows: this.answers.find(({ pattern }) => pattern.test(text))?.rows(statement) ?? [] };
      },
      end: async () => void this.open.now--,
    };
  };
}
