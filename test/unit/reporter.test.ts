import * as assert from "node:assert/strict";
import { spawnSync } from "node:child_process";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";

const reporter = join(__dirname, "..", "reporter.js");
const skip = join(__dirname, "..", "skip.js");
const mocha = join(dirname(require.resolve("mocha/package.json")), "bin", "mocha.js");

/** Runs a test file with the reporter, as `npm test` would. */
function run(source: string, ...options: string[]): { code: number | null; lines: string[] } {
  const folder = mkdtempSync(join(tmpdir(), "reporter-"));
  try {
    const file = join(folder, "some.test.js");
    writeFileSync(file, `const { skip } = require(${JSON.stringify(skip)});\n${source}`);
    const args = [mocha, "--no-config", "--reporter", reporter, ...options, file];
    const { status, stdout } = spawnSync(process.execPath, args, { encoding: "utf8" });
    return { code: status, lines: stdout.trimEnd().split("\n") };
  } finally {
    rmSync(folder, { recursive: true });
  }
}

describe("the reporter", () => {
  it("ends with the closing line, and exits with 0 when nothing failed", () => {
    const { code, lines } = run(`it("a", () => {}); it("b", () => {});`);
    assert.equal(lines.at(-1), "2 passed, 0 failed");
    assert.equal(code, 0);
  });

  it("names failures with their error, and exits with other than 0", () => {
    const { code, lines } = run(
      `describe("sum", () => it("adds", () => { throw new Error("off by one"); }));`,
    );
    assert.equal(lines.at(-1), "0 passed, 1 failed");
    assert.ok(lines.includes("FAILED  sum adds: off by one"), lines.join("\n"));
    assert.notEqual(code, 0);
  });

  it("counts a failed hook as a failure", () => {
    const { code, lines } = run(`before(() => { throw new Error("no cluster"); }); it("a", () => {});`);
    assert.equal(lines.at(-1), "0 passed, 1 failed");
    assert.notEqual(code, 0);
  });

  it("gives the reason of every skipped test, also of those a hook skipped", () => {
    const { code, lines } = run(`
      it("alone", function () { skip(this, "no docker"); });
      describe("suite", () => { before(function () { skip(this, "no cluster"); }); it("a", () => {}); it("b", () => {}); });
    `);
    assert.equal(lines.at(-1), "0 passed, 0 failed, 3 skipped");
    for (const line of [
      "skipped alone: no docker",
      "skipped suite a: no cluster",
      "skipped suite b: no cluster",
    ]) {
      assert.ok(lines.includes(line), `${line} is missing in:\n${lines.join("\n")}`);
    }
    assert.equal(code, 0);
  });

  it("names slow tests, and every test when asked to", () => {
    const source = `it("slow one", done => { setTimeout(done, 30); }); it("quick", () => {});`;
    assert.ok(run(source, "--slow", "5").lines.some(line => line.startsWith("slow    slow one (")));
    const verbose = run(source, "--reporter-option", "verbose=true").lines;
    assert.equal(verbose.filter(line => line.includes("passed  ")).length, 2);
  });
}).timeout(20_000);
