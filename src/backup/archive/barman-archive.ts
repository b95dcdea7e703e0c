import { readBarmanListing } from "../barman-listing";
import { BackupState, KeepTarget, UnusableBackups } from "../known-backup";
import { type BackupInfo, compressionOf, objectProblems } from "./base-backup-files";
import { missingWal } from "./continuity";
import type { ArchivedBackup, ArchiveSurvey, TimelineSwitch } from "./survey";
import { timelineSwitches, UnreadableHistory } from "./timeline";
import { defaultSegmentSize, readWalName, segmentSizes } from "./wal-name";
import { type StoredFile, walRanges } from "./wal-ranges";

/** What `archive.py survey` prints. */
export interface BarmanArchive {
  backups: BarmanBackup[];
  wal: BarmanObject[];
  histories: { key: string; text: string }[];
  /** Bytes of what belongs to none of them. */
  others: number;
}

/** One object of the store, below its destination. */
export interface BarmanObject {
  key: string;
  bytes: number;
  /** When it was stored, in seconds since 1970; null where the store does not tell. */
  stored: number | null;
}

/** One base backup as Barman left it. */
export interface BarmanBackup {
  id: string;
  files: BarmanObject[];
  /** Absent while it is running, and when it is unreadable. */
  info?: BackupInfo;
  unreadable?: string;
  /** Content of the annotation `keep`. */
  keep?: string;
}

/** The same object in our words. */
export function storedFile({ key, bytes, stored }: BarmanObject): StoredFile {
  return { key, bytes, ...(stored === null ? {} : { stored: new Date(stored * 1000).toISOString() }) };
}

/** Which archive it is, and when it was looked at. */
export type SurveyedArchive = Pick<ArchiveSurvey, "store" | "server" | "asOf">;

/** What an archive holds, out of what Barman's library found there. */
export function surveyOf(
  found: BarmanArchive,
  archive: SurveyedArchive,
  segmentSize?: number,
): ArchiveSurvey {
  const walSegmentSize = knownSegmentSize(found) ?? segmentSize ?? defaultSegmentSize;
  const wal = walRanges(found.wal.map(storedFile), walSegmentSize);
  const { histories, note } = readHistories(found);
  const objects = [...found.wal, ...found.backups.flatMap(({ files }) => files)];
  const survey: ArchiveSurvey = {
    ...archive,
    baseBackups: [],
    wal,
    walSegmentSize,
    histories,
    bytes: objects.reduce((sum, { bytes }) => sum + bytes, found.others),
    ...(note === undefined ? {} : { note }),
  };
  survey.baseBackups = found.backups
    .flatMap(backup => archivedBackup(backup, survey))
    .sort((one, other) => (one.begin < other.begin ? -1 : 1));
  return survey;
}

/** Size of a segment as the newest base backup tells it. */
export function knownSegmentSize({ backups }: BarmanArchive): number | undefined {
  const sizes = backups.flatMap(({ info }) => info?.xlog_segment_size ?? []);
  return sizes.filter(size => segmentSizes.includes(size)).at(-1);
}

function readHistories({ histories }: BarmanArchive): { histories: TimelineSwitch[]; note?: string } {
  const named = histories.flatMap(({ key, text }) => {
    const timeline = readWalName(key)?.timeline;
    return timeline === undefined ? [] : [[timeline, text] as const];
  });
  try {
    return { histories: timelineSwitches(named) };
  } catch (error) {
    if (!(error instanceof UnreadableHistory)) throw error;
    return { histories: [], note: error.message };
  }
}

function archivedBackup(backup: BarmanBackup, survey: ArchiveSurvey): ArchivedBackup[] {
  const { id, files, info, unreadable } = backup;
  const bytes = files.reduce((sum, file) => sum + file.bytes, 0);
  const keep = Object.values(KeepTarget).find(target => target === backup.keep);
  const known = readKnown(id, info);
  const begin = known?.begin.toISOString() ?? beginOfId(id);
  // Barman makes no other folders there; what has no time cannot be a base backup.
  if (begin === undefined) return [];
  const state = known?.state ?? BackupState.Running;
  return [
    {
      id,
      state,
      begin,
      ...(known?.end === undefined ? {} : { end: known.end.toISOString() }),
      ...facts(info, compressionOf(files)),
      bytes,
      ...(keep === undefined ? {} : { keep }),
      problems: problemsOf({ id, files, info, unreadable, state }, survey),
    },
  ];
}

function readKnown(id: string, info: BackupInfo | undefined) {
  if (info === undefined) return undefined;
  try {
    return readBarmanListing({ backups_list: [{ ...info, backup_id: id }] })[0];
  } catch (error) {
    if (error instanceof UnusableBackups) return undefined;
    throw error;
  }
}

/** The id is the time of its begin. */
function beginOfId(id: string): string | undefined {
  const [, year, month, day, hour, minute, second] =
    /^(\d{4})(\d\d)(\d\d)T(\d\d)(\d\d)(\d\d)$/.exec(id) ?? [];
  if (second === undefined) return undefined;
  return `${year}-${month}-${day}T${hour}:${minute}:${second}.000Z`;
}

function facts(info: BackupInfo = {}, compression: string | undefined): Partial<ArchivedBackup> {
  const all: Partial<ArchivedBackup> = {
    name: info.backup_name ?? undefined,
    beginWal: info.begin_wal ?? undefined,
    endWal: info.end_wal ?? undefined,
    beginLsn: info.begin_xlog ?? undefined,
    endLsn: info.end_xlog ?? undefined,
    timeline: info.timeline ?? undefined,
    systemId: info.systemid === null || info.systemid === undefined ? undefined : String(info.systemid),
    version: info.version ?? undefined,
    clusterBytes: info.cluster_size ?? undefined,
    compression: info.compression ?? compression,
  };
  return Object.fromEntries(Object.entries(all).filter(([, value]) => value !== undefined));
}

interface Judged extends BarmanBackup {
  state: BackupState;
}

function problemsOf({ files, info, unreadable, state }: Judged, survey: ArchiveSurvey): string[] {
  if (unreadable !== undefined) return [`Its backup.info cannot be read: ${unreadable}`];
  if (info === undefined) return ["It has no backup.info: it is running, or it broke off."];
  // A failed one is not expected to be whole.
  if (state !== BackupState.Completed) return [];
  return [...objectProblems(info, files.map(storedFile)), ...walProblems(info, survey)];
}

function walProblems({ begin_wal: begin, end_wal: end }: BackupInfo, survey: ArchiveSurvey): string[] {
  if (!begin || !end) return ["Its backup.info does not say which WAL it needs."];
  const missing = missingBetween(survey, begin, end);
  if (missing === undefined) return [`Its WAL from ${begin} to ${end} lies on no way over the timelines.`];
  if (missing.length === 0) return [];
  const [first, more] = [missing[0], missing.length - 1];
  return [
    `WAL segment ${first}${more === 0 ? "" : ` and ${more} more`} of those that make it consistent ${more === 0 ? "is" : "are"} missing.`,
  ];
}

function missingBetween(survey: ArchiveSurvey, begin: string, end: string): string[] | undefined {
  try {
    return missingWal(survey, begin, end);
  } catch (error) {
    if (error instanceof RangeError) return undefined;
    throw error;
  }
}
