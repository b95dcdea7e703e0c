import * as assert from "node:assert/strict";
import type { DrillReport } from "../../../src/backup/drill/report";
import { drillHistory, drillRun } from "../../../src/cli/commands/drill";
import { dumpList, dumpRestore } from "../../../src/cli/commands/dump";
import { instanceRetentionPlan } from "../../../src/cli/commands/retention-plan";
import { status } from "../../../src/cli/commands/status";
import { type Outcome, run } from "../../../src/cli/main";
import { addInstance, archiving, healthyCluster } from "../operations/backup-fixtures";
import { wellExecute } from "../operations/replicated-instance";
import { InstantJobs, surroundings } from "./fake-cluster";

const layout = { width: 100, colour: false };
const target = { namespace: "shop", instance: "orders" };

const cli = (...args: string[]): Promise<Outcome> =>
  run(args, {
    env: { KUBECONFIG: "/nowhere/kubeconfig" },
    layout,
    progress: { write: () => undefined, every: () => () => undefined },
  });

/** The instance `shop/orders`, whose Jobs leave this. */
function cluster(answer: object | Error, ...templates: [name: string, operation: string][]): InstantJobs {
  const api = new InstantJobs(() => answer);
  addInstance(api);
  for (const [name, operation] of templates) api.addTemplate(name, operation);
  return api;
}

const report: DrillReport = {
  ...{ id: "drill-20261120T020003Z", ...target, outcome: "succeeded" },
  ...{ startedAt: "2026-11-20T02:00:03Z", finishedAt: "2026-11-20T02:02:03.5Z" },
  target: { kind: "restorePoint", restorePoint: "drill-20261120T020003Z" },
  backup: { id: "20261120T010000", bytes: 33_000_000 },
  wal: { segments: 3, bytes: 2_000_000 },
  rpoSeconds: 12,
  rtoSeconds: 41.2,
  phases: { preparation: 9, baseBackup: 12, replay: 4.5, promotion: 15.7 },
  bytes: 35_000_000,
  bytesPerSecond: 849_514,
  reached: { lsn: "0/7000090", reason: "at restore point", timeline: 2 },
  checks: [{ name: "amcheck", outcome: "passed", detail: "12 relations", seconds: 2 }],
  rows: {
    tables: 1,
    rows: 1000,
    exact: true,
    largest: [{ database: "app", table: "public.t", rows: 1000, exact: true }],
  },
};

describe("drill", () => {
  const failed: DrillReport = {
    ...{
      id: "drill-20261119T020003Z",
      ...target,
      outcome: "failed",
      reason: "Segment 000000010000000000000005 is missing.",
    },
    ...{ startedAt: "2026-11-19T02:00:03Z", finishedAt: "2026-11-19T02:00:23Z", checks: [] },
  };

  it("runs one and prints its report with times, rate and rows", async () => {
    const api = cluster(report, ["orders-drill", "drill"]);
    const result = await drillRun({ ...target, target: "random" }, layout, surroundings(api));
    assert.equal(result.exitCode, 0);
    assert.deepEqual(api.asked[0]?.request.target, "random");
    const { text } = result;
    assert.match(text, /^shop\/orders, drill-20261120T020003Z: succeeded\n/);
    assert.match(text, /^RTO +41 s: preparation 9 s, base backup 12 s, replay 4\.5 s, promotion 16 s$/m);
    assert.match(text, /^RPO +12 s/m);
    assert.match(text, /^size +33\.4 MiB, 830 KiB\/s$/m);
    assert.match(text, /^amcheck +passed +2 s +12 relations$/m);
    assert.match(text, /^1 table, 1000 rows\n.*\napp\.public\.t +1000$/m);
    assert.ok(text.split("\n").every(line => line.length <= 100));
  });

  it("ends with 1 and the report when it failed", async () => {
    const api = cluster(failed, ["orders-drill", "drill"]);
    const { exitCode, text } = await drillRun(target, layout, surroundings(api));
    assert.equal(exitCode, 1);
    assert.match(text, /: failed\n\nSegment 000000010000000000000005 is missing\.\n/);
  });

  it("looks back at them, and at one of them", async () => {
    const api = cluster({});
    assert.match((await drillHistory(target, layout, surroundings(api))).text, /was never drilled/);
    api.addRecord("orders-drills", { "history.json": [report, failed] });
    const { text } = await drillHistory(target, layout, surroundings(api));
    assert.match(text, /^drill-20261120T020003Z +succeeded +41 s +12 s +33\.4 MiB$/m);
    assert.match(text, /^drill-20261119T020003Z +failed +Segment/m);
    const one = await drillHistory({ ...target, id: failed.id }, layout, surroundings(api));
    assert.deepEqual(one.json, failed);
    await assert.rejects(
      drillHistory({ ...target, id: "x" }, layout, surroundings(api)),
      /keeps no report of a drill x\. There are drill-20261120T020003Z, drill-20261119T020003Z\./,
    );
  });
});

