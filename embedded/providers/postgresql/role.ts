import { createHash } from "node:crypto";

import { member } from "../protocol/property";
import type { PropertyMap } from "../protocol/property";
import { currentUser, lockRole } from "./catalog";
import { grantMembership, membershipsOf, revokeMembership, withRolesGranted } from "./membership";
import { isTrue, number, text, texts } from "./resource";
import type { PostgresqlResource } from "./resource";
import type { Row, Server, Session } from "./server";
import { identifier, literal, numeral } from "./sql";

/** Options that are on or off, with their columns. */
const flags = {
  superuser: { keyword: "SUPERUSER", column: "rolsuper" },
  createDatabase: { keyword: "CREATEDB", column: "rolcreatedb" },
  createRole: { keyword: "CREATEROLE", column: "rolcreaterole" },
  inherit: { keyword: "INHERIT", column: "rolinherit" },
  login: { keyword: "LOGIN", column: "rolcanlogin" },
  bypassRowLevelSecurity: { keyword: "BYPASSRLS", column: "rolbypassrls" },
  replication: { keyword: "REPLICATION", column: "rolreplication" },
} as const;

const off = { kind: "flag", fallback: false } as const;

/** A role: a user, or a group of users. */
export const role: PostgresqlResource = {
  fields: {
    name: { kind: "text", required: true },
    password: { kind: "text", secret: true },
    roles: { kind: "set" },
    searchPaths: { kind: "list" },
    encryptedPassword: { kind: "flag", fallback: true },
    validUntil: { kind: "text", fallback: "infinity" },
    connectionLimit: { kind: "number", fallback: -1, least: -1 },
    superuser: off,
    createDatabase: off,
    createRole: off,
    inherit: { kind: "flag", fallback: true },
    login: off,
    replication: off,
    bypassRowLevelSecurity: off,
    skipDropRole: off,
    skipReassignOwned: off,
    statementTimeout: { kind: "number", least: 0 },
    idleInTransactionSessionTimeout: { kind: "number", least: 0 },
    assumeRole: { kind: "text" },
  },

  async create(server, wanted) {
    const name = text(wanted, "name");
    await server.transaction(undefined, async session => {
      await session.query(`CREATE ROLE ${identifier(name)} WITH ${options({}, wanted).join(" ")}`);
      await changeMemberships(session, wanted);
      await changeSettings(session, {}, wanted);
    });
    return name;
  },

  async read(server, id, state) {
    // The engine keeps the id that a role had before it was renamed.
    const name = text(state, "name") || id;
    return server.session(undefined, async session => {
      const [row] = await session.query(
        "SELECT rolname, rolconnlimit, COALESCE(rolvaliduntil::text, 'infinity') AS validuntil, rolconfig, " +
          `${Object.values(flags)
            .map(({ column }) => column)
            .join(", ")} FROM pg_catalog.pg_roles WHERE rolname = $1`,
        [name],
      );
      if (row === undefined) return undefined;
      const roles = await membershipsOf(session, name);
      return {
        ...kept(state),
        ...fromRow(row),
        roles,
        ...(await readPassword(server, session, name, state)),
      };
    });
  },

  async update(server, old, wanted) {
    const [before, name] = [text(old, "name"), text(wanted, "name")];
    await server.transaction(undefined, async session => {
      await lockRole(session, before);
      if (before !== name)
        await session.query(`ALTER ROLE ${identifier(before)} RENAME TO ${identifier(name)}`);
      const changed = options(old, wanted);
      if (changed.length > 0) await session.query(`ALTER ROLE ${identifier(name)} WITH ${changed.join(" ")}`);
      await changeMemberships(session, wanted);
      await changeSettings(session, old, wanted);
    });
    return name;
  },

  async delete(server, state) {
    const name = text(state, "name");
    await server.transaction(undefined, async session => {
      await lockRole(session, name);
      if (!isTrue(state, "skipReassignOwned")) {
        await withRolesGranted(session, [name], async () => {
          const heir = await currentUser(session);
          await session.query(`REASSIGN OWNED BY ${identifier(name)} TO ${identifier(heir)}`);
          await session.query(`DROP OWNED BY ${identifier(name)}`);
        });
      }
      if (!isTrue(state, "skipDropRole")) await session.query(`DROP ROLE ${identifier(name)}`);
    });
  },
};

