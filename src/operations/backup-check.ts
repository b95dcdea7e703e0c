import { BackupMethod } from "../cnpg/backup";
import { labels, ownAnnotations } from "../cnpg/metadata";
import type { Manifest } from "../cnpg/object";
import { BackupPhase } from "../cnpg/phases";
import type { Archive } from "./archive";
import type { BackupManifest } from "./backup-object";
import { EventType, recordEvent, subjectOf } from "./event";
import { kinds, type KubernetesApi } from "./kubernetes";
import type { ClusterManifest } from "./settle";
import { type Clock, describeError } from "./waiting";

/** What a check found, as JSON in the annotation of the Backup. */
export interface CheckRecord {
  /** RFC 3339. */
  at: string;
  good: boolean;
  /** What is wrong; empty when it is good. */
  problems: string[];
}

/** What checking needs. */
export interface CheckContext {
  api: KubernetesApi;
  clock: Clock;
  say: (sentence: string) => void;
  /** The archive, opened when first needed. */
  archive: () => Promise<Pick<Archive, "check">>;
}

interface SnapshotManifest extends Manifest {
  status?: { readyToUse?: boolean; error?: { message?: string } };
}

/** The record on a Backup; undefined when nobody checked it, or when somebody made it illegible. */
export function checkOf({ metadata }: BackupManifest): CheckRecord | undefined {
  const text = metadata.annotations?.[ownAnnotations.check];
  if (text === undefined) return undefined;
  try {
    const record = JSON.parse(text) as Partial<CheckRecord> | null;
    if (typeof record?.good !== "boolean" || !Array.isArray(record.problems)) return undefined;
    return { at: record.at ?? "", good: record.good, problems: record.problems };
  } catch {
    return undefined;
  }
}

/**
 * Checks the completed Backups that nobody has checked yet, and leaves on each what was found. One that cannot be checked now is checked
 * with the next run. Backups of Clusters that are gone are left: nobody tells any more where their archive is.
 * @param archiveOf name of the archive of a Cluster
 * @returns why some could not be checked, as sentences
 */
export async function checkNew(
  backups: readonly BackupManifest[],
  clusters: readonly ClusterManifest[],
  archiveOf: (cluster: string) => string,
  context: CheckContext,
): Promise<string[]> {
  const failures: string[] = [];
  for (const backup of backups) {
    const cluster = clusters.find(({ metadata }) => metadata.name === backup.spec?.cluster.name);
    const isNew = backup.status?.phase === BackupPhase.completed && checkOf(backup) === undefined;
    if (cluster === undefined || !isNew) continue;
    const name = `Backup ${backup.metadata.namespace}/${backup.metadata.name}`;
    try {
      const problems = await problemsOf(backup, archiveOf(backup.spec?.cluster.name ?? ""), context);
      context.say(problems.length === 0 ? `${name} is good.` : `${name} is damaged: ${problems.join("; ")}`);
      // The record comes last: whoever is interrupted before raises the alarm again.
      if (problems.length > 0) await raiseAlarm(backup, cluster, problems, context);
      await leave(backup, problems, context);
    } catch (error) {
      failures.push(`${name} could not be checked: ${describeError(error)}`);
    }
  }
  return failures;
}

async function problemsOf(
  backup: BackupManifest,
  server: string,
  { api, archive }: CheckContext,
): Promise<string[]> {
  const { spec, status } = backup;
  if ((status?.method ?? spec?.method) === BackupMethod.volumeSnapshot) {
    return snapshotProblems(backup, api);
  }
  const id = status?.backupId;
  if (id === undefined) return ["it names no base backup of the archive"];
  return (await archive()).check(server, id);
}

async function snapshotProblems({ metadata, status }: BackupManifest, api: KubernetesApi): Promise<string[]> {
  const { namespace = "", name = "" } = metadata;
  const found = await api.list<SnapshotManifest>(kinds.volumeSnapshot, namespace, {
    [labels.backupName]: name,
  });
  const expected = status?.snapshotBackupStatus?.elements?.map(element => element.name) ?? [];
  const names = new Set(found.map(snapshot => snapshot.metadata.name));
  return [
    ...expected.filter(wanted => !names.has(wanted)).map(wanted => `VolumeSnapshot ${wanted} is gone`),
    ...found.flatMap(snapshot => unreadiness(snapshot)),
    ...(expected.length + found.length === 0 ? ["it has no VolumeSnapshot"] : []),
  ];
}

function unreadiness({ metadata, status }: SnapshotManifest): string[] {
  if (status?.readyToUse === true) return [];
  const words = status?.error?.message;
  return [`VolumeSnapshot ${metadata.name} is not ready${words === undefined ? "" : `: ${words}`}`];
}

async function leave(
  backup: BackupManifest,
  problems: string[],
  { api, clock }: CheckContext,
): Promise<void> {
  const record: CheckRecord = { at: clock.now().toISOString(), good: problems.length === 0, problems };
  const { namespace = "", name = "", annotations: others } = backup.metadata;
  const text = JSON.stringify(record);
  await api.patch(kinds.backup, namespace, name, {
    metadata: { annotations: { [ownAnnotations.check]: text } },
  });
  backup.metadata.annotations = { ...others, [ownAnnotations.check]: text };
}

async function raiseAlarm(
  backup: BackupManifest,
  cluster: ClusterManifest,
  problems: string[],
  { api, clock }: CheckContext,
): Promise<void> {
  const message = `Backup ${backup.metadata.name} is damaged: ${problems.join("; ")}. Take another: pulumi-cnpg backup now.`;
  for (const about of [backup, cluster]) {
    const event = { about: subjectOf(about), type: EventType.Warning, reason: "BackupDamaged", message };
    await recordEvent(api, clock, event);
  }
}
