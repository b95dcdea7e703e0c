import type { SegmentScan } from "../backup/archive/segment-scan";
import type { ArchiveSurvey } from "../backup/archive/survey";
import { readSurveyRecord, surveyKey, surveyRecordText } from "../backup/archive/survey-record";
import { instanceLabels } from "../cnpg/metadata";
import type { Manifest } from "../cnpg/object";
import { type Archive, openArchive } from "./archive";
import { scanArchive } from "./archive-scan";
import { ApiError, kinds, type KubernetesApi } from "./kubernetes";
import type { Operation, OperationContext, RequestReader } from "./operation";
import { present } from "../present";
import { leaveOnJob } from "./result";

/** Request of `archive-survey`. */
export interface ArchiveSurveyRequest {
  namespace: string;
  /** Name of the ObjectStore. */
  store: string;
  /** Archives to look at. */
  servers: string[];
  /** ConfigMap that keeps the surveys. */
  configMap: string;
  /** Name of the instance, for the labels of the ConfigMap. */
  instance?: string;
  /** Whether the last segments are read for the newest commit. */
  readCommits: boolean;
  /** Base backups to look at more closely. */
  check?: { server: string; backupIds: string[] };
  /** WAL to read for restore points, or for commits around a time. */
  scan?: ArchiveScanRequest;
}

/** WAL that is read record by record. */
export interface ArchiveScanRequest {
  server: string;
  /** Id of the base backup behind which it begins. */
  from: string;
  /** Whether restore points are looked for. */
  names: boolean;
  /** A time, RFC 3339: the last commit up to it and the first behind it are told. */
  around?: string;
  /** Segments that are read at most. */
  most: number;
}

/** What `archive-survey` leaves on its Job; the surveys themselves are in the ConfigMap. */
export interface ArchiveSurveyResult {
  /** Where the surveys are. */
  configMap: string;
  servers: ServerSummary[];
  /** What is wrong with the base backups that were to be checked, by their ids. */
  checks?: Record<string, string[]>;
  scan?: SegmentScan;
}

/** One archive in short. */
export interface ServerSummary {
  server: string;
  asOf: string;
  baseBackups: number;
  /** Id of the newest completed base backup. */
  lastBackup?: string;
  /** Name of the newest segment. */
  lastWal?: string;
  /** Time of the newest commit. */
  lastCommit?: string;
  bytes: number;
  /** Base backups that something is wrong with. */
  damaged: string[];
}

export const archiveSurvey: Operation<ArchiveSurveyRequest> = {
  help: `Looks at archives in a store, and keeps what they hold in a ConfigMap.
Request: namespace, store, servers, configMap, instance, readCommits (true), check {server, backupIds},
  scan {server, from (id of a base backup), names (true), around (a time), most (256 segments)}.
Result: configMap, servers (list of server, asOf, baseBackups, lastBackup, lastWal, lastCommit, bytes, damaged),
  checks (problems by id), scan {first, last, segments, whole, restorePoints, before, after}.`,
  read: readRequest,
  async run(request, context) {
    const { namespace, store, configMap } = request;
    const archive = await openArchive(context, namespace, store);
    const surveys: ArchiveSurvey[] = [];
    for (const server of request.servers) {
      const survey = await archive.survey(server, { readCommits: request.readCommits });
      context.say(sentence(survey));
      surveys.push(survey);
    }
    await keepSurveys(context.api, request, surveys);
    const checks = await checksOf(request, archive, context);
    const scan = await scanOf(request, surveys, archive, context);
    const servers = surveys.map(summary);
    const result: ArchiveSurveyResult = { configMap, servers, ...present({ checks, scan }) };
    await leaveOnJob(result, context);
  },
};

function readRequest(json: RequestReader): ArchiveSurveyRequest {
  const [check, scan] = [json.optionalObject("check"), json.optionalObject("scan")];
  return {
    namespace: json.text("namespace"),
    store: json.text("store"),
    servers: json.texts("servers"),
    configMap: json.text("configMap"),
    instance: json.optionalText("instance"),
    readCommits: json.boolean("readCommits", true),
    check: check && { server: check.text("server"), backupIds: check.texts("backupIds") },
    scan: scan && {
      server: scan.text("server"),
      from: scan.text("from"),
      names: scan.boolean("names", true),
      around: scan.optionalText("around"),
      most: scan.integer("most", 1, 65_536, 256),
    },
  };
}

