import type { ClusterSpec } from "../cnpg/cluster";
import { cnpgApiVersion, type Manifest } from "../cnpg/object";
import { kinds } from "./kubernetes";
import type { Operation } from "./operation";
import { type Look, waitUntil } from "./waiting";

/** Request of `admission-gate`. */
export interface AdmissionGateRequest {
  /** Namespace the pretended Cluster is created in. */
  namespace: string;
  timeoutSeconds: number;
}

/** Answers in a row that count as answering: replicas of operator and API server become ready one after the other. */
const answersInARow = 3;

export const admissionGate: Operation<AdmissionGateRequest> = {
  help: `Waits until the operator's admission webhook answers: a Cluster is created with dry-run, so nothing stays.
Request: namespace, timeoutSeconds.`,
  read: json => ({
    namespace: json.text("namespace"),
    timeoutSeconds: json.integer("timeoutSeconds", 1, 86_400),
  }),
  async run({ namespace, timeoutSeconds }, context) {
    let inARow = 0;
    const look = async (): Promise<Look<void>> => {
      const before = inARow;
      inARow = 0;
      const made = await context.api.create(kinds.cluster, tinyCluster(namespace), { dryRun: true });
      if (!isDefaulted(made)) {
        return {
          done: false,
          awaiting: "the API server accepts Clusters, but no webhook completes them yet",
        };
      }
      inARow = before + 1;
      if (inARow < answersInARow)
        return { done: false, awaiting: "a second and third answer of the webhook" };
      return { done: true, value: undefined };
    };
    await waitUntil(look, { ...context, timeoutSeconds, intervalMilliseconds: 500 });
    context.say("The admission webhook answers.");
  },
};

/** Whether the webhook completed the Cluster: the schema has no default for the database. */
export function isDefaulted(cluster: Manifest): boolean {
  const spec = cluster.spec as ClusterSpec | undefined;
  return spec?.bootstrap?.initdb?.database !== undefined;
}

function tinyCluster(namespace: string): Manifest {
  const spec: ClusterSpec = { instances: 1, storage: { size: "1Gi" } };
  const metadata = { generateName: "admission-gate-", namespace };
  return { apiVersion: cnpgApiVersion, kind: "Cluster", metadata, spec };
}
