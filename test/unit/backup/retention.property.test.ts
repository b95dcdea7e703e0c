import * as assert from "node:assert/strict";
import fc from "fast-check";
import { BackupKind, BackupState, KeepTarget, type KnownBackup } from "../../../src/backup/known-backup";
import { planRetention, RetentionAction, type RetentionPlan } from "../../../src/backup/retention";
import type { RetentionPolicyArgs } from "../../../src/backup/retention-policy";
import { day, deletedByBarman, histories, hour, seenAt, type Situation, situations } from "./histories";

/** Of the never-rules; what plans archives several times has fewer. */
const cases = 10_000;

/** Takes away what exists or what protects it. Expiry is Barman's own and has a property of its own. */
const removals: readonly RetentionAction[] = [RetentionAction.Release, RetentionAction.Prune];
const endings: readonly RetentionAction[] = [...removals, RetentionAction.Expire];

const planned = ({ backups, policy, now, timeZone }: Situation): RetentionPlan =>
  planRetention(backups, policy, now, timeZone);

const withAction = (plan: RetentionPlan, actions: readonly RetentionAction[]): KnownBackup[] =>
  plan.decisions.filter(({ action }) => actions.includes(action)).map(({ backup }) => backup);

const seriesKey = ({ kind, series }: KnownBackup): string => `${kind} ${series}`;

function grouped(backups: readonly KnownBackup[]): KnownBackup[][] {
  const keys = new Set(backups.map(seriesKey));
  return [...keys].map(key => backups.filter(backup => seriesKey(backup) === key));
}

const good = (backups: readonly KnownBackup[]): KnownBackup[] =>
  backups.filter(({ state }) => state === BackupState.Completed);

const endOf = ({ end }: KnownBackup): number => +(end as Date);

const unmarked = ({ keep: _keep, ...backup }: KnownBackup): KnownBackup => backup;

/** The archive after a plan was carried out. */
function carriedOut(plan: RetentionPlan): KnownBackup[] {
  return plan.decisions.flatMap(({ backup, action }): KnownBackup[] => {
    if (action === RetentionAction.Prune) return [];
    if (action === RetentionAction.Release) return [unmarked(backup)];
    if (action === RetentionAction.Mark)
      return [{ ...backup, keep: { target: KeepTarget.Standalone, ours: true } }];
    return [backup];
  });
}

/** At least as long as the other in every respect. */
function looser(policy: RetentionPolicyArgs, more: number[]): RetentionPolicyArgs {
  const [window = 0, days = 0, weeks = 0, months = 0, years = 0] = more;
  return {
    recoveryWindowDays: (policy.recoveryWindowDays ?? 7) + window,
    dailyRetentionDays: (policy.dailyRetentionDays ?? 0) + days,
    weeklyRetentionWeeks: (policy.weeklyRetentionWeeks ?? 0) + weeks,
    monthlyRetentionMonths: (policy.monthlyRetentionMonths ?? 0) + months,
    yearlyRetentionYears: (policy.yearlyRetentionYears ?? 0) + years,
  };
}

function neverRemovesTheLast(plan: RetentionPlan): void {
  const removed = new Set(withAction(plan, removals));
  for (const series of grouped(plan.decisions.map(({ backup }) => backup))) {
    const base = series[0]?.kind === BackupKind.Base;
    const own = good(series).filter(({ ours }) => base || ours === true);
    const newest = own.filter(backup => own.every(other => endOf(other) <= endOf(backup)));
    assert.ok(newest.length === 0 || newest.some(backup => !removed.has(backup)));
  }
}

function neverRemovesWhatTheWindowNeeds(plan: RetentionPlan, { policy, now }: Situation): void {
  const removed = new Set(withAction(plan, removals));
  const begin = +now - (policy.recoveryWindowDays ?? 7) * day;
  for (const series of grouped(plan.decisions.map(({ backup }) => backup))) {
    const restorable = good(series).filter(({ kind, ours }) => kind === BackupKind.Base || ours === true);
    const ends = restorable.map(endOf).filter(end => end >= begin && end <= +now);
    // At the begin of the window, and at every moment from which on there is a newer backup.
    for (const moment of [begin, ...ends]) {
      // A backup that ends just then is of no use at the begin of the window.
      const usable = restorable.filter(b => (moment === begin ? endOf(b) < moment : endOf(b) <= moment));
      const left = usable.filter(backup => !removed.has(backup));
      assert.equal(Math.max(...left.map(endOf)), Math.max(...usable.map(endOf)));
    }
    for (const backup of restorable) if (endOf(backup) >= begin) assert.ok(!removed.has(backup));
  }
}

function neverTouchesWhatIsNotOurs(plan: RetentionPlan): void {
  for (const { backup, action } of plan.decisions) {
    const { kind, ours, keep, state } = backup;
    if (kind === BackupKind.Base) {
      assert.notEqual(action, RetentionAction.Prune);
      if (action === RetentionAction.Release) assert.deepEqual(keep, { target: "standalone", ours: true });
      if (action === RetentionAction.Mark) assert.equal(keep, undefined);
    } else {
      assert.ok(action === RetentionAction.Prune || ["keep", "leave"].includes(action));
      if (action === RetentionAction.Prune) assert.equal(ours, true);
    }
    if (state === BackupState.Running) assert.equal(action, RetentionAction.Leave);
    if (state === BackupState.Failed)
      assert.ok(action !== RetentionAction.Mark && action !== RetentionAction.Release);
  }
}

function removesNothingUnderAWrongClock(plan: RetentionPlan, { backups, now }: Situation): void {
  if (backups.every(({ begin, end }) => begin <= now && (end === undefined || end <= now))) return;
  assert.deepEqual(withAction(plan, removals), []);
  assert.equal(plan.warnings.filter(text => text.includes("younger")).length, 1);
}

