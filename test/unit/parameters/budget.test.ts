import * as assert from "node:assert/strict";
import fc from "fast-check";
import { amountText, GiB, MiB, percentText, quantityText, settingText } from "../../../src/parameters/amount";
import { budgetFinding, describeBudget, memoryBudget } from "../../../src/parameters/budget";
import { ParameterRule, Severity } from "../../../src/parameters/finding";
import { processMemory, sharedMemory } from "../../../src/parameters/memory-use";
import { Workload } from "../../../src/parameters/profile-args";

/**
 * shared_memory_size in MB as the servers report it with 32 worker processes, 32 replication slots and wal_level logical:
 * shared buffers in MB, connections, PostgreSQL 15.18, 17.11, 18.6.
 */
const measured: readonly [number, number, number, number, number][] = [
  [48, 15, 55, 56, 60],
  [48, 400, 73, 74, 78],
  [64, 15, 72, 73, 77],
  [64, 100, 77, 77, 82],
  [128, 15, 140, 141, 145],
  [128, 100, 145, 145, 152],
  [128, 400, 158, 159, 168],
  [256, 30, 277, 277, 282],
  [512, 100, 552, 553, 560],
  [512, 400, 566, 566, 583],
  [1024, 15, 1071, 1076, 1081],
  [1024, 100, 1075, 1081, 1088],
  [1024, 400, 1089, 1094, 1111],
  [1024, 1000, 1119, 1125, 1161],
  [1024, 5000, 1309, 1315, 1383],
  [2048, 100, 2122, 2136, 2143],
  [2048, 400, 2135, 2150, 2167],
  [8192, 200, 8405, 8442, 8453],
  [32768, 400, 33531, 33591, 33608],
  [65536, 15, 67001, 67094, 67098],
  [65536, 400, 67019, 67112, 67129],
];

const use = {
  walBuffers: -1,
  maxWorkerProcesses: 32,
  maxWalSenders: 10,
  maxPreparedTransactions: 0,
  maxLocksPerTransaction: 64,
  autovacuumSlots: 3,
  autovacuumWorkers: 3,
  autovacuumWorkMem: -1,
  maintenanceWorkMem: 64 * MiB,
  parallelWorkers: 32,
  parallelWorkersPerGather: 2,
  workMem: 4 * MiB,
  hashMemMultiplier: 2,
};

/** Every parameter a budget depends on, with values around what people write. */
const parameters = fc.record(
  {
    max_connections: fc.integer({ min: 1, max: 5000 }).map(String),
    shared_buffers: fc.integer({ min: 1, max: 64_000 }).map(size => `${size}MB`),
    work_mem: fc.integer({ min: 64, max: 8_000_000 }).map(size => `${size}kB`),
    maintenance_work_mem: fc.integer({ min: 1, max: 16_000 }).map(size => `${size}MB`),
    autovacuum_work_mem: fc.constantFrom("-1", "8MB", "1GB"),
    autovacuum_max_workers: fc.integer({ min: 1, max: 40 }).map(String),
    max_parallel_workers: fc.integer({ min: 0, max: 200 }).map(String),
    max_parallel_workers_per_gather: fc.integer({ min: 0, max: 64 }).map(String),
    max_worker_processes: fc.integer({ min: 0, max: 200 }).map(String),
    hash_mem_multiplier: fc.constantFrom("1", "2", "8.5"),
    wal_buffers: fc.constantFrom("-1", "64kB", "64MB"),
    max_locks_per_transaction: fc.integer({ min: 10, max: 2000 }).map(String),
  },
  { requiredKeys: [] },
);
const majors = fc.constantFrom(14, 15, 16, 17, 18);
const memories = fc.integer({ min: 512, max: 256 * 1024 }).map(size => size * MiB);
const workloads = fc.constantFrom(...Object.values(Workload));

describe("shared memory", () => {
  it("is never less and hardly more than what servers report", () => {
    for (const [buffers, maxConnections, ...reported] of measured) {
      const reckoned = sharedMemory({ ...use, sharedBuffers: buffers * MiB, maxConnections }) / MiB;
      const most = Math.max(...reported);
      assert.ok(reckoned >= most, `${buffers}MB, ${maxConnections}: ${reckoned} < ${most}`);
      assert.ok(reckoned <= 1.2 * most, `${buffers}MB, ${maxConnections}: ${reckoned} > ${most}`);
    }
  });

  it("is seen in the page tables of every process", () => {
    assert.equal(processMemory(128 * MiB), 8 * MiB);
    assert.equal(processMemory(16 * GiB), 36 * MiB);
  });
});

