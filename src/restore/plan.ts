import { lastReachable, lastSegment, missingWal, segmentsBetween } from "../backup/archive/continuity";
import type { ArchivedCommit, ArchiveSurvey, WalRange } from "../backup/archive/survey";
import { timelinePath } from "../backup/archive/timeline";
import { compareSegments, readLsn, segmentAt } from "../backup/archive/wal-name";
import {
  type BeforeMoment,
  chooseBackup,
  followedTimeline,
  isOnTheWay,
  usableBackups,
  type UsableBackup,
} from "./base-backup";
import { estimateRestore, type RestoreEstimate, type RestoreRates } from "./estimate";
import { type RestoreRefusal, RestoreRefused } from "./refusal";
import type { RestoreTargetArgs } from "./source-args";
import { describeTarget, MomentKind, momentsOf, readTargetTime, readTransactionId } from "./target";

/** A moment that was found in the WAL of an archive. */
export interface LocatedMoment {
  /** Position right after its record. */
  lsn: string;
  timeline: number;
  /** When it was written, RFC 3339. */
  time?: string;
}

/** What is to be restored. */
export interface WantedRestore {
  /** Exactly one moment, in its form: without anything that `targetProblems` finds. */
  target: RestoreTargetArgs;
  /** Base backup to begin with. @default the newest good one that ended before the moment */
  backupId?: string;
  /** Where a transaction id or restore point is in the WAL; null when it was looked for and is not there. @default nobody looked */
  located?: LocatedMoment | null;
}

/** What planning goes by, besides the archive. */
export interface PlanSurroundings {
  now: Date;
  /** @default those of a small machine */
  rates?: RestoreRates;
}

/** Every moment between these can be restored, as far as no segment is missing. */
export interface RecoverableWindow {
  /** End of the first good base backup, RFC 3339. */
  from: string;
  /** The newest transaction of the archive; absent when it is not known. */
  to?: ArchivedCommit;
}

/** The WAL that follows a base backup. */
export interface FollowingWal {
  first: string;
  last: string;
  segments: number;
  /** Bytes in the store. */
  bytes: number;
  /** Whether the moment is in the last of them; else it may be earlier. */
  exact: boolean;
}

/** How a moment is restored. */
export interface RestorePlan {
  store: string;
  archive: string;
  target: RestoreTargetArgs;
  backup: UsableBackup;
  /** Timeline that is followed. */
  timeline: number;
  wal: FollowingWal;
  window: RecoverableWindow;
  estimate: RestoreEstimate;
  /** Newest transaction that is lost, or kept, as far as it is known: what the restored data end with. */
  located?: LocatedMoment;
  warnings: string[];
}

/** A plan, or why there is none. */
export type PlanResult = { plan: RestorePlan } | { refused: RestoreRefusal };

/** How a moment is restored from what a survey found in the archive; refused when the restore would fail, or end elsewhere. */
export function planRestore(
  survey: ArchiveSurvey,
  wanted: WantedRestore,
  around: PlanSurroundings,
): PlanResult {
  try {
    return { plan: plan(survey, wanted, around) };
  } catch (error) {
    if (error instanceof RestoreRefused) return { refused: error.refusal };
    throw error;
  }
}

/** From when to when an archive can be restored; undefined when it cannot. */
export function recoverableWindow(survey: ArchiveSurvey): RecoverableWindow | undefined {
  const [first] = usableBackups(survey);
  if (first === undefined) return undefined;
  return { from: first.end, ...(survey.lastCommit === undefined ? {} : { to: survey.lastCommit }) };
}

function plan(survey: ArchiveSurvey, wanted: WantedRestore, { now, rates }: PlanSurroundings): RestorePlan {
  const { target, located } = wanted;
  const moment = describeTarget(target);
  const timeline = numberOf(target.timeline);
  refuseUnlocated(survey, target, located);
  const asked = { moment, ...defined("backupId", wanted.backupId), ...defined("timeline", timeline) };
  const backup = chooseBackup(survey, beforeMoment(target, located), asked);
  refuseBeyond(survey, target, now);
  const followed = followedTimeline(survey, backup, timeline);
  const needed = lastNeeded(survey, backup, followed, wanted);
  const last = upToGap(survey, backup, followed, { ...needed, target });
  const wal = followingWal(survey, backup.beginWal, last, needed.exact);
  return {
    store: survey.store,
    archive: survey.server,
    target,
    backup,
    timeline: followed,
    wal,
    window: recoverableWindow(survey) ?? { from: backup.end },
    estimate: estimateRestore(backup.bytes, wal.segments * survey.walSegmentSize, rates),
    ...(located === undefined || located === null ? {} : { located }),
    warnings: [...warningsOf(survey, wanted), ...laterGap(survey, backup, followed, wal)],
  };
}

function defined<K extends string, V>(key: K, value: V | undefined): Partial<Record<K, V>> {
  return value === undefined ? {} : ({ [key]: value } as Record<K, V>);
}

