import type * as pulumi from "@pulumi/pulumi";
import type { Manifest } from "../../cnpg/object";
import { databaseByProvider } from "../provider/database";
import { serverOptions, waitingPassword } from "../server-provider";
import { sqlJobSeconds } from "../sql-job";
import { Through } from "../through";
import type { DatabaseParts } from "./parts";
import type { OwnerLogin } from "./owner-login";
import { migrationFiles, migrationJob, migrationSeconds } from "../migration/render";
import { makeLastBackup, takesLastBackup } from "./final-backup";
import { databasePlan, migratedDatabase } from "./resolve";
import { databaseManifest, grantJob, roleManifests } from "./render";

/**
 * What is made in the server: roles, the database, and the rights in it.
 * @returns what an application has to wait for
 */
export function makeServerSide(parts: DatabaseParts, login: OwnerLogin): pulumi.Resource[] {
  const { args, children, resolved, account } = parts;
  const last = takesLastBackup(args, parts.plain) ? makeLastBackup(parts) : [];
  if (args.through === Through.Provider) return migrated(parts, makeByProvider(parts, login, last), login);
  const role = (purpose: "owner" | "readonly" | "readwrite"): pulumi.Resource =>
    children.owned(
      purpose,
      "DatabaseRole",
      resolved.apply(of => roleManifests(of, args)[purpose] as Manifest),
      account,
      [...login.secrets, ...last],
    );
  const owner = isMade(parts) ? [role("owner")] : [];
  const groups = [role("readonly"), role("readwrite")];
  const database = isMade(parts) ? [makeDatabase(parts, [...owner, ...groups])] : [];
  const before: pulumi.Resource[] = [account, ...login.secrets, ...owner, ...groups, ...database];
  const grants = children.job(
    "grants",
    resolved.apply(of => grantJob(of, args)),
    sqlJobSeconds,
    before,
  );
  return migrated(parts, [...before, grants], login);
}

/** What an application has to wait for, and the changes of the schema after it. */
function migrated(parts: DatabaseParts, made: pulumi.Resource[], login: OwnerLogin): pulumi.Resource[] {
  const { args, children, resolved, account } = parts;
  const { migrations } = args;
  if (migrations === undefined) return made;
  const of = resolved.apply(migratedDatabase);
  const { files } = migrations;
  const content = files && of.apply(known => migrationFiles(known, args, files));
  const configMaps =
    content === undefined
      ? []
      : [children.configMap("migrations", content.metadata, content.data, [account])];
  const job = children.job(
    "migrate",
    of.apply(known => migrationJob(known, args, migrations)),
    migrationSeconds(migrations) + 60,
    [...made, ...login.secrets, ...configMaps],
  );
  return [...made, job];
}

/** Whether database and owner are made here, and not together with the instance. */
function isMade({ args }: DatabaseParts): boolean {
  return args.instance !== undefined && args.ofInstance !== true;
}

function makeDatabase(
  { args, children, resolved, account }: DatabaseParts,
  dependsOn: pulumi.Resource[],
): pulumi.Resource {
  return children.owned(
    "database-object",
    "Database",
    resolved.apply(of => databaseManifest(of, args) as Manifest),
    account,
    dependsOn,
  );
}

/** The same through Pulumi's PostgreSQL provider. */
function makeByProvider(
  { name, args, children, resolved, account }: DatabaseParts,
  login: OwnerLogin,
  needs: pulumi.Resource[],
): pulumi.Resource[] {
  const password = waitingPassword(login.password, resolved);
  return databaseByProvider(
    name,
    databasePlan(name, args),
    password,
    serverOptions("Database", children, [account, ...needs]),
  );
}
