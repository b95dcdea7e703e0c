import * as assert from "node:assert/strict";
import { BackupSchedule, type DrillArgs } from "../../src";
import { CheckOutcome, DrillOutcome, type DrillReport } from "../../src/backup/drill/report";
import { drillHistory, runDrill } from "../../src/operations/drill-history";
import { backedUp, takeBaseBackup } from "./backed-up";
import { npxPulumiCnpg } from "./command-line";
import { harness, type SpecStack, type SpecStore } from "./harness";
import { terminal, type TerminalContext } from "./operations";

/** Runs on demand only, with an assertion of its own. */
const drill: DrillArgs = {
  checks: { assertions: [{ name: "ledger", sql: "SELECT count(*) = 1000 FROM ledger" }] },
  timeoutSeconds: 600,
};

function drilled(store: SpecStore): ReturnType<typeof backedUp> {
  return backedUp(store, { orders: {} }, ({ instances, provider }) => {
    const { reference } = instances.orders ?? {};
    if (reference === undefined) throw new Error("the program makes an instance orders");
    new BackupSchedule("orders", { instance: reference, schedules: {}, drill }, { provider });
  });
}

/** Most of a base backup, and the same ever after: damage in its middle is damage of a page. */
const filler = `CREATE TABLE filler AS
  SELECT g AS id, md5(g::text) || md5((-g)::text) AS text FROM generate_series(1, 400000) g`;