describe("dump", () => {
  it("lists dumps, the newest first", async () => {
    const dumps = [
      {
        id: "20261119T020000",
        database: "app",
        state: "completed",
        begin: "2026-11-19T02:00:00Z",
        bytes: 2048,
      },
      {
        id: "20261120T020000",
        database: "app",
        state: "running",
        begin: "2026-11-20T02:00:00Z",
        bytes: 0,
        entry: "nightly",
      },
    ];
    const api = cluster({ dumps, omitted: 2 }, ["orders-dump-restore", "restore-dump"]);
    const { text } = await dumpList(target, layout, surroundings(api));
    assert.equal(api.asked[0]?.operation, "list-dumps");
    const lines = text.split("\n");
    assert.equal(lines[0], "shop/orders, 4 dumps");
    assert.match(
      lines[3] ?? "",
      /^20261120T020000 +app +2026-11-20T02:00:00Z +0 B +running +volume of nightly$/,
    );
    assert.match(lines[4] ?? "", /^20261119T020000 .* 2 KiB +completed +store$/);
    assert.equal(lines[5], "and 2 older ones");
    const none = cluster({ dumps: [], omitted: 0 }, ["orders-dump-restore", "restore-dump"]);
    assert.equal((await dumpList(target, layout, surroundings(none))).text, "shop/orders has no dumps.");
  });

  it("restores one and tells what came of it", async () => {
    const result = {
      ...{
        ...target,
        database: "app",
        id: "20261119T020000",
        into: "copy",
        created: true,
        seconds: 3,
        bytes: 2048,
      },
      ...{ tables: [{ name: "public.t", rows: 7 }], rows: 7, left: ["Extension x was there already."] },
    };
    const api = cluster(result, ["orders-dump-restore", "restore-dump"]);
    const { text } = await dumpRestore(
      { ...target, database: "app", into: "copy", create: true },
      layout,
      surroundings(api),
    );
    assert.deepEqual(api.asked[0]?.request, {
      ...{ namespace: "shop", store: "backups", database: "app", into: "copy", create: true },
    });
    assert.match(text, /^into +copy, which was made$/m);
    assert.match(text, /^restored +1 table, 7 rows$/m);
    assert.match(text, /^Not restored:\n {2}Extension x/m);
  });

  it("fails with the reason of the Job", async () => {
    const api = cluster(new Error('Database "app" is not empty.'), ["orders-dump-restore", "restore-dump"]);
    await assert.rejects(
      dumpRestore({ ...target, database: "app" }, layout, surroundings(api)),
      /is not empty/,
    );
  });
});

