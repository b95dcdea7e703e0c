import * as assert from "node:assert/strict";
import * as fc from "fast-check";
import { DrillTarget } from "../../../../src/backup/drill/args";
import {
  bytesAfter,
  chooseBackup,
  continuityProblem,
  readTimelineHistory,
  targetProblem,
  type UsableBackup,
  walToRead,
} from "../../../../src/backup/drill/target";
import { BackupState, KeepTarget } from "../../../../src/backup/known-backup";
import { baseBackup, range, segment, survey } from "./surveys";

const now = new Date("2026-11-20T12:00:00Z");
const newest = survey().baseBackups[1] as UsableBackup;

describe("the base backup of a drill", () => {
  const choose = (kind: DrillTarget, of = survey(), chance = 0, windowDays = 7) =>
    chooseBackup(of, kind, { now, windowDays, chance });

  it("is the one that was completed last", () => {
    const failed = baseBackup("2026-11-20T09:00:00Z", 8, { state: BackupState.Failed });
    const running = baseBackup("2026-11-20T10:00:00Z", 9, { state: BackupState.Running, end: undefined });
    const of = survey({ baseBackups: [failed, running, ...survey().baseBackups] });
    for (const kind of [DrillTarget.RestorePoint, DrillTarget.LastArchived]) {
      assert.deepEqual(choose(kind, of), { backup: newest });
    }
  });

  it("is missing from an empty archive, and the error says how to take one", () => {
    assert.throws(
      () => choose(DrillTarget.LastArchived, survey({ baseBackups: [] })),
      /Archive orders-g1 in store backups holds no completed base backup\. Take one: pulumi-cnpg backup now\./,
    );
  });

  it("by chance is the last one before the moment", () => {
    assert.equal(choose(DrillTarget.Random, survey(), 0).time, "2026-11-18T02:01:00Z");
    assert.equal(choose(DrillTarget.Random, survey(), 0).backup.beginWal, segment(2));
    const last = choose(DrillTarget.Random, survey(), 0.999999999);
    assert.deepEqual([last.time, last.backup.beginWal], ["2026-11-20T11:59:00Z", segment(5)]);
  });

  it("by chance stays in the recovery window", () => {
    assert.equal(choose(DrillTarget.Random, survey(), 0, 1).time, "2026-11-19T12:00:00Z");
  });

  it("by chance does not begin with a standalone one, which has no WAL behind it", () => {
    const [first, second] = survey().baseBackups;
    const kept = { ...(first as UsableBackup), keep: KeepTarget.Standalone };
    const of = survey({ baseBackups: [kept, second as UsableBackup] });
    assert.equal(choose(DrillTarget.Random, of, 0).time, "2026-11-20T02:01:00Z");
  });

  it("by chance is the newest, and says so, where nothing was committed since", () => {
    const { backup, time, note } = choose(DrillTarget.Random, survey({ lastCommit: undefined }));
    assert.deepEqual([backup, time], [newest, undefined]);
    assert.match(note ?? "", /all WAL is restored/);
  });

  it("always ended at or before the moment, and the moment is before the last commit", () => {
    const day = 24 * 3600_000;
    const ends = fc.array(fc.integer({ min: 0, max: 10 * day }), { minLength: 1, maxLength: 8 });
    fc.assert(
      fc.property(
        ends,
        fc.integer({ min: 0, max: 10 * day }),
        fc.double({ min: 0, max: 0.9999999, noNaN: true }),
        (offsets, commit, chance) => {
          const at = (offset: number): string => new Date(now.getTime() - 10 * day + offset).toISOString();
          const baseBackups = offsets.map((offset, index) => baseBackup(at(offset), index + 1));
          const lastCommit = { time: at(commit), transactionId: 3, lsn: "0/9000200", timeline: 1 };
          const { backup, time } = choose(DrillTarget.Random, survey({ baseBackups, lastCommit }), chance);
          if (time === undefined) return;
          assert.match(time, /T\d\d:\d\d:\d\dZ$/);
          assert.ok(Date.parse(backup.end) <= Date.parse(time), `${backup.end} ${time}`);
          assert.ok(Date.parse(time) < Date.parse(lastCommit.time), `${time} ${lastCommit.time}`);
        },
      ),
    );
  });
});

describe("the continuity of an archive", () => {
  it("has no problem while every segment from the backup to the target is there", () => {
    assert.equal(continuityProblem(survey(), newest), undefined);
    assert.equal(continuityProblem(survey(), newest, segment(9)), undefined);
  });

  it("names what is missing, also at the end, where recovery would just stop", () => {
    const gap = survey({ wal: [range(1, 6), range(8, 9)] });
    assert.match(
      continuityProblem(gap, newest) ?? "",
      new RegExp(`lacks WAL that base backup ${newest.id} needs: ${segment(7)}\\.`),
    );
    assert.match(continuityProblem(survey(), newest, segment(10)) ?? "", new RegExp(segment(10)));
    const long = survey({ wal: [range(1, 5), range(16, 17)] });
    assert.match(continuityProblem(long, newest) ?? "", /and 5 more/);
  });

  it("does not look at what is older than the backup", () => {
    assert.equal(continuityProblem(survey({ wal: [range(1, 2), range(5, 9)] }), newest), undefined);
  });

  it("tells how much WAL is read", () => {
    assert.deepEqual(walToRead(survey(), newest, segment(9)), { segments: 5, bytes: 500 });
  });

  it("tells how much lies behind its end", () => {
    assert.equal(bytesAfter(segment(9), "0/A000100", 16 * 1024 * 1024), 256);
    assert.equal(bytesAfter(segment(9), "0/9000100", 16 * 1024 * 1024), 0);
  });
});

describe("the end of replay", () => {
  const history = '1\t0/5000000\tno recovery target specified\n\n2\t0/B000178\tat restore point "drill-a"\n';

  it("is the last line of the timeline's history", () => {
    assert.deepEqual(readTimelineHistory(history, 3), {
      lsn: "0/B000178",
      reason: 'at restore point "drill-a"',
      timeline: 3,
    });
    assert.equal(readTimelineHistory("", 1), undefined);
  });

  const kind = DrillTarget.RestorePoint;
  const reached = { lsn: "0/B000178", reason: 'at restore point "drill-a"', timeline: 3 };

  it("is good at the restore point", () => {
    assert.equal(targetProblem({ kind, restorePoint: "drill-a" }, reached, "0/B000178"), undefined);
  });

  it("is a problem at another one, before what the archive holds, or where a time was asked for and the WAL ended", () => {
    assert.match(
      targetProblem({ kind, restorePoint: "drill-b" }, reached, undefined) ?? "",
      /not at restore point "drill-b"/,
    );
    assert.match(
      targetProblem({ kind, restorePoint: "drill-a" }, reached, "0/B000179") ?? "",
      /before 0\/B000179/,
    );
    // Positions are numbers: as text this one would be smaller.
    assert.equal(
      targetProblem({ kind, restorePoint: "drill-a" }, { ...reached, lsn: "10/0" }, "9/FFFFFFFF"),
      undefined,
    );
    const ended = { ...reached, reason: "no recovery target specified" };
    const random = { kind: DrillTarget.Random, time: "2026-11-20T11:00:00Z" };
    assert.match(targetProblem(random, ended, undefined) ?? "", /not at 2026-11-20T11:00:00Z/);
    assert.equal(targetProblem({ kind: DrillTarget.LastArchived }, ended, "0/B000000"), undefined);
  });
});
