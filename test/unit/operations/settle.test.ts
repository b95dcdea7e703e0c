import * as assert from "node:assert/strict";
import * as fc from "fast-check";
import { type ClusterObject, ClusterPhase } from "../../../src/cnpg";
import { kinds } from "../../../src/operations/kubernetes";
import {
  type ClusterManifest,
  type InstancePod,
  type PodSettings,
  settled,
  type SettleRequest,
  specificationChangedAt,
  unjudged,
  waitUntilSettled,
} from "../../../src/operations/settle";
import type { SettingRow } from "../../../src/operations/settings";
import { context } from "./fakes";

const image = "ghcr.io/cloudnative-pg/postgresql:18.6-standard-trixie";
const request: SettleRequest = {
  namespace: "shop",
  cluster: "orders-g1",
  image,
  instances: 3,
  waitFor: "complete",
  supervised: false,
  resources: { requests: { cpu: "1", memory: "1Gi" }, limits: { memory: "1024Mi" } },
  parameters: { work_mem: "8MB" },
  database: "app",
  caFile: "/ca/ca.crt",
  timeoutSeconds: 60,
};

const workMem = (setting: string, more: Partial<SettingRow> = {}): SettingRow => ({
  name: "work_mem",
  setting,
  unit: "kB",
  vartype: "integer",
  source: "configuration file",
  ...more,
});
const answer = (setting = "8192", more: Partial<PodSettings> = {}): PodSettings => ({
  rows: [workMem(setting)],
  pendingRestart: [],
  ...more,
});

function pod(
  serial: number,
  change: { image?: string; ready?: boolean; memory?: string; going?: boolean } = {},
): InstancePod {
  const memory = change.memory ?? "1Gi";
  return {
    apiVersion: "v1",
    kind: "Pod",
    metadata: {
      name: `orders-g1-${serial}`,
      ...(change.going === true ? { deletionTimestamp: "2026-01-01T00:00:00Z" } : {}),
    },
    spec: {
      containers: [
        { name: "plugin-barman-cloud", image: "other" },
        {
          name: "postgres",
          image: change.image ?? image,
          resources: { requests: { cpu: "1000m", memory }, limits: { memory } },
        },
      ],
    },
    status: {
      podIP: "10.0.0.1",
      conditions: [{ type: "Ready", status: change.ready === false ? "False" : "True" }],
    },
  };
}

const cluster: ClusterObject = {
  metadata: { name: "orders-g1" },
  status: {
    phase: ClusterPhase.healthy,
    currentPrimary: "orders-g1-1",
    targetPrimary: "orders-g1-1",
    readyInstances: 3,
  },
};
const pods = [pod(1), pod(2), pod(3)];
const answers = new Map([1, 2, 3].map(serial => [`orders-g1-${serial}`, answer()] as const));

