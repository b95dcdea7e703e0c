import * as assert from "node:assert/strict";
import { spawnSync } from "node:child_process";
import { existsSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { hostname, tmpdir } from "node:os";
import { join } from "node:path";
import { takeLock } from "../../../../embedded/driver/run-lock";

describe("the lock against two runs", () => {
  let folder: string;
  let path: string;
  beforeEach(() => {
    folder = mkdtempSync(join(tmpdir(), "run-lock-"));
    path = join(folder, "start.lock");
  });
  afterEach(() => rmSync(folder, { recursive: true }));

  it("refuses a second run while the first one lives, and says which", () => {
    const release = takeLock(path, "npm start");
    assert.throws(
      () => takeLock(path, "npm stop"),
      new RegExp(`"npm start" is at work already: process ${process.pid} `),
    );
    release();
    assert.equal(existsSync(path), false);
    takeLock(path, "npm stop")();
  });

  it("takes over the lock of a process that has ended", () => {
    const { pid } = spawnSync(process.execPath, ["-e", ""]);
    const timestamp = new Date().toISOString();
    writeFileSync(
      path,
      JSON.stringify({ pid, username: "me", hostname: hostname(), timestamp, command: "npm start" }),
    );
    const release = takeLock(path, "npm start");
    assert.equal((JSON.parse(readFileSync(path, "utf8")) as { pid: number }).pid, process.pid);
    release();
  });

  it("takes over a lock that was cut short", () => {
    writeFileSync(path, '{"pid":');
    takeLock(path, "npm start")();
  });

  it("does not release the lock of somebody else", () => {
    const release = takeLock(path, "npm start");
    writeFileSync(path, "another's");
    release();
    assert.equal(readFileSync(path, "utf8"), "another's");
  });
});