function foreseesBarman(plan: RetentionPlan, { policy, now }: Situation): void {
  const deleted = deletedByBarman(carriedOut(plan), policy.recoveryWindowDays ?? 7, now).map(({ id }) => id);
  const foreseen = withAction(plan, [RetentionAction.Expire, RetentionAction.Release]).map(({ id }) => id);
  assert.deepEqual(deleted.toSorted(), foreseen.toSorted());
}

describe("retention of generated archives", function () {
  this.timeout(120_000);

  it("never breaks a never-rule, and knows what Barman deletes", () => {
    const seen = new Map<RetentionAction, number>();
    fc.assert(
      fc.property(situations, situation => {
        const plan = planned(situation);
        for (const { action } of plan.decisions) seen.set(action, (seen.get(action) ?? 0) + 1);
        assert.equal(plan.decisions.length, situation.backups.length);
        neverRemovesTheLast(plan);
        neverRemovesWhatTheWindowNeeds(plan, situation);
        neverTouchesWhatIsNotOurs(plan);
        removesNothingUnderAWrongClock(plan, situation);
        foreseesBarman(plan, situation);
      }),
      { numRuns: cases },
    );
    // Rules about removals say nothing where nothing is ever removed.
    for (const action of Object.values(RetentionAction)) assert.ok((seen.get(action) ?? 0) > 1000, action);
  });

  it("counts failed and running backups for nothing", () => {
    fc.assert(
      fc.property(situations, situation => {
        const { backups, now } = situation;
        fc.pre(backups.every(({ begin, end }) => begin <= now && (end === undefined || end <= now)));
        const without = planned({ ...situation, backups: good(backups) });
        const withAll = planned(situation).decisions.filter(({ backup }) => good([backup]).length > 0);
        assert.deepEqual(withAll, without.decisions);
      }),
      { numRuns: cases / 10 },
    );
  });

  it("has nothing left to do once a plan was carried out, whether or not Barman has run since", () => {
    fc.assert(
      fc.property(situations, situation => {
        const after = carriedOut(planned(situation));
        const barman = deletedByBarman(after, situation.policy.recoveryWindowDays ?? 7, situation.now);
        for (const backups of [after, after.filter(backup => !barman.includes(backup))]) {
          const again = planned({ ...situation, backups });
          assert.deepEqual(withAction(again, [...removals, RetentionAction.Mark]), []);
        }
      }),
      { numRuns: cases / 5 },
    );
  });

  it("keeps no less under a policy that is longer in some respect", () => {
    const more = fc.array(fc.constantFrom(0, 0, 1, 2, 5), { minLength: 5, maxLength: 5 });
    fc.assert(
      fc.property(situations, more, (situation, added) => {
        const long = planned({ ...situation, policy: looser(situation.policy, added) });
        const short = new Set(withAction(planned(situation), endings));
        for (const backup of withAction(long, endings)) assert.ok(short.has(backup), backup.id);
      }),
      { numRuns: cases / 5 },
    );
  });

  it("does not depend on the order in which backups are listed, and changes none", () => {
    fc.assert(
      fc.property(
        situations.chain(situation =>
          fc.tuple(
            fc.constant(situation),
            fc.shuffledSubarray(situation.backups, { minLength: situation.backups.length }),
          ),
        ),
        ([situation, shuffled]) => {
          const before = structuredClone(situation.backups);
          assert.deepEqual(planned({ ...situation, backups: shuffled }), planned(situation));
          assert.deepEqual(situation.backups, before);
        },
      ),
      { numRuns: cases / 10 },
    );
  });
});

describe("retention over time", function () {
  this.timeout(120_000);

  /** Retention and Barman take turns, retention at least once in every recovery window; the clock runs on. */
  function livedThrough(
    backups: KnownBackup[],
    policy: RetentionPolicyArgs,
    timeZone: string,
    steps: number[],
  ): void {
    const windowDays = policy.recoveryWindowDays ?? 7;
    let now = new Date(+(backups[0]?.begin ?? 0));
    const gone = new Set<string>();
    const marked = new Set<string>();
    const archive = (): KnownBackup[] =>
      seenAt(backups, now)
        .filter(({ id }) => !gone.has(id))
        .map(backup =>
          marked.has(backup.id) ? { ...backup, keep: { target: KeepTarget.Standalone, ours: true } } : backup,
        );
    for (const step of steps) {
      now = new Date(+now + Math.min(step, windowDays * 24 - 1) * hour);
      for (const { id } of deletedByBarman(archive(), windowDays, now)) gone.add(id);
      const plan = planRetention(archive(), policy, now, timeZone);
      for (const { backup, action } of plan.decisions) {
        if (action === RetentionAction.Mark) marked.add(backup.id);
        if (action === RetentionAction.Release) marked.delete(backup.id);
        if (action === RetentionAction.Prune) gone.add(backup.id);
      }
      // Somebody with room for everything wants nothing that is gone.
      const all = planRetention(seenAt(backups, now), policy, now, timeZone);
      for (const { id } of withAction(all, [RetentionAction.Keep, RetentionAction.Mark]))
        assert.ok(!gone.has(id), `${id} is wanted on ${now.toISOString()}`);
    }
  }

  for (const kind of Object.values(BackupKind)) {
    it(`never wants a ${kind} that an earlier run let go`, () => {
      fc.assert(
        fc.property(
          histories(kind),
          fc.array(fc.integer({ min: 1, max: 20 * 24 }), { minLength: 10, maxLength: 20 }),
          ({ backups, policy, timeZone }, steps) => livedThrough(backups, policy, timeZone, steps),
        ),
        { numRuns: 250 },
      );
    });
  }
});
