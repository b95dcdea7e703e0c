import * as assert from "node:assert/strict";
import * as kubernetes from "@pulumi/kubernetes/provider";
import { Client } from "pg";
import { certificateAuthority, type Connection, connectionFromUrl, query } from "../../embedded/driver/sql";
import { PostgresExample } from "../../examples/application/postgres-example";
import { Database, DatabaseLink, PostgresInstance } from "../../src";
import { keepResult } from "../bench/result";
import { backedUp } from "./backed-up";
import { pulumiCnpg } from "./command-line";
import { harness, type RunFailure, type RunOutcome, type SpecStack, type SpecStore } from "./harness";
import { loginLoad } from "./login-load-pod";
import { small, unchecked } from "./orders";

/** Every printable character of ASCII, the space in the middle. */
const printable = Array.from({ length: 95 }, (_, index) =>
  String.fromCharCode(32 + ((index + 40) % 95)),
).join("");

/** Resources that a refresh found changed. One that is only read is read anew by every refresh. */
function drift({ events }: RunOutcome): string[] {
  const found = events.flatMap(({ resOutputsEvent }) => resOutputsEvent?.metadata ?? []);
  const isRead = (state: object | undefined): boolean =>
    (state as { external?: boolean } | undefined)?.external === true;
  return found
    .filter(({ op, new: now }) => op !== "same" && op !== "refresh" && !isRead(now))
    .map(({ urn }) => urn);
}

/** Seconds from the end of the last part of instance `postgres-own` to the end of the Deployment `own`, whose pod has asked its database. */
function secondsAfterInstance(events: RunOutcome["events"]): number {
  const ends = (matches: RegExp): number[] =>
    events
      .filter(({ resOutputsEvent }) => matches.test(resOutputsEvent?.metadata.urn ?? ""))
      .map(({ timestamp }) => timestamp);
  const instance = Math.max(...ends(/PostgresInstance\$.*::postgres-own/));
  return Math.max(...ends(/Deployment::own$/)) - instance;
}

const isLong = process.env.E2E === "long";

