import { isRecord } from "./backup/record";

/** A report of something that is proved again and again: a restore drill, a rehearsal. */
export interface KeptReport {
  id: string;
  outcome: ReportOutcome;
  /** RFC 3339, like `finishedAt`. */
  startedAt: string;
  finishedAt: string;
}

export const ReportOutcome = { Succeeded: "succeeded", Failed: "failed" } as const;
export type ReportOutcome = (typeof ReportOutcome)[keyof typeof ReportOutcome];

/** Bytes of all reports together: a ConfigMap holds a mebibyte. */
const mostBytes = 800_000;

/**
 * The history with another report, newest first.
 * @param keep how many reports are kept; fewer when they would not fit into a ConfigMap. The newest successful one always stays, because
 * the alert of staleness counts from it.
 */
export function withReport<Report extends KeptReport>(
  history: readonly Report[],
  report: Report,
  keep: number,
): Report[] {
  const all = [report, ...history.filter(({ id }) => id !== report.id)];
  let kept = all.slice(0, keep);
  while (kept.length > 1 && Buffer.byteLength(JSON.stringify(kept)) > mostBytes) kept = kept.slice(0, -1);
  const success = lastSuccess(all);
  if (success === undefined || kept.includes(success)) return kept;
  return [...kept.slice(0, Math.max(keep - 1, 1)), success];
}

/** The newest successful report. */
export function lastSuccess<Report extends KeptReport>(history: readonly Report[]): Report | undefined {
  return history.find(({ outcome }) => outcome === ReportOutcome.Succeeded);
}

/** Reports from what stands in the ConfigMap; what somebody made illegible is left out. */
export function readReports<Report extends KeptReport>(value: unknown): Report[] {
  if (!Array.isArray(value)) return [];
  return value.filter(
    (entry): entry is Report =>
      isRecord(entry) &&
      typeof entry.id === "string" &&
      typeof entry.startedAt === "string" &&
      typeof entry.finishedAt === "string" &&
      Object.values<unknown>(ReportOutcome).includes(entry.outcome),
  );
}
