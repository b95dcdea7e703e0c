import type { ArchiveSurvey } from "../backup/archive/survey";
import { readBackupObjects } from "../backup/backup-objects";
import { BackupKind, KeepTarget, type KnownBackup, nameOf } from "../backup/known-backup";
import {
  planRetention,
  RetentionAction,
  type RetentionDecision,
  type RetentionPlan,
} from "../backup/retention";
import { defaultRecoveryWindowDays, type RetentionPolicyArgs } from "../backup/retention-policy";
import {
  type MarkedBackups,
  readMarked,
  withMark,
  withoutGone,
  withoutMark,
} from "../backup/retention-record";
import { storeWindowDays } from "../backup/store-window";
import { surveyedBackups } from "../backup/surveyed-backups";
import { BackupMethod } from "../cnpg/backup";
import { labels } from "../cnpg/metadata";
import type { Manifest } from "../cnpg/object";
import type { ObjectStoreObject } from "../cnpg/object-store";
import type { Archive } from "./archive";
import { checkOf } from "./backup-check";
import type { BackupManifest } from "./backup-object";
import { type ConfigMapReference, readKey, writeKeys } from "./config-map";
import { kinds, type KubernetesApi } from "./kubernetes";
import { type Clock, describeError } from "./waiting";

/** What retention is carried out for. */
export interface RetentionRun {
  namespace: string;
  /** Name of the ObjectStore. */
  store: string;
  policy: RetentionPolicyArgs;
  /** Where the marks are remembered. */
  configMap: ConfigMapReference;
  /** Names of the archives of all generations. */
  servers: string[];
  /** Backups of all generations. */
  backups: readonly BackupManifest[];
  /** Name of the archive of a Cluster. */
  archiveOf: (cluster: string) => string;
  now: Date;
  /** Only the plan. */
  dryRun: boolean;
}

/** Where logical dumps are. */
export interface DumpShelf {
  list: () => Promise<KnownBackup[]>;
  prune: (dump: KnownBackup) => Promise<void>;
}

/** What carrying it out needs. */
export interface RetentionContext {
  api: KubernetesApi;
  clock: Clock;
  say: (sentence: string) => void;
  archive: () => Promise<Pick<Archive, "survey" | "keep" | "release">>;
  dumps?: DumpShelf;
}

/** What became of it. */
export interface RetentionOutcome {
  plan: RetentionPlan;
  /** What was done, as sentences. */
  done: string[];
  /** What could not be looked at or done, as sentences. Nothing was decided about it. */
  failures: string[];
  surveys: ArchiveSurvey[];
}

/** Key of the ConfigMap under which our marks are remembered. */
const recordKey = "record.json";

/**
 * Plans retention from what there is and carries it out. It can be interrupted anywhere and repeated: a mark of ours is remembered before it
 * is set and forgotten after it is gone, and a Backup goes after its snapshots.
 */
export async function runRetention(run: RetentionRun, context: RetentionContext): Promise<RetentionOutcome> {
  const failures: string[] = [];
  const attempt = async <T>(what: string, work: () => Promise<T>): Promise<T | undefined> => {
    try {
      return await work();
    } catch (error) {
      failures.push(`${what}: ${describeError(error)}`);
      return undefined;
    }
  };
  const window = await windowProblem(run, context.api);
  if (window !== undefined) failures.push(window);
  const servers = window === undefined ? run.servers : [];
  const surveys = await surveyAll(servers, context, attempt);
  const record = readMarked(await readKey(context.api, run.configMap, recordKey));
  const marked = surveys.reduce(withoutGone, record);
  const dumps = await attempt(
    "The dumps could not be listed",
    async () => (await context.dumps?.list()) ?? [],
  );
  const known = [
    ...surveys.flatMap(survey => surveyedBackups(survey, marked, damaged(run, survey.server))),
    ...snapshotsOf(run),
    ...(dumps ?? []),
  ];
  const plan = planRetention(known, run.policy, run.now);
  const done = run.dryRun ? [] : await carryOut(plan, marked, run, context, attempt);
  return { plan, done, failures, surveys };
}

type Attempt = <T>(what: string, work: () => Promise<T>) => Promise<T | undefined>;

