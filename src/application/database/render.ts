import { takenOver } from "../../cnpg/metadata";
import type { DatabaseSpec } from "../../cnpg/database";
import { cnpgApiVersion, type Manifest } from "../../cnpg/object";
import type { JobManifest } from "../../jobs/job";
import { grantStatements } from "../grants";
import { awaited, besideInstance } from "../metadata";
import { roleManifest } from "../role-manifest";
import { sqlJob } from "../sql-job";
import type { DatabaseArgs } from "./args";
import { type ResolvedDatabase, schemasToMake } from "./resolve";

/** What the manifests take of the arguments. */
type Common = Pick<DatabaseArgs, "labels" | "annotations" | "jobs">;

/** The role that owns the database, and the roles that links become members of. */
export function roleManifests(
  { instance, plan, names, ofInstance }: ResolvedDatabase,
  common: Common,
): Record<"owner" | "readonly" | "readwrite", Manifest | undefined> {
  const { database, owner, groups, connectionLimit, reclaim } = plan;
  const group = (purpose: "readonly" | "readwrite", role: string, what: string): Manifest =>
    roleManifest(instance, common, {
      object: names.roleObject(purpose),
      role,
      comment: `May ${what} in database ${database}`,
      reclaim,
    });
  return {
    owner: ofInstance
      ? undefined
      : roleManifest(instance, common, {
          object: names.roleObject("owner"),
          role: owner,
          comment: `Owns database ${database}`,
          passwordSecret: names.ownerSecret,
          connectionLimit,
          reclaim,
        }),
    readonly: group("readonly", groups.readOnly, "read"),
    readwrite: group("readwrite", groups.readWrite, "read and write rows"),
  };
}

/** The database itself; undefined where the instance has it already. */
export function databaseManifest(
  { instance, plan, names, ofInstance }: ResolvedDatabase,
  common: Common,
): Manifest | undefined {
  if (ofInstance) return undefined;
  const { database, owner, extensions, connectionLimit, locale, reclaim } = plan;
  const schemas = schemasToMake(plan.schemas, instance.major);
  const spec: DatabaseSpec = {
    cluster: { name: instance.clusterName },
    name: database,
    owner,
    connectionLimit,
    databaseReclaimPolicy: reclaim,
    ...locale,
    ...(extensions.length === 0 ? {} : { extensions: extensions.map(name => ({ name })) }),
    ...(schemas.length === 0 ? {} : { schemas: schemas.map(name => ({ name, owner })) }),
  };
  return {
    apiVersion: cnpgApiVersion,
    kind: "Database",
    metadata: besideInstance(instance, common, names.databaseObject, {
      annotations: { ...takenOver, ...awaited(instance.hibernated) },
    }),
    spec,
  };
}

/** The Job that grants, as the owner of the database: it can give away what is in the database and nothing else. */
export function grantJob(
  { instance, plan, names, ownerSecret }: ResolvedDatabase,
  common: Common,
): JobManifest {
  return sqlJob(instance, common, {
    database: plan.database,
    statements: grantStatements(plan),
    login: ownerSecret,
    account: names.account,
  });
}