/** The options of CREATE ROLE and ALTER ROLE that differ from the old ones. */
export function options(old: PropertyMap, wanted: PropertyMap): string[] {
  const differs = (key: string): boolean => (member(old, key) ?? null) !== (member(wanted, key) ?? null);
  const result: string[] = [];
  // An MD5 hash is salted with the name.
  if (differs("password") || (text(wanted, "password") !== "" && differs("name"))) {
    result.push(...passwordOption(wanted));
  }
  if (differs("validUntil")) result.push(`VALID UNTIL ${literal(text(wanted, "validUntil") || "infinity")}`);
  if (differs("connectionLimit"))
    result.push(`CONNECTION LIMIT ${numeral(Number(member(wanted, "connectionLimit") ?? -1))}`);
  for (const [key, { keyword }] of Object.entries(flags)) {
    if (differs(key)) result.push(isTrue(wanted, key) ? keyword : `NO${keyword}`);
  }
  return result;
}

/** A password that is taken away stays as it is, as the real plugin has it; the text NULL removes it. */
function passwordOption(wanted: PropertyMap): string[] {
  const password = text(wanted, "password");
  if (password === "") return [];
  if (password.toUpperCase() === "NULL") return ["PASSWORD NULL"];
  if (!isTrue(wanted, "encryptedPassword")) throw new Error("PostgreSQL keeps no password unencrypted");
  return [`ENCRYPTED PASSWORD ${literal(password)}`];
}

async function changeMemberships(session: Session, wanted: PropertyMap): Promise<void> {
  const name = text(wanted, "name");
  const [before, after] = [await membershipsOf(session, name), texts(wanted, "roles")];
  for (const each of before.filter(one => !after.includes(one))) await revokeMembership(session, each, name);
  for (const each of after.filter(one => !before.includes(one))) await grantMembership(session, each, name);
}

/** Settings that a login of the role begins with. */
async function changeSettings(session: Session, old: PropertyMap, wanted: PropertyMap): Promise<void> {
  const alter = `ALTER ROLE ${identifier(text(wanted, "name"))}`;
  const change = async (setting: string, before: string, after: string): Promise<void> => {
    if (before === after) return;
    await session.query(after === "" ? `${alter} RESET ${setting}` : `${alter} SET ${setting} TO ${after}`);
  };
  const path = (from: PropertyMap): string => texts(from, "searchPaths").map(identifier).join(", ");
  const milliseconds = (from: PropertyMap, key: string): string => (number(from, key) || "").toString();
  const assumed = (from: PropertyMap): string =>
    text(from, "assumeRole") === "" ? "" : identifier(text(from, "assumeRole"));
  await change("search_path", path(old), path(wanted));
  for (const [setting, key] of Object.entries(timeouts))
    await change(setting, milliseconds(old, key), milliseconds(wanted, key));
  await change("role", assumed(old), assumed(wanted));
}

const timeouts = {
  statement_timeout: "statementTimeout",
  idle_in_transaction_session_timeout: "idleInTransactionSessionTimeout",
};

function fromRow(row: Row): PropertyMap {
  const settings = new Map(
    ((row["rolconfig"] ?? []) as string[]).map(entry => {
      const at = entry.indexOf("=");
      return [entry.slice(0, at), entry.slice(at + 1)] as const;
    }),
  );
  const result: PropertyMap = {
    name: String(row["rolname"]),
    connectionLimit: Number(row["rolconnlimit"]),
    validUntil: String(row["validuntil"]),
    encryptedPassword: true,
  };
  for (const [key, { column }] of Object.entries(flags)) result[key] = row[column] === true;
  for (const [setting, key] of Object.entries(timeouts)) {
    const value = settings.get(setting);
    if (value !== undefined) result[key] = Number.parseInt(value, 10);
  }
  const path = settings.get("search_path");
  if (path)
    result["searchPaths"] = path
      .split(", ")
      .map(each => each.replace(/^"(.*)"$/, "$1").replaceAll('""', '"'));
  const assumed = settings.get("role");
  if (assumed) result["assumeRole"] = assumed;
  return result;
}

/** What only the state knows. */
function kept(state: PropertyMap): PropertyMap {
  return {
    skipDropRole: isTrue(state, "skipDropRole"),
    skipReassignOwned: isTrue(state, "skipReassignOwned"),
  };
}

/**
 * The password as the state has it, unless a superuser sees that the server has none or, where it can be told, another one. Nothing can be
 * told of a SCRAM verifier.
 */
async function readPassword(
  server: Server,
  session: Session,
  name: string,
  state: PropertyMap,
): Promise<PropertyMap> {
  const password = text(state, "password");
  if (password === "") return {};
  if (!server.settings.superuser || !isTrue(state, "login")) return { password };
  const [row] = await session.query(
    "SELECT COALESCE(passwd, '') AS passwd FROM pg_catalog.pg_shadow WHERE usename = $1",
    [name],
  );
  const stored = String(row?.["passwd"] ?? "");
  const hashed = `md5${createHash("md5")
    .update(password + name)
    .digest("hex")}`;
  const alike = stored.startsWith("SCRAM-SHA-256") || stored === hashed;
  if (stored === "") return {};
  return { password: alike ? password : stored };
}
