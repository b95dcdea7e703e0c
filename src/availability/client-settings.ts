/**
 * With these a client notices within about ten seconds that its server is gone, and does not take a server for the primary that is none
 * any more. Without them it waits for an answer as long as the kernel sends the packet again: a quarter of an hour. A server process that
 * ends closes its connections and needs none of this; a pod or node that vanishes does not.
 */

/** By the names of libpq, which drivers over libpq (psql, psycopg, ruby-pg, PHP, …) take as they are. Source: PostgreSQL 18, libpq, 32.1.2. */
export const libpqSettings = {
  /** Seconds for one attempt to connect, with TLS and login. */
  connect_timeout: "5",
  /** Milliseconds that what was sent may stay unanswered by the other side's kernel. Not on Windows and macOS, which ignore it. */
  tcp_user_timeout: "10000",
  /** A client that waits for an answer asks the other side's kernel whether it is there. */
  keepalives: "1",
  /** Seconds of silence before it asks. */
  keepalives_idle: "5",
  /** Seconds between two questions. */
  keepalives_interval: "2",
  /** Questions without an answer after which the connection is dead. */
  keepalives_count: "3",
  /** A server that takes no writes, such as a former primary that stops, is refused at the login. */
  target_session_attrs: "read-write",
} as const;

/**
 * By the names of pgjdbc. `socketTimeout` is left out: it ends every statement that takes longer, not only those whose server is gone.
 * Source: pgjdbc 42.7, connection parameters.
 */
export const jdbcSettings = {
  /** Seconds for the TCP connection. */
  connectTimeout: "5",
  /** Seconds for connection, TLS and login together. */
  loginTimeout: "10",
  tcpKeepAlive: "true",
  targetServerType: "primary",
} as const;

/** As the query of a URL. */
export function query(settings: Readonly<Record<string, string>>): string {
  return Object.entries(settings)
    .map(([name, value]) => `${encodeURIComponent(name)}=${encodeURIComponent(value)}`)
    .join("&");
}
