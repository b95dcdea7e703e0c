import type { PropertyMap } from "../protocol/property";
import { lockRole, readGranted, roleNumber } from "./catalog";
import { withRolesGranted } from "./membership";
import { privilegesOf, samePrivileges } from "./privileges";
import { isTrue, text } from "./resource";
import type { PostgresqlResource } from "./resource";
import type { Server, Session } from "./server";
import { identifier } from "./sql";

/** Kinds of objects, as the catalog names them. */
const kinds: Readonly<Record<string, string>> = { table: "r", sequence: "S", function: "f", type: "T" };

/** Privileges of a role on objects that an owner will create. */
export const defaultPrivileges: PostgresqlResource = {
  fields: {
    role: { kind: "text", required: true, replaces: true },
    database: { kind: "text", required: true, replaces: true },
    owner: { kind: "text", required: true, replaces: true },
    schema: { kind: "text", replaces: true },
    objectType: { kind: "text", required: true, replaces: true, choices: Object.keys(kinds) },
    privileges: { kind: "set", required: true },
    withGrantOption: { kind: "flag", fallback: false, replaces: true },
  },

  async create(server, wanted) {
    if (isTrue(wanted, "withGrantOption") && text(wanted, "role").toLowerCase() === "public")
      throw new Error("withGrantOption cannot be true for role public");
    const statement = grantStatement(wanted);
    await asOwner(server, wanted, async session => {
      await session.query(revokeStatement(wanted));
      if (statement !== undefined) await session.query(statement);
    });
    return idOf(wanted);
  },

  async read(server, _id, state) {
    if (text(state, "role") === "") throw new Error("Default privileges cannot be imported.");
    return readGranted(server, state, async session => {
      const privileges = await granted(session, state);
      if (samePrivileges(state, privileges)) return state;
      return privileges.length === 0 ? undefined : { ...state, privileges };
    });
  },

  async update(server, _old, wanted) {
    return defaultPrivileges.create(server, wanted);
  },

  async delete(server, state) {
    await asOwner(server, state, async session => void (await session.query(revokeStatement(state))));
  },
};

async function asOwner(
  server: Server,
  state: PropertyMap,
  run: (session: Session) => Promise<void>,
): Promise<void> {
  const owner = text(state, "owner");
  await server.transaction(text(state, "database"), async session => {
    await lockRole(session, owner);
    await withRolesGranted(session, [owner], () => run(session));
  });
}

/** The statement that grants; undefined where there is nothing to grant. */
export function grantStatement(wanted: PropertyMap): string | undefined {
  const privileges = privilegesOf(wanted);
  if (privileges.length === 0) return undefined;
  const option = isTrue(wanted, "withGrantOption") ? " WITH GRANT OPTION" : "";
  return `${scope(wanted)} GRANT ${privileges.join(", ")} ON ${objects(wanted)} TO ${identifier(text(wanted, "role"))}${option}`;
}

/** The statement that takes everything back. */
export function revokeStatement(state: PropertyMap): string {
  return `${scope(state)} REVOKE ALL ON ${objects(state)} FROM ${identifier(text(state, "role"))}`;
}

function scope(state: PropertyMap): string {
  const schema = text(state, "schema");
  const where = schema === "" ? "" : ` IN SCHEMA ${identifier(schema)}`;
  return `ALTER DEFAULT PRIVILEGES FOR ROLE ${identifier(text(state, "owner"))}${where}`;
}

function objects(state: PropertyMap): string {
  const objectType = text(state, "objectType");
  if (kinds[objectType] === undefined)
    throw new Error(`object type ${objectType} is not served by the stand-in plugin`);
  return `${objectType.toUpperCase()}S`;
}

async function granted(session: Session, state: PropertyMap): Promise<string[]> {
  const rows = await session.query(
    "SELECT privilege_type::text AS privilege FROM pg_catalog.pg_default_acl d, pg_catalog.aclexplode(defaclacl) " +
      "WHERE grantee = $1 AND defaclobjtype = $2 AND pg_catalog.pg_get_userbyid(defaclrole) = $3 AND defaclnamespace = " +
      "COALESCE((SELECT oid FROM pg_catalog.pg_namespace WHERE nspname = $4), 0) ORDER BY 1",
    [
      await roleNumber(session, text(state, "role")),
      kinds[text(state, "objectType")],
      text(state, "owner"),
      text(state, "schema"),
    ],
  );
  return rows.map(row => String(row["privilege"]));
}

function idOf(state: PropertyMap): string {
  const schema = text(state, "schema") || "noschema";
  return [
    text(state, "role"),
    text(state, "database"),
    schema,
    text(state, "owner"),
    text(state, "objectType"),
  ].join("_");
}
