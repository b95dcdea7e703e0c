import { instanceLabels } from "../cnpg/metadata";
import { failoverNames } from "../failover/names";
import type { RehearsalEndpoint, RehearsalKind } from "../rehearsal/args";
import { lastSuccess, readHistory, withReport } from "../rehearsal/history";
import { metricQuery } from "../rehearsal/metric";
import { rehearsalHistoryKey, rehearsalMetricKey } from "../rehearsal/names";
import type { RehearsalReport } from "../rehearsal/report";
import { ReportOutcome } from "../report-history";
import { readKey, writeKeys } from "./config-map";
import { ApiError, kinds, type KubernetesApi } from "./kubernetes";
import { present } from "../present";
import type { JobContext } from "./run-job";
import { runRecorded } from "./run-recorded";

/** A rehearsal on demand. */
export interface RunRehearsalRequest {
  namespace: string;
  instance: string;
  /** @default as `failover.rehearsal` of the instance says */
  kind?: RehearsalKind;
  /** @default as `failover.rehearsal` of the instance says */
  via?: RehearsalEndpoint;
  /** Seconds until following it ends. @default 4000 */
  timeoutSeconds?: number;
}

/** The last reports of an instance's rehearsals, newest first; empty before the first. */
export async function rehearsalHistory(
  api: KubernetesApi,
  namespace: string,
  instance: string,
): Promise<RehearsalReport[]> {
  const name = failoverNames(instance).rehearsals;
  return readHistory(await readKey(api, { namespace, name }, rehearsalHistoryKey));
}

/**
 * Keeps a report and makes it the metric.
 * @param keep how many reports are kept
 */
export async function keepRehearsal(
  api: KubernetesApi,
  report: RehearsalReport,
  keep: number,
  say: (sentence: string) => void,
): Promise<void> {
  const { namespace, instance } = report;
  const names = failoverNames(instance);
  const history = withReport(await rehearsalHistory(api, namespace, instance), report, keep);
  const reference = { namespace, name: names.rehearsals, labels: instanceLabels(instance) };
  await writeKeys(api, reference, { [rehearsalHistoryKey]: history });
  try {
    const data = { [rehearsalMetricKey]: metricQuery(report, lastSuccess(history)) };
    await api.patch(kinds.configMap, namespace, names.metric, { data });
  } catch (error) {
    if (!(error instanceof ApiError) || error.status !== 404) throw error;
    say(`ConfigMap ${namespace}/${names.metric} does not exist, so there is no metric of this rehearsal.`);
  }
}

/**
 * Rehearses now, with the arguments of the scheduled rehearsals, and follows it to its end.
 * @returns its report, also when it failed
 * @throws Error when it came to no report: it was refused, or its Job could not run
 */
export async function runRehearsal(
  context: JobContext,
  request: RunRehearsalRequest,
): Promise<RehearsalReport> {
  const { namespace, instance, kind, via, timeoutSeconds = 4000 } = request;
  const { failover, rehearsals } = failoverNames(instance);
  return runRecorded(
    context,
    {
      namespace,
      cronJob: failover,
      name: `${rehearsals}-run`,
      operation: "rehearse",
      request: present({ kind, via }),
      timeoutSeconds,
    },
    {
      read: () => rehearsalHistory(context.api, namespace, instance),
      failed: ({ outcome }) => outcome === ReportOutcome.Failed,
    },
  );
}
