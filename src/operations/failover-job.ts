import { FailoverState } from "../failover/status";
import { failover } from "./failover";
import type { FailoverContext } from "./failover-context";
import { type FailoverJobRequest, readFailoverRequest, type WriteEndpoint } from "./failover-request";
import { runTrigger } from "./failover-trigger";
import { terminationSignal } from "./interruption";
import type { Operation, OperationContext } from "./operation";
import { query, readAuthority } from "./postgres";
import { leaveOnJob } from "./result";

export const failoverOperation: Operation<FailoverJobRequest> = {
  help: `Switches over, or fails over, to a standby and records it. The login for a write through the endpoint is in PGUSER and PGPASSWORD.
Request: namespace, instance, targetReplicaId, mode ("planned" or "forced"), waitForSync (true), syncTimeout (300), oldPrimaryAction
  ("convertToReplica", "stopAndRetain" or "terminate"), maxLagBytes, reason, undo (false), endpoint {host, port, database, caFile},
  trigger (done once for each text; the one that stands in the history when it is made is not done).
Result: the record; with trigger {trigger, failover}. A failover that failed ends with its reason, and its record stands in the history too.`,
  read: readFailoverRequest,
  async run(request, surroundings) {
    const { signal, end } = terminationSignal();
    try {
      const context = { ...failoverContext(request, surroundings), signal };
      if (request.trigger !== undefined) {
        await leaveOnJob(await runTrigger(request.trigger, request, context), surroundings);
        return;
      }
      const status = await failover(request, context);
      await leaveOnJob(status, surroundings);
      if (status.state === FailoverState.Failed) throw new Error(`${status.id}: ${status.failureReason}`);
    } finally {
      end();
    }
  },
};

/** What a failover that runs in a Job needs. */
export function failoverContext(
  { endpoint }: Pick<FailoverJobRequest, "endpoint">,
  surroundings: OperationContext,
): FailoverContext {
  const { api, execute, clock, say, env } = surroundings;
  return {
    api,
    execute,
    clock,
    say,
    ...(env.JOB_NAME === undefined ? {} : { job: env.JOB_NAME }),
    ...(endpoint === undefined || env.PGUSER === undefined
      ? {}
      : { tryWrite: () => tryWrite(endpoint, env) }),
  };
}

/** Only a server that takes writes gives out transaction ids. */
async function tryWrite(endpoint: WriteEndpoint, env: OperationContext["env"]): Promise<void> {
  const { host, port, database, caFile } = endpoint;
  const ca = await readAuthority(caFile);
  await query({ host, port, database, sslmode: "verify-full", ca }, env, "SELECT pg_current_xact_id()::text");
}
