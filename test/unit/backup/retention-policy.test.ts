import * as assert from "node:assert/strict";
import { policyProblems, type RetentionPolicyArgs } from "../../../src/backup/retention-policy";

const problems = (policy: object): string[] =>
  policyProblems(policy as RetentionPolicyArgs).map(
    ({ argument, value, problem, remedy }) => `${argument} = ${JSON.stringify(value)} ${problem} ${remedy}`,
  );

describe("retention policies", () => {
  it("may say anything or nothing", () => {
    for (const policy of [
      {},
      { recoveryWindowDays: undefined, timeZone: undefined },
      { recoveryWindowDays: 1, dailyRetentionDays: 0, weeklyRetentionWeeks: 0 },
      {
        recoveryWindowDays: 3650,
        dailyRetentionDays: 3650,
        weeklyRetentionWeeks: 520,
        monthlyRetentionMonths: 1200,
        yearlyRetentionYears: 100,
        timeZone: "Europe/Berlin",
      },
    ]) {
      assert.deepEqual(problems(policy), []);
    }
  });

  it("are refused for numbers out of range, with one that is right", () => {
    for (const value of [0, -1, 1.5, NaN, Infinity, 3651, "7", null]) {
      assert.match(
        problems({ recoveryWindowDays: value }).join("|"),
        /^recoveryWindowDays = .* is not a whole number of days from 1 to 3650\. Write for example 7\.$/,
      );
    }
    assert.match(
      problems({ weeklyRetentionWeeks: 521 }).join(),
      /weeks from 0 to 520\. Write for example 8, or 0 for no such points\./,
    );
    assert.equal(
      problems({ dailyRetentionDays: -1, monthlyRetentionMonths: 1201, yearlyRetentionYears: 101 }).length,
      3,
    );
  });

  it("are refused for time zones nobody knows, also those with an offset", () => {
    for (const timeZone of ["Europe/Berln", "+01:00", "", 1, "toString"])
      assert.match(problems({ timeZone }).join(), /is not the name of a time zone\. .*IANA/);
  });

  it("are refused for names nobody knows, with the one that is meant", () => {
    assert.match(problems({ dailyRetentionDay: 7 }).join(), /Did you mean dailyRetentionDays\?/);
    assert.match(problems({ constructor: 7 }).join(), /^constructor = 7 is no argument/);
    assert.match(problems({ redundancy: 7 }).join(), /These are: recoveryWindowDays, .*timeZone\./);
  });
});
