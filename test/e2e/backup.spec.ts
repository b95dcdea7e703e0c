import * as assert from "node:assert/strict";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { BackupSchedule, type BackupScheduleArgs, type PostgresInstanceArgs } from "../../src";
import { BackupType } from "../../src/backup/backup-type";
import { backupNow, type BackupResult } from "../../src/operations/backup";
import { type KeeperResult, planFor } from "../../src/operations/backup-keeper";
import { runJobFrom } from "../../src/operations/run-job";
import { getStatus } from "../../src/operations/status";
import { backedUp } from "./backed-up";
import { startClient, writer } from "./clients";
import { npxPulumiCnpg } from "./command-line";
import { type FaultyStore, harness, type SpecStack, type SpecStore, StoreFault } from "./harness";
import { terminal, type TerminalContext } from "./operations";

/** Never by the clock while a spec runs. */
const never = "0 3 29 2 *";

/** An instance with a schedule of which nothing runs by itself, but the hourly keeper. */
function scheduled(
  store: SpecStore,
  retention: BackupScheduleArgs["retention"],
  instance: PostgresInstanceArgs = {},
): ReturnType<typeof backedUp> {
  return backedUp(store, { orders: instance }, ({ instances, provider }) => {
    const { reference } = instances.orders ?? {};
    if (reference === undefined) throw new Error("the program makes an instance orders");
    const schedules = {
      full: { type: BackupType.Full, schedule: `0 ${never}` },
      incremental: { type: BackupType.Incremental, schedule: never },
    };
    const args = { instance: reference, schedules, ...(retention === undefined ? {} : { retention }) };
    new BackupSchedule("orders", args, { provider });
  });
}

interface FoundEvent {
  type: string;
  /** RFC 3339. */
  lastTimestamp: string;
  reason: string;
  message: string;
}

/** Events of ours on an object. */
async function eventsOn(
  bench: ReturnType<typeof harness>,
  namespace: string,
  name: string,
): Promise<FoundEvent[]> {
  const selector = `involvedObject.name=${name},reportingComponent=pulumi-cnpg`;
  const text = await bench.kubectl(
    "get",
    "events",
    "-n",
    namespace,
    "--field-selector",
    selector,
    "-o",
    "json",
  );
  return (JSON.parse(text) as { items: FoundEvent[] }).items;
}

