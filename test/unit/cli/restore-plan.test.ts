import * as assert from "node:assert/strict";
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { ArchiveSurvey } from "../../../src/backup/archive/survey";
import { type PlanCommandRequest, restorePlan } from "../../../src/cli/commands/restore-plan";
import { type Outcome, run } from "../../../src/cli/main";
import type { CommandResult } from "../../../src/cli/result";
import type { PlannedRestore } from "../../../src/operations/restore-plan";
import { addInstance, healthyCluster } from "../operations/backup-fixtures";
import { InstantJobs, surroundings } from "./fake-cluster";

const segment = (number: number): string => `00000001000000000000000${number.toString(16).toUpperCase()}`;

const survey: ArchiveSurvey = {
  store: "backups",
  server: "orders-g1",
  asOf: "2026-11-20T11:59:58Z",
  baseBackups: [
    {
      id: "20261120T100003",
      state: "completed",
      begin: "2026-11-20T10:00:03Z",
      end: "2026-11-20T10:00:21Z",
      beginWal: segment(3),
      endWal: segment(3),
      beginLsn: "0/3000028",
      endLsn: "0/3000100",
      timeline: 1,
      bytes: 33_000_000,
      problems: [],
    },
  ],
  wal: [
    {
      timeline: 1,
      first: segment(1),
      last: segment(9),
      segments: 9,
      bytes: 9_000_000,
      lastStored: "2026-11-20T11:59:00Z",
    },
  ],
  walSegmentSize: 16 * 1024 * 1024,
  histories: [],
  lastCommit: { time: "2026-11-20T11:58:59.123456Z", transactionId: 812, lsn: "0/9000500", timeline: 1 },
  bytes: 42_000_000,
};

const empty: ArchiveSurvey = {
  ...{ store: "backups", asOf: survey.asOf, baseBackups: [], wal: [], histories: [], bytes: 0 },
  server: "orders-g2",
  walSegmentSize: survey.walSegmentSize,
};

/** The instance `shop/orders`, whose Jobs see these archives. */
function cluster(
  surveys: Record<string, ArchiveSurvey> = { "orders-g1": survey, "orders-g2": empty, "copy-g1": empty },
  located: object = { segments: 7, complete: true },
): InstantJobs {
  const api = new InstantJobs(({ operation, request }, self) => {
    if (operation === "archive-locate") return located;
    assert.equal(operation, "archive-survey");
    const servers = request.servers as string[];
    self.addRecord("orders-archive", {
      "survey.json": Object.fromEntries(servers.map(server => [server, surveys[server]])),
    });
    return {};
  });
  addInstance(api);
  api.addTemplate("orders-archive", "archive-survey");
  return api;
}

const layout = { width: 100, colour: false };

const ask = async (
  request: Partial<PlanCommandRequest> & Pick<PlanCommandRequest, "target">,
  api: InstantJobs = cluster(),
): Promise<CommandResult & { json: PlannedRestore }> => {
  const result = await restorePlan(
    { namespace: "shop", instance: "orders", ...request },
    layout,
    surroundings(api),
  );
  return result as CommandResult & { json: PlannedRestore };
};

