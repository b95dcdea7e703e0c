import type { PropertyMap } from "../protocol/property";
import { databaseOwner, lockDatabase, lockRole, readGranted, roleNumber, schemaOwner } from "./catalog";
import { withRolesGranted } from "./membership";
import { privilegesOf, samePrivileges } from "./privileges";
import { isTrue, text, texts } from "./resource";
import type { PostgresqlResource } from "./resource";
import type { Session } from "./server";
import { identifier } from "./sql";

/** Privileges of a role on a database, a schema, or tables or sequences of a schema: exactly these. */
export const grant: PostgresqlResource = {
  deleteBeforeReplace: true,
  fields: {
    role: { kind: "text", required: true, replaces: true },
    database: { kind: "text", required: true, replaces: true },
    schema: { kind: "text", replaces: true },
    objectType: {
      kind: "text",
      required: true,
      replaces: true,
      choices: ["database", "schema", "table", "sequence"],
    },
    objects: { kind: "set", replaces: true },
    privileges: { kind: "set", required: true },
    withGrantOption: { kind: "flag", fallback: false, replaces: true },
  },

  async create(server, wanted) {
    refuseContradictions(wanted);
    await server.transaction(text(wanted, "database"), session => regrant(session, wanted, wanted));
    return idOf(wanted);
  },

  async read(server, _id, state) {
    if (text(state, "role") === "") throw new Error("A grant cannot be imported.");
    return readGranted(server, state, async session => {
      const grants = await granted(session, state);
      const differing = grants.find(privileges => !samePrivileges(state, privileges));
      return differing === undefined ? state : { ...state, privileges: differing };
    });
  },

  async update(server, old, wanted) {
    refuseContradictions(wanted);
    await server.transaction(text(wanted, "database"), session => regrant(session, old, wanted));
    return idOf(wanted);
  },

  async delete(server, state) {
    await server.transaction(text(state, "database"), session =>
      asOwners(session, state, async () => void (await session.query(revokeStatement(state)))),
    );
  },
};

function refuseContradictions(wanted: PropertyMap): void {
  const objectType = text(wanted, "objectType");
  if (text(wanted, "schema") === "" && objectType !== "database")
    throw new Error(`schema is missing: it is needed where objectType is ${objectType}`);
  if (texts(wanted, "objects").length > 0 && !isInSchema(objectType))
    throw new Error("objects can only be given where objectType is table or sequence");
  privilegesOf(wanted);
}

const isInSchema = (objectType: string): boolean => objectType === "table" || objectType === "sequence";

/** Everything is taken away and given anew in one transaction, so that nobody sees the role without. */
async function regrant(session: Session, old: PropertyMap, wanted: PropertyMap): Promise<void> {
  await asOwners(session, wanted, async () => {
    await session.query(revokeStatement(old));
    const statement = grantStatement(wanted);
    if (statement !== undefined) await session.query(statement);
  });
}

/** Only owners give privileges, so their roles are lent, except that of a database. */
async function asOwners(session: Session, state: PropertyMap, run: () => Promise<void>): Promise<void> {
  const [objectType, schema] = [text(state, "objectType"), text(state, "schema")];
  await lockRole(session, text(state, "role"));
  if (objectType === "database") {
    await lockDatabase(session, text(state, "database"));
    return run();
  }
  const owner = await schemaOwner(session, schema);
  if (owner === undefined)
    throw new Error(`there is no schema ${schema} in database ${text(state, "database")}`);
  const owners = new Set([owner === "pg_database_owner" ? await databaseOwner(session) : owner]);
  if (isInSchema(objectType)) for (const one of await tableOwners(session, schema)) owners.add(one);
  return withRolesGranted(session, [...owners], run);
}

async function tableOwners(session: Session, schema: string): Promise<string[]> {
  const rows = await session.query(
    "SELECT DISTINCT tableowner::text AS owner FROM pg_catalog.pg_tables WHERE schemaname = $1",
    [schema],
  );
  return rows.map(row => String(row["owner"]));
}

/** The statement that grants; undefined where there is nothing to grant. */
export function grantStatement(wanted: PropertyMap): string | undefined {
  const privileges = privilegesOf(wanted);
  if (privileges.length === 0) return undefined;
  const option = isTrue(wanted, "withGrantOption") ? " WITH GRANT OPTION" : "";
  return `GRANT ${privileges.join(", ")} ON ${target(wanted)} TO ${identifier(text(wanted, "role"))}${option}`;
}

/** The statement that takes back. Of objects by name only what was granted, because privileges on their columns would go as well. */
export function revokeStatement(old: PropertyMap): string {
  const named = texts(old, "objects").length > 0 ? privilegesOf(old) : [];
  const privileges = named.length > 0 ? named.join(", ") : "ALL PRIVILEGES";
  return `REVOKE ${privileges} ON ${target(old)} FROM ${identifier(text(old, "role"))}`;
}

function target(state: PropertyMap): string {
  const [objectType, schema] = [text(state, "objectType"), text(state, "schema")];
  if (objectType === "database") return `DATABASE ${identifier(text(state, "database"))}`;
  if (objectType === "schema") return `SCHEMA ${identifier(schema)}`;
  if (!isInSchema(objectType))
    throw new Error(`object type ${objectType} is not served by the stand-in plugin`);
  const keyword = objectType.toUpperCase();
  const objects = texts(state, "objects").map(object => `${identifier(schema)}.${identifier(object)}`);
  return objects.length > 0
    ? `${keyword} ${objects.join(", ")}`
    : `ALL ${keyword}S IN SCHEMA ${identifier(schema)}`;
}

/** What the role has: on the database, on the schema, or on each of the objects. */
async function granted(session: Session, state: PropertyMap): Promise<string[][]> {
  const [objectType, schema] = [text(state, "objectType"), text(state, "schema")];
  const grantee = await roleNumber(session, text(state, "role"));
  const list = (acl: string): string =>
    `ARRAY(SELECT privilege_type::text FROM pg_catalog.aclexplode(${acl}) WHERE grantee = $1 ORDER BY 1) AS privileges`;
  const rows =
    objectType === "database"
      ? await session.query(`SELECT ${list("datacl")} FROM pg_catalog.pg_database WHERE datname = $2`, [
          grantee,
          text(state, "database"),
        ])
      : objectType === "schema"
        ? await session.query(`SELECT ${list("nspacl")} FROM pg_catalog.pg_namespace WHERE nspname = $2`, [
            grantee,
            schema,
          ])
        : await session.query(
            `SELECT relname::text AS name, ${list("relacl")} FROM pg_catalog.pg_class ` +
              "WHERE relnamespace = (SELECT oid FROM pg_catalog.pg_namespace WHERE nspname = $2) AND relkind = $3",
            [grantee, schema, objectType === "table" ? "r" : "S"],
          );
  const objects = texts(state, "objects");
  return rows
    .filter(row => objects.length === 0 || objects.includes(String(row["name"])))
    .map(row => row["privileges"] as string[]);
}

function idOf(state: PropertyMap): string {
  const schema = text(state, "objectType") === "database" ? [] : [text(state, "schema")];
  const parts = [text(state, "role"), text(state, "database"), ...schema, text(state, "objectType")];
  return [...parts, ...texts(state, "objects")].join("_");
}
