import type * as core from "@pulumi/kubernetes/core/v1";
import type * as pulumi from "@pulumi/pulumi";
import type { BindingMount, BindingVariable, BindingVolume } from "../credentials";
import type { DatabaseReference } from "../reference";
import type { DatabaseArgs } from "./args";
import { Database } from "./component";

/** What {@link createDatabase} is told: the arguments of a {@link Database} with its name. */
export interface DatabaseConfig extends DatabaseArgs {
  /** Name of the database, and of the resource. */
  name: string;
}

/** What {@link createDatabase} gives: how to log in, and what a pod needs for it. */
export interface DatabaseResult {
  /** What the Secret has as `DATABASE_URL` (secret). */
  connectionString: pulumi.Output<string>;
  /** DNS name of the server inside the cluster. */
  host: pulumi.Output<string>;
  port: pulumi.Output<number>;
  /** Name of the database. */
  database: string;
  /** Role that owns it. */
  username: pulumi.Output<string>;
  /** Password of that role (secret). */
  password: pulumi.Output<string>;
  /** The Secret in the namespace of the application. */
  secret: core.Secret;
  /** Variables for the application's containers, read from the Secret. */
  environment: pulumi.Output<BindingVariable[]>;
  /** Volume for the application's pods, with the certificate that `verify-full` needs. */
  volumes: pulumi.Output<BindingVolume[]>;
  /** Where the application's containers mount it. */
  volumeMounts: pulumi.Output<BindingMount[]>;
  /** For links to the database. */
  reference: pulumi.Output<DatabaseReference>;
  /** The component, for `dependsOn`. */
  component: Database;
}

/**
 * One call gives an application its database: `new Database(config.name, config, opts)` with its outputs by the names that the rest of a program
 * uses.
 *
 * @example
 * const shop = createDatabase({ name: "shop", namespace: "shop", extensions: ["uuid-ossp", "pgcrypto"] });
 * @throws ArgumentError naming each wrong argument, before anything is created.
 */
export function createDatabase(
  config: DatabaseConfig,
  opts?: pulumi.ComponentResourceOptions,
): DatabaseResult {
  const component = new Database(config.name, config, opts);
  const { connectionString, host, port, username, password, secret } = component;
  const { environment, volumes, volumeMounts, reference } = component;
  return {
    connectionString,
    host,
    port,
    database: config.name,
    username,
    password,
    secret,
    environment,
    volumes,
    volumeMounts,
    reference,
    component,
  };
}
