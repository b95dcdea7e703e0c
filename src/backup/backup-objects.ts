import { BackupMethod } from "../cnpg/backup";
import { appLabels, managedBy } from "../cnpg/metadata";
import { BackupPhase } from "../cnpg/phases";
import { BackupKind, BackupState, type KnownBackup, UnusableBackups } from "./known-backup";
import { isRecord, textAt, valueAt } from "./record";
import { readTimestamp } from "../timestamp";

/** The method of a Backup that names none. */
const inTreeMethod = "barmanObjectStore";

const kinds: ReadonlyMap<string, BackupKind> = new Map([
  [BackupMethod.plugin, BackupKind.Base],
  [inTreeMethod, BackupKind.Base],
  [BackupMethod.volumeSnapshot, BackupKind.Snapshot],
]);

/** Every other phase, also of operators to come, may still become a good backup. */
const finalStates: ReadonlyMap<string, BackupState> = new Map([
  [BackupPhase.completed, BackupState.Completed],
  [BackupPhase.failed, BackupState.Failed],
  [BackupPhase.definitionInvalid, BackupState.Failed],
]);

/**
 * Backups from what `kubectl get backups -o json` prints, or from a single Backup. The backups of each Cluster are a series. Snapshots
 * are ours when their Backup carries our label `app.kubernetes.io/managed-by`. The objects do not tell which base backups are marked.
 * @throws UnusableBackups for anything but Backups of CloudNativePG
 */
export function readBackupObjects(list: unknown): KnownBackup[] {
  const items = isRecord(list) && Array.isArray(list.items) ? (list.items as unknown[]) : [list];
  return items.map(readObject);
}

function readObject(object: unknown, index: number): KnownBackup {
  const kind = textAt(object, "kind");
  const name = textAt(object, "metadata", "name");
  const group = textAt(object, "apiVersion")?.split("/")[0];
  if (kind !== "Backup" || group !== "postgresql.cnpg.io")
    throw new UnusableBackups(
      `items[${index}] is ${kind === undefined ? "no object" : `a ${kind} of ${group ?? "no group"}`}; only Backups of postgresql.cnpg.io are read.`,
    );
  const cluster = textAt(object, "spec", "cluster", "name");
  if (name === undefined || cluster === undefined)
    throw new UnusableBackups(`items[${index}] has no name or names no Cluster.`);
  return backupOf(object, name, cluster);
}

function backupOf(object: unknown, name: string, cluster: string): KnownBackup {
  const method = textAt(object, "status", "method") ?? textAt(object, "spec", "method") ?? inTreeMethod;
  const kind = kinds.get(method);
  if (kind === undefined) throw new UnusableBackups(`Backup ${name} has the unknown method ${method}.`);
  const begin =
    timeAt(object, name, "status", "startedAt") ?? timeAt(object, name, "metadata", "creationTimestamp");
  if (begin === undefined)
    throw new UnusableBackups(`Backup ${name} has neither status.startedAt nor a time of creation.`);
  const end = timeAt(object, name, "status", "stoppedAt");
  const beginWal = textAt(object, "status", "beginWal");
  return {
    id: (kind === BackupKind.Base ? textAt(object, "status", "backupId") : undefined) ?? name,
    kind,
    series: cluster,
    state: finalStates.get(textAt(object, "status", "phase") ?? "") ?? BackupState.Running,
    begin,
    ...(end === undefined ? {} : { end }),
    ...(valueAt(object, "metadata", "labels", appLabels.managedBy) === managedBy ? { ours: true } : {}),
    ...(kind === BackupKind.Base && beginWal !== undefined ? { beginWal } : {}),
  };
}

function timeAt(object: unknown, name: string, ...path: string[]): Date | undefined {
  const text = textAt(object, ...path);
  if (text === undefined) return undefined;
  const time = readTimestamp(text);
  if (time === undefined)
    throw new UnusableBackups(`Backup ${name}: ${path.join(".")} = ${text} is no time.`);
  return time;
}
