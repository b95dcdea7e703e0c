import * as assert from "node:assert/strict";
import fc from "fast-check";
import { describeSchedule, nextRuns } from "../../../src/schedule";
import { dayMatches, type RandomSchedule, randomSchedule } from "./random-schedule";

const minute = 60_000;
const day = 1440 * minute;

function times(schedule: string, from: string, count: number, timeZone?: string): string[] {
  return nextRuns(schedule, new Date(from), count, timeZone).map(run =>
    run.toISOString().replace(/(:00)?\.000Z$/, "Z"),
  );
}

/** The first matching seconds, found by walking from minute to minute. */
function walk(
  schedule: RandomSchedule,
  from: number,
  until: number,
  count: number,
  local: (at: number) => Date,
): number[] {
  const found: number[] = [];
  for (let at = from; at < until && found.length < count; at += minute) {
    const date = local(at);
    if (!schedule.minute.matches(date.getUTCMinutes()) || !schedule.hour.matches(date.getUTCHours()))
      continue;
    if (!dayMatches(schedule, date)) continue;
    for (let second = 0; second < 60; second++)
      if (schedule.second.matches(second)) found.push(at + second * 1000);
  }
  return found.slice(0, count);
}

/** The local time of a zone, as if it were UTC. */
function clockOf(timeZone: string): (at: number) => Date {
  const format = new Intl.DateTimeFormat("sv-SE", { timeZone, dateStyle: "short", timeStyle: "short" });
  return at => new Date(`${format.format(at).replace(" ", "T")}Z`);
}

describe("next runs of a schedule", () => {
  it("are what robfig/cron v1.2.0 answered, which CloudNativePG computes them with", () => {
    const answers: [schedule: string, from: string, expected: string[]][] = [
      ["0 2 * * *", "2026-11-20T12:00Z", ["2026-11-21T02:00Z", "2026-11-22T02:00Z", "2026-11-23T02:00Z"]],
      ["0 2 * * * *", "2026-11-20T12:00Z", ["2026-11-20T12:02Z", "2026-11-20T13:02Z", "2026-11-20T14:02Z"]],
      ["0 2 * * 0", "2026-11-20T12:00Z", ["2026-11-22T02:00Z", "2026-11-29T02:00Z"]],
      ["*/20 59 23 31 12 ?", "2026-11-20T12:00Z", ["2026-12-31T23:59Z", "2026-12-31T23:59:20Z"]],
      // Either day when both are numbers, both days when one has a star, though it be one with a step.
      ["0 0 2 1 * 1", "2026-10-24T03:00Z", ["2026-10-26T02:00Z", "2026-11-01T02:00Z", "2026-11-02T02:00Z"]],
      [
        "0 0 2 */10 * 1",
        "2026-10-24T03:00Z",
        ["2026-12-21T02:00Z", "2027-01-11T02:00Z", "2027-02-01T02:00Z"],
      ],
      [
        "0 0 2 1-7 * */7",
        "2026-10-24T03:00Z",
        ["2026-11-01T02:00Z", "2026-12-06T02:00Z", "2027-01-03T02:00Z"],
      ],
      ["0 0 2 29 feb *", "2026-10-24T03:00Z", ["2028-02-29T02:00Z", "2032-02-29T02:00Z"]],
      // Nothing within five calendar years is nothing.
      ["0 0 2 29 2 */6", "2026-10-24T03:00Z", []],
      ["0 0 2 29 2 */6", "2027-10-24T03:00Z", ["2032-02-29T02:00Z"]],
      ["0 0 2 30 2 *", "2026-10-24T03:00Z", []],
    ];
    for (const [schedule, from, expected] of answers)
      assert.deepEqual(times(schedule, from, Math.max(expected.length, 1)), expected, schedule);
  });

  it("are after the moment, not at it", () => {
    assert.deepEqual(times("0 2 * * *", "2026-11-20T01:59:59.999Z", 1), ["2026-11-20T02:00Z"]);
    assert.deepEqual(times("0 2 * * *", "2026-11-20T02:00:00.000Z", 1), ["2026-11-21T02:00Z"]);
  });

  it("are every second that matches, found by walking from minute to minute", () => {
    const from = fc.integer({ min: 0, max: 6 * 365 }).map(days => Date.UTC(2024, 0, 1) + days * day);
    fc.assert(
      fc.property(randomSchedule(true), from, (schedule, start) => {
        const until = start + 40 * day;
        const expected = walk(schedule, start, until, 50, at => new Date(at));
        const found = nextRuns(schedule.text, new Date(start - 1), expected.length + 1).map(run =>
          run.getTime(),
        );
        assert.deepEqual(found.slice(0, expected.length), expected);
        const after = found[expected.length];
        if (expected.length < 50 && after !== undefined) assert.ok(after >= until, schedule.text);
      }),
      { numRuns: 60 },
    );
  });

  it("follow the clocks of a CronJob's time zone, found by walking from minute to minute", () => {
    const zones = [
      "Europe/Berlin",
      "America/New_York",
      "Australia/Lord_Howe",
      "Asia/Kolkata",
      "Africa/Cairo",
    ];
    const days = ["2026-03-07", "2026-03-28", "2026-04-04", "2026-04-23", "2026-10-24", "2026-10-31"];
    fc.assert(
      fc.property(
        randomSchedule(false),
        fc.constantFrom(...zones),
        fc.constantFrom(...days),
        (schedule, timeZone, date) => {
          const start = Date.parse(`${date}T00:00Z`);
          const until = start + 2 * day;
          const expected = walk(schedule, start, until, 200, clockOf(timeZone));
          const found = nextRuns(schedule.text, new Date(start - 1), expected.length + 1, timeZone);
          assert.deepEqual(found.map(run => run.getTime()).slice(0, expected.length), expected);
          const after = found[expected.length];
          if (expected.length < 200 && after !== undefined)
            assert.ok(after.getTime() >= until, schedule.text);
        },
      ),
      { numRuns: 60 },
    );
  });

  it("leave out the hour that the clocks leave out, and come twice where it does", () => {
    const zone = "Europe/Berlin";
    assert.deepEqual(times("daily 02:30", "2026-03-27T22:00Z", 2, zone), [
      "2026-03-28T01:30Z",
      "2026-03-30T00:30Z",
    ]);
    assert.deepEqual(times("daily 02:30", "2026-10-24T01:00Z", 2, zone), [
      "2026-10-25T00:30Z",
      "2026-10-25T01:30Z",
    ]);
  });

  it("are not guessed for a minute that is open, or for what is no schedule", () => {
    assert.throws(() => nextRuns("daily 02:00-03:00", new Date(0), 1), /no minute before it is resolved/);
    assert.throws(() => nextRuns("0 2 * *", new Date(0), 1), /has 4 fields/);
  });
});

