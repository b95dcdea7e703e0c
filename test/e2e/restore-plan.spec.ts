import * as assert from "node:assert/strict";
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { BackupResult } from "../../src/operations/backup";
import type { ListedBackups } from "../../src/operations/backups";
import type { PlannedRestore } from "../../src/operations/restore-plan";
import { type GenerationArgs, readConfiguration } from "../../src";
import { parse } from "yaml";
import { backedUp } from "./backed-up";
import { type CommandOutcome, pulumiCnpg } from "./command-line";
import { harness, type SpecStack, type SpecStore } from "./harness";

describe("restore plan by the command line", function () {
  this.timeout(10 * 60_000);
  const bench = harness();
  let stack: SpecStack;
  let store: SpecStore;
  let backupId: string;
  /** Before the base backup; between two transactions after it; the second of them; the end of what is archived. */
  let [tooEarly, inside, transactionId, lsn] = ["", "", "", ""];

  const sql = (query: string): Promise<string> =>
    bench.superuserSql(stack.namespace, "orders-g1-1", query, "app");
  const now = (): Promise<string> =>
    sql(`SELECT to_char(clock_timestamp() AT TIME ZONE 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS.US"Z"')`);
  const cli = (...args: string[]): Promise<CommandOutcome> =>
    pulumiCnpg(bench, ...args, "--namespace", stack.namespace);

  const plan = async (...args: string[]): Promise<PlannedRestore & { exitCode: number }> => {
    const { exitCode, stdout, stderr } = await cli("restore", "plan", "orders", ...args, "--json");
    assert.notEqual(stdout, "", stderr);
    return { ...(JSON.parse(stdout) as PlannedRestore), exitCode };
  };

  const refusal = async (...args: string[]): Promise<string> => {
    const { exitCode, refused, arguments: given } = await plan(...args);
    assert.equal(exitCode, 2);
    assert.equal(given, undefined);
    return refused.map(({ problem, remedy }) => `${problem} ${remedy}`).join("\n");
  };

  before(async function () {
    bench.requireStore(this);
    store = await bench.store("restore-plan");
    stack = await bench.stackFor("restore-plan", backedUp(store));
    await stack.up();
    await sql("CREATE TABLE ledger (id int)");
    tooEarly = await now();
    const taken = await cli("backup", "now", "orders", "--label", "pre-migration", "--json");
    assert.equal(taken.exitCode, 0, taken.stderr);
    backupId = (JSON.parse(taken.stdout) as BackupResult).backup?.backupId ?? "";
    await sql("INSERT INTO ledger VALUES (1)");
    inside = await now();
    await sql("SELECT pg_create_restore_point('before-migration')");
    transactionId = await sql("INSERT INTO ledger VALUES (2) RETURNING xmin");
    lsn = await sql("SELECT pg_current_wal_lsn()");
    const more = await cli(
      "backup",
      "now",
      "orders",
      "--type",
      "incremental",
      "--label",
      "after-load",
      "--json",
    );
    assert.equal(more.exitCode, 0, more.stderr);
    assert.equal((JSON.parse(more.stdout) as BackupResult).restorePoint, "after-load");
  });

  it("refuses what is before the first base backup, and beyond the last archived transaction", async () => {
    assert.match(await refusal("--time", tooEarly), /before the recoverable window/);
    assert.match(await refusal("--time", await now()), /beyond the last archived transaction/);
    assert.match(await refusal("--lsn", "7F/0"), /beyond the last archived transaction/);
    assert.match(
      await refusal("--latest", "--backup-id", "20200101T000000"),
      /has no base backup 20200101T000000/,
    );
  });

  it("refuses a new archive that is in use", async () => {
    assert.match(
      await refusal("--latest", "--new-archive", "orders-g1"),
      /which is in use: it holds 1 base backup/,
    );
  });

  it("finds a restore point, a transaction and a position, and nothing that is not there", async () => {
    for (const moment of [
      ["--name", "before-migration"],
      ["--name", "after-load"],
      ["--xid", transactionId],
      ["--lsn", lsn],
    ]) {
      const { exitCode, plan: found, refused } = await plan(...moment);
      assert.equal(exitCode, 0, JSON.stringify(refused));
      assert.equal(found?.backup.id, backupId);
      assert.deepEqual(found?.warnings, []);
      assert.ok((found?.wal.segments ?? 0) >= 1 && found?.wal.exact === true);
    }
    assert.match(await refusal("--name", "never"), /does not hold restore point never/);
    assert.match(await refusal("--xid", "4000000"), /does not hold transaction 4000000/);
  });

  it("writes arguments that the reference stack reads and preview accepts", async () => {
    const folder = mkdtempSync(join(tmpdir(), "restore-plan-"));
    try {
      const file = join(folder, "Pulumi.dev.yaml");
      writeFileSync(file, "# of the shop\nconfig:\n  pulumi-cnpg:namespace: shop\n");
      const { stdout, stderr, exitCode } = await cli(
        "restore",
        "plan",
        "orders",
        "--time",
        inside,
        "--write",
        file,
      );
      assert.equal(exitCode, 0, stderr + stdout);
      for (const line of stdout.split("\n")) bench.note(line);
      const text = readFileSync(file, "utf8");
      assert.match(text, /^# of the shop\n/);
      const { config } = parse(text) as { config: Record<string, unknown> };
      const { generations, activeGeneration } = readConfiguration({
        config: key => {
          const value = config[`pulumi-cnpg:${key}`];
          return value === undefined || typeof value === "string" ? value : JSON.stringify(value);
        },
        environment: {},
      });
      assert.equal(activeGeneration, "2");
      assert.deepEqual(generations?.["2"]?.restoredFrom, {
        generation: "1",
        backupId,
        target: { time: inside },
      });
      const preview = await previewOf({ generations, activeGeneration, confirmDestructive: "orders" });
      assert.ok((preview.changes.create ?? 0) > 0, JSON.stringify(preview.changes));
      await assert.rejects(previewOf({ generations, activeGeneration }), /confirmDestructive: "orders"/);
    } finally {
      rmSync(folder, { recursive: true });
    }
  });

  const previewOf = (args: {
    generations?: Record<string, GenerationArgs>;
    activeGeneration?: string;
    confirmDestructive?: string;
  }) => stack.preview(async () => backedUp(store, { orders: args })(stack.namespace));

  it("lists the backup with its label, its size and what can be restored", async () => {
    const { stdout, exitCode, stderr } = await cli("backup", "list", "orders", "--refresh", "--json");
    assert.equal(exitCode, 0, stderr);
    const { backups, archives } = JSON.parse(stdout) as ListedBackups;
    const [backup] = backups;
    assert.deepEqual([backup?.id, backup?.label, backup?.state], [backupId, "pre-migration", "completed"]);
    assert.ok((backup?.bytes ?? 0) > 1_000_000);
    assert.ok((archives[0]?.window?.to?.time ?? "") > inside);
    const status = await cli("status", "orders");
    assert.equal(status.exitCode, 0, status.stderr);
    assert.match(status.stdout, /^archiving +works since/m);
  });
});
