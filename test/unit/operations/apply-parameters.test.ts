import * as assert from "node:assert/strict";
import * as fc from "fast-check";
import { annotations, type ClusterObject, ClusterPhase, ownAnnotations } from "../../../src/cnpg";
import {
  apply,
  applyParameters,
  type ApplyParametersRequest,
  type ApplyParametersResult,
} from "../../../src/operations/apply-parameters";
import { ApiError, kinds } from "../../../src/operations/kubernetes";
import { RequestReader } from "../../../src/operations/operation";
import { type ParametersRecord, readRecord } from "../../../src/operations/parameters-record";
import type { ClusterManifest, InstancePod, PodQuestion } from "../../../src/operations/settle";
import type { RestartClass } from "../../../src/parameters/held-parameters";
import { context, FakeClock } from "./fakes";

const restarts: RestartClass = {
  parameters: {
    max_connections: { type: "integer" },
    shared_buffers: { type: "integer", unit: "8kB" },
    max_worker_processes: { type: "integer" },
  },
  operatorDefaults: { max_worker_processes: "32" },
  operatorOwned: ["log_directory"],
  preloaded: [],
};

/** What the webhook adds; the last one is of an operator this package does not know yet. */
const defaults: Record<string, string> = {
  max_worker_processes: "32",
  log_directory: "/controller/log",
  brand_new: "on",
};

/** Sundays, an hour from three in the morning. The clock of the tests begins on a Thursday. */
const window = { mode: "window", window: { schedule: "0 3 * * 0" } } as const;
const thursday = "2026-01-01T00:00:00Z";
const sunday = "2026-01-04T03:10:00Z";

const request: ApplyParametersRequest = {
  namespace: "shop",
  cluster: "orders-g1",
  mode: window,
  parameters: { work_mem: "8MB", max_connections: "200" },
  restarts,
  followerSensitive: ["max_connections", "max_worker_processes"],
  rollout: "r1",
  early: false,
  verify: true,
  database: "app",
  caFile: "/ca/ca.crt",
  waitFor: "complete",
  instances: 1,
  supervised: false,
  timeoutSeconds: 60,
  report: true,
};

interface World extends ReturnType<typeof context> {
  parameters: () => Record<string, string>;
  record: () => ParametersRecord | undefined;
  result: () => ApplyParametersResult | undefined;
  /** Calls that change the Cluster. */
  writes: () => string[];
  run: (change?: Partial<ApplyParametersRequest>) => Promise<void>;
  change: (change: object) => void;
}

/** A Cluster whose server takes over at once what is written. */
function world(
  parameters: Record<string, string> = {},
  start = thursday,
  change: Partial<ClusterObject> = {},
): World {
  const found = context(undefined, new FakeClock(start));
  const { api } = found;
  const cluster = (): ClusterManifest => api.objects.get("clusters/shop/orders-g1") as ClusterManifest;
  api.add(kinds.cluster, {
    apiVersion: "postgresql.cnpg.io/v1",
    kind: "Cluster",
    spec: { instances: 1, postgresql: { parameters: { ...defaults, ...parameters } } },
    status: {
      phase: ClusterPhase.healthy,
      currentPrimary: "orders-g1-1",
      targetPrimary: "orders-g1-1",
      readyInstances: 1,
    },
    ...change,
    metadata: { name: "orders-g1", namespace: "shop", resourceVersion: "1", ...change.metadata },
  } as ClusterManifest);
  api.add(kinds.pod, {
    apiVersion: "v1",
    kind: "Pod",
    metadata: {
      name: "orders-g1-1",
      namespace: "shop",
      labels: { "cnpg.io/cluster": "orders-g1", "cnpg.io/podRole": "instance" },
    },
    status: { conditions: [{ type: "Ready", status: "True" }] },
  } as InstancePod);
  api.add(kinds.job, { apiVersion: "batch/v1", kind: "Job", metadata: { name: "job", namespace: "shop" } });
  api.onPatch = object => {
    const { spec } = object as ClusterManifest;
    if (object.kind === "Cluster" && spec?.postgresql !== undefined) {
      spec.postgresql.parameters = { ...defaults, ...spec.postgresql.parameters };
    }
    return object;
  };
  const record = (): ParametersRecord | undefined => readRecord(cluster());
  return {
    ...found,
    parameters: () => cluster().spec?.postgresql?.parameters ?? {},
    record,
    result: () => {
      const text = api.objects.get("jobs/shop/job")?.metadata.annotations?.[ownAnnotations.result];
      return text === undefined ? undefined : (JSON.parse(text) as ApplyParametersResult);
    },
    writes: () => api.calls.filter(call => call.startsWith("patch clusters") && !call.endsWith("(dry run)")),
    run: (more = {}) =>
      apply(
        { ...request, ...more },
        found,
        showing(() => cluster()),
      ),
    change: more => void api.objects.set("clusters/shop/orders-g1", { ...cluster(), ...more }),
  };
}

