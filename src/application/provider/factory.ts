import * as pulumi from "@pulumi/pulumi";
import { ArgumentError, type ArgumentProblem } from "../../argument-error";
import type { InstanceReference } from "../../instance/reference";
import { nearest } from "../../nearest";
import { sdk } from "./sdk";

/** What the engine verifies of the server before it sends a password. */
export const SslMode = {
  /** Nothing, and nothing is encrypted: an instance refuses it unless `requireTls` is false. */
  Disable: "disable",
  /** Nothing; encrypted. */
  Require: "require",
  /** That the certificate comes from the authority; enough where the host is an address or a forwarded port. */
  VerifyCa: "verify-ca",
  /** That and the name: `host` must be one that the certificate has. */
  VerifyFull: "verify-full",
} as const;
export type SslMode = (typeof SslMode)[keyof typeof SslMode];

/** How the engine reaches an instance, and as whom. */
export interface PostgresqlProviderArgs {
  /** The instance. */
  instance: pulumi.Input<InstanceReference>;
  /**
   * Name or address of the primary as seen from where the engine runs.
   * @default the name inside the cluster
   * @example "orders.db.example.com"
   */
  host?: pulumi.Input<string>;
  /** Port there. @default the instance's, 5432 */
  port?: pulumi.Input<number>;
  /**
   * Role that manages databases and roles. It needs `CREATEDB` and `CREATEROLE`, and `createrole_self_grant = 'set, inherit'` (PostgreSQL 16 or later),
   * so that it acts for the owners it makes. Extensions that are not trusted, those that bring tables, and PostgreSQL before 16 need the superuser:
   * `superuserAccess: true` of the instance.
   * @example "manager"
   */
  username: pulumi.Input<string>;
  /** Its password; becomes a secret. */
  password: pulumi.Input<string>;
  /** Whether it is the superuser: then a refresh also sees that a role's password was taken away. @default false */
  superuser?: boolean;
  /** Database it logs in to for what belongs to the whole server. @default "postgres" */
  database?: pulumi.Input<string>;
  /** What is verified of the server. @default "verify-ca" with `sslrootcert`, "require" without */
  sslmode?: SslMode;
  /** File with the instance's certificate authority, PEM, where the engine runs: `ca.crt` of the ConfigMap `<instance>-ca`. */
  sslrootcert?: pulumi.Input<string>;
  /** Longest wait for a connection, seconds, 1 to 3600. @default 30 */
  connectTimeout?: number;
}

const defaultConnectTimeout = 30;

/**
 * Makes the provider through which `@pulumi/postgresql` manages databases of an instance. Another host or password changes it in place; nothing that it
 * made is replaced for that.
 *
 * @throws ArgumentError for a wrong argument; an Error where the package `@pulumi/postgresql` is not installed
 */
export function postgresqlProvider(
  name: string,
  args: PostgresqlProviderArgs,
  opts?: pulumi.ResourceOptions,
): pulumi.ProviderResource {
  const problems = wrongArguments(args);
  if (problems.length > 0)
    throw new ArgumentError(
      problems.map(each => ({ component: "postgresqlProvider", resource: name, ...each })),
    );
  const instance = pulumi.output(args.instance);
  return new sdk.Provider(
    name,
    {
      // Even where both are given, nothing is made before the instance is there.
      host: pulumi.all([instance, args.host]).apply(([{ host }, given]) => given ?? host),
      port: args.port ?? instance.port,
      username: args.username,
      password: pulumi.secret(args.password),
      superuser: args.superuser ?? false,
      ...(args.database === undefined ? {} : { database: args.database }),
      sslmode: args.sslmode ?? (args.sslrootcert === undefined ? SslMode.Require : SslMode.VerifyCa),
      ...(args.sslrootcert === undefined ? {} : { sslrootcert: args.sslrootcert }),
      connectTimeout: args.connectTimeout ?? defaultConnectTimeout,
    },
    opts,
  );
}

type Problem = Omit<ArgumentProblem, "component">;

/** What is wrong with the arguments, as far as they are known before anything runs. */
export function wrongArguments(args: PostgresqlProviderArgs): Problem[] {
  return [
    ...missing(args),
    ...wrongHost(args.host),
    ...wrongNumber("port", args.port, 65_535),
    ...wrongNumber("connectTimeout", args.connectTimeout, 3600),
    ...wrongTls(args),
  ];
}

function missing(args: PostgresqlProviderArgs): Problem[] {
  return (["instance", "username", "password"] as const)
    .filter(argument => args[argument] === undefined || args[argument] === "")
    .map(argument => ({ argument, problem: "is missing." }));
}

function wrongHost(host: PostgresqlProviderArgs["host"]): Problem[] {
  if (typeof host !== "string" || /^[^\s/@]+$/.test(host)) return [];
  // A URL may hold a password.
  const value = host.includes("@") ? {} : { value: host };
  return [
    {
      argument: "host",
      ...value,
      problem: "is not a name or an address.",
      remedy: 'Write for example "db.example.com".',
    },
  ];
}

function wrongNumber(argument: "port" | "connectTimeout", value: unknown, most: number): Problem[] {
  if (typeof value !== "number" || (Number.isInteger(value) && value >= 1 && value <= most)) return [];
  return [{ argument, value, problem: `is not a whole number from 1 to ${most}.` }];
}

function wrongTls({ sslmode, sslrootcert }: PostgresqlProviderArgs): Problem[] {
  if (sslmode === undefined) return [];
  const modes: string[] = Object.values(SslMode);
  if (!modes.includes(sslmode)) {
    const near = nearest(sslmode, modes);
    const remedy = `Choose one of ${modes.join(", ")}${near === undefined ? "" : `; nearest is "${near}"`}.`;
    return [{ argument: "sslmode", value: sslmode, problem: "is not one of the choices.", remedy }];
  }
  if (!sslmode.startsWith("verify-") || sslrootcert !== undefined) return [];
  const problem = "needs the authority: the instance has one of its own, which no machine knows.";
  return [{ argument: "sslmode", value: sslmode, problem, remedy: "Give sslrootcert." }];
}
