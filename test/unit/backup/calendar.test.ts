import * as assert from "node:assert/strict";
import fc from "fast-check";
import {
  days,
  dayText,
  type Division,
  localCalendar,
  months,
  weeks,
  years,
} from "../../../src/backup/calendar";
import { zones } from "./histories";

const dayOf = (text: string): number => Date.parse(`${text}T00:00:00Z`) / 86_400_000;

describe("calendars", () => {
  it("have the days of their zone", () => {
    const local: [zone: string, instant: string, day: string][] = [
      ["Etc/UTC", "2026-02-09T23:59:59Z", "2026-02-09"],
      ["Europe/Berlin", "2026-02-09T23:00:00Z", "2026-02-10"],
      ["America/New_York", "2026-01-01T04:59:59Z", "2025-12-31"],
      // Summer time begins: 23:30 UTC is 01:30 of the next day already the day before.
      ["Europe/Berlin", "2026-03-28T22:59:59Z", "2026-03-28"],
      ["Europe/Berlin", "2026-03-29T22:00:00Z", "2026-03-30"],
      // Clocks went forward at midnight: the day begins at 01:00.
      ["America/Sao_Paulo", "2018-11-04T02:59:59Z", "2018-11-03"],
      ["America/Sao_Paulo", "2018-11-04T03:00:00Z", "2018-11-04"],
      // There was no 30 December 2011.
      ["Pacific/Apia", "2011-12-30T09:59:59Z", "2011-12-29"],
      ["Pacific/Apia", "2011-12-30T10:00:00Z", "2011-12-31"],
    ];
    for (const [zone, instant, day] of local)
      assert.equal(dayText(localCalendar(zone)(new Date(instant))), day, `${zone} ${instant}`);
  });

  it("never go back while time goes on", () => {
    fc.assert(
      fc.property(
        fc.constantFrom(...zones),
        fc.integer({ min: Date.UTC(2010, 0), max: Date.UTC(2030, 0) }),
        fc.integer({ min: 0, max: 3 * 86_400_000 }),
        (zone, instant, later) => {
          const calendar = localCalendar(zone);
          const step = calendar(new Date(instant + later)) - calendar(new Date(instant));
          assert.ok(step >= 0 && step <= 5);
        },
      ),
    );
  });

  it("refuse an unknown zone", () => {
    assert.throws(() => localCalendar("Europe/Berln"), RangeError);
  });
});

describe("periods", () => {
  it("have the names people know", () => {
    const named: [Division, string, string, string][] = [
      [days, "2026-02-09", "2026-02-09", "2026-02-09"],
      [weeks, "2026-02-09", "2026-W07", "2026-02-15"],
      [weeks, "2026-02-15", "2026-W07", "2026-02-15"],
      [weeks, "2026-02-16", "2026-W08", "2026-02-22"],
      // The first days of a year can belong to the last week of the one before, and the other way round.
      [weeks, "2021-01-03", "2020-W53", "2021-01-03"],
      [weeks, "2024-12-30", "2025-W01", "2025-01-05"],
      [weeks, "1970-01-01", "1970-W01", "1970-01-04"],
      [weeks, "1969-12-28", "1969-W52", "1969-12-28"],
      [months, "2026-02-09", "2026-02", "2026-02-28"],
      [months, "2024-02-29", "2024-02", "2024-02-29"],
      [months, "2026-12-01", "2026-12", "2026-12-31"],
      [years, "2026-12-31", "2026", "2026-12-31"],
    ];
    for (const [division, day, text, last] of named) {
      const period = division.periodOf(dayOf(day));
      assert.deepEqual([division.textOf(period), dayText(division.lastDayOf(period))], [text, last], day);
    }
  });

  it("follow each other without a gap", () => {
    fc.assert(
      fc.property(
        fc.constantFrom(days, weeks, months, years),
        fc.integer({ min: -20_000, max: 40_000 }),
        (division, day) => {
          const period = division.periodOf(day);
          const last = division.lastDayOf(period);
          assert.ok(last >= day);
          assert.equal(division.periodOf(last), period);
          assert.equal(division.periodOf(last + 1), period + 1);
          assert.ok(division.textOf(period) < division.textOf(period + 1));
        },
      ),
    );
  });
});