function numberOf(timeline: string | undefined): number | undefined {
  return timeline === undefined || timeline === "latest" ? undefined : Number(timeline);
}

function kindOf(target: RestoreTargetArgs): MomentKind {
  return momentsOf(target)[0] ?? MomentKind.Latest;
}

/** What a base backup must have ended before. */
function beforeMoment(target: RestoreTargetArgs, located: LocatedMoment | null | undefined): BeforeMoment {
  const { time, lsn } = target;
  switch (kindOf(target)) {
    case MomentKind.Time:
      return { time: readTargetTime(time ?? "") ?? new Date(NaN) };
    case MomentKind.Lsn:
      return { lsn: readLsn(lsn ?? "") ?? 0n };
    default:
      return located === undefined || located === null
        ? { any: true }
        : { lsn: readLsn(located.lsn) ?? 0n, timeline: located.timeline };
  }
}

function refuseUnlocated(
  { server }: ArchiveSurvey,
  target: RestoreTargetArgs,
  located: LocatedMoment | null | undefined,
): void {
  if (located !== null) return;
  throw new RestoreRefused(
    `Archive ${server} does not hold ${describeTarget({ ...target, exclusive: false })}.`,
    "It may not be archived yet: pulumi-cnpg backup now <instance> --type incremental archives what was written so far.",
  );
}

/** PostgreSQL gives up, after all the work, when it finds nothing behind the target. */
function refuseBeyond(survey: ArchiveSurvey, target: RestoreTargetArgs, now: Date): void {
  const { lastCommit: last } = survey;
  const { time, lsn, exclusive = false } = target;
  const kind = kindOf(target);
  const moment = readTargetTime(time ?? "");
  if (kind === MomentKind.Time && moment !== undefined && moment > now) {
    throw new RestoreRefused(
      `${time} is in the future.`,
      "Name a moment that has been, or restore to the end of the archive with --latest.",
    );
  }
  if (last === undefined) return;
  const isBeyond =
    kind === MomentKind.Time
      ? moment !== undefined && !isAfter(last.time, time ?? "", exclusive)
      : kind === MomentKind.Lsn && (readLsn(lsn ?? "") ?? 0n) > (readLsn(last.lsn) ?? 0n);
  if (isBeyond) throw beyond(survey, target, last);
}

/** Whether a transaction comes after the target, so that replay finds the place to stop. Milliseconds alone would not tell. */
function isAfter(commit: string, target: string, exclusive: boolean): boolean {
  const [left, right] = [microseconds(commit), microseconds(target)];
  return exclusive ? left >= right : left > right;
}

/** Microseconds since 1970: PostgreSQL's times have six digits, those of JavaScript three. */
function microseconds(time: string): bigint {
  const digits = /\.(\d+)/.exec(time)?.[1] ?? "";
  const whole = Date.parse(time.replace(/\.\d+/, ""));
  return BigInt(whole) * 1000n + BigInt(digits.padEnd(6, "0").slice(0, 6));
}

function beyond({ server }: ArchiveSurvey, target: RestoreTargetArgs, last: ArchivedCommit): RestoreRefused {
  return new RestoreRefused(
    `${describeTarget(target)} is beyond the last archived transaction: archive ${server} ends with transaction ${last.transactionId} of ${last.time} (${last.lsn}).`,
    "Restore to the end of the archive with --latest, or archive what was written since: pulumi-cnpg backup now <instance> --type incremental.",
  );
}

interface LastNeeded {
  last: string;
  exact: boolean;
}

/** The last segment that replay may need, on the timeline that is followed. */
function lastNeeded(
  survey: ArchiveSurvey,
  backup: UsableBackup,
  timeline: number,
  { target, located }: WantedRestore,
): LastNeeded {
  const end = lastSegment(survey, backup.beginWal, timeline) ?? backup.endWal;
  switch (kindOf(target)) {
    case MomentKind.Immediate:
      return { last: backup.endWal, exact: true };
    case MomentKind.Latest:
      return { last: end, exact: true };
    case MomentKind.Lsn:
      return { last: segmentOf(survey, timeline, readLsn(target.lsn ?? "") ?? 0n), exact: true };
    case MomentKind.Time: {
      const next = nextBackup(survey, timeline, readTargetTime(target.time ?? "") ?? new Date(NaN));
      return { last: later(next?.beginWal ?? end, backup.endWal), exact: false };
    }
    default: {
      if (located === undefined || located === null) return { last: end, exact: false };
      const lastByte = (readLsn(located.lsn) ?? 1n) - 1n;
      return { last: segmentOf(survey, timeline, lastByte), exact: true };
    }
  }
}

/** The segment that a position is read from on the way to a timeline: where one is left, its successor has the whole segment. */
function segmentOf({ histories, walSegmentSize }: ArchiveSurvey, timeline: number, lsn: bigint): string {
  const size = BigInt(walSegmentSize);
  const stretch = timelinePath(histories, timeline).find(
    ({ to }) => to === undefined || lsn / size < to / size,
  );
  return segmentAt(lsn, stretch?.timeline ?? timeline, walSegmentSize);
}

