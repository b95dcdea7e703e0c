import { BackupKind, BackupState, type KnownBackup, UnusableBackups } from "./known-backup";
import { isRecord, textAt } from "./record";
import { readCtime, readTimestamp } from "../timestamp";

/** Barman's word for each state. Source: Barman 3.20, infofile.py, BackupInfo. */
const states: ReadonlyMap<string, BackupState> = new Map([
  ["DONE", BackupState.Completed],
  ["FAILED", BackupState.Failed],
  ["EMPTY", BackupState.Running],
  ["STARTED", BackupState.Running],
  ["SYNCING", BackupState.Running],
  ["WAITING_FOR_WALS", BackupState.Running],
]);

/**
 * The base backups of an archive, from what `barman-cloud-backup-list --format json` prints. It does not tell which ones are marked with
 * the annotation `keep`.
 * @throws UnusableBackups for what that command does not print
 */
export function readBarmanListing(listing: unknown): KnownBackup[] {
  if (!isRecord(listing) || !Array.isArray(listing.backups_list))
    throw new UnusableBackups("It holds no list backups_list, as barman-cloud-backup-list prints it.");
  return listing.backups_list.map((entry, index) => readEntry(entry, `backups_list[${index}]`));
}

function readEntry(entry: unknown, where: string): KnownBackup {
  if (!isRecord(entry)) throw new UnusableBackups(`${where} is no backup.`);
  const id = textAt(entry, "backup_id");
  if (id === undefined) throw new UnusableBackups(`${where} has no backup_id.`);
  const status = textAt(entry, "status");
  const state = states.get(status ?? "");
  if (state === undefined)
    throw new UnusableBackups(
      `Backup ${id} has ${status === undefined ? "no status" : `the unknown status ${status}`}.`,
    );
  const begin = timeOf(entry, "begin_time", id) ?? timeOfId(id);
  if (begin === undefined) throw new UnusableBackups(`Backup ${id} has no begin_time.`);
  const end = timeOf(entry, "end_time", id);
  const beginWal = textAt(entry, "begin_wal");
  return {
    id,
    kind: BackupKind.Base,
    state,
    begin,
    ...(end === undefined ? {} : { end }),
    ...(beginWal === undefined ? {} : { beginWal }),
  };
}

/** Barman 3.12 wrote ISO times into the fields of ctime; older ones have no others. */
function timeOf(entry: Record<string, unknown>, field: string, id: string): Date | undefined {
  const text = textAt(entry, `${field}_iso`) ?? textAt(entry, field);
  if (text === undefined) return undefined;
  const time = readTimestamp(text) ?? readCtime(text);
  if (time === undefined) throw new UnusableBackups(`Backup ${id}: ${field} = ${text} is no time.`);
  return time;
}

/** One that has only just begun has no times yet, but its id is the time of its begin. */
function timeOfId(id: string): Date | undefined {
  const parts = /^(\d{4})(\d\d)(\d\d)T(\d\d)(\d\d)(\d\d)$/.exec(id);
  if (parts === null) return undefined;
  const [, year, month, day, hour, minute, second] = parts;
  return readTimestamp(`${year}-${month}-${day}T${hour}:${minute}:${second}Z`);
}
