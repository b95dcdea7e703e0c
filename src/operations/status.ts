import { drillNames, historyKey } from "../backup/drill/names";
import { readHistory } from "../backup/drill/history";
import type { DrillReport } from "../backup/drill/report";
import { BackupMethod } from "../cnpg/backup";
import { ownLabels } from "../cnpg/metadata";
import type { Manifest } from "../cnpg/object";
import type { ObjectStoreObject } from "../cnpg/object-store";
import { BackupPhase, ClusterCondition } from "../cnpg/phases";
import type { ScheduledBackupObject } from "../cnpg/scheduled-backup";
import type { FailoverDecision } from "../failover/decision";
import type { FailoverStatus } from "../failover/status";
import type { Suspension } from "../failover/suspension";
import type { HealthChecks } from "../health/checks";
import { clusterCondition, HealthStatus, healthStatus, InstanceState, instanceState } from "../cnpg/state";
import { nextRuns } from "../schedule/next-runs";
import { type ArchiverState, readArchiver } from "./archiver-state";
import { checkOf, type CheckRecord } from "./backup-check";
import { type BackupManifest, takenBackup, type TakenBackup } from "./backup-object";
import { keeperName } from "./backup-keeper";
import { readKey } from "./config-map";
import type { Execute, PodSql } from "./execute";
import { readFailoverState } from "./failover-state";
import { askHealth } from "./health-checks";
import { findBackups } from "./instance-backups";
import { type FoundInstance, findInstance } from "./instance";
import { archiveOf, isAsleep } from "./instance-health";
import { kinds, type KubernetesApi } from "./kubernetes";
import { present } from "../present";
import { type ListedReplicas, replicasOf } from "./replicas";
import type { ClusterManifest } from "./settle";
import { type BarmanError, lastBarmanError } from "./sidecar-log";
import { statusProblems, type StatusProblem } from "./status-problems";
import { type Clock, describeError } from "./waiting";

/** Whose status. */
export interface StatusRequest {
  namespace: string;
  instance: string;
}

/** What reading it needs. */
export interface StatusContext {
  api: KubernetesApi;
  sql: PodSql;
  execute: Execute;
  clock: Clock;
}

/** A condition of the Cluster. */
export interface StatusCondition {
  type: string;
  status: string;
  /** One CamelCase word. */
  reason: string;
  message: string;
  /** RFC 3339. */
  since: string;
}

/** The last Backup of a method. */
export interface StatusBackup extends Partial<TakenBackup> {
  name: string;
  phase: string;
  /** RFC 3339. */
  created: string;
  error?: string;
  check?: CheckRecord;
}

/** What the plugin keeps of a server in the status of the ObjectStore. All times are RFC 3339 texts. */
export interface StatusWindow {
  /** Days that are asked for. */
  retentionPolicy?: string;
  /** The earliest moment that can be restored. */
  firstRecoverabilityPoint?: string;
  lastSuccessfulBackup?: string;
  lastFailedBackup?: string;
}

/** When something runs by itself. */
export interface StatusRun {
  /** Name of the ScheduledBackup or CronJob. */
  name: string;
  kind: "ScheduledBackup" | "CronJob";
  suspended: boolean;
  /** RFC 3339. */
  next?: string;
  last?: string;
}

/** What is known of an instance at this moment. */
export interface StatusReading {
  namespace: string;
  instance: string;
  /** RFC 3339. */
  asOf: string;
  /** Cluster of the active generation. */
  cluster: string;
  generation?: string;
  state: InstanceState;
  health: HealthStatus;
  hibernated: boolean;
  phase: string;
  phaseReason?: string;
  primary?: string;
  ready: number;
  instances: number;
  conditions: StatusCondition[];
  /** Name of its archive; absent when it does not archive. */
  archive?: string;
  archiver?: ArchiverState;
  /** Why the archiver could not be asked. */
  archiverUnread?: string;
  /** What Barman complained of last, while archiving or the last backup fails. */
  barmanError?: BarmanError;
  lastFull?: StatusBackup;
  /** The last full one that succeeded. */
  lastGoodFull?: StatusBackup;
  lastSnapshot?: StatusBackup;
  window?: StatusWindow;
  nextRuns: StatusRun[];
  lastDrill?: DrillReport;
  /** What the hourly job could not do when it last ran. */
  keeperFailures: string[];
  /** Answers of the servers; absent while it is hibernated. */
  healthChecks?: HealthChecks;
  /** Its standbys; absent while it is hibernated. */
  replication?: ListedReplicas;
  /** Why failover is held back. */
  suspension?: Suspension & { effective: boolean };
  lastFailover?: FailoverStatus;
  /** Why a failed primary is not replaced at the moment. */
  standstill?: FailoverDecision;
}

