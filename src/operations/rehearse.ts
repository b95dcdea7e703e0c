import { RehearsalEndpoint, RehearsalKind } from "../rehearsal/args";
import { type RehearsalReport, brokenLimits } from "../rehearsal/report";
import { extentOf, type Suspension, suspensionOf } from "../failover/suspension";
import { ReportOutcome } from "../report-history";
import { EventType, recordEvent, subjectOf } from "./event";
import { failover } from "./failover";
import { failoverHistory } from "./failover-history";
import { failoverContext } from "./failover-job";
import { isAlive } from "./failover-survey";
import { findInstance, type FoundInstance } from "./instance";
import { Interrupted, terminationSignal, unlessInterrupted } from "./interruption";
import { kinds } from "./kubernetes";
import type { Operation, OperationContext } from "./operation";
import { sessionsWith } from "./probe";
import { claimRehearsal, type RehearsalClaim, releaseRehearsal } from "./rehearsal-claim";
import { keepRehearsal } from "./rehearsal-history";
import { Rehearsal, type RehearsalSurroundings } from "./rehearsal-run";
import { readRehearseRequest, type RehearseRequest } from "./rehearse-request";
import { leaveOnJob } from "./result";
import { describeError } from "./waiting";
import { lookAtInstance, wholenessProblem } from "./whole-instance";
import { behaviourOf, WriteProbe } from "./write-probe";

/** What a rehearsal needs. */
export interface RehearseContext extends RehearsalSurroundings {
  /** Comes when the rehearsal is told to stop. */
  signal: AbortSignal;
}

export const rehearse: Operation<RehearseRequest> = {
  help: `Writes and reads through the endpoints of an instance while its primary is switched or killed, and measures what the clients noticed.
Login in PGUSER and PGPASSWORD, which may make a schema in the database; the schema goes at the end.
Request: namespace, instance, endpoint {host, port, database, caFile}, rehearsal {kind ("switchover" or "kill"), via ("primary" or "pooler"),
  readOnlyHost, poolerHost, intervalMs (10), settleSeconds (10), timeoutSeconds (600), history (10),
  limits {maxWriteGapMs, maxReadGapMs, maxFailedStatements, maxLostWrites}}; kind and via beside it win over those in it.
Result: the report. A rehearsal that failed ends with its reason, and its report stands in the history too.`,
  read: readRehearseRequest,
  async run(request, context) {
    const { signal, end } = terminationSignal();
    try {
      const report = await rehearseHere(request, rehearseContext(request, context, signal));
      await leaveOnJob(report, context);
      if (report.outcome === ReportOutcome.Failed)
        throw new Error(`Rehearsal ${report.id}: ${report.reason}`);
      context.say(`Rehearsal ${report.id} succeeded: writes paused for ${report.writes?.gapMs} ms.`);
    } finally {
      end();
    }
  },
};

function rehearseContext(
  { endpoint, rehearsal }: RehearseRequest,
  context: OperationContext,
  signal: AbortSignal,
): RehearseContext {
  const { api, clock, say, env } = context;
  return {
    api,
    clock,
    say,
    signal,
    async beginProbe() {
      const { via, intervalMs, poolerHost, readOnlyHost } = rehearsal;
      const pooled = via === RehearsalEndpoint.Pooler;
      const host = pooled ? poolerHost : endpoint.host;
      if (host === undefined)
        throw new Error(
          'There is no pooler to write through. Give the instance one, or write through "primary".',
        );
      const endpoints = {
        write: await sessionsWith(host, endpoint, env),
        readOnly: await sessionsWith(readOnlyHost, endpoint, env),
      };
      // A pooler makes statements wait where there is no server, and is there for that.
      const behaviour = behaviourOf(intervalMs, pooled ? pooledPatienceMs : undefined);
      return WriteProbe.begin(endpoints, behaviour, context);
    },
    switchOver: (request, probe) =>
      failover(request, { ...failoverContext({ endpoint }, context), probe, signal }),
    ...(env.JOB_NAME === undefined ? {} : { job: env.JOB_NAME }),
  };
}

/** Milliseconds a statement waits for an answer of the pooler. */
const pooledPatienceMs = 60_000;

/**
 * Does what the operation does. The report is written and everything removed however it ends.
 * @throws Error when it was refused; nothing was done then
 */
