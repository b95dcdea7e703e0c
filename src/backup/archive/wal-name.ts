/** Kinds of file in an archive of WAL. */
export const WalFileKind = {
  /** A whole segment. */
  Segment: "segment",
  /** The unfinished last segment of a timeline that was left. */
  Partial: "partial",
  /** What `pg_backup_stop` leaves in the WAL: where a base backup began and ended. */
  BackupHistory: "backup history",
  /** Where a timeline and its ancestors began. */
  TimelineHistory: "timeline history",
} as const;
export type WalFileKind = (typeof WalFileKind)[keyof typeof WalFileKind];

/** A file of an archive of WAL, as far as its name tells. */
export interface WalFile {
  /** As PostgreSQL calls it, without the suffix of a compression. */
  name: string;
  kind: WalFileKind;
  timeline: number;
  /** Name of the segment it belongs to; absent from histories of timelines. */
  segment?: string;
  /** Suffix of its compression, for example `gz`. */
  compression?: string;
}

/** Sizes a WAL segment may have, in bytes: powers of two from 1 MiB to 1 GiB. */
export const segmentSizes: readonly number[] = Array.from({ length: 11 }, (_, power) => 2 ** (20 + power));

/** Size of a WAL segment unless `initdb --wal-segsize` said otherwise, bytes. */
export const defaultSegmentSize = 16 * 1024 * 1024;

/** Suffixes of Barman. Source: Barman 3.20, cloud.py, ALLOWED_COMPRESSIONS. */
const file =
  /^(?<name>(?<timeline>[\dA-F]{8})(?:(?<position>[\dA-F]{16})(?<rest>\.partial|\.[\dA-F]{8}\.backup)?|\.history))(?:\.(?<compression>gz|bz2|xz|snappy|zst|lz4))?$/;

/** Reads the name of a file; undefined for what PostgreSQL does not archive. A path before it is not looked at. */
export function readWalName(path: string): WalFile | undefined {
  const groups = file.exec(path.slice(path.lastIndexOf("/") + 1))?.groups;
  if (groups === undefined) return undefined;
  const { name = "", timeline = "", position, rest, compression } = groups;
  return {
    name,
    kind: kindOf(position, rest),
    timeline: parseInt(timeline, 16),
    ...(position === undefined ? {} : { segment: `${timeline}${position}` }),
    ...(compression === undefined ? {} : { compression }),
  };
}

function kindOf(position: string | undefined, rest: string | undefined): WalFileKind {
  if (position === undefined) return WalFileKind.TimelineHistory;
  if (rest === undefined) return WalFileKind.Segment;
  return rest === ".partial" ? WalFileKind.Partial : WalFileKind.BackupHistory;
}

/** A WAL segment as numbers. */
export interface SegmentPosition {
  timeline: number;
  /** Segments before it since position `0/0`. */
  number: number;
}

const segmentName = /^([\dA-F]{8})([\dA-F]{8})([\dA-F]{8})$/;

/**
 * Where a segment stands.
 * @param name 24 hexadecimal digits
 * @throws RangeError for a name that no segment of this size has
 */
export function segmentPosition(name: string, segmentSize: number): SegmentPosition {
  const [, timeline = "", high = "", low = ""] = segmentName.exec(name) ?? [];
  const perLog = segmentsPerLog(segmentSize);
  const within = parseInt(low, 16);
  if (low === "" || within >= perLog)
    throw new RangeError(`${name} is not the name of a WAL segment of ${segmentSize} bytes.`);
  return { timeline: parseInt(timeline, 16), number: parseInt(high, 16) * perLog + within };
}

/** Whether segments of this size can have the name. */
export function isSegmentOf(name: string, segmentSize: number): boolean {
  const low = segmentName.exec(name)?.[3];
  return low !== undefined && parseInt(low, 16) < segmentsPerLog(segmentSize);
}

/** Name of the segment at a position, 24 hexadecimal digits. */
export function nameOfSegment({ timeline, number }: SegmentPosition, segmentSize: number): string {
  const perLog = segmentsPerLog(segmentSize);
  return hexadecimal(timeline) + hexadecimal(Math.floor(number / perLog)) + hexadecimal(number % perLog);
}

/** The segment after this one on its timeline. */
export function nextSegment(name: string, segmentSize: number): string {
  const { timeline, number } = segmentPosition(name, segmentSize);
  return nameOfSegment({ timeline, number: number + 1 }, segmentSize);
}

/** The segment before this one on its timeline; undefined for the first of all. */
export function previousSegment(name: string, segmentSize: number): string | undefined {
  const { timeline, number } = segmentPosition(name, segmentSize);
  return number === 0 ? undefined : nameOfSegment({ timeline, number: number - 1 }, segmentSize);
}

/** Orders segments of one size by position, then by timeline: the order in which recovery reads them. */
export function compareSegments(one: string, other: string): number {
  const [left, right] = [one.slice(8) + one.slice(0, 8), other.slice(8) + other.slice(0, 8)];
  return left < right ? -1 : left > right ? 1 : 0;
}

/** First position of a segment. */
export function beginOfSegment(name: string, segmentSize: number): bigint {
  return BigInt(segmentPosition(name, segmentSize).number) * BigInt(segmentSize);
}

/** Name of the segment that holds the byte at a position. */
export function segmentAt(lsn: bigint, timeline: number, segmentSize: number): string {
  return nameOfSegment({ timeline, number: Number(lsn / BigInt(segmentSize)) }, segmentSize);
}

const lsnForm = /^([\dA-F]{1,8})\/([\dA-F]{1,8})$/i;

/** Reads a position as PostgreSQL writes it, for example `0/5000028`; undefined for every other text. */
export function readLsn(text: string): bigint | undefined {
  const [, high, low] = lsnForm.exec(text) ?? [];
  if (high === undefined || low === undefined) return undefined;
  return (BigInt(`0x${high}`) << 32n) | BigInt(`0x${low}`);
}

/** A position as PostgreSQL writes it. */
export function lsnText(lsn: bigint): string {
  return `${(lsn >> 32n).toString(16)}/${(lsn & 0xffffffffn).toString(16)}`.toUpperCase();
}

function segmentsPerLog(segmentSize: number): number {
  if (!segmentSizes.includes(segmentSize))
    throw new RangeError(`${segmentSize} bytes is not a size of WAL segments.`);
  return 2 ** 32 / segmentSize;
}

function hexadecimal(value: number): string {
  return value.toString(16).toUpperCase().padStart(8, "0");
}
