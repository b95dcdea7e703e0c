import * as assert from "node:assert/strict";
import fc from "fast-check";
import { daily, hourly, monthly, nextRuns, resolveSchedule, weekly } from "../../../src/schedule";
import { randomSchedule } from "./random-schedule";

function six(text: string, seed = "default/orders"): string {
  return resolveSchedule(text, seed).sixFields;
}

/** Minute of the day of a schedule that runs once a day. */
function minuteOf(text: string, seed: string): number {
  const [, minute, hour] = six(text, seed).split(" ");
  return Number(hour === "*" ? 0 : hour) * 60 + Number(minute);
}

describe("a schedule as it is written into objects", () => {
  it("keeps fields as they are: five get second 0 in front, never anything else", () => {
    assert.deepEqual(resolveSchedule("0 2 * * *", "a"), {
      sixFields: "0 0 2 * * *",
      fiveFields: "0 2 * * *",
      explicit: true,
    });
    assert.equal(six("0 2 * * 0"), "0 0 2 * * 0");
    assert.equal(six("  0 2 * * * *  "), "0 2 * * * *");
    assert.equal(six("5/10 1-3 ? JAN\tsun"), "0 5/10 1-3 ? JAN sun");
  });

  it("keeps any fields, whatever the seed", () => {
    fc.assert(
      fc.property(randomSchedule(true), fc.string(), ({ text }, seed) => {
        assert.equal(six(text, seed), text);
        const five = text.split(" ").slice(1).join(" ");
        assert.equal(six(five, seed), `0 ${five}`);
      }),
    );
  });

  it("has five fields when they mean the same", () => {
    const five = (text: string): string | undefined => resolveSchedule(text, "a").fiveFields;
    assert.equal(five("0 15 3 * * *"), "15 3 * * *");
    assert.equal(five("00 15 3 1 * mon"), "15 3 1 * mon");
    assert.equal(five("30 15 3 * * *"), undefined);
    assert.equal(five("* 15 3 * * *"), undefined);
    // A CronJob would take either day.
    assert.equal(five("0 2 1-7 * */7"), undefined);
    assert.equal(five("0 2 */10 * 1"), undefined);
    assert.equal(five("0 2 */10 * *"), "0 2 */10 * *");
  });

  it("takes words with a time as exactly that time", () => {
    const words: [text: string, fields: string][] = [
      [daily("02:00"), "0 0 2 * * *"],
      [daily("2:05"), "0 5 2 * * *"],
      [hourly(15), "0 15 * * * *"],
      [weekly("sun", "02:00"), "0 0 2 * * 0"],
      [weekly("Saturday", "23:59"), "0 59 23 * * 6"],
      [monthly(1, "02:00"), "0 0 2 1 * *"],
      ["Daily  02:00", "0 0 2 * * *"],
    ];
    for (const [text, fields] of words) {
      assert.equal(six(text), fields, text);
      assert.equal(resolveSchedule(text, "a").explicit, true);
    }
  });

  it("takes nicknames as both readers do", () => {
    const nicknames: [text: string, fields: string][] = [
      ["@daily", "0 0 0 * * *"],
      ["@midnight", "0 0 0 * * *"],
      ["@hourly", "0 0 * * * *"],
      ["@weekly", "0 0 0 * * 0"],
      ["@monthly", "0 0 0 1 * *"],
      ["@yearly", "0 0 0 1 1 *"],
      ["@annually", "0 0 0 1 1 *"],
    ];
    for (const [text, fields] of nicknames) assert.equal(six(text), fields, text);
  });

  it("chooses a minute of its hours by the seed, and the same one again", () => {
    fc.assert(
      fc.property(
        fc.integer({ min: 0, max: 1439 }),
        fc.integer({ min: 2, max: 1439 }),
        fc.string(),
        (begin, length, seed) => {
          const clock = (at: number): string =>
            `${String(Math.floor((at % 1440) / 60)).padStart(2, "0")}:${String(at % 60).padStart(2, "0")}`;
          const text = daily(`${clock(begin)}-${clock(begin + length)}`);
          const chosen = resolveSchedule(text, seed);
          assert.equal(chosen.explicit, false);
          assert.deepEqual(resolveSchedule(text, seed), chosen);
          assert.ok((minuteOf(text, seed) - begin + 1440) % 1440 < length);
        },
      ),
    );
  });

  it("spreads 50 instances with the same hour over that hour", () => {
    const minutes = Array.from(
      { length: 50 },
      (_, i) => minuteOf(daily("02:00-03:00"), `default/orders-${i}`) - 120,
    );
    assert.ok(minutes.every(minute => minute >= 0 && minute < 60));
    const slots = [0, 1, 2, 3, 4, 5].map(slot => minutes.filter(m => Math.floor(m / 10) === slot).length);
    assert.ok(Math.min(...slots) >= 3 && Math.max(...slots) <= 16, slots.join());
    const most = Math.max(...minutes.map(minute => minutes.filter(other => other === minute).length));
    assert.ok(most <= 5, `${most} in one minute`);
  });

  it("chooses each minute as often as any other: chi-square over 12000 names", () => {
    const chiSquare = (minutes: number, of: (seed: string) => number): number => {
      const seen = new Array<number>(minutes).fill(0);
      for (let i = 0; i < 12_000; i++) {
        const at = of(`team-${i % 40}/db-${i}`);
        seen[at] = (seen[at] ?? NaN) + 1;
      }
      const expected = 12_000 / minutes;
      return seen.reduce((sum, count) => sum + (count - expected) ** 2 / expected, 0);
    };
    // 59 degrees of freedom: more than 98.3 happens to one even choice in a thousand.
    const daySquare = chiSquare(60, seed => minuteOf(daily("02:00-03:00"), seed) - 120);
    const hourSquare = chiSquare(60, seed => minuteOf(hourly(), seed));
    assert.ok(daySquare < 98.3 && hourSquare < 98.3, `${daySquare} ${hourSquare}`);
  });

  it("goes past midnight to the next day", () => {
    const runs = Array.from({ length: 60 }, (_, i) => {
      const [run] = nextRuns(
        resolveSchedule(weekly("sat", "23:00-01:00"), `ns/${i}`),
        new Date("2026-11-20T12:00Z"),
        1,
      );
      return run?.getTime() as number;
    });
    const [begin, end] = [Date.parse("2026-11-21T23:00Z"), Date.parse("2026-11-22T01:00Z")];
    assert.ok(runs.every(run => run >= begin && run < end));
    const midnight = Date.parse("2026-11-22T00:00Z");
    assert.ok(runs.some(run => run < midnight) && runs.some(run => run >= midnight));
    assert.ok(minuteOf(daily("23:00-24:00"), "a") >= 1380);
    const whole = Array.from({ length: 60 }, (_, i) => minuteOf(daily("00:00-24:00"), `ns/${i}`));
    assert.ok(Math.min(...whole) < 180 && Math.max(...whole) > 1260);
  });

  it("is not made of what is no schedule", () => {
    assert.throws(() => resolveSchedule("0 2 * *", "a"), /Schedule "0 2 \* \*" has 4 fields/);
  });
});
