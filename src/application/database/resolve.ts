import { merge } from "../../merge";
import type { PostgresInstanceArgs } from "../../instance/args";
import type { InstanceReference } from "../../instance/reference";
import { present } from "../../present";
import { hostFor } from "../checks";
import {
  type DatabaseNames,
  databaseNames,
  defaultOwner,
  groupRoles,
  ownerCredentials,
  ownInstanceName,
} from "../names";
import type { MigratedDatabase } from "../migration/render";
import type { DatabasePlan } from "../plan";
import type { DatabaseReference } from "../reference";
import { Through } from "../through";
import type { DatabaseArgs } from "./args";

/** Sessions of an application that says nothing: the size of most drivers' pools. */
export const defaultConnections = 10;

const defaultSchemas = ["public"];

/** From this major on `public` belongs to the owner of the database. Source: PostgreSQL 15 release notes, E.19.2. */
const ownedPublicSince = 15;

/** Schemas that are not there with the right owner by themselves. */
export function schemasToMake(schemas: readonly string[], major: number): string[] {
  return schemas.filter(schema => schema !== "public" || major < ownedPublicSince);
}

/** A database with every default filled in. */
export interface ResolvedDatabase {
  instance: InstanceReference;
  plan: DatabasePlan;
  names: DatabaseNames;
  reference: DatabaseReference;
  /** It was made together with the instance: neither database nor owner are made here. */
  ofInstance: boolean;
  /** Secret with the login that Jobs use, in the namespace of the instance. */
  ownerSecret: string;
  /** Namespace of the application. */
  namespace: string;
  /** Name of the application's Secret. */
  secret: string;
  /** DNS name that the application connects to. */
  host: string;
}

/** Name of the database. */
export function databaseName(resource: string, args: DatabaseArgs): string {
  return args.name ?? resource;
}

/** Role that owns it. */
export function ownerName(resource: string, args: DatabaseArgs): string {
  return args.owner ?? defaultOwner(databaseName(resource, args));
}

/** Name of the application's Secret. */
export function secretNameOf(resource: string, args: DatabaseArgs): string {
  return args.secretName ?? ownerCredentials(databaseName(resource, args));
}

/** Sessions that are counted; those of a pooler's clients are the pooler's. */
export function countedConnections({
  pooler,
  connections,
}: {
  pooler?: boolean;
  connections?: number;
}): number {
  return pooler === true ? 0 : (connections ?? defaultConnections);
}

/** Arguments of the instance of its own. */
export function ownInstanceArgs(resource: string, args: DatabaseArgs): PostgresInstanceArgs {
  const {
    instanceArgs = {},
    storageSize,
    extensions,
    schemas,
    deletion,
    password,
    namespace = "default",
  } = args;
  const name = databaseName(resource, args);
  const instance = ownInstanceName(name);
  const storage =
    storageSize === undefined ? instanceArgs.storage : merge({ size: storageSize }, instanceArgs.storage);
  const major = Number(instanceArgs.version?.split(".")[0] ?? ownedPublicSince);
  const own = schemasToMake(schemas ?? defaultSchemas, major);
  return {
    ...instanceArgs,
    name: instance,
    namespace,
    database: name,
    owner: ownerName(resource, args),
    ...present({ storage, password }),
    extensions: [...new Set([...(instanceArgs.extensions ?? []), ...(extensions ?? [])])],
    schemas: [...new Set([...(instanceArgs.schemas ?? []), ...own])],
    ...(deletion === undefined ? {} : { deletion: { ...deletion, confirm: instance } }),
  };
}

/** A database that is made in a shared instance. */
export function databasePlan(resource: string, args: DatabaseArgs): DatabasePlan {
  const database = databaseName(resource, args);
  return {
    database,
    owner: ownerName(resource, args),
    groups: groupRoles(database),
    schemas: args.schemas ?? defaultSchemas,
    extensions: args.extensions ?? [],
    connectionLimit: args.connectionLimit ?? -1,
    ...(args.locale === undefined ? {} : { locale: { template: "template0", ...args.locale } }),
    reclaim: args.deletion === undefined ? "retain" : "delete",
  };
}

/** Fills in the defaults. The arguments must have passed validation. */
export function resolveDatabase(
  resource: string,
  args: DatabaseArgs,
  instance: InstanceReference,
): ResolvedDatabase {
  const made = databasePlan(resource, args);
  const names = databaseNames(instance, made.database);
  const ofInstance = args.ofInstance === true || args.instance === undefined;
  const plan = ofInstance ? { ...made, owner: instance.owner, extensions: [] } : made;
  const { database, owner, groups, schemas } = plan;
  const ownerSecret = ofInstance ? instance.passwordSecret : names.ownerSecret;
  const through = args.through ?? Through.Cluster;
  return {
    instance,
    names,
    ofInstance,
    ownerSecret,
    plan,
    reference: { instance, database, owner, ownerSecret, groups, schemas, through },
    namespace: args.namespace ?? "default",
    secret: secretNameOf(resource, args),
    host: hostFor(instance, args),
  };
}

/** What changes of its schema depend on. */
export function migratedDatabase({
  instance,
  plan,
  names,
  ofInstance,
  ownerSecret,
}: ResolvedDatabase): MigratedDatabase {
  return {
    instance,
    database: plan.database,
    login: ownerSecret,
    url: ofInstance
      ? { secret: instance.connectionSecret, key: "uri" }
      : { secret: names.ownerSecret, key: "DATABASE_URL" },
    account: names.account,
  };
}
