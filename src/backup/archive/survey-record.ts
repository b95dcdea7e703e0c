import { isRecord } from "../record";
import type { ArchiveSurvey } from "./survey";

/** Key of the ConfigMap that holds the last survey of each server. */
export const surveyKey = "survey.json";

/** The last survey of each server, by its name. */
export type SurveyRecord = Record<string, ArchiveSurvey>;

/** Longest record, bytes: the API server takes objects of 1 MiB, and keeps other things in them as well. */
export const longestRecord = 900_000;

/** A record as it was written; an empty one in place of what cannot be read, because it is only a copy of what the store holds. */
export function readSurveyRecord(text: string | undefined): SurveyRecord {
  try {
    const record: unknown = JSON.parse(text ?? "{}");
    return isRecord(record) ? (record as SurveyRecord) : {};
  } catch {
    return {};
  }
}

/**
 * A record with further surveys, as text that is not too long: while it is, the longest survey loses the older half of its longest list,
 * and says so.
 */
export function surveyRecordText(
  record: SurveyRecord,
  surveys: readonly ArchiveSurvey[],
  most = longestRecord,
): string {
  const whole: SurveyRecord = { ...record };
  for (const survey of surveys) whole[survey.server] = survey;
  for (;;) {
    const text = JSON.stringify(whole);
    if (Buffer.byteLength(text) <= most) return text;
    const longest = Object.values(whole).reduce((one, other) => (sizeOf(one) >= sizeOf(other) ? one : other));
    const shorter = shortened(longest);
    if (shorter === undefined) delete whole[longest.server];
    else whole[longest.server] = shorter;
  }
}

function sizeOf(part: unknown): number {
  return JSON.stringify(part).length;
}

/** Undefined when nothing is left that could go. */
function shortened(survey: ArchiveSurvey): ArchiveSurvey | undefined {
  const { baseBackups, wal } = survey;
  if (baseBackups.length === 0 && wal.length === 0) return undefined;
  const note = "Too long to be kept whole: the oldest base backups or ranges of WAL are left out.";
  if (sizeOf(baseBackups) >= sizeOf(wal))
    return { ...survey, baseBackups: baseBackups.slice(Math.ceil(baseBackups.length / 2)), note };
  return { ...survey, wal: wal.slice(Math.ceil(wal.length / 2)), note };
}
