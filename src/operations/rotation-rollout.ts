import { type Workload, WorkloadKind, type RotateRequest } from "../application/rotation/request";
import {
  hasFormerCredentials,
  podTrouble,
  rolloutAwaits,
  rolloutFailure,
  rolloutObstacle,
  type WorkloadObject,
  type WorkloadPod,
} from "../application/rotation/rollout";
import { ownAnnotations } from "../cnpg/metadata";
import { kinds, type KubernetesApi, type ResourceKind } from "./kubernetes";
import type { OperationContext } from "./operation";
import { type Look, waitUntil } from "./waiting";

const kindOf: Readonly<Record<WorkloadKind, ResourceKind>> = {
  [WorkloadKind.Deployment]: kinds.deployment,
  [WorkloadKind.StatefulSet]: kinds.statefulSet,
  [WorkloadKind.DaemonSet]: kinds.daemonSet,
};

/**
 * Makes sure that all workloads are there and can be made anew.
 * @throws Error naming the first that is not
 */
export async function checkWorkloads(
  { application: { namespace }, workloads }: RotateRequest,
  api: KubernetesApi,
): Promise<void> {
  for (const workload of workloads) {
    const obstacle = rolloutObstacle(await read(workload, namespace, api));
    if (obstacle !== undefined)
      throw new Error(`${workload.kind} ${namespace}/${workload.name} cannot be made anew. ${obstacle}`);
  }
}

async function read(
  { kind, name }: Workload,
  namespace: string,
  api: KubernetesApi,
): Promise<WorkloadObject> {
  const found = await api.get<WorkloadObject>(kindOf[kind], namespace, name);
  if (found === undefined)
    throw new Error(
      `There is no ${kind} ${namespace}/${name}: take it out of the workloads, or begin when it is there.`,
    );
  return found;
}

/**
 * Makes the pods of all workloads anew, one workload after the other, and waits until each is healthy and no former pod is left.
 * @param checksum what new pods carry; pods that carry it already stay
 * @throws Error with what the pods say
 */
export async function rollWorkloads(
  { application: { namespace }, workloads, timeoutSeconds }: RotateRequest,
  checksum: string,
  context: OperationContext,
): Promise<void> {
  const annotations = { [ownAnnotations.credentials]: checksum };
  for (const workload of workloads) {
    const { kind, name } = workload;
    context.say(`Making the pods of ${kind} ${namespace}/${name} anew.`);
    await context.api.patch(kindOf[kind], namespace, name, {
      spec: { template: { metadata: { annotations } } },
    });
    const look = () => lookAt(workload, namespace, checksum, context.api);
    const failure = await waitUntil(look, { ...context, timeoutSeconds });
    if (failure !== undefined) throw new Error(failure);
    context.say(`${kind} ${namespace}/${name} is healthy with the new credentials.`);
  }
}

/** @returns when it is done, why it failed, or nothing */
async function lookAt(
  workload: Workload,
  namespace: string,
  checksum: string,
  api: KubernetesApi,
): Promise<Look<string | undefined>> {
  const name = `${workload.kind} ${namespace}/${workload.name}`;
  const object = await read(workload, namespace, api);
  const pods = await podsOf(object, namespace, api);
  const missing = rolloutAwaits(workload.kind, object);
  if (missing !== undefined) {
    const fresh = pods.filter(pod => !hasFormerCredentials(pod, checksum));
    const trouble = fresh.map(podTrouble).find(found => found !== undefined);
    const failure = rolloutFailure(object);
    const text = [missing, failure, trouble].filter(part => part !== undefined).join("; ");
    if (failure !== undefined) return { done: true, value: `${name}: ${text}` };
    return { done: false, awaiting: `${name}: ${text}` };
  }
  // A pod that is ending is counted no more, but may still log in.
  const former = pods.filter(pod => hasFormerCredentials(pod, checksum)).length;
  if (former > 0) return { done: false, awaiting: `${name}: the end of ${former} former pods` };
  return { done: true, value: undefined };
}

/** Pods by labels; a selector that says more cannot be asked for, and the pods of others would be among them. */
async function podsOf(
  { spec }: WorkloadObject,
  namespace: string,
  api: KubernetesApi,
): Promise<WorkloadPod[]> {
  const { matchLabels, matchExpressions = [] } = spec?.selector ?? {};
  if (matchLabels === undefined || matchExpressions.length > 0) return [];
  return api.list<WorkloadPod>(kinds.pod, namespace, matchLabels);
}