describe("a restore drill", function () {
  this.timeout(20 * 60_000);
  const bench = harness();
  let stack: SpecStack;
  let store: SpecStore;
  let around: TerminalContext;
  let backupId: string;

  before(async function () {
    bench.requireStore(this);
    store = await bench.store("drill");
    stack = await bench.stackFor("drill", drilled(store));
    await stack.up();
    around = await terminal(bench);
    const sql = (text: string): Promise<unknown> => bench.sql(stack.namespace, "orders", text);
    await sql(filler);
    await sql("CREATE TABLE ledger AS SELECT g AS id FROM generate_series(1, 900) g");
    // Frozen pages are not written again: else the WAL would hold whole pages that replay puts over the damage.
    await bench.superuserSql(stack.namespace, "orders-g1-1", "VACUUM (FREEZE) filler", "app");
    await bench.superuserSql(stack.namespace, "orders-g1-1", "CHECKPOINT");
    backupId = await takeBaseBackup(bench, stack.namespace, "orders-g1", "drilled");
    await sql("INSERT INTO ledger SELECT g FROM generate_series(901, 1000) g");
  });

  const run = (): Promise<DrillReport> =>
    runDrill(around, { namespace: stack.namespace, instance: "orders" });

  /** Objects of the throw-away Cluster, and those that only it has. */
  const leftovers = async (): Promise<string[]> => {
    const kinds = "clusters.postgresql.cnpg.io,pods,pvc,secrets,services,roles,rolebindings";
    const names = await bench.kubectl("get", kinds, "-n", stack.namespace, "-o", "name");
    const ours = ["/orders-drills", "/orders-drill-archive"];
    // The pods of our own Jobs stay until somebody has read their logs.
    return names
      .split("\n")
      .filter(name => name.includes("/orders-drill") && !ours.some(own => name.endsWith(own)))
      .filter(name => !/^pod\/orders-drill-\d{4,}-|^pod\/orders-drill-[a-z0-9]{5}-/.test(name));
  };
  const gone = (): Promise<true> =>
    bench.waitUntil(
      async () => (await leftovers()).length === 0,
      "the end of what Kubernetes collects in the background",
      60,
    );

  it("may run commands in the pods of the instance and of the throw-away one, and in no other", async () => {
    const { namespace } = stack;
    const account = `system:serviceaccount:${namespace}:orders-drills`;
    const may = async (pod: string): Promise<string> => {
      const question = ["auth", "can-i", "create", `pods/${pod}`, "--subresource=exec", "-n", namespace];
      // Ends with 1 when the answer is no.
      const answer = bench.kubectl(...question, `--as=${account}`).catch((error: Error) => error.message);
      return (await answer).includes("yes") ? "yes" : "no";
    };
    const pods = ["orders-g1-1", "orders-drill-1", "orders-g2-1", "stock-g1-1"];
    assert.deepEqual(await Promise.all(pods.map(may)), ["yes", "yes", "no", "no"]);
  });

  it("restores what was committed before it, measures it, prints that and leaves nothing behind", async () => {
    const { namespace } = stack;
    const command = await npxPulumiCnpg(bench, "drill", "run", "orders", "--namespace", namespace);
    assert.equal(command.exitCode, 0, command.stderr);
    const [report] = await drillHistory(around.api, namespace, "orders");
    assert.ok(report !== undefined);
    const printed = command.stdout;
    assert.match(printed, new RegExp(`^${namespace}/orders, ${report.id}: succeeded\n`));
    assert.match(printed, /^RTO +\d.*: preparation .*, base backup .*, replay .*, promotion /m);
    assert.match(printed, /^RPO +\d/m);
    assert.match(printed, /^ledger +passed /m);
    assert.match(printed, /^2 tables, 401000 rows$/m);
    assert.match(printed, /^app\.public\.filler +400000$/m);
    assert.match(printed, /^app\.public\.ledger +1000$/m);
    assert.equal(report.outcome, DrillOutcome.Succeeded, report.reason);
    assert.equal(report.backup?.id, backupId);
    assert.deepEqual(
      report.checks.map(({ name, outcome }) => [name, outcome]),
      ["checksums", "amcheck", "rowCounts", "ledger"].map(name => [name, CheckOutcome.Passed]),
    );
    const tables = Object.fromEntries((report.rows?.largest ?? []).map(({ table, rows }) => [table, rows]));
    assert.deepEqual(tables, { "public.filler": 400_000, "public.ledger": 1000 });
    assert.equal(report.reached?.reason, `at restore point "${report.target?.restorePoint}"`);
    const { rtoSeconds = 0, phases = {}, bytes = 0, rpoSeconds } = report;
    assert.ok(rtoSeconds > 0 && bytes > 10_000_000, JSON.stringify(report));
    const parts = Object.values(phases as Record<string, number>);
    assert.equal(parts.length, 4, JSON.stringify(phases));
    assert.ok(Math.abs(parts.reduce((sum, part) => sum + part, 0) - rtoSeconds) < 1, JSON.stringify(phases));
    assert.ok(rpoSeconds !== undefined && rpoSeconds < 300, String(rpoSeconds));
    assert.equal(report.leftovers, undefined);
    await gone();
    bench.note(
      `RTO ${rtoSeconds} s (${JSON.stringify(phases)}), RPO ${rpoSeconds} s, ${(bytes / 1e6).toFixed(1)} MB, ${((report.bytesPerSecond ?? 0) / 1e6).toFixed(2)} MB/s`,
    );
  });

  it("is a metric of the instance and an Event on its Cluster", async () => {
    const read = 'exec 3<>/dev/tcp/127.0.0.1/9187; printf "GET /metrics HTTP/1.0\\r\\n\\r\\n" >&3; cat <&3';
    const metrics = (): Promise<string> =>
      bench.kubectl("exec", "-n", stack.namespace, "orders-g1-1", "-c", "postgres", "--", "bash", "-c", read);
    await bench.waitUntil(
      async () => (await metrics()).includes('cnpg_pulumi_cnpg_drill_succeeded{drilled_instance="orders"} 1'),
      "the metric of the drill",
      120,
    );
    const events = await bench.kubectl(
      "get",
      "events",
      "-n",
      stack.namespace,
      "--field-selector",
      "involvedObject.name=orders-g1,reason=RestoreDrillSucceeded",
      "-o",
      "name",
    );
    assert.match(events, /event/);
  });

  it("fails at a missing WAL segment before it restores, and names it", async () => {
    const wal = (await store.list("orders-g1/wals/")).filter(name => /\/[0-9A-F]{24}(\.\w+)?$/.test(name));
    const last = wal.at(-1) ?? "no WAL";
    const content = await store.read(last);
    await store.remove(last);
    const report = await run();
    await store.write(last, content);
    assert.equal(report.outcome, DrillOutcome.Failed);
    const segment = /[0-9A-F]{24}/.exec(last.slice(last.lastIndexOf("/")))?.[0] ?? "";
    assert.match(report.reason ?? "", new RegExp(`lacks WAL that base backup ${backupId} needs: ${segment}`));
    assert.equal(report.rtoSeconds, undefined);
  });

  it("fails at a damaged object of the base backup", async () => {
    const data = (await store.list(`orders-g1/base/${backupId}/`)).find(name => name.includes("/data.tar"));
    assert.ok(data !== undefined);
    const content = await store.read(data);
    await store.damage(data);
    const report = await run();
    await store.write(data, content);
    assert.equal(report.outcome, DrillOutcome.Failed);
    assert.match(
      report.reason ?? "",
      /could not be downloaded and unpacked|Check checksums failed: app: filler|is damaged/,
    );
    bench.note(`Damage was found: ${report.reason}`);
    await gone();
  });

  it("removes everything when its Job is deleted", async () => {
    const { namespace } = stack;
    const before = await drillHistory(around.api, namespace, "orders");
    await bench.kubectl(
      "create",
      "job",
      "-n",
      namespace,
      "orders-drill-stopped",
      "--from=cronjob/orders-drill",
    );
    const begun = async (): Promise<boolean> =>
      (await leftovers()).some(name => name.startsWith("persistentvolumeclaim/"));
    await bench.waitUntil(begun, "the throw-away instance", 120);
    await bench.kubectl("delete", "job", "-n", namespace, "orders-drill-stopped");
    await gone();
    const [newest] = await drillHistory(around.api, namespace, "orders");
    assert.notEqual(newest?.id, before[0]?.id);
    assert.equal(newest?.reason, "It was told to stop before its end.");
  });

  it("succeeds again, and the history has all of them", async () => {
    const report = await run();
    assert.equal(report.outcome, DrillOutcome.Succeeded, report.reason);
    const outcomes = (await drillHistory(around.api, stack.namespace, "orders")).map(
      ({ outcome }) => outcome,
    );
    assert.deepEqual(outcomes, ["succeeded", "failed", "failed", "failed", "succeeded"]);
  });
});