/** Barman removes by the window of the ObjectStore: with another one in mind, a mark would come too late or be released too early. */
async function windowProblem(run: RetentionRun, api: KubernetesApi): Promise<string | undefined> {
  if (run.servers.length === 0) return undefined;
  const { namespace, store, policy } = run;
  const object = await api.get<ObjectStoreObject & Manifest>(kinds.objectStore, namespace, store);
  if (object === undefined) return `There is no ObjectStore ${namespace}/${store}.`;
  const days = storeWindowDays(object.spec?.retentionPolicy);
  const told = policy.recoveryWindowDays ?? defaultRecoveryWindowDays;
  if (days === told) return undefined;
  const has = days === undefined ? "no recovery window" : `a recovery window of ${days} days`;
  return `ObjectStore ${namespace}/${store} has ${has}, and retention was told of ${told} days: no base backup is marked or released until they agree. Run pulumi up.`;
}

async function surveyAll(
  servers: readonly string[],
  { archive }: RetentionContext,
  attempt: Attempt,
): Promise<ArchiveSurvey[]> {
  const surveys: ArchiveSurvey[] = [];
  for (const server of servers) {
    const survey = await attempt(`Archive ${server} could not be read`, async () =>
      (await archive()).survey(server, { readCommits: false }),
    );
    if (survey !== undefined) surveys.push(survey);
  }
  return surveys;
}

/** Ids of an archive's base backups that a check found damaged. */
function damaged({ backups, archiveOf }: RetentionRun, server: string): Set<string> {
  const bad = backups.filter(
    backup => checkOf(backup)?.good === false && archiveOf(backup.spec?.cluster.name ?? "") === server,
  );
  return new Set(bad.flatMap(({ status }) => (status?.backupId === undefined ? [] : [status.backupId])));
}

function snapshotsOf({ backups }: RetentionRun): KnownBackup[] {
  const snapshots = backups.filter(
    ({ spec, status }) => (status?.method ?? spec?.method) === BackupMethod.volumeSnapshot,
  );
  return readBackupObjects({ items: snapshots });
}

/** In this order: what is to stay is made safe before anything goes. */
const order: readonly RetentionAction[] = [
  RetentionAction.Mark,
  RetentionAction.Release,
  RetentionAction.Prune,
];

async function carryOut(
  plan: RetentionPlan,
  known: MarkedBackups,
  run: RetentionRun,
  context: RetentionContext,
  attempt: Attempt,
): Promise<string[]> {
  const done: string[] = [];
  let marked = known;
  const remember = async (next: MarkedBackups): Promise<void> => {
    marked = next;
    await writeKeys(context.api, run.configMap, { [recordKey]: { marked } });
  };
  for (const action of order) {
    for (const decision of plan.decisions.filter(candidate => candidate.action === action)) {
      const name = nameOf(decision.backup);
      await attempt(`${action} ${name}`, async () => {
        await act(decision, run, context, { remember, marked: () => marked });
        done.push(`${action} ${name}: ${decision.reason}`);
        context.say(`${name}: ${action}, ${decision.reason}.`);
      });
    }
  }
  return done;
}

/** The marks that are known of, and where they are written down. */
interface Memory {
  marked: () => MarkedBackups;
  remember: (marked: MarkedBackups) => Promise<void>;
}

async function act(
  { backup, action }: RetentionDecision,
  run: RetentionRun,
  context: RetentionContext,
  { marked, remember }: Memory,
): Promise<void> {
  const { id, kind, series: server = "" } = backup;
  if (kind === BackupKind.Snapshot) return pruneSnapshot(run.namespace, id, context.api);
  if (kind === BackupKind.Dump) return context.dumps?.prune(backup);
  const archive = await context.archive();
  if (action === RetentionAction.Mark) {
    await remember(withMark(marked(), server, id));
    return archive.keep(server, id, KeepTarget.Standalone);
  }
  await archive.release(server, id);
  await remember(withoutMark(marked(), server, id));
}

async function pruneSnapshot(namespace: string, backup: string, api: KubernetesApi): Promise<void> {
  const snapshots = await api.list(kinds.volumeSnapshot, namespace, { [labels.backupName]: backup });
  for (const { metadata } of snapshots)
    await api.delete(kinds.volumeSnapshot, namespace, metadata.name ?? "");
  await api.delete(kinds.backup, namespace, backup);
}
