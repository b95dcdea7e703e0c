import { BackupType } from "../backup/backup-type";
import { storeProblem, storeRemedies } from "../backup/store-problem";
import { BackupMethod, BackupTarget } from "../cnpg/backup";
import { openArchive } from "./archive";
import { archiveSegment } from "./archive-segment";
import { type BackupManifest, type TakenBackup, takeBackup } from "./backup-object";
import { EventType, recordEvent, subjectOf } from "./event";
import { type PodSql, sqlOver } from "./execute";
import { type FoundInstance, findInstance } from "./instance";
import { archiveOf, backupHindrance } from "./instance-health";
import { kinds, type KubernetesApi } from "./kubernetes";
import { type Operation, type OperationContext, RequestError, type RequestReader } from "./operation";
import { present } from "../present";
import { leaveOnJob } from "./result";
import { lastBarmanError } from "./sidecar-log";
import { type Clock, describeError } from "./waiting";

/** Request of `backup`. */
export interface BackupRequest {
  namespace: string;
  instance: string;
  type: BackupType;
  /** What to call it, at most 200 characters. An incremental one makes a restore point of it. */
  label?: string;
  /** Instance a full backup is taken from. @default what the Cluster says */
  target?: BackupTarget;
  /** Whether to make volume snapshots as well. @default false */
  snapshot?: boolean;
  /**
   * Name of the Backup that is made. One of this name that is there already is followed in place of making another, so a call that was
   * interrupted can be repeated.
   * @default the instance's name and the time
   */
  name?: string;
  timeoutSeconds: number;
}

/** Whether what is in the archive was looked at. */
export interface BackupCheck {
  /** Absent when nobody looked. */
  good?: boolean;
  /** What is wrong, or why nobody looked. */
  problems: string[];
}

/** What a backup left. */
export interface BackupResult {
  type: BackupType;
  namespace: string;
  instance: string;
  /** Its Cluster. */
  cluster: string;
  label?: string;
  begin: string;
  end: string;
  seconds: number;
  /** The base backup of a full one. */
  backup?: TakenBackup;
  check?: BackupCheck;
  /** Restore point of an incremental one. */
  restorePoint?: string;
  /** Last WAL segment an incremental one waited for. */
  wal?: string;
  /** Position right after the restore point. */
  lsn?: string;
  snapshot?: TakenBackup;
  /** What dumps say of themselves. */
  dump?: object;
}

/** What taking a backup needs. */
export interface BackupContext {
  api: KubernetesApi;
  /** Asks the primary as its superuser; only for incremental ones. */
  sql: PodSql;
  clock: Clock;
  say: (sentence: string) => void;
  /** Looks at the objects of a base backup; only where the store can be reached. @returns what is wrong */
  check?: (instance: FoundInstance, server: string, backupId: string) => Promise<string[]>;
  /** Takes logical dumps. */
  startDump?: (request: BackupRequest, instance: FoundInstance) => Promise<object>;
}

/** Said where the store cannot be asked. */
const unchecked = "unchecked: the hourly job of the backup schedule does it";

/** Longest name of a restore point, bytes. Source: PostgreSQL, xlog_internal.h, MAXFNAMELEN. */
const restorePointBytes = 63;

/**
 * Takes a backup now and waits until it is done.
 * @throws Error with one reason, when the instance is in no state to be backed up, when the backup fails, and when the time is up
 */
export async function backupNow(request: BackupRequest, context: BackupContext): Promise<BackupResult> {
  const { type, label } = request;
  const problem = label === undefined ? undefined : labelProblem(label);
  if (problem !== undefined) throw new Error(`The label ${problem}.`);
  const instance = await findInstance(context.api, request.namespace, request.instance);
  const begin = context.clock.now();
  await refuseHindered(request, instance, context);
  const parts = await takers[type](
    { ...request, name: request.name ?? defaultName(request, begin) },
    instance,
    context,
  );
  const end = context.clock.now();
  return {
    type,
    namespace: request.namespace,
    instance: request.instance,
    cluster: instance.cluster.metadata.name ?? "",
    ...present({ label }),
    begin: begin.toISOString(),
    end: end.toISOString(),
    seconds: (end.getTime() - begin.getTime()) / 1000,
    ...parts,
  };
}

type Named = BackupRequest & { name: string };
type Parts = Partial<BackupResult>;
type Taker = (request: Named, instance: FoundInstance, context: BackupContext) => Promise<Parts>;

const takers: Readonly<Record<BackupType, Taker>> = {
  [BackupType.Full]: takeFull,
  [BackupType.Incremental]: takeIncremental,
  [BackupType.Logical]: takeLogical,
};

async function refuseHindered(
  request: BackupRequest,
  { cluster }: FoundInstance,
  { api }: BackupContext,
): Promise<void> {
  const { namespace, instance, type, name, snapshot } = request;
  if (type === BackupType.Logical) return;
  const backups = await api.list<BackupManifest>(kinds.backup, namespace, {});
  const others = backups.filter(
    backup => backup.spec?.cluster.name === cluster.metadata.name && backup.metadata.name !== name,
  );
  // WAL is archived beside any backup.
  const rivals = type === BackupType.Full || snapshot === true ? others : [];
  const hindrance = backupHindrance(`${namespace}/${instance}`, cluster, rivals);
  if (hindrance !== undefined) throw new Error(hindrance);
  if (snapshot === true && cluster.spec?.backup?.volumeSnapshot === undefined) {
    throw new Error(
      `${namespace}/${instance} makes no volume snapshots. Give it the argument backup: { snapshots: {} } where the storage can make them, and run pulumi up.`,
    );
  }
}

