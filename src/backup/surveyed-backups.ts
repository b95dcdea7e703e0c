import type { ArchivedBackup, ArchiveSurvey } from "./archive/survey";
import { BackupKind, BackupState, type KnownBackup, UnusableBackups } from "./known-backup";
import { isMarked, type MarkedBackups } from "./retention-record";
import { readTimestamp } from "../timestamp";

/**
 * The base backups of an archive as retention judges them. One whose objects are damaged counts as failed: nothing may rely on it.
 * @param marked those that we marked
 * @param bad ids of those that a check found damaged
 * @throws UnusableBackups for a time that is none
 */
export function surveyedBackups(
  survey: ArchiveSurvey,
  marked: MarkedBackups,
  bad: ReadonlySet<string> = new Set(),
): KnownBackup[] {
  return survey.baseBackups.map(backup => knownBackup(backup, survey.server, marked, bad));
}

function knownBackup(
  backup: ArchivedBackup,
  server: string,
  marked: MarkedBackups,
  bad: ReadonlySet<string>,
): KnownBackup {
  const { id, state, begin, end, beginWal, keep, problems } = backup;
  const damaged = state === BackupState.Completed && (problems.length > 0 || bad.has(id));
  return {
    id,
    kind: BackupKind.Base,
    series: server,
    state: damaged ? BackupState.Failed : state,
    begin: timeOf(begin, id),
    ...(end === undefined ? {} : { end: timeOf(end, id) }),
    ...(keep === undefined ? {} : { keep: { target: keep, ours: isMarked(marked, server, id) } }),
    ...(beginWal === undefined ? {} : { beginWal }),
  };
}

function timeOf(text: string, id: string): Date {
  const time = readTimestamp(text);
  if (time === undefined) throw new UnusableBackups(`Base backup ${id}: ${text} is no time.`);
  return time;
}
