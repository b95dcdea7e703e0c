import type { PropertyMap } from "../protocol/property";
import { databaseExists, databaseOwner, schemaOwner } from "./catalog";
import { withRolesGranted } from "./membership";
import { inDatabase, isTrue, text } from "./resource";
import type { PostgresqlResource } from "./resource";
import type { Server, Session } from "./server";
import { identifier } from "./sql";

/** A schema of a database. One that exists, as `public` does, is taken over. */
export const schema: PostgresqlResource = {
  fields: {
    name: { kind: "text", required: true },
    database: { kind: "text", computed: true, replaces: true },
    owner: { kind: "text", computed: true },
    ifNotExists: { kind: "flag", fallback: true },
    dropCascade: { kind: "flag", fallback: false },
  },

  async create(server, wanted) {
    const [name, owner] = [text(wanted, "name"), text(wanted, "owner")];
    await server.transaction(text(wanted, "database"), async session => {
      const lent = [await databaseOwner(session), ...(owner === "" ? [] : [owner])];
      await withRolesGranted(session, lent, async () => {
        if ((await schemaOwner(session, name)) === undefined) {
          const owned = owner === "" ? "" : ` AUTHORIZATION ${identifier(owner)}`;
          await session.query(`CREATE SCHEMA${ifNotExists(wanted)} ${identifier(name)}${owned}`);
        } else if (owner !== "") await setOwner(session, name, owner);
      });
    });
    return idOf(server, wanted);
  },

  async read(server, id, state) {
    const { database, name } = whereOf(server, id, state);
    if (!(await server.session(undefined, session => databaseExists(session, database)))) return undefined;
    const owner = await server.session(database, session => schemaOwner(session, name));
    if (owner === undefined) return undefined;
    const ifNotExists = state["ifNotExists"] !== false;
    return { name, database, owner, ifNotExists, dropCascade: isTrue(state, "dropCascade") };
  },

  async update(server, old, wanted) {
    const [before, name] = [text(old, "name"), text(wanted, "name")];
    const [owned, owner] = [text(old, "owner"), text(wanted, "owner")];
    await server.transaction(text(old, "database"), session =>
      withRolesGranted(session, [owned, owner].filter(Boolean), async () => {
        if (before !== name)
          await session.query(`ALTER SCHEMA ${identifier(before)} RENAME TO ${identifier(name)}`);
        if (owner !== "" && owner !== owned) await setOwner(session, name, owner);
      }),
    );
    return idOf(server, { ...old, ...wanted });
  },

  async delete(server, state) {
    const name = text(state, "name");
    await server.transaction(text(state, "database"), async session => {
      const owner = await schemaOwner(session, name);
      if (owner === undefined) return;
      const mode = isTrue(state, "dropCascade") ? "CASCADE" : "RESTRICT";
      await withRolesGranted(session, [owner], () =>
        session.query(`DROP SCHEMA ${identifier(name)} ${mode}`),
      );
    });
  },
};

const ifNotExists = (wanted: PropertyMap): string => (isTrue(wanted, "ifNotExists") ? " IF NOT EXISTS" : "");

async function setOwner(session: Session, name: string, owner: string): Promise<void> {
  await session.query(`ALTER SCHEMA ${identifier(name)} OWNER TO ${identifier(owner)}`);
}

function idOf(server: Server, state: PropertyMap): string {
  return `${text(state, "database") || server.settings.database}.${text(state, "name")}`;
}

function whereOf(server: Server, id: string, state: PropertyMap): { database: string; name: string } {
  if (text(state, "name") === "") return inDatabase(id, "schema");
  return { database: text(state, "database") || server.settings.database, name: text(state, "name") };
}