describe("an application and its database", function () {
  this.timeout(15 * 60_000);
  const bench = harness();
  let stack: SpecStack;
  /** Seconds from an instance to the application that it was made for. */
  let after: number;
  /** Namespace of the applications; the instance is in that of the stack. */
  let away: string;

  interface Options {
    access?: "readOnly" | "readWrite";
    /** What becomes of the database `other`. */
    other?: "kept" | "to be removed" | "removed";
    /** Whether the application `notes` is there. */
    notes?: boolean;
    links?: boolean;
    schemas?: string[];
  }

  /** One shared instance with two databases, links to both, and an application with a database of its own in it. */
  const program =
    (wanted: Options = {}) =>
    async (namespace: string): Promise<Record<string, unknown>> => {
      const { access = "readWrite", other = "kept", links = true, notes = true } = wanted;
      const { schemas = ["public", "sales"] } = wanted;
      const provider = new kubernetes.Provider("kubernetes", {
        enableSecretMutable: true,
        enableConfigMapMutable: true,
      });
      const options = { provider };
      const room = {
        parameters: { max_connections: "80" },
        acceptMemoryRisk: true,
        pgHba: ["hostssl shop shop_machine all cert"],
      };
      const instance = new PostgresInstance(
        "orders",
        { ...small, ...unchecked, ...room, namespace },
        options,
      );
      const shared = { instance: instance.reference, namespace: away };
      const shop = new Database(
        "shop",
        { ...shared, schemas, extensions: ["pgcrypto"], password: printable },
        options,
      );
      const deletion = other === "kept" ? undefined : { confirm: "other" };
      if (other !== "removed") new Database("other", { ...shared, deletion }, options);
      const database = shop.reference;
      if (links) {
        new DatabaseLink("web", { database, namespace: away, access }, options);
        new DatabaseLink("reports", { database, namespace: away, access: "readOnly" }, options);
        new DatabaseLink("admin", { database, namespace: away, access: "owner" }, options);
        new DatabaseLink(
          "machine",
          { database, namespace, access: "readOnly", clientCertificate: true },
          options,
        );
      }
      const own = { instanceArgs: { ...small, ...unchecked } };
      new PostgresExample("own", { namespace: away, database: own }, options);
      const inside = { namespace: away, database: { instance: instance.reference } };
      if (notes) new PostgresExample("notes", inside, options);
      return { connectionString: shop.connectionString, reference: shop.reference };
    };

  /** Logs in as the Secret says, by its URL. */
  async function connection(secret: string): Promise<Connection> {
    const read = async (kind: string, name: string): Promise<Record<string, string>> =>
      ((await bench.kubernetes.read({ apiVersion: "v1", kind, namespace: away, name }))?.data ??
        {}) as Record<string, string>;
    const data = await read("Secret", secret);
    const url = new URL(Buffer.from(data.DATABASE_URL ?? "", "base64").toString());
    assert.equal(url.searchParams.get("sslmode"), "verify-full");
    const ca = (await read("ConfigMap", secret))["ca.crt"] ?? "";
    const { hostname: host, port, username, password, pathname } = url;
    return {
      host,
      port: Number(port),
      user: decodeURIComponent(username),
      password: decodeURIComponent(password),
      database: decodeURIComponent(pathname.slice(1)),
      ca,
    };
  }

  const at = (): { namespace: string; service: string } => ({
    namespace: stack.namespace,
    service: "orders",
  });
  async function as(secret: string, sql: string): Promise<Record<string, unknown>[]> {
    return query(bench.kubernetes, at(), await connection(secret), sql);
  }
  const owner = "shop-postgres-credentials";
  const web = "web-shop-postgres-credentials";
  const reports = "reports-shop-postgres-credentials";
  const admin = "admin-shop-postgres-credentials";

  before(async () => {
    away = await bench.namespaceFor("applications");
    stack = await bench.stackFor("application", program());
    const { seconds, summary, events } = await stack.up();
    bench.note(
      `Two instances, four databases, four links, two applications: ${summary} (${seconds.toFixed(1)} s).`,
    );
    after = secondsAfterInstance(events);
    bench.note(`The application with an instance of its own ran ${after.toFixed(1)} s after the instance.`);
  });

  // Beside other specs everything takes longer.
  it("runs soon after its instance", () => assert.ok(after <= (isLong ? 10 : 30), `it took ${after} s`));

  it("changes nothing in a second update, nor in a refresh", async () => {
    assert.equal((await stack.up()).summary, "no changes");
    assert.deepEqual(drift(await stack.refresh()), []);
  });

  it("logs in with a password of every printable character, by URL", async () => {
    assert.equal((await connection(owner)).password, printable);
    const [row] = await as(
      owner,
      "SELECT current_user AS role, extname FROM pg_extension WHERE extname = 'pgcrypto'",
    );
    assert.deepEqual(row, { role: "shop_user", extname: "pgcrypto" });
  });

  it("has its passwords in no clear state, and in nothing that runs", async () => {
    const state = await stack.cli("stack", "export");
    const kinds =
      "deployments,pods,jobs,cronjobs,serviceaccounts,configmaps,databases.postgresql.cnpg.io,databaseroles.postgresql.cnpg.io,events";
    const objects = await Promise.all(
      [away, stack.namespace].map(namespace => bench.kubectl("get", kinds, "-n", namespace, "-o", "yaml")),
    );
    for (const secret of [owner, web, reports, admin, "notes-postgres-credentials"]) {
      const { password } = await connection(secret);
      const forms = [password, JSON.stringify(password).slice(1, -1), encodeURIComponent(password)];
      for (const form of [...forms, Buffer.from(password).toString("base64")])
        for (const text of [state, ...objects]) assert.ok(!text.includes(form), `the password of ${secret}`);
    }
  });

  it("may do exactly what its access says, also with tables that come later", async () => {
    await as(owner, "CREATE TABLE item (id serial PRIMARY KEY, name text)");
    await as(admin, "CREATE TABLE sales.sale (id int)");
    await as(owner, "CREATE SCHEMA hidden");
    await as(owner, "CREATE TABLE hidden.secret (id int)");
    assert.deepEqual(await as(admin, "SELECT tableowner FROM pg_tables WHERE tablename = 'sale'"), [
      { tableowner: "shop_user" },
    ]);
    await as(web, "INSERT INTO item (name) VALUES ('a')");
    await as(web, "INSERT INTO sales.sale VALUES (1)");
    assert.deepEqual(await as(reports, "SELECT name FROM item"), [{ name: "a" }]);
    const denied = /permission denied/;
    await assert.rejects(as(reports, "INSERT INTO item (name) VALUES ('b')"), denied);
    await assert.rejects(as(web, "CREATE TABLE mine (id int)"), denied);
    await assert.rejects(as(web, "TRUNCATE item"), denied);
    await assert.rejects(as(web, "SELECT * FROM hidden.secret"), denied);
    await assert.rejects(as(reports, "CREATE TEMPORARY TABLE mine (id int)"), denied);
  });

  it("does not get into the database of another application", async () => {
    const denied = /permission denied for database/;
    for (const secret of [web, reports, admin, owner]) {
      const into = { ...(await connection(secret)), database: "other" };
      await assert.rejects(query(bench.kubernetes, at(), into, "SELECT 1"), denied);
    }
  });

  it("logs in by a certificate in place of a password", async () => {
    const { namespace } = stack;
    const secret = async (name: string): Promise<Record<string, string>> => {
      const data = (await bench.kubernetes.read({ apiVersion: "v1", kind: "Secret", namespace, name }))?.data;
      const entries = Object.entries((data ?? {}) as Record<string, string>);
      return Object.fromEntries(
        entries.map(([key, value]) => [key, Buffer.from(value, "base64").toString()]),
      );
    };
    const { DATABASE_URL = "" } = await secret("machine-shop-postgres-credentials");
    assert.match(DATABASE_URL, /^postgresql:\/\/shop_machine@.*&sslcert=.*&sslkey=/);
    const pair = await secret("orders-g1-shop-machine-link-client-cert");
    const { host, ca, port } = await connection(web);
    const forward = await bench.kubernetes.forward(namespace, "orders", port);
    const client = new Client({
      ...{ host: "127.0.0.1", port: forward.port, user: "shop_machine", database: "shop" },
      ssl: { ca, servername: host, cert: pair["tls.crt"], key: pair["tls.key"] },
    });
    try {
      await client.connect();
      assert.deepEqual((await client.query("SELECT name FROM item")).rows, [{ name: "a" }]);
    } finally {
      await client.end();
      await forward.close();
    }
  });

  it("answers over HTTP, and began after its database answered", async () => {
    const forward = await bench.kubernetes.forward(away, "notes", 8080);
    try {
      const url = `http://127.0.0.1:${forward.port}`;
      const made = await fetch(`${url}/notes`, { method: "POST", body: "kept" });
      assert.equal(made.status, 201);
      const list = (await (await fetch(`${url}/notes`)).json()) as { text: string }[];
      assert.deepEqual(
        list.map(({ text }) => text),
        ["kept"],
      );
      assert.deepEqual(await (await fetch(`${url}/health`)).json(), {
        role: "notes_user",
        database: "notes",
      });
    } finally {
      await forward.close();
    }
    const pods = ["get", "pods", "-n", away, "-l", "app=notes"];
    const waited = "{.items[0].status.initContainerStatuses[0].state.terminated.reason}";
    assert.equal(await bench.kubectl(...pods, "-o", `jsonpath=${waited}`), "Completed");
  });

  it("loses rights with the access, and with a schema that is not declared any more", async () => {
    await stack.up(async () => program({ access: "readOnly", schemas: ["public"] })(stack.namespace));
    await bench.waitUntil(
      () =>
        as(web, "INSERT INTO item (name) VALUES ('c')").then(
          () => false,
          () => true,
        ),
      "The end of the right to write",
      60,
    );
    assert.deepEqual(await as(web, "SELECT name FROM item"), [{ name: "a" }]);
    await assert.rejects(as(web, "SELECT * FROM sales.sale"), /permission denied/);
  });

  it("loses its role with the link, and the data stays", async () => {
    const roles = (): Promise<string> =>
      bench.superuserSql(
        stack.namespace,
        "orders-g1-1",
        "SELECT string_agg(rolname, ' ' ORDER BY rolname) FROM pg_roles WHERE rolname ~ '^shop'",
      );
    assert.equal(
      await roles(),
      "shop_admin shop_machine shop_readonly shop_readwrite shop_reports shop_user shop_web",
    );
    await stack.up(async () => program({ links: false })(stack.namespace));
    await bench.waitUntil(
      async () => (await roles()) === "shop_readonly shop_readwrite shop_user",
      "The end of the roles",
      90,
    );
    assert.deepEqual(await as(owner, "SELECT name FROM item"), [{ name: "a" }]);
    assert.equal(
      await bench.kubectl("get", "secret", "-n", away, web, "--ignore-not-found", "-o", "name"),
      "",
    );
  });

  it("stays when its application goes, and goes with its data when that was asked for", async () => {
    const databases = (): Promise<string> =>
      bench.superuserSql(
        stack.namespace,
        "orders-g1-1",
        "SELECT string_agg(datname, ' ' ORDER BY datname) FROM pg_database WHERE datname IN ('shop', 'other', 'notes')",
      );
    await stack.up(async () => program({ links: false, other: "to be removed" })(stack.namespace));
    assert.equal(await databases(), "notes other shop");
    await stack.up(async () => program({ links: false, other: "removed", notes: false })(stack.namespace));
    await bench.waitUntil(async () => (await databases()) === "notes shop", "The end of the database", 120);
    const notes = bench.superuserSql(stack.namespace, "orders-g1-1", "SELECT text FROM note", "notes");
    assert.equal(await notes, "kept");
  });
});