/** The first base backup on the way that began after a time: no older transaction comes after its begin. */
function nextBackup(survey: ArchiveSurvey, timeline: number, time: Date): UsableBackup | undefined {
  return usableBackups(survey).find(
    backup => Date.parse(backup.begin) > time.getTime() && isOnTheWay(survey, backup, timeline),
  );
}

function later(one: string, other: string): string {
  return compareSegments(one, other) > 0 ? one : other;
}

/**
 * The last segment that replay may need and gets. A missing one ends a restore to the end silently, and every other one with an error.
 * @throws RestoreRefused when one is missing on the way
 */
function upToGap(
  survey: ArchiveSurvey,
  backup: UsableBackup,
  timeline: number,
  { last, target }: LastNeeded & { target: RestoreTargetArgs },
): string {
  const missing = missingWal(survey, backup.beginWal, last);
  const [first] = missing;
  if (first === undefined) return last;
  const reached = lastReachable(survey, backup.beginWal, timeline);
  const isConsistent = reached !== undefined && compareSegments(reached, backup.endWal) >= 0;
  if (isConsistent && wasStoredAfter(survey, reached, target)) return reached;
  const list =
    missing.length <= 3
      ? missing.join(", ")
      : `${missing.slice(0, 3).join(", ")} and ${missing.length - 3} more`;
  throw new RestoreRefused(
    `Archive ${survey.server} lacks WAL that is needed after base backup ${backup.id}: ${list}.`,
    isConsistent
      ? `Everything up to segment ${reached} is there: name a moment before its end, or --immediate with --backup-id ${backup.id}.`
      : "Begin with another backup (--backup-id), or take a new one: pulumi-cnpg backup now <instance> --type full.",
  );
}

/** Whether a segment was stored after a time: then replay most likely finds the time before the end of the segment. */
function wasStoredAfter({ wal }: ArchiveSurvey, segment: string, target: RestoreTargetArgs): boolean {
  if (kindOf(target) !== MomentKind.Time) return false;
  const stored = wal.find(range => range.last === segment)?.lastStored;
  return stored !== undefined && isAfter(stored, target.time ?? "", target.exclusive === true);
}

/** A moment is known to be before a segment, but not whether a transaction between them ends the replay. */
function laterGap(
  survey: ArchiveSurvey,
  backup: UsableBackup,
  timeline: number,
  wal: FollowingWal,
): string[] {
  const end = lastSegment(survey, backup.beginWal, timeline);
  if (wal.exact || end === undefined) return [];
  const [first] = missingWal(survey, backup.beginWal, later(end, wal.last));
  if (first === undefined) return [];
  return [
    `Segment ${first} is missing after ${wal.last}. If nothing was committed between the moment and the end of ${wal.last}, the restore fails there.`,
  ];
}

/** Segments from one to another and what they take in the store; a range that is needed in part is taken in proportion. */
function followingWal(survey: ArchiveSurvey, first: string, last: string, exact: boolean): FollowingWal {
  const used = new Map<WalRange, number>();
  let segments = 0;
  for (const name of segmentsBetween(survey, first, last)) {
    segments += 1;
    const range = survey.wal.find(
      candidate =>
        candidate.first.slice(0, 8) === name.slice(0, 8) && candidate.first <= name && name <= candidate.last,
    );
    if (range !== undefined) used.set(range, (used.get(range) ?? 0) + 1);
  }
  const bytes = [...used].reduce((sum, [range, count]) => sum + (range.bytes * count) / range.segments, 0);
  return { first, last, segments, bytes: Math.round(bytes), exact };
}

function warningsOf(survey: ArchiveSurvey, { target, located }: WantedRestore): string[] {
  const kind = kindOf(target);
  const { lastCommit, server, note } = survey;
  const needsEnd = kind === MomentKind.Time || kind === MomentKind.Lsn;
  const warnings: string[] = note === undefined ? [] : [note];
  if (needsEnd && lastCommit === undefined) {
    warnings.push(
      `The last transaction of archive ${server} could not be read, so it is not known whether it reaches that far. If not, the restore fails at its end.`,
    );
  }
  if (located === undefined && (kind === MomentKind.TransactionId || kind === MomentKind.RestorePoint)) {
    warnings.push(
      `Nobody looked for ${describeTarget({ ...target, exclusive: false })} in the WAL. If it is not there, or is older than the base backup, the restore fails.`,
    );
  }
  if (
    kind === MomentKind.TransactionId &&
    located === undefined &&
    lastCommit !== undefined &&
    isYounger(readTransactionId(target.transactionId ?? "") ?? 0, lastCommit.transactionId)
  ) {
    warnings.push(
      `It is younger than the last archived transaction ${lastCommit.transactionId}, so it is probably not archived yet.`,
    );
  }
  return warnings;
}

/** Transaction ids go round after 2^32. */
function isYounger(id: number, other: number): boolean {
  const distance = (id - other + 2 ** 32) % 2 ** 32;
  return distance > 0 && distance < 2 ** 31;
}
