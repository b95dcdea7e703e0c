import * as assert from "node:assert/strict";
import { writeFileSync } from "node:fs";
import * as pulumi from "@pulumi/pulumi";
import type { Forward } from "../../embedded/driver/kubernetes";
import { stateDir } from "../../embedded/paths";
import { certificateAuthority, connectionFromSecret, query } from "../../embedded/driver/sql";
import type { InstanceReference } from "../../src";
import type { DatabasePlan, LoginPlan } from "../../src/application/plan";
import { databaseByProvider, loginByProvider, postgresqlProvider } from "../../src/application/provider";
import { harness, type SpecStack } from "./harness";
import { orders, unchecked } from "./orders";

/** The engine reaches the primary by a port on loopback, and makes a database with the SDK's own resources. */
describe("a database through the PostgreSQL provider", function () {
  this.timeout(10 * 60_000);
  const bench = harness();
  let instance: SpecStack;
  let database: SpecStack;
  let reference: InstanceReference;
  let ca: string;
  let forward: Forward | undefined;
  let superuser: { username: string; password: string };
  let sslrootcert: string;

  const plan: DatabasePlan = {
    database: "shop",
    owner: "shop_owner",
    groups: { readOnly: "shop_read_only", readWrite: "shop_read_write" },
    schemas: ["public", 'Au"dit'],
    extensions: ["citext"],
    connectionLimit: 50,
    reclaim: "delete",
  };
  const logins: Record<string, LoginPlan> = {
    reader: { role: "reader", memberOf: "shop_read_only", connectionLimit: 5 },
    writer: { role: "writer", memberOf: "shop_read_write", connectionLimit: 5 },
    migrator: { role: "migrator", memberOf: "shop_owner", connectionLimit: -1 },
  };
  /** With what has a meaning in URLs, in SQL and in shells. */
  const passwordOf = (role: string): string => `${role}: %41 '"$;&@/?#{}--`;

  function program(): Promise<void> {
    const provider = postgresqlProvider("server", {
      instance: reference,
      host: "127.0.0.1",
      port: forward?.port as number,
      ...superuser,
      superuser: true,
      sslrootcert,
    });
    const made = databaseByProvider("shop", plan, passwordOf("shop_owner"), { provider });
    for (const login of Object.values(logins)) {
      const options = { provider, dependsOn: made };
      loginByProvider(login.role, plan, login, pulumi.secret(passwordOf(login.role)), options);
    }
    return Promise.resolve();
  }

  /** Runs SQL in the database as one of its roles, as an application would. */
  async function as(role: string, text: string, name = plan.database): Promise<Record<string, unknown>[]> {
    const { host, port } = reference;
    const connection = { host, port, database: name, user: role, password: passwordOf(role), ca };
    return query(bench.kubernetes, { namespace: instance.namespace, service: "orders" }, connection, text);
  }

  const superuserSql = (text: string, name?: string): Promise<string> =>
    bench.superuserSql(instance.namespace, "orders-g1-1", text, name);

  before("an instance that lets its superuser in, and a way to it", async () => {
    // The harness takes stacks down in the order they were made: the database while its server lives.
    database = await bench.stackFor("database", async () => ({}));
    instance = await bench.stackFor("server", orders({ ...unchecked, superuserAccess: true }));
    const { outputs } = await instance.up();
    reference = outputs.reference?.value as InstanceReference;
    const { kubernetes } = bench;
    const { namespace } = instance;
    const login = await bench.waitUntil(
      () => kubernetes.read({ apiVersion: "v1", kind: "Secret", namespace, name: "orders-g1-superuser" }),
      "the superuser's Secret",
      60,
    );
    const data = login.data as Record<string, string>;
    const field = (key: string): string => Buffer.from(data[key] ?? "", "base64").toString("utf8");
    superuser = { username: field("username"), password: field("password") };
    ca = await certificateAuthority(kubernetes, namespace, "orders");
    sslrootcert = stateDir("e2e", `${namespace}-ca.crt`);
    writeFileSync(sslrootcert, ca);
    forward = await kubernetes.forward(namespace, "orders", reference.port);
    await database.up(async () => program());
  });

  after("the way to it", async () => forward?.close());

  it("belongs to its owner, also what others make who may do everything", async () => {
    await as(
      "migrator",
      "CREATE TABLE item (id serial PRIMARY KEY, name citext); INSERT INTO item (name) VALUES ('a')",
    );
    await as("shop_owner", 'CREATE TABLE "Au""dit".entry (id int)');
    const owners = "SELECT DISTINCT tableowner FROM pg_tables WHERE tablename IN ('item', 'entry')";
    assert.deepEqual(await as("shop_owner", owners), [{ tableowner: "shop_owner" }]);
  });

  it("lets readOnly read, also what was made later, and nothing else", async () => {
    assert.deepEqual(await as("reader", "SELECT name FROM item"), [{ name: "a" }]);
    assert.deepEqual(await as("reader", 'SELECT * FROM "Au""dit".entry'), []);
    for (const text of [
      "INSERT INTO item (name) VALUES ('b')",
      "UPDATE item SET name = 'b'",
      "DELETE FROM item",
      "TRUNCATE item",
      "SELECT nextval('item_id_seq')",
      "CREATE TABLE mine (id int)",
      "CREATE TEMPORARY TABLE mine (id int)",
      "CREATE SCHEMA mine",
      "SET ROLE shop_owner",
    ]) {
      await assert.rejects(as("reader", text), /permission denied/, text);
    }
    await assert.rejects(as("reader", "DROP TABLE item"), /must be owner/);
  });

  it("lets readWrite write rows, and make nothing", async () => {
    await as("writer", "INSERT INTO item (name) VALUES ('b'); UPDATE item SET name = 'c' WHERE name = 'b'");
    await as("writer", "DELETE FROM item WHERE name = 'c'");
    await as("writer", `INSERT INTO "Au""dit".entry VALUES (1)`);
    for (const text of [
      "CREATE TABLE mine (id int)",
      "TRUNCATE item",
      "CREATE SCHEMA mine",
      "SET ROLE shop_owner",
    ])
      await assert.rejects(as("writer", text), /permission denied/, text);
    await assert.rejects(as("writer", "ALTER TABLE item ADD COLUMN x int"), /must be owner/);
  });

  it("lets nobody else in, except those who read everything", async () => {
    const { kubernetes } = bench;
    const { namespace } = instance;
    const app = await connectionFromSecret(kubernetes, namespace, "orders", "orders-connection");
    await assert.rejects(
      query(kubernetes, { namespace, service: "orders" }, { ...app, database: plan.database }, "SELECT 1"),
      /permission denied for database "shop"/,
    );
    const may = (role: string): Promise<string> =>
      superuserSql(`SELECT has_database_privilege('${role}', 'shop', 'CONNECT')`);
    assert.deepEqual(await Promise.all(["pg_read_all_data", "app"].map(may)), ["t", "f"]);
  });

  it("stays as it is in a second update, after tables were made and after a refresh", async () => {
    assert.equal((await database.up()).summary, "no changes");
    assert.equal((await database.refresh()).summary, "no changes");
    assert.equal((await database.up()).summary, "no changes");
  });

  it("shows a right that was taken away, and gives it back", async () => {
    await superuserSql("REVOKE SELECT ON item FROM shop_read_only", plan.database);
    await assert.rejects(as("reader", "SELECT * FROM item"), /permission denied/);
    const { changes, summary } = await database.refresh();
    assert.equal(changes.update, 1, summary);
    await database.up();
    assert.deepEqual(await as("reader", "SELECT name FROM item"), [{ name: "a" }]);
  });

  it("has its passwords in no clear state", async () => {
    const sealed = await database.cli("stack", "export");
    const roles = [plan.owner, ...Object.keys(logins)];
    for (const password of [superuser.password, ...roles.map(passwordOf)]) {
      const forms = [password, JSON.stringify(password).slice(1, -1), encodeURIComponent(password)];
      for (const form of [...forms, Buffer.from(password).toString("base64")])
        assert.ok(!sealed.includes(form));
    }
  });

  it("leaves no database and no role when it is destroyed", async () => {
    await database.destroy();
    const names =
      "('shop', 'shop_owner', 'shop_read_only', 'shop_read_write', 'reader', 'writer', 'migrator')";
    const left = `SELECT datname FROM pg_database WHERE datname IN ${names} UNION ALL SELECT rolname FROM pg_roles WHERE rolname IN ${names}`;
    assert.equal(await superuserSql(left), "");
  });
});
