import * as assert from "node:assert/strict";
import { readBackupList } from "../../../src/backup/backup-list";
import { readBackupObjects } from "../../../src/backup/backup-objects";
import { readBarmanListing } from "../../../src/backup/barman-listing";
import { type KnownBackup, UnusableBackups } from "../../../src/backup/known-backup";
import { readCtime, readTimestamp } from "../../../src/timestamp";

const refuses = (read: () => unknown, message: RegExp): void =>
  assert.throws(read, (error: Error) => error instanceof UnusableBackups && message.test(error.message));

describe("times of backups", () => {
  it("need a zone and a day that exists", () => {
    assert.equal(readTimestamp("2026-02-09T03:00:03+01:00")?.toISOString(), "2026-02-09T02:00:03.000Z");
    assert.equal(readTimestamp("2026-02-09T02:00:03.123456Z")?.toISOString(), "2026-02-09T02:00:03.123Z");
    assert.equal(readTimestamp("2024-02-29T02:00Z")?.toISOString(), "2024-02-29T02:00:00.000Z");
    for (const text of [
      "2026-02-09T02:00:03",
      "2026-02-30T02:00:03Z",
      "2026-13-01T02:00:03Z",
      "2026-02-09T25:00:03Z",
      "2026-02-09",
      "20260209T020003",
      "",
    ])
      assert.equal(readTimestamp(text), undefined, text);
  });

  it("of ctime are those of UTC", () => {
    assert.equal(readCtime("Tue Oct 20 11:52:31 2020")?.toISOString(), "2020-10-20T11:52:31.000Z");
    assert.equal(readCtime("Thu Jan  1 01:02:03 2026")?.toISOString(), "2026-01-01T01:02:03.000Z");
    for (const text of ["Tue Okt 20 11:52:31 2020", "Tue Feb 30 11:52:31 2020", "2020"])
      assert.equal(readCtime(text), undefined, text);
  });
});

describe("Barman's listing", () => {
  /** As barman-cloud-backup-list 3.20 prints it, without most of what nothing here reads. */
  const entry = {
    backup_label: "'START WAL LOCATION: 0/6000028 (file 000000010000000000000006)'",
    begin_time: "Tue Oct 20 11:52:31 2020",
    begin_time_iso: "2020-10-20T11:52:31.200000+02:00",
    begin_wal: "000000010000000000000006",
    end_time: "Tue Oct 20 11:52:34 2020",
    end_time_iso: "2020-10-20T11:52:34.500000+02:00",
    end_wal: "000000010000000000000006",
    error: null,
    server_name: "cloud",
    status: "DONE",
    timeline: 1,
    backup_id: "20201020T095231",
  };
  const listing = (...changes: object[]): unknown => ({
    backups_list: changes.map(change => ({ ...entry, ...change })),
  });

  it("is read with its own times", () => {
    assert.deepEqual(readBarmanListing(listing({})), [
      {
        id: "20201020T095231",
        kind: "base",
        state: "completed",
        begin: new Date("2020-10-20T09:52:31.200Z"),
        end: new Date("2020-10-20T09:52:34.500Z"),
        beginWal: "000000010000000000000006",
      },
    ]);
    const old = { begin_time_iso: undefined, end_time_iso: undefined };
    assert.equal(+(readBarmanListing(listing(old))[0]?.begin ?? 0), Date.parse("2020-10-20T11:52:31Z"));
    const iso = { ...old, begin_time: "2020-10-20T11:52:31Z", end_time: "2020-10-20T11:52:34Z" };
    assert.equal(+(readBarmanListing(listing(iso))[0]?.begin ?? 0), Date.parse("2020-10-20T11:52:31Z"));
    assert.deepEqual(readBarmanListing({ backups_list: [] }), []);
  });

  it("counts only DONE as completed", () => {
    const states = ["DONE", "FAILED", "EMPTY", "STARTED", "SYNCING", "WAITING_FOR_WALS"];
    assert.deepEqual(
      readBarmanListing(listing(...states.map(status => ({ status })))).map(({ state }) => state),
      ["completed", "failed", "running", "running", "running", "running"],
    );
  });

  it("may hold one that has just begun", () => {
    const begun = {
      status: "STARTED",
      begin_time: null,
      begin_time_iso: null,
      end_time: null,
      end_time_iso: null,
      begin_wal: null,
    };
    assert.deepEqual(readBarmanListing(listing(begun)), [
      { id: "20201020T095231", kind: "base", state: "running", begin: new Date("2020-10-20T09:52:31Z") },
    ]);
    refuses(() => readBarmanListing(listing({ ...begun, backup_id: "mine" })), /mine has no begin_time/);
  });

  it("is refused when it is something else", () => {
    for (const other of [undefined, null, [], "", { backups_list: {} }])
      refuses(() => readBarmanListing(other), /no list backups_list/);
    refuses(() => readBarmanListing({ backups_list: ["a"] }), /backups_list\[0\] is no backup/);
    refuses(() => readBarmanListing({ backups_list: [{}] }), /backups_list\[0\] has no backup_id/);
    refuses(() => readBarmanListing(listing({ status: undefined })), /has no status/);
    refuses(() => readBarmanListing(listing({ status: "done" })), /unknown status done/);
    refuses(() => readBarmanListing(listing({ status: "constructor" })), /unknown status constructor/);
    refuses(() => readBarmanListing(listing({ end_time_iso: "soon" })), /end_time = soon is no time/);
  });
});

