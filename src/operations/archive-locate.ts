import { WalReader } from "../backup/archive/commit-records";
import { lastSegment, segmentsBetween } from "../backup/archive/continuity";
import type { ArchiveSurvey } from "../backup/archive/survey";
import { compareSegments } from "../backup/archive/wal-name";
import { isOnTheWay, usableBackups } from "../restore/base-backup";
import type { LocatedMoment } from "../restore/plan";
import { readTransactionId } from "../restore/target";
import { type Archive, openArchive } from "./archive";
import { type Operation, RequestError, type RequestReader } from "./operation";
import { leaveOnJob } from "./result";

/** A moment that only the WAL knows the place of: one of the two. */
export interface WantedMoment {
  transactionId?: string;
  restorePoint?: string;
}

/** Request of `archive-locate`. */
export interface LocateRequest extends WantedMoment {
  namespace: string;
  /** Name of the ObjectStore. */
  store: string;
  /** Name of the archive. */
  server: string;
  /** Segments that are read at most, the newest first. */
  mostSegments: number;
}

/** What was found. */
export interface LocateResult {
  /** Absent when it was not found. */
  located?: LocatedMoment;
  /** Segments that were read. */
  segments: number;
  /** Whether everything that can be restored was read. */
  complete: boolean;
}

/** Reads segments and returns the last place in them that is wanted. */
export type ScanSegments = (names: readonly string[]) => Promise<LocatedMoment | undefined>;

/** 16 GiB of segments of the usual size, which takes some minutes. */
export const mostSegments = 1024;

/**
 * Looks for a moment in everything that can be restored, from the newest base backup back: a restore begins with the last one before it.
 * A name that was given twice is found where it was given last.
 */
export async function locateMoment(
  survey: ArchiveSurvey,
  scan: ScanSegments,
  most: number = mostSegments,
): Promise<LocateResult> {
  let segments = 0;
  for (const stretch of stretches(survey)) {
    const names = stretch.slice(-Math.max(0, most - segments));
    const isCut = names.length < stretch.length || most <= segments;
    if (names.length > 0 && most > segments) {
      segments += names.length;
      const located = await scan(names);
      if (located !== undefined) return { located, segments, complete: true };
    }
    if (isCut) return { segments, complete: false };
  }
  return { segments, complete: true };
}

/** Segments from each base backup to the next one, those after the newest first. */
function stretches(survey: ArchiveSurvey): string[][] {
  const newest = usableBackups(survey).at(-1);
  const end = newest === undefined ? undefined : lastSegment(survey, newest.beginWal);
  if (end === undefined) return [];
  const timeline = parseInt(end.slice(0, 8), 16);
  const begins = usableBackups(survey)
    .filter(backup => isOnTheWay(survey, backup, timeline))
    .map(({ beginWal }) => beginWal)
    .sort(compareSegments);
  const ends = [...begins.slice(1), end];
  const between = begins.map((begin, i) => [...segmentsBetween(survey, begin, ends[i] ?? end)]);
  return between.reverse();
}

/** Reads segments of an archive for a moment. */
export function scanOver(
  archive: Pick<Archive, "readWal">,
  server: string,
  wanted: WantedMoment,
): ScanSegments {
  const id = wanted.transactionId === undefined ? undefined : readTransactionId(wanted.transactionId);
  return async names => {
    let found: LocatedMoment | undefined;
    const keep = ({ lsn, timeline, time }: LocatedMoment): void => {
      found = { lsn, timeline, ...(time === undefined ? {} : { time }) };
    };
    const reader = new WalReader({
      commit: commit => commit.transactionId === id && keep(commit),
      restorePoint: point => point.name === wanted.restorePoint && keep(point),
    });
    await archive.readWal(server, names, (_name, bytes) => reader.push(bytes));
    return found;
  };
}

export const archiveLocate: Operation<LocateRequest> = {
  help: `Looks in the WAL of an archive for the commit of a transaction or for a restore point.
Request: namespace, store, server, transactionId or restorePoint, mostSegments (1024).
Result: located {lsn, timeline, time}, segments, complete.`,
  read: readRequest,
  async run(request, context) {
    const archive = await openArchive(context, request.namespace, request.store);
    const survey = await archive.survey(request.server, { readCommits: false });
    const what = request.restorePoint ?? `transaction ${request.transactionId}`;
    context.say(`Looking for ${what} in the WAL of ${request.server}.`);
    const result = await locateMoment(
      survey,
      scanOver(archive, request.server, request),
      request.mostSegments,
    );
    await leaveOnJob(result, context);
  },
};

function readRequest(json: RequestReader): LocateRequest {
  const transactionId = json.optionalText("transactionId");
  const restorePoint = json.optionalText("restorePoint");
  if ((transactionId === undefined) === (restorePoint === undefined)) {
    throw new RequestError("transactionId", "or restorePoint is needed, and only one of them");
  }
  return {
    namespace: json.text("namespace"),
    store: json.text("store"),
    server: json.text("server"),
    mostSegments: json.integer("mostSegments", 1, 1_000_000, mostSegments),
    ...(transactionId === undefined ? {} : { transactionId }),
    ...(restorePoint === undefined ? {} : { restorePoint }),
  };
}