describe("backup of an instance", function () {
  this.timeout(15 * 60_000);
  const bench = harness();
  let stack: SpecStack;
  let store: SpecStore;
  let around: TerminalContext;
  let first: BackupResult;

  before(async function () {
    bench.requireStore(this);
    store = await bench.store("backup");
    stack = await bench.stackFor("backup", scheduled(store, { dailyRetentionDays: 2 }));
    await stack.up();
    around = await terminal(bench);
    await bench.sql(stack.namespace, "orders", "CREATE TABLE kept AS SELECT 42 AS answer");
  });

  const take = (type: BackupType, more: object = {}): Promise<BackupResult> =>
    backupNow({ namespace: stack.namespace, instance: "orders", type, timeoutSeconds: 180, ...more }, around);
  const keep = (request: object = {}): Promise<KeeperResult> =>
    runJobFrom(around, {
      namespace: stack.namespace,
      cronJob: "orders-backups",
      request,
      timeoutSeconds: 180,
    });

  it("is taken in full on demand, and lies in the store", async () => {
    first = await take(BackupType.Full, { label: "pre-migration" });
    const { name = "", backupId = "" } = first.backup ?? {};
    const files = await store.list(`orders-g1/base/${backupId}/`);
    assert.ok(
      files.some(file => file.endsWith("/backup.info")),
      files.join(),
    );
    const label = ".metadata.annotations.cnpg\\.pulumi\\.com/label";
    assert.equal(
      await bench.field(stack.namespace, `backups.postgresql.cnpg.io/${name}`, label),
      "pre-migration",
    );
    bench.note(`A full backup took ${first.seconds.toFixed(1)} s.`);
  });

  it("is taken incrementally on demand: the segment is in the store when it ends", async () => {
    const taken = await take(BackupType.Incremental, { label: "before v2" });
    const wal = await store.list(`orders-g1/wals/${taken.wal?.slice(0, 16)}/${taken.wal}`);
    assert.equal(wal.length, 1, `${taken.wal} in ${wal.join()}`);
    assert.equal(taken.restorePoint, "before v2");
    bench.note(`An incremental backup took ${taken.seconds.toFixed(1)} s.`);
  });

  it("is taken incrementally by the CronJob, with the rights it has", async () => {
    const run = {
      namespace: stack.namespace,
      cronJob: "orders-incremental",
      request: {},
      timeoutSeconds: 120,
    };
    const taken = await runJobFrom<BackupResult>(around, run);
    const wal = await store.list(`orders-g1/wals/${taken.wal?.slice(0, 16)}/${taken.wal}`);
    assert.equal(wal.length, 1, `${taken.wal} in ${wal.join()}`);
  });

  it("is planned to be kept, then checked and marked, once", async () => {
    const id = first.backup?.backupId ?? "";
    const decisionOf = ({ decisions }: KeeperResult): string[] =>
      decisions
        .filter(decision => decision.id === id)
        .map(({ action, keep }) => `${action} ${keep?.ours ?? "unmarked"}`);
    const planned = await planFor({ namespace: stack.namespace, instance: "orders" }, around);
    assert.deepEqual([decisionOf(planned), planned.done], [["mark unmarked"], []]);
    assert.ok(!(await store.list(`orders-g1/base/${id}/annotations/`)).length);
    const kept = await keep();
    assert.deepEqual(kept.failures, []);
    assert.equal(kept.done.length, 1, kept.done.join());
    const marks = await store.list(`orders-g1/base/${id}/annotations/`);
    assert.deepEqual(marks, [`orders-g1/base/${id}/annotations/keep`]);
    assert.equal((await store.read(marks[0] ?? "")).toString(), "standalone");
    const status = await getStatus({ namespace: stack.namespace, instance: "orders" }, around);
    assert.equal(status.lastFull?.check?.good, true, JSON.stringify(status.lastFull));
    assert.deepEqual(status.problems, []);
    const again = await keep();
    assert.deepEqual([decisionOf(again), again.done, again.failures], [["keep true"], [], []]);
  });

  it("is judged alike by the command, from files", async () => {
    const folder = mkdtempSync(join(tmpdir(), "retention-"));
    const [policy, backups] = ["policy.yaml", "backups.json"].map(name => join(folder, name));
    writeFileSync(policy ?? "", "recoveryWindowDays: 7\ndailyRetentionDays: 2\n");
    const objects = await bench.kubectl(
      "get",
      "backups.postgresql.cnpg.io",
      "-n",
      stack.namespace,
      "-o",
      "json",
    );
    writeFileSync(backups ?? "", objects);
    const files = ["--policy", policy ?? "", "--backups", backups ?? ""];
    const plan = async (now: string): Promise<string> => {
      const { exitCode, stdout, stderr } = await npxPulumiCnpg(
        bench,
        "retention",
        "plan",
        ...files,
        "--now",
        now,
      );
      assert.equal(exitCode, 0, stderr);
      return stdout;
    };
    const [now, before] = [1, -1].map(days =>
      new Date(Date.parse(first.end) + days * 86_400_000).toISOString(),
    );
    const id = first.backup?.backupId ?? "";
    // The files do not tell that it is marked already.
    const decision = new RegExp(
      `^${id} +.* base backup of orders-g1 +mark +daily point of .*, kept until `,
      "m",
    );
    assert.match(await plan(now ?? ""), decision);
    assert.match(
      await plan(before ?? ""),
      new RegExp(`${id}.* is younger than .*nothing is released or pruned`),
    );
    rmSync(folder, { recursive: true });
  });

  it("is alarmed of when an object of it is gone", async () => {
    const { backup } = await take(BackupType.Full);
    const files = await store.list(`orders-g1/base/${backup?.backupId}/`);
    await store.remove(files.find(file => file.includes("/data.tar")) ?? "no data");
    const { failures, decisions } = await keep();
    assert.deepEqual(failures, []);
    assert.equal(decisions.find(({ id }) => id === backup?.backupId)?.state, "failed");
    for (const object of [backup?.name ?? "", "orders-g1"]) {
      const events = await eventsOn(bench, stack.namespace, object);
      assert.ok(
        events.some(({ type, reason }) => type === "Warning" && reason === "BackupDamaged"),
        object,
      );
    }
    const { problems } = await getStatus({ namespace: stack.namespace, instance: "orders" }, around);
    assert.match(problems[0]?.problem ?? "", /The last base backup .* is damaged: /);
  });

  it("leaves base backups alone when the store keeps them for another time than retention was told", async () => {
    const patch = (days: number): Promise<string> =>
      bench.kubectl(
        "patch",
        "objectstores.barmancloud.cnpg.io",
        "backups",
        "-n",
        stack.namespace,
        "--type=merge",
        `--patch={"spec":{"retentionPolicy":"${days}d"}}`,
      );
    await patch(30);
    await assert.rejects(keep(), /has a recovery window of 30 days, and retention was told of 7 days/);
    await patch(7);
  });

  it("is refused with the reason while the instance is fenced, and while it sleeps, when nothing is scheduled either", async () => {
    const annotate = (fence: string): Promise<string> =>
      bench.kubectl(
        "annotate",
        "clusters.postgresql.cnpg.io",
        "orders-g1",
        "-n",
        stack.namespace,
        "--overwrite",
        fence,
      );
    await annotate('cnpg.io/fencedInstances=["*"]');
    await assert.rejects(take(BackupType.Full), /is fenced/);
    await annotate("cnpg.io/fencedInstances-");
    const isReady = async (): Promise<boolean> =>
      (await bench.field(
        stack.namespace,
        "clusters.postgresql.cnpg.io/orders-g1",
        ".status.readyInstances",
      )) === "1";
    await bench.waitUntil(isReady, "the server that was fenced", 120);
    await stack.up(async () =>
      scheduled(store, { dailyRetentionDays: 2 }, { hibernated: true })(stack.namespace),
    );
    await assert.rejects(take(BackupType.Full), /is hibernated/);
    await assert.rejects(take(BackupType.Incremental), /is hibernated/);
    const suspended = (object: string): Promise<string> =>
      bench.field(stack.namespace, object, ".spec.suspend");
    assert.equal(await suspended("scheduledbackups.postgresql.cnpg.io/orders-g1-full"), "true");
    assert.equal(await suspended("cronjobs/orders-incremental"), "true");
  });
});

