import * as assert from "node:assert/strict";
import fc from "fast-check";
import { GiB, MiB } from "../../../src/parameters/amount";
import { findDefinition, loadCatalogue } from "../../../src/parameters/catalogue";
import type { ParameterDefinition } from "../../../src/parameters/definition";
import { effectiveValue } from "../../../src/parameters/effective";
import type { PodSize } from "../../../src/parameters/pod-size";
import { resolveProfile } from "../../../src/parameters/profile";
import { type ProfileArgs, DiskKind, Workload } from "../../../src/parameters/profile-args";
import { parseValue, sameValue } from "../../../src/parameters/value";
import { workloadRules } from "../../../src/parameters/workload-rules";

const sized = [Workload.Oltp, Workload.Analytics, Workload.GeneralPurpose, Workload.Development];
const majors = [14, 15, 16, 17, 18];

function podOf(pod: Partial<PodSize> = {}): PodSize {
  return { memory: 8 * GiB, cpu: 4, storage: 10 * GiB, walStorage: 10 * GiB, major: 17, ...pod };
}

function valuesOf(args: ProfileArgs, pod: Partial<PodSize> = {}, overrides = {}): Record<string, string> {
  return resolveProfile(args, podOf(pod), overrides).parameters;
}

describe("profile", () => {
  it("sizes a server for many short transactions", () => {
    assert.deepEqual(valuesOf({ workload: Workload.Oltp }), {
      shared_buffers: "2GB",
      effective_cache_size: "5632MB",
      work_mem: "7MB",
      maintenance_work_mem: "512MB",
      autovacuum_work_mem: "128MB",
      logical_decoding_work_mem: "64MB",
      max_connections: "256",
      max_worker_processes: "32",
      max_parallel_workers: "4",
      max_parallel_workers_per_gather: "2",
      max_parallel_maintenance_workers: "2",
      autovacuum_max_workers: "3",
      autovacuum_vacuum_cost_limit: "200",
      autovacuum_vacuum_scale_factor: "0.05",
      autovacuum_analyze_scale_factor: "0.05",
      max_wal_size: "4GB",
      min_wal_size: "1GB",
      wal_keep_size: "512MB",
      max_slot_wal_keep_size: "3GB",
      checkpoint_timeout: "15min",
      wal_compression: "lz4",
      random_page_cost: "1.1",
      effective_io_concurrency: "200",
      jit: "off",
      idle_in_transaction_session_timeout: "1min",
    });
  });

  it("sizes a server for each kind of work", () => {
    const pick = (workload: Workload): unknown[] => {
      const values = valuesOf({ workload });
      return [
        "shared_buffers",
        "max_connections",
        "work_mem",
        "maintenance_work_mem",
        "max_wal_size",
        "jit",
      ].map(name => values[name]);
    };
    assert.deepEqual(pick(Workload.Oltp), ["2GB", "256", "7MB", "512MB", "4GB", "off"]);
    assert.deepEqual(pick(Workload.Analytics), ["2GB", "51", "44MB", "1GB", "4GB", undefined]);
    assert.deepEqual(pick(Workload.GeneralPurpose), ["2GB", "128", "11MB", "512MB", "4GB", "off"]);
    assert.deepEqual(pick(Workload.Development), ["1GB", "30", "8MB", "64MB", "1GB", "off"]);
    assert.deepEqual(pick(Workload.Custom), Array(6).fill(undefined));
  });

  it("is general purpose by default, for which mixed is another word", () => {
    const { workload, ...general } = resolveProfile({}, podOf());
    const { workload: alias, ...mixed } = resolveProfile({ workload: Workload.Mixed }, podOf());
    assert.deepEqual([workload, alias], [Workload.GeneralPurpose, Workload.Mixed]);
    assert.deepEqual(mixed, general);
  });

  it("goes by the major and by the disk", () => {
    const compression = majors.map(major => valuesOf({}, { major }).wal_compression);
    assert.deepEqual(compression, ["on", "lz4", "lz4", "lz4", "lz4"]);
    const disk = ({ random_page_cost, effective_io_concurrency }: Record<string, string>): unknown[] => [
      random_page_cost,
      effective_io_concurrency,
    ];
    assert.deepEqual(disk(valuesOf({ disk: DiskKind.Hdd })), ["4", "2"]);
    assert.deepEqual(disk(valuesOf({ disk: DiskKind.Ssd })), ["1.1", "200"]);
  });

  it("fits WAL on small data volumes", () => {
    const wal = (storage: number): unknown[] => {
      const values = valuesOf({}, { storage, walStorage: undefined });
      return ["max_wal_size", "min_wal_size", "wal_keep_size", "max_slot_wal_keep_size"].map(
        name => values[name],
      );
    };
    assert.deepEqual(wal(320 * MiB), ["48MB", "32MB", "0", "48MB"]);
    assert.deepEqual(wal(512 * MiB), ["80MB", "32MB", "0", "64MB"]);
    assert.deepEqual(wal(GiB), ["160MB", "32MB", "16MB", "128MB"]);
    assert.deepEqual(wal(100 * GiB), ["4GB", "1GB", "512MB", "26112MB"]);
  });

  it("sets nothing that no major knows, that CloudNativePG owns or that the server refuses", () => {
    for (const major of majors) {
      const catalogue = loadCatalogue(major);
      for (const workload of sized) {
        for (const [name, value] of Object.entries(valuesOf({ workload }, { major }))) {
          const definition = findDefinition(catalogue, name);
          assert.ok(definition !== undefined && definition.name === name, `${name} in ${major}`);
          assert.equal(definition.ownedByOperator, undefined, name);
          assert.equal(parseValue(definition, value).ok, true, `${name} = ${value} in ${major}`);
        }
      }
    }
    const names = sized.flatMap(workload => Object.keys(valuesOf({ workload }, { major: 18 })));
    assert.ok(
      ["io_method", "huge_pages", "synchronous_commit", "fsync"].every(name => !names.includes(name)),
    );
  });

  it("sets no constant that the server has anyway", () => {
    const large = podOf({ memory: 200 * GiB, cpu: 64 });
    for (const major of majors) {
      const catalogue = loadCatalogue(major);
      for (const workload of sized) {
        const { leastMemory: memory } = workloadRules[workload];
        const small = podOf({ memory, cpu: 0.5, storage: GiB, walStorage: undefined });
        const [value, ...others] = [small, large].flatMap(pod =>
          Object.values(DiskKind).map(disk => valuesOf({ workload, disk }, { ...pod, major })),
        ) as [Record<string, string>, ...Record<string, string>[]];
        for (const [name, constant] of Object.entries(value)) {
          if (others.some(other => other[name] !== constant)) continue;
          const definition = findDefinition(catalogue, name) as ParameterDefinition;
          const standard = effectiveValue(catalogue, {}, name) ?? "";
          assert.equal(
            sameValue(definition, constant, standard),
            false,
            `${workload}: ${name} = ${constant}`,
          );
        }
      }
    }
  });

  it("refuses a pod that is too small, with the reason and the ways out", () => {
    const findings = (workload: Workload, memory: number): unknown[] =>
      resolveProfile({ workload }, podOf({ memory })).findings;
    for (const workload of sized) {
      const least = workload === Workload.Analytics ? GiB : 512 * MiB;
      assert.deepEqual(findings(workload, least), []);
      assert.equal(findings(workload, least - 1).length, 1, workload);
    }
    assert.deepEqual(findings(Workload.Custom, 128 * MiB), []);
    assert.deepEqual(findings(Workload.Analytics, 768 * MiB), [
      {
        severity: "refused",
        rule: "tooSmall",
        parameter: "workload",
        value: "analytics",
        problem:
          "needs at least 1 GiB of memory and the limit is 768 MiB: " +
          "shared buffers, connections and the instance manager would leave nothing for queries.",
        remedy:
          'Raise the memory limit to 1Gi, choose another workload, for example "generalPurpose", ' +
          'or set workload: "custom" and the parameters yourself.',
      },
    ]);
  });

  it("refuses words that are no workload and no disk", () => {
    const args = { workload: "olpt", disk: "sdd" } as unknown as ProfileArgs;
    const { findings, parameters } = resolveProfile(args, podOf());
    assert.deepEqual(
      findings.map(({ rule, parameter, remedy }) => [rule, parameter, remedy]),
      [
        ["notAChoice", "workload", "Write oltp."],
        ["notAChoice", "disk", "Write ssd."],
      ],
    );
    assert.deepEqual(parameters, valuesOf({}));
  });

  it("counts sidecars for the node and not for the server", () => {
    const alone = resolveProfile({}, podOf());
    const beside = resolveProfile({}, podOf({ sidecarMemory: GiB }));
    assert.deepEqual(beside.parameters, alone.parameters);
    assert.deepEqual([beside.budget.sidecars, beside.budget.pod], [GiB, 9 * GiB]);
  });
});

