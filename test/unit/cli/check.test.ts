import * as assert from "node:assert/strict";
import { check, type CheckRequest } from "../../../src/cli/commands/check";
import type { CommandResult } from "../../../src/cli/result";

const GiB = 2 ** 30;
const layout = { width: Infinity, colour: false };

const request: CheckRequest = {
  workload: "generalPurpose",
  disk: "ssd",
  pod: { major: 17, memory: 2 * GiB, cpu: 1, storage: 10 * GiB },
  instances: 1,
  parameters: {},
  allowUnsafe: [],
  acceptMemoryRisk: false,
  preload: [],
};

const checked = (change: Partial<CheckRequest>): CommandResult => check({ ...request, ...change }, layout);

describe("parameters check", () => {
  it("says for what server it judges", () => {
    const pod = { major: 16, memory: 8 * GiB, cpu: 2.5, storage: 64 * GiB, walStorage: 16 * GiB };
    const { text } = checked({ workload: "oltp", pod, instances: 3 });
    assert.match(
      text,
      /^PostgreSQL 16, profile oltp, 8 GiB memory, 2\.5 CPU, 64 GiB storage, 16 GiB for WAL, 3 instances\n/,
    );
  });

  it("is fine with warnings, and shows them and the budget", () => {
    const { exitCode, text } = checked({ parameters: { "shop.tenant": "1", jit: "off" } });
    assert.equal(exitCode, 0);
    assert.match(text, /warning {2}shop\.tenant = 1\n {9}\S.*\n\nFine: 2 parameters given, 1 warning\.\n/);
    assert.match(text, /\nMemory at full load:\nshared memory [^]*\ntotal .* % of the limit of 2 GiB/);
  });

  it("is refused with the budget left out, because its values would mean nothing", () => {
    const { exitCode, text } = checked({ parameters: { jit: "maybe" } });
    assert.equal(exitCode, 2);
    assert.match(
      text,
      /refused {2}jit = maybe\n {9}is .*\n {9}→ .*\n\nRefused: 1 parameter given, 1 refused\.$/,
    );
  });

  it("says which option is the argument a remedy names", () => {
    const unsafe = checked({ parameters: { fsync: "off" } });
    assert.equal(unsafe.exitCode, 2);
    assert.match(unsafe.text, /--allow-unsafe fsync$/);
    assert.equal(checked({ parameters: { fsync: "off" }, allowUnsafe: ["fsync"] }).exitCode, 0);
    const memory = checked({ parameters: { work_mem: "4GB" } });
    assert.equal(memory.exitCode, 2);
    assert.match(memory.text, /--accept-memory-risk$/);
    assert.equal(checked({ parameters: { work_mem: "4GB" }, acceptMemoryRisk: true }).exitCode, 0);
  });

  it("looks at instances, volumes and libraries", () => {
    const minimal = { wal_level: "minimal", max_wal_senders: "0" };
    assert.match(checked({ parameters: minimal, instances: 3 }).text, /refused {2}wal_level/);
    const large = { max_wal_size: "20GB" };
    assert.match(checked({ parameters: large }).text, /refused {2}max_wal_size[^]*data volume/);
    const own = { ...request.pod, walStorage: 10 * GiB };
    assert.match(checked({ parameters: large, pod: own }).text, /refused {2}max_wal_size.*\n.*WAL volume/);
    const roomy = { ...request.pod, walStorage: 100 * GiB };
    assert.equal(checked({ parameters: large, pod: roomy }).exitCode, 0);
    const cron = { "cron.database_name": "app" };
    assert.notEqual(
      checked({ parameters: cron }).text,
      checked({ parameters: cron, preload: ["pg_cron"] }).text,
    );
  });

  it("gives programs the verdict, every finding and the complete parameters", () => {
    const json = checked({ parameters: { jit: "maybe" } }).json as Record<string, unknown>;
    assert.equal(json.verdict, "refused");
    assert.deepEqual(
      (json.findings as { parameter: string; rule: string }[]).map(({ parameter, rule }) => [
        parameter,
        rule,
      ]),
      [["jit", "wrongType"]],
    );
    assert.equal((json.parameters as Record<string, string>).jit, "maybe");
    assert.ok((json.parameters as Record<string, string>).shared_buffers);
    assert.equal((checked({}).json as { verdict: string }).verdict, "fine");
  });
});