/** The same with what is wrong. */
export interface InstanceStatus extends StatusReading {
  problems: StatusProblem[];
}

const shownConditions: readonly string[] = [
  ClusterCondition.ready,
  ClusterCondition.continuousArchiving,
  ClusterCondition.lastBackupSucceeded,
];

/**
 * Looks at an instance and at its backups.
 * @throws Error when there is no such instance
 */
export async function getStatus(request: StatusRequest, context: StatusContext): Promise<InstanceStatus> {
  const reading = await readStatus(request, context);
  return { ...reading, problems: statusProblems(reading) };
}

async function readStatus(request: StatusRequest, context: StatusContext): Promise<StatusReading> {
  const { namespace, instance: name } = request;
  const { api } = context;
  const instance = await findInstance(api, namespace, name);
  const { cluster } = instance;
  const [{ backups }, archiver, window, runs, history, retention, failovers, asked] = await Promise.all([
    findBackups(api, namespace, name),
    askArchiver(instance, context),
    readWindow(instance, api),
    readRuns(instance, context),
    readKey(api, { namespace, name: drillNames(name).drills }, historyKey),
    readKey(api, { namespace, name: keeperName(name) }, "retention.json"),
    readFailoverState(api, instance),
    askServers(instance, context),
  ]);
  const backupsOf = (method: BackupMethod): BackupManifest[] =>
    backups.filter(({ spec }) => spec?.cluster.name === cluster.metadata.name && spec?.method === method);
  const full = backupsOf(BackupMethod.plugin);
  const { failures } = (retention ?? {}) as { failures?: string[] };
  const reading: StatusReading = {
    ...clusterFacts(instance, context.clock.now()),
    nextRuns: runs,
    keeperFailures: Array.isArray(failures) ? failures : [],
    ...present({
      archive: archiveOf(cluster),
      window,
      lastFull: lastOf(full),
      lastGoodFull: lastOf(full.filter(({ status }) => status?.phase === BackupPhase.completed)),
      lastSnapshot: lastOf(backupsOf(BackupMethod.volumeSnapshot)),
      lastDrill: readHistory(history)[0],
    }),
    ...archiver,
    ...failovers,
    ...asked,
  };
  const barmanError = await causeOf(reading, api);
  return barmanError === undefined ? reading : { ...reading, barmanError };
}

function clusterFacts({ name, namespace, cluster }: FoundInstance, now: Date) {
  const { status = {}, metadata, spec } = cluster;
  return {
    namespace,
    instance: name,
    asOf: now.toISOString(),
    cluster: metadata.name ?? "",
    state: instanceState(cluster, true),
    health: healthStatus(cluster),
    hibernated: isAsleep(cluster),
    phase: status.phase ?? "unknown",
    ready: status.readyInstances ?? 0,
    instances: spec?.instances ?? 1,
    conditions: conditionsOf(cluster),
    ...present({
      generation: metadata.labels?.[ownLabels.generation],
      phaseReason: status.phaseReason || undefined,
      primary: status.currentPrimary,
    }),
  };
}

function conditionsOf(cluster: ClusterManifest): StatusCondition[] {
  return shownConditions.flatMap(type => {
    const condition = clusterCondition(cluster, type);
    if (condition === undefined) return [];
    const { status, reason, message, lastTransitionTime: since } = condition;
    return [{ type, status, reason, message, since }];
  });
}

async function askServers(
  instance: FoundInstance,
  context: StatusContext,
): Promise<Pick<StatusReading, "healthChecks" | "replication">> {
  if (isAsleep(instance.cluster)) return {};
  const replication = await replicasOf(instance, context);
  return { replication, healthChecks: await askHealth(instance, replication, context) };
}

async function askArchiver(
  { namespace, cluster }: FoundInstance,
  { sql }: StatusContext,
): Promise<Pick<StatusReading, "archiver" | "archiverUnread">> {
  const pod = cluster.status?.currentPrimary;
  if (archiveOf(cluster) === undefined || isAsleep(cluster)) return {};
  if (pod === undefined) return { archiverUnread: "there is no primary" };
  try {
    return { archiver: await readArchiver(sql, namespace, pod) };
  } catch (error) {
    return { archiverUnread: describeError(error) };
  }
}

