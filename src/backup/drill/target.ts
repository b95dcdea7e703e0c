import { BackupState, KeepTarget } from "../known-backup";
import { windowBegin } from "../recovery-window";
import { beginOfSegment, readLsn } from "../archive/wal-name";
import { missingWal, segmentsBetween } from "../archive/continuity";
import type { ArchivedBackup, ArchiveSurvey, WalRange } from "../archive/survey";
import { DrillTarget } from "./args";
import type { DrilledTarget, ReachedPoint } from "./report";

/** A completed base backup: its first WAL segment is known. */
export type UsableBackup = ArchivedBackup & { end: string; beginWal: string };

/** What is restored, as far as the archive alone decides it. */
export interface ChosenBackup {
  backup: UsableBackup;
  /** Time to restore to; absent for the end of the archive or a restore point. */
  time?: string;
  /** Why the end of the archive is restored in place of a moment by chance. */
  note?: string;
}

/**
 * The newest completed base backup, or with a target by chance the one before that moment.
 * @param chance from 0 to 1, 1 excluded
 * @throws Error when the archive holds none
 */
export function chooseBackup(
  survey: ArchiveSurvey,
  kind: DrillTarget,
  { now, windowDays, chance }: { now: Date; windowDays: number; chance: number },
): ChosenBackup {
  const usable = usableBackups(survey);
  const newest = usable.at(-1);
  if (newest === undefined) {
    throw new Error(
      `Archive ${survey.server} in store ${survey.store} holds no completed base backup. Take one: pulumi-cnpg backup now.`,
    );
  }
  if (kind !== DrillTarget.Random) return { backup: newest };
  const time = randomTime(usable, survey, windowBegin(windowDays, now), chance);
  if (time === undefined) {
    const note = "No whole second lies between a base backup and the last commit, so all WAL is restored.";
    return { backup: newest, note };
  }
  const backup = usable.findLast(({ end }) => Date.parse(end) <= Date.parse(time)) as UsableBackup;
  return { backup, time };
}

/** In the order of their end. */
function usableBackups({ baseBackups }: ArchiveSurvey): UsableBackup[] {
  return baseBackups
    .filter(
      (backup): backup is UsableBackup =>
        backup.state === BackupState.Completed && backup.end !== undefined && backup.beginWal !== undefined,
    )
    .sort((a, b) => Date.parse(a.end) - Date.parse(b.end));
}

/** Whole seconds, because fractions are lost on the way into the server's configuration. */
function randomTime(
  usable: readonly UsableBackup[],
  { lastCommit }: ArchiveSurvey,
  begin: Date,
  chance: number,
): string | undefined {
  // A standalone one has no WAL behind it, and is no base for a moment of the window.
  const bases = usable.filter(({ keep }) => keep !== KeepTarget.Standalone).map(({ end }) => Date.parse(end));
  const [first] = bases;
  if (first === undefined || lastCommit === undefined) return undefined;
  const from = Math.ceil(Math.max(first, begin.getTime()) / 1000);
  const to = Math.ceil(Date.parse(lastCommit.time) / 1000) - 1;
  if (to < from) return undefined;
  const second = from + Math.floor(chance * (to - from + 1));
  return new Date(second * 1000).toISOString().replace(".000Z", "Z");
}

/** Longest list of segments in a sentence. */
const mostNamed = 5;

/**
 * What is missing from the archive between a base backup and the last segment that is needed, as a sentence; undefined when nothing is.
 * @param to the last segment that is needed. @default the last one of the newest timeline
 */
export function continuityProblem(
  survey: ArchiveSurvey,
  backup: UsableBackup,
  to?: string,
): string | undefined {
  const missing = missingWal(survey, backup.beginWal, to);
  if (missing.length === 0) return undefined;
  const named = missing.slice(0, mostNamed).join(", ");
  const more = missing.length > mostNamed ? ` and ${missing.length - mostNamed} more` : "";
  return `Archive ${survey.server} lacks WAL that base backup ${backup.id} needs: ${named}${more}. Nothing after it can be restored from this backup; take a new base backup, and look for what removed it.`;
}

/** Segments from the begin of a base backup to a segment, and their bytes by the mean of their ranges. */
export function walToRead(
  survey: ArchiveSurvey,
  backup: UsableBackup,
  to: string,
): { segments: number; bytes: number } {
  let [segments, bytes] = [0, 0];
  for (const name of segmentsBetween(survey, backup.beginWal, to)) {
    segments += 1;
    bytes += meanSize(survey.wal, name);
  }
  return { segments, bytes: Math.round(bytes) };
}

function meanSize(wal: readonly WalRange[], name: string): number {
  const range = wal.find(({ first, last }) => first <= name && name <= last);
  return range === undefined ? 0 : range.bytes / range.segments;
}

/** Bytes of WAL behind the end of a segment. */
export function bytesAfter(segment: string, lsn: string, segmentSize: number): number {
  const end = beginOfSegment(segment, segmentSize) + BigInt(segmentSize);
  const behind = (readLsn(lsn) ?? end) - end;
  return behind > 0n ? Number(behind) : 0;
}

/** What PostgreSQL writes into the history of a timeline that began because the WAL had ended. */
const endOfWal = "no recovery target specified";

/**
 * Why replay did not end where it was to, as a sentence; undefined when it did.
 * @param least a position that must have been passed
 */
export function targetProblem(
  target: DrilledTarget,
  reached: ReachedPoint,
  least: string | undefined,
): string | undefined {
  const [at, from] = [readLsn(reached.lsn), least === undefined ? undefined : readLsn(least)];
  const where = `Replay ended at ${reached.lsn} (${reached.reason})`;
  if (at === undefined) return `${where}, which is no position.`;
  if (from !== undefined && at < from) return `${where}, before ${least}, which the archive was to hold.`;
  if (target.restorePoint !== undefined && reached.reason !== `at restore point "${target.restorePoint}"`)
    return `${where}, not at restore point "${target.restorePoint}".`;
  if (target.time !== undefined && reached.reason === endOfWal) return `${where}, not at ${target.time}.`;
  return undefined;
}

/** The newest entry of a timeline's history file: where and why it began. */
export function readTimelineHistory(text: string, timeline: number): ReachedPoint | undefined {
  const last = text
    .split("\n")
    .map(line => line.trim())
    .filter(line => line !== "" && !line.startsWith("#"))
    .at(-1);
  const [, lsn, reason] = /^\d+\s+([\dA-Fa-f]+\/[\dA-Fa-f]+)\s+(.+)$/.exec(last ?? "") ?? [];
  return lsn === undefined || reason === undefined ? undefined : { lsn, reason, timeline };
}
