import * as assert from "node:assert/strict";
import { BackupType } from "../../../src/backup/backup-type";
import { type Manifest, ownAnnotations } from "../../../src/cnpg";
import { backup, type BackupContext, backupNow, type BackupRequest } from "../../../src/operations/backup";
import { kinds } from "../../../src/operations/kubernetes";
import { RequestReader } from "../../../src/operations/operation";
import { addInstance, backupObject, healthyCluster } from "./backup-fixtures";
import { context, FakeApi } from "./fakes";

const request: BackupRequest = {
  namespace: "shop",
  instance: "orders",
  type: BackupType.Full,
  timeoutSeconds: 60,
};

/** An instance whose operator and archiver do what the steps say, one at each look. */
function surroundings(phases: string[] = ["", "started", "completed"], status: object = {}) {
  const api = new FakeApi();
  addInstance(api);
  const around = context(api);
  const queries: string[] = [];
  const archiver: object[] = [];
  const real = api.get.bind(api);
  api.get = async (kind, namespace, name) => {
    if (kind === kinds.backup) {
      const found = await real<Manifest>(kind, namespace, name);
      if (found !== undefined && phases.length > 0) {
        api.add(kind, {
          ...found,
          status: { ...backupObject(name, phases.shift() ?? "", { status }).status! },
        });
      }
    }
    return real(kind, namespace, name);
  };
  const full: BackupContext & { said: string[]; api: FakeApi } = {
    ...around,
    sql: async (_namespace, pod, query) => {
      queries.push(`${pod}: ${query}`);
      if (query.includes("pg_create_restore_point"))
        return [{ lsn: "0/D0000F8", wal: "00000001000000000000000D" }];
      if (query.includes("pg_switch_wal")) return [{ lsn: "0/E000000" }];
      return [
        {
          recovering: false,
          archived: true,
          waiting: 0,
          last_archived_time: "2026-01-01T00:00:05Z",
          ...archiver.shift(),
        },
      ];
    },
  };
  return { full, queries, archiver, api };
}

