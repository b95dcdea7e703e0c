import { readHistory } from "../backup/drill/history";
import { drillNames, historyKey } from "../backup/drill/names";
import { DrillOutcome, type DrillReport } from "../backup/drill/report";
import type { DrillTarget } from "../backup/drill/args";
import { readKey } from "./config-map";
import type { KubernetesApi } from "./kubernetes";
import { present } from "../present";
import type { JobContext } from "./run-job";
import { runRecorded } from "./run-recorded";

/** A drill on demand. */
export interface RunDrillRequest {
  namespace: string;
  instance: string;
  /** @default what the schedule says */
  target?: DrillTarget;
  /** Seconds until following it ends. @default 14400 */
  timeoutSeconds?: number;
}

/** The last reports of an instance's drills, newest first; empty before the first. */
export async function drillHistory(
  api: KubernetesApi,
  namespace: string,
  instance: string,
): Promise<DrillReport[]> {
  return readHistory(await readKey(api, { namespace, name: drillNames(instance).drills }, historyKey));
}

/**
 * Runs a drill now, with the arguments of the scheduled ones, and follows it to its end.
 * @returns its report, also when it failed
 * @throws Error when it came to no report: there is no BackupSchedule with `drill`, or its Job could not run
 */
export async function runDrill(context: JobContext, request: RunDrillRequest): Promise<DrillReport> {
  const { namespace, instance, target, timeoutSeconds = 14_400 } = request;
  return runRecorded(
    context,
    { namespace, cronJob: drillNames(instance).drill, request: present({ target }), timeoutSeconds },
    {
      read: () => drillHistory(context.api, namespace, instance),
      failed: ({ outcome }) => outcome === DrillOutcome.Failed,
    },
  );
}
