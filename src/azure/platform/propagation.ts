import type { Manifest } from "../../cnpg/object";
import { apiOfKubeconfig } from "../../operations/kubeconfig";
import { ApiError, type ResourceKind } from "../../operations/kubernetes";
import { describeError } from "../../operations/waiting";

/** Whether whoever deploys may do everything in the cluster; an error's message when the cluster did not answer that. */
export type Answer = "allowed" | "denied" | { error: string };

export interface Waiting {
  timeoutMilliseconds: number;
  intervalMilliseconds: number;
  now: () => number;
  sleep: (milliseconds: number) => Promise<void>;
}

/**
 * Asks until the answer is yes: a role assignment is there at once, and Kubernetes knows of it minutes later ("Troubleshoot Azure RBAC",
 * Microsoft Learn, 2025: up to ten minutes).
 * @throws Error with the last answer and what to do, when time is up
 */
export async function untilAllowed(ask: () => Promise<Answer>, waiting: Waiting): Promise<void> {
  const { now, sleep, timeoutMilliseconds, intervalMilliseconds } = waiting;
  const end = now() + timeoutMilliseconds;
  for (;;) {
    const answer = await ask();
    if (answer === "allowed") return;
    if (now() + intervalMilliseconds > end) throw new Error(lateness(answer, timeoutMilliseconds / 1000));
    await sleep(intervalMilliseconds);
  }
}

function lateness(answer: Answer, seconds: number): string {
  const remedy =
    typeof answer === "object"
      ? `It could not be asked: ${answer.error} Is kubelogin on PATH, the login of login.mode there, and this machine in apiServer.authorizedRanges or the private network?`
      : "Whoever deploys must be among administrators, by the object id of the login that kubelogin uses. Deploy again; what is there is kept.";
  return `Kubernetes did not admit the deployer as administrator within ${seconds} s. ${remedy}`;
}

const review: ResourceKind = {
  apiVersion: "authorization.k8s.io/v1",
  plural: "selfsubjectaccessreviews",
};

interface AccessReview extends Manifest {
  status?: { allowed?: boolean };
}

/** Asks the cluster of a kubeconfig what its user may do. */
export async function askCluster(kubeconfig: string): Promise<Answer> {
  const spec = { resourceAttributes: { group: "*", resource: "*", verb: "*" } };
  try {
    const api = await apiOfKubeconfig(kubeconfig);
    const object = { apiVersion: review.apiVersion, kind: "SelfSubjectAccessReview", metadata: {}, spec };
    const { status } = await api.create<AccessReview>(review, object as unknown as Manifest);
    return status?.allowed === true ? "allowed" : "denied";
  } catch (error) {
    return error instanceof ApiError && error.status === 403 ? "denied" : { error: describeError(error) };
  }
}
