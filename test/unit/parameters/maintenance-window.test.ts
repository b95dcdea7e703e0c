import * as assert from "node:assert/strict";
import fc from "fast-check";
import {
  type MaintenanceWindow,
  type MaintenanceWindowArgs,
  nextWindows,
  windowProblems,
} from "../../../src/parameters/maintenance-window";

const minute = 60_000;

function iso(windows: MaintenanceWindow[]): string[] {
  return windows.map(({ begin, end }) => `${time(begin)} to ${time(end)}`);
}

function time(date: Date): string {
  return date.toISOString().replace(":00.000Z", "Z");
}

function begins(schedule: string, timeZone: string, from: string, count: number): string[] {
  return nextWindows({ schedule, timeZone, durationMinutes: 5 }, new Date(from), count).map(w =>
    time(w.begin),
  );
}

function refused(window: Partial<MaintenanceWindowArgs>): string[] {
  return windowProblems({ schedule: "0 3 * * 0", ...window }).map(
    p => `${p.argument} ${p.problem} ${p.remedy}`,
  );
}

/** Minutes of local time that match, found by looking at every minute: fields are given as sets. */
function bruteForce(
  hours: number[],
  minutes: number[],
  timeZone: string,
  from: Date,
  days: number,
): number[] {
  const format = new Intl.DateTimeFormat("en-GB", { timeZone, hour: "2-digit", minute: "2-digit" });
  const found: number[] = [];
  for (let at = from.getTime(); at < from.getTime() + days * 1440 * minute; at += minute) {
    const [hour = NaN, min = NaN] = format.format(at).split(":").map(Number);
    if (hours.includes(hour) && minutes.includes(min)) found.push(at);
  }
  return found;
}