describe("settled", () => {
  it("is true when everything is as asked", () => {
    assert.deepEqual(settled(request, cluster, pods, answers), { settled: true, awaiting: "" });
    assert.equal(settled({ ...request, waitFor: "serving" }, cluster, pods, answers).settled, true);
  });

  it("is true for an old primary that waits for a person, where a person restarts it", () => {
    const supervised = { ...request, supervised: true };
    const waiting: ClusterObject = {
      ...cluster,
      status: { ...cluster.status, phase: ClusterPhase.waitingForUser },
    };
    const oldPrimary = [pod(1, { image: "old" }), pod(2), pod(3)];
    assert.equal(settled(supervised, waiting, oldPrimary, answers).settled, true);
    assert.equal(settled(request, waiting, oldPrimary, answers).settled, false);
    assert.equal(settled(supervised, cluster, oldPrimary, answers).settled, false);
    const oldStandby = [pod(1), pod(2, { image: "old" }), pod(3)];
    assert.match(settled(supervised, waiting, oldStandby, answers).awaiting, /^orders-g1-2 to run /);
  });

  const status = (change: ClusterObject["status"]): ClusterObject => ({
    ...cluster,
    status: { ...cluster.status, ...change },
  });
  const answered = (serial: number, found: PodSettings | Error): Map<string, PodSettings | Error> =>
    new Map<string, PodSettings | Error>([...answers, [`orders-g1-${serial}`, found]]);
  const cases: [string, Parameters<typeof settled>, RegExp][] = [
    ["no Cluster", [request, undefined, pods, answers], /^Cluster orders-g1 to exist$/],
    [
      "no primary",
      [request, status({ currentPrimary: undefined, phase: ClusterPhase.firstPrimary }), pods, answers],
      /^a primary \(phase "Setting up primary"\)$/,
    ],
    [
      "an old image",
      [request, cluster, [pod(1), pod(2, { image: "old" }), pod(3)], answers],
      /^orders-g1-2 to run .*trixie instead of old$/,
    ],
    [
      "old resources",
      [request, cluster, [pod(1, { memory: "2Gi" }), pod(2), pod(3)], answers],
      /^orders-g1-1 to have requests.memory 1Gi instead of 2Gi$/,
    ],
    [
      "a pod that is not ready",
      [request, cluster, [pod(1), pod(2), pod(3, { ready: false })], answers],
      /^orders-g1-3 to be ready$/,
    ],
    [
      "a setting that has not arrived",
      [request, cluster, pods, answered(2, answer("4096"))],
      /^orders-g1-2 to have work_mem = 8MB instead of 4096 \(in kB\)$/,
    ],
    [
      "a restart that is due",
      [request, cluster, pods, answered(3, answer("8192", { pendingRestart: ["max_connections"] }))],
      /^orders-g1-3 to restart for max_connections$/,
    ],
    [
      "a server that does not answer",
      [request, cluster, pods, answered(3, new Error("connection refused"))],
      /^orders-g1-3 to answer: connection refused$/,
    ],
    ["too few pods", [request, cluster, pods.slice(0, 2), answers], /^3 pods instead of 2$/],
    [
      "a pod going while its successor is missing",
      [request, cluster, [pod(1), pod(2), pod(3, { going: true })], answers],
      /^orders-g1-3 to go$/,
    ],
    [
      "one pod too many",
      [request, cluster, [...pods, pod(4)], new Map([...answers, ["orders-g1-4", answer()]])],
      /^3 pods instead of 4$/,
    ],
    [
      "a pod that is still going",
      [request, cluster, [...pods, pod(4, { going: true })], answers],
      /^orders-g1-4 to go$/,
    ],
    [
      "too few ready instances",
      [request, status({ readyInstances: 2 }), pods, answers],
      /^3 ready instances instead of 2$/,
    ],
    [
      "a switchover",
      [request, status({ targetPrimary: "orders-g1-2" }), pods, answers],
      /^orders-g1-2 to become primary$/,
    ],
    [
      "a busy operator",
      [request, status({ phase: ClusterPhase.upgrading, phaseReason: "because" }), pods, answers],
      /^the operator to finish \(phase "Upgrading cluster": because\)$/,
    ],
  ];
  for (const [name, args, expected] of cases) {
    it(`is false with ${name}`, () => {
      const found = settled(...args);
      assert.equal(found.settled, false);
      assert.match(found.awaiting, expected);
    });
  }

  it("needs only the primary and one standby for serving", () => {
    const serving = { ...request, waitFor: "serving" as const };
    const busy = status({ phase: ClusterPhase.upgrading, readyInstances: 2 });
    assert.equal(settled(serving, busy, [pod(1), pod(2), pod(3, { image: "old" })], answers).settled, true);
    assert.equal(
      settled(serving, busy, [pod(1), pod(2, { ready: false }), pod(3, { image: "old" })], answers).settled,
      false,
    );
    assert.equal(settled(serving, busy, [pod(1)], answers).settled, false);
    assert.equal(settled({ ...serving, instances: 1 }, busy, [pod(1)], answers).settled, true);
    assert.equal(settled(serving, busy, [pod(1, { image: "old" }), pod(2), pod(3)], answers).settled, false);
  });

  it("does not judge what it cannot see", () => {
    const hidden = { rows: [], pendingRestart: [] };
    const overridden = { rows: [workMem("4096", { source: "database" })], pendingRestart: [] };
    for (const found of [hidden, overridden]) {
      assert.equal(settled(request, cluster, pods, answered(1, found)).settled, true);
      assert.deepEqual(unjudged(request.parameters, found), ["work_mem"]);
    }
    assert.deepEqual(unjudged(request.parameters, answer()), []);
  });

  it("means, when complete, that serving holds too", () => {
    const podStates = fc.record({
      ready: fc.boolean(),
      image: fc.constantFrom(image, "old"),
      going: fc.boolean(),
    });
    const statuses = fc.record({
      phase: fc.constantFrom(ClusterPhase.healthy, ClusterPhase.upgrading),
      currentPrimary: fc.constantFrom("orders-g1-1", "orders-g1-2", undefined),
      targetPrimary: fc.constantFrom("orders-g1-1", "orders-g1-2"),
      readyInstances: fc.nat(3),
    });
    fc.assert(
      fc.property(
        fc.array(podStates, { maxLength: 4 }),
        statuses,
        fc.integer({ min: 1, max: 3 }),
        (states, found, instances) => {
          const list = states.map((state, index) => pod(index + 1, state));
          const each = (waitFor: SettleRequest["waitFor"]): boolean =>
            settled({ ...request, instances, waitFor }, { ...cluster, status: found }, list, answers).settled;
          assert.ok(!each("complete") || each("serving"));
        },
      ),
      { numRuns: 5000 },
    );
  });
});

