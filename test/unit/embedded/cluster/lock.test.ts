import * as assert from "node:assert/strict";
import { spawn } from "node:child_process";
import { existsSync, mkdtempSync, readFileSync, readdirSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { lockOwner, withLock } from "../../../../embedded/cluster/lock";
import { ownRecord } from "../../../../embedded/process";

describe("embedded/cluster/lock", () => {
  let dir: string;
  let file: string;
  beforeEach(() => {
    dir = mkdtempSync(join(tmpdir(), "lock-"));
    file = join(dir, "lock");
  });
  afterEach(() => rmSync(dir, { recursive: true, force: true }));

  it("is held during the work and gone after it, also when the work fails", async () => {
    assert.equal(await withLock(file, "It", async () => lockOwner(file)), process.pid);
    await assert.rejects(
      withLock(file, "It", () => Promise.reject(new Error("work"))),
      /work/,
    );
    assert.deepEqual(readdirSync(dir), []);
  });

  it("refuses a second one, naming the owner", async () => {
    await withLock(file, "The cluster", async () => {
      const second = withLock(file, "The cluster", () => Promise.resolve(), 50);
      await assert.rejects(second, new RegExp(`The cluster is being changed by process ${process.pid}`));
      assert.ok(existsSync(file));
    });
  });

  for (const [title, content] of Object.entries({
    "a dead owner": JSON.stringify({ ...ownRecord(), startTime: "1" }),
    "an owner from before a reboot": JSON.stringify({ ...ownRecord(), bootId: "earlier" }),
    "a damaged lock": "{",
    "an empty lock": "",
  }))
    it(`is taken over from ${title}`, async () => {
      writeFileSync(file, content);
      assert.equal(await withLock(file, "It", async () => lockOwner(file)), process.pid);
      assert.deepEqual(readdirSync(dir), []);
    });

  it("keeps processes apart, even when they find a stale lock together", async function () {
    this.timeout(30_000);
    const counter = join(dir, "counter");
    writeFileSync(counter, "0");
    writeFileSync(file, "{");
    const script = `
      const { withLock } = require(${JSON.stringify(require.resolve("../../../../embedded/cluster/lock"))});
      const fs = require("node:fs");
      (async () => {
        for (let i = 0; i < 5; i++)
          await withLock(${JSON.stringify(file)}, "It", async () => {
            const value = Number(fs.readFileSync(${JSON.stringify(counter)}, "utf8"));
            await new Promise(resolve => setTimeout(resolve, 5));
            fs.writeFileSync(${JSON.stringify(counter)}, String(value + 1));
          }, 25_000);
      })();`;
    const ended = [1, 2, 3, 4].map(
      () =>
        new Promise(resolve =>
          spawn(process.execPath, ["-e", script], { stdio: "inherit" }).on("close", resolve),
        ),
    );
    assert.deepEqual(await Promise.all(ended), [0, 0, 0, 0]);
    assert.equal(readFileSync(counter, "utf8"), "20");
  });
});
