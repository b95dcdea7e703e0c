import * as assert from "node:assert/strict";
import { BackupSchedule } from "../../src";
import { type KeeperResult } from "../../src/operations/backup-keeper";
import { runJobFrom } from "../../src/operations/run-job";
import { backedUp, takeBaseBackup } from "./backed-up";
import { harness, type SpecStack, type SpecStore } from "./harness";
import { terminal, type TerminalContext } from "./operations";

const day = 24 * 3600_000;
/** Days before today of which there is a base backup. */
const history = 100;
/** Days of the recovery window. */
const window = 7;

describe("backup retention over simulated months", function () {
  this.timeout(15 * 60_000);
  const bench = harness();
  let stack: SpecStack;
  let store: SpecStore;
  let around: TerminalContext;
  /** Name of the one that was really taken. */
  let real: string;
  /** Begin of each, by name. */
  const begins = new Map<string, Date>();

  before(async function () {
    bench.requireStore(this);
    store = await bench.store("months");
    stack = await bench.stackFor(
      "months",
      backedUp(store, { orders: {} }, ({ instances, provider }) => {
        if (instances.orders === undefined) throw new Error("the program makes an instance orders");
        const args = {
          instance: instances.orders.reference,
          // Never by the clock while the spec runs.
          schedules: { full: { schedule: "0 0 3 29 2 *" } },
          retention: { weeklyRetentionWeeks: 4, monthlyRetentionMonths: 3 },
        };
        new BackupSchedule("orders", args, { provider });
      }),
    );
    await stack.up();
    around = await terminal(bench);
    real = await takeBaseBackup(bench, stack.namespace, "orders-g1", "today");
    begins.set(real, new Date());
    await addHistory();
  });

  /** Copies of the one that was taken, with another name, other times, and only the first record of the data. */
  async function addHistory(): Promise<void> {
    const files = await store.list(`orders-g1/base/${real}/`);
    const information = files.find(file => file.endsWith("/backup.info")) ?? "";
    const text = (await store.read(information)).toString();
    const data = await Promise.all(
      files.filter(file => file !== information).map(async file => [file, await store.read(file)] as const),
    );
    // Half a day from now, and so from the moment at which the recovery window begins.
    const newest = Math.floor(Date.now() / 1000) * 1000 - day / 2;
    for (let age = history; age >= 1; age -= 1) {
      const begin = new Date(newest - (age - 1) * day);
      const id = begin.toISOString().replace(/[-:]|\.\d+Z/g, "");
      const at = (file: string): string => file.replace(real, id);
      for (const [file, content] of data) await store.write(at(file), content.subarray(0, 10_240));
      await store.write(at(information), withTimes(text, begin));
      begins.set(id, begin);
    }
  }

  function withTimes(information: string, begin: Date): string {
    const end = new Date(begin.getTime() + 60_000);
    const time = (at: Date): string => at.toISOString().replace("T", " ").replace("Z", "000+00:00");
    return information
      .replace(/^begin_time=.*$/m, `begin_time=${time(begin)}`)
      .replace(/^end_time=.*$/m, `end_time=${time(end)}`)
      .replace(/^begin_time_iso=.*$/m, `begin_time_iso=${begin.toISOString()}`)
      .replace(/^end_time_iso=.*$/m, `end_time_iso=${end.toISOString()}`);
  }

  const keep = (request: object = {}): Promise<KeeperResult> =>
    runJobFrom(around, {
      namespace: stack.namespace,
      cronJob: "orders-backups",
      request,
      timeoutSeconds: 400,
    });

  /**
   * Barman's own retention, as the plugin calls it every half hour. Barman decides and the spec deletes: it deletes in batches, which
   * Azurite refuses below an address with the account in its path.
   */
  async function deleteByBarman(): Promise<void> {
    const command = [
      "barman-cloud-backup-delete",
      "--dry-run",
      ...["--cloud-provider", "azure-blob-storage"],
      ...["--retention-policy", `RECOVERY WINDOW OF ${window} DAYS`],
      ...[store.destinationPath, "orders-g1"],
    ];
    const env = ["env", `AZURE_STORAGE_CONNECTION_STRING=${store.connectionString}`];
    const pod = ["exec", "-n", stack.namespace, "orders-g1-1", "-c", "plugin-barman-cloud", "--"];
    const said = await bench.kubectl(...pod, ...env, ...command);
    const lists = [...said.matchAll(/^Skipping deletion of objects \[(.*)\] due to --dry-run/gm)];
    const objects = lists.flatMap(([, list = ""]) =>
      [...list.matchAll(/'([^']+)'/g)].map(([, name = ""]) => name),
    );
    for (const object of new Set(objects)) await store.remove(object);
  }

  const left = async (): Promise<string[]> => {
    const files = await store.list("orders-g1/base/");
    return [...new Set(files.map(file => file.split("/")[2] ?? ""))].sort();
  };
  const marked = async (): Promise<string[]> =>
    (await store.list("orders-g1/base/"))
      .filter(file => file.endsWith("/keep"))
      .map(file => file.split("/")[2] ?? "");

  const names = (): string[] => [...begins.keys()].sort();
  const beginOf = (id: string): Date => begins.get(id) as Date;

  /** The window as Barman reads it: the newest from before it, and everything since. */
  function inWindow(): string[] {
    const from = Date.now() - window * day;
    const before = names().filter(id => beginOf(id).getTime() + 60_000 < from);
    return names().slice(before.length - 1);
  }

  /** The first of each week or month that a tier reaches. */
  function firsts(periodOf: (at: Date) => string, reach: number): string[] {
    const byPeriod = new Map<string, string>();
    for (const id of names()) {
      const period = periodOf(beginOf(id));
      if (!byPeriod.has(period)) byPeriod.set(period, id);
    }
    return [...byPeriod.values()].slice(-(reach + 1));
  }
  const monthOf = (at: Date): string => at.toISOString().slice(0, 7);
  /** The Monday of its week. */
  const weekOf = (at: Date): string =>
    new Date(at.getTime() - ((at.getUTCDay() + 6) % 7) * day).toISOString().slice(0, 10);
  const union = (...lists: string[][]): string[] => [...new Set(lists.flat())].sort();

  it("marks the first of each week and month, and Barman then removes exactly the others", async () => {
    const points = union(firsts(weekOf, 4), firsts(monthOf, 3));
    const { failures, done } = await keep();
    assert.deepEqual(failures, []);
    assert.equal(done.length, points.length, done.join("\n"));
    assert.deepEqual(await marked(), points);
    assert.deepEqual(await left(), names());
    await deleteByBarman();
    assert.deepEqual(await left(), union(points, inWindow()));
    bench.note(
      `Of ${names().length} base backups ${(await left()).length} are left, ${points.length} of them marked.`,
    );
  });

  it("releases what a shorter policy does not cover, never a mark of somebody else, and Barman removes that too", async () => {
    const months = firsts(monthOf, 3);
    const theirs = firsts(weekOf, 4).find(id => !months.includes(id)) ?? "";
    // As if somebody else had marked it: the record does not know of it.
    await forget(theirs);
    const policy = { recoveryWindowDays: window, monthlyRetentionMonths: 3 };
    const { failures, done } = await keep({ policy });
    assert.deepEqual(failures, []);
    assert.ok(
      done.some(sentence => sentence.startsWith("release")),
      done.join("\n"),
    );
    await deleteByBarman();
    const held = (await marked()).filter(id => inWindow().includes(id));
    assert.deepEqual(await left(), union(months, [theirs], inWindow()));
    assert.deepEqual(await marked(), union(months, [theirs], held));
    assert.deepEqual((await keep({ policy })).done, []);
  });

  async function forget(id: string): Promise<void> {
    const text = await bench.field(stack.namespace, "configmap/orders-backups", ".data.record\\.json");
    const { marked: known } = JSON.parse(text) as { marked: Record<string, string[]> };
    const record = { marked: { "orders-g1": known["orders-g1"]?.filter(other => other !== id) } };
    const patch = JSON.stringify({ data: { "record.json": JSON.stringify(record) } });
    await bench.kubectl(
      "patch",
      "configmap",
      "orders-backups",
      "-n",
      stack.namespace,
      "--type=merge",
      `--patch=${patch}`,
    );
  }

  it("keeps what can be restored: the one that was taken is still there, whole", async () => {
    const { decisions } = await keep({ dryRun: true });
    assert.equal(decisions.find(({ id }) => id === real)?.state, "completed");
  });
});
