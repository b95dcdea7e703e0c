import * as assert from "node:assert/strict";
import { backupDescribe, backupList } from "../../../src/cli/commands/backup-list";
import { backupNow, type BackupNowRequest } from "../../../src/cli/commands/backup-now";
import { type Outcome, run } from "../../../src/cli/main";
import type { CommandResult } from "../../../src/cli/result";
import { ownAnnotations, ownLabels } from "../../../src/cnpg";
import type { ListedBackups } from "../../../src/operations/backups";
import { kinds } from "../../../src/operations/kubernetes";
import { addInstance, backupObject, healthyCluster } from "../operations/backup-fixtures";
import { InstantJobs, surroundings } from "./fake-cluster";

const layout = { width: 100, colour: false };

const survey = {
  ...{ store: "backups", server: "orders-g1", asOf: "2026-01-03T11:00:00Z", histories: [], wal: [] },
  ...{ walSegmentSize: 16 * 1024 * 1024, bytes: 90_000_000 },
  lastCommit: { time: "2026-01-03T10:59:00.5Z", transactionId: 9, lsn: "0/9000000", timeline: 1 },
  baseBackups: ["20260101T000000", "20251231T000000"].map(id => ({
    id,
    state: "completed",
    begin: `${id.slice(0, 4)}-${id.slice(4, 6)}-${id.slice(6, 8)}T00:00:00Z`,
    end: `${id.slice(0, 4)}-${id.slice(4, 6)}-${id.slice(6, 8)}T00:01:00Z`,
    beginWal: "000000010000000000000003",
    endWal: "000000010000000000000003",
    beginLsn: "0/3000028",
    endLsn: "0/3000100",
    timeline: 1,
    bytes: 33_000_000,
    problems: [],
  })),
};

/** Two base backups, one of which has no Backup any more, a snapshot, a failed one and a dump. */
function cluster(answer: () => object | Error = () => ({})): InstantJobs {
  const api = new InstantJobs((_job, self) => {
    self.addRecord("orders-archive", { "survey.json": { "orders-g1": survey } });
    return answer();
  });
  addInstance(api);
  api.addTemplate("orders-archive", "archive-survey");
  const check = JSON.stringify({ at: "2026-01-01T00:10:00Z", good: true, problems: [] });
  const annotations = { [ownAnnotations.label]: "pre-migration", [ownAnnotations.check]: check };
  api.add(kinds.backup, backupObject("orders-full", "completed", { metadata: { annotations } }));
  const failed = {
    error: "the store is full",
    startedAt: "2026-01-02T00:00:00Z",
    backupId: "20260102T000000",
  };
  api.add(kinds.backup, backupObject("orders-late", "failed", { status: failed }));
  const snapshot = { startedAt: "2026-01-03T00:00:00Z", stoppedAt: "2026-01-03T00:00:07Z" };
  api.add(
    kinds.backup,
    backupObject("orders-snap", "completed", { spec: { method: "volumeSnapshot" }, status: snapshot }),
  );
  api.addRecord("orders-backups", {
    "retention.json": {
      decisions: [
        { id: "20260101T000000", kind: "base", series: "orders-g1", action: "keep", reason: "in the window" },
        {
          ...{
            id: "20251201T020000",
            kind: "dump",
            series: "app",
            state: "completed",
            action: "prune",
            reason: "old",
          },
          ...{ begin: "2025-12-01T02:00:00Z", end: "2025-12-01T02:03:20Z" },
        },
      ],
    },
  });
  api.add(kinds.scheduledBackup, {
    apiVersion: "postgresql.cnpg.io/v1",
    kind: "ScheduledBackup",
    metadata: { name: "orders-weekly", namespace: "shop", labels: { [ownLabels.instance]: "orders" } },
    spec: { cluster: { name: "orders-g1" }, schedule: "0 0 2 * * 0" },
    status: { nextScheduleTime: "2026-01-04T02:00:00Z" },
  });
  return api;
}