describe("memory budget", () => {
  it("adds up what a server with the defaults of CloudNativePG needs", () => {
    const budget = memoryBudget({}, { major: 17, memory: 4 * GiB });
    const bytes = Object.fromEntries(budget.terms.map(term => [term.name, Math.round(term.bytes / MiB)]));
    assert.deepEqual(bytes, {
      "shared memory": 154,
      connections: 800,
      "query memory": 396,
      "parallel workers": 256,
      autovacuum: 192,
      reserve: 246,
    });
    assert.equal(
      budget.total,
      budget.terms.reduce((sum, term) => sum + term.bytes, 0),
    );
    assert.equal(budget.share, budget.total / budget.limit);
    assert.equal(budgetFinding(budget, false), undefined);
  });

  it("goes by the value that is effective, however it is written", () => {
    const options = { major: 17, memory: 4 * GiB };
    const plain = memoryBudget({ max_connections: "200", work_mem: "8MB" }, options);
    assert.deepEqual(memoryBudget({ MAX_CONNECTIONS: " 200 ", Work_Mem: "8192" }, options), plain);
    assert.notEqual(memoryBudget({ work_mem: "8MB" }, options).total, plain.total);
    assert.deepEqual(
      memoryBudget({ work_mem: "much", max_connections: "0" }, options),
      memoryBudget({}, options),
    );
  });

  it("counts autovacuum in maintenance_work_mem where it has nothing of its own, and no more workers than there are slots", () => {
    const autovacuum = (parameters: Record<string, string>, major = 17): number | undefined =>
      memoryBudget(parameters, { major, memory: 64 * GiB }).terms.find(({ name }) => name === "autovacuum")
        ?.bytes;
    assert.equal(autovacuum({ maintenance_work_mem: "1GB" }), 3 * GiB);
    assert.equal(autovacuum({ maintenance_work_mem: "1GB", autovacuum_work_mem: "64MB" }), 192 * MiB);
    assert.equal(
      autovacuum({ autovacuum_work_mem: "64MB", autovacuum_max_workers: "40" }, 18),
      16 * 64 * MiB,
    );
    assert.equal(
      autovacuum({ autovacuum_work_mem: "64MB", autovacuum_max_workers: "40" }, 17),
      40 * 64 * MiB,
    );
  });

  it("has sidecars beside it, not in it", () => {
    const without = memoryBudget({}, { major: 17, memory: 4 * GiB });
    const budget = memoryBudget({}, { major: 17, memory: 4 * GiB, sidecarMemory: 256 * MiB });
    assert.deepEqual([budget.total, budget.share], [without.total, without.share]);
    assert.deepEqual([budget.sidecars, budget.pod, without.pod], [256 * MiB, 4352 * MiB, 4 * GiB]);
    assert.match(
      describeBudget(budget).at(-1) ?? "",
      /^The pod needs 4\.3 GiB on its node: 4 GiB .* 256 MiB/,
    );
  });

  it("is a table with every term, the sum and its share", () => {
    const budget = memoryBudget({ max_connections: "50" }, { major: 17, memory: 4 * GiB });
    const lines = describeBudget(budget);
    assert.equal(lines.length, budget.terms.length + 2);
    assert.match(lines[1] ?? "", /^connections +400 MiB {2}max_connections 50 × 8 MiB$/);
    assert.match(lines[2] ?? "", / {2}\(max_connections 50 \+ parallel workers 32\) × work_mem 4MB × 0\.75$/);
    assert.match(lines[6] ?? "", /^total +1\.5 GiB {2}37 % of the limit of 4 GiB$/);
  });
});

