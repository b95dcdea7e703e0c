import { lastSuccess, withReport } from "../backup/drill/history";
import { metricQuery } from "../backup/drill/metric";
import { drillNames, historyKey, metricKey } from "../backup/drill/names";
import { timelineQuery } from "../backup/drill/queries";
import { type DrillFindings, DrillOutcome, type DrillReport, judge, rate } from "../backup/drill/report";
import { readTimelineHistory, targetProblem } from "../backup/drill/target";
import { instanceLabels } from "../cnpg/metadata";
import type { OwnerReference } from "../cnpg/object";
import { isJobLeaving } from "./active-job";
import { openArchive } from "./archive";
import { writeKeys } from "./config-map";
import { checkRestored } from "./drill-checks";
import { drillHistory } from "./drill-history";
import {
  type DrillIdentity,
  type PreparationContext,
  prepareDrill,
  type Prepared,
} from "./drill-preparation";
import { removeLeftovers, removeThrowAway } from "./drill-removal";
import { type DrillRequest, readDrillRequest } from "./drill-request";
import { restoreThrowAway } from "./drill-restore";
import { EventType, recordEvent, subjectOf } from "./event";
import { sqlOver } from "./execute";
import { findInstance, type FoundInstance } from "./instance";
import { Interrupted, interruptible, terminationSignal, unlessInterrupted } from "./interruption";
import { ApiError, kinds, type KubernetesApi } from "./kubernetes";
import type { Operation, OperationContext } from "./operation";
import { leaveOnJob } from "./result";
import { describeError } from "./waiting";

/** What a drill needs. */
export interface DrillContext extends PreparationContext {
  api: KubernetesApi;
  /** Comes when the drill is told to stop. */
  signal: AbortSignal;
  /** The Job it runs in, which the throw-away Cluster goes with. */
  job?: OwnerReference;
}

export const drill: Operation<DrillRequest> = {
  help: `Restores the latest base backup of an instance into a throw-away one, checks and measures it, and removes it.
Request: namespace, instance, target ("restorePoint", "lastArchived" or "random"), checks {checksums, amcheck, rowCounts,
  assertions [{name, database, sql}]}, storage {size, storageClass}, resources {cpu, memory, requests {cpu, memory}},
  maxRtoSeconds, timeoutSeconds (14400), history (10).
Result: the report. A drill that failed ends with its reason, and its report stands in the history too.`,
  read: readDrillRequest,
  async run(request, context) {
    const { signal, end } = terminationSignal();
    try {
      const report = await runDrillHere(request, { ...drillContext(context), signal });
      await leaveOnJob(report, context);
      if (report.outcome === DrillOutcome.Failed)
        throw new Error(`Restore drill ${report.id}: ${report.reason}`);
      context.say(`Restore drill ${report.id} succeeded: ${report.rtoSeconds} s to restore.`);
    } finally {
      end();
    }
  },
};

function drillContext(context: OperationContext): Omit<DrillContext, "signal"> {
  const { api, clock, execute, say, env } = context;
  const { JOB_NAME: name, JOB_UID: uid } = env;
  return {
    api,
    clock,
    execute,
    say,
    open: (namespace, store) => openArchive(context, namespace, store),
    chance: Math.random,
    ...(name === undefined || uid === undefined
      ? {}
      : { job: { apiVersion: "batch/v1", kind: "Job", name, uid } }),
  };
}

/** Seconds the removal has, and when the drill was told to stop: Kubernetes kills the pod half a minute after that. */
const removalSeconds = 180;
const hurriedRemovalSeconds = 15;

/** Does what the operation does. The report is written and everything removed however it ends. */
export async function runDrillHere(request: DrillRequest, surroundings: DrillContext): Promise<DrillReport> {
  const { namespace, instance } = request;
  const { api, say, signal } = surroundings;
  const clock = interruptible(surroundings.clock, signal);
  const context = { ...surroundings, clock };
  const started = clock.now();
  const id = drillId(started);
  await unlessInterrupted(signal, () => removeLeftovers(namespace, instance, context, context.job?.name));
  const found = await findInstance(api, namespace, instance);
  const findings: DrillFindings = { checks: [] };
  let problems: string[];
  try {
    problems = await unlessInterrupted(signal, () =>
      restoreAndCheck(request, found, { id, started }, context, findings),
    );
  } catch (error) {
    const { job } = context;
    const told =
      error instanceof Interrupted || (job !== undefined && (await isJobLeaving(api, namespace, job.name)));
    problems = [told ? "It was told to stop before its end." : describeError(error)];
  }
  const patience = signal.aborted ? hurriedRemovalSeconds : removalSeconds;
  const left = await removeThrowAway(namespace, instance, surroundings, patience);
  const report = reportOf({
    id,
    request,
    started,
    finished: surroundings.clock.now(),
    findings,
    problems,
    left,
  });
  await keepReport(report, request.history, surroundings);
  await tell(report, found, surroundings);
  say(`The report is in ConfigMap ${namespace}/${drillNames(instance).drills}.`);
  return report;
}

