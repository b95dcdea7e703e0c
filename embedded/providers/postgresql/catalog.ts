import type { PropertyMap } from "../protocol/property";
import { text } from "./resource";
import type { Server, Session } from "./server";

/** The first value of the first row, or undefined. */
async function first(session: Session, query: string, values: readonly unknown[] = []): Promise<unknown> {
  const [row] = await session.query(query, values);
  return row === undefined ? undefined : Object.values(row)[0];
}

export async function databaseExists(session: Session, database: string): Promise<boolean> {
  return (
    (await first(session, "SELECT 1 FROM pg_catalog.pg_database WHERE datname = $1", [database])) !==
    undefined
  );
}

export async function roleExists(session: Session, role: string): Promise<boolean> {
  return (await first(session, "SELECT 1 FROM pg_catalog.pg_roles WHERE rolname = $1", [role])) !== undefined;
}

/**
 * Reads what a role was granted, in the database that it is about.
 * @returns undefined when role, database or schema is gone, and with it whatever was granted
 */
export async function readGranted(
  server: Server,
  state: PropertyMap,
  read: (session: Session) => Promise<PropertyMap | undefined>,
): Promise<PropertyMap | undefined> {
  const [role, database, schema] = [text(state, "role"), text(state, "database"), text(state, "schema")];
  const there = await server.session(
    undefined,
    async session =>
      (await databaseExists(session, database)) && (role === "public" || (await roleExists(session, role))),
  );
  if (!there) return undefined;
  return server.session(database, async session => {
    if (schema !== "" && (await schemaOwner(session, schema)) === undefined) return undefined;
    return read(session);
  });
}

/** The owner of a schema; undefined when there is no such schema. */
export async function schemaOwner(session: Session, schema: string): Promise<string | undefined> {
  const owner = await first(
    session,
    "SELECT pg_catalog.pg_get_userbyid(nspowner) FROM pg_catalog.pg_namespace WHERE nspname = $1",
    [schema],
  );
  return owner === undefined ? undefined : String(owner);
}

export async function databaseOwner(session: Session): Promise<string> {
  const query =
    "SELECT pg_catalog.pg_get_userbyid(datdba) FROM pg_catalog.pg_database WHERE datname = pg_catalog.current_database()";
  return String(await first(session, query));
}

export async function currentUser(session: Session): Promise<string> {
  return String(await first(session, "SELECT current_user::text"));
}

export async function isSuperuser(session: Session, role: string): Promise<boolean> {
  return (
    (await first(session, "SELECT rolsuper FROM pg_catalog.pg_roles WHERE rolname = $1", [role])) === true
  );
}

/** A role's number; PUBLIC has 0. */
export async function roleNumber(session: Session, role: string): Promise<number> {
  if (role === "public") return 0;
  const oid = await first(session, "SELECT oid::bigint::text FROM pg_catalog.pg_roles WHERE rolname = $1", [
    role,
  ]);
  if (oid === undefined) throw new Error(`there is no role ${role}`);
  return Number(oid);
}

/** Until the end of the transaction nobody else changes what belongs to this role: PostgreSQL fails concurrent changes of one row. */
export async function lockRole(session: Session, role: string): Promise<void> {
  await session.query("SET LOCAL statement_timeout = 0");
  await session.query(
    "SELECT pg_catalog.pg_advisory_xact_lock(oid::bigint) FROM pg_catalog.pg_roles WHERE rolname = $1",
    [role],
  );
}

export async function lockDatabase(session: Session, database: string): Promise<void> {
  await session.query(
    "SELECT pg_catalog.pg_advisory_xact_lock(oid::bigint) FROM pg_catalog.pg_database WHERE datname = $1",
    [database],
  );
}
