import * as assert from "node:assert/strict";
import { jobsImage } from "../../src/jobs/image";
import type { Harness } from "./harness";

/** Load on every CPU of the node. */
export interface CpuLoad {
  /** Namespace of the pod. */
  namespace: string;
  seconds: number;
  /** What the pod asks for, as a quantity: its weight against others in a crush. */
  cpu: string;
}

/** Processes that do nothing but compute: more than the node of the tests has CPUs. */
export const burners = 4;

/** Keeps every CPU busy, and comes back when that is over. */
export async function keepCpusBusy(bench: Harness, { namespace, seconds, cpu }: CpuLoad): Promise<void> {
  const burn = `for i in $(seq ${burners}); do timeout ${seconds} sh -c 'while :; do :; done' & done; wait`;
  await bench.apply({
    apiVersion: "v1",
    kind: "Pod",
    metadata: { name: "burner", namespace },
    spec: {
      restartPolicy: "Never",
      terminationGracePeriodSeconds: 0,
      activeDeadlineSeconds: seconds + 60,
      containers: [
        {
          name: "burner",
          image: jobsImage,
          imagePullPolicy: "IfNotPresent",
          command: ["sh", "-c", burn],
          resources: { requests: { cpu, memory: "16Mi" } },
        },
      ],
    },
  });
  const phase = (): Promise<string> => bench.field(namespace, "pod/burner", ".status.phase");
  const isOver = async (): Promise<boolean> => ["Succeeded", "Failed"].includes(await phase());
  await bench.waitUntil(isOver, "the end of the load", seconds + 90);
  assert.equal(await phase(), "Succeeded");
}
