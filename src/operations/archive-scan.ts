import { WalReader } from "../backup/archive/commit-records";
import { lastReachable, segmentsBetween } from "../backup/archive/continuity";
import type { SegmentScan } from "../backup/archive/segment-scan";
import type { ArchiveSurvey } from "../backup/archive/survey";
import { readTimestamp } from "../timestamp";
import type { Archive } from "./archive";

/** What is looked for. */
export interface ScanOptions {
  /** Id of the base backup behind which it begins. */
  from: string;
  /** Whether restore points are looked for. */
  names: boolean;
  /** A time, RFC 3339. */
  around?: string;
  /** Segments that are read at most. */
  most: number;
}

/** Restore points that are kept: they have to fit into an annotation. */
const mostRestorePoints = 500;

/**
 * Reads the WAL behind a base backup up to the first gap.
 * @throws Error for a base backup the archive does not have, or a time that is none
 */
export async function scanArchive(
  archive: Pick<Archive, "readWal" | "store">,
  survey: ArchiveSurvey,
  { from, names, around, most }: ScanOptions,
): Promise<SegmentScan> {
  const begin = survey.baseBackups.find(({ id }) => id === from)?.beginWal;
  if (begin === undefined)
    throw new Error(`Store ${archive.store} holds no base backup ${from} of ${survey.server}.`);
  const time = around === undefined ? undefined : timeOf(around);
  const { wanted, whole } = segments(survey, begin, most);
  const found: SegmentScan = { segments: 0, whole, restorePoints: [] };
  const reader = new WalReader({
    ...(names && {
      restorePoint: point => {
        found.restorePoints.push(point);
        if (found.restorePoints.length > mostRestorePoints) found.restorePoints.shift();
      },
    }),
    ...(time !== undefined && {
      commit: commit => {
        // Times of commits are not in the order of the WAL; recovery stops at the first one that is later.
        if (found.after !== undefined) return;
        if (commit.time > time) found.after = commit;
        else found.before = commit;
      },
    }),
  });
  const missing = await archive.readWal(survey.server, wanted, (_name, bytes) => reader.push(bytes));
  if (missing[0] !== undefined)
    throw new Error(`WAL segment ${missing[0]} of ${survey.server} went away while it was read.`);
  const [first, last] = [wanted[0], wanted.at(-1)];
  return { ...found, segments: wanted.length, ...(first && { first }), ...(last && { last }) };
}

/** In the form and precision of the WAL's own times. */
function timeOf(text: string): string {
  const read = readTimestamp(text);
  if (read === undefined)
    throw new Error(`${text} is not a time with a zone, for example 2026-11-20T14:30:00Z.`);
  const fraction = /\.(\d{1,6})/.exec(text)?.[1] ?? "";
  return `${read.toISOString().slice(0, 19)}.${fraction.padEnd(6, "0")}Z`;
}

function segments(survey: ArchiveSurvey, begin: string, most: number): { wanted: string[]; whole: boolean } {
  const end = lastReachable(survey, begin);
  if (end === undefined) return { wanted: [], whole: true };
  const wanted: string[] = [];
  for (const name of segmentsBetween(survey, begin, end)) {
    if (wanted.length === most) return { wanted, whole: false };
    wanted.push(name);
  }
  return { wanted, whole: true };
}
