import type { OperationContext } from "./operation";
import { clientConfig, type PostgresEndpoint } from "./postgres";

/** A session of a server that stays open over many statements. */
export interface PostgresSession {
  /** Runs one statement. Without values it may be any; an error is the driver's, with SQLSTATE in `code`. */
  query<Row extends object>(sql: string, values?: unknown[]): Promise<Row[]>;
  end: () => Promise<void>;
}

/** Opens a session with the login in PGUSER and PGPASSWORD. */
export type OpenPostgresSession = (
  endpoint: PostgresEndpoint,
  env: OperationContext["env"],
) => Promise<PostgresSession>;

/** Milliseconds of silence after which the system asks whether the other side is still there: statements may take hours. */
const keepAliveMs = 10_000;

/** Opens a session in which a statement may take as long as the server lets it. */
export const openPostgresSession: OpenPostgresSession = async (endpoint, env) => {
  const { Client } = await import("pg");
  const client = new Client({
    ...clientConfig(endpoint, env),
    query_timeout: undefined,
    keepAlive: true,
    keepAliveInitialDelayMillis: keepAliveMs,
  });
  // A lost connection also fails the query that waits for it; without a listener Node would end the process.
  client.on("error", () => undefined);
  try {
    await client.connect();
  } catch (error) {
    await client.end().catch(() => undefined);
    throw error;
  }
  return {
    query: async <Row extends object>(sql: string, values?: unknown[]) =>
      (await client.query<Row & Record<string, unknown>>(sql, values)).rows,
    end: () => client.end(),
  };
};
