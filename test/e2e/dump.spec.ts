import * as assert from "node:assert/strict";
import { BackupSchedule, type PostgresInstanceArgs } from "../../src";
import { openCluster } from "../../src/operations/kubeconfig";
import type { JobContext } from "../../src/operations/run-job";
import { runJobFrom } from "../../src/operations/run-job";
import { dumpsOf, startDump, startDumpRestore } from "../../src/operations/start-dump";
import { systemClock } from "../../src/operations/waiting";
import { backedUp } from "./backed-up";
import { harness, type SpecStack, type SpecStore } from "./harness";

/** What tells two databases apart: every row of every table, the definitions, and the owner. */
const fingerprint = `SELECT
  (SELECT md5(string_agg(o::text, ',' ORDER BY id)) FROM orders o) || ' ' ||
  (SELECT md5(string_agg(l::text, ',' ORDER BY l.*)) FROM sales.lines l) || ' ' ||
  (SELECT string_agg(indexdef, ';' ORDER BY indexdef) FROM pg_indexes WHERE schemaname IN ('public', 'sales')) || ' ' ||
  (SELECT string_agg(tablename || tableowner, ';' ORDER BY tablename) FROM pg_tables WHERE schemaname IN ('public', 'sales'))`;

describe("logical dumps", function () {
  this.timeout(20 * 60_000);
  const bench = harness();
  let stack: SpecStack;
  let store: SpecStore;
  let context: JobContext;
  let original: string;
  const second: PostgresInstanceArgs = { generations: { "1": {}, "2": {} }, activeGeneration: "2" };
  const program = (args: PostgresInstanceArgs = {}): ReturnType<typeof backedUp> =>
    backedUp(store, { orders: args }, ({ instances, provider }) => {
      const { orders } = instances;
      assert.ok(orders);
      new BackupSchedule(
        "orders",
        {
          instance: orders.reference,
          schedules: {
            full: { schedule: "0 2 * * *", immediate: true },
            incremental: { type: "incremental", schedule: "0 * * * *" },
          },
          dumps: {
            nightly: { schedule: "0 3 * * *" },
            share: { schedule: "0 4 * * *", format: "directory", jobs: 2, volume: { size: "512Mi" } },
          },
        },
        { provider },
      );
    });

  before(async function () {
    bench.requireStore(this);
    store = await bench.store("dump");
    stack = await bench.stackFor("dump", program());
    await stack.up();
    const { access } = bench.environment;
    const { api } = await openCluster(
      "kubeconfig" in access ? { env: { ...process.env, KUBECONFIG: access.kubeconfig } } : access,
    );
    context = { api, clock: systemClock, say: sentence => bench.note(sentence) };
    for (const sql of [
      "CREATE EXTENSION pgcrypto",
      "CREATE TABLE orders (id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY, note text, at timestamptz)",
      "INSERT INTO orders (note, at) SELECT repeat(md5(i::text), 3), '2026-01-01Z'::timestamptz + i * interval '1 s' FROM generate_series(1, 50000) i",
      "CREATE INDEX ON orders (at)",
      "CREATE SCHEMA sales",
      "CREATE TABLE sales.lines AS SELECT i AS line, digest(i::text, 'sha256') AS hash FROM generate_series(1, 1000) i",
      "CREATE TABLE hidden (id int)",
      "ALTER TABLE hidden ENABLE ROW LEVEL SECURITY",
      "INSERT INTO hidden VALUES (1), (2)",
    ])
      await bench.sql(stack.namespace, "orders", sql);
    original = await look("app");
  });

  const look = (database: string): Promise<string> =>
    bench.superuserSql(stack.namespace, "orders-g1-1", fingerprint, database);
  const of = (): { namespace: string; instance: string } => ({
    namespace: stack.namespace,
    instance: "orders",
  });

  it("are preceded by a base backup that the schedule takes at once", async () => {
    const backups = async (): Promise<string> =>
      bench.kubectl(
        ...[
          "get",
          "backups.postgresql.cnpg.io",
          "-n",
          stack.namespace,
          "-l",
          "cnpg.io/scheduled-backup=orders-g1-full",
        ],
        ...["-o", "jsonpath={.items[*].status.phase}"],
      );
    await bench.waitUntil(async () => (await backups()) === "completed", "the first base backup", 180);
  });

  it("are taken into the store, and restored into a new database", async () => {
    const { dumps } = await startDump(
      { ...of(), entry: "nightly", databases: ["app"], label: "before" },
      context,
    );
    const [dump] = dumps;
    assert.ok(dump);
    assert.deepEqual([dump.database, dump.format, dump.label], ["app", "custom", "before"]);
    const blobs = await store.list("dumps/orders/");
    assert.deepEqual(
      blobs.map(blob => blob.split("/").at(-1)),
      ["contents.txt", "data.dump", "dump.json", "roles.sql"],
    );
    const roles = (await store.read(blobs.at(-1) ?? "")).toString("utf8");
    assert.match(roles, /CREATE ROLE app/);
    assert.doesNotMatch(roles, /SCRAM|PASSWORD/);
    const result = await startDumpRestore({ ...of(), database: "app", into: "copy", create: true }, context);
    assert.deepEqual([result.id, result.created, result.rows], [dump.id, true, 51_002]);
    assert.equal(await look("copy"), original);
    bench.note(`restored ${result.rows} rows, ${result.bytes} bytes, in ${result.seconds} s`);
  });

  it("are restored into a database that is there only when it is empty, or with its name", async () => {
    await assert.rejects(
      startDumpRestore({ ...of(), database: "app", into: "copy" }, context),
      /is not empty/,
    );
    await bench.superuserSql(
      stack.namespace,
      "orders-g1-1",
      "UPDATE orders SET note = 'spoiled' WHERE id < 100",
      "copy",
    );
    assert.notEqual(await look("copy"), original);
    await startDumpRestore({ ...of(), database: "app", into: "copy", confirm: "copy" }, context);
    assert.equal(await look("copy"), original);
    await bench.superuserSql(stack.namespace, "orders-g1-1", 'CREATE DATABASE "an empty one" OWNER app');
    await startDumpRestore({ ...of(), database: "app", into: "an empty one" }, context);
    assert.equal(await look("an empty one"), original);
  });

  it("land on a volume, every database of them, and are restored from there", async () => {
    const { dumps } = await startDump({ ...of(), entry: "share" }, context);
    assert.deepEqual(dumps.map(({ database }) => database).sort(), [
      "an empty one",
      "app",
      "copy",
      "postgres",
    ]);
    const result = await startDumpRestore(
      { ...of(), entry: "share", database: "an empty one", into: "from-share", create: true, jobs: 2 },
      context,
    );
    assert.equal(result.rows, 51_002);
    assert.equal(await look("from-share"), original);
    const listed = await dumpsOf(of(), context);
    assert.deepEqual(
      listed.dumps.map(({ database, entry, state }) => [database, entry ?? "store", state].join()).sort(),
      [
        "an empty one,share,completed",
        "app,share,completed",
        "app,store,completed",
        "copy,share,completed",
        "postgres,share,completed",
      ],
    );
  });

  it("that were damaged are noticed, and leave no database", async () => {
    const [data] = (await store.list("dumps/orders/")).filter(blob => blob.endsWith("data.dump"));
    await store.damage(data ?? "");
    await assert.rejects(
      startDumpRestore({ ...of(), database: "app", into: "worse", create: true }, context),
    );
    const names = await bench.superuserSql(
      stack.namespace,
      "orders-g1-1",
      "SELECT string_agg(datname, ',') FROM pg_database",
    );
    assert.doesNotMatch(names, /worse/);
  });

  it("run beside incremental backups and retention, each with its own rights", async () => {
    const { namespace } = stack;
    const incremental = await runJobFrom<{ wal: string }>(context, {
      namespace,
      cronJob: "orders-incremental",
      request: {},
    });
    assert.match(incremental.wal, /^[0-9A-F]{24}$/);
    const kept = await runJobFrom<{ failures: string[]; decisions: { kind: string }[] }>(context, {
      namespace,
      cronJob: "orders-backups",
      request: {},
    });
    assert.deepEqual(kept.failures, []);
    assert.deepEqual([...new Set(kept.decisions.map(({ kind }) => kind))].sort(), ["base", "dump"]);
  });

  it("change nothing when nothing is changed", async () => {
    const { summary } = await stack.preview();
    assert.equal(summary, "no changes");
  });

  it("follow the generation that serves, whose archive gets its first base backup at once", async () => {
    const { namespace } = stack;
    await stack.up(async () => program(second)(namespace));
    assert.equal(
      await bench.field(
        namespace,
        "scheduledbackups.postgresql.cnpg.io/orders-g2-full",
        ".spec.cluster.name",
      ),
      "orders-g2",
    );
    await bench.waitUntil(
      async () =>
        (
          await bench.kubectl(
            ...["get", "backups.postgresql.cnpg.io", "-n", namespace, "-l", "cnpg.io/cluster=orders-g2"],
            ...["-o", "jsonpath={.items[*].status.phase}"],
          )
        ).includes("completed"),
      "the first base backup of generation 2",
      180,
    );
    await bench.sql(namespace, "orders", "CREATE TABLE anew AS SELECT 1 AS one");
    const { dumps } = await startDump({ ...of(), entry: "nightly", databases: ["app"] }, context);
    assert.equal(dumps.length, 1);
  });

  it("and all backups rest while the instance is hibernated, which is destroyed without hanging", async () => {
    const { namespace } = stack;
    await stack.up(async () => program({ ...second, hibernated: true })(namespace));
    const suspended = await bench.kubectl(
      ...["get", "scheduledbackups.postgresql.cnpg.io,cronjobs", "-n", namespace],
      ...[
        "-l",
        "cnpg.pulumi.com/instance=orders",
        "-o",
        "jsonpath={range .items[*]}{.metadata.name}={.spec.suspend} {end}",
      ],
    );
    for (const name of ["g2-full", "incremental", "backups", "dump-nightly", "dump-share", "dump-restore"])
      assert.match(suspended, new RegExp(`orders-${name}=true`));
    await stack.destroy();
    // The dumps are what is left of a lost instance.
    const claims = await bench.kubectl("get", "pvc", "-n", namespace, "-o", "name");
    assert.match(claims, /orders-dump-share/);
  });
});
