import * as assert from "node:assert/strict";
import { spawn } from "node:child_process";
import { once } from "node:events";
import { existsSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { processFacts } from "../../../embedded/driver/process-table";
import { waitFor } from "../../../embedded/process";
import { SpecProcess } from "../../suite/spec-process";

/** A test that never ends, with a program of its own that never ends. */
const endless = `
const { spawn } = require("node:child_process");
const { writeFileSync } = require("node:fs");
it("goes on", done => {
  // As the engine does with its plugins: a process group of its own.
  const child = spawn("bash", ["-c", "set -m; sleep 300 & echo $!; wait"]);
  child.stdout.on("data", pid => writeFileSync(__dirname + "/pids", [process.pid, child.pid, pid].join(" ")));
});`;

describe("the process of a spec file", function () {
  this.timeout(30_000);
  let folder: string;
  beforeEach(() => (folder = mkdtempSync(join(tmpdir(), "spec-process-"))));
  afterEach(() => rmSync(folder, { recursive: true }));

  const file = (source: string): { name: string; path: string } => {
    const path = join(folder, "some.spec.js");
    writeFileSync(path, source);
    return { name: "some.spec", path };
  };
  const pids = (): Promise<number[]> =>
    waitFor(
      () =>
        existsSync(join(folder, "pids")) && readFileSync(join(folder, "pids"), "utf8").split(" ").map(Number),
      { what: "the test", timeoutMs: 20_000 },
    );
  const gone = (list: number[]): Promise<true> =>
    waitFor(() => list.every(pid => processFacts(pid) === undefined), {
      what: "the end",
      timeoutMs: 20_000,
    });

  it("tells what runs, what is printed and how it ended", async () => {
    const skip = join(__dirname, "..", "..", "skip.js");
    const source = `
      const { skip } = require(${JSON.stringify(skip)});
      before("make ready", () => console.log(process.env.E2E_ENVIRONMENT));
      it("one", () => console.error("said"));
      it("two", () => { throw new Error("off by one\\nand more"); });
      it("three", function () { skip(this, "no cluster"); });
      it("another", () => {});`;
    const running: string[] = [];
    const lines: string[] = [];
    const listener = {
      onRunning: (title: string) => void running.push(title),
      onLine: (line: string) => void lines.push(line),
    };
    const { seconds, ...result } = await new SpecProcess(file(source), "/shared.json", listener, "one|t")
      .done;
    assert.deepEqual(result, {
      name: "some.spec",
      outcome: { passed: 2, failed: 1, skipped: 1 },
      failures: [{ title: "two", reason: "off by one" }],
      skips: [{ title: "three", reason: "no cluster" }],
    });
    assert.ok(seconds > 0);
    assert.deepEqual(running.slice(1), ["one", "two", "three", "another"]);
    assert.match(running[0] ?? "", /make ready/);
    for (const line of ["/shared.json", "said", "FAILED  two: off by one"])
      assert.ok(lines.includes(line), lines.join("\n"));
    assert.ok(!lines.some(line => /\d passed/.test(line)), "the closing line is that of all files");
  });

  it("ends with everything that it started, when it is told to", async () => {
    const ignore = { onRunning: () => undefined, onLine: () => undefined };
    const running = new SpecProcess(file(endless), "/shared.json", ignore);
    const started = await pids();
    await running.end();
    await gone(started);
    assert.match((await running.done).failures[0]?.reason ?? "", /ended with SIGTERM/);
  });

  it("ends with everything that it started, when the process that runs the suite is gone", async () => {
    const path = JSON.stringify(join(__dirname, "..", "..", "suite", "spec-process.js"));
    const parent = `
      const { SpecProcess } = require(${path});
      const ignore = { onRunning() {}, onLine() {} };
      new SpecProcess(${JSON.stringify(file(endless))}, "/shared.json", ignore);`;
    const suite = spawn(process.execPath, ["-e", parent], { stdio: "ignore" });
    const started = await pids();
    suite.kill("SIGKILL");
    await once(suite, "exit");
    await gone(started);
  });
});
