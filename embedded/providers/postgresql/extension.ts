import type { PropertyMap } from "../protocol/property";
import { databaseExists } from "./catalog";
import { inDatabase, isTrue, text } from "./resource";
import type { PostgresqlResource } from "./resource";
import type { Server } from "./server";
import { identifier } from "./sql";

/** An extension of a database. */
export const extension: PostgresqlResource = {
  fields: {
    name: { kind: "text", required: true, replaces: true },
    database: { kind: "text", computed: true, replaces: true },
    schema: { kind: "text", computed: true },
    version: { kind: "text", computed: true },
    dropCascade: { kind: "flag", fallback: false },
    createCascade: { kind: "flag", fallback: false },
  },

  async create(server, wanted) {
    const [name, schema, version] = [text(wanted, "name"), text(wanted, "schema"), text(wanted, "version")];
    const words = [
      `CREATE EXTENSION IF NOT EXISTS ${identifier(name)}`,
      ...(schema === "" ? [] : [`SCHEMA ${identifier(schema)}`]),
      ...(version === "" ? [] : [`VERSION ${identifier(version)}`]),
      ...(isTrue(wanted, "createCascade") ? ["CASCADE"] : []),
    ];
    await server.transaction(text(wanted, "database"), session => session.query(words.join(" ")));
    return `${databaseOf(server, wanted)}.${name}`;
  },

  async read(server, id, state) {
    const { database, name } =
      text(state, "name") === ""
        ? inDatabase(id, "extension")
        : { database: databaseOf(server, state), name: text(state, "name") };
    if (!(await server.session(undefined, session => databaseExists(session, database)))) return undefined;
    const [row] = await server.session(database, session =>
      session.query(
        "SELECT nspname::text AS schema, extversion AS version FROM pg_catalog.pg_extension e " +
          "JOIN pg_catalog.pg_namespace n ON n.oid = e.extnamespace WHERE extname = $1",
        [name],
      ),
    );
    if (row === undefined) return undefined;
    return {
      name,
      database,
      schema: String(row["schema"]),
      version: String(row["version"]),
      dropCascade: isTrue(state, "dropCascade"),
      createCascade: isTrue(state, "createCascade"),
    };
  },

  async update(server, old, wanted) {
    const name = text(wanted, "name");
    const alter = `ALTER EXTENSION ${identifier(name)}`;
    const [schema, version] = [text(wanted, "schema"), text(wanted, "version")];
    await server.transaction(text(old, "database"), async session => {
      if (schema !== "" && schema !== text(old, "schema"))
        await session.query(`${alter} SET SCHEMA ${identifier(schema)}`);
      if (version !== "" && version !== text(old, "version"))
        await session.query(`${alter} UPDATE TO ${identifier(version)}`);
    });
    return `${databaseOf(server, old)}.${name}`;
  },

  async delete(server, state) {
    const mode = isTrue(state, "dropCascade") ? "CASCADE" : "RESTRICT";
    await server.transaction(text(state, "database"), session =>
      session.query(`DROP EXTENSION ${identifier(text(state, "name"))} ${mode}`),
    );
  },
};

function databaseOf(server: Server, state: PropertyMap): string {
  return text(state, "database") || server.settings.database;
}
