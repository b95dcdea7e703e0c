import { createHash } from "node:crypto";
import type { InstanceReference } from "../instance/reference";

/** Longest name of an application: leaves room in 63 characters for what its Jobs put behind it. */
export const maxApplicationLength = 40;

/** Names of what a database has in Kubernetes. */
export interface DatabaseNames {
  /** ServiceAccount that owns everything made for the database, and of the Job that grants. */
  account: string;
  /** Secret with the owner's login, in the namespace of the instance. */
  ownerSecret: string;
  /** Backup that is taken before the database is removed; of one generation. */
  lastBackup: string;
  /** Database object; of one generation. */
  databaseObject: string;
  /** DatabaseRole object of a role; of one generation. */
  roleObject: (purpose: "owner" | "readonly" | "readwrite") => string;
}

/** Names of what a link has in Kubernetes. */
export interface LinkNames {
  /** ServiceAccount that owns everything made for the link, and of its rotation. */
  account: string;
  /** Secret with the login, in the namespace of the instance. */
  loginSecret: (login?: LoginLetter) => string;
  /** DatabaseRole object; of one generation. */
  roleObject: (login?: LoginLetter) => string;
  /** NetworkPolicy that lets the application in. */
  networkPolicy: string;
}

/** Which of the two logins of a link with rotation. */
export type LoginLetter = "a" | "b";

type Located = Pick<InstanceReference, "name" | "clusterName">;

/**
 * A name of SQL as a part of a name in Kubernetes: underscores become hyphens. A name that has anything else but lower case letters, digits and
 * single hyphens gets six digits of its hash behind it, so that no two names become the same.
 */
export function kubernetesName(sqlName: string): string {
  const plain = sqlName.replaceAll("_", "-");
  if (/^[a-z0-9]+(-[a-z0-9]+)*$/.test(plain)) return plain;
  const legal = plain
    .toLowerCase()
    .replace(/[^a-z0-9]+/g, "-")
    .replace(/^-|-$/g, "");
  const digits = createHash("sha256").update(sqlName).digest("hex").slice(0, 6);
  return legal === "" ? `x-${digits}` : `${legal}-${digits}`;
}

export function databaseNames({ name, clusterName }: Located, database: string): DatabaseNames {
  const short = kubernetesName(database);
  const account = `${name}-${short}-database`;
  return {
    account,
    ownerSecret: `${account}-owner`,
    lastBackup: `${clusterName}-${short}-database-last`,
    databaseObject: `${clusterName}-${short}-database`,
    roleObject: purpose => `${clusterName}-${short}-database-${purpose}`,
  };
}

export function linkNames({ name, clusterName }: Located, database: string, application: string): LinkNames {
  const short = `${kubernetesName(database)}-${application}`;
  const account = `${name}-${short}-link`;
  const login = (letter?: LoginLetter): string => (letter === undefined ? "" : `-${letter}`);
  return {
    account,
    loginSecret: letter => `${account}${login(letter)}`,
    roleObject: letter => `${clusterName}-${short}-link${login(letter)}`,
    networkPolicy: account,
  };
}

/** Name of the instance that a database gets of its own. */
export function ownInstanceName(database: string): string {
  return `postgres-${kubernetesName(database)}`;
}

/** Role that owns a database. */
export function defaultOwner(database: string): string {
  return `${database}_user`;
}

/** Secret with the login of the owner, in the namespace of the application. */
export function ownerCredentials(database: string): string {
  return `${kubernetesName(database)}-postgres-credentials`;
}

/** Secret with the login of a link, in the namespace of the application. */
export function linkCredentials(database: string, application: string): string {
  return `${application}-${ownerCredentials(database)}`;
}

/** Group roles of a database. */
export function groupRoles(database: string): { readOnly: string; readWrite: string } {
  return { readOnly: `${database}_readonly`, readWrite: `${database}_readwrite` };
}

/** Role of a link. */
export function linkRole(database: string, application: string): string {
  return `${database}_${application.replaceAll("-", "_")}`;
}

/** Login of a link with rotation. */
export function rotatedLogin(role: string, letter: LoginLetter): string {
  return `${role}_${letter}`;
}
