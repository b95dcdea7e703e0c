import type { WalRange } from "./survey";
import { isSegmentOf, nameOfSegment, readWalName, segmentPosition, WalFileKind } from "./wal-name";

/** A file of an archive, as the store lists it. */
export interface StoredFile {
  /** Its key or only its name. */
  key: string;
  bytes: number;
  /** When it was stored, RFC 3339. */
  stored?: string;
}

interface PlacedSegment extends StoredFile {
  timeline: number;
  number: number;
}

/**
 * The runs of whole segments without a gap, in the order of timeline and position. Other files do not count: neither histories nor
 * segments that ended with their timeline, which recovery reads only on purpose.
 */
export function walRanges(files: readonly StoredFile[], segmentSize: number): WalRange[] {
  const ranges: WalRange[] = [];
  let last: PlacedSegment | undefined;
  for (const segment of placed(files, segmentSize)) {
    const name = nameOfSegment(segment, segmentSize);
    const range = ranges.at(-1);
    const same = last?.timeline === segment.timeline;
    if (range !== undefined && same && segment.number === last?.number) {
      // The same segment twice, for instance with two compressions, is one segment.
      range.bytes += segment.bytes;
    } else if (range !== undefined && same && segment.number === (last?.number ?? 0) + 1) {
      range.last = name;
      range.segments += 1;
      range.bytes += segment.bytes;
      setStored(range, segment.stored);
    } else {
      ranges.push({ timeline: segment.timeline, first: name, last: name, segments: 1, bytes: segment.bytes });
      setStored(ranges[ranges.length - 1], segment.stored);
    }
    last = segment;
  }
  return ranges;
}

function placed(files: readonly StoredFile[], segmentSize: number): PlacedSegment[] {
  return files
    .flatMap(stored => {
      const file = readWalName(stored.key);
      if (file?.kind !== WalFileKind.Segment || !isSegmentOf(file.name, segmentSize)) return [];
      return [{ ...stored, ...segmentPosition(file.name, segmentSize) }];
    })
    .sort((one, other) => one.timeline - other.timeline || one.number - other.number);
}

function setStored(range: WalRange | undefined, stored: string | undefined): void {
  if (range === undefined) return;
  if (stored === undefined) delete range.lastStored;
  else range.lastStored = stored;
}

/** Whether an archive has a segment. */
export function hasSegment(ranges: readonly WalRange[], name: string): boolean {
  return ranges.some(({ first, last }) => {
    if (first.slice(0, 8) !== name.slice(0, 8)) return false;
    // Names of one timeline and size sort as their positions do.
    return first <= name && name <= last;
  });
}
