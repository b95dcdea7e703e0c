import { member } from "../protocol/property";
import type { Property, PropertyMap } from "../protocol/property";
import { withRolesGranted } from "./membership";
import { isTrue, text } from "./resource";
import type { PostgresqlResource } from "./resource";
import type { Session } from "./server";
import { identifier, literal, numeral } from "./sql";

const onCreation = { kind: "text", computed: true, replaces: true } as const;

/** A database. Its statements cannot be part of a transaction. */
export const database: PostgresqlResource = {
  fields: {
    name: { kind: "text", required: true },
    owner: { kind: "text", computed: true },
    template: onCreation,
    encoding: onCreation,
    lcCollate: onCreation,
    lcCtype: onCreation,
    tablespaceName: { kind: "text", computed: true },
    connectionLimit: { kind: "number", fallback: -1, least: -1 },
    allowConnections: { kind: "flag", fallback: true },
    isTemplate: { kind: "flag", computed: true },
    alterObjectOwnership: { kind: "flag", fallback: false },
  },

  async create(server, wanted) {
    const name = text(wanted, "name");
    const owner = text(wanted, "owner") || server.settings.username;
    const words = [
      `CREATE DATABASE ${identifier(name)} OWNER ${identifier(owner)}`,
      `TEMPLATE ${orDefault(text(wanted, "template") || "template0", identifier)}`,
      `ENCODING ${orDefault(text(wanted, "encoding") || "UTF8", literal)}`,
      ...given("LC_COLLATE", text(wanted, "lcCollate"), literal),
      ...given("LC_CTYPE", text(wanted, "lcCtype"), literal),
      ...given("TABLESPACE", text(wanted, "tablespaceName"), identifier),
      `ALLOW_CONNECTIONS ${isTrue(wanted, "allowConnections")}`,
      `CONNECTION LIMIT ${numeral(Number(member(wanted, "connectionLimit") ?? -1))}`,
      `IS_TEMPLATE ${isTrue(wanted, "isTemplate")}`,
    ];
    await server.session(undefined, session => asOwner(session, owner, () => session.query(words.join(" "))));
    return name;
  },

  async read(server, id, state) {
    const [row] = await server.session(undefined, session =>
      session.query(
        "SELECT datname, pg_catalog.pg_get_userbyid(datdba)::text AS owner, " +
          "pg_catalog.pg_encoding_to_char(encoding)::text AS encoding, datcollate, datctype, spcname, datconnlimit, " +
          "datallowconn, datistemplate FROM pg_catalog.pg_database d " +
          "JOIN pg_catalog.pg_tablespace t ON d.dattablespace = t.oid WHERE datname = $1",
        [text(state, "name") || id],
      ),
    );
    if (row === undefined) return undefined;
    return {
      name: String(row["datname"]),
      owner: String(row["owner"]),
      template: text(state, "template") || "template0",
      encoding: String(row["encoding"]),
      lcCollate: String(row["datcollate"]),
      lcCtype: String(row["datctype"]),
      tablespaceName: String(row["spcname"]),
      connectionLimit: Number(row["datconnlimit"]),
      allowConnections: row["datallowconn"] === true,
      isTemplate: row["datistemplate"] === true,
      alterObjectOwnership: isTrue(state, "alterObjectOwnership"),
    };
  },

  async update(server, old, wanted) {
    const name = text(wanted, "name");
    await server.session(undefined, session => alter(session, old, wanted));
    const [before, owner] = [text(old, "owner"), text(wanted, "owner")];
    if (owner !== "" && owner !== before) {
      if (isTrue(wanted, "alterObjectOwnership")) {
        await server.transaction(name, session =>
          withRolesGranted(session, [before, owner], () =>
            session.query(`REASSIGN OWNED BY ${identifier(before)} TO ${identifier(owner)}`),
          ),
        );
      } else {
        await server.session(undefined, session =>
          withRolesGranted(session, [before, owner], () =>
            session.query(`ALTER DATABASE ${identifier(name)} OWNER TO ${identifier(owner)}`),
          ),
        );
      }
    }
    return name;
  },

  async delete(server, state) {
    const name = identifier(text(state, "name"));
    await server.session(undefined, session =>
      asOwner(session, text(state, "owner"), async () => {
        if (isTrue(state, "isTemplate")) await session.query(`ALTER DATABASE ${name} IS_TEMPLATE false`);
        // Otherwise clients that connect again are in the way for ever.
        await session.query(`ALTER DATABASE ${name} ALLOW_CONNECTIONS false`);
        await session.query(`DROP DATABASE ${name} WITH (FORCE)`);
      }),
    );
  },
};

/** One at a time: the owner is lent outside of a transaction, for all to see. */
async function asOwner<T>(session: Session, owner: string, run: () => Promise<T>): Promise<T> {
  await session.query(
    "SELECT pg_catalog.pg_advisory_lock(oid::bigint) FROM pg_catalog.pg_roles WHERE rolname = current_user",
  );
  return withRolesGranted(session, owner === "" ? [] : [owner], run);
}

async function alter(session: Session, old: PropertyMap, wanted: PropertyMap): Promise<void> {
  const [before, name] = [text(old, "name"), text(wanted, "name")];
  if (before !== name)
    await session.query(`ALTER DATABASE ${identifier(before)} RENAME TO ${identifier(name)}`);
  const change = async (key: string, words: (value: Property) => string): Promise<void> => {
    const value = member(wanted, key);
    if (value === undefined || value === member(old, key)) return;
    await session.query(`ALTER DATABASE ${identifier(name)} ${words(value)}`);
  };
  await change("tablespaceName", value => `SET TABLESPACE ${identifier(String(value))}`);
  await change("connectionLimit", value => `CONNECTION LIMIT ${numeral(Number(value))}`);
  await change("allowConnections", value => `ALLOW_CONNECTIONS ${value === true}`);
  await change("isTemplate", value => `IS_TEMPLATE ${value === true}`);
}

type Quote = (value: string) => string;

/** The word DEFAULT takes the value of the template. */
function orDefault(value: string, quote: Quote): string {
  return value.toUpperCase() === "DEFAULT" ? "DEFAULT" : quote(value);
}

function given(keyword: string, value: string, quote: Quote): string[] {
  return value === "" ? [] : [`${keyword} ${orDefault(value, quote)}`];
}
