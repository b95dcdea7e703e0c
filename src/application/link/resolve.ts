import { Access } from "../access";
import { hostFor } from "../checks";
import { defaultConnections } from "../database/resolve";
import { linkCredentials, linkNames, type LinkNames, linkRole, rotatedLogin } from "../names";
import type { LoginPlan } from "../plan";
import type { DatabaseReference } from "../reference";
import type { DatabaseLinkArgs } from "./args";

/** A link with every default filled in. */
export interface ResolvedLink {
  database: DatabaseReference;
  application: string;
  access: Access;
  names: LinkNames;
  /** Role of the link: the login itself, or with rotation the one that both logins inherit. */
  role: LoginPlan;
  /** Logins of a rotation. */
  logins: LoginPlan[];
  /** Secret with the certificate that the application shows, where it has no password. */
  certificate?: string;
  /** Namespace of the application. */
  namespace: string;
  /** Name of the application's Secret. */
  secret: string;
  /** DNS name that the application connects to. */
  host: string;
}

/** Name of the application. */
export function applicationName(resource: string, args: DatabaseLinkArgs): string {
  return args.application ?? resource;
}

/** Fills in the defaults. The arguments must have passed validation. */
export function resolveLink(
  resource: string,
  args: DatabaseLinkArgs,
  database: DatabaseReference,
): ResolvedLink {
  const application = applicationName(resource, args);
  const access = args.access ?? Access.ReadWrite;
  const plan = loginPlan(resource, args, database);
  const { role, connectionLimit } = plan;
  const names = linkNames(database.instance, database.database, application);
  return {
    database,
    application,
    access,
    names,
    // CloudNativePG names it for the DatabaseRole.
    ...(args.clientCertificate === true ? { certificate: `${names.roleObject()}-client-cert` } : {}),
    role: plan,
    logins:
      args.rotation === undefined
        ? []
        : (["a", "b"] as const).map(letter => ({
            role: rotatedLogin(role, letter),
            memberOf: role,
            connectionLimit,
          })),
    namespace: args.namespace ?? "default",
    secret: args.secretName ?? linkCredentials(database.database, application),
    host: hostFor(database.instance, args),
  };
}

/** The role of a link. */
export function loginPlan(
  resource: string,
  args: DatabaseLinkArgs,
  database: Pick<DatabaseReference, "database" | "owner" | "groups">,
): LoginPlan {
  return {
    role: args.role ?? linkRole(database.database, applicationName(resource, args)),
    memberOf: groupOf(database, args.access ?? Access.ReadWrite),
    connectionLimit: args.enforceConnections === true ? (args.connections ?? defaultConnections) : -1,
  };
}

/** Role whose rights the link inherits. */
function groupOf({ owner, groups }: Pick<DatabaseReference, "owner" | "groups">, access: Access): string {
  if (access === Access.Owner) return owner;
  return access === Access.ReadOnly ? groups.readOnly : groups.readWrite;
}
