import * as assert from "node:assert/strict";
import { spawnSync } from "node:child_process";
import { join } from "node:path";
import { operations } from "../../../src/operations/main";

const program = join(__dirname, "..", "..", "..", "src", "operations", "main.js");

function run(...args: string[]): { status: number | null; stdout: string; stderr: string } {
  const env = { PATH: process.env.PATH };
  return spawnSync(process.execPath, [program, ...args], { encoding: "utf8", env });
}

describe("jobs program", () => {
  it("explains itself and every operation", () => {
    const names = Object.keys(operations);
    assert.deepEqual(names.sort(), [
      "admission-gate",
      "apply-parameters",
      "archive-check",
      "archive-locate",
      "archive-survey",
      "backup",
      "backup-keeper",
      "certificates",
      "connection-check",
      "drill",
      "dump",
      "failover",
      "final-backup",
      "grant",
      "list-dumps",
      "migrate",
      "operator-preflight",
      "probe",
      "rehearse",
      "restore-dump",
      "role",
      "rotate",
      "settle",
      "watch",
    ]);
    const { status, stdout } = run("--help");
    assert.equal(status, 0);
    for (const name of names) assert.ok(stdout.includes(name), name);
    for (const name of ["settle", "certificates"]) {
      const help = run(name, "--help");
      assert.equal(help.status, 0);
      assert.match(help.stdout, new RegExp(`^${name}\\n.*\\nRequest: `));
    }
    for (const { help } of Object.values(operations))
      assert.match(help, /\nRequest: namespace|\nRequest: host/);
  });

  const wrong: [string, string[], RegExp][] = [
    ["no operation", [], /^no operation "";/],
    ["an unknown operation", ["toString", "--request", "{}"], /^no operation "toString"/],
    ["no request", ["settle"], /^request: --request is missing$/m],
    ["a request that is not JSON", ["settle", "--request", "{"], /^request: --request is not JSON: /],
    ["a request without a member", ["settle", "--request", "{}"], /^request: namespace is missing$/m],
    ["an unknown option", ["settle", "--verbose"], /^Unknown option '--verbose'/],
    [
      "no cluster around it",
      ["operator-preflight", "--request", '{"namespace":"a"}'],
      /operations run inside a pod of the cluster/,
    ],
  ];
  for (const [name, args, reason] of wrong) {
    it(`fails with one sentence: ${name}`, () => {
      const { status, stderr, stdout } = run(...args);
      assert.equal(status, 1);
      assert.match(stderr, reason);
      assert.equal(stdout, "");
    });
  }
});
