import * as assert from "node:assert/strict";
import { spawnSync } from "node:child_process";
import {
  copyFileSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  readFileSync,
  rmSync,
  writeFileSync,
} from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { projectDir } from "../../../embedded/paths";
import { skip } from "../../skip";
import { type InstalledCommand, installCommand } from "./installed";

describe("the command as a process", function () {
  this.timeout(30_000);
  let command: InstalledCommand;
  before(() => (command = installCommand()));
  after(() => command.remove());

  it("ends with 2 and names every wrong parameter with its remedy", async () => {
    const { exitCode, stdout, stderr } = await command.shell(
      "pulumi-cnpg parameters check --major 17 --memory 1Gi work_mem=4GB shard_buffers=1GB max_connections=abc",
    );
    assert.equal(exitCode, 2);
    assert.equal(stderr, "");
    for (const given of ["work_mem = 4GB", "shard_buffers = 1GB", "max_connections = abc"]) {
      assert.match(stdout, new RegExp(`refused  ${given}\n(?! *→).*\n *→ .`), given);
    }
    assert.match(stdout, /→ .*shared_buffers/);
  });

  it("ends with 0 and the budget when all is fine", async () => {
    const { exitCode, stdout } = await command.shell(
      "pulumi-cnpg parameters check --major 17 --memory 1Gi work_mem=4MB shared_buffers=256MB max_connections=50",
    );
    assert.equal(exitCode, 0);
    assert.match(stdout, /Fine: 3 parameters given/);
    assert.match(stdout, /shared_buffers.*\n[\s\S]*%/);
    assert.ok(stdout.endsWith("\n"));
  });

  it("writes JSON and nothing else with --json", async () => {
    const { exitCode, stdout, stderr } = await command.shell(
      "pulumi-cnpg parameters check --memory 1Gi --json jit=off",
    );
    assert.deepEqual([exitCode, stderr], [0, ""]);
    assert.equal((JSON.parse(stdout) as { verdict: string }).verdict, "fine");
  });

  it("does not mind a reader that is gone, and keeps its exit code", async () => {
    for (const [parameter, code] of [
      ["jit=off", 0],
      ["jit=maybe", 2],
    ]) {
      const { stderr } = await command.shell(
        `{ pulumi-cnpg parameters check --memory 1Gi ${parameter}; echo $? >&2; } | true`,
      );
      assert.equal(stderr, `${code}\n`);
    }
  });

  it("fails when the result cannot be written", async function () {
    if (!existsSync("/dev/full")) skip(this, "needs /dev/full");
    const { exitCode, stderr } = await command.shell("pulumi-cnpg --version > /dev/full");
    assert.equal(exitCode, 1);
    assert.match(stderr, /^error: The result cannot be written: ENOSPC.*\n$/);
  });

  it("says in one sentence what it cannot do, and where only when it is asked", async () => {
    const line = "pulumi-cnpg parameters plan --from none.yaml --to none.yaml";
    const plain = await command.shell(line, { DEBUG: "" });
    assert.equal(plain.exitCode, 1);
    assert.match(plain.stderr, /^error: none\.yaml cannot be read: .*\n$/);
    assert.match((await command.shell(line, { DEBUG: "1" })).stderr, /\n {4}at /);
  });

  it("answers --version with the version of the package", async () => {
    const manifest = readFileSync(join(projectDir(), "package.json"), "utf8");
    const { stdout } = await command.shell("pulumi-cnpg --version");
    assert.equal(stdout.trim(), (JSON.parse(manifest) as { version: string }).version);
  });

  it("in a checkout has what is missing made first, and keeps standard output for itself", () => {
    const checkout = mkdtempSync(join(tmpdir(), "checkout-"));
    const write = (path: string, text: string): void => {
      mkdirSync(join(checkout, path, ".."), { recursive: true });
      writeFileSync(join(checkout, path), text);
    };
    mkdirSync(join(checkout, "bin"));
    copyFileSync(join(projectDir(), "bin", "pulumi-cnpg.mjs"), join(checkout, "bin", "pulumi-cnpg.mjs"));
    // What ensure.mjs really does has tests of its own.
    write(
      "scripts/ensure.mjs",
      `import { mkdirSync, writeFileSync } from "node:fs";
      const folder = new URL("../dist/src/cli/", import.meta.url);
      mkdirSync(folder, { recursive: true });
      writeFileSync(new URL("main.js", folder), "exports.main = async args => console.log(args.join());");
      process.stderr.write("made\\n");`,
    );
    const { stdout, stderr, status } = spawnSync(
      process.execPath,
      [join(checkout, "bin", "pulumi-cnpg.mjs"), "a", "b"],
      { encoding: "utf8" },
    );
    rmSync(checkout, { recursive: true });
    assert.deepEqual({ stdout, stderr, status }, { stdout: "a,b\n", stderr: "made\n", status: 0 });
  });
});
