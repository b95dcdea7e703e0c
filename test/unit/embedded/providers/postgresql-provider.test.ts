import * as assert from "node:assert/strict";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";

import { Secret, Unknown } from "../../../../embedded/providers/protocol/property";
import type { PropertyMap } from "../../../../embedded/providers/protocol/property";
import type { DiffResult } from "../../../../embedded/providers/protocol/provider";
import { PostgresqlProvider } from "../../../../embedded/providers/postgresql/provider";
import { FakePostgres } from "./fake-postgres";

const urn = (type: string): string =>
  `urn:pulumi:dev::project::postgresql:index/${type.charAt(0).toLowerCase()}${type.slice(1)}:${type}::it`;

const roleRow = {
  rolname: "reader",
  rolconnlimit: 5,
  validuntil: "infinity",
  rolconfig: ['search_path=app, "My schema"', "role=owner", "statement_timeout=250ms"],
  rolsuper: false,
  rolcreatedb: false,
  rolcreaterole: false,
  rolinherit: true,
  rolcanlogin: true,
  rolbypassrls: false,
  rolreplication: false,
};

const databaseRow = {
  datname: "shop",
  owner: "shop",
  encoding: "UTF8",
  datcollate: "C.UTF-8",
  datctype: "C.UTF-8",
  spcname: "pg_default",
  datconnlimit: -1,
  datallowconn: true,
  datistemplate: false,
};

