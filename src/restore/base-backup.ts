import { latestTimeline } from "../backup/archive/continuity";
import type { ArchivedBackup, ArchiveSurvey } from "../backup/archive/survey";
import { timelinePath } from "../backup/archive/timeline";
import { readLsn } from "../backup/archive/wal-name";
import { BackupState } from "../backup/known-backup";
import { nearest } from "../nearest";
import { RestoreRefused } from "./refusal";
import { isBackupId } from "./validate";

/** A base backup of which everything is known that a restore needs. */
export interface UsableBackup extends ArchivedBackup {
  end: string;
  beginWal: string;
  endWal: string;
  endLsn: string;
  timeline: number;
}

/** What a backup must come before. */
export type BeforeMoment = { time: Date } | { lsn: bigint; timeline?: number } | { any: true };

/** Base backups that can be restored as far as listing tells, the oldest end first. */
export function usableBackups({ baseBackups }: Pick<ArchiveSurvey, "baseBackups">): UsableBackup[] {
  return baseBackups.filter(isUsable).sort((one, other) => Date.parse(one.end) - Date.parse(other.end));
}

function isUsable(backup: ArchivedBackup): backup is UsableBackup {
  return unusableReason(backup) === undefined;
}

/** Why a base backup cannot be restored; undefined when nothing speaks against it. */
export function unusableReason(backup: ArchivedBackup): string | undefined {
  const { state, problems, end, beginWal, endWal, endLsn, timeline } = backup;
  if (state !== BackupState.Completed) return state === BackupState.Running ? "is not finished" : "failed";
  if (problems.length > 0) return `is damaged: ${problems.join("; ")}`;
  const known = [end, beginWal, endWal, endLsn, timeline].every(value => value !== undefined);
  return known && readLsn(endLsn ?? "") !== undefined ? undefined : "does not tell where it begins and ends";
}

/** The timeline that a restore from a backup follows. @param timeline the one that is asked for, when it is a number */
export function followedTimeline(survey: ArchiveSurvey, backup: UsableBackup, timeline?: number): number {
  return timeline ?? latestTimeline(survey, backup.timeline);
}

/** Whether recovery from the backup passes along its timeline to another: the backup ended before the other left it. */
export function isOnTheWay(survey: ArchiveSurvey, backup: UsableBackup, timeline: number): boolean {
  const stretch = timelinePath(survey.histories, timeline).find(part => part.timeline === backup.timeline);
  return stretch !== undefined && (stretch.to === undefined || lsnOf(backup.endLsn) <= stretch.to);
}

/** The position of a text that was read before. */
export function lsnOf(text: string): bigint {
  return readLsn(text) ?? 0n;
}

/**
 * The base backup to begin with: the one that is named, else the newest good one that ended before the moment.
 * @throws RestoreRefused when there is none
 */
export function chooseBackup(
  survey: ArchiveSurvey,
  before: BeforeMoment,
  asked: { backupId?: string; timeline?: number; moment: string },
): UsableBackup {
  const usable = usableBackups(survey);
  if (asked.backupId !== undefined) return namedBackup(survey, before, asked.backupId, asked);
  if (usable.length === 0) throw noBackup(survey);
  const reachable = usable.filter(backup => isReachable(survey, backup, asked.timeline));
  const chosen = reachable.filter(backup => endedBefore(survey, backup, before, asked.timeline)).at(-1);
  if (chosen !== undefined) return chosen;
  const [first] = reachable;
  if (first === undefined) {
    throw new RestoreRefused(
      `No base backup of archive ${survey.server} leads to timeline ${asked.timeline}.`,
      `Its good ones are of ${timelinesText(usable)}; without a timeline the newest is followed.`,
    );
  }
  throw new RestoreRefused(
    `${asked.moment} is before the recoverable window, which begins at ${first.end} (${first.endLsn}) with the end of the first good base backup ${first.id}.`,
    "Name a later moment, or restore a logical dump from before: pulumi-cnpg dump list.",
  );
}

function isReachable(survey: ArchiveSurvey, backup: UsableBackup, timeline: number | undefined): boolean {
  return isOnTheWay(survey, backup, followedTimeline(survey, backup, timeline));
}

function endedBefore(
  survey: ArchiveSurvey,
  backup: UsableBackup,
  before: BeforeMoment,
  timeline: number | undefined,
): boolean {
  if ("any" in before) return true;
  if ("time" in before) return Date.parse(backup.end) <= before.time.getTime();
  if (lsnOf(backup.endLsn) > before.lsn) return false;
  // A position of a timeline that the restore does not pass is not the same place.
  const followed = followedTimeline(survey, backup, timeline);
  return before.timeline === undefined || leadsThrough(survey, followed, before.timeline);
}

function leadsThrough(survey: ArchiveSurvey, followed: number, timeline: number): boolean {
  return timelinePath(survey.histories, followed).some(part => part.timeline === timeline);
}

function namedBackup(
  survey: ArchiveSurvey,
  before: BeforeMoment,
  id: string,
  asked: { timeline?: number; moment: string },
): UsableBackup {
  const found = survey.baseBackups.find(backup => backup.id === id || backup.name === id);
  if (found === undefined) throw unknownBackup(survey, id);
  if (!isUsable(found)) {
    throw new RestoreRefused(
      `Base backup ${found.id} ${unusableReason(found)}.`,
      `Good ones are ${idsText(usableBackups(survey))}.`,
    );
  }
  if (!isReachable(survey, found, asked.timeline)) {
    throw new RestoreRefused(
      `Base backup ${found.id} of timeline ${found.timeline} does not lead to timeline ${followedTimeline(survey, found, asked.timeline)}.`,
      "Name another backup or timeline.",
    );
  }
  if (endedBefore(survey, found, before, asked.timeline)) return found;
  throw new RestoreRefused(
    `Base backup ${found.id} ended at ${found.end} (${found.endLsn}), which is after ${asked.moment}.`,
    "Leave out --backup-id for the newest one that ended before.",
  );
}

function unknownBackup({ server, baseBackups }: ArchiveSurvey, id: string): RestoreRefused {
  const near = nearest(
    id,
    baseBackups.map(backup => backup.id),
  );
  const hint = isBackupId(id) || near !== undefined ? "" : ' It is written as "20261120T020003".';
  return new RestoreRefused(
    `Archive ${server} has no base backup ${id}.`,
    near === undefined ? `It has ${idsText(baseBackups)}.${hint}` : `Did you mean ${near}?`,
  );
}

function noBackup({ server, baseBackups }: ArchiveSurvey): RestoreRefused {
  const last = baseBackups.at(-1);
  const found =
    last === undefined ? "" : ` The last of ${baseBackups.length}, ${last.id}, ${unusableReason(last)}.`;
  return new RestoreRefused(
    `Archive ${server} has no base backup that can be restored.${found}`,
    "Take one: pulumi-cnpg backup now <instance> --type full.",
  );
}

/** Newest first, because that is what is mostly meant; at most five. */
function idsText(backups: readonly { id: string }[]): string {
  const ids = backups.map(({ id }) => id).reverse();
  if (ids.length === 0) return "none";
  return ids.length <= 5 ? ids.join(", ") : `${ids.slice(0, 5).join(", ")} and ${ids.length - 5} older ones`;
}

function timelinesText(backups: readonly UsableBackup[]): string {
  const timelines = [...new Set(backups.map(({ timeline }) => timeline))];
  return `timeline${timelines.length === 1 ? "" : "s"} ${timelines.join(", ")}`;
}