describe("explanation of a profile", () => {
  it("gives each value its origin and a reason with the numbers", () => {
    const { explanation, parameters } = resolveProfile({ workload: Workload.Oltp }, podOf());
    assert.deepEqual(Object.keys(explanation), Object.keys(parameters));
    for (const [name, { value, origin, reason }] of Object.entries(explanation)) {
      assert.deepEqual([value, origin], [parameters[name], "profile"]);
      assert.ok(reason.length > 20, name);
    }
    assert.equal(explanation.shared_buffers?.reason, "25 % of the memory limit of 8 GiB");
    assert.equal(
      explanation.max_connections?.reason,
      "one for each 32 MiB of the memory limit of 8 GiB, between 15 and 400",
    );
    assert.equal(explanation.max_wal_size?.reason, "40 % of the WAL volume of 10 GiB, at most 8GB");
  });

  it("says what was given and in whose place", () => {
    const args = { workload: Workload.Oltp, parameters: { max_connections: "300", work_mem: "8MB" } };
    const { explanation } = resolveProfile(args, podOf(), {
      Work_Mem: "16MB",
      log_min_duration_statement: "1s",
    });
    assert.deepEqual(explanation.max_connections, {
      value: "300",
      origin: "override",
      reason: "given in the profile, in place of the profile's 256",
    });
    assert.deepEqual(explanation.work_mem, {
      value: "16MB",
      origin: "override",
      reason: "given for the instance, in place of the profile's 7MB",
    });
    assert.deepEqual(explanation.log_min_duration_statement, {
      value: "1s",
      origin: "override",
      reason: "given for the instance",
    });
  });
});