describe("postgresql stand-in", () => {
  let server: FakePostgres;
  let provider: PostgresqlProvider;

  async function configured(more: Record<string, string> = {}): Promise<void> {
    const settings = { host: "db.example.com", username: "manager", password: "its password", ...more };
    await provider.configure(
      new Map(Object.entries(settings).map(([key, value]) => [`postgresql:config:${key}`, value])),
    );
  }

  beforeEach(async () => {
    server = new FakePostgres();
    provider = new PostgresqlProvider("0.0.0", server.client);
    await configured();
  });

  const create = (type: string, properties: PropertyMap): Promise<{ id: string; state: PropertyMap }> =>
    provider.create({ urn: urn(type), properties, timeout: 0, preview: false });

  const update = (type: string, oldState: PropertyMap, news: PropertyMap): Promise<PropertyMap> =>
    provider.update({
      id: "x",
      urn: urn(type),
      oldState,
      news,
      timeout: 0,
      preview: false,
      ignoreChanges: [],
    });

  const diff = (type: string, oldState: PropertyMap, news: PropertyMap): Promise<DiffResult> =>
    provider.diff({ id: "x", urn: urn(type), oldState, oldInputs: {}, news, ignoreChanges: [] });

  const remove = (type: string, state: PropertyMap): Promise<void> =>
    provider.delete({ id: "x", urn: urn(type), state, timeout: 0 });

  async function complaints(type: string, news: PropertyMap): Promise<string[]> {
    const { failures = [] } = await provider.check({
      urn: urn(type),
      olds: {},
      news,
      randomSeed: Buffer.from("s"),
    });
    return failures.map(({ reason }) => reason);
  }

  describe("configuration", () => {
    const tlsOf = async (more: Record<string, string>): Promise<Record<string, unknown>> => {
      await configured(more);
      await create("GrantRole", { role: "a", grantRole: "b" }).catch(() => undefined);
      return server.configs.at(-1)?.ssl as unknown as Record<string, unknown>;
    };

    it("names the server, the login and the database, and how long to wait", async () => {
      await configured({ port: "6543", connectTimeout: "7" });
      server.answer(/datallowconn/, [databaseRow]);
      await create("Database", { name: "shop" });
      const { host, port, database, user, password, connectionTimeoutMillis } = server.configs.at(-1) ?? {};
      assert.deepEqual(
        [host, port, database, user, password, connectionTimeoutMillis],
        ["db.example.com", 6543, "postgres", "manager", "its password", 7000],
      );
    });

    it("verifies what sslmode says, and never ignores an authority", async () => {
      const folder = mkdtempSync(join(tmpdir(), "postgresql-provider-"));
      const sslrootcert = join(folder, "ca.crt");
      writeFileSync(sslrootcert, "PEM");
      try {
        assert.equal((await tlsOf({})).rejectUnauthorized, false, "require is the default");
        assert.equal(await tlsOf({ sslmode: "disable" }), false);
        for (const sslmode of ["require", "verify-ca"]) {
          const tls = await tlsOf({ sslmode, sslrootcert });
          assert.deepEqual([tls.ca, tls.rejectUnauthorized], ["PEM", true]);
          const check = tls.checkServerIdentity as (host: string, certificate: object) => Error | undefined;
          assert.equal(check("x", { subject: { CN: "other" }, subjectaltname: "DNS:other" }), undefined);
        }
        const tls = await tlsOf({ sslmode: "verify-full", sslrootcert });
        const check = tls.checkServerIdentity as (host: string, certificate: object) => Error | undefined;
        assert.ok(check("x", { subject: { CN: "other" }, subjectaltname: "DNS:other" }) instanceof Error);
        assert.equal(check("x", { subject: {}, subjectaltname: "DNS:db.example.com" }), undefined);
      } finally {
        rmSync(folder, { recursive: true });
      }
    });

    it("refuses what it does not serve, by name", async () => {
      await assert.rejects(configured({ sslmode: "prefer" }), /sslmode "prefer" is none of disable, require/);
      await assert.rejects(configured({ azureIdentityAuth: "true" }), /azureIdentityAuth is not served/);
      await assert.rejects(configured({ scheme: "gcppostgres" }), /scheme "gcppostgres" is not served/);
      await assert.rejects(configured({ port: "x" }), /port \("x"\) is not a whole number/);
      await assert.rejects(provider.configure(new Map()), /host is missing/);
      await configured({ awsRdsIamAuth: "false" });
    });

    it("replaces nothing when it changes", () => {
      const { changes, replaces } = provider.diffConfig({ host: "a", port: "1" }, { host: "b", port: "1" });
      assert.deepEqual([changes, replaces], [true, []]);
      assert.equal(
        provider.diffConfig({ password: new Secret("a") }, { password: new Secret("a") }).changes,
        false,
      );
    });

    it("opens no more connections to a database than it may, and closes each", async () => {
      await configured({ maxConnections: "2" });
      server.answer(/rolconfig/, [roleRow]);
      await Promise.all(["a", "b", "c", "d", "e"].map(name => create("Role", { name })));
      assert.deepEqual(server.open, { now: 0, most: 2 });
    });

    it("says what the server said, with its hint and without the statement", async () => {
      server.refuse(/^CREATE ROLE/, 'role "it" already exists');
      await assert.rejects(create("Role", { name: "it", password: new Secret("hidden") }), (error: Error) => {
        assert.equal(error.message, 'Role "it": role "it" already exists; what to do');
        return true;
      });
      assert.deepEqual(server.changes().at(-1), "ROLLBACK");
    });
  });

  describe("inputs", () => {
    it("must be there, of their kind, and among what is served", async () => {
      assert.deepEqual(await complaints("Grant", { role: "r", database: "d", objectType: "function" }), [
        "objectType must be one of database, schema, table, sequence, got function.",
        "privileges is missing.",
      ]);
      assert.deepEqual(await complaints("Role", { name: "r", connectionLimit: -2, login: "yes" }), [
        "connectionLimit must be at least -1, got -2.",
        "login must be true or false.",
      ]);
      assert.match(
        (await complaints("Schema", { name: "s", policies: [] }))[0] ?? "",
        /policies is not served/,
      );
      assert.deepEqual(await complaints("Role", { name: Unknown.instance, password: new Secret("p") }), []);
    });

    it("get a name that stays where the program gives none", async () => {
      const request = { urn: urn("Role"), news: {}, randomSeed: Buffer.from("seed") };
      const { inputs } = await provider.check({ ...request, olds: {} });
      assert.match(String(inputs["name"]), /^it-[0-9a-f]{7}$/);
      assert.deepEqual((await provider.check({ ...request, olds: inputs })).inputs, inputs);
      const proposed = { proposedName: "proposed", mode: "propose" } as const;
      assert.equal(
        (await provider.check({ ...request, olds: {}, autonaming: proposed })).inputs["name"],
        "proposed",
      );
    });

    it("of another type are refused with the types that are served", async () => {
      await assert.rejects(
        create("Function", {}),
        /postgresql:index\/function:Function is not served .*Role/,
      );
    });
  });

  describe("Role", () => {
    const wanted: PropertyMap = {
      name: "reader",
      password: new Secret("it's"),
      login: true,
      connectionLimit: 5,
      roles: ["group"],
      searchPaths: ["app", "My schema"],
      assumeRole: "owner",
      statementTimeout: 250,
    };

    beforeEach(() => {
      server.answer(/rolconfig/, [roleRow]).answer(/pg_shadow/, [{ passwd: "SCRAM-SHA-256$4096:x" }]);
    });

    it("is made in one transaction, with its memberships and settings; its id is its name", async () => {
      const { id, state } = await create("Role", wanted);
      assert.equal(id, "reader");
      assert.deepEqual(server.changes(), [
        "BEGIN",
        `CREATE ROLE "reader" WITH ENCRYPTED PASSWORD 'it''s' VALID UNTIL 'infinity' CONNECTION LIMIT 5 ` +
          "NOSUPERUSER NOCREATEDB NOCREATEROLE INHERIT LOGIN NOBYPASSRLS NOREPLICATION",
        'GRANT "group" TO "reader"',
        'ALTER ROLE "reader" SET search_path TO "app", "My schema"',
        'ALTER ROLE "reader" SET statement_timeout TO 250',
        'ALTER ROLE "reader" SET role TO "owner"',
        "COMMIT",
      ]);
      assert.deepEqual(state["password"], new Secret("it's"));
      assert.deepEqual([state["encryptedPassword"], state["skipDropRole"]], [true, false], "the fallbacks");
    });

    it("has a secret password whatever the program says, and none in its other properties", async () => {
      const { state } = await create("Role", { name: "reader", password: "plain" });
      assert.deepEqual(state["password"], new Secret("plain"));
      assert.ok(!JSON.stringify({ ...state, password: undefined }).includes("plain"));
    });

    it("shows nothing to do when nothing changed, after a creation and after a refresh", async () => {
      server.answer(/pg_auth_members/, [{ role: "group" }]);
      const { id, state } = await create("Role", wanted);
      assert.equal((await diff("Role", state, wanted)).changes, false);
      const read = await provider.read({ id, urn: urn("Role"), state, inputs: wanted });
      assert.deepEqual([read.state, read.inputs], [state, wanted]);
    });

    it("changes in place, also its name, and only what differs", async () => {
      server.answer(/pg_auth_members/, [{ role: "group" }]);
      const { state } = await create("Role", wanted);
      server.changes();
      const news = {
        ...wanted,
        name: "Reader 2",
        connectionLimit: -1,
        roles: ["other"],
        statementTimeout: null,
      };
      const { replaces, detailed } = await diff("Role", state, news);
      assert.deepEqual(
        [replaces, [...detailed.keys()].sort()],
        [[], ["connectionLimit", "name", "roles", "statementTimeout"]],
      );
      await update("Role", state, news);
      assert.deepEqual(server.changes(), [
        "BEGIN",
        'ALTER ROLE "reader" RENAME TO "Reader 2"',
        `ALTER ROLE "Reader 2" WITH ENCRYPTED PASSWORD 'it''s' CONNECTION LIMIT -1`,
        'REVOKE "group" FROM "Reader 2"',
        'GRANT "other" TO "Reader 2"',
        'ALTER ROLE "Reader 2" RESET statement_timeout',
        "COMMIT",
      ]);
    });

    it("is dropped with what it owns in the provider's database, as far as it is not told to skip that", async () => {
      await remove("Role", { name: "reader" });
      assert.deepEqual(server.changes(), [
        "BEGIN",
        'REASSIGN OWNED BY "reader" TO "manager"',
        'DROP OWNED BY "reader"',
        'DROP ROLE "reader"',
        "COMMIT",
      ]);
      await remove("Role", { name: "reader", skipDropRole: true, skipReassignOwned: true });
      assert.deepEqual(server.changes(), ["BEGIN", "COMMIT"]);
    });

    it("is imported by its name, with what differs from the fallbacks as its inputs", async () => {
      const { id, state, inputs } = await provider.read({
        id: "reader",
        urn: urn("Role"),
        state: {},
        inputs: {},
      });
      assert.equal(id, "reader");
      assert.deepEqual(inputs, {
        name: "reader",
        searchPaths: ["app", "My schema"],
        connectionLimit: 5,
        login: true,
        statementTimeout: 250,
        assumeRole: "owner",
      });
      assert.equal(state?.["inherit"], true);
    });

    it("is gone when the server does not have it", async () => {
      server.answer(/rolconfig/, []);
      const read = await provider.read({
        id: "reader",
        urn: urn("Role"),
        state: { name: "reader" },
        inputs: {},
      });
      assert.deepEqual(read, { id: "" });
    });

    it("shows a password that somebody took away, where the login may see it", async () => {
      const read = async (): Promise<unknown> =>
        (await provider.read({ id: "reader", urn: urn("Role"), state: { ...wanted }, inputs: {} })).state?.[
          "password"
        ];
      server.answer(/pg_shadow/, [{ passwd: "SCRAM-SHA-256$4096:x" }]);
      assert.deepEqual(await read(), new Secret("it's"), "nothing can be told of a verifier");
      server.answer(/pg_shadow/, [{ passwd: "" }]);
      assert.equal(await read(), undefined);
      await configured({ superuser: "false" });
      server.refuse(/pg_shadow/, "permission denied");
      assert.deepEqual(await read(), new Secret("it's"));
    });

    it("previews without a server", async () => {
      const unconfigured = new PostgresqlProvider("0.0.0");
      const request = { urn: urn("Role"), timeout: 0, preview: true };
      const { id, state } = await unconfigured.create({ ...request, properties: wanted });
      assert.deepEqual([id, state["connectionLimit"], state["inherit"]], ["", 5, true]);
    });
  });

  describe("Database", () => {
    beforeEach(() => {
      server.answer(/datallowconn/, [databaseRow]);
    });

    it("is made from template0 in UTF8 unless told otherwise, in no transaction", async () => {
      const { id, state } = await create("Database", { name: "shop", owner: "shop" });
      assert.equal(id, "shop");
      assert.deepEqual(server.changes(), [
        `CREATE DATABASE "shop" OWNER "shop" TEMPLATE "template0" ENCODING 'UTF8' ALLOW_CONNECTIONS true ` +
          "CONNECTION LIMIT -1 IS_TEMPLATE false",
      ]);
      assert.deepEqual([state["lcCollate"], state["template"]], ["C.UTF-8", "template0"]);
      await create("Database", { name: "shop", template: "DEFAULT", lcCollate: "de_DE", connectionLimit: 3 });
      assert.match(
        server.changes().join(),
        /OWNER "manager" TEMPLATE DEFAULT ENCODING 'UTF8' LC_COLLATE 'de_DE' ALLOW_CONNECTIONS true CONNECTION LIMIT 3/,
      );
    });

    it("is replaced for what only its creation decides, old one first, and changed for the rest", async () => {
      const { state } = await create("Database", { name: "shop", owner: "shop" });
      assert.equal((await diff("Database", state, { name: "shop", owner: "shop" })).changes, false);
      for (const key of ["template", "encoding", "lcCollate", "lcCtype"]) {
        const { replaces, deleteBeforeReplace } = await diff("Database", state, {
          name: "shop",
          [key]: "other",
        });
        assert.deepEqual([replaces, deleteBeforeReplace], [[key], true]);
      }
      const news = { name: "store", owner: "other", connectionLimit: 9, allowConnections: false };
      assert.deepEqual((await diff("Database", state, news)).replaces, []);
      server.changes();
      await update("Database", state, news);
      assert.deepEqual(server.changes(), [
        'ALTER DATABASE "shop" RENAME TO "store"',
        'ALTER DATABASE "store" CONNECTION LIMIT 9',
        'ALTER DATABASE "store" ALLOW_CONNECTIONS false',
        'ALTER DATABASE "store" OWNER TO "other"',
      ]);
    });

    it("reassigns what the old owner has where it is told to", async () => {
      const { state } = await create("Database", { name: "shop", owner: "shop" });
      server.changes();
      await update("Database", state, { name: "shop", owner: "other", alterObjectOwnership: true });
      assert.deepEqual(server.changes(), ["BEGIN", 'REASSIGN OWNED BY "shop" TO "other"', "COMMIT"]);
      assert.equal(server.configs.at(-2)?.database, "shop");
    });

    it("is dropped although clients are connected", async () => {
      await remove("Database", { name: "shop", owner: "shop", isTemplate: true });
      assert.deepEqual(server.changes(), [
        'ALTER DATABASE "shop" IS_TEMPLATE false',
        'ALTER DATABASE "shop" ALLOW_CONNECTIONS false',
        'DROP DATABASE "shop" WITH (FORCE)',
      ]);
    });

    it("lends the owner to a login that is no superuser, for the statement only, also when it fails", async () => {
      server.answer(/SELECT rolsuper FROM/, [{ rolsuper: false }]);
      await create("Database", { name: "shop", owner: "shop" });
      const [lent, , back] = server.changes();
      assert.deepEqual([lent, back], ['GRANT "shop" TO "manager"', 'REVOKE "shop" FROM "manager"']);
      server.refuse(/^CREATE DATABASE/, "no");
      await assert.rejects(create("Database", { name: "shop", owner: "shop" }), /Database "it": no/);
      assert.equal(server.changes().at(-1), 'REVOKE "shop" FROM "manager"');
      server.answer(/set_option/, [{ membership: {} }]).answer(/^CREATE DATABASE/, []);
      await create("Database", { name: "shop", owner: "shop" });
      assert.equal(server.changes().length, 1, "who may act as the owner needs no loan");
    });
  });

  describe("Schema", () => {
    beforeEach(() => {
      server
        .answer(/datdba/, [{ owner: "shop" }])
        .answer(/FROM pg_catalog.pg_database WHERE datname = \$1/, [{ one: 1 }]);
    });

    it("is made for its owner, or taken over where it exists", async () => {
      let there = false;
      server.answer(/nspowner/, () => (there ? [{ owner: "shop" }] : []));
      server.answer(/^CREATE SCHEMA/, () => ((there = true), []));
      const { id, state } = await create("Schema", { name: "app", database: "shop", owner: "shop" });
      assert.equal(id, "shop.app");
      assert.deepEqual([state["ifNotExists"], state["dropCascade"]], [true, false]);
      assert.deepEqual(server.changes(), [
        "BEGIN",
        'CREATE SCHEMA IF NOT EXISTS "app" AUTHORIZATION "shop"',
        "COMMIT",
      ]);
      await create("Schema", { name: "public", database: "shop", owner: "shop" });
      assert.deepEqual(server.changes(), ["BEGIN", 'ALTER SCHEMA "public" OWNER TO "shop"', "COMMIT"]);
    });

    it("is replaced for its database only", async () => {
      const state = { name: "app", database: "shop", owner: "shop", ifNotExists: true, dropCascade: false };
      assert.deepEqual((await diff("Schema", state, { name: "app", database: "other" })).replaces, [
        "database",
      ]);
      const news = { name: "app2", database: "shop", owner: "other", dropCascade: true };
      assert.deepEqual((await diff("Schema", state, news)).replaces, []);
      server.answer(/nspowner/, [{ owner: "other" }]);
      await update("Schema", state, news);
      assert.deepEqual(server.changes(), [
        "BEGIN",
        'ALTER SCHEMA "app" RENAME TO "app2"',
        'ALTER SCHEMA "app2" OWNER TO "other"',
        "COMMIT",
      ]);
    });

    it("is dropped when it is empty, or with what it holds; one that is gone is no error", async () => {
      server.answer(/nspowner/, [{ owner: "shop" }]);
      await remove("Schema", { name: "app", database: "shop" });
      assert.equal(server.changes()[1], 'DROP SCHEMA "app" RESTRICT');
      await remove("Schema", { name: "app", database: "shop", dropCascade: true });
      assert.equal(server.changes()[1], 'DROP SCHEMA "app" CASCADE');
      server.answer(/nspowner/, []);
      await remove("Schema", { name: "app", database: "shop" });
      assert.deepEqual(server.changes(), ["BEGIN", "COMMIT"]);
    });

    it("is imported as database.schema", async () => {
      server.answer(/nspowner/, [{ owner: "shop" }]);
      const { inputs } = await provider.read({ id: "shop.app", urn: urn("Schema"), state: {}, inputs: {} });
      assert.deepEqual(inputs, { name: "app", database: "shop", owner: "shop" });
      const wrong = provider.read({ id: "app", urn: urn("Schema"), state: {}, inputs: {} });
      await assert.rejects(wrong, /The id "app" has not the form database\.schema/);
    });

    it("is gone with its database", async () => {
      server.answer(/FROM pg_catalog.pg_database WHERE datname = \$1/, []);
      const state = { name: "app", database: "shop" };
      assert.equal(
        (await provider.read({ id: "shop.app", urn: urn("Schema"), state, inputs: state })).id,
        "",
      );
      assert.ok(!server.configs.some(({ database }) => database === "shop"), "it cannot be connected to");
    });
  });

  describe("Extension", () => {
    beforeEach(() => {
      server
        .answer(/FROM pg_catalog.pg_database WHERE datname = \$1/, [{ one: 1 }])
        .answer(/pg_extension/, [{ schema: "public", version: "1.3" }]);
    });

    it("is made in its database, changed in place, and dropped", async () => {
      const { id, state } = await create("Extension", {
        name: "citext",
        database: "shop",
        createCascade: true,
      });
      assert.equal(id, "shop.citext");
      assert.equal(server.statements.find(({ text }) => text.startsWith("CREATE"))?.database, "shop");
      assert.equal(server.changes()[1], 'CREATE EXTENSION IF NOT EXISTS "citext" CASCADE');
      assert.deepEqual([state["schema"], state["version"]], ["public", "1.3"], "what the server chose");
      assert.equal(
        (await diff("Extension", state, { name: "citext", database: "shop", createCascade: true })).changes,
        false,
      );
      assert.deepEqual((await diff("Extension", state, { name: "other", database: "shop" })).replaces, [
        "name",
      ]);
      await update("Extension", state, { name: "citext", database: "shop", schema: "app", version: "1.4" });
      assert.deepEqual(server.changes(), [
        "BEGIN",
        'ALTER EXTENSION "citext" SET SCHEMA "app"',
        'ALTER EXTENSION "citext" UPDATE TO "1.4"',
        "COMMIT",
      ]);
      await remove("Extension", { ...state, dropCascade: true });
      assert.equal(server.changes()[1], 'DROP EXTENSION "citext" CASCADE');
    });
  });

  describe("Grant", () => {
    const tables: PropertyMap = {
      role: "readers",
      database: "shop",
      schema: "app",
      objectType: "table",
      privileges: ["SELECT", "INSERT"],
    };

    beforeEach(() => {
      server
        .answer(/FROM pg_catalog.pg_database WHERE datname = \$1/, [{ one: 1 }])
        .answer(/FROM pg_catalog.pg_roles WHERE rolname = \$1/, [{ value: true }])
        .answer(/oid::bigint::text/, [{ oid: "16384" }])
        .answer(/nspowner/, [{ owner: "shop" }])
        .answer(/relacl/, [{ name: "orders", privileges: ["INSERT", "SELECT"] }]);
    });

    it("takes everything back and gives what is wanted, in one transaction", async () => {
      const { id, state } = await create("Grant", tables);
      assert.equal(id, "readers_shop_app_table");
      assert.deepEqual(server.changes(), [
        "BEGIN",
        'REVOKE ALL PRIVILEGES ON ALL TABLES IN SCHEMA "app" FROM "readers"',
        'GRANT SELECT, INSERT ON ALL TABLES IN SCHEMA "app" TO "readers"',
        "COMMIT",
      ]);
      assert.deepEqual(state["privileges"], ["SELECT", "INSERT"], "the program's order");
    });

    it("speaks of databases, schemas, sequences, and objects by name", async () => {
      const statements = async (more: PropertyMap): Promise<string[]> => {
        const { id } = await create("Grant", { role: "r", database: "shop", ...more });
        return [id, ...server.changes().slice(1, -1)];
      };
      server.answer(/datacl/, [{ privileges: ["CONNECT"] }]).answer(/nspacl/, [{ privileges: ["USAGE"] }]);
      assert.deepEqual(
        await statements({ objectType: "database", privileges: ["CONNECT"], withGrantOption: true }),
        [
          "r_shop_database",
          'REVOKE ALL PRIVILEGES ON DATABASE "shop" FROM "r"',
          'GRANT CONNECT ON DATABASE "shop" TO "r" WITH GRANT OPTION',
        ],
      );
      assert.deepEqual(await statements({ objectType: "schema", schema: "app", privileges: ["USAGE"] }), [
        "r_shop_app_schema",
        'REVOKE ALL PRIVILEGES ON SCHEMA "app" FROM "r"',
        'GRANT USAGE ON SCHEMA "app" TO "r"',
      ]);
      const named = { objectType: "sequence", schema: "app", objects: ["a", "B"], privileges: ["USAGE"] };
      assert.deepEqual(await statements(named), [
        "r_shop_app_sequence_a_B",
        'REVOKE USAGE ON SEQUENCE "app"."a", "app"."B" FROM "r"',
        'GRANT USAGE ON SEQUENCE "app"."a", "app"."B" TO "r"',
      ]);
    });

    it("with no privileges only takes back, and stays when read", async () => {
      server.answer(/datacl/, [{ privileges: [] }]);
      const nothing = { role: "public", database: "shop", objectType: "database", privileges: [] };
      const { id, state } = await create("Grant", nothing);
      assert.deepEqual(server.changes().slice(1, -1), [
        'REVOKE ALL PRIVILEGES ON DATABASE "shop" FROM "public"',
      ]);
      assert.equal((await diff("Grant", state, nothing)).changes, false);
      const read = await provider.read({ id, urn: urn("Grant"), state, inputs: nothing });
      assert.deepEqual(read.state, state);
      server.answer(/datacl/, [{ privileges: ["CONNECT"] }]);
      const drifted = await provider.read({ id, urn: urn("Grant"), state, inputs: nothing });
      assert.deepEqual(
        [drifted.state?.["privileges"], drifted.inputs?.["privileges"]],
        [["CONNECT"], ["CONNECT"]],
      );
    });

    it("shows the first object that has other privileges, of those that are named", async () => {
      const { id, state } = await create("Grant", tables);
      server.answer(/relacl/, [
        { name: "orders", privileges: ["INSERT", "SELECT"] },
        { name: "later", privileges: ["SELECT"] },
      ]);
      const read = (of: PropertyMap): ReturnType<typeof provider.read> =>
        provider.read({ id, urn: urn("Grant"), state: of, inputs: of });
      assert.deepEqual((await read(state)).state?.["privileges"], ["SELECT"]);
      assert.deepEqual((await read({ ...state, objects: ["orders"] })).state?.["privileges"], [
        "SELECT",
        "INSERT",
      ]);
      server.answer(/relacl/, []);
      assert.deepEqual((await read(state)).state, state, "no table has wrong privileges where there is none");
    });

    it("takes ALL for what it stands for", async () => {
      const all = { ...tables, objectType: "sequence", privileges: ["ALL"] };
      server.answer(/relacl/, [{ name: "ids", privileges: ["SELECT", "UPDATE", "USAGE"] }]);
      const { state } = await create("Grant", all);
      assert.deepEqual(state["privileges"], ["ALL"]);
    });

    it("is replaced for anything but its privileges, the old one first", async () => {
      const { state } = await create("Grant", tables);
      assert.equal(
        (await diff("Grant", state, { ...tables, privileges: ["INSERT", "SELECT"] })).changes,
        false,
      );
      assert.deepEqual((await diff("Grant", state, { ...tables, privileges: [] })).replaces, []);
      for (const key of ["role", "database", "schema"]) {
        const { replaces, deleteBeforeReplace } = await diff("Grant", state, { ...tables, [key]: "other" });
        assert.deepEqual([replaces, deleteBeforeReplace], [[key], true]);
      }
    });

    it("refuses privileges that the kind of object has not, and contradictions", async () => {
      await assert.rejects(
        create("Grant", { ...tables, privileges: ["SELECT; DROP TABLE x"] }),
        /SELECT; DROP TABLE x is not an allowed privilege for object type table/,
      );
      await assert.rejects(create("Grant", { ...tables, schema: "" }), /schema is missing/);
      await assert.rejects(
        create("Grant", { ...tables, objectType: "schema", privileges: ["USAGE"], objects: ["x"] }),
        /objects can only be given/,
      );
      assert.deepEqual(server.changes(), []);
    });

    it("takes back when it is removed", async () => {
      await remove("Grant", tables);
      assert.deepEqual(server.changes().slice(1, -1), [
        'REVOKE ALL PRIVILEGES ON ALL TABLES IN SCHEMA "app" FROM "readers"',
      ]);
    });

    it("is gone with its role, its schema or its database", async () => {
      const { id, state } = await create("Grant", tables);
      const read = async (): Promise<string> =>
        (await provider.read({ id, urn: urn("Grant"), state, inputs: tables })).id;
      server.answer(/nspowner/, []);
      assert.equal(await read(), "");
      server.answer(/nspowner/, [{ owner: "shop" }]).answer(/SELECT 1 FROM pg_catalog.pg_roles/, []);
      assert.equal(await read(), "");
    });
  });

  describe("DefaultPrivileges", () => {
    const later: PropertyMap = {
      role: "readers",
      database: "shop",
      owner: "shop",
      schema: "app",
      objectType: "table",
      privileges: ["SELECT"],
    };

    beforeEach(() => {
      server
        .answer(/FROM pg_catalog.pg_database WHERE datname = \$1/, [{ one: 1 }])
        .answer(/FROM pg_catalog.pg_roles WHERE rolname = \$1/, [{ value: true }])
        .answer(/oid::bigint::text/, [{ oid: "16384" }])
        .answer(/nspowner/, [{ owner: "shop" }])
        .answer(/pg_default_acl/, [{ privilege: "SELECT" }]);
    });

    it("are set for what the owner makes later, and taken back", async () => {
      const { id, state } = await create("DefaultPrivileges", later);
      assert.equal(id, "readers_shop_app_shop_table");
      assert.deepEqual(server.changes(), [
        "BEGIN",
        'ALTER DEFAULT PRIVILEGES FOR ROLE "shop" IN SCHEMA "app" REVOKE ALL ON TABLES FROM "readers"',
        'ALTER DEFAULT PRIVILEGES FOR ROLE "shop" IN SCHEMA "app" GRANT SELECT ON TABLES TO "readers"',
        "COMMIT",
      ]);
      assert.equal((await diff("DefaultPrivileges", state, later)).changes, false);
      await remove("DefaultPrivileges", state);
      assert.equal(server.changes().length, 3);
    });

    it("without a schema hold in all of them", async () => {
      const { id } = await create("DefaultPrivileges", { ...later, schema: null, objectType: "sequence" });
      assert.equal(id, "readers_shop_noschema_shop_sequence");
      assert.match(server.changes().join(), /FOR ROLE "shop" GRANT SELECT ON SEQUENCES TO "readers"/);
    });

    it("are gone when nothing is left of them, and drift otherwise", async () => {
      const { id, state } = await create("DefaultPrivileges", later);
      const read = (): ReturnType<typeof provider.read> =>
        provider.read({ id, urn: urn("DefaultPrivileges"), state, inputs: later });
      assert.deepEqual((await read()).state, state);
      server.answer(/pg_default_acl/, [{ privilege: "INSERT" }]);
      assert.deepEqual((await read()).state?.["privileges"], ["INSERT"]);
      server.answer(/pg_default_acl/, []);
      assert.equal((await read()).id, "");
    });
  });

  describe("GrantRole", () => {
    it("is one membership; any change replaces it", async () => {
      const membership = { role: "login", grantRole: "group", withAdminOption: true };
      server.answer(/admin_option/, [{ admin: true }]);
      const { id, state } = await create("GrantRole", membership);
      assert.equal(id, "login_group_true");
      assert.deepEqual(server.changes(), ["BEGIN", 'GRANT "group" TO "login" WITH ADMIN OPTION', "COMMIT"]);
      assert.deepEqual((await diff("GrantRole", state, { ...membership, withAdminOption: false })).replaces, [
        "withAdminOption",
      ]);
      await remove("GrantRole", state);
      assert.deepEqual(server.changes(), ["BEGIN", 'REVOKE "group" FROM "login"', "COMMIT"]);
      server.answer(/admin_option/, []);
      assert.equal((await provider.read({ id, urn: urn("GrantRole"), state, inputs: membership })).id, "");
    });
  });
});
