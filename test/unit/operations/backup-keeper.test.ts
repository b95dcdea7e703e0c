import * as assert from "node:assert/strict";
import fc from "fast-check";
import type { ArchivedBackup, ArchiveSurvey } from "../../../src/backup/archive/survey";
import { BackupKind, BackupState, KeepTarget, type KnownBackup } from "../../../src/backup/known-backup";
import { type Manifest, ownAnnotations } from "../../../src/cnpg";
import {
  backupKeeper,
  type BackupKeeperRequest,
  keepBackups,
  type KeeperContext,
  type KeeperResult,
} from "../../../src/operations/backup-keeper";
import { readKey } from "../../../src/operations/config-map";
import { ApiError, kinds } from "../../../src/operations/kubernetes";
import { RequestReader } from "../../../src/operations/operation";
import type { DumpShelf } from "../../../src/operations/retention-run";
import { addInstance, backupObject, healthyCluster } from "./backup-fixtures";
import { context, FakeApi, FakeClock } from "./fakes";

const day = 24 * 3600_000;

/** An archive with a base backup at 02:00 of each day before a time. */
class FakeArchive {
  backups: ArchivedBackup[] = [];
  readonly calls: string[] = [];
  problems = new Map<string, string[]>();
  wal = ["000000010000000000000001", "0000000100000000000000FF"];

  addDays(count: number, until: string): this {
    for (let i = count; i > 0; i -= 1) {
      const begin = new Date(Date.parse(until) - i * day);
      const text = begin.toISOString();
      this.backups.push({
        id: `${text.replace(/[-:]|\.\d+Z/g, "")}`,
        state: BackupState.Completed,
        begin: text,
        end: new Date(begin.getTime() + 60_000).toISOString(),
        beginWal: "000000010000000000000002",
        bytes: 1,
        problems: [],
      });
    }
    return this;
  }

  survey = async (server: string): Promise<ArchiveSurvey> => ({
    store: "backups",
    server,
    asOf: "",
    baseBackups: structuredClone(this.backups),
    wal:
      this.wal.length === 0
        ? []
        : [{ timeline: 1, first: this.wal[0] ?? "", last: this.wal[1] ?? "", segments: 255, bytes: 1 }],
    walSegmentSize: 16 * 1024 * 1024,
    histories: [],
    bytes: 1,
  });

  check = async (_server: string, id: string): Promise<string[]> => this.problems.get(id) ?? [];

  keep = async (server: string, id: string, target: KeepTarget): Promise<void> => {
    this.calls.push(`keep ${server} ${id} ${target}`);
    const backup = this.backups.find(candidate => candidate.id === id);
    if (backup !== undefined) backup.keep = target;
  };

  release = async (server: string, id: string): Promise<void> => {
    this.calls.push(`release ${server} ${id}`);
    const backup = this.backups.find(candidate => candidate.id === id);
    delete backup?.keep;
  };
}

const request: BackupKeeperRequest = {
  namespace: "shop",
  instance: "orders",
  store: "backups",
  archives: [],
  policy: { recoveryWindowDays: 7, weeklyRetentionWeeks: 2 },
  configMap: "orders-backups",
  dryRun: false,
};

// A Wednesday; the Mondays before it are 9 and 2 March.
const now = "2026-03-11T12:00:00Z";

interface World {
  api: FakeApi;
  clock: FakeClock;
  archive: FakeArchive;
  said: string[];
  keeper: KeeperContext;
}

function world(days = 20, retentionPolicy: string | undefined = "7d"): World {
  const [api, clock] = [new FakeApi(), new FakeClock(now)];
  addInstance(api);
  api.add(kinds.objectStore, {
    apiVersion: "barmancloud.cnpg.io/v1",
    kind: "ObjectStore",
    metadata: { name: "backups", namespace: "shop" },
    spec: { retentionPolicy },
  });
  const archive = new FakeArchive().addDays(days, "2026-03-11T02:00:00Z");
  const around = context(api, clock);
  return { api, clock, archive, said: around.said, keeper: { ...around, archive: async () => archive } };
}

