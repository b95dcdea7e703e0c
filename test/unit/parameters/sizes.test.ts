import * as assert from "node:assert/strict";
import fc from "fast-check";
import { GiB, MiB } from "../../../src/parameters/amount";
import { checkParameters } from "../../../src/parameters/check";
import { memoryParts, queryShare, safeShare, sumParts } from "../../../src/parameters/memory-use";
import { DiskKind } from "../../../src/parameters/profile-args";
import type { PodSize } from "../../../src/parameters/pod-size";
import { resolveProfile } from "../../../src/parameters/profile";
import { type ServerSizes, sizeServer } from "../../../src/parameters/sizes";
import { walRoom } from "../../../src/parameters/wal-sizes";
import { type SizedWorkload, workloadRules } from "../../../src/parameters/workload-rules";

const workloads = Object.keys(workloadRules) as SizedWorkload[];
const majors = [14, 15, 16, 17, 18];
const cpus = [0.25, 0.5, 1, 2, 4, 8, 16, 32, 64];
const step = 64 * MiB;
const mostMemory = 256 * GiB;
const volumes = [320 * MiB, 512 * MiB, GiB, 2 * GiB, 5 * GiB, 10 * GiB, 100 * GiB, 1024 * GiB];

/** `work_mem` has to be monotone only at a fixed number of connections. */
const monotone = Object.keys(sizeServer("oltp", podOf({}), {})).filter(
  size => size !== "workMem",
) as (keyof ServerSizes)[];

function podOf(pod: Partial<PodSize>): PodSize {
  return { memory: 8 * GiB, cpu: 4, storage: 10 * GiB, major: 17, ...pod };
}

function fullLoad(workload: SizedWorkload, sizes: ServerSizes, memory: number): number {
  return sumParts(memoryParts(sizes, memory, queryShare(workload)));
}

/** Names of sizes that are smaller than those before. */
function fallen(before: ServerSizes | undefined, after: ServerSizes): string[] {
  return before === undefined ? [] : monotone.filter(size => after[size] < before[size]);
}

/** What was seen of one workload over all sizes of pods. */
interface Survey {
  workload: SizedWorkload;
  pods: number;
  peak: number;
  peakAt: string;
  leastWorkMem: number;
  broken: string[];
}

function survey(workload: SizedWorkload): Survey {
  const seen: Survey = { workload, pods: 0, peak: 0, peakAt: "", leastWorkMem: Infinity, broken: [] };
  for (const major of majors) {
    const smaller: (ServerSizes | undefined)[] = [];
    for (let memory = workloadRules[workload].leastMemory; memory <= mostMemory; memory += step) {
      let slower: ServerSizes | undefined;
      for (const [i, cpu] of cpus.entries()) {
        const pod = podOf({ memory, cpu, major });
        const sizes = sizeServer(workload, pod, {});
        look(seen, pod, sizes, [...fallen(smaller[i], sizes), ...fallen(slower, sizes)]);
        smaller[i] = slower = sizes;
      }
    }
  }
  return seen;
}

/** The invariants of one pod. */
function look(seen: Survey, { memory, cpu, major }: PodSize, sizes: ServerSizes, lower: string[]): void {
  const total = fullLoad(seen.workload, sizes, memory);
  const where = `${memory / MiB} MiB, ${cpu} CPU, PostgreSQL ${major}`;
  seen.pods += 1;
  seen.leastWorkMem = Math.min(seen.leastWorkMem, sizes.workMem);
  if (total / memory > seen.peak) [seen.peak, seen.peakAt] = [total / memory, where];
  if (total > safeShare * memory) seen.broken.push(`${where}: full load ${total / memory}`);
  if (total + sizes.maintenanceWorkMem > memory) seen.broken.push(`${where}: no room for maintenance`);
  if (sizes.sharedBuffers > 0.4 * memory) seen.broken.push(`${where}: shared buffers`);
  if (sizes.parallelWorkers > sizes.maxWorkerProcesses) seen.broken.push(`${where}: parallel workers`);
  if (sizes.autovacuumWorkers > sizes.autovacuumSlots) seen.broken.push(`${where}: autovacuum workers`);
  if (lower.length > 0) seen.broken.push(`${where}: less ${lower.join(", ")}`);
}

function printSurvey(rows: Survey[]): void {
  console.log("profiles: workload, pods (memory x CPU x major), invariants, peak of full load");
  for (const { workload, pods, broken, peak, peakAt, leastWorkMem } of rows) {
    const held = broken.length === 0 ? "held" : `broken ${broken.length} times`;
    console.log(
      `  ${workload.padEnd(14)}  ${String(pods).padStart(6)}  ${held}  ${(100 * peak).toFixed(1)} % at ${peakAt}; ` +
        `work_mem from ${leastWorkMem / MiB}MB`,
    );
  }
}

