import * as assert from "node:assert/strict";

import { jobVerdict } from "../../../../embedded/providers/kubernetes/readiness/job";
import { podReasons } from "../../../../embedded/providers/kubernetes/readiness/pod";
import { choosesPods, hasAddress } from "../../../../embedded/providers/kubernetes/readiness/service";
import {
  daemonSetVerdict,
  deploymentVerdict,
  statefulSetVerdict,
} from "../../../../embedded/providers/kubernetes/readiness/workload";
import type { Manifest } from "../../../../embedded/providers/kubernetes/manifest";
import type { PropertyMap } from "../../../../embedded/providers/protocol/property";

const rolledOut = [
  { type: "Progressing", status: "True", reason: "NewReplicaSetAvailable" },
  { type: "Available", status: "True" },
];

const deployment = (status: PropertyMap, generation = 2): Manifest => ({
  metadata: { name: "d", generation },
  spec: { replicas: 2 },
  status: {
    observedGeneration: 2,
    replicas: 2,
    updatedReplicas: 2,
    readyReplicas: 2,
    conditions: rolledOut,
    ...status,
  },
});

describe("readiness", () => {
  it("a Deployment is ready when its newest replicas are, and the old ones are gone", () => {
    assert.ok(deploymentVerdict(deployment({})).ready);
    assert.ok(!deploymentVerdict(deployment({}, 3)).ready, "status of an older specification");
    assert.ok(!deploymentVerdict(deployment({ readyReplicas: 1 })).ready);
    assert.ok(!deploymentVerdict(deployment({ updatedReplicas: 1 })).ready);
    assert.ok(!deploymentVerdict(deployment({ replicas: 3 })).ready, "an old replica is left");
    assert.ok(!deploymentVerdict(deployment({ conditions: [] })).ready);
    const stuck = [
      { type: "Progressing", status: "False", reason: "ProgressDeadlineExceeded", message: "timed out" },
    ];
    assert.deepEqual(deploymentVerdict(deployment({ conditions: stuck })).reasons, [
      "[ProgressDeadlineExceeded] timed out",
    ]);
  });

  it("a StatefulSet is ready at one revision, a DaemonSet on every node", () => {
    const set = (status: PropertyMap): Manifest => ({
      metadata: { name: "s", generation: 1 },
      spec: { replicas: 1 },
      status: {
        observedGeneration: 1,
        replicas: 1,
        readyReplicas: 1,
        currentRevision: "a",
        updateRevision: "a",
        ...status,
      },
    });
    assert.ok(statefulSetVerdict(set({})).ready);
    assert.ok(!statefulSetVerdict(set({ updateRevision: "b" })).ready);
    const daemons = {
      observedGeneration: 1,
      desiredNumberScheduled: 2,
      updatedNumberScheduled: 2,
      numberReady: 2,
    };
    assert.ok(daemonSetVerdict({ metadata: { generation: 1 }, status: daemons }).ready);
    assert.ok(
      !daemonSetVerdict({ metadata: { generation: 1 }, status: { ...daemons, numberReady: 1 } }).ready,
    );
  });

  it("a Job starts, runs, and then succeeds or fails for good", () => {
    const job = (status: PropertyMap): Manifest => ({ metadata: { name: "j" }, status });
    assert.match(jobVerdict(job({})).message, /to start/);
    assert.match(
      jobVerdict(job({ startTime: "now", active: 1 })).message,
      /Active: 1 \| Succeeded: 0 \| Failed: 0/,
    );
    assert.ok(jobVerdict(job({ conditions: [{ type: "Complete", status: "True" }] })).ready);
    const failed = jobVerdict(
      job({ conditions: [{ type: "Failed", status: "True", reason: "DeadlineExceeded", message: "late" }] }),
    );
    assert.equal(failed.failed, true);
    assert.match(failed.message, /DeadlineExceeded: late/);
  });

  it("a Service waits for its address, and for pods only when it chooses some", () => {
    assert.ok(hasAddress({ spec: { type: "ClusterIP" } }));
    assert.ok(!hasAddress({ spec: { type: "LoadBalancer" }, status: { loadBalancer: {} } }));
    assert.ok(
      hasAddress({
        spec: { type: "LoadBalancer" },
        status: { loadBalancer: { ingress: [{ ip: "10.0.0.1" }] } },
      }),
    );
    const selector = { app: "x" };
    assert.ok(choosesPods({ spec: { selector } }));
    assert.ok(!choosesPods({ spec: { selector, clusterIP: "None" } }));
    assert.ok(!choosesPods({ spec: { selector, type: "ExternalName" } }));
    assert.ok(!choosesPods({ spec: {} }));
  });

  it("pods explain themselves by the scheduler, the image and the termination message", () => {
    const pod = (status: PropertyMap): Manifest => ({ metadata: { name: "p" }, status });
    const waiting = (reason: string): PropertyMap => ({
      containerStatuses: [{ name: "c", state: { waiting: { reason } } }],
    });
    assert.deepEqual(podReasons([pod(waiting("ContainerCreating"))]), []);
    assert.deepEqual(podReasons([pod(waiting("ImagePullBackOff"))]), [
      '[Pod p]: container "c" is waiting: ImagePullBackOff',
    ]);
    const unscheduled = {
      conditions: [{ type: "PodScheduled", status: "False", message: "0/1 nodes are available" }],
    };
    assert.deepEqual(podReasons([pod(unscheduled)]), ["[Pod p]: 0/1 nodes are available"]);
    const ended = {
      initContainerStatuses: [
        { name: "i", state: { terminated: { exitCode: 1, reason: "Error", message: "why\n" } } },
      ],
    };
    assert.deepEqual(podReasons([pod(ended)]), ['[Pod p]: container "i" exited with code 1 (Error): why']);
    const crashing = {
      containerStatuses: [
        {
          name: "c",
          state: { waiting: { reason: "CrashLoopBackOff" } },
          lastState: { terminated: { exitCode: 2, message: "boom" } },
        },
      ],
    };
    assert.deepEqual(podReasons([pod(crashing)]), [
      '[Pod p]: container "c" exited with code 2 (Error): boom',
    ]);
  });
});