describe("backupNow, full", () => {
  it("makes a Backup of ours, follows it, and tells what it left", async () => {
    const { full, api } = surroundings();
    const result = await backupNow({ ...request, label: "pre-migration" }, full);
    const name = "orders-20260101000000";
    const made = await api.get<Manifest>(kinds.backup, "shop", name);
    assert.equal(made?.metadata.labels?.["app.kubernetes.io/managed-by"], "pulumi-cnpg");
    assert.equal(made?.metadata.labels?.["cnpg.pulumi.com/instance"], "orders");
    assert.equal(made?.metadata.annotations?.[ownAnnotations.label], "pre-migration");
    assert.deepEqual(made?.spec, {
      cluster: { name: "orders-g1" },
      method: "plugin",
      pluginConfiguration: { name: "barman-cloud.cloudnative-pg.io" },
    });
    assert.deepEqual(result.backup, {
      name,
      backupId: "20260101T000000",
      server: "orders-g1",
      begin: "2026-01-01T00:00:00Z",
      end: "2026-01-01T00:01:00Z",
      seconds: 60,
    });
    assert.deepEqual([result.label, result.cluster], ["pre-migration", "orders-g1"]);
    assert.match(result.check?.problems[0] ?? "", /^unchecked: the hourly job/);
    assert.match(full.said.join("\n"), /Made Backup.*\n.*not seen it yet\n.*started/);
  });

  it("tells what the check of the archive found, and when it could not be checked", async () => {
    const checked = async (check: BackupContext["check"]) => {
      const { full } = surroundings();
      return (await backupNow(request, { ...full, check })).check;
    };
    assert.deepEqual(await checked(async () => []), { good: true, problems: [] });
    assert.deepEqual(await checked(async (_instance, server, id) => [`${server} ${id} is cut off`]), {
      good: false,
      problems: ["orders-g1 20260101T000000 is cut off"],
    });
    const failed = await checked(() => Promise.reject(new Error("no way there")));
    assert.deepEqual(failed, { problems: ["unchecked: no way there"] });
  });

  it("fails with the words of Barman and what to do", async () => {
    const { full, api } = surroundings(["failed"], {
      error: "rpc error: code = Unknown desc = exit status 1",
      instanceID: { podName: "orders-g1-1" },
    });
    const msg = "2026-11-20 19:17:01,601 [116] ERROR: Backup failed uploading data (InsufficientStorage)";
    api.logs.set("shop/orders-g1-1", JSON.stringify({ logger: "barman-cloud-backup", ts: "", msg }));
    await assert.rejects(
      backupNow(request, full),
      /Backup shop\/orders-\d+ failed: exit status 1: Backup failed uploading data \(InsufficientStorage\)\. The store is full\. Make room/,
    );
  });

  it("says that a backup goes on when the time is up", async () => {
    const { full } = surroundings(Array<string>(100).fill("walArchivingFailing"));
    await assert.rejects(
      backupNow(request, full),
      /gave up after 60 s.*the archive takes no WAL\. The backup goes on by itself\./,
    );
  });

  it("follows a Backup of the name it was given, whatever else is refused", async () => {
    const { full, api } = surroundings(["completed"]);
    api.add(kinds.backup, backupObject("mine", "running"));
    assert.equal((await backupNow({ ...request, name: "mine" }, full)).backup?.name, "mine");
    await assert.rejects(
      backupNow(
        { ...request, name: "mine" },
        surroundingsWith(backupObject("mine", "running", { spec: { cluster: { name: "b" } } })),
      ),
      /There is a Backup shop\/mine already, and it is another one/,
    );
  });

  it("refuses what cannot be backed up, and makes nothing", async () => {
    const api = new FakeApi();
    const cluster = healthyCluster();
    addInstance(api, { ...cluster, spec: { ...cluster.spec, plugins: [] } });
    const { full } = surroundings();
    await assert.rejects(backupNow(request, { ...full, api }), /does not archive/);
    await assert.rejects(
      backupNow(request, surroundingsWith(backupObject("other", "running"))),
      /runs already/,
    );
    assert.deepEqual(api.calls, []);
    await assert.rejects(backupNow({ ...request, label: "a\nb" }, full), /label must not hold control/);
  });
});

function surroundingsWith(object: Manifest): BackupContext {
  const { full, api } = surroundings([]);
  api.add(kinds.backup, object);
  return full;
}

