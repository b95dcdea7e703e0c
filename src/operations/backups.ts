import type { ArchivedBackup, ArchiveSurvey } from "../backup/archive/survey";
import { BackupKind, BackupState } from "../backup/known-backup";
import { isRecord } from "../backup/record";
import { dumpName, restoreEntry } from "../backup/schedule/names";
import { BackupMethod } from "../cnpg/backup";
import { ownAnnotations } from "../cnpg/metadata";
import { BackupPhase } from "../cnpg/phases";
import { instanceNames } from "../instance/names";
import { nearest } from "../nearest";
import { recoverableWindow, type RecoverableWindow } from "../restore/plan";
import { readSurveys, surveyArchives } from "./archive-surveys";
import { checkOf } from "./backup-check";
import { keeperName, type KeptBackup } from "./backup-keeper";
import { type BackupManifest, takenBackup } from "./backup-object";
import { readKey } from "./config-map";
import { findInstance } from "./instance";
import { findBackups } from "./instance-backups";
import { archiveOf, finalBackupPhases } from "./instance-health";
import { present } from "../present";
import type { JobContext } from "./run-job";
import type { ClusterManifest } from "./settle";
import { readRuns, type StatusRun } from "./status";

/** Whose backups. */
export interface ListBackupsRequest {
  namespace: string;
  instance: string;
  /** Look at the archives now, by a Job; else what was seen last counts. @default false */
  refresh?: boolean;
  timeoutSeconds?: number;
}

/** One backup, from everything that knows of it. Times are RFC 3339 texts. */
export interface ListedBackup {
  /** What the archive calls it, or the name of the Backup of snapshots, or the id of the dump. */
  id: string;
  kind: BackupKind;
  /** Archive, Cluster or database it is of. */
  of?: string;
  state: BackupState;
  begin: string;
  end?: string;
  seconds?: number;
  /** Bytes in the store. */
  bytes?: number;
  /** Name of its Backup; absent when there is none any more. */
  backup?: string;
  /** `plugin`, `volumeSnapshot` or `dump`. */
  method: string;
  label?: string;
  /** Whether what is in the store was found whole; absent when nobody looked. */
  good?: boolean;
  /** What is wrong with it. */
  problems: string[];
  /** Barman's annotation `keep`. */
  keep?: string;
  /** What retention last decided about it, and why. */
  decision?: string;
  reason?: string;
  /** Names of the VolumeSnapshots. */
  snapshots?: string[];
  beginWal?: string;
  endWal?: string;
  beginLsn?: string;
  endLsn?: string;
  timeline?: number;
  pod?: string;
}

/** What is known of one archive. */
export interface ListedArchive {
  archive: string;
  /** When it was looked at; absent when nobody did. */
  asOf?: string;
  bytes?: number;
  window?: RecoverableWindow;
}

/** The backups of an instance, the newest first. */
export interface ListedBackups {
  namespace: string;
  instance: string;
  store?: string;
  archives: ListedArchive[];
  backups: ListedBackup[];
  nextRuns: StatusRun[];
}

/**
 * Lists base backups, snapshots and dumps of all generations of an instance.
 * @throws Error when there is no such instance
 */
export async function listBackups(request: ListBackupsRequest, context: JobContext): Promise<ListedBackups> {
  const { namespace, instance: name, refresh = false, timeoutSeconds } = request;
  const { api } = context;
  const instance = await findInstance(api, namespace, name);
  const { clusters, backups: objects } = await findBackups(api, namespace, name);
  const archives = archivesOf([...clusters, instance.cluster]);
  const surveys =
    refresh && archives.length > 0
      ? await surveyArchives(context, {
          namespace,
          instance: name,
          servers: archives,
          ...present({ timeoutSeconds }),
        })
      : await readSurveys(api, { namespace, instance: name });
  const kept = await readDecisions(context, request);
  const listed = [
    ...objects.map(object => ofObject(object, surveys)),
    ...unknownBackups(surveys, objects),
    ...dumpsOf(kept),
  ].map(backup => withDecision(backup, kept));
  return {
    namespace,
    instance: name,
    ...present({ store: instance.facts.store?.name }),
    archives: archives.map(archive => listedArchive(archive, surveys[archive])),
    backups: listed.sort((one, other) => Date.parse(other.begin) - Date.parse(one.begin)),
    nextRuns: (await readRuns(instance, context)).filter(({ name: run }) => !otherRuns(name).includes(run)),
  };
}

/**
 * One backup of an instance.
 * @param id what the archive calls it, the name of its Backup, or the id of a dump
 * @throws Error that names the nearest one, or the newest
 */
export function chooseListed({ namespace, instance, backups }: ListedBackups, id: string): ListedBackup {
  const found = backups.find(backup => backup.id === id || backup.backup === id);
  if (found !== undefined) return found;
  const names = backups.flatMap(backup => [
    backup.id,
    ...(backup.backup === undefined ? [] : [backup.backup]),
  ]);
  const near = nearest(id, names);
  const there =
    near !== undefined
      ? `Did you mean ${near}?`
      : backups[0] === undefined
        ? "It has none."
        : `The newest is ${backups[0].id}; pulumi-cnpg backup list shows all.`;
  throw new Error(`${namespace}/${instance} has no backup ${id}. ${there}`);
}

/** CronJobs of the instance that take no backups, or are templates only. */
function otherRuns(instance: string): string[] {
  const { archive, certificatesJob, parametersJob } = instanceNames(instance);
  return [archive, certificatesJob, parametersJob, dumpName(instance, restoreEntry)];
}