/** @example "drill-20261120T020003Z" */
function drillId(started: Date): string {
  return `drill-${started.toISOString().replace(/[-:]|\.\d+/g, "")}`;
}

/** Restores and looks; what it finds goes into `findings` at once, so that a failure leaves what was known. */
async function restoreAndCheck(
  request: DrillRequest,
  found: FoundInstance,
  identity: DrillIdentity,
  context: DrillContext,
  findings: DrillFindings,
): Promise<string[]> {
  const { say, clock } = context;
  const deadline = identity.started.getTime() + request.timeoutSeconds * 1000;
  const secondsLeft = (): number => Math.max(1, Math.ceil((deadline - clock.now().getTime()) / 1000));
  const prepared = await prepareDrill(request, found, identity, context, findings);
  const { backup } = prepared.chosen;
  say(
    `Restoring base backup ${backup.id} of archive ${prepared.server} into Cluster ${drillNames(request.instance).drill}.`,
  );
  const { facts, namespace } = found;
  const restored = await restoreThrowAway(
    {
      instance: request.instance,
      namespace,
      cluster: found.cluster,
      database: facts.database,
      owner: facts.owner,
      passwordSecret: facts.passwordSecret,
      store: prepared.store,
      server: prepared.server,
      backupId: backup.id,
      target: findings.target ?? { kind: request.target },
      storage: request.storage,
      resources: request.resources,
      job: context.job,
    },
    context,
    secondsLeft(),
  );
  const { pod, rtoSeconds, phases } = restored;
  const bytesPerSecond = rate(findings.bytes, rtoSeconds);
  Object.assign(findings, {
    rtoSeconds,
    phases,
    ...(bytesPerSecond === undefined ? {} : { bytesPerSecond }),
  });
  say(`It accepts connections after ${rtoSeconds} s.`);
  const missed = await verifyTarget(pod, found, prepared, context, findings);
  const looked = await checkRestored(
    { namespace, pod, major: found.major, database: facts.database, checks: request.checks },
    { ...context, secondsLeft },
  );
  Object.assign(findings, looked);
  return [...(missed === undefined ? [] : [missed]), ...judge(findings, request.maxRtoSeconds)];
}

interface TimelineRow {
  timeline: number;
  redo: string;
  history: string | null;
}

/** Asks the restored server where replay ended, because one that ended too early looks no different. */
async function verifyTarget(
  pod: string,
  { namespace }: FoundInstance,
  { least }: Prepared,
  { execute, say }: DrillContext,
  findings: DrillFindings,
): Promise<string | undefined> {
  const [row] = (await sqlOver(execute)(namespace, pod, timelineQuery)) as unknown as TimelineRow[];
  const reached = row && readTimelineHistory(row.history ?? "", row.timeline);
  if (reached === undefined)
    return "The restored server does not tell where replay ended: its timeline has no history.";
  findings.reached = reached;
  say(`Replay ended at ${reached.lsn}, ${reached.reason}.`);
  return findings.target === undefined ? undefined : targetProblem(findings.target, reached, least);
}

interface Ended {
  id: string;
  request: DrillRequest;
  started: Date;
  finished: Date;
  findings: DrillFindings;
  problems: string[];
  left: string[];
}

function reportOf({ id, request, started, finished, findings, problems, left }: Ended): DrillReport {
  const { namespace, instance } = request;
  return {
    id,
    instance,
    namespace,
    outcome: problems.length === 0 ? DrillOutcome.Succeeded : DrillOutcome.Failed,
    ...(problems.length === 0 ? {} : { reason: problems.join(" ") }),
    startedAt: started.toISOString(),
    finishedAt: finished.toISOString(),
    ...findings,
    ...(left.length === 0 ? {} : { leftovers: left }),
  };
}

async function keepReport(report: DrillReport, keep: number, { api, say }: DrillContext): Promise<void> {
  const { namespace, instance } = report;
  const names = drillNames(instance);
  const history = withReport(await drillHistory(api, namespace, instance), report, keep);
  await writeKeys(
    api,
    { namespace, name: names.drills, labels: instanceLabels(instance) },
    { [historyKey]: history },
  );
  try {
    const data = { [metricKey]: metricQuery(report, lastSuccess(history)) };
    await api.patch(kinds.configMap, namespace, names.metric, { data });
  } catch (error) {
    if (!(error instanceof ApiError) || error.status !== 404) throw error;
    say(`ConfigMap ${namespace}/${names.metric} does not exist, so there is no metric of this drill.`);
  }
}

async function tell(
  report: DrillReport,
  { cluster }: FoundInstance,
  { api, clock }: DrillContext,
): Promise<void> {
  const succeeded = report.outcome === DrillOutcome.Succeeded;
  await recordEvent(api, clock, {
    about: subjectOf({ ...cluster, apiVersion: kinds.cluster.apiVersion, kind: "Cluster" }),
    type: succeeded ? EventType.Normal : EventType.Warning,
    reason: succeeded ? "RestoreDrillSucceeded" : "RestoreDrillFailed",
    message: succeeded
      ? `${report.id}: restored in ${report.rtoSeconds} s, every check passed`
      : `${report.id}: ${report.reason}`,
  });
}
