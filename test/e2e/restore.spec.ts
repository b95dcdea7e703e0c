import * as assert from "node:assert/strict";
import type { PostgresInstanceArgs, RestoreSource } from "../../src";
import { backedUp, takeBaseBackup } from "./backed-up";
import { type Ask, load, startClient, startShell } from "./clients";
import { harness, type RunFailure, type SpecStack, type SpecStore } from "./harness";

/** Moments to restore to; the long form proves more of them. */
const long = process.env.E2E === "long";
const targets = long ? 20 : 3;
/** Instances that are restored side by side. */
const atOnce = long ? 5 : 3;

/** A row of the ledger: when the server committed it, and in which transaction. */
interface Entry {
  id: number;
  committedAt: string;
  transactionId: string;
}

/** Of an ISO time; Date knows milliseconds only, and a row can be committed in the one of the target, behind it. */
function microseconds(time: string): number {
  return Date.parse(time) * 1000 + Number(/\.\d{3}(\d{1,3})/.exec(time)?.[1]?.padEnd(3, "0") ?? 0);
}

/** A moment of the load, and the newest rows right before and after it was marked. */
interface Mark {
  at: string;
  least: number;
  most: number;
}

describe("restore of a new instance", function () {
  this.timeout(long ? 60 * 60_000 : 20 * 60_000);
  const bench = harness();
  let stack: SpecStack;
  let store: SpecStore;
  let backupId: string;
  let ledger: Entry[];
  let marks: { transactionId: string; name: Mark; lsn: Mark };

  const source: PostgresInstanceArgs = { parameters: { track_commit_timestamp: "on" } };
  const primary = (query: string): Promise<string> =>
    bench.superuserSql(stack.namespace, "orders-g1-1", query, "app");

  before(async function () {
    bench.requireStore(this);
    store = await bench.store("restore");
    stack = await bench.stackFor("restore", backedUp(store, { orders: source }));
    await stack.up();
    await primary("CREATE TABLE ledger (id bigint GENERATED ALWAYS AS IDENTITY, filler text)");
    await primary("GRANT ALL ON ledger TO app");
    backupId = await takeBaseBackup(bench, stack.namespace, "orders-g1", "before-the-load");
    await writeUnderLoad();
  });

  /** Single rows, one transaction each and one after the other, beside the transactions of pgbench. */
  async function writeUnderLoad(): Promise<void> {
    const { namespace } = stack;
    await startClient(bench, { namespace, name: "load", instance: "orders", script: load });
    const write = `while :; do printf 'INSERT INTO ledger (filler) VALUES (repeat(chr(120), 100)) \\\\watch 0.02\\n' | psql -q >/dev/null 2>&1; done`;
    await startClient(bench, { namespace, name: "writer", instance: "orders", script: write });
    const rows = async (): Promise<number> => Number(await primary("SELECT count(*) FROM ledger"));
    await bench.waitUntil(async () => (await rows()) > 200, "200 rows of the ledger", 60);
    const name = await mark("SELECT 'before-migration' FROM pg_create_restore_point('before-migration')");
    await bench.waitUntil(async () => (await rows()) > 400, "400 rows of the ledger", 60);
    const lsn = await mark("SELECT pg_current_wal_insert_lsn()");
    await bench.waitUntil(async () => (await rows()) > 600, "600 rows of the ledger", 60);
    await bench.kubectl("delete", "pod", "-n", namespace, "writer", "load", "--wait=true");
    ledger = await readLedger();
    const transactionId = ledger[Math.floor(ledger.length / 2)]?.transactionId ?? "";
    marks = { transactionId, name, lsn };
    await archived();
  }

  async function mark(query: string): Promise<Mark> {
    const newest = async (): Promise<number> => Number(await primary("SELECT max(id) FROM ledger"));
    const least = await newest();
    const at = await primary(query);
    return { at, least, most: await newest() };
  }

  async function readLedger(): Promise<Entry[]> {
    const text = await primary(
      "SELECT json_agg(json_build_object('id', id, 'committedAt', pg_xact_commit_timestamp(xmin), 'transactionId', xmin::text) ORDER BY id) FROM ledger",
    );
    return JSON.parse(text) as Entry[];
  }

  /** Waits until everything written so far has gone to the archive. */
  async function archived(): Promise<void> {
    await primary("CREATE TABLE after_everything ()");
    const segment = await primary("SELECT pg_walfile_name(pg_switch_wal())");
    await bench.waitUntil(
      async () => (await primary("SELECT last_archived_wal FROM pg_stat_archiver")) >= segment,
      `segment ${segment} to be archived`,
      120,
    );
  }

  /** Restores instances beside the source, reads the ids in their ledgers, and removes them. */
  async function restoreEach(sources: Record<string, RestoreSource>): Promise<Record<string, number[]>> {
    const restored = Object.entries(sources).map(
      ([name, restore]) => [name, { ...source, restore }] as const,
    );
    const all = { orders: source, ...Object.fromEntries(restored) };
    await stack.up(async () => backedUp(store, all)(stack.namespace));
    const found: Record<string, number[]> = {};
    for (const name of Object.keys(sources)) {
      const query = "SELECT coalesce(json_agg(id ORDER BY id), '[]') FROM ledger";
      const ids = await bench.superuserSql(stack.namespace, `${name}-g1-1`, query, "app");
      found[name] = JSON.parse(ids) as number[];
    }
    await stack.up(async () => backedUp(store, { orders: source })(stack.namespace));
    return found;
  }

  const idsUpTo = (last: (entry: Entry) => boolean): number[] => ledger.filter(last).map(({ id }) => id);

  it(`holds exactly the rows committed up to each of ${targets} random times`, async () => {
    const [first, last] = [ledger[0], ledger.at(-1)].map(entry => Date.parse(entry?.committedAt ?? ""));
    assert.ok(first !== undefined && last !== undefined && last - first > 1000);
    // The middle of the load: each target has rows before and behind it.
    const times = Array.from({ length: targets }, () =>
      new Date(first + (0.05 + 0.9 * Math.random()) * (last - first)).toISOString(),
    );
    for (let begin = 0; begin < times.length; begin += atOnce) {
      const some = times.slice(begin, begin + atOnce);
      const found = await restoreEach(
        Object.fromEntries(
          some.map((time, i) => [`t${begin + i}`, { archive: "orders-g1", target: { time } }]),
        ),
      );
      some.forEach((time, i) => {
        const expected = idsUpTo(({ committedAt }) => microseconds(committedAt) <= microseconds(time));
        const ids = found[`t${begin + i}`] ?? [];
        bench.note(`${time}: ${ids.length} of ${ledger.length} rows`);
        assert.deepEqual(ids, expected, `rows of the ledger at ${time}`);
      });
    }
  });

  it("stops exactly at a transaction, a restore point, a position and the end of a backup", async () => {
    const at = { archive: "orders-g1", backupId };
    const { transactionId, name, lsn } = marks;
    const first = await restoreEach({
      xid: { ...at, target: { transactionId } },
      without: { ...at, target: { transactionId, exclusive: true } },
      name: { ...at, target: { restorePoint: name.at } },
    });
    const middle = ledger.find(entry => entry.transactionId === transactionId)?.id ?? 0;
    assert.deepEqual(
      first.xid,
      idsUpTo(({ id }) => id <= middle),
    );
    assert.deepEqual(
      first.without,
      idsUpTo(({ id }) => id < middle),
    );
    isAt(first.name, name);
    const then = await restoreEach({
      lsn: { archive: "orders-g1", target: { lsn: lsn.at } },
      end: at,
      everything: { archive: "orders-g1" },
    });
    isAt(then.lsn, lsn);
    assert.deepEqual(then.end, [], "the backup was taken of an empty ledger");
    assert.deepEqual(
      then.everything,
      idsUpTo(() => true),
    );
  });

  function isAt(ids: number[] = [], { least, most }: Mark): void {
    const last = ids.at(-1) ?? 0;
    assert.ok(last >= least && last <= most, `${last} is not from ${least} to ${most}`);
    assert.deepEqual(
      ids,
      idsUpTo(({ id }) => id <= last),
      "no row is left out",
    );
  }
});

