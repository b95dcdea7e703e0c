import { failoverNames } from "../failover/names";
import type { FailoverStatus } from "../failover/status";
import type { WantedFailover } from "./failover";
import { failoverHistory } from "./failover-history";
import { findInstance } from "./instance";
import { present } from "./present";
import { type JobContext, runJobFrom } from "./run-job";
import { describeError } from "./waiting";

/** A failover that a Job of the cluster is to do. */
export interface StartFailoverRequest extends WantedFailover {
  /** Seconds until following it ends; the failover itself goes on. @default 7200 */
  timeoutSeconds?: number;
}

/**
 * Lets a Job of the cluster switch over, or fail over, and follows it to its end: it goes on when the connection from here is lost.
 * @returns the record, also when it failed
 * @throws Error when it came to no record: it was refused, there is no standby, or its Job could not run
 */
export async function startFailover(
  request: StartFailoverRequest,
  context: JobContext,
): Promise<FailoverStatus> {
  const { namespace, instance, timeoutSeconds = 7200, undo } = request;
  const { facts } = await findInstance(context.api, namespace, instance);
  if (facts.instances === 1)
    throw new Error(
      `${namespace}/${instance} has one server, so that none could take over. Set instances to 2 or more.`,
    );
  const before = await failoverHistory(context.api, namespace, instance);
  const { targetReplicaId, mode, waitForSync, syncTimeout, oldPrimaryAction, maxLagBytes, reason } = request;
  try {
    return await runJobFrom<FailoverStatus>(context, {
      namespace,
      cronJob: failoverNames(instance).failover,
      request: present({
        targetReplicaId,
        mode,
        waitForSync,
        syncTimeout,
        oldPrimaryAction,
        maxLagBytes,
        reason,
        undo,
      }),
      timeoutSeconds,
    });
  } catch (error) {
    // A failover that failed ends its Job as failed, and its record stands in the history.
    const [newest] = await failoverHistory(context.api, namespace, instance);
    const isNews = newest !== undefined && !before.some(({ id }) => id === newest.id);
    if (isNews && newest.failureReason !== undefined && describeError(error).includes(newest.id))
      return newest;
    throw error;
  }
}