async function readWindow(
  { namespace, cluster, facts }: FoundInstance,
  api: KubernetesApi,
): Promise<StatusWindow | undefined> {
  const server = archiveOf(cluster);
  const name = facts.store?.name;
  if (server === undefined || name === undefined) return undefined;
  const store = await api.get<ObjectStoreObject & Manifest>(kinds.objectStore, namespace, name);
  const known = store?.status?.serverRecoveryWindow?.[server];
  return present({
    retentionPolicy: store?.spec?.retentionPolicy,
    firstRecoverabilityPoint: known?.firstRecoverabilityPoint,
    lastSuccessfulBackup: known?.lastSuccessfulBackupTime,
    lastFailedBackup: known?.lastFailedBackupTime,
  });
}

interface CronJobObject extends Manifest {
  spec?: { schedule: string; timeZone?: string; suspend?: boolean };
  status?: { lastScheduleTime?: string };
}

/** When something of the backups of an instance runs next. */
export async function readRuns(
  { namespace, name, cluster }: FoundInstance,
  { api, clock }: Pick<StatusContext, "api" | "clock">,
): Promise<StatusRun[]> {
  const mine = { [ownLabels.instance]: name };
  const [schedules, cronJobs] = await Promise.all([
    api.list<ScheduledBackupObject & Manifest>(kinds.scheduledBackup, namespace, mine),
    api.list<CronJobObject>(kinds.cronJob, namespace, mine),
  ]);
  const runs = [
    ...schedules
      .filter(({ spec }) => spec?.cluster.name === cluster.metadata.name)
      .map(schedule => scheduledRun(schedule)),
    ...cronJobs.map(cronJob => cronJobRun(cronJob, clock.now())),
  ];
  return runs.sort((a, b) => (a.next ?? "9").localeCompare(b.next ?? "9") || a.name.localeCompare(b.name));
}

function scheduledRun({ metadata, spec, status }: ScheduledBackupObject): StatusRun {
  const suspended = spec?.suspend === true;
  return {
    name: metadata.name ?? "",
    kind: "ScheduledBackup",
    suspended,
    ...present({ next: suspended ? undefined : status?.nextScheduleTime, last: status?.lastScheduleTime }),
  };
}

function cronJobRun({ metadata, spec, status }: CronJobObject, now: Date): StatusRun {
  const suspended = spec?.suspend === true;
  return {
    name: metadata.name ?? "",
    kind: "CronJob",
    suspended,
    ...present({ next: suspended ? undefined : nextOf(spec, now), last: status?.lastScheduleTime }),
  };
}

/** A schedule that somebody else wrote may be of a form we do not read. */
function nextOf(spec: CronJobObject["spec"], now: Date): string | undefined {
  try {
    return nextRuns(spec?.schedule ?? "", now, 1, spec?.timeZone)[0]?.toISOString();
  } catch {
    return undefined;
  }
}

function lastOf(backups: readonly BackupManifest[]): StatusBackup | undefined {
  const last = backups.at(-1);
  if (last === undefined) return undefined;
  const { metadata, status } = last;
  return {
    ...(status?.phase === BackupPhase.completed ? takenBackup(last) : {}),
    name: metadata.name ?? "",
    phase: status?.phase ?? "not begun",
    created: metadata.creationTimestamp ?? "",
    ...present({ error: status?.error, check: checkOf(last) }),
  };
}

/** The cause of a failure stands in the sidecar's log only, and old complaints there say nothing. */
async function causeOf(reading: StatusReading, api: KubernetesApi): Promise<BarmanError | undefined> {
  const { namespace, primary, conditions, archiver } = reading;
  const failed = (type: string): boolean =>
    conditions.some(condition => condition.type === type && condition.status === "False");
  if (primary === undefined || reading.hibernated) return undefined;
  if (archiver?.failing === true || failed(ClusterCondition.continuousArchiving)) {
    return lastBarmanError(api, namespace, primary, "barman-cloud-wal-archive");
  }
  return failed(ClusterCondition.lastBackupSucceeded)
    ? lastBarmanError(api, namespace, primary, "barman-cloud-backup")
    : undefined;
}
