import type { Manifest } from "../../cnpg/object";
import type { JobManifest } from "../../jobs/job";
import { sqlIdentifier } from "../../sql-identifier";
import { roleManifest } from "../role-manifest";
import { sqlJob } from "../sql-job";
import type { LoginLetter } from "../names";
import type { DatabaseLinkArgs } from "./args";
import type { ResolvedLink } from "./resolve";

type Common = Pick<DatabaseLinkArgs, "labels" | "annotations" | "jobs">;

/** The role of the link: its login, or what the logins of its rotation inherit. */
export function linkRoleManifest(link: ResolvedLink, common: Common): Manifest {
  const { database, application, access, names, role, logins, certificate } = link;
  return roleManifest(database.instance, common, {
    object: names.roleObject(),
    role: role.role,
    comment: `${application}: ${access} in database ${database.database}`,
    ...(certificate === undefined ? {} : { clientCertificate: true }),
    ...(logins.length === 0 && certificate === undefined ? { passwordSecret: names.loginSecret() } : {}),
    memberOf: role.memberOf === undefined ? [] : [role.memberOf],
    connectionLimit: role.connectionLimit,
    reclaim: "delete",
  });
}

/** One of the two logins of a rotation. */
export function loginManifest(link: ResolvedLink, common: Common, letter: LoginLetter): Manifest {
  const { database, application, names, logins } = link;
  const login = logins[letter === "a" ? 0 : 1];
  if (login === undefined) throw new RangeError(`Link ${application} has no rotation.`);
  return roleManifest(database.instance, common, {
    object: names.roleObject(letter),
    role: login.role,
    comment: `Login of ${application}, changed by rotation`,
    passwordSecret: names.loginSecret(letter),
    memberOf: login.memberOf === undefined ? [] : [login.memberOf],
    connectionLimit: login.connectionLimit,
    reclaim: "delete",
  });
}

/** Makes every later session of the link's login begin as the owner of the database. */
export function sessionJob(
  { database, names }: ResolvedLink,
  common: Common,
  letter?: LoginLetter,
): JobManifest {
  return sqlJob(database.instance, common, {
    database: database.database,
    statements: [`ALTER ROLE CURRENT_USER SET role TO ${sqlIdentifier(database.owner)}`],
    login: names.loginSecret(letter),
    account: names.account,
  });
}