describe("restore into an existing instance", function () {
  this.timeout(15 * 60_000);
  const bench = harness();
  let stack: SpecStack;
  let store: SpecStore;
  let ask: Ask;
  let moment: string;

  const up = (args: PostgresInstanceArgs) =>
    stack.up(async () => backedUp(store, { orders: args })(stack.namespace));
  const restored = (): PostgresInstanceArgs => ({
    generations: { "1": {}, "2": { restoredFrom: { generation: "1", target: { time: moment } } } },
    activeGeneration: "2",
  });

  before(async function () {
    bench.requireStore(this);
    store = await bench.store("restore-into");
    stack = await bench.stackFor("restore-into", backedUp(store));
    await stack.up();
    ask = await startShell(bench, stack.namespace);
    await ask("CREATE TABLE customer AS SELECT 1 AS id");
    await takeBaseBackup(bench, stack.namespace, "orders-g1", "first");
    moment = await ask("SELECT to_char(clock_timestamp(), 'YYYY-MM-DD\"T\"HH24:MI:SS.USOF') || ':00'");
    await ask("INSERT INTO customer VALUES (2)");
    await ask("DELETE FROM customer WHERE id = 1");
    await bench.superuserSql(stack.namespace, "orders-g1-1", "SELECT pg_switch_wal()");
  });

  it("is refused at preview until the name is repeated", async () => {
    await assert.rejects(
      stack.preview(async () => backedUp(store, { orders: restored() })(stack.namespace)),
      (error: RunFailure) =>
        /confirmDestructive: "orders"/.test(error.log) || assert.fail(error.log.slice(-2000)),
    );
  });

  it("shows the data of the moment to a client of which nothing changed", async () => {
    await up({ ...restored(), confirmDestructive: "orders" });
    assert.equal(await ask("SELECT string_agg(id::text, ',') FROM customer"), "1");
    await ask("INSERT INTO customer VALUES (3)");
    const { summary, changes } = await up({ ...restored(), confirmDestructive: "orders" });
    assert.deepEqual(Object.keys(changes), ["same"], summary);
  });

  it("archives into an archive of its own", async () => {
    await takeBaseBackup(bench, stack.namespace, "orders-g2", "second");
    const archives = new Set((await store.list()).map(blob => blob.split("/")[0]));
    assert.deepEqual([...archives].sort(), ["orders-g1", "orders-g2"]);
  });

  it("is undone by the former generation, which has all its data", async () => {
    await up({ ...restored(), activeGeneration: "1" });
    assert.equal(await ask("SELECT string_agg(id::text, ',') FROM customer"), "2");
  });
});