describe("Backup objects", () => {
  const object = {
    apiVersion: "postgresql.cnpg.io/v1",
    kind: "Backup",
    metadata: { name: "orders-g1-20260209020000", creationTimestamp: "2026-02-09T02:00:00Z" },
    spec: { cluster: { name: "orders-g1" }, method: "plugin" },
    status: {
      phase: "completed",
      method: "plugin",
      backupId: "20260209T020003",
      startedAt: "2026-02-09T02:00:03Z",
      stoppedAt: "2026-02-09T02:04:10Z",
      beginWal: "0000000100000000000000A3",
    },
  };
  const list = (...items: object[]): unknown => ({ apiVersion: "v1", kind: "List", items });

  it("are base backups or snapshots of their Cluster", () => {
    const snapshot = {
      ...object,
      metadata: { ...object.metadata, labels: { "app.kubernetes.io/managed-by": "pulumi-cnpg" } },
      status: { ...object.status, method: "volumeSnapshot" },
    };
    const common = {
      series: "orders-g1",
      state: "completed",
      begin: new Date("2026-02-09T02:00:03Z"),
      end: new Date("2026-02-09T02:04:10Z"),
    };
    assert.deepEqual(readBackupObjects(list(object, snapshot)), [
      { id: "20260209T020003", kind: "base", ...common, beginWal: "0000000100000000000000A3" },
      { id: "orders-g1-20260209020000", kind: "snapshot", ...common, ours: true },
    ]);
    assert.equal(readBackupObjects(object).length, 1);
    assert.deepEqual(readBackupObjects(list()), []);
  });

  it("are good in no phase but completed", () => {
    const phases: [string | undefined, string][] = [
      ["completed", "completed"],
      ["failed", "failed"],
      ["invalid backup definition", "failed"],
      ["pending", "running"],
      ["finalizing", "running"],
      ["walArchivingFailing", "running"],
      ["toString", "running"],
      [undefined, "running"],
    ];
    for (const [phase, state] of phases) {
      const changed = { ...object, status: { phase } };
      const [read] = readBackupObjects(list(changed));
      assert.equal(read?.state, state, phase);
      assert.equal(read?.begin.toISOString(), "2026-02-09T02:00:00.000Z");
    }
  });

  it("are refused when they are something else", () => {
    const cluster = { ...object, kind: "Cluster" };
    refuses(
      () => readBackupObjects(list(object, cluster)),
      /items\[1\] is a Cluster of postgresql\.cnpg\.io/,
    );
    refuses(() => readBackupObjects(list({ ...object, apiVersion: "velero.io/v1" })), /Backup of velero\.io/);
    refuses(() => readBackupObjects(list({})), /no object/);
    refuses(() => readBackupObjects(list({ ...object, spec: {} })), /names no Cluster/);
    refuses(
      () => readBackupObjects(list({ ...object, status: { method: "tape" } })),
      /the unknown method tape/,
    );
    refuses(
      () => readBackupObjects(list({ ...object, status: { ...object.status, stoppedAt: "soon" } })),
      /status\.stoppedAt = soon is no time/,
    );
  });
});

describe("lists of backups", () => {
  it("can say everything", () => {
    const entry = {
      id: "20260209T020003",
      kind: "base",
      series: "orders-g1",
      state: "completed",
      begin: "2026-02-09T02:00:03Z",
      end: "2026-02-09T03:04:10+01:00",
      ours: true,
      keep: { target: "standalone", ours: true },
      beginWal: "0000000100000000000000A3",
    };
    const expected = {
      ...entry,
      begin: new Date(entry.begin),
      end: new Date("2026-02-09T02:04:10Z"),
    } as KnownBackup;
    assert.deepEqual(readBackupList([entry]), [expected]);
    const least = { id: "a", kind: "dump", state: "running", begin: "2026-02-09T02:00:03Z", end: null };
    assert.deepEqual(readBackupList([least]), [
      { id: "a", kind: "dump", state: "running", begin: new Date("2026-02-09T02:00:03Z") },
    ]);
  });

  it("are refused with the place and what is allowed", () => {
    const good = { id: "a", kind: "dump", state: "running", begin: "2026-02-09T02:00:03Z" };
    const wrong: [entry: unknown, message: RegExp][] = [
      ["a", /backups\[1\] is not a map/],
      [{ ...good, id: 20260209 }, /backups\[1\]\.id = 20260209 is not a text; a number needs quotes/],
      [{ ...good, kind: undefined }, /backups\[1\]\.kind is not one of base, snapshot, dump/],
      [{ ...good, state: "done" }, /state = "done" is not one of completed, failed, running/],
      [{ ...good, begin: "2026-02-09" }, /begin = "2026-02-09" is not a time with a zone/],
      [{ ...good, ours: "yes" }, /ours = "yes" is neither true nor false/],
      [{ ...good, our: true }, /backups\[1\]\.our is not known\. Did you mean ours\?/],
      [{ ...good, keep: "full" }, /keep = "full" is not a map/],
      [
        { ...good, keep: { target: "all", ours: true } },
        /keep\.target = "all" is not one of full, standalone/,
      ],
      [{ ...good, keep: { target: "full" } }, /keep\.ours is neither true nor false/],
    ];
    for (const [entry, message] of wrong) refuses(() => readBackupList([good, entry]), message);
    refuses(() => readBackupList({}), /backups is not a list/);
  });
});
