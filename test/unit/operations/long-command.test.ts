import * as assert from "node:assert/strict";
import { execFile } from "node:child_process";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { Execute } from "../../../src/operations/execute";
import { runLong } from "../../../src/operations/long-command";
import { systemClock } from "../../../src/operations/waiting";

describe("a long command", () => {
  let folder: string;
  before(() => (folder = mkdtempSync(join(tmpdir(), "long-command-"))));
  after(() => rmSync(folder, { recursive: true }));

  // This machine in place of a container: the same shell runs.
  const execute: Execute = (_namespace, _pod, _container, [program = "", ...args]) =>
    new Promise(resolve => {
      const env = { ...process.env, TMPDIR: folder };
      execFile(program, args, { env }, (error, stdout, stderr) =>
        resolve({ stdout, stderr, exitCode: error === null ? 0 : Number(error.code) }),
      );
    });
  const run = (name: string, ...command: string[]) =>
    runLong(
      execute,
      { namespace: "shop", pod: "orders-drill-1", container: "postgres", name, command, doing: "it runs" },
      { clock: systemClock, say: () => undefined, timeoutSeconds: 20, intervalMilliseconds: 20 },
    );

  it("gives back what it wrote and how it ended", async () => {
    const script = 'cat "$1"; echo "$2" >&2; exit 3';
    assert.deepEqual(await run("one", "sh", "-c", script, "sh", "/dev/null", 'it\'s "wrong" $HOME'), {
      stdout: "",
      stderr: 'it\'s "wrong" $HOME\n',
      exitCode: 3,
    });
  });

  it("of the same name begins anew", async () => {
    assert.equal((await run("same", "echo", "first")).stdout, "first\n");
    // Slower than the first look at it, which must not find the end of the first.
    assert.equal((await run("same", "sh", "-c", "sleep 0.2; echo second")).stdout, "second\n");
  });

  it("that does not exist ends with 127", async () => {
    assert.equal((await run("none", "there-is-no-such-program")).exitCode, 127);
  });

  it("gives back the end of a long output", async () => {
    const { stdout } = await run("long", "seq", "1", "100000");
    assert.equal(stdout.length, 262_144);
    assert.ok(stdout.endsWith("99999\n100000\n"));
  });
});
