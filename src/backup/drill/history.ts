import { isRecord } from "../record";
import { DrillOutcome, type DrillReport } from "./report";

/** Bytes of all reports together: a ConfigMap holds a mebibyte. */
const mostBytes = 800_000;

/**
 * The history with another report, newest first.
 * @param keep how many reports are kept; fewer when they would not fit into a ConfigMap. The newest successful one always stays, because
 * the alert of staleness counts from it.
 */
export function withReport(
  history: readonly DrillReport[],
  report: DrillReport,
  keep: number,
): DrillReport[] {
  const all = [report, ...history.filter(({ id }) => id !== report.id)];
  let kept = all.slice(0, keep);
  while (kept.length > 1 && Buffer.byteLength(JSON.stringify(kept)) > mostBytes) kept = kept.slice(0, -1);
  const success = lastSuccess(all);
  if (success === undefined || kept.includes(success)) return kept;
  return [...kept.slice(0, Math.max(keep - 1, 1)), success];
}

/** The newest successful report. */
export function lastSuccess(history: readonly DrillReport[]): DrillReport | undefined {
  return history.find(({ outcome }) => outcome === DrillOutcome.Succeeded);
}

/** Reports from what stands in the ConfigMap; what somebody made illegible is left out. */
export function readHistory(value: unknown): DrillReport[] {
  if (!Array.isArray(value)) return [];
  return value.filter(
    (entry): entry is DrillReport =>
      isRecord(entry) &&
      typeof entry.id === "string" &&
      typeof entry.startedAt === "string" &&
      typeof entry.finishedAt === "string" &&
      Object.values<unknown>(DrillOutcome).includes(entry.outcome),
  );
}