/** A server that shows what its Cluster asks for. */
function showing(cluster: () => ClusterManifest): PodQuestion {
  return async () => ({
    rows: Object.entries(cluster().spec?.postgresql?.parameters ?? {}).map(([name, setting]) => ({
      name,
      setting,
      unit: null,
      vartype: "string",
      source: "configuration file",
    })),
    pendingRestart: [],
  });
}

describe("apply-parameters", () => {
  it("writes what reloads, and holds back what restarts", async () => {
    const found = world({ max_connections: "100", old: "1" });
    await found.run();
    assert.deepEqual(found.parameters(), { ...defaults, work_mem: "8MB", max_connections: "100" });
    const pending = [{ name: "max_connections", value: "100", desired: "200" }];
    assert.deepEqual(found.record(), {
      mode: "window",
      pending,
      appliedAt: "2026-01-01T00:00:00.000Z",
      next: "2026-01-04T03:00:00.000Z",
    });
    assert.deepEqual(found.result(), { applied: ["old", "work_mem"], pending });
    assert.deepEqual(found.api.calls, [
      "patch clusters/shop/orders-g1 as pulumi-kubernetes (dry run)",
      "patch clusters/shop/orders-g1 as pulumi-kubernetes",
      "patch clusters/shop/orders-g1",
      "patch jobs/shop/job",
    ]);
    assert.deepEqual(found.said.slice(0, 2), ["Written: old, work_mem.", "Held back: max_connections."]);
  });

  it("writes nothing the second time", async () => {
    const found = world({ max_connections: "100" });
    await found.run();
    const [parameters, record] = [found.parameters(), found.record()];
    found.api.calls.length = 0;
    await found.run();
    assert.deepEqual(found.writes(), []);
    assert.deepEqual(found.parameters(), parameters);
    assert.deepEqual(found.record(), record);
    assert.deepEqual(found.result()?.applied, []);
    assert.ok(found.said.includes("There is nothing to write."));
  });

  it("leaves alone what the operator adds, also what this package does not know of", async () => {
    const found = world({ work_mem: "8MB", max_connections: "200" }, sunday);
    await found.run();
    assert.deepEqual(found.result(), { applied: [], pending: [] });
    const reset = world({ work_mem: "8MB", max_connections: "200", max_worker_processes: "64" }, sunday);
    await reset.run();
    assert.deepEqual(reset.result()?.applied, ["max_worker_processes"]);
    assert.equal(reset.parameters().max_worker_processes, "32");
  });

  it("keeps a follower-sensitive parameter that nobody asks for", async () => {
    const found = world({ max_connections: "200" }, sunday);
    await found.run({ parameters: { work_mem: "8MB" } });
    assert.equal(found.parameters().max_connections, "200");
    assert.deepEqual(found.result(), { applied: ["work_mem"], pending: [] });
    assert.match(found.said[0] ?? "", /^max_connections stays 200: /);
  });

  it("has nothing to do before there is a Cluster, when it runs before the update", async () => {
    const found = world({});
    found.api.objects.clear();
    await assert.rejects(found.run(), /there is no Cluster/);
    const early = world({});
    for (const key of [...early.api.objects.keys()])
      if (key.startsWith("clusters/")) early.api.objects.delete(key);
    await early.run({ early: true });
    assert.deepEqual(early.result(), { applied: [], pending: [] });
  });

  describe("when restarts are due", () => {
    const next = { mode: { mode: "onNextRestart" as const } };
    const cases: [string, Partial<ApplyParametersRequest>, string, string | undefined, boolean][] = [
      ["immediate", { mode: {} }, thursday, undefined, true],
      ["before the time", { mode: { mode: "scheduled", at: sunday } }, thursday, undefined, false],
      ["at the time", { mode: { mode: "scheduled", at: sunday } }, sunday, undefined, true],
      ["outside of the window", { mode: window }, thursday, undefined, false],
      ["inside of the window", { mode: window }, sunday, undefined, true],
      ["with a Cluster that does not tell its rollout", next, thursday, undefined, false],
      ["when the update rolls nothing", next, thursday, "r1", false],
      ["when the update rolls the pods", next, thursday, "r0", true],
    ];
    for (const [name, change, start, rollout, due] of cases) {
      it(`${due ? "applies" : "holds back"} ${name}`, async () => {
        const found = world({ max_connections: "100" }, start, {
          metadata: {
            annotations: rollout === undefined ? {} : { [ownAnnotations.rollout]: rollout },
          },
        });
        await found.run(change);
        assert.equal(found.parameters().max_connections, due ? "200" : "100");
        assert.equal(found.parameters().work_mem, "8MB");
        assert.equal(found.result()?.pending.length, due ? 0 : 1);
      });
    }
  });

  describe("in the CronJob", () => {
    const cron = { report: false };

    it("does nothing outside of a window, and says when the next one is", async () => {
      const found = world({ max_connections: "100" });
      await found.run(cron);
      assert.deepEqual(found.api.calls, []);
      assert.deepEqual(found.said, [
        "Nothing is done: Waits for the maintenance window of 2026-01-04T03:00:00Z.",
      ]);
    });

    it("applies what waits inside of a window, and leaves no result", async () => {
      const found = world({ max_connections: "100" }, sunday);
      await found.run(cron);
      assert.equal(found.parameters().max_connections, "200");
      assert.deepEqual(found.record()?.pending, []);
      assert.equal(found.result(), undefined);
    });

    it("asks no server when there was nothing to write", async () => {
      const found = world({ work_mem: "8MB", max_connections: "200" }, sunday);
      const ask = (): never => assert.fail("asked");
      await apply({ ...request, ...cron }, found, ask);
      assert.deepEqual(found.said, ["There is nothing to write."]);
    });

    it("restarts no Cluster that is not healthy, and tells when it tries again", async () => {
      const found = world({ max_connections: "100", work_mem: "4MB" }, thursday);
      await found.run();
      const later = world({ max_connections: "100" }, sunday, {
        metadata: { annotations: { [ownAnnotations.parameters]: JSON.stringify(found.record()) } },
        status: { phase: ClusterPhase.failover },
      });
      await assert.rejects(
        later.run({ ...cron, verify: false }),
        /^Error: max_connections was due and is not applied: the Cluster is not healthy \(phase "Failing over"\)$/,
      );
      assert.deepEqual(later.parameters(), { ...defaults, work_mem: "8MB", max_connections: "100" });
      assert.deepEqual(later.record()?.pending, [
        {
          name: "max_connections",
          value: "100",
          desired: "200",
          reason: 'the Cluster is not healthy (phase "Failing over")',
        },
      ]);
      assert.equal(later.record()?.next, "2026-01-11T03:00:00.000Z");
      const waited = (later.clock.now().getTime() - Date.parse(sunday)) / 1000;
      assert.equal(waited, 30);
    });

    it("waits for a Cluster that becomes healthy in time", async () => {
      const record = { mode: "window", pending: [{ name: "max_connections" }] };
      const found = world({ max_connections: "100" }, sunday, {
        metadata: { annotations: { [ownAnnotations.parameters]: JSON.stringify(record) } },
        status: { phase: ClusterPhase.failover, currentPrimary: "orders-g1-1", readyInstances: 1 },
      });
      const { sleep } = found.clock;
      found.clock.sleep = async milliseconds => {
        found.change({
          status: {
            phase: ClusterPhase.healthy,
            currentPrimary: "orders-g1-1",
            targetPrimary: "orders-g1-1",
            readyInstances: 1,
          },
        });
        await sleep(milliseconds);
      };
      await found.run(cron);
      assert.equal(found.parameters().max_connections, "200");
    });

    it("does not wait beyond the window", async () => {
      const record = { mode: "window", pending: [{ name: "max_connections" }] };
      const found = world({ max_connections: "100" }, "2026-01-04T03:59:55Z", {
        metadata: { annotations: { [ownAnnotations.parameters]: JSON.stringify(record) } },
        status: { phase: ClusterPhase.failover },
      });
      await found.run({ ...cron, verify: false });
      assert.equal(found.parameters().max_connections, "100");
      assert.equal(found.record()?.next, "2026-01-11T03:00:00.000Z");
    });
  });

  it("applies in an update whatever the phase, because it may be of that very update", async () => {
    const found = world({ max_connections: "100" }, sunday, {
      status: { phase: ClusterPhase.upgrading, currentPrimary: "orders-g1-1" },
    });
    await found.run({ verify: false });
    assert.equal(found.parameters().max_connections, "200");
  });

  it("writes everything into a hibernated Cluster, and asks no server", async () => {
    const found = world({ max_connections: "100" }, thursday, {
      metadata: { annotations: { [annotations.hibernation]: "on" } },
    });
    await apply(request, found, () => assert.fail("asked"));
    assert.equal(found.parameters().max_connections, "200");
    assert.deepEqual(found.result(), { applied: ["max_connections", "work_mem"], pending: [] });
    assert.ok(found.said.includes("The Cluster is hibernated: nothing is verified."));
  });

  describe("verifies", () => {
    const answer = (workMem: string, loadedAt: string): ReturnType<PodQuestion> =>
      Promise.resolve({
        rows: [{ name: "work_mem", setting: workMem, unit: "kB", vartype: "integer" }],
        pendingRestart: [],
        loadedAt: new Date(loadedAt),
      });

    it("until the servers show what was written", async () => {
      const found = world({});
      const after = Date.parse(thursday) + 7000;
      const ask: PodQuestion = () =>
        found.clock.now().getTime() >= after
          ? answer("8192", "2026-01-01T00:00:07Z")
          : answer("4096", "2026-01-01T00:00:00Z");
      await apply(request, found, ask);
      assert.equal(found.clock.now().getTime() - Date.parse(thursday), 8000);
    });

    it("what was taken out, by the servers having read their configuration", async () => {
      const found = world({ old: "1", max_connections: "200", work_mem: "8MB" });
      const after = Date.parse(thursday) + 3000;
      const ask: PodQuestion = () =>
        answer(
          "8192",
          found.clock.now().getTime() >= after ? "2026-01-01T00:00:03Z" : "2025-12-31T00:00:00Z",
        );
      await apply(request, found, ask);
      assert.equal(found.clock.now().getTime() - Date.parse(thursday), 4000);
    });

    it("and fails when they do not", async () => {
      const found = world({});
      await assert.rejects(
        apply(request, found, () => answer("4096", "2026-01-01T00:00:00Z")),
        /gave up after 60 s, still waiting: orders-g1-1 to have work_mem = 8MB instead of 4096/,
      );
      assert.equal(found.result(), undefined);
      // The record tells what was written, so that nobody takes it for still held back.
      assert.equal(found.record()?.pending.length, 1);
    });

    it("not, when it is not asked to", async () => {
      const found = world({});
      await apply({ ...request, verify: false }, found, () => assert.fail("asked"));
      assert.equal(found.result()?.applied.length, 1);
    });
  });

  describe("when somebody else writes at the same moment", () => {
    /** Another change between reading and writing, so many times. */
    function disturbed(times: number): World {
      const found = world({ max_connections: "100" });
      const { get } = found.api;
      let left = times;
      found.api.get = async (...args: Parameters<typeof get>) => {
        const object = await get.apply(found.api, args);
        if (args[0] === kinds.cluster && left-- > 0) {
          found.change({ metadata: { ...object?.metadata, resourceVersion: String(1000 + left) } });
        }
        return object as never;
      };
      return found;
    }

    it("reads again and tries again", async () => {
      const found = disturbed(3);
      await found.run();
      assert.equal(found.parameters().work_mem, "8MB");
      assert.equal(found.said.filter(sentence => sentence.includes("tried again")).length, 3);
    });

    it("but not for ever", async () => {
      const found = disturbed(1000);
      await assert.rejects(found.run(), /409/);
      assert.equal(found.api.calls.length, 6);
    });
  });

  it("writes nothing when admission refuses what is asked for, also what would be held back", async () => {
    const found = world({ max_connections: "100" });
    found.api.onPatch = (_object, { dryRun }) => {
      assert.equal(dryRun, true);
      throw new ApiError("patch", 422, "max_connections: must be less than 1000");
    };
    await assert.rejects(found.run(), /max_connections: must be less than 1000/);
    assert.deepEqual(found.writes(), []);
  });

  it("says that there is no such Cluster", async () => {
    const found = context();
    await assert.rejects(apply(request, found), /there is no Cluster shop\/orders-g1/);
  });

  it("ends with what is asked for when it is due, and touches no restart otherwise", async () => {
    const names = fc.constantFrom(
      "work_mem",
      "max_connections",
      "shared_buffers",
      "max_worker_processes",
      "a.b",
    );
    const maps = fc.dictionary(names, fc.constantFrom("1", "2", "3"));
    await fc.assert(
      fc.asyncProperty(maps, maps, fc.boolean(), async (current, desired, due) => {
        const found = world(current, due ? sunday : thursday);
        const before = found.parameters();
        await found.run({ parameters: desired, followerSensitive: [] });
        const after = found.parameters();
        const asked = { ...defaults, ...desired };
        for (const name of new Set([...Object.keys(before), ...Object.keys(asked)])) {
          const held = !due && Object.hasOwn(restarts.parameters, name);
          assert.equal(after[name], held ? before[name] : asked[name], name);
        }
        assert.ok(!due || found.result()?.pending.length === 0);
      }),
      { numRuns: 300 },
    );
  });
});

