import * as assert from "node:assert/strict";
import * as ts from "typescript";
import fc from "fast-check";
import { instanceProblems } from "../../../src/instance/validate";
import {
  generationArguments,
  nextGeneration,
  plannedSource,
  typeScriptArguments,
} from "../../../src/restore/arguments";
import { planRestore } from "../../../src/restore/plan";
import { archives } from "./archives";

describe("restore as arguments", () => {
  const source = {
    generation: "1",
    backupId: "20261120T020003",
    target: { time: "2026-11-20T14:30:00+01:00", exclusive: true },
  };

  it("adds a generation after the greatest, and makes it active", () => {
    assert.equal(nextGeneration(["1", "10", "9"]), "11");
    assert.equal(nextGeneration([]), "1");
    assert.deepEqual(generationArguments(["2", "1"], "3", { restoredFrom: source }), {
      generations: { "1": {}, "2": {}, "3": { restoredFrom: source } },
      activeGeneration: "3",
    });
  });

  it("is an object of the language, members of names that are none in quotes", () => {
    const given = generationArguments(["1"], "2", { restoredFrom: source });
    const text = typeScriptArguments(given);
    const { outputText } = ts.transpileModule(`module.exports = ${text};`, {});
    const module = { exports: {} as unknown };
    new Function("module", outputText)(module);
    assert.deepEqual(module.exports, given);
    assert.match(text, /^ {2}generations: \{\n {4}"1": \{\},\n {4}"2": \{/m);
    assert.match(text, /^ {8}target: \{ time: "2026-11-20T14:30:00\+01:00", exclusive: true \},$/m);
    assert.ok(text.split("\n").every(line => line.length <= 100));
  });

  it("is accepted by PostgresInstance, whatever was planned", () => {
    const store = { name: "backups", namespace: "shop", secrets: [], recoveryWindowDays: 7 };
    const target = fc.oneof(
      fc.integer({ min: 0, max: 2000 }).map(second => ({
        time: new Date(Date.parse("2026-11-20T00:00:00Z") + second * 1000).toISOString(),
      })),
      fc.constantFrom(
        ...[{ latest: true }, { immediate: true }, { lsn: "0/300100" }],
        ...[
          { transactionId: "701", exclusive: true },
          { restorePoint: "a b" },
          { latest: true, timeline: "1" },
        ],
      ),
    );
    let planned = 0;
    fc.assert(
      fc.property(archives, target, (archive, wanted) => {
        const result = planRestore(
          archive.survey,
          { target: wanted },
          { now: new Date("2027-01-01T00:00:00Z") },
        );
        if (!("plan" in result)) return;
        planned += 1;
        const into = generationArguments(["1"], "2", {
          restoredFrom: plannedSource(result.plan, { generation: "1" }),
        });
        assert.deepEqual(instanceProblems("orders", { ...into, namespace: "shop", backup: { store } }), []);
        const restore = plannedSource(result.plan, { archive: "orders-g1" });
        assert.deepEqual(instanceProblems("copy", { restore, namespace: "shop", backup: { store } }), []);
      }),
      { numRuns: 300 },
    );
    assert.ok(planned > 30, `${planned} planned`);
  });
});