describe("specificationChangedAt", () => {
  const entry = (time: string, more: object = {}): object => ({
    time,
    fieldsV1: { "f:spec": {} },
    ...more,
  });
  const at = (managedFields: object[]): string | undefined =>
    specificationChangedAt({ metadata: { managedFields } as ClusterObject["metadata"] })?.toISOString();

  it("is the last change of the specification, whoever made it", () => {
    assert.equal(
      at([entry("2026-01-01T00:00:05Z"), entry("2026-01-01T00:00:07Z"), entry("2026-01-01T00:00:06Z")]),
      "2026-01-01T00:00:07.000Z",
    );
  });

  it("is no change of the status or of annotations", () => {
    assert.equal(
      at([
        entry("2026-01-01T00:00:05Z"),
        entry("2026-01-01T00:00:09Z", { subresource: "status" }),
        entry("2026-01-01T00:00:09Z", { fieldsV1: { "f:metadata": {} } }),
      ]),
      "2026-01-01T00:00:05.000Z",
    );
  });

  it("is unknown where nothing was recorded", () => {
    assert.equal(at([]), undefined);
    assert.equal(at([entry("never")]), undefined);
    assert.equal(specificationChangedAt({ metadata: {} }), undefined);
    assert.equal(specificationChangedAt(undefined), undefined);
  });
});

describe("settled after a change", () => {
  const changed = new Date("2026-01-01T00:00:10Z");
  const loaded = (time: string): Map<string, PodSettings> =>
    new Map(
      [1, 2, 3].map(serial => [
        `orders-g1-${serial}`,
        answer("8192", { loadedAt: new Date(serial === 2 ? time : "2026-01-01T00:00:11Z") }),
      ]),
    );

  it("waits for every server to read its configuration, because a value that was taken back is not asked for", () => {
    const found = settled(request, cluster, pods, loaded("2026-01-01T00:00:09.9Z"), changed);
    assert.deepEqual(found, { settled: false, awaiting: "orders-g1-2 to read its configuration anew" });
    assert.equal(settled(request, cluster, pods, loaded("2026-01-01T00:00:10Z"), changed).settled, true);
    assert.equal(settled(request, cluster, pods, loaded("2026-01-01T00:00:09.9Z")).settled, true);
  });
});

