import * as assert from "node:assert/strict";
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import {
  CommandError,
  isRunning,
  lastLines,
  ownRecord,
  readRecord,
  run,
  spawnDaemon,
  stopDaemon,
  waitFor,
} from "../../../embedded/process";

describe("embedded/process", () => {
  let dir: string;
  beforeEach(() => (dir = mkdtempSync(join(tmpdir(), "process-"))));
  afterEach(() => rmSync(dir, { recursive: true, force: true }));

  describe("run", () => {
    it("captures both streams and feeds the input", async () => {
      const result = await run("sh", ["-c", "cat; echo wrong >&2"], { input: "given" });
      assert.deepEqual(result, { code: 0, stdout: "given", stderr: "wrong\n" });
    });

    it("fails with the last lines the command wrote", async () => {
      const failing = run("sh", ["-c", "seq 1 40 >&2; exit 3"]);
      await assert.rejects(failing, (error: Error) => {
        assert.ok(error instanceof CommandError);
        assert.equal(error.result.code, 3);
        assert.match(error.message, /exit code 3/);
        assert.match(error.message, /\| 40$/);
        assert.doesNotMatch(error.message, /\| 20\n/);
        return true;
      });
    });

    it("accepts the exit codes it was told to", async () => {
      assert.equal((await run("sh", ["-c", "exit 3"], { accept: [0, 3] })).code, 3);
    });

    it("ends a command that takes too long", async () => {
      await assert.rejects(run("sleep", ["20"], { timeoutMs: 50 }), /did not end within 50 ms/);
    });

    it("names a command that does not exist", async () => {
      await assert.rejects(run("no-such-command", []), /no-such-command was not found on PATH/);
    });

    it("tells every whole line as it comes", async () => {
      const lines: string[] = [];
      await run("printf", ["one\\ntwo\\n"], { onLine: line => lines.push(line) });
      assert.deepEqual(lines, ["one", "two"]);
    });
  });

  describe("daemons", () => {
    const spec = (script: string): Parameters<typeof spawnDaemon>[0] => ({
      command: "sh",
      args: ["-c", script],
      logFile: join(dir, "log"),
      pidFile: join(dir, "pid.json"),
    });

    it("runs with its output in the log until it is stopped", async () => {
      const record = await spawnDaemon(spec("echo hello; exec sleep 60"));
      assert.deepEqual(readRecord(join(dir, "pid.json")), record);
      assert.ok(isRunning(record));
      await waitFor(() => readFileSync(join(dir, "log"), "utf8") === "hello\n", {
        what: "The log",
        timeoutMs: 5000,
      });
      await stopDaemon(join(dir, "pid.json"));
      assert.ok(!isRunning(record));
      assert.equal(readRecord(join(dir, "pid.json")), undefined);
    });

    it("kills one that ignores TERM", async () => {
      const record = await spawnDaemon(spec("trap '' TERM; echo up; while true; do sleep 1; done"));
      await waitFor(() => readFileSync(join(dir, "log"), "utf8") === "up\n", {
        what: "The log",
        timeoutMs: 5000,
      });
      await stopDaemon(join(dir, "pid.json"), 100);
      assert.ok(!isRunning(record));
    });

    it("never touches a process that was given the id later", async () => {
      const record = await spawnDaemon(spec("exec sleep 60"));
      const earlier = join(dir, "earlier.json");
      writeFileSync(earlier, JSON.stringify({ ...record, startTime: "1" }));
      await stopDaemon(earlier);
      assert.ok(isRunning(record));
      writeFileSync(earlier, JSON.stringify({ ...record, bootId: "another boot" }));
      await stopDaemon(earlier);
      assert.ok(isRunning(record));
      await stopDaemon(join(dir, "pid.json"));
    });

    it("reads a damaged record as none", () => {
      writeFileSync(join(dir, "pid.json"), '{"pid": 1');
      assert.equal(readRecord(join(dir, "pid.json")), undefined);
      assert.ok(isRunning(ownRecord()));
    });
  });

  describe("waitFor", () => {
    it("returns the value the condition ends with", async () => {
      let calls = 0;
      assert.equal(
        await waitFor(() => (++calls === 3 ? "there" : undefined), {
          what: "It",
          timeoutMs: 5000,
          everyMs: 1,
        }),
        "there",
      );
    });

    it("names the part, the last answer, the log and its last lines when time is up", async () => {
      const logFile = join(dir, "part.log");
      writeFileSync(logFile, "first\nthe reason\n");
      const never = waitFor(() => Promise.reject(new Error("refused")), {
        what: "The part",
        timeoutMs: 30,
        everyMs: 5,
        logFile,
      });
      await assert.rejects(never, (error: Error) => {
        assert.match(error.message, /^The part did not become ready/);
        assert.match(error.message, /refused/);
        assert.match(error.message, /\| the reason/);
        assert.ok(error.message.includes(logFile));
        return true;
      });
    });

    it("gives up at once when waiting is pointless", async () => {
      const started = Date.now();
      const hopeless = (): string => "its process has ended";
      await assert.rejects(
        waitFor(() => false, { what: "It", timeoutMs: 60_000, hopeless }),
        /its process has ended/,
      );
      assert.ok(Date.now() - started < 5000);
    });
  });

  it("lastLines skips empty lines", () => {
    assert.deepEqual(lastLines("a\n\nb\n \nc\n", 2), ["b", "c"]);
  });
});
