import * as assert from "node:assert/strict";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { profile, type ProfileRequest } from "../../../src/cli/commands/profile";
import { readParameterFile } from "../../../src/cli/parameter-file";
import type { CommandResult } from "../../../src/cli/result";

const GiB = 2 ** 30;
const layout = { width: Infinity, colour: false };

const request: ProfileRequest = {
  workload: "oltp",
  disk: "ssd",
  pod: { major: 18, memory: 8 * GiB, cpu: 4, storage: 64 * GiB },
  instances: 1,
  parameters: {},
  allowUnsafe: [],
  acceptMemoryRisk: false,
  preload: [],
  format: "table",
};

const profiled = (change: Partial<ProfileRequest>): CommandResult =>
  profile({ ...request, ...change }, layout);

const parametersOf = ({ json }: CommandResult): Record<string, string> =>
  (json as { parameters: Record<string, string> }).parameters;

describe("parameters profile", () => {
  it("shows every value with its reason, and the budget", () => {
    const result = profiled({});
    assert.equal(result.exitCode, 0);
    assert.match(result.text, /^name +value +why$/m);
    for (const [name, value] of Object.entries(parametersOf(result))) {
      const row = result.text.split("\n").find(line => line.startsWith(`${name} `));
      assert.match(row ?? "", new RegExp(`^${name} +${value} +\\S`), name);
    }
    assert.match(result.text, /\ntotal .* % of the limit of 8 GiB/);
  });

  it("shows where another value stands in place of the profile's", () => {
    assert.match(profiled({ parameters: { jit: "on" } }).text, /^jit +on +.*in place of/m);
  });

  it("writes files that say the same", async () => {
    const folder = mkdtempSync(join(tmpdir(), "profile-"));
    const parameters = { log_line_prefix: "%m 'it''s' #\\ ", search_path: '"$user", public' };
    try {
      for (const format of ["conf", "yaml"] as const) {
        const result = profiled({ format, parameters });
        const file = join(folder, `out.${format}`);
        writeFileSync(file, result.text);
        assert.deepEqual(await readParameterFile(file), parametersOf(result), format);
        assert.match(result.text, /^shared_buffers.* # 25 % of/m);
      }
    } finally {
      rmSync(folder, { recursive: true });
    }
  });

  it("writes no file of values that are refused, and says why beside it", () => {
    const refused = profiled({ format: "yaml", parameters: { work_mem: "abc" } });
    assert.deepEqual([refused.exitCode, refused.text], [2, ""]);
    assert.match(refused.notes ?? "", /refused {2}work_mem = abc/);
    const warned = profiled({ format: "conf", parameters: { "shop.tenant": "1" } });
    assert.equal(warned.exitCode, 0);
    assert.match(warned.notes ?? "", /warning {2}shop\.tenant/);
    assert.doesNotMatch(warned.text, /warning/);
  });

  it("refuses a pod that is too small", () => {
    const { exitCode, text } = profiled({ pod: { ...request.pod, memory: GiB / 4 } });
    assert.equal(exitCode, 2);
    assert.match(text, /refused {2}workload = oltp/);
  });

  it("has nothing of its own with custom", () => {
    assert.deepEqual(parametersOf(profiled({ workload: "custom", parameters: { jit: "off" } })), {
      jit: "off",
    });
  });
});