describe("waitUntilSettled", () => {
  const single: SettleRequest = { ...request, instances: 1, resources: {}, parameters: {} };
  const changedAt = "2026-01-01T00:00:00Z";

  function surroundings() {
    const found = context();
    found.api.add(kinds.cluster, {
      ...cluster,
      apiVersion: "postgresql.cnpg.io/v1",
      kind: "Cluster",
      metadata: {
        name: "orders-g1",
        namespace: "shop",
        managedFields: [{ time: changedAt, fieldsV1: { "f:spec": {} } }],
      },
      status: { ...cluster.status, readyInstances: 1 },
    } as ClusterManifest);
    const own = pod(1);
    found.api.add(kinds.pod, {
      ...own,
      metadata: {
        ...own.metadata,
        namespace: "shop",
        labels: { "cnpg.io/cluster": "orders-g1", "cnpg.io/podRole": "instance" },
      },
    });
    return found;
  }
  /** A server that reads its configuration so many seconds after the change. */
  const reloadsAfter = (found: ReturnType<typeof surroundings>, seconds: number) => async () => {
    const elapsed = found.clock.now().getTime() - Date.parse(changedAt);
    const loadedAt = new Date(Date.parse(changedAt) + (elapsed >= seconds * 1000 ? seconds * 1000 : -60_000));
    return { rows: [], pendingRestart: [], loadedAt };
  };
  const elapsed = (found: ReturnType<typeof surroundings>): number =>
    (found.clock.now().getTime() - Date.parse(changedAt)) / 1000;

  it("waits for the reload and no longer", async () => {
    const found = surroundings();
    await waitUntilSettled(single, found, { ask: reloadsAfter(found, 3) });
    assert.equal(elapsed(found), 4);
  });

  it("gives up waiting for a reload that need not come", async () => {
    const found = surroundings();
    await waitUntilSettled(single, found, { ask: reloadsAfter(found, 1e6) });
    assert.equal(elapsed(found), 10);
  });

  it("does not wait for a reload of a change that is long past", async () => {
    const found = surroundings();
    await found.clock.sleep(8000);
    await waitUntilSettled(single, found, { ask: reloadsAfter(found, 1e6) });
    assert.equal(elapsed(found), 10);
    await waitUntilSettled(single, found, { ask: reloadsAfter(found, 1e6) });
    assert.equal(elapsed(found), 10);
  });

  it("is not held up by a clock that is behind", async () => {
    const found = surroundings();
    await waitUntilSettled(single, found, {
      ask: reloadsAfter(found, 1e6),
      changedAt: new Date("2026-01-02"),
    });
    assert.equal(elapsed(found), 10);
  });

  it("knows of a change that the API server keeps no time of", async () => {
    const found = surroundings();
    found.api.objects.forEach(object => Object.assign(object.metadata, { managedFields: undefined }));
    await waitUntilSettled(single, found, { ask: reloadsAfter(found, 3) });
    assert.equal(elapsed(found), 0);
    await waitUntilSettled(single, found, { ask: reloadsAfter(found, 3), changedAt: new Date(changedAt) });
    assert.equal(elapsed(found), 4);
  });

  it("goes by the later of the two times", async () => {
    const ours = new Date("2025-12-31T00:00:00Z");
    const theirs = surroundings();
    await waitUntilSettled(single, theirs, { ask: reloadsAfter(theirs, 3), changedAt: ours });
    assert.equal(elapsed(theirs), 4);
    const later = surroundings();
    const options = { ask: reloadsAfter(later, 3), changedAt: new Date("2026-01-01T00:00:02Z") };
    await waitUntilSettled(single, later, options);
    assert.equal(elapsed(later), 4);
    const never = surroundings();
    const early = { ask: reloadsAfter(never, 3), changedAt: new Date("2026-01-01T00:00:05Z") };
    await waitUntilSettled(single, never, early);
    assert.equal(elapsed(never), 10);
  });

  it("says why it gave up", async () => {
    const found = surroundings();
    const ask = async (): Promise<PodSettings> => {
      throw new Error("connection refused");
    };
    await assert.rejects(
      waitUntilSettled(single, found, { ask }),
      /gave up after 60 s, still waiting: orders-g1-1 to answer: connection refused/,
    );
  });
});
