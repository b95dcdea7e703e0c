import { resultAnnotation } from "../jobs/job";
import { kinds, ApiError } from "./kubernetes";
import type { OperationContext } from "./operation";

/** Where a result goes instead of the Job's own annotation. */
export interface ResultTarget {
  namespace: string;
  configMap: string;
}

/**
 * Leaves what an operation found where Pulumi reads it: as JSON in the annotation of the Job it runs in,
 * or as the data of a ConfigMap that is deleted with the Job.
 */
export async function leaveResult(
  result: Record<string, string>,
  target: ResultTarget | undefined,
  context: OperationContext,
): Promise<void> {
  if (target === undefined) return leaveOnJob(result, context);
  const job = ownJob(context.env);
  const owner = { apiVersion: "batch/v1", kind: "Job", name: job.name, uid: job.uid };
  const metadata = { name: target.configMap, namespace: target.namespace, ownerReferences: [owner] };
  try {
    await context.api.create(kinds.configMap, {
      apiVersion: "v1",
      kind: "ConfigMap",
      metadata,
      data: result,
    });
  } catch (error) {
    if (!(error instanceof ApiError) || error.status !== 409) throw error;
    await context.api.patch(kinds.configMap, target.namespace, target.configMap, {
      metadata: { ownerReferences: [owner] },
      data: result,
    });
  }
  context.say(`Wrote the result to ConfigMap ${target.namespace}/${target.configMap}.`);
}

/** Leaves what an operation found, as JSON in the annotation of the Job it runs in. */
export async function leaveOnJob(result: object, context: OperationContext): Promise<void> {
  const job = ownJob(context.env);
  const change = { metadata: { annotations: { [resultAnnotation]: JSON.stringify(result) } } };
  await context.api.patch(kinds.job, job.namespace, job.name, change);
  context.say(`Wrote the result to Job ${job.namespace}/${job.name}.`);
}

function ownJob(env: OperationContext["env"]): { namespace: string; name: string; uid: string } {
  const { JOB_NAME: name, JOB_UID: uid, POD_NAMESPACE: namespace } = env;
  if (name === undefined || uid === undefined || namespace === undefined) {
    throw new Error(
      "JOB_NAME, JOB_UID and POD_NAMESPACE are not set: this operation leaves its result on the Job it runs in",
    );
  }
  return { namespace, name, uid };
}