describe("retention plan of an instance", () => {
  const plan = {
    ...{ asOf: "2026-11-20T12:00:00Z", dryRun: true, timeZone: "Etc/UTC", policy: { recoveryWindowDays: 7 } },
    ...{ omitted: 0, done: [], warnings: [], failures: [] },
    decisions: [
      {
        ...{ id: "20261120T010000", kind: "base", series: "orders-g1", state: "completed", points: [] },
        ...{
          begin: "2026-11-20T01:00:00Z",
          end: "2026-11-20T01:01:00Z",
          action: "keep",
          reason: "the last good one",
        },
      },
    ],
  };

  it("shows what the job in the cluster would do", async () => {
    const api = cluster(plan, ["orders-backups", "backup-keeper"]);
    const { text, exitCode } = await instanceRetentionPlan(target, layout, surroundings(api));
    assert.equal(exitCode, 0);
    assert.equal(api.asked[0]?.request.dryRun, true);
    assert.match(text, /^shop\/orders\. As of 2026-11-20 12:00 \(Etc\/UTC\), recovery window of 7 days$/m);
    assert.match(
      text,
      /^20261120T010000 +2026-11-20 01:00 +base backup of orders-g1 +keep +the last good one$/m,
    );
    assert.match(text, /^1 backup: 1 keep\.$/m);
  });

  it("ends with 1 when something could not be looked at", async () => {
    const api = cluster({ ...plan, failures: ["Archive orders-g1 cannot be read."] }, [
      "orders-backups",
      "backup-keeper",
    ]);
    const { text, exitCode } = await instanceRetentionPlan(target, layout, surroundings(api));
    assert.equal(exitCode, 1);
    assert.match(text, /^warning {2}Archive orders-g1 cannot be read\.$/m);
  });

  it("takes everything else from the cluster", async () => {
    const { exitCode, stderr } = await cli("retention", "plan", "--instance", "orders", "--policy", "a");
    assert.equal(exitCode, 2);
    assert.match(stderr, /leave out --policy/);
    assert.match((await cli("retention", "plan", "--instance", "orders")).stderr, /no kubeconfig/);
  });
});

describe("status", () => {
  const rows = [
    {
      last_archived_wal: "000000010000000000000009",
      last_archived_time: "2026-11-20T11:59:00Z",
      last_failed_wal: null,
    },
  ].map(row => ({ ...row, last_failed_time: null, waiting: 0, waiting_since: null }));
  const sql = async (): Promise<Record<string, unknown>[]> => rows;

  it("tells how an instance and its backups are", async () => {
    const { text, exitCode } = await status(
      { ...target, failOnProblem: false },
      layout,
      surroundings(cluster({}), { sql, execute: wellExecute().execute }),
    );
    assert.equal(exitCode, 0);
    assert.match(text, /^shop\/orders \(Cluster orders-g1\): running, healthy, as of 2026-11-20T12:00:00Z$/m);
    assert.match(text, /^archiving +works since 2026-01-01T00:00:00Z$/m);
    assert.match(text, /^last archived +000000010000000000000009 at 2026-11-20T11:59:00Z$/m);
    assert.match(text, /^problem {2}There is no base backup: nothing can be restored\.\n→ /m);
  });

  it("fails for a problem only when asked", async () => {
    const api = cluster({});
    const broken = healthyCluster();
    broken.status.conditions = [{ ...archiving, status: "False", message: "exit status 1" }];
    api.add({ apiVersion: "postgresql.cnpg.io/v1", plural: "clusters" }, broken);
    const { text, exitCode } = await status(
      { ...target, failOnProblem: true },
      layout,
      surroundings(api, { sql, execute: wellExecute().execute }),
    );
    assert.equal(exitCode, 1);
    assert.match(text, /^archiving +fails since/m);
    assert.match(text, /^problem {2}WAL is not archived since/m);
  });
});

describe("verbs of instances", () => {
  it("have help with examples that fits, and reach for the cluster", async () => {
    for (const [verb, ...args] of [
      ["status", "orders"],
      ["drill run", "orders"],
      ["drill history", "orders"],
      ["dump list", "orders"],
      ["dump restore", "orders", "app"],
      ["replica list", "orders"],
      ["replica add", "orders"],
      ["replica remove", "orders"],
      ["replica rebuild", "orders", "orders-g1-2"],
      ["maintenance on", "orders"],
      ["maintenance off", "orders"],
    ] as const) {
      const { stdout, exitCode } = await cli(...verb.split(" "), "--help");
      assert.equal(exitCode, 0);
      assert.match(stdout, new RegExp(`\\nExamples:\\n {2}pulumi-cnpg ${verb} `));
      assert.ok(stdout.split("\n").every(line => line.length <= 100));
      assert.match((await cli(...verb.split(" "), ...args)).stderr, /no kubeconfig/);
    }
    assert.match((await cli("dump", "restore", "orders", "app", "--jobs", "0")).stderr, /from 1 to 99/);
  });
});
