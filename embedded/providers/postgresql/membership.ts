import { currentUser, isSuperuser } from "./catalog";
import type { Session } from "./server";
import { identifier } from "./sql";

/** The roles that a role is a member of. */
export async function membershipsOf(session: Session, role: string): Promise<string[]> {
  const rows = await session.query(
    "SELECT DISTINCT pg_catalog.pg_get_userbyid(roleid)::text AS role FROM pg_catalog.pg_auth_members " +
      "WHERE member = (SELECT oid FROM pg_catalog.pg_roles WHERE rolname = $1) ORDER BY 1",
    [role],
  );
  return rows.map(row => String(row["role"]));
}

export async function grantMembership(session: Session, role: string, member: string): Promise<void> {
  await session.query(`GRANT ${identifier(role)} TO ${identifier(member)}`);
}

export async function revokeMembership(session: Session, role: string, member: string): Promise<void> {
  await session.query(`REVOKE ${identifier(role)} FROM ${identifier(member)}`);
}

/**
 * Runs something as a member of the roles, and ends the memberships that it was given for that. A superuser needs none, and can be lent to
 * nobody.
 */
export async function withRolesGranted<T>(
  session: Session,
  roles: readonly string[],
  run: () => Promise<T>,
): Promise<T> {
  const user = await currentUser(session);
  if (await isSuperuser(session, user)) return run();
  const lent: string[] = [];
  const giveBack = async (): Promise<void> => {
    for (const role of lent) await revokeMembership(session, role, user);
  };
  try {
    for (const role of new Set(roles)) {
      if (role === user || (await isSuperuser(session, role)) || (await maySet(session, role, user)))
        continue;
      await grantMembership(session, role, user);
      lent.push(role);
    }
    const result = await run();
    await giveBack();
    return result;
  } catch (error) {
    // In a transaction this fails too, and the rollback does it.
    await giveBack().catch(() => undefined);
    throw error;
  }
}

/** Whether the user can act as the role. Since PostgreSQL 16 the maker of a role administers it, which is not enough. */
async function maySet(session: Session, role: string, user: string): Promise<boolean> {
  const [row] = await session.query(
    "SELECT pg_catalog.to_jsonb(m) AS membership FROM pg_catalog.pg_auth_members m " +
      "WHERE pg_catalog.pg_get_userbyid(roleid) = $1 AND pg_catalog.pg_get_userbyid(member) = $2 " +
      "AND COALESCE((pg_catalog.to_jsonb(m) ->> 'set_option')::boolean, true)",
    [role, user],
  );
  return row !== undefined;
}
