import type { ArchiveSurvey } from "./survey";
import { leadsTo, timelinePath, type TimelineStretch } from "./timeline";
import { nameOfSegment, segmentPosition } from "./wal-name";
import { hasSegment } from "./wal-ranges";

/** What of a survey tells which WAL there is. */
export type SurveyedWal = Pick<ArchiveSurvey, "wal" | "walSegmentSize" | "histories">;

/** Longest list of missing segments. A longer gap is no more useful when it is spelt out. */
export const mostMissing = 1000;

/**
 * The newest timeline that recovery with `recovery_target_timeline = latest` would follow from a timeline: the highest number without a
 * gap for which there is a history, as PostgreSQL looks for it.
 */
export function latestTimeline({ wal, histories }: SurveyedWal, from: number): number {
  const known = new Set([...histories, ...wal].map(({ timeline }) => timeline));
  let latest = from;
  while (known.has(latest + 1)) latest += 1;
  return leadsTo(histories, from, latest) ? latest : from;
}

/**
 * The last segment that the archive holds of a timeline or, as long as that has none of its own, of its ancestors.
 * @returns undefined when there is none at or after `from`
 */
export function lastSegment(survey: SurveyedWal, from: string, timeline?: number): string | undefined {
  const target = timeline ?? latestTimeline(survey, parseInt(from.slice(0, 8), 16));
  const { walSegmentSize: size } = survey;
  const first = segmentPosition(from, size).number;
  for (const stretch of timelinePath(survey.histories, target).reverse()) {
    const range = survey.wal.filter(candidate => candidate.timeline === stretch.timeline).at(-1);
    if (range === undefined) continue;
    const last = Math.min(segmentPosition(range.last, size).number, endOf(stretch, size));
    if (last >= first) return nameOfSegment({ timeline: stretch.timeline, number: last }, size);
  }
  return undefined;
}

/**
 * Names of the segments that recovery needs from one segment to another, each on the timeline it is read from: where a timeline was left in
 * the middle of a segment, its successor has that segment whole.
 * @param to a segment of the timeline that is recovered to
 * @throws RangeError when that timeline does not come from the one of `from`
 */
export function segmentsBetween(survey: SurveyedWal, from: string, to: string): Iterable<string> {
  const size = survey.walSegmentSize;
  const [first, last] = [segmentPosition(from, size), segmentPosition(to, size)];
  if (!leadsTo(survey.histories, first.timeline, last.timeline))
    throw new RangeError(`Timeline ${last.timeline} does not come from timeline ${first.timeline}.`);
  return names(timelinePath(survey.histories, last.timeline), first.number, last.number, size);
}

function* names(path: TimelineStretch[], first: number, last: number, size: number): Generator<string> {
  let number = first;
  for (const stretch of path) {
    const end = Math.min(last, endOf(stretch, size));
    for (; number <= end; number += 1) yield nameOfSegment({ timeline: stretch.timeline, number }, size);
  }
}

/**
 * The last segments up to one, in the order in which recovery reads them, as far back as the archive has them without a gap.
 * @param most their number at most
 */
export function segmentsUpTo(survey: SurveyedWal, last: string, most: number): string[] {
  const size = survey.walSegmentSize;
  const { timeline, number: end } = segmentPosition(last, size);
  const path = timelinePath(survey.histories, timeline).reverse();
  const found: string[] = [];
  for (let number = end; number >= 0 && found.length < most; number -= 1) {
    const stretch = path.find(({ from }) => from === undefined || number >= Number(from / BigInt(size)));
    const name = nameOfSegment({ timeline: stretch?.timeline ?? timeline, number }, size);
    if (!hasSegment(survey.wal, name)) break;
    found.unshift(name);
  }
  return found;
}

/** Number of the last segment that is read from a stretch: the one before its successor's first. */
function endOf({ to }: TimelineStretch, size: number): number {
  return to === undefined ? Infinity : Number(to / BigInt(size)) - 1;
}

/**
 * Segments that are missing between two, at most {@link mostMissing} names. Recovery stops silently, or fails, at the first.
 * @param from for example `beginWal` of a base backup
 * @param to last segment that is needed, on the timeline that is recovered to. @default the last one of the newest timeline
 */
export function missingWal(survey: SurveyedWal, from: string, to?: string): string[] {
  const end = to ?? lastSegment(survey, from);
  if (end === undefined) return [from];
  const missing: string[] = [];
  for (const name of segmentsBetween(survey, from, end)) {
    if (hasSegment(survey.wal, name)) continue;
    missing.push(name);
    if (missing.length === mostMissing) break;
  }
  return missing;
}

/**
 * The last segment that recovery from `from` can read before the first gap.
 * @param timeline timeline that is recovered to. @default the newest
 * @returns undefined when `from` itself is missing
 */
export function lastReachable(survey: SurveyedWal, from: string, timeline?: number): string | undefined {
  const end = lastSegment(survey, from, timeline);
  if (end === undefined) return undefined;
  let reached: string | undefined;
  for (const name of segmentsBetween(survey, from, end)) {
    if (!hasSegment(survey.wal, name)) break;
    reached = name;
  }
  return reached;
}