describe("request of apply-parameters", () => {
  const read = (change: object = {}): ApplyParametersRequest =>
    applyParameters.read(
      new RequestReader({
        namespace: "shop",
        cluster: "orders-g1",
        mode: { mode: "window", window: { schedule: "0 3 * * 0", timeZone: "Europe/Berlin" } },
        parameters: { work_mem: "8MB" },
        restarts,
        rollout: "r1",
        database: "app",
        caFile: "/ca/ca.crt",
        waitFor: "serving",
        instances: 3,
        timeoutSeconds: 600,
        ...change,
      }),
    );

  it("is read with its defaults", () => {
    const found = read();
    assert.deepEqual(found.mode, {
      mode: "window",
      at: undefined,
      window: { schedule: "0 3 * * 0", timeZone: "Europe/Berlin", durationMinutes: 60 },
    });
    assert.deepEqual(found.restarts, restarts);
    assert.deepEqual(
      [found.verify, found.report, found.supervised, found.followerSensitive],
      [true, false, false, []],
    );
    assert.deepEqual(read({ mode: {} }).mode, { mode: undefined, at: undefined, window: undefined });
  });

  const wrong: [string, object, RegExp][] = [
    ["an unknown mode", { mode: { mode: "later" } }, /mode\.mode must be one of immediate, scheduled/],
    ["a window without schedule", { mode: { window: {} } }, /mode\.window\.schedule is missing/],
    ["no restarts", { restarts: undefined }, /restarts is missing/],
    [
      "restarts that are texts",
      { restarts: { parameters: { a: "b" } } },
      /restarts\.parameters must be a map of objects/,
    ],
    ["no rollout", { rollout: undefined }, /rollout is missing/],
  ];
  for (const [name, change, expected] of wrong) {
    it(`is refused with ${name}`, () => {
      assert.throws(() => read(change), expected);
    });
  }
});
