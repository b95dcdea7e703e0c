import type * as pulumi from "@pulumi/pulumi";
import type { JobsArgs } from "../../jobs/args";
import type { Access } from "../access";
import type { SslMode } from "../credentials";
import type { WorkloadKind } from "../rotation/request";
import type { Through } from "../through";
import type { DatabaseReference } from "../reference";

/** Names of environment variables in place of ours. */
export interface EnvironmentNames {
  /** @default "DATABASE_URL" */
  DATABASE_URL?: string;
  /** @default "DB_HOST" */
  DB_HOST?: string;
  /** @default "DB_PORT" */
  DB_PORT?: string;
  /** @default "DB_NAME" */
  DB_NAME?: string;
  /** @default "DB_USER" */
  DB_USER?: string;
  /** @default "DB_PASSWORD" */
  DB_PASSWORD?: string;
}

/** Pods of the application. */
export interface PodsArgs {
  /** Labels that they have. @default every pod of the namespace */
  labels?: Record<string, string>;
}

/** What runs the application. */
export interface WorkloadArgs {
  /** @default "Deployment" */
  kind?: WorkloadKind;
  /** Its name, in the namespace of the application. */
  name: string;
}

/**
 * Credentials that change: two logins that inherit the role of the link, of which one is in use. A rotation gives the other one a new password,
 * writes it into the Secret, rolls the workloads, and takes the former password away.
 */
export interface RotationArgs {
  /** When: five fields or words. @default only on demand: `pulumi-cnpg credentials rotate` @example "monthly 1 03:00-04:00" */
  schedule?: string;
  /** Time zone of the schedule. @default "Etc/UTC" */
  timeZone?: string;
  /** Starts no rotation by the clock. @default false */
  suspend?: boolean;
  /** What is rolled. Without any the application must read its files again by itself. @default none */
  workloads?: WorkloadArgs[];
  /** Seconds that the server must have had no session of the former login before its password is taken away. 0 to 86400. @default 30 */
  gracePeriodSeconds?: number;
  /** Seconds for each step: the server takes the password, a workload is rolled, the former login is left. 60 to 86400. @default 600 */
  timeoutSeconds?: number;
}

/** Arguments of {@link DatabaseLink}. */
export interface DatabaseLinkArgs {
  /** The database: `reference` of a {@link Database}. */
  database: pulumi.Input<DatabaseReference>;
  /**
   * Name of the application: a DNS label of at most 40 characters, unique among the links of the database. A change makes another role.
   * @default the name of the resource
   */
  application?: string;
  /** Namespace of the application, where the Secret is put. It must exist. @default "default" */
  namespace?: string;
  /** What it may do. A change takes effect with the update, also in open sessions. @default "readWrite" */
  access?: Access;
  /** Role in PostgreSQL. A change makes another role. @default "<database>_<application>" */
  role?: string;
  /** Password, at least 8 characters. Not together with `rotation`. @default a random one of 32 characters */
  password?: pulumi.Input<string>;
  /**
   * Log in by a certificate that CloudNativePG issues and renews, in place of a password: `tls.crt` and `tls.key` among the files. The application must be
   * in the namespace of the instance, whose `pgHba` needs a line such as `hostssl shop shop_web all cert`. libpq reads the key only where the
   * pod's `fsGroup` lets it. Not together with `password`, `rotation` and `pooler`. @default false
   */
  clientCertificate?: boolean;
  /** Credentials that change by the clock or on demand. Turning it on or off gives the application another login. @default none */
  rotation?: RotationArgs;
  /** Sessions that the application, with all its pods, opens at most: counted against those of the instance. @default 10 */
  connections?: number;
  /** Refuse more sessions than `connections`; pods that replace others count too while both run. @default false */
  enforceConnections?: boolean;
  /** Connect through the pooler of the instance. @default false */
  pooler?: boolean;
  /** Connect to the standbys, for applications that only read. @default false */
  standbys?: boolean;
  /** Pods that may connect. Only where the instance admits named clients only. @default every pod of `namespace` */
  pods?: PodsArgs;
  /** Name of the Secret in `namespace`. @default "<application>-<database>-postgres-credentials" */
  secretName?: string;
  /** What the URL asks the client to check. `verify-full` needs the files of `volumes`. @default "verify-full" */
  sslMode?: SslMode;
  /** Other names for the environment variables. */
  environmentNames?: EnvironmentNames;
  /** Before each name of an environment variable, for an application with several databases. @default none */
  environmentPrefix?: string;
  /** How the role is made. Must be that of the database. @default that of the database */
  through?: Through;
  /** Image of the Jobs. @default that of the instance */
  jobs?: JobsArgs;
  /** Labels of everything made. */
  labels?: Record<string, string>;
  /** Annotations of everything made. */
  annotations?: Record<string, string>;
}
