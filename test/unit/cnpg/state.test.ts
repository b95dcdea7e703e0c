import * as assert from "node:assert/strict";
import * as fc from "fast-check";
import {
  blockedPhases,
  type ClusterObject,
  ClusterPhase,
  type ClusterStatus,
  fencedInstances,
  HealthStatus,
  healthStatus,
  InstanceState,
  instanceLabels,
  instanceState,
  isHibernated,
} from "../../../src/cnpg";

const condition = (type: string, status: string): NonNullable<ClusterStatus["conditions"]>[number] => ({
  type,
  status,
  reason: "Reason",
  message: "",
  lastTransitionTime: "2026-01-01T00:00:00Z",
});

function cluster(status?: ClusterStatus, metadata: ClusterObject["metadata"] = {}): ClusterObject {
  return { metadata, status };
}

const healthy = cluster({
  phase: ClusterPhase.healthy,
  currentPrimary: "orders-g1-1",
  readyInstances: 1,
  conditions: [condition("Ready", "True"), condition("Initialized", "True")],
});
const hibernated = cluster({
  phase: ClusterPhase.healthy,
  readyInstances: 0,
  conditions: [
    condition("Ready", "True"),
    condition("Initialized", "True"),
    condition("cnpg.io/hibernation", "True"),
  ],
});

describe("instanceState", () => {
  const cases: [string, ClusterObject | undefined, boolean, InstanceState][] = [
    ["absent and never seen", undefined, false, InstanceState.Creating],
    ["absent after having been seen", undefined, true, InstanceState.Deleted],
    ["not looked at by the operator yet", cluster(), false, InstanceState.Creating],
    [
      "setting up its primary",
      cluster({ phase: ClusterPhase.firstPrimary, conditions: [condition("Initialized", "False")] }),
      false,
      InstanceState.Creating,
    ],
    ["healthy", healthy, false, InstanceState.Running],
    [
      "making a further standby",
      cluster({ ...healthy.status, phase: ClusterPhase.creatingReplica }),
      false,
      InstanceState.Running,
    ],
    [
      "failing over",
      cluster({ ...healthy.status, phase: ClusterPhase.failover, readyInstances: 0 }),
      false,
      InstanceState.Running,
    ],
    ["hibernated", hibernated, false, InstanceState.Running],
    [
      "hibernated and changed in a way that is refused",
      cluster({ ...hibernated.status, phase: ClusterPhase.definitionInvalid }),
      false,
      InstanceState.Running,
    ],
    [
      "being deleted",
      cluster(healthy.status, { deletionTimestamp: "2026-01-01T00:00:00Z" }),
      true,
      InstanceState.Deleting,
    ],
    [
      "unrecoverable with nothing ready",
      cluster({ phase: ClusterPhase.unrecoverable, readyInstances: 0 }),
      false,
      InstanceState.Failed,
    ],
    [
      "unable to make a standby",
      cluster({ ...healthy.status, phase: ClusterPhase.unrecoverable }),
      false,
      InstanceState.Running,
    ],
    [
      "defined in a way that is refused, from the start",
      cluster({ phase: ClusterPhase.definitionInvalid }),
      false,
      InstanceState.Failed,
    ],
    [
      "changed in a way that is refused",
      cluster({ ...healthy.status, phase: ClusterPhase.definitionInvalid }),
      false,
      InstanceState.Running,
    ],
    ["waiting for a plugin", cluster({ phase: ClusterPhase.unknownPlugin }), false, InstanceState.Creating],
    [
      "served by an operator before 1.30",
      cluster({ phase: ClusterPhase.healthy, currentPrimary: "a-1" }),
      false,
      InstanceState.Running,
    ],
  ];
  for (const [name, object, seen, expected] of cases) {
    it(`${name}: ${expected}`, () => assert.equal(instanceState(object, seen), expected));
  }

  it("is failed exactly in blocked phases without a ready instance, once the Cluster exists and is kept", () => {
    const statuses = fc.record({
      phase: fc.constantFrom(...Object.values(ClusterPhase)),
      readyInstances: fc.nat(3),
      currentPrimary: fc.constantFrom("a-1", undefined),
      conditions: fc.subarray([
        condition("Ready", "True"),
        condition("Initialized", "True"),
        condition("Initialized", "False"),
      ]),
    });
    fc.assert(
      fc.property(statuses, status => {
        const failed = instanceState(cluster(status)) === InstanceState.Failed;
        assert.equal(failed, blockedPhases.includes(status.phase) && status.readyInstances === 0);
      }),
    );
  });
});

describe("healthStatus", () => {
  const fenced = (list: string): ClusterObject => ({
    ...healthy,
    metadata: { annotations: { "cnpg.io/fencedInstances": list } },
  });
  const cases: [string, ClusterObject | undefined, HealthStatus][] = [
    ["absent", undefined, HealthStatus.Unknown],
    ["not looked at yet", cluster(), HealthStatus.Unknown],
    ["ready", healthy, HealthStatus.Healthy],
    ["not ready", cluster({ conditions: [condition("Ready", "False")] }), HealthStatus.Unhealthy],
    ["ready when it went to sleep", hibernated, HealthStatus.Unknown],
    [
      "being deleted",
      cluster(healthy.status, { deletionTimestamp: "2026-01-01T00:00:00Z" }),
      HealthStatus.Unknown,
    ],
    ["fenced as a whole", fenced('["*"]'), HealthStatus.Unhealthy],
    ["with a fenced primary", fenced('["orders-g1-1"]'), HealthStatus.Unhealthy],
    ["with a fenced standby", fenced('["orders-g1-2"]'), HealthStatus.Healthy],
    ["with a fence nobody can read", fenced("orders-g1-1"), HealthStatus.Healthy],
  ];
  for (const [name, object, expected] of cases) {
    it(`${name}: ${expected}`, () => assert.equal(healthStatus(object), expected));
  }
});

describe("isHibernated", () => {
  it("is true only when no pod is left", () => {
    assert.equal(isHibernated(hibernated), true);
    assert.equal(isHibernated(cluster({ conditions: [condition("cnpg.io/hibernation", "False")] })), false);
    assert.equal(isHibernated(healthy), false);
  });
});

describe("fencedInstances", () => {
  it("reads what the annotation holds", () => {
    assert.deepEqual(fencedInstances({ "cnpg.io/fencedInstances": '["a","b"]' }), ["a", "b"]);
    assert.deepEqual(fencedInstances({ "cnpg.io/fencedInstances": "" }), []);
    assert.deepEqual(fencedInstances(undefined), []);
  });
  it("refuses anything but a list of names", () => {
    for (const wrong of ["a", '{"a":1}', "[1]", "null"]) {
      assert.throws(
        () => fencedInstances({ "cnpg.io/fencedInstances": wrong }),
        /is not a JSON list of instance names/,
      );
    }
  });
});

describe("instanceLabels", () => {
  it("names the instance, and the generation where there is one", () => {
    assert.deepEqual(instanceLabels("orders"), {
      "app.kubernetes.io/managed-by": "pulumi-cnpg",
      "app.kubernetes.io/part-of": "orders",
      "cnpg.pulumi.com/instance": "orders",
    });
    assert.equal(instanceLabels("orders", 2)["cnpg.pulumi.com/generation"], "2");
  });
});