async function takeFull(request: Named, instance: FoundInstance, context: BackupContext): Promise<Parts> {
  const { namespace, name, label, target, timeoutSeconds } = request;
  const cluster = instance.cluster.metadata.name ?? "";
  const about = { namespace, instance: request.instance, cluster, name, ...present({ label, target }) };
  const backup = await takeBackup({ ...about, method: BackupMethod.plugin, timeoutSeconds }, context);
  const server = archiveOf(instance.cluster) ?? cluster;
  const check = await checked(instance, server, backup.backupId, context);
  return { backup: { ...backup, server }, check, ...(await takeSnapshot(request, instance, context)) };
}

async function checked(
  instance: FoundInstance,
  server: string,
  backupId: string | undefined,
  context: BackupContext,
): Promise<BackupCheck> {
  if (context.check === undefined || backupId === undefined) return { problems: [unchecked] };
  try {
    const problems = await context.check(instance, server, backupId);
    return { good: problems.length === 0, problems };
  } catch (error) {
    return { problems: [`unchecked: ${describeError(error)}`] };
  }
}

async function takeIncremental(
  request: Named,
  instance: FoundInstance,
  context: BackupContext,
): Promise<Parts> {
  const { namespace, label, name, timeoutSeconds } = request;
  const pod = instance.cluster.status?.currentPrimary ?? "";
  const isName = label !== undefined && Buffer.byteLength(label) <= restorePointBytes;
  const restorePoint = isName ? label : name;
  try {
    const { wal, lsn } = await archiveSegment({ namespace, pod, restorePoint, timeoutSeconds }, context);
    return { restorePoint, wal, lsn, ...(await takeSnapshot(request, instance, context)) };
  } catch (error) {
    const cause = await lastBarmanError(context.api, namespace, pod, "barman-cloud-wal-archive");
    const problem = cause && storeProblem(cause.message);
    if (problem === undefined) throw error;
    throw new Error(`${describeError(error)}. ${storeRemedies[problem]}`, { cause: error });
  }
}

async function takeSnapshot(request: Named, instance: FoundInstance, context: BackupContext): Promise<Parts> {
  if (request.snapshot !== true) return {};
  const { namespace, label, target, timeoutSeconds } = request;
  const about = {
    namespace,
    instance: request.instance,
    cluster: instance.cluster.metadata.name ?? "",
    name: `${request.name}-snapshot`,
    ...present({ label, target }),
  };
  return {
    snapshot: await takeBackup({ ...about, method: BackupMethod.volumeSnapshot, timeoutSeconds }, context),
  };
}

async function takeLogical(request: Named, instance: FoundInstance, context: BackupContext): Promise<Parts> {
  if (context.startDump === undefined) {
    throw new Error(
      "Logical backups are the dumps of a BackupSchedule: give it the argument dumps, and run pulumi up",
    );
  }
  return { dump: await context.startDump(request, instance) };
}

/** `orders-20261120020003`. */
function defaultName({ instance }: BackupRequest, now: Date): string {
  return `${instance}-${now.toISOString().replace(/\D/g, "").slice(0, 14)}`;
}

export const backup: Operation<BackupRequest> = {
  help: `Takes a backup of an instance and waits until it is done: a base backup, or the WAL since the last segment.
Request: namespace, instance, type (full or incremental), label, target (primary or prefer-standby), snapshot (false), name,
  timeoutSeconds (3600).
Result: type, cluster, begin, end, seconds, backup {name, backupId, …}, check {good, problems}, restorePoint, wal, lsn, snapshot.`,
  read: readRequest,
  async run(request, context) {
    const sql = sqlOver(context.execute);
    try {
      const check = checkerOf(context);
      await leaveOnJob(await backupNow(request, { ...context, sql, check }), context);
    } catch (error) {
      await recordFailure(request, describeError(error), context);
      throw error;
    }
  },
};

/** Looks into the archive as far as the ServiceAccount may. */
function checkerOf(context: OperationContext): BackupContext["check"] {
  return async ({ namespace, facts }, server, backupId) => {
    if (facts.store === undefined) return ["the store is not known"];
    const archive = await openArchive(context, namespace, facts.store.name);
    return archive.check(server, backupId);
  };
}

async function recordFailure(
  { namespace, instance: name, type }: BackupRequest,
  reason: string,
  { api, clock, say }: OperationContext,
): Promise<void> {
  try {
    const { cluster } = await findInstance(api, namespace, name);
    const message = `The ${type} backup failed: ${reason}`;
    const about = subjectOf(cluster);
    await recordEvent(api, clock, { about, type: EventType.Warning, reason: "BackupFailed", message });
  } catch (error) {
    say(`No Event was recorded: ${describeError(error)}`);
  }
}

function readRequest(json: RequestReader): BackupRequest {
  const type = json.choice("type", Object.values(BackupType));
  if (type === BackupType.Logical) throw new RequestError("type", "logical is the operation dump");
  return {
    namespace: json.text("namespace"),
    instance: json.text("instance"),
    type,
    snapshot: json.boolean("snapshot", false),
    timeoutSeconds: json.integer("timeoutSeconds", 1, 86_400, 3600),
    ...present({
      label: json.optionalText("label"),
      name: json.optionalText("name"),
      target:
        json.optionalText("target") === undefined
          ? undefined
          : json.choice("target", Object.values(BackupTarget)),
    }),
  };
}

/** What is wrong with a label; it becomes an annotation, and a name in the WAL. */
export function labelProblem(label: string): string | undefined {
  // eslint-disable-next-line no-control-regex
  if (/[\u0000-\u001f\u007f]/.test(label)) return "must not hold control characters";
  if (label.length > 200) return "must have at most 200 characters";
  return undefined;
}
