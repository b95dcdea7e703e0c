import * as assert from "node:assert/strict";
import { heading, report } from "../../suite/report";
import { judge, type SpecResult } from "../../suite/spec-process";

const result = (name: string, seconds: number, more: Partial<SpecResult> = {}): SpecResult => ({
  name,
  seconds,
  outcome: { passed: 2, failed: 0, skipped: 0 },
  failures: [],
  skips: [],
  ...more,
});

const broken = result("drill.spec", 200, {
  outcome: { passed: 1, failed: 1, skipped: 1 },
  failures: [{ title: "a drill succeeds", reason: "off by one" }],
  skips: [{ title: "a drill by hand", reason: "no hands" }],
});

describe("the end of a run", () => {
  const lines = report([result("restore.spec", 301), broken], 330, { "drill.spec": 150 });

  it("has the slowest files, with what they usually take", () => {
    const begin = lines.indexOf("Slowest:") + 1;
    assert.deepEqual(lines.slice(begin, begin + 2), [
      "  5 min 01 s  restore.spec",
      "  3 min 20 s  drill.spec (usually 2 min 30 s)",
    ]);
  });

  it("repeats what failed and what was skipped, with the reason", () => {
    assert.ok(lines.includes("FAILED  drill.spec: a drill succeeds: off by one"));
    assert.ok(lines.includes("skipped drill.spec: a drill by hand: no hands"));
  });

  it("names what passed at the second attempt only", () => {
    const second = result("drill.spec", 400, { before: broken.failures });
    const found = report([second], 400, {});
    assert.ok(
      found.includes("UNSTABLE, passed at the second attempt: drill.spec: a drill succeeds: off by one"),
    );
    assert.equal(found.at(-1), "2 passed, 0 failed");
  });

  it("is the closing line of all", () => {
    assert.equal(lines.at(-1), "3 passed, 1 failed, 1 skipped");
    assert.equal(lines.at(-2), "5 min 30 s in all; 8 min 21 s one after the other");
  });

  it("comes after each file with its own line", () =>
    assert.equal(
      heading(broken, 2, 2),
      "\n== drill.spec: 1 passed, 1 failed, 1 skipped (3 min 20 s; 2 of 2 files are done)",
    ));
});

describe("what counts of a spec file", () => {
  const { outcome, failures, skips } = broken;
  const failed = { outcome, failures, skips };
  const passed = { outcome: { passed: 2, failed: 0, skipped: 0 }, failures: [], skips: [] };

  it("is what its tests said, when its process ended so", () => {
    assert.deepEqual(judge(passed, 0), passed);
    assert.deepEqual(judge(failed, 1), failed);
  });

  it("is a failure, when its process ended before its tests", () => {
    const { outcome, failures } = judge(undefined, "SIGKILL");
    assert.deepEqual(outcome, { passed: 0, failed: 1, skipped: 0 });
    assert.match(failures[0]?.reason ?? "", /ended with SIGKILL, before the end/);
    assert.equal(judge(undefined, 0).outcome.failed, 1);
  });

  it("is a failure, when its process failed although its tests passed", () => {
    const { outcome, failures } = judge(passed, 7);
    assert.deepEqual(outcome, { passed: 2, failed: 1, skipped: 0 });
    assert.match(failures[0]?.reason ?? "", /ended with 7, after the end/);
  });
});
