import * as assert from "node:assert/strict";
import { BackupKind, BackupState, type KnownBackup, UnusableBackups } from "../../../src/backup/known-backup";
import { planRetention, RetentionAction, type RetentionPlan } from "../../../src/backup/retention";
import type { RetentionPolicyArgs } from "../../../src/backup/retention-policy";

/** A base backup that takes ten minutes; its id is its begin. */
function base(begin: string, more: Partial<KnownBackup> = {}): KnownBackup {
  const time = new Date(begin);
  return {
    id: begin.slice(0, 10),
    kind: BackupKind.Base,
    state: BackupState.Completed,
    begin: time,
    end: new Date(+time + 600_000),
    ...more,
  };
}

const dump = (begin: string, more: Partial<KnownBackup> = {}): KnownBackup =>
  base(begin, { kind: BackupKind.Dump, ours: true, ...more });

const ourMark = { keep: { target: "standalone", ours: true } } as const;

/** Every day at two, from a day on. */
function daily(first: string, count: number, make = base): KnownBackup[] {
  return Array.from({ length: count }, (_, i) =>
    make(new Date(Date.parse(`${first}T02:00:00Z`) + i * 86_400_000).toISOString()),
  );
}

const plan = (
  backups: KnownBackup[],
  policy: RetentionPolicyArgs,
  now: string,
  zone?: string,
): RetentionPlan => planRetention(backups, policy, new Date(now), zone);

const ids = (result: RetentionPlan, action: RetentionAction): string[] =>
  result.decisions.filter(decision => decision.action === action).map(({ backup }) => backup.id);

const reasonOf = (result: RetentionPlan, id: string): string | undefined =>
  result.decisions.find(({ backup }) => backup.id === id)?.reason;