function archivesOf(clusters: readonly ClusterManifest[]): string[] {
  return [...new Set(clusters.flatMap(cluster => archiveOf(cluster) ?? []))];
}

function listedArchive(archive: string, survey: ArchiveSurvey | undefined): ListedArchive {
  if (survey === undefined) return { archive };
  const { asOf, bytes } = survey;
  return { archive, asOf, bytes, ...present({ window: recoverableWindow(survey) }) };
}

async function readDecisions(
  { api }: JobContext,
  { namespace, instance }: ListBackupsRequest,
): Promise<KeptBackup[]> {
  const record = await readKey(api, { namespace, name: keeperName(instance) }, "retention.json");
  const decisions = isRecord(record) ? record.decisions : undefined;
  return Array.isArray(decisions) ? (decisions as KeptBackup[]) : [];
}

function ofObject(object: BackupManifest, surveys: Record<string, ArchiveSurvey>): ListedBackup {
  const { metadata, spec, status = {} } = object;
  const name = metadata.name ?? "";
  const isSnapshot = spec?.method === BackupMethod.volumeSnapshot;
  const completed = status.phase === BackupPhase.completed;
  const taken = completed ? takenBackup(object) : undefined;
  const check = checkOf(object);
  const server = taken?.server ?? status.serverName ?? spec?.cluster.name;
  const archived = isSnapshot ? undefined : archivedBackup(surveys, server, status.backupId);
  const begin = status.startedAt ?? metadata.creationTimestamp ?? "";
  const own: ListedBackup = {
    id: (isSnapshot ? undefined : status.backupId) ?? name,
    kind: isSnapshot ? BackupKind.Snapshot : BackupKind.Base,
    state: stateOf(status.phase),
    begin,
    backup: name,
    method: spec?.method ?? BackupMethod.plugin,
    problems: [...(status.error === undefined ? [] : [status.error]), ...(check?.problems ?? [])],
    ...present({
      of: isSnapshot ? spec.cluster.name : server,
      end: taken?.end,
      seconds: taken?.seconds,
      label: metadata.annotations?.[ownAnnotations.label],
      good: check?.good,
      snapshots: taken?.snapshots,
      pod: taken?.pod,
      beginWal: taken?.beginWal,
      endWal: taken?.endWal,
      beginLsn: taken?.beginLsn,
      endLsn: taken?.endLsn,
    }),
  };
  return archived === undefined ? own : { ...own, ...archivedFacts(archived, own.problems) };
}

function stateOf(phase: string | undefined): BackupState {
  if (phase === BackupPhase.completed) return BackupState.Completed;
  return finalBackupPhases.includes(phase ?? "") ? BackupState.Failed : BackupState.Running;
}

function archivedBackup(
  surveys: Record<string, ArchiveSurvey>,
  server: string | undefined,
  id: string | undefined,
): ArchivedBackup | undefined {
  if (server === undefined || id === undefined) return undefined;
  return surveys[server]?.baseBackups.find(backup => backup.id === id);
}

/** What only the archive knows of a base backup. */
function archivedFacts(backup: ArchivedBackup, known: readonly string[]): Partial<ListedBackup> {
  const { bytes, keep, timeline, beginWal, endWal, beginLsn, endLsn } = backup;
  const problems = [...new Set([...known, ...backup.problems])];
  return {
    bytes,
    problems,
    ...(backup.problems.length === 0 ? {} : { good: false }),
    ...present({ keep, timeline, beginWal, endWal, beginLsn, endLsn }),
  };
}

/** Base backups of the archives whose Backup object is gone, or which somebody else made. */
function unknownBackups(
  surveys: Record<string, ArchiveSurvey>,
  objects: readonly BackupManifest[],
): ListedBackup[] {
  const known = new Set(objects.flatMap(({ status }) => status?.backupId ?? []));
  return Object.values(surveys).flatMap(({ server, baseBackups }) =>
    baseBackups.filter(({ id }) => !known.has(id)).map(backup => ofArchive(backup, server)),
  );
}

function ofArchive(backup: ArchivedBackup, server: string): ListedBackup {
  const { id, state, begin, end } = backup;
  const seconds = end === undefined ? undefined : (Date.parse(end) - Date.parse(begin)) / 1000;
  return {
    id,
    kind: BackupKind.Base,
    of: server,
    state,
    begin,
    method: BackupMethod.plugin,
    problems: [],
    ...present({ end, seconds }),
    ...archivedFacts(backup, []),
  };
}

/** Dumps as retention saw them last. */
function dumpsOf(kept: readonly KeptBackup[]): ListedBackup[] {
  return kept
    .filter(({ kind }) => kind === BackupKind.Dump)
    .map(({ id, series, state, begin, end }) => ({
      id,
      kind: BackupKind.Dump,
      state: Object.values(BackupState).find(known => known === state) ?? BackupState.Running,
      begin,
      method: "dump",
      problems: [],
      ...present({
        of: series,
        end,
        seconds: end === undefined ? undefined : (Date.parse(end) - Date.parse(begin)) / 1000,
      }),
    }));
}

function withDecision(backup: ListedBackup, kept: readonly KeptBackup[]): ListedBackup {
  const found = kept.find(
    ({ id, kind, series }) =>
      kind === backup.kind && id === backup.id && (series === undefined || series === backup.of),
  );
  if (found === undefined) return backup;
  const { action, reason, keep } = found;
  return { ...backup, decision: action, reason, ...present({ keep: backup.keep ?? keep?.target }) };
}
