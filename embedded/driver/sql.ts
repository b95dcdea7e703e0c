import { Client } from "pg";
import { PlainFailure } from "./command";
import type { Kubernetes } from "./kubernetes";

/** A connection as an application would use it. */
export interface Connection {
  /** The name in the server's certificate. */
  readonly host: string;
  readonly port: number;
  readonly database: string;
  readonly user: string;
  readonly password: string;
  /** The certificate authority, PEM. */
  readonly ca: string;
}

/** Where the database is reached in the cluster. */
export interface ServiceAddress {
  readonly namespace: string;
  readonly service: string;
}

/** Longest wait for the server to take a connection, and again for its answer, in milliseconds. */
const patience = 15_000;

/**
 * Reads a connection URL (`postgresql://user:password@host:port/database`).
 *
 * @throws {@link PlainFailure} when it is not one; the message does not repeat it, because it holds a password
 */
export function connectionFromUrl(url: string, ca: string): Connection {
  if (!URL.canParse(url) || !/^postgres(ql)?:/.test(url)) {
    throw new PlainFailure("The stack's connection string is not a postgresql:// URL.");
  }
  const { hostname, port, pathname, username, password } = new URL(url);
  return {
    host: hostname,
    port: Number(port || 5432),
    database: decodeURIComponent(pathname.slice(1)),
    user: decodeURIComponent(username),
    password: decodeURIComponent(password),
    ca,
  };
}

/**
 * Reads what an application would read: the connection Secret of an instance, with the authority to verify the server.
 *
 * @param instance name of the instance
 * @param name     name of the Secret
 */
export async function connectionFromSecret(
  kubernetes: Kubernetes,
  namespace: string,
  instance: string,
  name: string,
): Promise<Connection> {
  const secret = await kubernetes.read({ apiVersion: "v1", kind: "Secret", namespace, name });
  const data = secret?.data as Record<string, string> | undefined;
  const field = (key: string): string => {
    const value = data?.[key];
    if (value === undefined) throw new PlainFailure(`Secret ${namespace}/${name} has no key "${key}".`);
    return Buffer.from(value, "base64").toString("utf8");
  };
  return {
    host: field("host"),
    port: Number(field("port")),
    database: field("dbname"),
    user: field("username"),
    password: field("password"),
    ca: await certificateAuthority(kubernetes, namespace, instance),
  };
}

/** The certificate authority of an instance, which its clients verify the server with. */
export async function certificateAuthority(
  kubernetes: Kubernetes,
  namespace: string,
  instance: string,
): Promise<string> {
  const name = `${instance}-ca`;
  const found = await kubernetes.read({ apiVersion: "v1", kind: "ConfigMap", namespace, name });
  const ca = (found?.data as Record<string, string> | undefined)?.["ca.crt"];
  if (ca === undefined)
    throw new PlainFailure(`ConfigMap ${namespace}/${name} with the certificate authority is missing.`);
  return ca;
}

/**
 * Runs one query through a port-forward on loopback, with the server verified by name and authority (`verify-full`).
 *
 * @returns the rows
 */
export async function query(
  kubernetes: Kubernetes,
  address: ServiceAddress,
  connection: Connection,
  sql: string,
  values: readonly unknown[] = [],
): Promise<Record<string, unknown>[]> {
  const forward = await kubernetes.forward(address.namespace, address.service, connection.port);
  const client = new Client({
    host: "127.0.0.1",
    port: forward.port,
    database: connection.database,
    user: connection.user,
    password: connection.password,
    ssl: { ca: connection.ca, servername: connection.host, rejectUnauthorized: true },
    connectionTimeoutMillis: patience,
    query_timeout: patience,
  });
  // Without a listener a connection lost between two calls would end the process.
  client.on("error", () => undefined);
  try {
    await client.connect();
    return (await client.query<Record<string, unknown>>(sql, [...values])).rows;
  } finally {
    await client.end().catch(() => undefined);
    await forward.close();
  }
}
