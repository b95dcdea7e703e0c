import type * as pulumi from "@pulumi/pulumi";
import type { DeletionArgs, PostgresInstanceArgs } from "../../instance/args";
import type { InstanceReference } from "../../instance/reference";
import type { JobsArgs } from "../../jobs/args";
import type { SslMode } from "../credentials";
import type { EnvironmentNames, PodsArgs } from "../link/args";
import type { MigrationsArgs } from "../migration/args";
import type { Through } from "../through";

/** Arguments of {@link Database}. Every one is optional. */
export interface DatabaseArgs {
  /**
   * Name of the database, at most 52 bytes, so that the names of its roles fit. Every character is allowed but control characters; what else
   * than letters, digits, underscores and hyphens makes the names in Kubernetes ugly. A change makes another database; the old one stays.
   * @default the name of the resource
   */
  name?: string;
  /**
   * Namespace of the application, where the Secret is put; the instance may be in another one. It must exist. A change moves the Secret.
   * @default "default"
   */
  namespace?: string;
  /** The instance it is made in: its `reference`. @default an instance of its own, `postgres-<name>`, in `namespace` */
  instance?: pulumi.Input<InstanceReference>;
  /**
   * It is the database that the instance was made with, so it is there already with its owner: only rights, Secret and links are added.
   * Needs `instance`. @default false
   */
  ofInstance?: boolean;
  /** Arguments of the instance of its own. Not together with `instance`. Name, namespace, database and owner are set. */
  instanceArgs?: PostgresInstanceArgs;
  /** Size of the volume of the instance of its own; a short form of `instanceArgs.storage.size`. @default "10Gi" */
  storageSize?: string;
  /** Role that owns the database, and that the Secret is for. A change makes another role, which becomes the owner. @default "<name>_user" */
  owner?: string;
  /**
   * Password of the owner, at least 8 characters. A change is set in the server; where the Kubernetes provider does not set
   * `enableSecretMutable` it replaces the Secrets.
   * @default a random one of 32 characters
   */
  password?: pulumi.Input<string>;
  /** Extensions that are created in the database. One that is taken out of the list stays. @example ["pgcrypto", "uuid-ossp"] */
  extensions?: string[];
  /**
   * Schemas: they are created, belong to the owner, and are what the rights of links speak of. One that is taken out of the list stays, and
   * links lose their rights in it.
   * @default ["public"]
   */
  schemas?: string[];
  /** Sessions that the database admits at a time; in a shared instance only. A change has effect on new sessions. @default no limit */
  connectionLimit?: number;
  /** Character set and collation; read once, when the database is made. In a shared instance; `instanceArgs.initdb` otherwise. */
  locale?: DatabaseLocaleArgs;
  /** Sessions that the application, with all its pods, opens at most as the owner: counted against those of the instance. @default 10 */
  connections?: number;
  /** Connect through the pooler of the instance. @default false */
  pooler?: boolean;
  /** Pods that may connect as the owner. Only where the instance admits named clients only. @default every pod of `namespace` */
  pods?: PodsArgs;
  /** Name of the Secret in `namespace`. @default "<name>-postgres-credentials" */
  secretName?: string;
  /** What the URL asks the client to check. `verify-full` needs the files of `volumes`. @default "verify-full" */
  sslMode?: SslMode;
  /** Other names for the environment variables. */
  environmentNames?: EnvironmentNames;
  /**
   * First step of removing the database with its data: from the next update on, removing the component drops database and roles. With an
   * instance of its own the whole instance is removed. Otherwise both stay when the component is removed.
   * `confirm` must repeat the name of the database.
   */
  deletion?: DeletionArgs;
  /** Changes of the schema, which are made as the owner before any application gets its credentials, or a new version begins. @default none */
  migrations?: MigrationsArgs;
  /** How roles, database and grants are made. @default "cluster" */
  through?: Through;
  /** Image of the Jobs. @default that of the instance */
  jobs?: JobsArgs;
  /** Labels of everything made. */
  labels?: Record<string, string>;
  /** Annotations of everything made. */
  annotations?: Record<string, string>;
}

/** Options of CREATE DATABASE. Without any, those of the database `template1` of the instance. */
export interface DatabaseLocaleArgs {
  /** Database that is copied; with another locale or encoding than its own it must be `template0`. @default "template0" when another member is set */
  template?: string;
  /** @example "UTF8" */
  encoding?: string;
  /** @example "de_DE.UTF-8" */
  locale?: string;
  /** `libc`, `icu` or `builtin` (from 17 on). */
  localeProvider?: string;
  /** With provider `icu`. @example "de-DE" */
  icuLocale?: string;
}
