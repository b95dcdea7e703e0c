import * as assert from "node:assert/strict";
import fc from "fast-check";
import {
  ApplyMode,
  applyModeProblems,
  cronJobSchedule,
  due,
  isHeld,
  type ParameterChangesArgs,
} from "../../../src/parameters/apply-mode";
import { nextWindows } from "../../../src/parameters/maintenance-window";

const window = { schedule: "0 3 * * 0", timeZone: "Europe/Berlin", durationMinutes: 120 };
const at = "2026-12-06T03:00:00+01:00";

function refused(args: ParameterChangesArgs): string[] {
  return applyModeProblems(args).map(({ argument, problem, remedy }) => `${argument} ${problem} ${remedy}`);
}

function decide(args: ParameterChangesArgs, now: string, rolloutChanged = false): [boolean, string, string?] {
  const { due: isDue, reason, next } = due(args, { now: new Date(now), rolloutChanged });
  return next === undefined ? [isDue, reason] : [isDue, reason, next.toISOString()];
}

describe("modes of applying parameters", () => {
  it("are at once unless another is named", () => {
    assert.equal(isHeld({}), false);
    assert.equal(isHeld({ mode: ApplyMode.Immediate }), false);
    for (const mode of [ApplyMode.Scheduled, ApplyMode.Window, ApplyMode.OnNextRestart])
      assert.equal(isHeld({ mode }), true);
    assert.deepEqual(decide({}, "2026-12-01T00:00Z"), [true, "Changes take effect at once."]);
    assert.equal(cronJobSchedule({}), undefined);
    assert.equal(cronJobSchedule({ mode: ApplyMode.OnNextRestart }), undefined);
  });

  it("accept what belongs to them", () => {
    const accepted: ParameterChangesArgs[] = [
      {},
      { mode: ApplyMode.Immediate },
      { mode: ApplyMode.OnNextRestart },
      { mode: ApplyMode.Window, window },
      ...[at, "2026-12-06T02:00Z", "2026-12-06T02:00:00.5Z", "2028-02-29T23:59:59-11:30"].map(time => ({
        mode: ApplyMode.Scheduled,
        at: time,
      })),
    ];
    for (const args of accepted) assert.deepEqual(refused(args), [], JSON.stringify(args));
  });

  it("refuse what does not, with the path of the argument", () => {
    const wrong: [ParameterChangesArgs, RegExp][] = [
      [{ mode: "windows" as ApplyMode }, /^mode is not one of the choices.*nearest is "window"/],
      [{ mode: ApplyMode.Scheduled }, /^at is needed with mode "scheduled"/],
      [{ mode: ApplyMode.Window }, /^window is needed with mode "window"/],
      [{ at }, /^at has no effect with mode "immediate".*Set mode: "scheduled"/],
      [{ mode: ApplyMode.OnNextRestart, window }, /^window has no effect.*Set mode: "window"/],
      [{ mode: ApplyMode.Scheduled, at: "2026-12-06T03:00:00" }, /^at does not say which time zone/],
      [{ mode: ApplyMode.Scheduled, at: "2026-12-06" }, /^at does not say which time zone/],
      [{ mode: ApplyMode.Scheduled, at: "2026-02-30T03:00Z" }, /^at is not a time/],
      [{ mode: ApplyMode.Scheduled, at: "2026-12-06T25:00Z" }, /^at is not a time/],
      [{ mode: ApplyMode.Scheduled, at: "tomorrow" }, /^at is not a time.*offset/],
      [{ mode: ApplyMode.Window, window: { schedule: "0 3 * * 7" } }, /^window\.schedule /],
      [{ mode: ApplyMode.Window, window: { ...window, timeZone: "Berlin" } }, /^window\.timeZone /],
    ];
    for (const [args, message] of wrong) {
      const problems = refused(args);
      assert.equal(problems.length, 1, JSON.stringify(args));
      assert.match(problems[0] ?? "", message);
    }
    assert.equal(refused({ mode: ApplyMode.OnNextRestart, at, window }).length, 2);
  });

  it("scheduled: waits for its time, and is due at once when that has passed", () => {
    const args = { mode: ApplyMode.Scheduled, at };
    assert.deepEqual(decide(args, "2026-12-06T01:59:59.999Z"), [
      false,
      "Waits for 2026-12-06T02:00:00Z.",
      "2026-12-06T02:00:00.000Z",
    ]);
    assert.deepEqual(decide(args, "2026-12-06T02:00:00Z"), [true, "It is past 2026-12-06T02:00:00Z."]);
    assert.equal(decide(args, "2031-01-01T00:00Z")[0], true);
    assert.equal(decide(args, "2026-12-01T00:00Z", true)[0], false);
  });

  it("scheduled: the CronJob comes in the first whole minute that is not before the time", () => {
    const cron = (time: string) => cronJobSchedule({ mode: ApplyMode.Scheduled, at: time })?.schedule;
    assert.deepEqual(cronJobSchedule({ mode: ApplyMode.Scheduled, at }), {
      schedule: "0 2 6 12 *",
      timeZone: "Etc/UTC",
      startingDeadlineSeconds: 86_400,
    });
    assert.equal(cron("2026-12-06T02:00:01Z"), "1 2 6 12 *");
    assert.equal(cron("2026-12-31T23:59:00.001Z"), "0 0 1 1 *");
    const moment = fc.date({ min: new Date("2026-01-01"), max: new Date("2030-01-01"), noInvalidDate: true });
    fc.assert(
      fc.property(moment, date => {
        const args = { mode: ApplyMode.Scheduled, at: date.toISOString() };
        const runs = nextWindows({ schedule: cron(args.at) ?? "", durationMinutes: 5 }, date, 1);
        const now = runs[0]?.begin ?? new Date(NaN);
        assert.ok(now.getTime() - date.getTime() < 60_000);
        assert.equal(due(args, { now, rolloutChanged: false }).due, true);
      }),
    );
  });

  it("window: is due from its beginning to its end, and says when the next one is", () => {
    const args = { mode: ApplyMode.Window, window };
    // The clocks go forward at two: three o'clock is an hour earlier.
    assert.deepEqual(decide(args, "2026-03-29T00:59:59Z"), [
      false,
      "Waits for the maintenance window of 2026-03-29T01:00:00Z.",
      "2026-03-29T01:00:00.000Z",
    ]);
    assert.deepEqual(decide(args, "2026-03-29T01:00:00Z"), [
      true,
      "The maintenance window is open until 2026-03-29T03:00:00Z.",
    ]);
    assert.equal(decide(args, "2026-03-29T02:59:59Z")[0], true);
    assert.equal(decide(args, "2026-03-29T03:00:00Z")[0], false);
    assert.equal(decide(args, "2026-10-25T01:59:59Z")[0], false);
    assert.equal(decide(args, "2026-10-25T02:00:00Z")[0], true);
    assert.deepEqual(cronJobSchedule(args), {
      schedule: "0 3 * * 0",
      timeZone: "Europe/Berlin",
      startingDeadlineSeconds: 7200,
    });
    assert.deepEqual(cronJobSchedule({ mode: ApplyMode.Window, window: { schedule: "0 3 * * 0" } }), {
      schedule: "0 3 * * 0",
      timeZone: "Etc/UTC",
      startingDeadlineSeconds: 3600,
    });
  });

  it("window: the decision does not change within a window, and what it waits for comes", () => {
    const args = { mode: ApplyMode.Window, window: { ...window, schedule: "30 2 * * 0,3" } };
    const from = fc.integer({ min: Date.UTC(2026, 0, 1), max: Date.UTC(2028, 0, 1) });
    const share = fc.double({ min: 0, max: 0.999999, noNaN: true });
    fc.assert(
      fc.property(from, share, (from, share) => {
        const decision = due(args, { now: new Date(from), rolloutChanged: false });
        const [first] = nextWindows(args.window, new Date(from), 1);
        assert.ok(first !== undefined);
        assert.equal(decision.due, first.begin.getTime() <= from);
        assert.equal(decision.next === undefined, decision.due);
        const begin = decision.next ?? first.begin;
        const inside = new Date(
          begin.getTime() + Math.floor(share * (first.end.getTime() - begin.getTime())),
        );
        assert.equal(due(args, { now: inside, rolloutChanged: false }).due, true);
        assert.equal(
          due(args, { now: first.end, rolloutChanged: false }).due,
          isNextBegin(args.window, first.end),
        );
      }),
    );
  });

  it("onNextRestart: only an update that restarts the servers makes it due", () => {
    const args = { mode: ApplyMode.OnNextRestart };
    assert.deepEqual(decide(args, "2026-12-01T00:00Z"), [
      false,
      "Waits for the next update that restarts the servers.",
    ]);
    assert.deepEqual(decide(args, "2026-12-01T00:00Z", true), [
      true,
      "This update restarts the servers anyway.",
    ]);
  });
});

function isNextBegin(window: Parameters<typeof nextWindows>[0], moment: Date): boolean {
  return nextWindows(window, moment, 1)[0]?.begin.getTime() === moment.getTime();
}