const list = (api: InstantJobs, more: object = {}): Promise<CommandResult> =>
  backupList({ namespace: "shop", instance: "orders", ...more }, layout, surroundings(api));

describe("backup list", () => {
  it("shows what is known without asking the store, the newest first", async () => {
    const api = cluster();
    const { text, exitCode } = await list(api);
    assert.equal(exitCode, 0);
    assert.deepEqual(api.asked, []);
    const lines = text.split("\n");
    assert.equal(lines[0], "shop/orders, 4 backups");
    assert.equal(lines[1], "archive orders-g1 in store backups: not looked at yet; --refresh does");
    assert.deepEqual(
      lines.slice(4, 8).map(line => line.split(/ {2,}/)),
      [
        ["orders-snap", "2026-01-03 00:00", "7 s", "snapshot", "unchecked"],
        ["20260102T000000", "2026-01-02 00:00", "base", "failed"],
        ["20260101T000000", "2026-01-01 00:00", "1 min", "base", "good", "keep", "pre-migration"],
        ["20251201T020000", "2025-12-01 02:00", "3 min 20 s", "dump of app", "unchecked", "prune"],
      ],
    );
    assert.match(text, /^orders-weekly {2}2026-01-04T02:00:00Z$/m);
    assert.ok(lines.every(line => line.length <= 100));
  });

  it("looks at the archives when asked, and shows base backups that only they know", async () => {
    const api = cluster();
    const { text, json } = await list(api, { refresh: true });
    assert.deepEqual(
      api.asked.map(({ operation, request }) => [operation, request.servers]),
      [["archive-survey", ["orders-g1"]]],
    );
    assert.match(
      text.replaceAll(/\n(?=\w+[-: ])/g, " "),
      /archive orders-g1 in store backups, as of 2026-01-03T11:00:00Z, 85\.8 MiB: restorable from 2025-12-31T00:01:00Z to/,
    );
    assert.match(text, /^20251231T000000 {2}2025-12-31 00:00 +1 min +31\.5 MiB +base +unchecked$/m);
    assert.match(text, /^20260101T000000 .* 31\.5 MiB +base +good +keep +pre-migration$/m);
    assert.equal((json as ListedBackups).backups.length, 5);
  });

  it("shows the newest, and says how many it leaves out", async () => {
    const { text } = await list(cluster(), { limit: 1 });
    assert.match(text, /^orders-snap/m);
    assert.match(text, /^and 3 older ones; --all shows them$/m);
    assert.doesNotMatch(text, /20260101T000000/);
  });

  it("names the archive of each when there are several generations", async () => {
    const api = cluster();
    api.add(kinds.cluster, healthyCluster("2"));
    assert.match((await list(api)).text, /base of orders-g1/);
  });

  it("fails with one sentence for an instance that is not there", async () => {
    await assert.rejects(list(new InstantJobs(() => ({}))), /no PostgresInstance "orders"/);
  });
});

describe("backup describe", () => {
  const describeBackup = (id: string, more: object = {}): Promise<CommandResult> =>
    backupDescribe({ namespace: "shop", instance: "orders", id, ...more }, layout, surroundings(cluster()));

  it("tells everything, by either name", async () => {
    for (const id of ["20260101T000000", "orders-full"]) {
      const { text } = await describeBackup(id, { refresh: true });
      assert.match(text, /^20260101T000000\n\nwhat +base of orders-g1$/m);
      assert.match(text, /^retention +keep: in the window$/m);
      assert.match(text, /^WAL +000000010000000000000003 to 000000010000000000000003$/m);
      assert.match(
        text,
        /^restorable +from 2026-01-01T00:01:00Z to 2026-01-03T10:59:00\.5Z, transaction 9$/m,
      );
    }
    assert.match((await describeBackup("orders-late")).text, /^problems +the store is full$/m);
  });

  it("names the nearest one for one that is not there", async () => {
    await assert.rejects(
      describeBackup("orders-ful"),
      /has no backup orders-ful\. Did you mean orders-full\?/,
    );
    await assert.rejects(
      describeBackup("zzz"),
      /The newest is orders-snap; pulumi-cnpg backup list shows all\./,
    );
  });
});

