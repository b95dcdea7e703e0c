import * as assert from "node:assert/strict";
import type { ClusterObject } from "../../../src/cnpg";
import type { InstancePod } from "../../../src/operations/settle";
import { wholenessProblem } from "../../../src/operations/whole-instance";

const pod = (name: string, ready = "True"): InstancePod => ({
  apiVersion: "v1",
  kind: "Pod",
  metadata: { name, namespace: "shop" },
  status: { conditions: [{ type: "Ready", status: ready }] },
});
const pods = [pod("orders-g1-1"), pod("orders-g1-2"), pod("orders-g1-3")];

function cluster(status: ClusterObject["status"] = {}): ClusterObject {
  return {
    metadata: { name: "orders-g1", namespace: "shop" },
    spec: { instances: 3 },
    status: {
      phase: "Cluster in healthy state",
      readyInstances: 3,
      currentPrimary: "orders-g1-1",
      targetPrimary: "orders-g1-1",
      ...status,
    },
  } as ClusterObject;
}

const problem = (of: ClusterObject, these: readonly InstancePod[] = pods): string | undefined =>
  wholenessProblem("shop/orders", { cluster: of, pods: these });

describe("an instance", () => {
  it("is whole when every server is ready and nothing goes on", () => {
    assert.equal(problem(cluster()), undefined);
  });

  it("is not whole while a pod is missing or not ready, whatever the Cluster says", () => {
    assert.equal(problem(cluster(), pods.slice(1)), "2 of 3 instances of shop/orders are ready.");
    assert.match(problem(cluster(), [...pods.slice(1), pod("orders-g1-1", "False")]) ?? "", /^2 of 3/);
    const leaving = {
      ...pods[0],
      metadata: { ...pods[0]?.metadata, deletionTimestamp: "2026-01-01T00:00:00Z" },
    };
    assert.match(problem(cluster(), [...pods.slice(1), leaving as InstancePod]) ?? "", /^2 of 3/);
  });

  it("is not whole while its primary changes, or CloudNativePG has something to do", () => {
    assert.match(problem(cluster({ targetPrimary: "orders-g1-2" })) ?? "", /changes from orders-g1-1 to/);
    assert.match(
      problem(cluster({ phase: "Failing over" })) ?? "",
      /is not healthy \(phase "Failing over"\)/,
    );
    assert.match(problem(cluster({ readyInstances: 2 })) ?? "", /counts 2 ready instances/);
  });
});
