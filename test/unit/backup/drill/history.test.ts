import * as assert from "node:assert/strict";
import * as fc from "fast-check";
import { lastSuccess, readHistory, withReport } from "../../../../src/backup/drill/history";
import {
  CheckOutcome,
  DrillOutcome,
  type DrillReport,
  judge,
  rate,
} from "../../../../src/backup/drill/report";

function report(number: number, outcome: DrillOutcome, detail = ""): DrillReport {
  const time = new Date(Date.UTC(2026, 0, 1 + number)).toISOString();
  const checks = [{ name: "amcheck", outcome: CheckOutcome.Passed, detail, seconds: 1 }];
  return {
    id: `drill-${number}`,
    instance: "orders",
    namespace: "shop",
    outcome,
    startedAt: time,
    finishedAt: time,
    checks,
  };
}

describe("the history of drills", () => {
  it("has the newest first, and no more than asked for", () => {
    let history: DrillReport[] = [];
    for (let n = 0; n < 5; n++) history = withReport(history, report(n, DrillOutcome.Succeeded), 3);
    assert.deepEqual(
      history.map(({ id }) => id),
      ["drill-4", "drill-3", "drill-2"],
    );
  });

  it("keeps the newest success however many failed since", () => {
    fc.assert(
      fc.property(
        fc.array(fc.boolean(), { maxLength: 40 }),
        fc.integer({ min: 1, max: 10 }),
        (outcomes, keep) => {
          let history: DrillReport[] = [];
          outcomes.forEach((good, n) => {
            history = withReport(
              history,
              report(n, good ? DrillOutcome.Succeeded : DrillOutcome.Failed),
              keep,
            );
            assert.equal(history[0]?.id, `drill-${n}`);
            assert.ok(history.length <= Math.max(keep, 2));
          });
          const newest = outcomes.lastIndexOf(true);
          assert.equal(lastSuccess(history)?.id, newest < 0 ? undefined : `drill-${newest}`);
        },
      ),
    );
  });

  it("fits into a ConfigMap", () => {
    let history: DrillReport[] = [];
    for (let n = 0; n < 30; n++)
      history = withReport(history, report(n, DrillOutcome.Failed, "x".repeat(60_000)), 100);
    assert.ok(Buffer.byteLength(JSON.stringify(history)) < 1024 * 1024);
    assert.equal(history[0]?.id, "drill-29");
  });

  it("is read back, without what somebody made illegible", () => {
    const good = report(1, DrillOutcome.Succeeded);
    assert.deepEqual(readHistory([good, 7, { id: "x" }, { ...good, outcome: "fine" }]), [good]);
    assert.deepEqual(readHistory(undefined), []);
  });
});

describe("the judgement of a drill", () => {
  const check = (outcome: CheckOutcome) => ({
    name: "amcheck",
    outcome,
    detail: "an index is torn",
    seconds: 1,
  });

  it("is good when every check passed or could say nothing", () => {
    assert.deepEqual(
      judge({ checks: [check(CheckOutcome.Passed), check(CheckOutcome.Skipped)], rtoSeconds: 9 }, 10),
      [],
    );
  });

  it("names each check that failed, and a restore that took too long", () => {
    assert.deepEqual(judge({ checks: [check(CheckOutcome.Failed)], rtoSeconds: 11 }, 10), [
      "Check amcheck failed: an index is torn.",
      "The restore took 11 s; at most 10 s are allowed.",
    ]);
  });

  it("gives no rate where something is not known", () => {
    assert.equal(rate(1000, 3), 333);
    assert.equal(rate(undefined, 3), undefined);
    assert.equal(rate(1000, 0), undefined);
  });
});