describe("retention", () => {
  it("without tiers is Barman's recovery window: what is in it, its base, and no more", () => {
    const result = plan(daily("2026-02-01", 14), {}, "2026-02-14T12:00:00Z");
    assert.deepEqual(ids(result, "keep")[0], "2026-02-07");
    assert.equal(ids(result, "keep").length, 8);
    assert.equal(ids(result, "expire").length, 6);
    assert.equal(
      reasonOf(result, "2026-02-07"),
      "base of the recovery window of 7 days, which begins 2026-02-07T12:00:00Z",
    );
    assert.equal(reasonOf(result, "2026-02-08"), "in the recovery window of 7 days");
    assert.equal(
      reasonOf(result, "2026-02-06"),
      "older than the recovery window; Barman's recovery window drops it",
    );
  });

  it("marks the first backup of each period as soon as there is one", () => {
    const policy = { weeklyRetentionWeeks: 5, monthlyRetentionMonths: 1 };
    const result = plan(daily("2026-01-30", 15), policy, "2026-02-13T12:00:00Z", "Europe/Berlin");
    assert.deepEqual(ids(result, "mark"), ["2026-01-30", "2026-02-01", "2026-02-02", "2026-02-09"]);
    assert.equal(
      reasonOf(result, "2026-02-09"),
      "weekly point of 2026-W07 (Europe/Berlin), kept until 2026-03-22",
    );
    assert.equal(
      reasonOf(result, "2026-01-30"),
      "weekly point of 2026-W05 and monthly point of 2026-01 (Europe/Berlin), kept until 2026-03-08",
    );
  });

  it("releases our mark when the last of its points is over, and not a day before", () => {
    const old = base("2026-02-09T02:00:00Z", ourMark);
    const policy = { weeklyRetentionWeeks: 5 };
    const at = (now: string): RetentionPlan =>
      plan([old, base("2026-03-10T02:00:00Z"), base(now)], policy, `${now.slice(0, 10)}T23:59:59Z`);
    assert.deepEqual(ids(at("2026-03-22T02:00:00Z"), "release"), []);
    const after = at("2026-03-23T02:00:00Z");
    assert.deepEqual(ids(after, "release"), [old.id]);
    assert.equal(
      reasonOf(after, old.id),
      "weekly point of 2026-W07 (Etc/UTC), was kept until 2026-03-22; Barman's recovery window then drops it",
    );
  });

  it("goes by the day of the zone", () => {
    // 23:30 UTC of Sunday is Monday in Berlin.
    const backups = [
      base("2026-02-08T23:30:00Z", { id: "late" }),
      base("2026-02-09T02:00:00Z", { id: "early" }),
    ];
    const policy = { weeklyRetentionWeeks: 1 };
    assert.deepEqual(ids(plan(backups, policy, "2026-02-10T00:00:00Z", "Europe/Berlin"), "mark"), ["late"]);
    assert.deepEqual(ids(plan(backups, policy, "2026-02-10T00:00:00Z"), "mark"), ["late", "early"]);
    assert.deepEqual(
      ids(plan(backups, { ...policy, timeZone: "Europe/Berlin" }, "2026-02-10T00:00:00Z"), "mark"),
      ["late"],
    );
  });

  it("goes by the day on which a backup began", () => {
    const overnight = base("2026-02-08T23:50:00Z", {
      id: "overnight",
      end: new Date("2026-02-09T00:40:00Z"),
    });
    const morning = base("2026-02-09T02:00:00Z", { id: "morning" });
    const result = plan([overnight, morning], { dailyRetentionDays: 1 }, "2026-02-09T12:00:00Z");
    assert.deepEqual(ids(result, "mark"), ["overnight", "morning"]);
  });

  it("takes what was completed first, so that a slow backup does not replace a point", () => {
    const slow = base("2026-02-09T01:00:00Z", { id: "slow", end: new Date("2026-02-09T09:00:00Z") });
    const quick = base("2026-02-09T02:00:00Z", { id: "quick" });
    const policy = { dailyRetentionDays: 3 };
    const running = { ...slow, end: undefined, state: BackupState.Running };
    assert.deepEqual(ids(plan([running, quick], policy, "2026-02-09T08:00:00Z"), "mark"), ["quick"]);
    const later = plan([slow, { ...quick, ...ourMark }], policy, "2026-02-09T10:00:00Z");
    assert.deepEqual([ids(later, "mark"), ids(later, "release")], [[], []]);
  });

  it("lets nothing age while backups fail", () => {
    const points = [base("2026-01-05T02:00:00Z", ourMark), base("2026-01-12T02:00:00Z", ourMark)];
    const failed = daily("2026-01-13", 60).map(backup => ({ ...backup, state: BackupState.Failed }));
    const result = plan([...points, ...failed], { weeklyRetentionWeeks: 1 }, "2026-03-20T00:00:00Z");
    assert.deepEqual(ids(result, "keep"), ["2026-01-05", "2026-01-12"]);
    assert.equal(ids(result, "leave").length, 60);
  });

  it("never releases what somebody else marked, nor relies on it", () => {
    const theirs = base("2026-01-05T02:00:00Z", { keep: { target: "full", ours: false } });
    const over = base("2026-01-06T02:00:00Z", { keep: { target: "full", ours: true } });
    const rest = daily("2026-01-07", 30);
    const result = plan([theirs, over, ...rest], { weeklyRetentionWeeks: 8 }, "2026-02-05T12:00:00Z");
    assert.deepEqual(ids(result, "leave"), [theirs.id, over.id]);
    assert.equal(reasonOf(result, theirs.id), "kept (full) by somebody else");
    // The week has a point of ours.
    assert.equal(ids(result, "mark")[0], "2026-01-07");
  });

  it("counts ages also from a base backup that somebody else marked, because Barman's window holds it", () => {
    const theirs = base("2026-02-02T02:00:00Z", { keep: { target: "standalone", ours: false } });
    const backups = [
      base("2026-01-05T02:00:00Z", ourMark),
      base("2026-01-19T02:00:00Z", ourMark),
      base("2026-01-20T02:00:00Z"),
      theirs,
    ];
    const result = plan(backups, { weeklyRetentionWeeks: 2 }, "2026-03-01T00:00:00Z");
    assert.deepEqual(
      result.decisions.map(({ action }) => action),
      ["release", "keep", "expire", "leave"],
    );
  });

  it("releases no mark in the recovery window", () => {
    const backups = daily("2026-02-01", 5).map(backup => ({ ...backup, ...ourMark }));
    const result = plan(backups, {}, "2026-02-05T12:00:00Z");
    assert.equal(ids(result, "keep").length, 5);
    assert.match(reasonOf(result, "2026-02-03") ?? "", /; its mark is released later$/);
  });

  it("prunes dumps of ours that are no points, each database by itself", () => {
    const orders = daily("2026-02-01", 20, begin => dump(begin, { series: "orders" }));
    const users = [dump("2025-06-01T02:00:00Z", { series: "users", id: "lonely" })];
    const theirs = dump("2025-01-01T02:00:00Z", { series: "orders", id: "theirs", ours: false });
    const result = plan(
      [...orders, ...users, theirs],
      { recoveryWindowDays: 2, weeklyRetentionWeeks: 1 },
      "2026-02-20T12:00:00Z",
    );
    // Weeks begin on 9 and 16 February; the window begins when the dump of the 18th ended, so the 17th is its base.
    assert.deepEqual(ids(result, "keep"), [
      "2026-02-09",
      "2026-02-16",
      "2026-02-17",
      "2026-02-18",
      "2026-02-19",
      "2026-02-20",
      "lonely",
    ]);
    assert.equal(ids(result, "prune").length, 14);
    assert.deepEqual(ids(result, "leave"), ["theirs"]);
    assert.equal(reasonOf(result, "theirs"), "made by somebody else");
  });

  it("does not take the backup of somebody else for the last good one", () => {
    const ours = dump("2025-06-01T02:00:00Z", { id: "ours" });
    const failed = dump("2025-06-02T02:00:00Z", { id: "failed", state: BackupState.Failed });
    const theirs = dump("2026-02-01T02:00:00Z", { id: "theirs", ours: false });
    const result = plan([ours, failed, theirs], {}, "2026-02-20T00:00:00Z");
    assert.deepEqual(ids(result, "prune"), []);
    assert.deepEqual(ids(result, "keep"), ["ours", "failed"]);
  });

  it("prunes what failed once backups have succeeded for a whole window", () => {
    const failed = dump("2026-02-01T02:00:00Z", { state: BackupState.Failed });
    const at = (last: string): string[] =>
      ids(plan([failed, dump(last)], {}, "2026-06-01T00:00:00Z"), "prune");
    assert.deepEqual(at("2026-02-08T01:00:00Z"), []);
    assert.deepEqual(at("2026-02-08T03:00:00Z"), [failed.id]);
  });

  it("says why a dump stays", () => {
    const result = plan(daily("2026-02-01", 20, dump), { recoveryWindowDays: 2 }, "2026-03-20T00:00:00Z");
    assert.deepEqual(
      result.decisions.slice(-5).map(({ reason }) => reason),
      [
        "older than the recovery window",
        "the newest from before the recovery window of 2 days, counted from the last good one",
        "in the recovery window of 2 days, counted from the last good one",
        "in the recovery window of 2 days, counted from the last good one",
        "the last good dump",
      ],
    );
  });

  it("removes nothing while the clock is behind a backup, and says so", () => {
    const marked = daily("2026-01-01", 3).map(backup => ({ ...backup, ...ourMark }));
    const dumps = daily("2026-01-01", 5, dump);
    const ahead = base("2026-02-20T02:00:00Z");
    const now = "2026-02-20T02:05:00Z";
    const result = plan([...marked, ...dumps, ahead], { recoveryWindowDays: 1 }, now);
    assert.deepEqual([ids(result, "release"), ids(result, "prune")], [[], []]);
    assert.deepEqual(result.warnings, [
      "base backup 2026-02-20 is younger than 2026-02-20T02:05:00Z: one of the clocks is or was wrong, so nothing is released or pruned.",
    ]);
    const right = plan([...marked, ...dumps, ahead], { recoveryWindowDays: 1 }, "2026-02-22T02:00:00Z");
    assert.ok(ids(right, "release").length > 0 && ids(right, "prune").length > 0);
  });

  it("warns where nothing can be restored from", () => {
    const failed = base("2026-02-01T02:00:00Z", { state: BackupState.Failed });
    assert.deepEqual(plan([failed], {}, "2026-02-20T00:00:00Z").warnings, ["There is no good base backup."]);
    assert.deepEqual(plan([], {}, "2026-02-20T00:00:00Z").decisions, []);
  });

  it("refuses to plan from what would make everything too old", () => {
    const backups = daily("2026-01-01", 3);
    assert.throws(() => plan(backups, { recoveryWindowDays: NaN }, "2026-02-01T00:00:00Z"), RangeError);
    assert.throws(() => plan(backups, {}, "no time"), RangeError);
    assert.throws(() => plan(backups, {}, "2026-02-01T00:00:00Z", "Europe/Berln"), RangeError);
    const unusable: [KnownBackup, RegExp][] = [
      [base("2026-01-01T02:00:00Z"), /base backup 2026-01-01 is there twice/],
      [base("2026-01-09T02:00:00Z", { end: new Date(NaN) }), /no valid time of end/],
      [dump("2026-01-09T02:00:00Z", ourMark), /only base backups can be/],
      [{ id: "a", kind: "base", state: "completed", begin: new Date(0) }, /completed without a time of end/],
      [{ id: "a", kind: "base", state: "running", begin: new Date(NaN) }, /no valid time of begin/],
    ];
    for (const [backup, message] of unusable)
      assert.throws(
        () => plan([...backups, backup], {}, "2026-02-01T00:00:00Z"),
        (error: Error) => error instanceof UnusableBackups && message.test(error.message),
      );
  });
});