describe("credentials of an application that are rotated", function () {
  this.timeout(30 * 60_000);
  const bench = harness();
  const rotations = isLong ? 10 : 2;
  /** Logins a second, of all pods together. */
  const rate = isLong ? 100 : 20;
  let stack: SpecStack;

  const files = { "001-visit.sql": "CREATE TABLE visit (at timestamptz DEFAULT now())" };
  const program =
    (more: Record<string, string> = {}) =>
    async (namespace: string): Promise<Record<string, unknown>> => {
      const provider = new kubernetes.Provider("kubernetes", {
        enableSecretMutable: true,
        enableConfigMapMutable: true,
      });
      const options = { provider };
      const room = { parameters: { max_connections: "80" }, acceptMemoryRisk: true };
      const shape = { ...small, ...unchecked, ...room };
      const instance = new PostgresInstance("orders", { ...shape, namespace }, options);
      const { reference } = new Database(
        "shop",
        { instance: instance.reference, namespace, migrations: { files: { ...files, ...more } } },
        options,
      );
      const application = { namespace, database: reference, rate, replicas: Object.keys(more).length + 2 };
      loginLoad("load", { ...application, access: "readWrite" }, options);
      new DatabaseLink("admin", { database: reference, namespace, access: "owner", rotation: {} }, options);
      return {};
    };

  const rotate = async (link: string): Promise<{ active: string; retired: string; seconds: number }> => {
    const { exitCode, stdout, stderr } = await pulumiCnpg(
      bench,
      ...["credentials", "rotate", link, "--namespace", stack.namespace, "--json"],
    );
    assert.equal(exitCode, 0, stderr);
    return JSON.parse(stdout) as { active: string; retired: string; seconds: number };
  };
  const superuser = (sql: string): Promise<string> =>
    bench.superuserSql(stack.namespace, "orders-g1-1", sql, "shop");
  const refusals = async (): Promise<number> => {
    const log = await bench.kubectl("logs", "-n", stack.namespace, "orders-g1-1", "-c", "postgres");
    return log
      .split("\n")
      .filter(line => line.includes("password authentication failed") && line.includes("shop_load")).length;
  };

  before(async () => {
    stack = await bench.stackFor("rotation", program());
    const { seconds } = await stack.up();
    bench.note(
      `An instance, a database with a migration and two links with rotation: ${seconds.toFixed(1)} s.`,
    );
  });

  it(`change ${rotations} times while the application logs in ${rate} times a second, and no login fails`, async () => {
    await bench.waitUntil(
      async () => Number(await superuser("SELECT count(*) FROM visit")) > rate,
      "The load",
      60,
    );
    const measured: { seconds: number; logins: number }[] = [];
    for (let round = 1; round <= rotations; round++) {
      const before = Number(await superuser("SELECT count(*) FROM visit"));
      const { active, retired, seconds } = await rotate("orders-shop-load-link");
      assert.deepEqual([active, retired].sort(), ["shop_load_a", "shop_load_b"]);
      const logins = Number(await superuser("SELECT count(*) FROM visit")) - before;
      measured.push({ seconds, logins });
      // Whoever retires a login tries it until it is refused, and then no more.
      const refused = await refusals();
      bench.note(`rotation ${round}: ${seconds} s, ${logins} logins meanwhile, ${refused} refused so far`);
      assert.ok(logins > rate, "the load went on");
      assert.ok(refused <= round, `${refused} logins were refused`);
    }
    if (isLong)
      keepResult("rotation", { rotations, pods: 2, loginsPerSecond: rate, failedLogins: 0, measured });
  });

  it("change nothing that an update or a refresh would undo", async () => {
    assert.equal((await stack.up()).summary, "no changes");
    assert.deepEqual(drift(await stack.refresh()), []);
    assert.equal((await stack.up()).summary, "no changes");
  });

  it("are in use as they were while a change of the schema fails, and the application with them", async () => {
    const pods = async (): Promise<string> =>
      (await bench.kubectl("get", "pods", "-n", stack.namespace, "-l", "app=load", "-o", "name")).trim();
    const before = await pods();
    const wrong = {
      "002-visit.sql": "ALTER TABLE visit ADD COLUMN who text;\nALTER TABLE visits ADD COLUMN x int",
    };
    await assert.rejects(
      stack.up(async () => program(wrong)(stack.namespace)),
      (error: RunFailure) => /002-visit\.sql.*line 2.*visits/s.test(error.log),
    );
    assert.equal(await pods(), before);
    const columns = "SELECT count(*) FROM pg_attribute WHERE attrelid = 'visit'::regclass AND attnum > 0";
    assert.equal(await superuser(columns), "1");
    await stack.up(async () =>
      program({ "002-visit.sql": "ALTER TABLE visit ADD COLUMN who text" })(stack.namespace),
    );
    assert.equal(await superuser(columns), "2");
    assert.equal((await pods()).split("\n").length, 3);
  });

  it("keep an owner the owner", async () => {
    const { active } = await rotate("orders-shop-admin-link");
    assert.equal(active, "shop_admin_b");
    const settings = await superuser(
      "SELECT string_agg(rolname || ' ' || array_to_string(setconfig, ','), '; ' ORDER BY rolname) FROM pg_db_role_setting JOIN pg_roles r ON r.oid = setrole WHERE rolname ~ '^shop_admin'",
    );
    assert.equal(settings, "shop_admin_a role=shop_user; shop_admin_b role=shop_user");
  });
});