describe("values in place of a profile's", () => {
  const follow = (
    overrides: Record<string, string>,
    workload: Workload = Workload.Oltp,
  ): Record<string, string> => valuesOf({ workload }, {}, overrides);

  it("win, the instance's over the profile's", () => {
    const args = { parameters: { max_connections: "50", jit: "on" } };
    const values = valuesOf(args, {}, { max_connections: "60" });
    assert.deepEqual([values.max_connections, values.jit], ["60", "on"]);
  });

  it("are followed by what depends on them", () => {
    assert.equal(follow({ max_connections: "100" }).work_mem, "18MB");
    assert.equal(follow({ max_connections: "400" }).work_mem, "3MB");
    assert.equal(follow({ shared_buffers: "3GB" }).work_mem, "1MB");
    assert.equal(follow({ autovacuum_work_mem: "512MB" }).work_mem, "5MB");
    assert.equal(follow({ max_wal_size: "6GB" }).min_wal_size, "1536MB");
    assert.equal(follow({ max_wal_size: "6GB" }).max_slot_wal_keep_size, "1GB");
    assert.equal(follow({ max_parallel_workers: "40" }).max_worker_processes, "56");
    assert.equal(follow({ max_worker_processes: "2" }).max_parallel_workers, "2");
    assert.equal(follow({ max_parallel_workers: "1" }).max_parallel_workers_per_gather, "1");
  });

  it("are read as the server reads them", () => {
    const plain = follow({ shared_buffers: "1GB", max_connections: "100" });
    const odd = follow({ SHARED_BUFFERS: " 131072 ", max_connections: "0x64" });
    const without = ({ shared_buffers: _, max_connections: __, ...rest }: Record<string, string>): unknown =>
      rest;
    assert.deepEqual(without(odd), without(plain));
  });

  it("change nothing else when they cannot be read", () => {
    const text = fc.oneof(
      fc.string(),
      fc.constantFrom("abc", "-5", "4Gb", "1e99", "0", "", "NaN", "__proto__"),
    );
    const names = fc.oneof(
      fc.constantFrom(...Object.keys(follow({})), "shard_buffers", "__proto__"),
      fc.string(),
    );
    const own = follow({});
    fc.assert(
      fc.property(names, text, (name, value) => {
        const definition = findDefinition(loadCatalogue(17), name);
        const { parameters, explanation } = resolveProfile(
          { workload: Workload.Oltp },
          podOf(),
          Object.fromEntries([[name, value]]),
        );
        const written = definition?.name ?? name;
        assert.equal(Object.getOwnPropertyDescriptor(parameters, written)?.value, value);
        assert.equal(Object.keys(explanation).length, Object.keys(parameters).length);
        if (definition !== undefined && parseValue(definition, value).ok) return;
        for (const [other, kept] of Object.entries(own)) {
          if (other !== written) assert.equal(parameters[other], kept);
        }
      }),
      { numRuns: 500 },
    );
  });

  it("can exceed the memory; the levers then suffice, also for what follows them, and so does the proposed memory", () => {
    const overrides = fc.record(
      {
        max_connections: fc.integer({ min: 1, max: 3000 }).map(String),
        shared_buffers: fc.integer({ min: 1, max: 40 }).map(size => `${size}GB`),
        work_mem: fc.integer({ min: 1, max: 4000 }).map(size => `${size}MB`),
        autovacuum_work_mem: fc.integer({ min: 1, max: 8 }).map(size => `${size}GB`),
        max_parallel_workers: fc.integer({ min: 0, max: 300 }).map(String),
        max_parallel_workers_per_gather: fc.integer({ min: 0, max: 64 }).map(String),
      },
      { requiredKeys: [] },
    );
    const pods = fc.record({
      memory: fc.integer({ min: 16, max: 1024 }).map(size => size * 64 * MiB),
      cpu: fc.constantFrom(0.5, 2, 8, 32),
      major: fc.constantFrom(...majors),
    });
    let over = 0;
    fc.assert(
      fc.property(fc.constantFrom(...sized), pods, overrides, (workload, pod, given) => {
        const resolve = (changes: object, change: Partial<PodSize> = {}): number =>
          resolveProfile({ workload }, podOf({ ...pod, ...change }), { ...given, ...changes }).budget.share;
        const { budget } = resolveProfile({ workload }, podOf(pod), given);
        if (budget.share <= 0.85) return;
        over += 1;
        const changes = budget.levers.map(({ parameter, to }) => ({ [parameter]: to }));
        const ways = budget.together ? [Object.assign({}, ...changes) as object] : changes;
        for (const way of ways) assert.ok(resolve(way) <= 0.85, JSON.stringify(way));
        if (budget.enough !== undefined) assert.ok(resolve({}, { memory: budget.enough }) <= 0.85);
      }),
      { numRuns: 500 },
    );
    assert.ok(over > 100);
  });
});
