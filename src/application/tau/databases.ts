import type * as pulumi from "@pulumi/pulumi";
import { merge } from "../../merge";
import { present } from "../../present";
import { Access } from "../access";
import type { DatabaseArgs } from "../database/args";
import { defaultConnections } from "../database/resolve";
import type { DatabaseLinkArgs } from "../link/args";
import type { DatabaseReference } from "../reference";
import type { ApplicationDatabaseArgs, TauApplicationArgs } from "./args";

/** One database of an application. */
export interface DeclaredDatabase {
  /** The argument that declares it. */
  path: string;
  /** Name of the entry; undefined of the first. */
  entry?: string;
  /** Before the names of its environment variables. */
  prefix: string;
  options: ApplicationDatabaseArgs;
}

/** The databases that an application has. */
export function declaredDatabases({ database, databases = {} }: TauApplicationArgs): DeclaredDatabase[] {
  const all = [
    ...(database === undefined ? [] : [{ path: "database", prefix: "", options: database }]),
    ...Object.entries(databases).map(([entry, options]) => ({
      path: `databases.${entry}`,
      entry,
      prefix: `${entry.replaceAll("-", "_").toUpperCase()}_`,
      options,
    })),
  ];
  return all.filter(({ options }) => options.enabled);
}

/** Whether the application logs in by a role of its own, and not as the owner. */
export function hasOwnLink({ existing, access = Access.Owner, rotation }: ApplicationDatabaseArgs): boolean {
  return existing !== undefined || access !== Access.Owner || rotation !== undefined;
}

/** Name of the database. */
export function databaseNameOf(
  application: string,
  { name }: ApplicationDatabaseArgs,
  entry?: string,
): string {
  return name ?? [application, ...(entry === undefined ? [] : [entry])].join("_").replaceAll("-", "_");
}

/** What every pod of the application has, and nothing else. */
export function podLabels(application: string): Record<string, string> {
  return { app: application };
}

function connectionsOf({ replicas = 1 }: TauApplicationArgs, options: ApplicationDatabaseArgs): number {
  return options.connections ?? defaultConnections * Math.max(1, replicas);
}

/** Arguments of the database of an application. */
export function databaseArgsOf(
  application: string,
  args: TauApplicationArgs,
  options: ApplicationDatabaseArgs,
  entry?: string,
): DatabaseArgs {
  const { extensions, schemas, storageSize, instance, ofInstance, backup, instanceArgs, deletion } = options;
  const { migrations } = options;
  const own = merge(backup === undefined ? undefined : { backup }, instanceArgs);
  const asOwner = hasOwnLink(options)
    ? // Nobody but Jobs logs in as the owner.
      { connections: 1 }
    : {
        connections: connectionsOf(args, options),
        pods: { labels: podLabels(application) },
        ...present({
          pooler: options.pooler,
          sslMode: options.sslMode,
          environmentNames: options.environmentNames,
        }),
      };
  return {
    name: databaseNameOf(application, options, entry),
    namespace: args.namespace ?? "default",
    ...present({
      extensions,
      schemas,
      storageSize,
      instance,
      ofInstance,
      instanceArgs: own,
      deletion,
      migrations,
    }),
    ...present({ password: options.password, jobs: args.jobs, labels: args.labels }),
    ...asOwner,
  } as DatabaseArgs;
}

/** Arguments of the link of an application to its database. */
export function linkArgsOf(
  application: string,
  args: TauApplicationArgs,
  options: ApplicationDatabaseArgs,
  prefix: string,
  database?: pulumi.Input<DatabaseReference>,
): DatabaseLinkArgs {
  const { existing, access, rotation, pooler, sslMode, environmentNames, password } = options;
  const workloads = args.image === undefined ? [] : [{ name: application }];
  return {
    database: (database ?? existing) as pulumi.Input<DatabaseReference>,
    application,
    namespace: args.namespace ?? "default",
    access: access ?? (existing === undefined ? Access.Owner : Access.ReadWrite),
    connections: connectionsOf(args, options),
    pods: { labels: podLabels(application) },
    ...(rotation === undefined ? {} : { rotation: { workloads, ...rotation } }),
    ...(existing === undefined ? {} : present({ password })),
    ...(prefix === "" ? {} : { environmentPrefix: prefix }),
    ...present({ pooler, sslMode, environmentNames, jobs: args.jobs, labels: args.labels }),
  };
}
