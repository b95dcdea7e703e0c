/** How PgBouncer reads a value: a whole number, seconds (with a fraction, where wanted), 0 or 1, or a text. */
type Form = "count" | "seconds" | "flag" | "text";

/**
 * Settings of PgBouncer that a Pooler may have, and how each is read.
 * Sources: CloudNativePG 1.30.0, internal/webhook/v1/pooler_webhook.go; PgBouncer 1.25, src/main.c.
 */
export const settings: Readonly<Record<string, Form>> = {
  application_name_add_host: "flag",
  auth_type: "text",
  autodb_idle_timeout: "seconds",
  cancel_wait_timeout: "seconds",
  client_idle_timeout: "seconds",
  client_login_timeout: "seconds",
  client_tls_ciphers: "text",
  client_tls_sslmode: "text",
  client_tls13_ciphers: "text",
  default_pool_size: "count",
  disable_pqexec: "flag",
  dns_max_ttl: "seconds",
  dns_nxdomain_ttl: "seconds",
  idle_transaction_timeout: "seconds",
  ignore_startup_parameters: "text",
  listen_backlog: "count",
  log_connections: "flag",
  log_disconnections: "flag",
  log_pooler_errors: "flag",
  log_stats: "flag",
  max_client_conn: "count",
  max_db_connections: "count",
  max_packet_size: "count",
  max_prepared_statements: "count",
  max_user_connections: "count",
  min_pool_size: "count",
  pkt_buf: "count",
  query_timeout: "seconds",
  query_wait_timeout: "seconds",
  reserve_pool_size: "count",
  reserve_pool_timeout: "seconds",
  sbuf_loopcnt: "count",
  server_check_delay: "seconds",
  server_check_query: "text",
  server_connect_timeout: "seconds",
  server_fast_close: "flag",
  server_idle_timeout: "seconds",
  server_lifetime: "seconds",
  server_login_retry: "seconds",
  server_reset_query: "text",
  server_reset_query_always: "flag",
  server_round_robin: "flag",
  server_tls_ciphers: "text",
  server_tls13_ciphers: "text",
  server_tls_protocols: "text",
  server_tls_sslmode: "text",
  stats_period: "count",
  suspend_timeout: "seconds",
  tcp_defer_accept: "text",
  tcp_socket_buffer: "count",
  tcp_keepalive: "flag",
  tcp_keepcnt: "count",
  tcp_keepidle: "count",
  tcp_keepintvl: "count",
  tcp_user_timeout: "count",
  track_extra_parameters: "text",
  verbose: "count",
};

/** Settings that have an argument of their own, and which. */
export const ownArguments: Readonly<Record<string, string>> = {
  default_pool_size: "poolSize",
  max_db_connections: "poolSize",
  max_client_conn: "maxClientConnections",
  pool_mode: "mode",
};

/**
 * What differs from PgBouncer's own defaults so that clients are served soon after a failover, also after one that was not planned.
 * - `server_login_retry` (15 s): how long a failed login is remembered; clients that ask meanwhile are refused without another try.
 * - `server_connect_timeout` (15 s): connections are made one after the other, so that one to a dead node holds up all.
 * - `tcp_keep…`, `tcp_user_timeout` (hours): when the other side is taken for dead that no longer answers.
 * - `dns_nxdomain_ttl` (15 s): how long a name that could not be looked up counts as missing.
 * - `max_prepared_statements` (0 before 1.24): prepared statements of drivers work in transaction mode.
 */
export const defaultSettings: Readonly<Record<string, string>> = {
  server_login_retry: "0.5",
  server_connect_timeout: "5",
  tcp_keepidle: "5",
  tcp_keepintvl: "2",
  tcp_keepcnt: "3",
  tcp_user_timeout: "10000",
  dns_nxdomain_ttl: "1",
  max_prepared_statements: "200",
};

const forms: Readonly<Record<Form, { pattern: RegExp; meaning: string }>> = {
  count: { pattern: /^\d{1,10}$/, meaning: "a whole number" },
  seconds: { pattern: /^\d{1,10}(\.\d+)?$/, meaning: "a number of seconds, as 30 or 0.5" },
  flag: { pattern: /^[01]$/, meaning: "0 or 1" },
  // A line break would end the setting and begin another one.
  text: { pattern: /^[^\r\n]*$/, meaning: "one line of text" },
};

/** What the value of a known setting has to be, when it is not that; undefined when it is. */
export function wrongForm(name: string, value: string): string | undefined {
  const { pattern, meaning } = forms[settings[name] ?? "text"];
  return pattern.test(value) ? undefined : meaning;
}
