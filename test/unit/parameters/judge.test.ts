import * as assert from "node:assert/strict";
import fc from "fast-check";
import { ParameterRule, Severity } from "../../../src/parameters/finding";
import { judgeParameters, type JudgedParameters, type ParameterRequest } from "../../../src/parameters/judge";
import { Workload } from "../../../src/parameters/profile-args";

const GiB = 2 ** 30;

function judge(
  parameters: Record<string, string>,
  request: Partial<ParameterRequest> = {},
): JudgedParameters {
  const pod = { memory: GiB, cpu: 1, storage: 10 * GiB, major: 17 };
  const around = { major: 17, instances: 1, memory: GiB, walVolume: 10 * GiB, separateWal: false };
  return judgeParameters({
    profile: undefined,
    parameters,
    pod,
    around,
    acceptMemoryRisk: false,
    ...request,
  });
}

/** A pod in which the memory is never too small. */
const roomy = {
  pod: { memory: 64 * GiB, cpu: 4, storage: 100 * GiB, major: 17 },
  around: { major: 17, instances: 1, memory: 64 * GiB, walVolume: 100 * GiB, separateWal: false },
};

function brief({ findings }: JudgedParameters): string[] {
  return findings.map(({ severity, rule, parameter }) => `${severity} ${rule} ${parameter}`);
}

describe("judging parameters", () => {
  it("finds nothing wrong with any profile by itself, nor with values that fit", () => {
    for (const workload of Object.values(Workload).filter(name => name !== Workload.Custom)) {
      assert.deepEqual(judge({}, { profile: { workload } }).findings, [], workload);
    }
    assert.deepEqual(judge({ work_mem: "4MB", log_min_duration_statement: "1s" }).findings, []);
  });

  it("is for general purpose when no profile is named, and for the values alone with custom", () => {
    assert.deepEqual(judge({}), judge({}, { profile: { workload: Workload.GeneralPurpose } }));
    assert.ok("shared_buffers" in judge({}).parameters);
    assert.deepEqual(judge({ jit: "off" }, { profile: { workload: Workload.Custom } }).parameters, {
      jit: "off",
    });
  });

  it("reports the wrong name, the wrong value and the memory, in the order in which they were given", () => {
    const judged = judge({ work_mem: "4GB", shard_buffers: "1GB", max_connections: "abc" });
    assert.deepEqual(brief(judged), [
      "refused memory work_mem",
      "refused unknownName shard_buffers",
      "refused wrongType max_connections",
    ]);
    assert.ok(judged.findings.every(({ problem, remedy }) => problem !== "" && remedy !== undefined));
    assert.match(judged.findings[1]?.remedy ?? "", /shared_buffers/);
  });

  it("puts findings about what was not given after those about what was", () => {
    const profile = { workload: Workload.Oltp, parameters: { jit: "maybe" } };
    const judged = judge({ nonsense: "1" }, { profile });
    assert.deepEqual(brief(judged), ["refused unknownName nonsense", "refused wrongType jit"]);
  });

  it("adds up the memory without a value that cannot be read", () => {
    const wrong = judge({ max_connections: "abc", work_mem: "8MB" });
    assert.deepEqual(wrong.budget, judge({ work_mem: "8MB" }).budget);
    assert.notDeepEqual(wrong.budget, judge({}).budget);
    assert.equal(wrong.parameters.max_connections, "abc");
  });

  it("does so for a wrong value within the profile too, and in whatever case it is written", () => {
    const profile = { parameters: { Max_Connections: "abc" } };
    assert.deepEqual(judge({}, { profile }).budget, judge({}).budget);
  });

  it("speaks of names as they were written, and refuses one parameter under two", () => {
    assert.deepEqual(brief(judge({ Work_Mem: "4MB", jit: "maybe" })), [
      "refused unknownName Work_Mem",
      "refused wrongType jit",
    ]);
    assert.ok(brief(judge({ work_mem: "4MB", sort_mem: "8MB" })).some(line => line.endsWith(" sort_mem")));
    const profile = { parameters: { Work_Mem: "4MB" } };
    assert.deepEqual(brief(judge({ work_mem: "5MB" }, { profile })), []);
  });

  it("keeps in the sum what is readable and refused for another reason", () => {
    const around = { major: 17, memory: GiB, memoryRequest: GiB / 4 };
    const judged = judge({ shared_buffers: "512MB" }, { around });
    assert.ok(brief(judged).includes("refused conflict shared_buffers"));
    assert.ok(judged.budget.terms.some(({ bytes }) => bytes >= GiB / 2));
  });

  it("only warns of memory when the risk is accepted", () => {
    const judged = judge({ work_mem: "4GB" }, { acceptMemoryRisk: true });
    assert.deepEqual(
      judged.findings.map(({ severity, rule }) => [severity, rule]),
      [[Severity.Warning, ParameterRule.Memory]],
    );
  });

  it("says that a pod is too small for a profile", () => {
    const pod = { memory: GiB / 4, cpu: 1, storage: 10 * GiB, major: 17 };
    const small = judge({}, { pod, around: { major: 17, memory: GiB / 4 } });
    assert.ok(brief(small).some(line => line.startsWith("refused tooSmall")));
    const custom = judge({}, { pod, around: { major: 17 }, profile: { workload: Workload.Custom } });
    assert.ok(!brief(custom).some(line => line.includes("tooSmall")));
  });

  it("says where each value comes from", () => {
    const { explanation, parameters } = judge({ work_mem: "5MB" });
    assert.equal(explanation.work_mem?.origin, "override");
    assert.equal(explanation.shared_buffers?.origin, "profile");
    assert.deepEqual(Object.keys(explanation).sort(), Object.keys(parameters).sort());
  });

  it("judges an allowed danger as the surroundings say", () => {
    const around = { major: 17, instances: 1, memory: GiB };
    assert.deepEqual(brief(judge({ fsync: "off" }, { around })), ["refused unsafe fsync"]);
    const allowed = judge({ fsync: "off" }, { around: { ...around, allowUnsafe: ["fsync"] } });
    assert.ok(allowed.findings.every(({ severity }) => severity === Severity.Warning));
  });

  it("reports each wrong value once, whatever stands beside it, and never throws", () => {
    const good = { work_mem: "6MB", jit: "on", max_connections: "40", autovacuum_max_workers: "2" };
    const bad = {
      work_mem: "6XB",
      jit: "perhaps",
      max_connections: "-3",
      shared_buffers: "1e999",
      nonsense: "1",
    };
    const entries = fc.subarray([...Object.entries(good), ...Object.entries(bad)], { minLength: 1 });
    fc.assert(
      fc.property(entries, fc.constantFrom(...Object.values(Workload)), (list, workload) => {
        const parameters = Object.fromEntries(list);
        const wrong = Object.keys(parameters).filter(
          name => (bad as Record<string, string>)[name] === parameters[name],
        );
        const judged = judge(parameters, { profile: { workload }, ...roomy });
        assert.deepEqual(
          judged.findings.filter(({ severity }) => severity === Severity.Refused).map(f => f.parameter),
          wrong.sort((a, b) => Object.keys(parameters).indexOf(a) - Object.keys(parameters).indexOf(b)),
        );
        assert.ok(Number.isFinite(judged.budget.total));
      }),
      { numRuns: 60 },
    );
  });
});