describe("backupNow, incremental", () => {
  const incremental = { ...request, type: BackupType.Incremental };

  it("sets a restore point, switches the segment on the primary, and waits until it is archived", async () => {
    const { full, queries, archiver } = surroundings();
    archiver.push({ archived: false, waiting: 3 });
    const result = await backupNow({ ...incremental, label: "before 'v2'" }, full);
    assert.deepEqual(
      [result.restorePoint, result.wal, result.lsn],
      ["before 'v2'", "00000001000000000000000D", "0/D0000F8"],
    );
    assert.match(queries[0] ?? "", /^orders-g1-1: .*pg_create_restore_point\('before ''v2'''\)/);
    assert.match(queries[1] ?? "", /pg_switch_wal/);
    assert.equal(queries.length, 4);
    assert.match(
      full.said.join("\n"),
      /Set restore point before 'v2' at 0\/D0000F8\.\n.*to be archived; 3 files wait\n.*is archived/,
    );
    assert.equal(result.backup, undefined);
  });

  it("names the restore point by itself, also when the label is too long for one", async () => {
    const { full } = surroundings();
    assert.equal((await backupNow(incremental, full)).restorePoint, "orders-20260101000000");
    const { full: other } = surroundings();
    const result = await backupNow({ ...incremental, label: "ü".repeat(32) }, other);
    assert.match(result.restorePoint ?? "", /^orders-\d+$/);
  });

  it("says what hinders the archiver", async () => {
    const { full, archiver, api } = surroundings();
    const failure = { last_failed_wal: "00000001000000000000000C", last_failed_time: "2026-01-01T00:00:09Z" };
    archiver.push(...Array<object>(100).fill({ archived: false, ...failure }));
    const msg =
      "2026-01-01 00:00:09,601 [116] ERROR: Barman cloud WAL archiver exception: Connection refused";
    api.logs.set("shop/orders-g1-1", JSON.stringify({ logger: "barman-cloud-wal-archive", ts: "", msg }));
    await assert.rejects(
      backupNow(incremental, full),
      /gave up.*0000000D to be archived; archiving 00000001000000000000000C failed at 2026-01-01T00:00:09\.000Z\. The store cannot be reached/,
    );
  });

  it("gives up when the primary has changed", async () => {
    const { full, archiver } = surroundings();
    archiver.push({ recovering: true });
    await assert.rejects(backupNow(incremental, full), /orders-g1-1 ceased to be the primary.*Run it again/);
  });

  it("is not kept from it by a backup that runs", async () => {
    const around = surroundingsWith(backupObject("other", "running"));
    assert.equal((await backupNow(incremental, around)).wal, "00000001000000000000000D");
  });

  it("makes volume snapshots only where the instance has them", async () => {
    await assert.rejects(
      backupNow({ ...incremental, snapshot: true }, surroundings().full),
      /makes no volume snapshots.*backup: \{ snapshots: \{\} \}/,
    );
    const { full, api } = surroundings(["finalizing", "completed"], {
      snapshotBackupStatus: { elements: [{ name: "orders-snap", type: "PG_DATA" }] },
    });
    const cluster = healthyCluster();
    addInstance(api, { ...cluster, spec: { ...cluster.spec, backup: { volumeSnapshot: {} } } });
    const { snapshot } = await backupNow({ ...incremental, snapshot: true }, full);
    assert.deepEqual(
      [snapshot?.name, snapshot?.snapshots],
      ["orders-20260101000000-snapshot", ["orders-snap"]],
    );
    const made = await api.get<Manifest>(kinds.backup, "shop", "orders-20260101000000-snapshot");
    assert.deepEqual(made?.spec, { cluster: { name: "orders-g1" }, method: "volumeSnapshot" });
  });
});

describe("backupNow, logical", () => {
  it("is handed on to who takes dumps", async () => {
    const { full } = surroundings();
    const logical = { ...request, type: BackupType.Logical };
    await assert.rejects(backupNow(logical, full), /the argument dumps/);
    const result = await backupNow(logical, {
      ...full,
      startDump: async ({ instance }) => ({ of: instance }),
    });
    assert.deepEqual(result.dump, { of: "orders" });
  });
});

describe("operation backup", () => {
  const read = (json: object): BackupRequest =>
    backup.read(new RequestReader({ namespace: "shop", instance: "orders", type: "full", ...json }));

  it("reads its request", () => {
    assert.deepEqual(read({ label: "x", target: "primary" }), {
      namespace: "shop",
      instance: "orders",
      type: "full",
      snapshot: false,
      timeoutSeconds: 3600,
      label: "x",
      target: "primary",
    });
    assert.throws(() => read({ type: "logical" }), /type logical is the operation dump/);
    assert.throws(() => read({ target: "any" }), /target must be one of primary, prefer-standby/);
  });

  it("leaves an Event on the Cluster when it fails, and the reason", async () => {
    const { api } = surroundings();
    api.add(kinds.backup, backupObject("other", "running"));
    const around = context(api);
    await assert.rejects(backup.run(read({}), around), /runs already: other/);
    const [event] = await api.list<Manifest>(kinds.event, "shop", {});
    assert.equal(event?.reason, "BackupFailed");
    assert.match(event?.message as string, /^The full backup failed: A backup of shop\/orders runs already/);
  });
});
