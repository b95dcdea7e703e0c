import type * as pulumi from "@pulumi/pulumi";
import type { Manifest } from "../../cnpg/object";
import { sqlJobSeconds } from "../sql-job";
import { Through } from "../through";
import type { DatabaseParts } from "./parts";
import type { OwnerLogin } from "./owner-login";
import { databaseManifest, grantJob, roleManifests } from "./render";

/**
 * What is made in the server: roles, the database, and the rights in it.
 * @returns what an application has to wait for
 */
export function makeServerSide(parts: DatabaseParts, login: OwnerLogin): pulumi.Resource[] {
  const { args, children, resolved, account } = parts;
  if (args.through === Through.Provider) throw new Error("not wired yet");
  const role = (purpose: "owner" | "readonly" | "readwrite"): pulumi.Resource =>
    children.owned(
      purpose,
      "DatabaseRole",
      resolved.apply(of => roleManifests(of, args)[purpose] as Manifest),
      account,
      login.secrets,
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
  return [...before, grants];
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
