import * as assert from "node:assert/strict";
import * as ts from "typescript";
import { generationArguments, nextGeneration, typeScriptArguments } from "../../../src/restore/arguments";

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
});
