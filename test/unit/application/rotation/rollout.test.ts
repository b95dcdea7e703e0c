import * as assert from "node:assert/strict";
import { WorkloadKind } from "../../../../src/application/rotation/request";
import {
  hasFormerCredentials,
  podTrouble,
  rolloutAwaits,
  rolloutFailure,
  rolloutObstacle,
  type WorkloadObject,
  type WorkloadPod,
} from "../../../../src/application/rotation/rollout";

const workload = (spec: WorkloadObject["spec"], status: WorkloadObject["status"] = {}): WorkloadObject => ({
  ...{ apiVersion: "apps/v1", kind: "any", metadata: { name: "web", generation: 2 } },
  spec,
  status: { observedGeneration: 2, ...status },
});
const pod = (status: WorkloadPod["status"], annotations: Record<string, string> = {}): WorkloadPod => ({
  ...{ apiVersion: "v1", kind: "Pod", metadata: { name: "web-1", annotations } },
  status,
});

describe("rolloutAwaits", () => {
  const { Deployment, StatefulSet, DaemonSet } = WorkloadKind;
  const good = { replicas: 2, updatedReplicas: 2, readyReplicas: 2, availableReplicas: 2 };
  const revision = { currentRevision: "b", updateRevision: "b" };
  const daemons = { desiredNumberScheduled: 3, updatedNumberScheduled: 3, numberAvailable: 3 };
  const cases: [string, WorkloadKind, WorkloadObject["status"], string | undefined][] = [
    ["a whole Deployment", Deployment, good, undefined],
    [
      "a controller that is late",
      Deployment,
      { ...good, observedGeneration: 1 },
      "its controller to see the change",
    ],
    ["old pods only", Deployment, { replicas: 2, availableReplicas: 2 }, "0 of 2 pods are new"],
    ["an old pod beside", Deployment, { ...good, replicas: 3 }, "old pods to end"],
    [
      "a pod that is not available",
      Deployment,
      { ...good, availableReplicas: 1 },
      "1 of 2 pods are available",
    ],
    ["a whole StatefulSet", StatefulSet, { ...good, ...revision }, undefined],
    ["another revision", StatefulSet, { ...good, ...revision, currentRevision: "a" }, "old pods to end"],
    [
      "a pod that is not ready",
      StatefulSet,
      { ...good, ...revision, readyReplicas: 1 },
      "1 of 2 pods are available",
    ],
    ["a whole DaemonSet", DaemonSet, daemons, undefined],
    ["an old daemon", DaemonSet, { ...daemons, updatedNumberScheduled: 1 }, "1 of 3 pods are new"],
    [
      "a daemon that is not available",
      DaemonSet,
      { ...daemons, numberAvailable: 2 },
      "2 of 3 pods are available",
    ],
  ];
  for (const [name, kind, status, awaits] of cases)
    it(`knows ${name}`, () => assert.equal(rolloutAwaits(kind, workload({ replicas: 2 }, status)), awaits));
  it("awaits nothing of none", () =>
    assert.equal(rolloutAwaits(Deployment, workload({ replicas: 0 })), undefined));
});

describe("rolloutObstacle", () => {
  it("knows what is never made anew by itself", () => {
    assert.equal(rolloutObstacle(workload({})), undefined);
    assert.match(rolloutObstacle(workload({ paused: true })) ?? "", /resume/);
    assert.match(rolloutObstacle(workload({ updateStrategy: { type: "OnDelete" } })) ?? "", /RollingUpdate/);
    const partition = { type: "RollingUpdate", rollingUpdate: { partition: 1 } };
    assert.match(rolloutObstacle(workload({ updateStrategy: partition })) ?? "", /partition/);
  });
});

describe("rolloutFailure", () => {
  const conditions = [
    { type: "Progressing", status: "False", reason: "ProgressDeadlineExceeded", message: "it has timed out" },
  ];
  it("is what Kubernetes has given up, of this change", () => {
    assert.equal(rolloutFailure(workload({}, { conditions })), "it has timed out");
    assert.equal(rolloutFailure(workload({}, { conditions, observedGeneration: 1 })), undefined);
    assert.equal(rolloutFailure(workload({})), undefined);
  });
});

describe("pods of a workload", () => {
  it("say what troubles them", () => {
    const waiting = { reason: "ImagePullBackOff", message: "no such image" };
    const unplaced = { type: "PodScheduled", status: "False", reason: "Unschedulable", message: "no memory" };
    assert.equal(podTrouble(pod({ conditions: [unplaced] })), "pod web-1: Unschedulable (no memory)");
    assert.equal(
      podTrouble(pod({ containerStatuses: [{ state: { waiting } }] })),
      "pod web-1: ImagePullBackOff (no such image)",
    );
    const unready = { name: "app", ready: false, state: {} };
    assert.equal(podTrouble(pod({ containerStatuses: [unready] })), "pod web-1: container app is not ready");
    assert.equal(podTrouble(pod({ containerStatuses: [{ name: "app", ready: true }] })), undefined);
  });
  it("have former credentials until they end", () => {
    const fresh = { "cnpg.pulumi.com/credentials": "c" };
    assert.equal(hasFormerCredentials(pod({ phase: "Running" }, fresh), "c"), false);
    assert.equal(hasFormerCredentials(pod({ phase: "Running" }, fresh), "d"), true);
    assert.equal(hasFormerCredentials(pod({ phase: "Running" }), "c"), true);
    assert.equal(hasFormerCredentials(pod({ phase: "Succeeded" }), "c"), false);
  });
});