const marksOf = (api: FakeApi): Promise<unknown> =>
  readKey(api, { namespace: "shop", name: "orders-backups" }, "record.json");

const actionsOf = (result: KeeperResult): string[] =>
  result.decisions
    .filter(({ action }) => action !== "keep" && action !== "expire")
    .map(({ id, action }) => `${id} ${action}`);

describe("backup-keeper, retention", () => {
  it("marks the points of the tiers, writes down what it decided and why, and then has nothing to do", async () => {
    const { api, archive, keeper, said } = world();
    const result = await keepBackups(request, keeper);
    // The first of each week among those that are there; the oldest week began before the first of them.
    assert.deepEqual(archive.calls, [
      "keep orders-g1 20260223T020000 standalone",
      "keep orders-g1 20260302T020000 standalone",
      "keep orders-g1 20260309T020000 standalone",
    ]);
    assert.deepEqual(await marksOf(api), {
      marked: { "orders-g1": ["20260223T020000", "20260302T020000", "20260309T020000"] },
    });
    assert.equal(result.done.length, 3);
    assert.match(said.join("\n"), /base backup 20260302T020000 of orders-g1: mark, weekly point of 2026-W10/);
    assert.deepEqual(
      await readKey(api, { namespace: "shop", name: "orders-backups" }, "retention.json"),
      JSON.parse(JSON.stringify(result)),
    );
    const again = await keepBackups(request, keeper);
    assert.deepEqual([again.done, again.failures, archive.calls.length], [[], [], 3]);
  });

  it("releases its own marks only", async () => {
    const { archive, keeper, clock, api } = world();
    await keepBackups(request, keeper);
    const theirs = archive.backups.find(({ id }) => id === "20260224T020000");
    assert.ok(theirs);
    theirs.keep = KeepTarget.Standalone;
    archive.calls.length = 0;
    await clock.sleep(20 * day);
    archive.addDays(3, "2026-03-31T02:00:00Z");
    const result = await keepBackups(request, keeper);
    assert.ok(archive.calls.includes("release orders-g1 20260223T020000"));
    assert.ok(archive.calls.includes("release orders-g1 20260302T020000"));
    assert.ok(!archive.calls.some(call => call.includes("20260224")));
    assert.match(
      result.decisions.find(({ id }) => id === "20260224T020000")?.reason ?? "",
      /by somebody else/,
    );
    const { marked } = (await marksOf(api)) as { marked: Record<string, string[]> };
    assert.ok(!marked["orders-g1"]?.includes("20260223T020000"));
  });

  it("does nothing but tell in a dry run", async () => {
    const { api, archive, keeper } = world();
    api.add(kinds.backup, backupObject("a", "completed"));
    const before = new Map(api.objects);
    const result = await keepBackups({ ...request, dryRun: true }, keeper);
    assert.equal(actionsOf(result).length, 3);
    assert.deepEqual([archive.calls, result.done, api.calls], [[], [], []]);
    assert.deepEqual(api.objects, before);
    const later = await keepBackups({ ...request, dryRun: true, now: "2026-06-01T00:00:00Z" }, keeper);
    assert.equal(later.asOf, "2026-06-01T00:00:00.000Z");
  });

  for (const [policy, words] of [
    ["8d", "of 8 days"],
    [undefined, "no recovery window"],
    ["1m", "of 31 days"],
  ] as const) {
    it(`leaves base backups alone where the ObjectStore keeps ${policy ?? "for ever"}`, async () => {
      const { archive, keeper, api } = world();
      api.add(kinds.objectStore, {
        apiVersion: "barmancloud.cnpg.io/v1",
        kind: "ObjectStore",
        metadata: { name: "backups", namespace: "shop" },
        spec: policy === undefined ? {} : { retentionPolicy: policy },
      });
      const result = await keepBackups(request, keeper);
      assert.deepEqual([archive.calls, result.decisions], [[], []]);
      assert.match(result.failures[0] ?? "", new RegExp(`${words}.*told of 7 days`));
    });
  }

  it("takes a week of the store for seven days", async () => {
    const { keeper } = world(20, "1w");
    assert.deepEqual((await keepBackups(request, keeper)).failures, []);
  });

  it("decides nothing about an archive that it cannot read, and goes on with the others", async () => {
    const { api, archive, keeper } = world();
    api.add(kinds.cluster, healthyCluster("2"));
    const survey = archive.survey;
    archive.survey = server =>
      server === "orders-g1" ? Promise.reject(new Error("no answer")) : survey(server);
    const result = await keepBackups(request, keeper);
    assert.deepEqual(result.failures, ["Archive orders-g1 could not be read: no answer"]);
    assert.equal(archive.calls.filter(call => call.startsWith("keep orders-g2")).length, 3);
    assert.ok(archive.calls.every(call => !call.includes("orders-g1")));
  });

  it("relies on no base backup that is damaged", async () => {
    const { api, archive, keeper } = world();
    const monday = archive.backups.find(({ id }) => id === "20260302T020000");
    assert.ok(monday);
    monday.problems = ["data.tar is missing"];
    const check = JSON.stringify({ at: "", good: false, problems: ["cut off"] });
    api.add(
      kinds.backup,
      backupObject("a", "completed", {
        metadata: { annotations: { [ownAnnotations.check]: check } },
        status: { backupId: "20260309T020000" },
      }),
    );
    await keepBackups(request, keeper);
    assert.deepEqual(archive.calls.slice(1), [
      "keep orders-g1 20260303T020000 standalone",
      "keep orders-g1 20260310T020000 standalone",
    ]);
  });

  it("goes on after one action that fails, and tells of it", async () => {
    const { archive, keeper } = world();
    const keep = archive.keep;
    archive.keep = (server, id, target) =>
      id === "20260302T020000" ? Promise.reject(new Error("refused")) : keep(server, id, target);
    const result = await keepBackups(request, keeper);
    assert.deepEqual(result.failures, ["mark base backup 20260302T020000 of orders-g1: refused"]);
    assert.equal(archive.calls.length, 2);
  });

  it("forgets a mark that somebody took away, so that the next one there is not ours", async () => {
    const { api, archive, keeper, clock } = world();
    await keepBackups(request, keeper);
    const monday = archive.backups.find(({ id }) => id === "20260223T020000");
    assert.ok(monday);
    delete monday.keep;
    await clock.sleep(20 * day);
    archive.addDays(3, "2026-03-31T02:00:00Z");
    await keepBackups(request, keeper);
    const { marked } = (await marksOf(api)) as { marked: Record<string, string[]> };
    assert.ok(!marked["orders-g1"]?.includes("20260223T020000"));
  });

  it("prunes snapshots of ours with their VolumeSnapshots, also those of our schedules, and no others", async () => {
    const { api, keeper } = world();
    const snapshot = (name: string, age: number, labels: Record<string, string>): void => {
      const startedAt = new Date(Date.parse(now) - age * day).toISOString();
      const metadata = {
        labels,
        annotations: { [ownAnnotations.check]: '{"at":"","good":true,"problems":[]}' },
      };
      const status = { startedAt, stoppedAt: startedAt, backupId: undefined };
      api.add(
        kinds.backup,
        backupObject(name, "completed", { metadata, status, spec: { method: "volumeSnapshot" } }),
      );
      api.add(kinds.volumeSnapshot, {
        apiVersion: "snapshot.storage.k8s.io/v1",
        kind: "VolumeSnapshot",
        metadata: { name: `${name}-data`, namespace: "shop", labels: { "cnpg.io/backupName": name } },
      });
    };
    const ours = { "app.kubernetes.io/managed-by": "pulumi-cnpg", "cnpg.pulumi.com/instance": "orders" };
    for (const [id, age] of [
      ["old", 60],
      ["before", 9],
      ["new", 1],
    ] as const)
      snapshot(id, age, ours);
    snapshot("scheduled", 61, { "cnpg.io/scheduled-backup": "orders-snapshots" });
    snapshot("foreign", 62, { "cnpg.io/scheduled-backup": "somebody" });
    const metadata = { name: "orders-snapshots", namespace: "shop", labels: ours };
    api.add(kinds.scheduledBackup, {
      apiVersion: "postgresql.cnpg.io/v1",
      kind: "ScheduledBackup",
      metadata,
    });
    await keepBackups({ ...request, policy: { recoveryWindowDays: 7 } }, keeper);
    const left = (await api.list<Manifest>(kinds.backup, "shop", {}))
      .map(found => found.metadata.name)
      .sort();
    assert.deepEqual(left, ["before", "foreign", "new"]);
    const data = (await api.list<Manifest>(kinds.volumeSnapshot, "shop", {}))
      .map(found => found.metadata.name)
      .sort();
    assert.deepEqual(data, ["before-data", "foreign-data", "new-data"]);
    // Otherwise they would be nobody's as soon as their schedule is gone.
    const order = api.calls.filter(call => call.includes("scheduled"));
    assert.deepEqual(order, [
      "patch backups/shop/scheduled",
      "delete volumesnapshots/shop/scheduled-data",
      "delete backups/shop/scheduled",
    ]);
  });

  it("leaves a result that fits into an annotation, the newest first, also of many years", async () => {
    const { keeper, api } = world(3000);
    const policy = { recoveryWindowDays: 7, dailyRetentionDays: 3000, monthlyRetentionMonths: 200 };
    const result = await keepBackups({ ...request, policy }, keeper);
    assert.equal(result.decisions.length + result.omitted, 3000);
    assert.ok(result.omitted > 1000);
    assert.ok(Buffer.byteLength(JSON.stringify(result)) < 240 * 1024);
    assert.equal(result.decisions.at(-1)?.id, "20260310T020000");
    const { marked } = (await marksOf(api)) as { marked: Record<string, string[]> };
    assert.ok((marked["orders-g1"]?.length ?? 0) > 2900, "what must be remembered is all there");
  });

  it("prunes dumps through their room", async () => {
    const pruned: string[] = [];
    const dump = (id: string, age: number): KnownBackup => {
      const begin = new Date(Date.parse(now) - age * day);
      return {
        id,
        kind: BackupKind.Dump,
        series: "app",
        state: BackupState.Completed,
        begin,
        end: begin,
        ours: true,
      };
    };
    const dumps: DumpShelf = {
      list: async () => [dump("a", 60), dump("b", 30), dump("c", 1)],
      prune: async ({ id }) => void pruned.push(id),
    };
    const { keeper } = world();
    await keepBackups({ ...request, policy: { recoveryWindowDays: 7 } }, { ...keeper, dumps });
    assert.deepEqual(pruned, ["a"]);
    const broken = { ...dumps, list: () => Promise.reject(new Error("no answer")) };
    const { failures } = await keepBackups(
      { ...request, policy: { recoveryWindowDays: 7 } },
      { ...keeper, dumps: broken },
    );
    assert.deepEqual(failures, ["The dumps could not be listed: no answer"]);
  });

  it("alarms of a gap that is still there after a while, and not of one that closes", async () => {
    const { api, archive, keeper } = world();
    const survey = archive.survey;
    const range = (first: string, last: string) => ({ timeline: 1, first, last, segments: 1, bytes: 1 });
    const withGap = async (server: string): Promise<ArchiveSurvey> => ({
      ...(await survey(server)),
      wal: [
        range("000000010000000000000002", "000000010000000000000004"),
        range("000000010000000000000006", "000000010000000000000007"),
      ],
    });
    let looks = 0;
    archive.survey = server => ((looks += 1) === 1 ? withGap(server) : survey(server));
    assert.deepEqual((await keepBackups(request, keeper)).warnings, []);
    archive.survey = withGap;
    const { warnings } = await keepBackups(request, keeper);
    assert.match(
      warnings[0] ?? "",
      /Archive orders-g1 lacks WAL segment 000000010000000000000005: after base backup/,
    );
    const [event] = await api.list<Manifest>(kinds.event, "shop", {});
    assert.equal(event?.reason, "ArchiveGap");
  });
});

