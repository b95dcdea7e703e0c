import { failoverNames } from "../failover/names";
import { givenOptions } from "../failover/options";
import type { FailoverStatus } from "../failover/status";
import type { WantedFailover } from "./failover";
import { failoverHistory } from "./failover-history";
import { findInstance } from "./instance";
import { present } from "../present";
import type { JobContext } from "./run-job";
import { runRecorded } from "./run-recorded";

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
  return runRecorded(
    context,
    {
      namespace,
      cronJob: failoverNames(instance).failover,
      request: present({ ...givenOptions(request), undo }),
      timeoutSeconds,
    },
    {
      read: () => failoverHistory(context.api, namespace, instance),
      failed: ({ failureReason }) => failureReason !== undefined,
    },
  );
}