/** Seconds within which a failure of the store must be seen. */
const noticeSeconds = 120;

describe("backup while the store fails", function () {
  this.timeout(20 * 60_000);
  const bench = harness();
  let stack: SpecStack;
  let store: FaultyStore;
  let around: TerminalContext;

  before(async function () {
    bench.requireStore(this, { faults: true });
    store = await bench.faultyStore("faults");
    stack = await bench.stackFor("faults", backedUp(store));
    await stack.up();
    around = await terminal(bench);
    await startClient(bench, {
      namespace: stack.namespace,
      name: "writer",
      instance: "orders",
      script: writer,
    });
    await bench.waitUntil(async () => (await rows()) > 10, "the first rows", 60);
  });

  const primary = (query: string): Promise<string> =>
    bench.superuserSql(stack.namespace, "orders-g1-1", query, "app");
  const rows = async (): Promise<number> => Number(await primary("SELECT count(*) FROM beat"));
  const switchWal = (): Promise<string> => primary("SELECT pg_switch_wal()");
  const status = () => getStatus({ namespace: stack.namespace, instance: "orders" }, around);
  const archives = async (): Promise<string> =>
    (await status()).conditions.find(({ type }) => type === "ContinuousArchiving")?.status ?? "";
  /** Whether the operator's watch has recorded an Event since then. The API server keeps whole seconds. */
  const isTold = async (reason: string, since: number): Promise<boolean> =>
    (await eventsOn(bench, stack.namespace, "orders-g1")).some(
      event => event.reason === reason && Date.parse(event.lastTimestamp) >= Math.floor(since / 1000) * 1000,
    );

  /** Lets the store fail, and measures how long it takes until everything that is asked about it has changed. */
  async function fail(
    fault: StoreFault,
    event: string,
    seen: Record<string, () => Promise<boolean>>,
  ): Promise<void> {
    const begin = Date.now();
    await store.fail(fault);
    const before = await rows();
    await switchWal();
    const seconds: string[] = [];
    await Promise.all(
      Object.entries({ ...seen, Event: () => isTold(event, begin) }).map(async ([what, look]) => {
        await bench.waitUntil(look, `${what} of the store that is ${fault}`, noticeSeconds);
        seconds.push(`${what} after ${((Date.now() - begin) / 1000).toFixed(0)} s`);
      }),
    );
    const written = (await rows()) - before;
    bench.note(`${fault}: ${seconds.join(", ")}; ${written} rows were written meanwhile.`);
    // The writer makes a hundred in a second.
    assert.ok(written > (Date.now() - begin) / 100, `${written} rows in ${Date.now() - begin} ms`);
  }

  async function heal(event: string): Promise<void> {
    const begin = Date.now();
    await store.heal();
    // The archiver waits for a minute after a failure, or for another segment.
    await switchWal();
    const isWell = async (): Promise<boolean> =>
      (await archives()) === "True" && (await status()).archiver?.waiting === 0;
    await bench.waitUntil(isWell, "archiving after the store is well again", 180);
    await bench.waitUntil(() => isTold(event, begin), "the Event of the recovery", 60);
  }

  const faults: [StoreFault, RegExp][] = [
    [StoreFault.Refused, /does not accept the credential/],
    [StoreFault.Full, /The store is full/],
    [StoreFault.Unreachable, /cannot be reached/],
  ];
  for (const [fault, remedy] of faults) {
    it(`shows a store that is ${fault} in condition, Event and status within two minutes, and writes go on`, async () => {
      await fail(fault, "ArchivingFailing", {
        condition: async () => (await archives()) === "False",
        status: async () => (await status()).problems.some(problem => remedy.test(problem.remedy)),
      });
      const request = { namespace: stack.namespace, instance: "orders", timeoutSeconds: 60 };
      await assert.rejects(backupNow({ ...request, type: BackupType.Full }, around), /cannot archive since/);
      await heal("ArchivingRecovered");
    });
  }

  it("shows a store that is silent in Event and status within two minutes, long before the condition, and writes go on", async () => {
    await fail(StoreFault.Silent, "StoreUnreachable", {
      status: async () =>
        (await status()).problems.some(({ problem }) =>
          /wait.* to be archived|not archived since/.test(problem),
        ),
    });
    await heal("StoreReachable");
  });
});