describe("a schedule in a sentence", () => {
  const now = new Date("2026-11-20T12:00Z");
  const regularity = (schedule: string): string => describeSchedule(schedule, now).split(";")[0] as string;

  it("says when it runs and when next", () => {
    assert.equal(
      describeSchedule("17 2 * * *", now),
      "runs at 02:17 UTC every day; next: 2026-11-21 02:17, 2026-11-22 02:17, 2026-11-23 02:17",
    );
    assert.equal(
      describeSchedule({ sixFields: "30 17 2 * * *", explicit: true }, now, "Etc/UTC", 1),
      "runs at 02:17:30 UTC every day; next: 2026-11-21 02:17:30",
    );
    assert.equal(
      describeSchedule("0 0 2 30 2 *", now),
      "runs at 02:00 UTC on day 30 of February; no next run",
    );
  });

  it("gives local times with their offset", () => {
    assert.equal(
      describeSchedule("30 2 * * *", new Date("2026-10-24T01:00Z"), "Europe/Berlin"),
      "runs at 02:30 Europe/Berlin every day; next: 2026-10-25 02:30+02:00, 2026-10-25 02:30+01:00, 2026-10-26 02:30+01:00",
    );
    assert.match(describeSchedule("30 2 * * *", now, "Europe/London", 1), /2026-11-21 02:30\+00:00$/);
  });

  it("has a phrase for every form", () => {
    const phrases: [schedule: string, phrase: string][] = [
      ["0 2 * * 0", "runs at 02:00 UTC every Sunday"],
      ["0 2,14 * * mon-fri", "runs at 02:00 and 14:00 UTC every Monday to Friday"],
      ["0 */2 * * *", "runs at 00:00, 02:00, 04:00, … 22:00 UTC every day"],
      ["17 * * * *", "runs at minute 17 of every hour (UTC)"],
      ["30 17 * * * *", "runs at second 30 of minute 17 of every hour (UTC)"],
      ["*/15 * 1 * *", "runs at minutes 0, 15, 30 and 45 of every hour on day 1 of every month (UTC)"],
      ["*/5 2,3 * * *", "runs at minutes 0, 5, 10, … 55 of hours 2 and 3 UTC every day"],
      ["* * * * *", "runs every minute (UTC)"],
      ["* * * * * *", "runs every second (UTC)"],
      ["* * 2 * * *", "runs every second of hour 2 UTC every day"],
      ["* 0 2 * * *", "runs every second of minute 0 of hour 2 UTC every day"],
      ["* 2 * * *", "runs every minute of hour 2 UTC every day"],
      ["0 2 1,15 * *", "runs at 02:00 UTC on days 1 and 15 of every month"],
      ["0 2 * 1,7 *", "runs at 02:00 UTC every day of January and July"],
      ["0 2 * 1-3 sat", "runs at 02:00 UTC every Saturday of January to March"],
      ["0 2 1 * 1", "runs at 02:00 UTC on day 1 of every month, and every Monday"],
      ["0 2 1-31 * 1", "runs at 02:00 UTC every day"],
      ["0 2 1-7 * */7", "runs at 02:00 UTC on days 1 to 7 of every month if it is a Sunday"],
    ];
    for (const [schedule, phrase] of phrases) assert.equal(regularity(schedule), phrase, schedule);
  });
});
