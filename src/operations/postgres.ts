import { readFile } from "node:fs/promises";
import type { ClientConfig } from "pg";

/** One server to ask, and how far its certificate is verified. */
export interface PostgresEndpoint {
  /** DNS name; the one in the certificate. */
  host: string;
  /** Address to connect to instead of resolving `host`. */
  hostaddr?: string;
  port: number;
  database: string;
  /** `verify-full`: chain and name; `verify-ca`: the chain only, for pods reached by address. */
  sslmode: "verify-full" | "verify-ca";
  /** PEM of the certificate authority. */
  ca: string;
}

/** Seconds a connection and each query may take. */
const patience = 10;

// A Service that was just made drops what comes before its rules are on the node: asking anew is faster than TCP's own repeats.
const connectSeconds = 3;

/** Runs one query and returns its rows. Login by environment: PGUSER and PGPASSWORD. */
export async function query<Row extends object>(
  endpoint: PostgresEndpoint,
  env: Readonly<Record<string, string | undefined>>,
  sql: string,
  values: unknown[] = [],
): Promise<Row[]> {
  const { Client } = await import("pg");
  const client = new Client(clientConfig(endpoint, env));
  // A lost connection also fails the query that waits for it; without a listener Node would end the process.
  client.on("error", () => undefined);
  try {
    await client.connect();
    return (await client.query<Row & Record<string, unknown>>(sql, values)).rows;
  } finally {
    await client.end();
  }
}

/** The driver's settings for an endpoint. */
export function clientConfig(
  endpoint: PostgresEndpoint,
  env: Readonly<Record<string, string | undefined>>,
): ClientConfig {
  const { PGUSER: user, PGPASSWORD: password } = env;
  if (user === undefined || password === undefined) {
    throw new Error("PGUSER and PGPASSWORD are not set: the Job must take them from the instance's Secret");
  }
  return {
    host: endpoint.hostaddr ?? endpoint.host,
    port: endpoint.port,
    database: endpoint.database,
    user,
    password,
    application_name: "pulumi-cnpg",
    connectionTimeoutMillis: connectSeconds * 1000,
    // Not a setting of the session, which PgBouncer refuses at the start of one.
    query_timeout: patience * 1000,
    ssl: {
      ca: endpoint.ca,
      rejectUnauthorized: true,
      // With an address the driver does not name the server, and Node would verify against the address.
      servername: endpoint.host,
      ...(endpoint.sslmode === "verify-ca" ? { checkServerIdentity: () => undefined } : {}),
    },
  };
}

/** The certificate authority's file, read when needed: the file of a mounted object may change. */
export async function readAuthority(file: string): Promise<string> {
  try {
    return await readFile(file, "utf8");
  } catch (error) {
    throw new Error(`cannot read the certificate authority ${file}: is the Secret or ConfigMap mounted?`, {
      cause: error,
    });
  }
}