describe("backup now", () => {
  const now = (api: InstantJobs, more: Partial<BackupNowRequest> = {}): Promise<CommandResult> =>
    backupNow(
      { namespace: "shop", instance: "orders", type: "full", timeoutSeconds: 60, ...more },
      layout,
      surroundings(api, { sql: async () => [] }),
    );

  /** Backups are completed as soon as they are made. */
  function completing(): InstantJobs {
    const api = cluster();
    const { onCreate } = api;
    api.onCreate = (object, dryRun) => {
      if (object.kind !== "Backup") return onCreate(object, dryRun);
      const status = {
        ...{ phase: "completed", backupId: "20261120T120000" },
        ...{ startedAt: "2026-11-20T12:00:00Z", stoppedAt: "2026-11-20T12:00:09Z" },
      };
      return { ...object, status };
    };
    return api;
  }

  it("takes a base backup and tells what became of it", async () => {
    const { text, exitCode } = await now(completing(), { label: "pre-migration" });
    assert.equal(exitCode, 0);
    assert.match(text, /^shop\/orders, base backup done\n/);
    assert.match(text, /^backup +20261120T120000$/m);
    assert.match(text, /^label +pre-migration$/m);
    assert.match(text, /^restorable +from 2026-11-20T12:00:09Z$/m);
    assert.match(text, /^check +unchecked: the hourly job/m);
  });

  it("dumps by the entry of the schedule", async () => {
    const record = { id: "20261120T120000", database: "app", bytes: 2048 };
    const api = cluster(() => ({ dumps: [record], pruned: [] }));
    api.addTemplate("orders-dump-nightly", "dump");
    const template = api.objects.get("cronjobs/shop/orders-dump-nightly");
    if (template !== undefined)
      template.metadata.labels = {
        "app.kubernetes.io/managed-by": "pulumi-cnpg",
        "app.kubernetes.io/part-of": "orders",
        [ownLabels.instance]: "orders",
      };
    const { text } = await now(api, { type: "logical", databases: ["app"] });
    assert.match(text, /^dump +20261120T120000 of app, 2 KiB$/m);
    assert.deepEqual(api.asked[0]?.request.databases, ["app"]);
  });

  it("refuses an instance that is in no state for it, with the reason", async () => {
    const api = cluster();
    const asleep = healthyCluster();
    asleep.metadata.annotations = { "cnpg.io/hibernation": "on" };
    api.add(kinds.cluster, asleep);
    await assert.rejects(now(api), /hibernated/);
  });

  it("is refused as a command line with 2 and the way out", async () => {
    const cli = (...args: string[]): Promise<Outcome> =>
      run(["backup", ...args], {
        env: { KUBECONFIG: "/nowhere/kubeconfig" },
        layout,
        progress: { write: () => undefined, every: () => () => undefined },
      });
    for (const [args, message] of [
      [["now", "orders", "--database", "app"], /--entry and --database are of --type logical/],
      [["now", "orders", "--type", "other"], /Allowed choices are full, incremental, logical/],
      [["now", "orders", "--timeout", "0"], /whole number of seconds/],
      [["list"], /missing required argument/],
      [["describe", "orders"], /missing required argument/],
    ] as const) {
      const { exitCode, stderr } = await cli(...args);
      assert.equal(exitCode, 2);
      assert.match(stderr, message);
    }
    for (const args of [
      ["now", "orders"],
      ["list", "orders", "--refresh"],
      ["describe", "orders", "a"],
    ])
      assert.match((await cli(...args)).stderr, /no kubeconfig/);
    for (const verb of ["list", "describe", "now"]) {
      const { stdout, exitCode } = await cli(verb, "--help");
      assert.equal(exitCode, 0);
      assert.match(stdout, /\nExamples:\n {2}pulumi-cnpg backup /);
      assert.ok(stdout.split("\n").every(line => line.length <= 100));
    }
  });
});
