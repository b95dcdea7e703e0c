import * as assert from "node:assert/strict";
import fc from "fast-check";
import { Severity } from "../../../src/parameters/finding";
import { cronJobProblem, resolveSchedule, scheduleProblems } from "../../../src/schedule";
import { randomSchedule } from "./random-schedule";

function said(text: string, severity: Severity): string[] {
  return scheduleProblems(text)
    .filter(problem => problem.severity === severity)
    .map(({ problem, remedy }) => `${problem} ${remedy}`);
}

/** What a remedy proposes to write, in quotes. */
function proposed(remedy: string): string[] {
  return [...remedy.matchAll(/"([^"]+)"/g)].map(([, text]) => text as string);
}

describe("problems of a schedule", () => {
  it("refuse it with what to write in its place", () => {
    const wrong: [text: string, message: RegExp][] = [
      ["", /^has 0 fields, not the five .* or six.*"daily 02:00"/],
      ["5", /^has 1 field, not/],
      ["0 2 * *", /^has 4 fields/],
      ["0 0 2 * * * 2026", /^has 7 fields.* Leave the year out: "0 0 2 \* \* \*"\.$/],
      ["60 2 * * *", /^has "60" for the minute, which goes from 0 to 59\. Write for example/],
      ["0 24 * * *", /^has "24" for the hour, which goes from 0 to 23/],
      ["0 2 0 * *", /^has "0" for the day of the month, which goes from 1 to 31/],
      ["0 2 * 13 *", /^has "13" for the month, which goes from 1 to 12/],
      ["0 2 * * 7", /^has "7" for the day of the week, which goes from 0 to 6\. Sunday is 0\.$/],
      ["60 0 2 * * *", /^has "60" for the second/],
      ["0 0 2 * 0 *", /^has "0" for the month/],
      ["0 2 * * fri-mon", /^has "fri-mon" for the day of the week.* write "5-6,0-1"\.$/],
      ["0 22-4 * * *", /^has "22-4" for the hour.* write "22-23,0-4"\.$/],
      ["0 2 * * sunday", /^has "sunday" for the day of the week.* Write "sun"\.$/],
      ["0 2 * * wednesday", /Write "wed"\.$/],
      ["0 2 * * tus", /Write "tue"\.$/],
      ["0 2 * sept *", /^has "sept" for the month.* Write "sep"\.$/],
      ["0 2 * * xyzxyzxyz", /Names are sun, mon/],
      ["0 two * * *", /^has "two" for the hour.* Write a number\.$/],
      ["0 2 L * *", /^has "L" for the day of the month.* L, W and # are not known/],
      ["0 2 15W * *", /L, W and # are not known/],
      ["0 2 * * mon#1", /L, W and # are not known/],
      ["0 2 * * friL", /L, W and # are not known/],
      ["*/0 2 * * *", /^has "\*\/0" for the minute.* A step is at least 1\.$/],
      [", 2 * * *", /^has nothing for the minute/],
      ["0 +2 * * *", /^has "\+2" for the hour/],
      ["0 *-3 * * *", /^has "\*-3" for the hour/],
      ["0 1-2-3 * * *", /^has "1-2-3" for the hour/],
      ["@every 6h", /^counts from the run before.* "0 \*\/6 \* \* \*"/],
      ["@reboot", /^is none of the nicknames @yearly/],
      ["@daily 02:00", /^is none of the nicknames/],
      ["@Daily", /^is none of the nicknames/],
      ["TZ=Europe/Berlin 0 2 * * *", /^names a time zone; .* leave TZ=Europe\/Berlin out: "0 2 \* \* \*"\.$/],
      ["CRON_TZ=UTC 0 0 2 * * *", /^names a time zone; .* leave CRON_TZ=UTC out: "0 0 2 \* \* \*"\.$/],
      ["0 2 30 2 *", /^names a day that no year has/],
      ["0 2 31 4,6 *", /^names a day that no year has/],
      ["0 2 29 2 */6", /more than five years away/],
      ["daily", /^has too little after its first word\. Write "daily 02:00" or/],
      ["daily 02:00 03:00", /^has too much after its first word/],
      ["daily 2", /^has "2", which is no time of day/],
      ["daily 24:00", /^has "24:00", which is no time of day/],
      ["daily 02:60", /^has "02:60"/],
      ["daily 02:00-", /^has "", which is no time/],
      ["daily 02:00-25:00", /^has "25:00"/],
      ["daily 02:00-03:00-04:00", /^has "02:00-03:00-04:00"/],
      ["daily 02:00-02:00", /begins and ends at once\. Write "02:00"\.$/],
      ["dayly 02:00", /^begins with "dayly"; .* Write "daily 02:00"\.$/],
      ["sometimes", /^begins with "sometimes"; the words known are hourly, daily, weekly, monthly/],
      ["hourly 60", /^has "60" for the minute/],
      ["hourly 15-30", /^has "15-30" for the minute/],
      ["weekly 02:00", /^has too little/],
      ["weekly tusday 02:00", /^has "tusday" for the day of the week\. Write "weekly tue 02:00"\.$/],
      ["weekly su 02:00", /^has "su" for the day/],
      ["monthly 32 02:00", /^has "32" for the day of the month/],
      ["monthly 0 02:00", /^has "0" for the day of the month/],
      ["monthly 1 23:00-01:00", /^goes past midnight.* 24:00/],
    ];
    for (const [text, message] of wrong) {
      assert.equal(scheduleProblems(text).length, 1, text);
      assert.match(said(text, Severity.Refused)[0] ?? "", message, text);
    }
    assert.equal(scheduleProblems(undefined as unknown as string).length, 1);
  });

  it("propose only what is accepted", () => {
    const texts = [
      "0 0 2 * * * 2026",
      "0 2 * *",
      "dayly 02:00-03:00",
      "weekly tusday 02:00",
      "monthly 0 02:00",
      "daily",
    ];
    for (const text of texts)
      for (const { remedy } of scheduleProblems(text))
        for (const proposal of proposed(remedy)) assert.deepEqual(scheduleProblems(proposal), [], proposal);
  });

  it("do not exist for a schedule that says what it means", () => {
    const fine = [
      "0 2 * * *",
      "0 0 2 * * *",
      "15 * * * *",
      "0 30 * * * *",
      "0 2 29 2 *",
      "0 2 1 * *",
      "0 2 ? * MON-fri",
      "0 2 31 1 *",
      "@daily",
      "daily 02:00-03:00",
      "hourly",
      "weekly sun 02:00",
      "monthly 1 02:00-24:00",
    ];
    for (const text of fine) assert.deepEqual(scheduleProblems(text), [], text);
  });

  it("warn of six fields that begin with a minute", () => {
    assert.deepEqual(said("0 2 * * * *", Severity.Warning), [
      "runs at second 0 of minute 2 of every hour: with six fields the first is the second. " +
        'Write "0 2 * * *" for 02:00 UTC, or "2 * * * *" if every hour is meant.',
    ]);
    assert.match(
      said("30 4 * * * 0", Severity.Warning)[0] ?? "",
      /Write "30 4 \* \* 0" for 04:30 UTC, or "4 \* \* \* 0"/,
    );
    assert.match(
      said("0 */2 * * * *", Severity.Warning)[0] ?? "",
      /^runs at second 0 of minutes 0, 2, 4, … 58 of every hour/,
    );
    for (const text of ["0 2 * * * *", "30 4 * * * 0"])
      for (const { remedy } of scheduleProblems(text))
        for (const proposal of proposed(remedy)) assert.deepEqual(scheduleProblems(proposal), [], proposal);
  });

  it("warn of runs that follow each other too soon", () => {
    const often: [text: string, apart: string][] = [
      ["* * * * * *", "1 second"],
      ["*/30 0 2 * * *", "30 seconds"],
      ["* 2 * * *", "1 minute"],
      ["*/5 * * * *", "5 minutes"],
    ];
    for (const [text, apart] of often)
      assert.match(said(text, Severity.Warning)[0] ?? "", new RegExp(`^has runs ${apart} apart`), text);
    assert.deepEqual(scheduleProblems("55,5 1,2 * * *"), []);
  });

  it("warn of days that are chosen in another way than they look", () => {
    assert.deepEqual(said("0 2 13 * 5", Severity.Warning), [
      "runs on day 13 of every month, and every Friday: either of the two days is enough. " +
        'Write "*" for one of them, unless that is meant.',
    ]);
    assert.deepEqual(said("0 2 */10 * 1", Severity.Warning), [
      "runs on days 1, 11, 21 and 31 of every month if it is a Monday: both must match, because one has a star. " +
        'Write "1,11,21,31" for the day of the month if either is meant, which a CronJob takes too.',
    ]);
    assert.match(
      said("0 2 1-7 * */7", Severity.Warning)[0] ?? "",
      /if it is a Sunday.*Write "0" for the day of the week/,
    );
    assert.match(said("0 2 31 * *", Severity.Warning)[0] ?? "", /months without that day have no run/);
    assert.match(said("monthly 30 02:00-03:00", Severity.Warning)[0] ?? "", /months without that day/);
  });

  it("say why a schedule has no five fields for a CronJob, and only then", () => {
    assert.match(cronJobProblem("30 15 3 * * *")?.problem ?? "", /^has seconds/);
    assert.match(cronJobProblem("30 15 3 * * *")?.remedy ?? "", /"15 3 \* \* \*"/);
    assert.match(
      cronJobProblem("0 2 1-7 * */7")?.problem ?? "",
      /^has days that a CronJob would read otherwise/,
    );
    const words = fc.constantFrom("daily 02:00-03:00", "hourly", "@weekly", "monthly 1 02:00");
    fc.assert(
      fc.property(
        fc.oneof(
          words,
          randomSchedule(true).map(({ text }) => text),
        ),
        text => {
          const five = resolveSchedule(text, "a").fiveFields;
          assert.equal(five === undefined, cronJobProblem(text) !== undefined, text);
        },
      ),
    );
  });
});