export async function rehearseHere(
  request: RehearseRequest,
  context: RehearseContext,
): Promise<RehearsalReport> {
  const { namespace, instance } = request;
  const { api, clock, job, signal } = context;
  const started = clock.now();
  const id = rehearsalId(started);
  const found = await findInstance(api, namespace, instance);
  const claim: RehearsalClaim = { namespace, instance, id, ...(job === undefined ? {} : { job }) };
  await claimRehearsal(api, claim);
  try {
    await refuseHindered(request, found, context);
    const rehearsal = new Rehearsal(id, request, found, context);
    const failures: string[] = [];
    try {
      await unlessInterrupted(signal, () => rehearsal.run());
    } catch (error) {
      failures.push(
        error instanceof Interrupted ? "It was told to stop before its end." : describeError(error),
      );
    }
    const leftovers = await rehearsal.conclude(signal.aborted, failures[0]);
    const { findings } = rehearsal;
    const { limits } = request.rehearsal;
    const problems = [...failures, ...(findings.actedAt === undefined ? [] : brokenLimits(findings, limits))];
    const report = reportOf({ id, request, started, finished: clock.now(), findings, problems, leftovers });
    await keepRehearsal(api, report, request.rehearsal.history, context.say);
    await tell(report, found, context);
    return report;
  } finally {
    await releaseRehearsal(api, claim);
  }
}

/** @example "rehearsal-20261128T101500Z" */
function rehearsalId(started: Date): string {
  return `rehearsal-${started.toISOString().replace(/[-:]|\.\d+/g, "")}`;
}

/** @throws Error when a rehearsal now would measure something else, or do harm */
async function refuseHindered(
  { namespace, instance, rehearsal }: RehearseRequest,
  { cluster }: FoundInstance,
  { api, clock }: RehearseContext,
): Promise<void> {
  const name = `${namespace}/${instance}`;
  if (rehearsal.kind === RehearsalKind.Switchover && (cluster.spec?.instances ?? 1) < 2) {
    throw new Error(
      `${name} has no standby to switch over to. Set instances to 2 or more, or rehearse "${RehearsalKind.Kill}".`,
    );
  }
  const held = suspensionOf(cluster);
  if (held !== undefined) throw new Error(`${heldBack(name, held)} A rehearsal would measure that.`);
  for (const record of await failoverHistory(api, namespace, instance)) {
    if (record.completedAt === undefined && (await isAlive(record, api, clock)))
      throw new Error(`Failover ${record.id} of ${name} runs. Rehearse when it has ended.`);
  }
  const looked = await lookAtInstance(api, namespace, cluster.metadata.name ?? "");
  const problem = wholenessProblem(name, looked);
  if (problem !== undefined) throw new Error(`${problem} An instance is rehearsed when it is whole.`);
}

/** Why CloudNativePG would not fail over now, as a sentence. */
function heldBack(name: string, { maintenance, coolDown }: Suspension): string {
  if (maintenance !== undefined)
    return `${name} is in maintenance ${extentOf(maintenance)}. End it with pulumi-cnpg maintenance off.`;
  return `${name} fails over to nobody until ${coolDown?.until}, because it has just done so.`;
}

interface Ended {
  id: string;
  request: RehearseRequest;
  started: Date;
  finished: Date;
  findings: Rehearsal["findings"];
  problems: string[];
  leftovers: string[];
}

function reportOf(ended: Ended): RehearsalReport {
  const { id, request, started, finished, findings, problems, leftovers } = ended;
  const { kind, via, limits, intervalMs } = request.rehearsal;
  return {
    id,
    instance: request.instance,
    namespace: request.namespace,
    kind,
    via,
    outcome: problems.length === 0 ? ReportOutcome.Succeeded : ReportOutcome.Failed,
    ...(problems.length === 0 ? {} : { reason: problems.join(" ") }),
    startedAt: started.toISOString(),
    finishedAt: finished.toISOString(),
    limits,
    intervalMs,
    ...findings,
    ...(leftovers.length === 0 ? {} : { leftovers }),
  };
}

async function tell(
  report: RehearsalReport,
  { cluster }: FoundInstance,
  { api, clock }: RehearseContext,
): Promise<void> {
  const succeeded = report.outcome === ReportOutcome.Succeeded;
  const { writes } = report;
  await recordEvent(api, clock, {
    about: subjectOf({ ...cluster, apiVersion: kinds.cluster.apiVersion, kind: "Cluster" }),
    type: succeeded ? EventType.Normal : EventType.Warning,
    reason: succeeded ? "FailoverRehearsalSucceeded" : "FailoverRehearsalFailed",
    message: succeeded
      ? `${report.id} (${report.kind}): writes paused for ${writes?.gapMs} ms, ${writes?.failedStatements} of them failed, ${writes?.lost} are lost`
      : `${report.id} (${report.kind}): ${report.reason}`,
  });
}