describe("backup-keeper, interrupted anywhere", () => {
  /** Ends the process before or after its n-th change: nothing it tries afterwards has any effect. */
  function mortal({ api, archive, keeper }: World, changes: number, after: boolean): KeeperContext {
    let left = changes;
    const fatal = async <T>(work: () => Promise<T>): Promise<T> => {
      left -= 1;
      if (left < 0 || (left === 0 && !after)) throw new Error("killed");
      const result = await work();
      if (left === 0) throw new Error("killed");
      return result;
    };
    const dying = Object.assign(Object.create(api) as FakeApi, {
      create: (...args: Parameters<FakeApi["create"]>) => fatal(() => api.create(...args)),
      patch: (...args: Parameters<FakeApi["patch"]>) => fatal(() => api.patch(...args)),
      delete: (...args: Parameters<FakeApi["delete"]>) => fatal(() => api.delete(...args)),
    });
    const store = Object.assign(Object.create(archive) as FakeArchive, {
      keep: (...args: Parameters<FakeArchive["keep"]>) => fatal(() => archive.keep(...args)),
      release: (...args: Parameters<FakeArchive["release"]>) => fatal(() => archive.release(...args)),
    });
    return { ...keeper, api: dying, archive: async () => store };
  }

  async function attempt(run: Promise<unknown>): Promise<void> {
    await run.catch((error: unknown) => {
      if (!(error instanceof ApiError) && (error as Error).message !== "killed") throw error;
    });
  }

  it("never loses the knowledge which marks are its own, and ends where an undisturbed run ends", async function () {
    this.timeout(30_000);
    let killed = 0;
    await fc.assert(
      fc.asyncProperty(
        fc.array(
          fc.record({
            changes: fc.integer({ min: 0, max: 12 }),
            after: fc.boolean(),
            days: fc.integer({ min: 0, max: 20 }),
          }),
          { minLength: 1, maxLength: 6 },
        ),
        async deaths => {
          const [broken, whole] = [world(), world()];
          let time = Date.parse(now);
          for (const { changes, after, days } of deaths) {
            await attempt(keepBackups(request, mortal(broken, changes, after)));
            killed += 1;
            const marked = broken.archive.backups
              .filter(({ keep }) => keep !== undefined)
              .map(({ id }) => id);
            const record = (await marksOf(broken.api)) as { marked: Record<string, string[]> } | undefined;
            for (const id of marked) assert.ok(record?.marked["orders-g1"]?.includes(id), id);
            time += days * day;
            for (const { archive, clock } of [broken, whole]) {
              await clock.sleep(days * day);
              archive.addDays(days, new Date(time - 10 * 3600_000).toISOString());
            }
          }
          await keepBackups(request, broken.keeper);
          await keepBackups(request, whole.keeper);
          const again = await keepBackups(request, broken.keeper);
          assert.deepEqual(again.done, []);
          assert.ok(again.decisions.every(({ reason }) => !reason.includes("somebody else")));
          assert.deepEqual(
            broken.archive.backups.map(({ id, keep }) => [id, keep]),
            whole.archive.backups.map(({ id, keep }) => [id, keep]),
          );
        },
      ),
      { numRuns: 100 },
    );
    assert.ok(killed > 100);
  });
});