describe("finding about a memory budget", () => {
  const budget = (parameters: Record<string, string>, memory: number): ReturnType<typeof memoryBudget> =>
    memoryBudget(parameters, { major: 17, memory });

  it("warns above 85 %, refuses above 100 %, and warns where that is accepted", () => {
    const tight = budget({}, 2 * GiB);
    const over = budget({}, GiB);
    assert.ok(tight.share > 0.85 && tight.share < 1 && over.share > 1);
    assert.equal(budgetFinding(tight, false)?.severity, Severity.Warning);
    assert.equal(budgetFinding(tight, true)?.severity, Severity.Warning);
    assert.equal(budgetFinding(over, false)?.severity, Severity.Refused);
    assert.equal(budgetFinding(over, true)?.severity, Severity.Warning);
    assert.equal(budgetFinding(over, false)?.rule, ParameterRule.Memory);
  });

  it("shows the sum term by term, and what to do", () => {
    const finding = budgetFinding(budget({ max_parallel_workers: "0" }, GiB), false);
    assert.deepEqual(finding, {
      severity: "refused",
      rule: "memory",
      parameter: "max_connections",
      problem:
        "together with the other parameters needs 1.5 GiB at full load, 151 % of the limit of 1 GiB: the kernel would kill the server. " +
        "shared memory 154 MiB (1.03 × shared_buffers 128MB + wal_buffers 4MB + 6 MiB + 145 process slots × 83 KiB) + " +
        "connections 800 MiB (max_connections 100 × 8 MiB) + " +
        "query memory 300 MiB (max_connections 100 × work_mem 4MB × 0.75) + " +
        "autovacuum 192 MiB (autovacuum_max_workers 3 × maintenance_work_mem 64MB) + " +
        "reserve 96 MiB (instance manager, server processes and kernel: 6 % of the limit, at least 96 MiB) = 1.5 GiB.",
      remedy: "Lower max_connections to 35, or raise the memory limit to 2Gi; or set acceptMemoryRisk: true.",
    });
    assert.doesNotMatch(budgetFinding(budget({}, 2 * GiB), false)?.remedy ?? "", /acceptMemoryRisk/);
  });

  it("names the parameter that is at fault, and two where one does not suffice", () => {
    const sessions = { max_connections: "40", max_parallel_workers: "4" };
    const sorting = budgetFinding(budget({ ...sessions, work_mem: "1GB" }, 4 * GiB), false);
    assert.equal(sorting?.parameter, "work_mem");
    assert.match(sorting?.remedy ?? "", /^Lower work_mem to 64MB;/);
    const both = budgetFinding(budget({ max_connections: "500", work_mem: "1GB" }, 2 * GiB), false);
    assert.match(both?.remedy ?? "", /^Lower work_mem to 1MB and max_connections to \d+; or set/);
  });

  it("proposes values that suffice, each alone or all together", () => {
    let levers = 0;
    fc.assert(
      fc.property(parameters, majors, memories, workloads, (given, major, memory, workload) => {
        const options = { major, memory, workload };
        const before = memoryBudget(given, options);
        if (before.share <= 0.85) {
          assert.deepEqual([before.levers, before.lever, before.enough], [[], undefined, undefined]);
          return;
        }
        levers += before.levers.length;
        let changed: Record<string, string> = { ...given };
        for (const { parameter, to, total } of before.levers) {
          changed = { ...(before.together ? changed : given), [parameter]: to };
          const after = memoryBudget(changed, options);
          assert.ok(Math.abs(after.total - total) < 1);
          if (!before.together) assert.ok(after.share <= 0.85);
        }
        if (before.levers.length > 0) assert.ok(memoryBudget(changed, options).share <= 0.85);
        if (before.enough !== undefined) {
          assert.ok(memoryBudget(given, { ...options, memory: before.enough }).share <= 0.85);
        }
        assert.ok(budgetFinding(before, false) !== undefined);
      }),
      { numRuns: 1000 },
    );
    assert.ok(levers > 500);
  });

  it("grows with every value it depends on", () => {
    fc.assert(
      fc.property(parameters, majors, memories, (given, major, memory) => {
        const before = memoryBudget(given, { major, memory }).total;
        const connections = String(Number(given.max_connections ?? 100) + 10);
        assert.ok(memoryBudget({ ...given, max_connections: connections }, { major, memory }).total > before);
        assert.ok(memoryBudget({ ...given, shared_buffers: "65000MB" }, { major, memory }).total > before);
        assert.ok(memoryBudget({ ...given, work_mem: "9000000kB" }, { major, memory }).total > before);
      }),
    );
  });
});

describe("amounts in text", () => {
  it("read well and lose nothing where a server reads them", () => {
    assert.deepEqual([1.5 * GiB, 2 * GiB, 4 * MiB, 512 * 1024, 1536 * 1024, 0].map(settingText), [
      "1536MB",
      "2GB",
      "4MB",
      "512kB",
      "1536kB",
      "0",
    ]);
    assert.deepEqual([140.2 * MiB, 1.64 * GiB, 512 * MiB, 12 * GiB, 256 * GiB, 2048 * GiB].map(amountText), [
      "140 MiB",
      "1.6 GiB",
      "512 MiB",
      "12 GiB",
      "256 GiB",
      "2 TiB",
    ]);
    assert.deepEqual([0.85, 0.8501, 1.001, 1.6].map(percentText), ["85 %", "86 %", "101 %", "160 %"]);
    assert.deepEqual([512 * MiB, 1.5 * GiB, 2 * GiB].map(quantityText), ["512Mi", "1536Mi", "2Gi"]);
  });
});