describe("maintenance windows", () => {
  it("begin by the schedule in their time zone and last as long as they say", () => {
    const window = { schedule: "0 3 * * 0", timeZone: "Europe/Berlin", durationMinutes: 120 };
    assert.deepEqual(iso(nextWindows(window, new Date("2026-03-20T00:00Z"), 3)), [
      "2026-03-22T02:00Z to 2026-03-22T04:00Z",
      "2026-03-29T01:00Z to 2026-03-29T03:00Z",
      "2026-04-05T01:00Z to 2026-04-05T03:00Z",
    ]);
    assert.deepEqual(iso(nextWindows({ schedule: "30 4 * * *" }, new Date("2026-03-20T12:00Z"), 1)), [
      "2026-03-21T04:30Z to 2026-03-21T05:30Z",
    ]);
  });

  it("are looked for from the open one on, from its first to its last millisecond", () => {
    const window = { schedule: "0 3 * * *", durationMinutes: 30 };
    const first = (from: string): string =>
      time((nextWindows(window, new Date(from), 1)[0] as MaintenanceWindow).begin);
    assert.equal(first("2026-05-01T02:59:59.999Z"), "2026-05-01T03:00Z");
    assert.equal(first("2026-05-01T03:00:00.000Z"), "2026-05-01T03:00Z");
    assert.equal(first("2026-05-01T03:29:59.999Z"), "2026-05-01T03:00Z");
    assert.equal(first("2026-05-01T03:30:00.000Z"), "2026-05-02T03:00Z");
  });

  it("end when the next one begins, if they are longer than that", () => {
    const window = { schedule: "0 */2 * * *", durationMinutes: 180 };
    assert.deepEqual(iso(nextWindows(window, new Date("2026-05-01T02:30Z"), 1)), [
      "2026-05-01T02:00Z to 2026-05-01T04:00Z",
    ]);
    const rare = { schedule: "0 22,23 1 1 *", durationMinutes: 1440 };
    assert.deepEqual(iso(nextWindows(rare, new Date("2026-05-01T00:00Z"), 1)), [
      "2027-01-01T22:00Z to 2027-01-01T23:00Z",
    ]);
    assert.deepEqual(iso(nextWindows(rare, new Date("2026-01-02T12:00Z"), 1)), [
      "2026-01-01T23:00Z to 2026-01-02T23:00Z",
    ]);
  });

  it("begin when the CronJob controller starts its Job: what robfig/cron v3.0.1 answered", () => {
    const answers: [schedule: string, timeZone: string, from: string, expected: string[]][] = [
      // Half past two does not exist on the day the clocks go forward, and is twice there when they go back.
      ["30 2 * * *", "Europe/Berlin", "2026-03-27T22:00Z", ["2026-03-28T01:30Z", "2026-03-30T00:30Z"]],
      [
        "30 2 * * *",
        "Europe/Berlin",
        "2026-10-24T01:00Z",
        ["2026-10-25T00:30Z", "2026-10-25T01:30Z", "2026-10-26T01:30Z"],
      ],
      // Either day matches when both are restricted; a step restricts, a star among others does not.
      [
        "0 2 1 * 1",
        "Etc/UTC",
        "2026-10-24T03:00Z",
        ["2026-10-26T02:00Z", "2026-11-01T02:00Z", "2026-11-02T02:00Z"],
      ],
      [
        "0 2 */10 * 1",
        "Etc/UTC",
        "2026-10-24T03:00Z",
        ["2026-10-26T02:00Z", "2026-10-31T02:00Z", "2026-11-01T02:00Z"],
      ],
      ["0 12 *,5 * 3", "Etc/UTC", "2026-10-24T03:00Z", ["2026-10-28T12:00Z", "2026-11-04T12:00Z"]],
      [
        "15 22 * JAN,dec sun-TUE",
        "America/New_York",
        "2026-12-01T04:00Z",
        ["2026-12-02T03:15Z", "2026-12-07T03:15Z"],
      ],
      [
        "10/25 4 29 2 ?",
        "Asia/Kolkata",
        "2026-10-24T03:00Z",
        ["2028-02-28T22:40Z", "2028-02-28T23:05Z", "2032-02-28T22:40Z"],
      ],
    ];
    for (const [schedule, timeZone, from, expected] of answers) {
      assert.deepEqual(begins(schedule, timeZone, from, expected.length), expected, schedule);
    }
  });

  it("begin at every minute whose local time matches, through every change of the clocks", () => {
    const zones = [
      "Europe/Berlin",
      "America/New_York",
      "Australia/Lord_Howe",
      "Asia/Kolkata",
      "Africa/Cairo",
    ];
    const day = fc.constantFrom(
      "2026-03-07",
      "2026-03-28",
      "2026-04-04",
      "2026-04-23",
      "2026-10-24",
      "2026-10-31",
    );
    const some = (max: number) => fc.uniqueArray(fc.integer({ min: 0, max }), { minLength: 1, maxLength: 3 });
    fc.assert(
      fc.property(some(4), some(59), fc.constantFrom(...zones), day, (hours, minutes, timeZone, date) => {
        const from = new Date(`${date}T00:00Z`);
        const expected = bruteForce(hours, minutes, timeZone, from, 2);
        const window = { schedule: `${minutes.join()} ${hours.join()} * * *`, timeZone, durationMinutes: 5 };
        const found = nextWindows(window, new Date(from.getTime() - 1), expected.length + 3);
        const until = from.getTime() + 2 * 1440 * minute;
        const inside = found
          .map(({ begin }) => begin.getTime())
          .filter(at => at >= from.getTime() && at < until);
        assert.deepEqual(inside, expected);
      }),
      { numRuns: 40 },
    );
  });

  it("never overlap, never last longer than they say, and are the same seen from anywhere inside", () => {
    const schedule = fc.constantFrom(
      "0 3 * * *",
      "*/20 1-3 * * *",
      "0 */6 * * *",
      "30 2 * * 0",
      "15 0 1,15 * *",
    );
    const from = fc.integer({ min: Date.UTC(2026, 0, 1), max: Date.UTC(2027, 0, 1) });
    fc.assert(
      fc.property(
        schedule,
        fc.integer({ min: 5, max: 1440 }),
        from,
        fc.double({ min: 0, max: 0.999, noNaN: true }),
        (schedule, durationMinutes, from, share) => {
          const window = { schedule, timeZone: "Europe/Berlin", durationMinutes };
          const windows = nextWindows(window, new Date(from), 4);
          assert.equal(windows.length, 4);
          for (const [index, { begin, end }] of windows.entries()) {
            const length = end.getTime() - begin.getTime();
            assert.ok(end.getTime() > from && length > 0 && length <= durationMinutes * minute);
            const next = windows[index + 1];
            assert.ok(next === undefined || next.begin >= end);
            const inside = new Date(begin.getTime() + Math.floor(share * length));
            assert.deepEqual(nextWindows(window, inside, 1)[0]?.begin, begin);
          }
        },
      ),
    );
  });

  it("are refused with what to write in their place", () => {
    const wrong: [Partial<MaintenanceWindowArgs>, RegExp][] = [
      [{ schedule: "0 0 3 * * 0" }, /^schedule has six fields.*"0 3 \* \* 0"/],
      [{ schedule: "@weekly" }, /^schedule is a nickname/],
      [{ schedule: "TZ=UTC 0 3 * * 0" }, /^schedule must not name a time zone. Set timeZone/],
      [{ schedule: "0 3 * *" }, /^schedule is not a schedule of five fields/],
      [{ schedule: "0 3 * * 0 2026 1" }, /^schedule is not a schedule of five fields/],
      [{ schedule: "" }, /^schedule is not a schedule/],
      [{ schedule: "0 3 * * 7" }, /"7" for the day of the week, which goes from 0 to 6/],
      [{ schedule: "0 24 * * *" }, /"24" for the hour/],
      [{ schedule: "0 3 * * FRI-MON" }, /"FRI-MON" for the day of the week/],
      [{ schedule: "0 3 L * *" }, /"L" for the day of the month/],
      [{ schedule: "0 3 * * MON#2" }, /^schedule is not a schedule/],
      [{ schedule: "*/0 3 * * *" }, /"\*\/0" for the minute/],
      [{ schedule: ", 3 * * *" }, /has nothing for the minute/],
      [{ schedule: "0 3 30 2 *" }, /no year has.*Correct day and month/],
      [{ timeZone: "Europe/Bern" }, /^timeZone is not the name.*"Europe\/Berlin"/],
      [{ timeZone: "europe/berlin" }, /^timeZone .* "Europe\/Berlin"\.$/],
      [{ timeZone: "Europe/BERLIN" }, /^timeZone .* "Europe\/Berlin"\.$/],
      [{ timeZone: "+02:00" }, /^timeZone is not the name/],
      [{ timeZone: "Local" }, /^timeZone is not the name/],
      [{ durationMinutes: 4 }, /^durationMinutes is not a whole number from 5 to 1440/],
      [{ durationMinutes: 1441 }, /^durationMinutes/],
      [{ durationMinutes: 7.5 }, /^durationMinutes/],
      [{ schedule: "0 * * * *", durationMinutes: 60 }, /^durationMinutes .*would never close/],
      [{ schedule: "0 3 * * *", durationMinutes: 1440 }, /would never close/],
    ];
    for (const [window, message] of wrong) {
      const problems = refused(window);
      assert.equal(problems.length, 1, JSON.stringify(window));
      assert.match(problems[0] ?? "", message);
    }
    assert.equal(refused({ schedule: "x", timeZone: "x", durationMinutes: 0 }).length, 3);
    assert.equal(windowProblems({} as MaintenanceWindowArgs)[0]?.argument, "schedule");
  });

  it("are taken as Kubernetes takes them", () => {
    const zones = [
      "UTC",
      "Etc/UTC",
      "Etc/GMT+5",
      "Asia/Kolkata",
      "America/Argentina/Buenos_Aires",
      "US/Eastern",
      "CET",
    ];
    for (const timeZone of zones) assert.deepEqual(refused({ timeZone }), [], timeZone);
    const schedules = [
      "0 * * * *",
      " 0 3 * * sun,Wed ",
      "*/30 1-3 ? * *",
      "5/7 3 1-7/2 JAN-MAR *",
      "0 3 29 2 *",
    ];
    for (const schedule of schedules)
      assert.deepEqual(refused({ schedule, durationMinutes: 5 }), [], schedule);
  });
});
