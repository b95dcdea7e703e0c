import { readFileSync } from "node:fs";
import { checkServerIdentity } from "node:tls";
import type { ConnectionOptions } from "node:tls";

/** The provider's configuration that changes what we do. */
export interface Settings {
  host: string;
  port: number;
  /** The database for what belongs to the whole server. */
  database: string;
  username: string;
  password: string | undefined;
  /** Whether passwords may be read from the server. */
  superuser: boolean;
  /** Reads the authority's file, which need not be there before somebody connects. */
  tls: () => false | ConnectionOptions;
  /** Longest wait for a connection, milliseconds; 0 waits for ever. */
  connectTimeoutMs: number;
  /** Connections at a time to one database; 0 for any number. */
  maxConnections: number;
}

const served = [
  "host",
  "port",
  "database",
  "username",
  "password",
  "superuser",
  "sslmode",
  "sslrootcert",
  "connectTimeout",
  "maxConnections",
  "scheme",
  "expectedVersion",
] as const;

type Name = (typeof served)[number];

const prefix = "postgresql:config:";

/** Provider arguments and the environment variables that stand in for them, an argument winning. */
export function readSettings(variables: Map<string, string>, environment: NodeJS.ProcessEnv): Settings {
  refuseUnserved(variables);
  const given = (name: Name, variable?: string): string | undefined =>
    variables.get(prefix + name) || (variable === undefined ? undefined : environment[variable]) || undefined;
  const number = (name: Name, fallback: number, variable?: string): number => {
    const value = given(name, variable);
    if (value === undefined) return fallback;
    if (/^-?\d+$/.test(value)) return Number(value);
    throw new Error(`${name} ("${value}") is not a whole number`);
  };
  const host = given("host", "PGHOST");
  if (host === undefined) throw new Error("host is missing: the server's name or address");
  return {
    host,
    port: number("port", 5432, "PGPORT"),
    database: given("database", "PGDATABASE") ?? "postgres",
    username: given("username", "PGUSER") ?? "postgres",
    password: given("password", "PGPASSWORD"),
    superuser: (given("superuser", "PGSUPERUSER") ?? "true") === "true",
    tls: tlsOptions(host, given("sslmode", "PGSSLMODE") ?? "require", given("sslrootcert")),
    connectTimeoutMs: number("connectTimeout", 180, "PGCONNECT_TIMEOUT") * 1000,
    maxConnections: number("maxConnections", 20),
  };
}

function refuseUnserved(variables: Map<string, string>): void {
  for (const [key, value] of variables) {
    const name = key.slice(prefix.length);
    const known = (served as readonly string[]).includes(name) || name === "version";
    if (!key.startsWith(prefix) || known || value === "" || value === "false") continue;
    throw new Error(`${name} is not served by the stand-in plugin: remove it, or install the real plugin.`);
  }
  const scheme = variables.get(`${prefix}scheme`);
  if (scheme !== undefined && scheme !== "" && scheme !== "postgres")
    throw new Error(`scheme "${scheme}" is not served by the stand-in plugin: install the real plugin.`);
}

const modes = ["disable", "require", "verify-ca", "verify-full"];

/** What each `sslmode` verifies. An authority that is given is never ignored: `require` then is `verify-ca`. */
function tlsOptions(host: string, mode: string, authority: string | undefined): Settings["tls"] {
  if (!modes.includes(mode)) throw new Error(`sslmode "${mode}" is none of ${modes.join(", ")}`);
  if (mode === "disable") return () => false;
  if (mode === "require" && authority === undefined) return () => ({ rejectUnauthorized: false });
  return () => ({
    ...(authority === undefined ? {} : { ca: readFileSync(authority, "utf8") }),
    rejectUnauthorized: true,
    // Where the host is an address the driver leaves the name open, and "localhost" would be compared.
    checkServerIdentity: (_name, certificate) =>
      mode === "verify-full" ? checkServerIdentity(host, certificate) : undefined,
  });
}