describe("sizes of a server", () => {
  it("hold their invariants in every pod", function () {
    this.timeout(60_000);
    this.slow(10_000);
    const rows = workloads.map(survey);
    printSurvey(rows);
    const steps = (least: number): number => (mostMemory - least) / step + 1;
    for (const { workload, pods, broken, leastWorkMem } of rows) {
      assert.deepEqual(broken.slice(0, 5), [], workload);
      assert.equal(pods, steps(workloadRules[workload].leastMemory) * cpus.length * majors.length);
      assert.ok(leastWorkMem >= 4 * MiB, workload);
    }
  });

  it("have work_mem that grows with memory and CPU at a fixed number of connections", function () {
    this.timeout(60_000);
    this.slow(10_000);
    for (const workload of workloads) {
      for (const maxConnections of [15, 50, 100, 300, 700, 800, 850, 2000]) {
        const smaller = cpus.map(() => 0);
        for (let memory = workloadRules[workload].leastMemory; memory <= mostMemory; memory += step) {
          let slower = 0;
          for (const [i, cpu] of cpus.entries()) {
            const { workMem } = sizeServer(workload, podOf({ memory, cpu }), { maxConnections });
            const where = `${workload}, ${maxConnections} connections, ${memory / MiB} MiB, ${cpu} CPU`;
            if (workMem < Math.max(slower, smaller[i] as number)) assert.fail(where);
            smaller[i] = slower = workMem;
          }
        }
      }
    }
  });

  it("do not fall between any two pods", () => {
    const memory = fc.integer({ min: GiB, max: mostMemory });
    const cpu = fc.double({ min: 0.05, max: 200, noNaN: true });
    const workload = fc.constantFrom(...workloads);
    fc.assert(
      fc.property(
        workload,
        memory,
        memory,
        cpu,
        cpu,
        fc.integer({ min: 15, max: 1000 }),
        (w, m, n, c, d, connections) => {
          const least = podOf({ memory: Math.min(m, n), cpu: Math.min(c, d) });
          const most = podOf({ memory: Math.max(m, n), cpu: Math.max(c, d) });
          assert.deepEqual(fallen(sizeServer(w, least, {}), sizeServer(w, most, {})), []);
          const fixed = { maxConnections: connections };
          assert.ok(sizeServer(w, least, fixed).workMem <= sizeServer(w, most, fixed).workMem);
          for (const pod of [least, most]) {
            assert.ok(fullLoad(w, sizeServer(w, pod, {}), pod.memory) <= safeShare * pod.memory);
          }
        },
      ),
      { numRuns: 2000 },
    );
  });

  it("leave room on the volume that WAL is on", () => {
    for (const workload of workloads) {
      for (const separate of [true, false]) {
        let before: ServerSizes | undefined;
        for (const volume of volumes) {
          const pod = podOf(separate ? { walStorage: volume } : { storage: volume });
          const sizes = sizeServer(workload, pod, {});
          const { maxWal, minWal, walKeep, slotWalKeep } = sizes;
          const where = `${workload}, ${separate ? "WAL" : "data"} volume of ${volume / MiB} MiB: ${JSON.stringify({ maxWal, minWal, walKeep, slotWalKeep })}`;
          assert.ok(maxWal + walKeep + slotWalKeep < 0.8 * walRoom(pod), where);
          assert.ok(minWal < maxWal && minWal >= 32 * MiB && slotWalKeep > 0 && walKeep <= 512 * MiB, where);
          assert.deepEqual(fallen(before, sizes), [], where);
          before = sizes;
        }
      }
    }
  });

  it("count WAL in segments of the size the server has", () => {
    for (const walSegment of [MiB, 64 * MiB, 256 * MiB]) {
      const { maxWal, minWal } = sizeServer("oltp", podOf({ walSegment, walStorage: 2 * GiB }), {});
      assert.ok(minWal >= 2 * walSegment && minWal < maxWal && maxWal % walSegment === 0);
    }
  });

  it("keep shared buffers within the memory request", () => {
    const { sharedBuffers } = sizeServer("oltp", podOf({ memoryRequest: GiB }), {});
    assert.equal(sharedBuffers, GiB);
  });
});

describe("profiles in text", () => {
  it("say the same as the sizes, with the same names for every pod", function () {
    this.timeout(60_000);
    this.slow(10_000);
    for (const workload of workloads) {
      let names: string[] | undefined;
      let turn = 0;
      for (let memory = workloadRules[workload].leastMemory; memory <= mostMemory; memory += step) {
        turn += 1;
        const pick = <T>(list: T[], pace = 1): T => list[Math.floor(turn / pace) % list.length] as T;
        const volume = { [pick(["storage", "walStorage"])]: pick(volumes, 2) };
        const pod = podOf({ memory, cpu: pick(cpus), major: pick(majors), ...volume });
        const disk = pick(Object.values(DiskKind), 3);
        const { parameters, budget, findings } = resolveProfile({ workload, disk }, pod);
        const total = fullLoad(workload, sizeServer(workload, pod, {}), memory);
        assert.ok(Math.abs(budget.total - total) < 1, `${workload}, ${memory / MiB} MiB`);
        assert.ok(budget.share <= safeShare);
        assert.deepEqual(findings, []);
        names ??= Object.keys(parameters);
        assert.deepEqual(Object.keys(parameters), names);
      }
    }
  });

  it("pass every check in a sample of pods, without a warning", () => {
    const cores = fc.constantFrom(...cpus);
    const memory = fc.integer({ min: 16, max: mostMemory / step }).map(steps => steps * step);
    const pods = fc.record({
      memory,
      cpu: cores,
      major: fc.constantFrom(...majors),
      storage: fc.constantFrom(...volumes),
      walStorage: fc.option(fc.constantFrom(...volumes), { nil: undefined }),
    });
    const disks = fc.constantFrom(...Object.values(DiskKind));
    fc.assert(
      fc.property(
        fc.constantFrom(...workloads),
        disks,
        pods,
        fc.integer({ min: 1, max: 5 }),
        (workload, disk, pod, instances) => {
          const { parameters } = resolveProfile({ workload, disk }, pod);
          const around = {
            major: pod.major,
            instances,
            memory: pod.memory,
            walVolume: pod.walStorage ?? pod.storage,
            separateWal: pod.walStorage !== undefined,
          };
          assert.deepEqual(checkParameters(parameters, around), []);
        },
      ),
      { numRuns: 1000 },
    );
  });
});
