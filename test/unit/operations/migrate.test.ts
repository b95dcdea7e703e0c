import * as assert from "node:assert/strict";
import { mkdirSync, mkdtempSync, rmSync, symlinkSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { kinds } from "../../../src/operations/kubernetes";
import {
  migrate,
  type MigrateRequest,
  type MigrateResult,
  runMigrations,
} from "../../../src/operations/migrate";
import { lockNumber } from "../../../src/operations/migration-table";
import { RequestReader } from "../../../src/operations/operation";
import { context, FakeClock } from "./fakes";
import { MigrationServer } from "./migration-server";

describe("operation migrate", () => {
  let folder: string;
  let server: MigrationServer;

  beforeEach(() => {
    folder = mkdtempSync(join(tmpdir(), "migrate-"));
    writeFileSync(join(folder, "ca.crt"), "pem");
    server = new MigrationServer();
    server.hasTable = true;
  });
  afterEach(() => rmSync(folder, { recursive: true, force: true }));

  /** Files as a ConfigMap is mounted: links to links. */
  function mount(files: Record<string, string>): void {
    const mounted = join(folder, "sql");
    rmSync(mounted, { recursive: true, force: true });
    mkdirSync(join(mounted, "..2026"), { recursive: true });
    symlinkSync("..2026", join(mounted, "..data"));
    for (const [name, text] of Object.entries(files)) {
      writeFileSync(join(mounted, "..2026", name), text);
      symlinkSync(join("..data", name), join(mounted, name));
    }
  }

  const request = (more: object = {}): MigrateRequest =>
    migrate.read(
      new RequestReader({
        ...{ host: "orders.shop.svc", database: "app", caFile: join(folder, "ca.crt") },
        ...{ directory: join(folder, "sql"), timeoutSeconds: 60, ...more },
      }),
    );
  const run = (more: object = {}, around = context()): Promise<MigrateResult> =>
    runMigrations(request(more), around, server.open);
  const names = (): string[] => server.content.rows.map(({ name }) => name);

  const two = { "0001_a.sql": "CREATE TABLE a;\nCREATE TABLE b;", "0002_c.sql": "CREATE TABLE c;" };
  const effects = ["CREATE TABLE a", "CREATE TABLE b", "CREATE TABLE c"];

  it("runs each file once, in the order of the names", async () => {
    mount(two);
    assert.deepEqual((await run()).applied, ["0001_a.sql", "0002_c.sql"]);
    assert.deepEqual(server.content.effects, effects);
    mount({ ...two, "0003_d.sql": "CREATE TABLE d;" });
    const result = await run();
    assert.deepEqual([result.applied, result.before], [["0003_d.sql"], 2]);
    assert.deepEqual(server.content.effects, [...effects, "CREATE TABLE d"]);
    assert.deepEqual((await run()).applied, []);
    assert.equal(server.content.effects.length, 4);
  });

  it("makes its table only where there is none", async () => {
    mount({});
    await run();
    assert.ok(!server.sent.some(sql => sql.startsWith("CREATE")));
    server.hasTable = false;
    await run({ schema: 'a"b', table: "m" });
    assert.ok(server.sent.some(sql => sql.startsWith('CREATE TABLE "a""b"."m" (')));
  });

  it("leaves nothing of a file that fails, keeps what came before, and goes on there", async () => {
    mount({ ...two, "0002_c.sql": "CREATE TABLE c;\n\nCREATE\nTABLE wrong;" });
    const error = { message: "no such type", code: "42704", position: "8" };
    server.errors.set("CREATE\nTABLE wrong", error);
    await assert.rejects(run(), /^Error: 0002_c\.sql, line 4: ERROR 42704: no such type\.$/);
    assert.deepEqual([server.content.effects, names()], [effects.slice(0, 2), ["0001_a.sql"]]);
    mount(two);
    assert.deepEqual((await run()).applied, ["0002_c.sql"]);
    assert.deepEqual(server.content.effects, effects);
  });

  it("ends with every file run exactly once, wherever a session was lost", async () => {
    mount(two);
    await run();
    const statements = server.sent.length;
    for (const loss of ["before", "after"] as const) {
      for (let last = 0; last < statements; last++) {
        const which = `${loss} the answer to statement ${last}`;
        server = new MigrationServer();
        server.hasTable = true;
        let lost = false;
        server.loss = count => {
          if (lost || count !== last) return undefined;
          lost = true;
          return loss;
        };
        await run().catch(() => run());
        assert.ok(lost, which);
        assert.deepEqual([server.content.effects, names()], [effects, Object.keys(two)], which);
        assert.equal(server.lock, undefined, which);
      }
    }
  });

  it("says what a constraint found that was put off to the end", async () => {
    mount({ "1.sql": "INSERT INTO a;" });
    server.errors.set("COMMIT", { message: "no such key", code: "23503", detail: "Key (b)=(1)." });
    await assert.rejects(run(), /^Error: 1\.sql, at its end: ERROR 23503: no such key\. Key \(b\)=\(1\)\.$/);
    assert.deepEqual(server.content, { rows: [], effects: [] });
  });

  it("runs a file outside of a transaction when it says so, and begins it anew after it broke off", async () => {
    const text = "-- no-transaction\nCREATE INDEX CONCURRENTLY a;CREATE INDEX CONCURRENTLY b;";
    mount({ "1.sql": text });
    server.errors.set("CREATE INDEX CONCURRENTLY b", { message: "duplicate" });
    await assert.rejects(run(), /1\.sql, line 2: ERROR: duplicate/);
    assert.deepEqual([server.content.effects, names()], [["CREATE INDEX CONCURRENTLY a"], []]);
    server.errors.clear();
    await run();
    assert.equal(server.content.effects.length, 3);
    assert.deepEqual(names(), ["1.sql"]);
    assert.ok(!server.sent.includes("BEGIN"));
  });

  it("refuses before anything is run: changed, gone, early, and what no file may have", async () => {
    mount(two);
    await run();
    const before = structuredClone(server.content);
    const refused: [Record<string, string>, RegExp][] = [
      [{ ...two, "0001_a.sql": "CREATE TABLE z;", "0003.sql": "SELECT 1" }, /0001_a\.sql .* another text/],
      [{ "0002_c.sql": two["0002_c.sql"], "0003.sql": "SELECT 1" }, /0001_a\.sql .* no longer there/],
      [{ ...two, "0001_b.sql": "SELECT 1" }, /0001_b\.sql is new, but sorts before 0002_c\.sql/],
      [{ ...two, "0003.sql": "COMMIT" }, /0003\.sql: Line 1 has COMMIT/],
    ];
    for (const [files, reason] of refused) {
      mount(files);
      await assert.rejects(run(), reason);
      assert.deepEqual(server.content, before);
    }
  });

  it("lets one Job run at a time", async () => {
    mount(two);
    await Promise.all([run(), run(), run()]);
    assert.deepEqual(server.content.effects, effects);
  });

  it("waits for another Job no longer than it may, and says so", async () => {
    mount(two);
    server.lock = Symbol("another");
    const around = context();
    await assert.rejects(
      run({ timeoutSeconds: 5 }, around),
      /gave up after 5 s, still waiting: another Job that runs files in database app/,
    );
    assert.match(around.said[0] ?? "", /waiting: another Job that runs files/);
    assert.deepEqual(server.content.effects, []);
  });

  it("waits until a server answers that can write", async () => {
    mount(two);
    server.refusals = [new Error("connect ECONNREFUSED"), new Error("password authentication failed")];
    const clock = new FakeClock();
    server.standby = true;
    const around = context(undefined, {
      now: clock.now,
      sleep: async milliseconds => {
        await clock.sleep(milliseconds);
        if (clock.now() > new Date("2026-01-01T00:00:04Z")) server.standby = false;
      },
    });
    await run({}, around);
    assert.match(around.said.join("\n"), /ECONNREFUSED\n.*authentication failed\n.*a server that can write/);
  });

  it("takes the role and the limits anew for each file", async () => {
    mount({ "1.sql": 'SET ROLE "other"; SET search_path = x;', "2.sql": "SELECT 1" });
    await run({ setRole: 'own"er', statementTimeoutSeconds: 5, lockTimeoutSeconds: 2 });
    const at = server.sent.lastIndexOf("RESET ALL");
    assert.deepEqual(server.sent.slice(at, at + 8), [
      ...["RESET ALL", "DISCARD TEMP", "DEALLOCATE ALL", 'SET ROLE "own""er"'],
      ...["SET statement_timeout = 5000", "SET lock_timeout = 2000", "BEGIN", "SELECT 1"],
    ]);
    // What is remembered belongs to the same role, whatever the file took.
    const recorded = server.sent.findIndex(sql => sql.startsWith("INSERT INTO"));
    assert.equal(server.sent[recorded - 1], 'SET ROLE "own""er"');
  });

  it("leaves its result on the Job when it is asked for", async () => {
    mount({});
    assert.equal(request().report, false);
    const around = context();
    around.api.add(kinds.job, {
      apiVersion: "batch/v1",
      kind: "Job",
      metadata: { name: "job", namespace: "shop" },
    });
    await assert.rejects(
      migrate.run(request({ timeoutSeconds: 1, host: "localhost", port: 1, report: true }), around),
    );
    assert.deepEqual(around.api.calls, []);
  });

  it("names the folder that is not mounted, and what it leaves out", async () => {
    await assert.rejects(run(), /The folder .*sql cannot be read, is the ConfigMap mounted\? ENOENT/);
    mount({ "README.md": "", "1.sql": "SELECT 1" });
    const around = context();
    await run({}, around);
    assert.equal(around.said[0], "README.md is left out: its name does not end in .sql.");
  });
});

describe("lockNumber", () => {
  it("is another one for every database and table, and fits", () => {
    const numbers = [
      lockNumber("a", { schema: "b", table: "c" }),
      lockNumber("a", { schema: "bc", table: "" }),
      lockNumber("b", { schema: "b", table: "c" }),
    ];
    assert.equal(new Set(numbers).size, 3);
    for (const number of numbers) assert.equal(BigInt.asIntN(64, BigInt(number)), BigInt(number));
    assert.equal(numbers[0], lockNumber("a", { schema: "b", table: "c" }));
  });
});
