import type { ArchiveSurvey } from "../backup/archive/survey";
import { readSurveyRecord, surveyKey } from "../backup/archive/survey-record";
import type { Manifest } from "../cnpg/object";
import { instanceNames } from "../instance/names";
import { kinds, type KubernetesApi } from "./kubernetes";
import { type JobContext, runJobFrom } from "./run-job";

/** Whose archives. */
export interface SurveysRequest {
  namespace: string;
  instance: string;
}

interface ConfigMapManifest extends Manifest {
  data?: Record<string, string>;
}

/** The last survey of each archive that somebody looked at, by the name of the archive; empty before the first. */
export async function readSurveys(
  api: KubernetesApi,
  { namespace, instance }: SurveysRequest,
): Promise<Record<string, ArchiveSurvey>> {
  const name = instanceNames(instance).archive;
  const found = await api.get<ConfigMapManifest>(kinds.configMap, namespace, name);
  return readSurveyRecord(found?.data?.[surveyKey]);
}

/**
 * Looks at archives of an instance's store, by a Job of the cluster, which alone reaches the store.
 * @throws Error with the reason of the Job
 */
export async function surveyArchives(
  context: JobContext,
  request: SurveysRequest & { servers: string[]; timeoutSeconds?: number },
): Promise<Record<string, ArchiveSurvey>> {
  const { namespace, instance, servers, timeoutSeconds = 900 } = request;
  const cronJob = instanceNames(instance).archive;
  await runJobFrom(context, { namespace, cronJob, request: { servers }, timeoutSeconds });
  const surveys = await readSurveys(context.api, request);
  const missing = servers.filter(server => surveys[server] === undefined);
  if (missing.length > 0) {
    throw new Error(
      `The survey says nothing of ${missing.join(", ")}; ConfigMap ${namespace}/${cronJob} lacks them.`,
    );
  }
  return surveys;
}