describe("a database of an application that is removed with its data", function () {
  this.timeout(15 * 60_000);
  const bench = harness();
  let stack: SpecStack;
  let store: SpecStore;

  const program = (state: "there" | "to be removed" | "removed"): ReturnType<typeof backedUp> =>
    backedUp(
      store,
      { orders: { ...unchecked, pooler: { instances: 1, poolSize: 1 } } },
      ({ namespace, instances, provider }) => {
        const instance = instances.orders?.reference;
        const deletion = state === "there" ? undefined : { confirm: "shop" };
        if (state !== "removed")
          new Database("shop", { instance, namespace, deletion, connections: 1 }, { provider });
        new Database("pooled", { instance, namespace, pooler: true }, { provider });
      },
    );

  before(async function () {
    bench.requireStore(this);
    store = await bench.store("removal");
    stack = await bench.stackFor("removal", program("there"));
    await stack.up();
  });

  it("is reached through the pooler, where that was asked for", async () => {
    const { namespace } = stack;
    const name = "pooled-postgres-credentials";
    const secret = (await bench.kubernetes.read({ apiVersion: "v1", kind: "Secret", namespace, name }))?.data;
    const url = Buffer.from((secret as Record<string, string>).DATABASE_URL ?? "", "base64").toString();
    const to = connectionFromUrl(url, await certificateAuthority(bench.kubernetes, namespace, "orders"));
    assert.equal(to.host, `orders-pooler.${namespace}.svc`);
    const address = { namespace, service: "orders-pooler" };
    assert.deepEqual(await query(bench.kubernetes, address, to, "SELECT current_user AS role"), [
      { role: "pooled_user" },
    ]);
  });

  it("is there until a last backup was taken, and then goes", async () => {
    const databases = (): Promise<string> =>
      bench.superuserSql(
        stack.namespace,
        "orders-g1-1",
        "SELECT count(*) FROM pg_database WHERE datname = 'shop'",
      );
    await stack.up(async () => program("to be removed")(stack.namespace));
    assert.equal(await databases(), "1");
    const backup = "backups.postgresql.cnpg.io/orders-g1-shop-database-last";
    assert.equal(await bench.field(stack.namespace, backup, ".status.phase"), "completed");
    await stack.up(async () => program("removed")(stack.namespace));
    await bench.waitUntil(async () => (await databases()) === "0", "The end of the database", 120);
  });
});
