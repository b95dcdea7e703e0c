import * as assert from "node:assert/strict";
import type { BackupScheduleArgs } from "../../../../src/backup/schedule";
import { backupScheduleRecord, scheduleChanges } from "../../../../src/backup/schedule/record";
import { resolveBackupSchedule } from "../../../../src/backup/schedule/resolve";
import {
  backupScheduleProblems,
  backupScheduleWarnings,
  referenceProblems,
} from "../../../../src/backup/schedule/validate";
import { reference } from "./reference";

type Args = Omit<BackupScheduleArgs, "instance">;

const whole = (args: Args): BackupScheduleArgs => ({ ...args, instance: reference() });
const problems = (args: Args): Record<string, string> =>
  Object.fromEntries(
    backupScheduleProblems("orders", whole(args)).map(p => [p.argument, `${p.problem} ${p.remedy}`]),
  );
const refused = (args: Args): string[] => Object.keys(problems(args));
const warned = (args: Args): string[] => backupScheduleWarnings(whole(args));

describe("arguments of BackupSchedule", () => {
  it("may all be left out", () => {
    assert.deepEqual(refused({}), []);
    assert.deepEqual(warned({}), []);
  });

  it("refuse names that are none, that are taken, or that two objects would have", () => {
    const names = ["Full", "a".repeat(21), "-x", "backups", "archive", "certificates", "dump-x", "drill"];
    for (const name of names) {
      assert.deepEqual(refused({ schedules: { [name]: {} } }), [`schedules.${name}`]);
    }
    assert.deepEqual(refused({ dumps: { restore: {} } }), ["dumps.restore"]);
    assert.deepEqual(refused({ dumps: { Nightly: {} } }), ["dumps.Nightly"]);
    assert.deepEqual(refused({ schedules: { ["a".repeat(20)]: {} }, dumps: { backups: {} } }), []);
  });

  it("refuse schedules that nobody can keep", () => {
    const full = (schedule: string): string[] => refused({ schedules: { full: { schedule } } });
    assert.deepEqual(full("0 2 * *"), ["schedules.full.schedule"]);
    assert.deepEqual(full("@every 6h"), ["schedules.full.schedule"]);
    assert.deepEqual(full("0 2 30 2 *"), ["schedules.full.schedule"]);
    assert.deepEqual(full("30 0 2 * * *"), []);
    const incremental = (schedule: string) =>
      refused({ schedules: { incremental: { type: "incremental", schedule } } });
    assert.deepEqual(incremental("30 0 2 * * *"), ["schedules.incremental.schedule"]);
    assert.deepEqual(incremental("0 2 * * *"), []);
    assert.deepEqual(refused({ dumps: { nightly: { schedule: "30 0 2 * * *" } } }), [
      "dumps.nightly.schedule",
    ]);
  });

  it("refuse a time zone for what CloudNativePG starts, and say why", () => {
    const { "schedules.full.timeZone": reason } = problems({
      schedules: { full: { timeZone: "Asia/Tokyo" } },
    });
    assert.match(reason ?? "", /counts in UTC.*hours in UTC/);
    assert.deepEqual(refused({ schedules: { full: { timeZone: "Etc/UTC" } } }), []);
    assert.deepEqual(refused({ timeZone: "Mars/Olympus" }), ["timeZone"]);
    assert.match(warned({ timeZone: "Asia/Tokyo" }).join(), /not that of schedules\.full/);
    assert.deepEqual(warned({ timeZone: "Asia/Tokyo", schedules: {}, dumps: { nightly: {} } }), []);
  });

  it("refuse what belongs to another type", () => {
    const { "schedules.nightly.type": reason } = problems({ schedules: { nightly: { type: "logical" } } });
    assert.match(reason ?? "", /dumps: \{ nightly/);
    assert.deepEqual(refused({ schedules: { x: { type: "incremental", immediate: true } } }), [
      "schedules.x.immediate",
    ]);
    assert.deepEqual(refused({ schedules: { x: { type: "incremental", target: "primary" } } }), [
      "schedules.x.target",
    ]);
    assert.deepEqual(refused({ schedules: { x: { type: "incremental", method: "plugin" } } }), [
      "schedules.x.method",
    ]);
    assert.deepEqual(refused({ schedules: { x: { snapshot: true } } }), ["schedules.x.snapshot"]);
    assert.deepEqual(refused({ schedules: { x: { type: "ful" as "full" } } }), ["schedules.x.type"]);
    const inTree = "barmanObjectStore" as "plugin";
    assert.deepEqual(refused({ schedules: { x: { method: inTree } } }), ["schedules.x.method"]);
  });

  it("refuse dumps that cannot be taken", () => {
    const dump = (nightly: NonNullable<Args["dumps"]>[string]): string[] =>
      refused({ dumps: { nightly } }).map(path => path.replace("dumps.nightly.", ""));
    assert.deepEqual(dump({ databases: [] }), ["databases"]);
    assert.deepEqual(dump({ databases: ["app", "", "app"] }), ["databases[1]", "databases[2]"]);
    assert.deepEqual(dump({ databases: ["é".repeat(32)] }), ["databases[0]"]);
    assert.deepEqual(dump({ jobs: 2 }), ["jobs"]);
    assert.deepEqual(dump({ jobs: 2, format: "directory" }), []);
    assert.deepEqual(dump({ format: "plain" as "custom" }), ["format"]);
    assert.deepEqual(dump({ compressionLevel: 20 }), ["compressionLevel"]);
    assert.deepEqual(dump({ timeoutSeconds: 1 }), ["timeoutSeconds"]);
    assert.deepEqual(dump({ volume: { claim: "nfs", size: "1Gi" } }), ["volume"]);
    assert.deepEqual(dump({ volume: { size: "1GB" } }), ["volume.size"]);
    assert.deepEqual(dump({ volume: { claim: "NFS share" } }), ["volume.claim"]);
  });

  it("refuse drills by the path under which they stand here", () => {
    assert.deepEqual(refused({ drill: { history: 0, schedule: "soon" } }), [
      "drill.schedule",
      "drill.history",
    ]);
  });

  it("refuse tiers that are none, and the window that belongs to the store", () => {
    assert.deepEqual(refused({ retention: { weeklyRetentionWeeks: -1 } }), [
      "retention.weeklyRetentionWeeks",
    ]);
    assert.deepEqual(refused({ retention: { dailyRetentionDay: 1 } as object }), [
      "retention.dailyRetentionDay",
    ]);
    const { "retention.recoveryWindowDays": reason } = problems({
      retention: { recoveryWindowDays: 7 } as object,
    });
    assert.match(reason ?? "", /BackupStore/);
  });

  it("warn of tiers that no schedule can feed", () => {
    const [weekly] = warned({ retention: { dailyRetentionDays: 14 } });
    assert.match(
      weekly ?? "",
      /^retention\.dailyRetentionDays: base backups are taken in \d+ of \d+ days only/,
    );
    assert.deepEqual(
      warned({ schedules: { full: { schedule: "daily 02:00" } }, retention: { weeklyRetentionWeeks: 5 } }),
      [],
    );
    const every = warned({ retention: { weeklyRetentionWeeks: 5 } });
    assert.match(every.join(), /^retention\.weeklyRetentionWeeks: every base backup is a weekly point/);
    assert.deepEqual(warned({ retention: { monthlyRetentionMonths: 12 } }), []);
    assert.match(
      warned({ schedules: {}, retention: { yearlyRetentionYears: 3 } }).join(),
      /no schedule takes base/,
    );
    const quarterly = { schedules: { full: { schedule: "0 2 1 1,4,7,10 *" } } };
    assert.match(
      warned({ ...quarterly, retention: { monthlyRetentionMonths: 12 } }).join(),
      /of \d+ months only, in none of 2024-02/,
    );
  });

  it("warn of incremental backups that have nothing to follow, and of schedules that may not be meant", () => {
    assert.match(warned({ schedules: { i: { type: "incremental" } } }).join(), /without a full one/);
    assert.match(
      warned({ schedules: { full: { schedule: "0 2 * * * *" } } }).join(),
      /the first is the second/,
    );
  });
});

describe("the instance of a BackupSchedule", () => {
  const found = (args: Args, changes: Parameters<typeof reference>[0]) =>
    referenceProblems("orders", resolveBackupSchedule(whole(args)), reference(changes));

  it("must archive, unless only volumes are used", () => {
    const [problem] = found({}, { store: undefined });
    assert.match(problem?.remedy ?? "", /backup: \{ store: store\.reference \}/);
    assert.equal(found({ schedules: {}, dumps: { x: {} } }, { store: undefined }).length, 1);
    assert.deepEqual(found({ schedules: {}, dumps: { x: { volume: {} } } }, { store: undefined }), []);
    assert.deepEqual(found({}, {}), []);
  });

  it("must leave room for the names", () => {
    const name = "i".repeat(35);
    assert.deepEqual(found({}, { name }), []);
    const long = { dumps: { ["d".repeat(13)]: {} } };
    assert.deepEqual(
      found(long, { name }).map(({ argument, remedy }) => [argument, remedy]),
      [[`dumps.${"d".repeat(13)}`, "Shorten it by 2."]],
    );
    const snapshots = { schedules: { snapshots123: { method: "volumeSnapshot" as const } } };
    assert.equal(found(snapshots, { name: "i".repeat(36) }).length, 1);
  });
});

describe("a change of a BackupSchedule", () => {
  const record = (args: Args) => backupScheduleRecord(resolveBackupSchedule(whole(args)));
  const changes = (before: Args, now: Args): string[] => scheduleChanges(record(before), record(now));

  it("says what a shorter tier gives up", () => {
    const before = { retention: { monthlyRetentionMonths: 12, weeklyRetentionWeeks: 5 } };
    const lines = changes(before, { retention: { weeklyRetentionWeeks: 4 } });
    assert.equal(lines.length, 2);
    assert.match(
      lines.join("\n"),
      /weekly tier is shortened from 5 to 4.*\n.*monthly tier is switched off: .*marks/,
    );
    assert.deepEqual(changes({}, before), []);
    assert.deepEqual(changes(before, before), []);
  });

  it("says that points are chosen anew, that base backups end, and that dumps stay", () => {
    const tiers = { retention: { weeklyRetentionWeeks: 5 } };
    assert.match(
      changes(tiers, { ...tiers, timeZone: "Asia/Tokyo" }).join(),
      /in Asia\/Tokyo in place of Etc\/UTC/,
    );
    assert.match(changes({}, { schedules: {} }).join(), /no longer taken/);
    assert.match(changes({ dumps: { x: {} } }, {}).join(), /dumps\.x is gone/);
  });
});