async function checksOf(
  { check }: ArchiveSurveyRequest,
  archive: Archive,
  { say }: OperationContext,
): Promise<Record<string, string[]> | undefined> {
  if (check === undefined) return undefined;
  const checks: Record<string, string[]> = {};
  for (const id of check.backupIds) {
    const problems = await archive.check(check.server, id);
    say(
      `Base backup ${id} of ${check.server}: ${problems.length === 0 ? "as it should be." : problems.join(" ")}`,
    );
    checks[id] = problems;
  }
  return checks;
}

async function scanOf(
  { scan }: ArchiveSurveyRequest,
  surveys: readonly ArchiveSurvey[],
  archive: Archive,
  { say }: OperationContext,
): Promise<SegmentScan | undefined> {
  if (scan === undefined) return undefined;
  const known = surveys.find(({ server }) => server === scan.server);
  const survey = known ?? (await archive.survey(scan.server, { readCommits: false }));
  const found = await scanArchive(archive, survey, scan);
  say(
    `Read ${counted(found.segments, "segment")} of ${scan.server}${found.whole ? "" : `, no more than ${scan.most} as asked`}: ${counted(found.restorePoints.length, "restore point")}.`,
  );
  return found;
}

/** Times two Jobs that end at once may get in each other's way. */
const attempts = 5;

interface ConfigMapManifest extends Manifest {
  data?: Record<string, string>;
}

/** Keeps the surveys beside those of other servers. */
async function keepSurveys(
  api: KubernetesApi,
  { namespace, configMap, instance }: ArchiveSurveyRequest,
  surveys: readonly ArchiveSurvey[],
): Promise<void> {
  for (let attempt = 1; ; attempt += 1) {
    const found = await api.get<ConfigMapManifest>(kinds.configMap, namespace, configMap);
    const text = surveyRecordText(readSurveyRecord(found?.data?.[surveyKey]), surveys);
    const labels = instance === undefined ? {} : instanceLabels(instance);
    try {
      if (found === undefined) {
        const metadata = { name: configMap, namespace, labels };
        const object = { apiVersion: "v1", kind: "ConfigMap", metadata, data: { [surveyKey]: text } };
        await api.create(kinds.configMap, object);
      } else {
        const { resourceVersion } = found.metadata as { resourceVersion?: string };
        // Refused when somebody else has written in between.
        const change = { metadata: { resourceVersion, labels }, data: { [surveyKey]: text } };
        await api.patch(kinds.configMap, namespace, configMap, change);
      }
      return;
    } catch (error) {
      if (!(error instanceof ApiError) || error.status !== 409 || attempt === attempts) throw error;
    }
  }
}

function summary(survey: ArchiveSurvey): ServerSummary {
  const { server, asOf, baseBackups, wal, lastCommit, bytes } = survey;
  const lastBackup = baseBackups.filter(({ state }) => state === "completed").at(-1)?.id;
  const lastWal = wal.at(-1)?.last;
  return {
    server,
    asOf,
    baseBackups: baseBackups.length,
    ...(lastBackup === undefined ? {} : { lastBackup }),
    ...(lastWal === undefined ? {} : { lastWal }),
    ...(lastCommit === undefined ? {} : { lastCommit: lastCommit.time }),
    bytes,
    damaged: baseBackups
      .filter(({ state, problems }) => state === "completed" && problems.length > 0)
      .map(({ id }) => id),
  };
}

function sentence(survey: ArchiveSurvey): string {
  const { server, store, baseBackups, wal, lastCommit, note } = survey;
  const segments = wal.reduce((sum, range) => sum + range.segments, 0);
  const commit = lastCommit === undefined ? "" : `, the newest commit of ${lastCommit.time}`;
  return `Archive ${server} in store ${store}: ${counted(baseBackups.length, "base backup")}, ${counted(segments, "WAL segment")}${commit}.${note === undefined ? "" : ` ${note}`}`;
}

function counted(count: number, what: string): string {
  return `${count} ${what}${count === 1 ? "" : "s"}`;
}