describe("restore plan, as a verb", () => {
  let folder: string;
  before(() => (folder = mkdtempSync(join(tmpdir(), "restore-"))));
  after(() => rmSync(folder, { recursive: true }));

  it("says with what and how long a moment is restored, and which arguments do it", async () => {
    const api = cluster();
    const { exitCode, text, json } = await ask({ target: { time: "2026-11-20T11:30:00Z" } }, api);
    assert.equal(exitCode, 0);
    assert.deepEqual(api.asked, [
      {
        operation: "archive-survey",
        request: { namespace: "shop", store: "backups", servers: ["orders-g1", "orders-g2"] },
      },
    ]);
    assert.match(text, /^shop\/orders, restored to 2026-11-20T11:30:00Z\n/);
    assert.match(
      text,
      /^base backup {2}20261120T100003, ended 2026-11-20T10:00:21Z, 31\.5 MiB in the store$/m,
    );
    assert.match(text, /^WAL +at most 7 segments, 6\.7 MiB in the store: 000000010000000000000003 to/m);
    assert.match(
      text,
      /^window +from 2026-11-20T10:00:21Z to 2026-11-20T11:58:59\.123456Z, transaction 812$/m,
    );
    assert.match(text, /^estimate +at most \d+ s: base backup/m);
    assert.match(text, /^becomes +generation 2, which writes archive orders-g2$/m);
    assert.match(text.replaceAll("\n", " "), /confirmDestructive: "orders"/);
    assert.ok(text.split("\n").every(line => line.length <= 100));
    assert.deepEqual(json.arguments, {
      generations: {
        "1": {},
        "2": {
          restoredFrom: {
            generation: "1",
            backupId: "20261120T100003",
            target: { time: "2026-11-20T11:30:00Z" },
          },
        },
      },
      activeGeneration: "2",
    });
  });

  it("plans a new instance from the archive", async () => {
    const { text, json } = await ask({ target: { latest: true }, newInstance: "copy" });
    assert.match(text, /^shop\/orders as copy, restored to the end of the archive\n/);
    assert.match(text, /^becomes +instance copy, which writes archive copy-g1$/m);
    assert.deepEqual(json.arguments, {
      restore: { archive: "orders-g1", backupId: "20261120T100003", target: { latest: true } },
    });
  });

  it("reads the archive of another generation, or one that is named", async () => {
    const api = cluster({ "orders-g1": survey, "orders-g3": empty, legacy: { ...survey, server: "legacy" } });
    api.add({ apiVersion: "postgresql.cnpg.io/v1", plural: "clusters" }, healthyCluster("2"));
    const other = await ask({ target: { latest: true }, generation: "1" }, api);
    assert.deepEqual(Object.keys((other.json.arguments as { generations: object }).generations), [
      "1",
      "2",
      "3",
    ]);
    const named = await ask({ target: { latest: true }, archive: "legacy" }, api);
    assert.match(named.text, /^archive +legacy in store backups/m);
    assert.match(JSON.stringify(named.json.arguments), /"restoredFrom":\{"archive":"legacy"/);
    await assert.rejects(
      ask({ target: { latest: true }, generation: "7" }, api),
      /no generation 7; it has 1, 2\./,
    );
  });

  it("ends with 2 for a moment that cannot be restored, with the remedy and no arguments", async () => {
    for (const [target, problem] of [
      [{ time: "2026-11-20T09:00:00Z" }, /refused {2}2026-11-20T09:00:00Z is before the recoverable window/],
      [{ time: "2026-11-20T11:59:00Z" }, /refused {2}2026-11-20T11:59:00Z is beyond the last archived/],
      [{ lsn: "0/A000000" }, /is beyond the last archived/],
    ] as const) {
      const { exitCode, text, json } = await ask({ target });
      assert.equal(exitCode, 2);
      assert.match(text.replaceAll(/\n(?=\w)/g, " "), problem);
      assert.match(text, /→ /);
      assert.doesNotMatch(text, /<instance>|Arguments/);
      assert.equal(json.arguments, undefined);
    }
  });

  it("ends with 2 when the new archive is in use, and takes another name for it", async () => {
    const used = { ...survey, server: "orders-g2" };
    const api = cluster({ "orders-g1": survey, "orders-g2": used, "orders-2026": empty });
    const refused = await ask({ target: { latest: true } }, api);
    assert.equal(refused.exitCode, 2);
    assert.match(
      refused.text.replaceAll("\n", " "),
      /archive orders-g2 of store backups, which is in use: it holds 1 base backup and 9 WAL segments of another server\. → .*--new-archive/,
    );
    const leftovers = cluster({ "orders-g1": survey, "orders-g2": { ...empty, bytes: 7 } });
    assert.equal((await ask({ target: { latest: true } }, leftovers)).exitCode, 2);
    const { exitCode, json } = await ask({ target: { latest: true }, newArchive: "orders-2026" }, api);
    assert.equal(exitCode, 0);
    assert.match(JSON.stringify(json.arguments), /"archive":"orders-2026"/);
  });

  it("looks for restore points and transactions in the WAL", async () => {
    const located = { lsn: "0/5000060", timeline: 1, time: "2026-11-20T11:00:00.5Z" };
    const api = cluster(undefined, { located, segments: 7, complete: true });
    const { text, exitCode } = await ask({ target: { restorePoint: "before-migration" } }, api);
    assert.equal(exitCode, 0);
    assert.match(text, /^found +at 0\/5000060, 2026-11-20T11:00:00\.5Z$/m);
    assert.match(text, /^WAL +3 segments/m);
    assert.deepEqual(api.asked[1], {
      operation: "archive-locate",
      request: { namespace: "shop", store: "backups", server: "orders-g1", restorePoint: "before-migration" },
    });
    const absent = await ask({ target: { transactionId: "5000" } });
    assert.equal(absent.exitCode, 2);
    assert.match(absent.text, /does not hold transaction 5000\./);
    const partly = await ask(
      { target: { transactionId: "5000" } },
      cluster(undefined, { segments: 9, complete: false }),
    );
    assert.equal(partly.exitCode, 0);
    assert.match(partly.text, /warning {2}Nobody looked/);
  });

  it("estimates by the last drill", async () => {
    const api = cluster();
    api.addRecord("orders-drills", {
      "history.json": [
        {
          ...{ id: "drill-20261119T020000Z", instance: "orders", namespace: "shop", outcome: "succeeded" },
          ...{ startedAt: "2026-11-19T02:00:00Z", finishedAt: "2026-11-19T02:01:00Z", checks: [] },
          backup: { id: "b", bytes: 33_000_000 },
          wal: { segments: 7, bytes: 7_000_000 },
          rtoSeconds: 50,
          phases: { baseBackup: 20, replay: 14 },
        },
      ],
    });
    const { text } = await ask({ target: { time: "2026-11-20T11:30:00Z" } }, api);
    assert.match(
      text.replaceAll(/\n +/g, " "),
      /estimate +at most 50 s: base backup 20 s, WAL 14 s, everything else 16 s \(rates of restore drill drill-20261119T020000Z\)/,
    );
  });

  it("writes the arguments into a file, once", async () => {
    const file = join(folder, "Pulumi.prod.yaml");
    writeFileSync(file, "# The shop.\nconfig:\n  pulumi-cnpg:namespace: shop # where\n");
    const first = await ask({ target: { latest: true }, write: file });
    assert.match(first.text, new RegExp(`Written to ${file}\\.`));
    assert.match(
      readFileSync(file, "utf8"),
      /^# The shop\.\nconfig:\n {2}pulumi-cnpg:namespace: shop # where\n/,
    );
    const again = await ask({ target: { latest: true }, write: file });
    assert.match(again.text, /has them already\./);
    const json = join(folder, "plan.json");
    await ask({ target: { latest: true }, write: json });
    assert.deepEqual(JSON.parse(readFileSync(json, "utf8")), again.json.arguments);
    const refused = join(folder, "refused.json");
    await ask({ target: { time: "2026-11-20T09:00:00Z" }, write: refused });
    assert.throws(() => readFileSync(refused));
  });

  it("fails with one sentence when there is nothing to ask", async () => {
    const dry = new InstantJobs(() => ({}));
    await assert.rejects(ask({ target: { latest: true } }, dry), /no PostgresInstance "orders"/);
    addInstance(dry);
    await assert.rejects(ask({ target: { latest: true } }, dry), /There is no CronJob shop\/orders-archive/);
    const silent = new InstantJobs(() => ({}));
    addInstance(silent);
    silent.addTemplate("orders-archive", "archive-survey");
    await assert.rejects(
      ask({ target: { latest: true } }, silent),
      /The survey says nothing of orders-g1, orders-g2/,
    );
    const broken = new InstantJobs(() => new Error("The store backups cannot be reached."));
    addInstance(broken);
    broken.addTemplate("orders-archive", "archive-survey");
    await assert.rejects(
      ask({ target: { latest: true } }, broken),
      /^Error: The store backups cannot be reached\./,
    );
  });

  const cli = (...args: string[]): Promise<Outcome> =>
    run(["restore", "plan", ...args], {
      env: { KUBECONFIG: "/nowhere/kubeconfig" },
      layout: { width: 100, colour: false },
      progress: { write: () => undefined, every: () => () => undefined },
    });

  it("answers a wrong command line with 2 and the way out", async () => {
    for (const [args, message] of [
      [[], /missing required argument/],
      [["orders"], /Name a moment: --time, --xid/],
      [
        ["orders", "--time", "2026-11-20"],
        /--time 2026-11-20 is not a time with its zone\. Write for example/,
      ],
      [["orders", "--xid", "2"], /--xid 2 is not a transaction id/],
      [["orders", "--latest", "--lsn", "0/1"], /is given together with/],
      [["orders", "--latest", "--exclusive"], /--exclusive has no effect/],
      [["orders", "--latest", "--generation", "1", "--archive", "a"], /keep one of them/],
      [["orders", "--latest", "--new", "Copy"], /lower case letters/],
      [["orders", "--latest", "--into", "other"], /Allowed choices are existing/],
    ] as const) {
      const { exitCode, stderr } = await cli(...args);
      assert.equal(exitCode, 2, stderr);
      assert.match(stderr, message);
    }
  });

  it("reaches for the cluster with a right one, and has help with examples", async () => {
    for (const args of [
      ["--time", "2026-11-20T14:30:00+01:00"],
      ["--backup-id", "20261120T100003"],
      ["--name", "a b"],
    ]) {
      const { exitCode, stderr } = await cli("orders", ...args);
      assert.equal(exitCode, 1, stderr);
      assert.match(stderr, /no kubeconfig/);
    }
    const { stdout } = await cli("--help");
    assert.match(stdout, /\nExamples:\n {2}pulumi-cnpg restore plan /);
    assert.ok(stdout.split("\n").every(line => line.length <= 100));
  });
});