describe("backup-keeper, checks", () => {
  it("checks each completed Backup once, and leaves what it found on it and in the ConfigMap", async () => {
    const { api, archive, keeper } = world();
    api.add(kinds.backup, backupObject("good", "completed"));
    api.add(kinds.backup, backupObject("bad", "completed", { status: { backupId: "20260102T000000" } }));
    api.add(kinds.backup, backupObject("running", "running"));
    api.add(kinds.backup, backupObject("other", "completed", { spec: { cluster: { name: "stock-g1" } } }));
    api.add(kinds.backup, backupObject("gone", "completed", { spec: { cluster: { name: "orders-g7" } } }));
    archive.problems.set("20260102T000000", ["data.tar is missing", "the label does not fit"]);
    let checks = 0;
    const check = archive.check;
    archive.check = (server, id) => {
      checks += 1;
      return check(server, id);
    };
    await keepBackups(request, keeper);
    await keepBackups(request, keeper);
    assert.equal(checks, 2);
    const record = await readKey(api, { namespace: "shop", name: "orders-backups" }, "checks.json");
    assert.deepEqual(record, {
      good: { at: "2026-03-11T12:00:00.000Z", good: true, problems: [] },
      bad: {
        at: "2026-03-11T12:00:00.000Z",
        good: false,
        problems: ["data.tar is missing", "the label does not fit"],
      },
    });
    const bad = await api.get<Manifest>(kinds.backup, "shop", "bad");
    assert.match(bad?.metadata.annotations?.[ownAnnotations.check] ?? "", /"good":false/);
    const events = await api.list<Manifest>(kinds.event, "shop", {});
    assert.deepEqual(
      events.map(({ involvedObject, reason }) => [(involvedObject as { kind: string }).kind, reason]),
      [
        ["Backup", "BackupDamaged"],
        ["Cluster", "BackupDamaged"],
      ],
    );
  });

  it("tries again what it could not check, and tells of it", async () => {
    const { api, archive, keeper } = world();
    api.add(kinds.backup, backupObject("a", "completed"));
    archive.check = () => Promise.reject(new Error("no answer"));
    const { failures } = await keepBackups(request, keeper);
    assert.deepEqual(failures, ["Backup shop/a could not be checked: no answer"]);
    archive.check = async () => [];
    assert.deepEqual((await keepBackups(request, keeper)).failures, []);
  });

  it("looks at the VolumeSnapshots of a snapshot", async () => {
    const { api, keeper } = world();
    const status = {
      backupId: undefined,
      snapshotBackupStatus: { elements: [{ name: "gone", type: "PG_DATA" }] },
    };
    api.add(kinds.backup, backupObject("snap", "completed", { spec: { method: "volumeSnapshot" }, status }));
    api.add(kinds.volumeSnapshot, {
      apiVersion: "snapshot.storage.k8s.io/v1",
      kind: "VolumeSnapshot",
      metadata: { name: "wal", namespace: "shop", labels: { "cnpg.io/backupName": "snap" } },
      status: { readyToUse: false, error: { message: "no space" } },
    });
    await keepBackups(request, keeper);
    const found = await api.get<Manifest>(kinds.backup, "shop", "snap");
    const { problems } = JSON.parse(found?.metadata.annotations?.[ownAnnotations.check] ?? "{}") as {
      problems: string[];
    };
    assert.deepEqual(problems, ["VolumeSnapshot gone is gone", "VolumeSnapshot wal is not ready: no space"]);
  });
});

describe("operation backup-keeper", () => {
  const read = (json: object): BackupKeeperRequest =>
    backupKeeper.read(
      new RequestReader({
        namespace: "shop",
        instance: "orders",
        store: "backups",
        configMap: "c",
        policy: {},
        ...json,
      }),
    );

  it("reads its request", () => {
    assert.deepEqual(
      read({ policy: { recoveryWindowDays: 14, weeklyRetentionWeeks: 5, timeZone: "Europe/Berlin" } }).policy,
      {
        recoveryWindowDays: 14,
        dailyRetentionDays: 0,
        weeklyRetentionWeeks: 5,
        monthlyRetentionMonths: 0,
        yearlyRetentionYears: 0,
        timeZone: "Europe/Berlin",
      },
    );
    assert.throws(() => read({ policy: undefined }), /policy is missing/);
    assert.throws(() => read({ policy: { timeZone: "Berlin" } }), /policy\.timeZone/);
    assert.throws(() => read({ now }), /now needs dryRun/);
    assert.throws(() => read({ now: "tomorrow", dryRun: true }), /now is no time with a zone/);
  });
});
