import { isRecord } from "../backup/record";
import { FailoverState, type FailoverStatus } from "./status";

/** How many failovers are kept when nothing else is said. */
const defaultKeep = 20;

/** Bytes of all of them together: a ConfigMap holds a mebibyte. */
const mostBytes = 800_000;

/**
 * The history with another failover, newest first; one of the same id is replaced.
 * @param keep how many are kept; fewer when they would not fit into a ConfigMap. @default 20
 */
export function withFailover(
  history: readonly FailoverStatus[],
  status: FailoverStatus,
  keep = defaultKeep,
): FailoverStatus[] {
  const all = [status, ...history.filter(({ id }) => id !== status.id)];
  // In the order in which they began; those of the same second stay as they are.
  let kept = all.sort((a, b) => b.startedAt.localeCompare(a.startedAt)).slice(0, Math.max(keep, 1));
  while (kept.length > 1 && Buffer.byteLength(JSON.stringify(kept)) > mostBytes) kept = kept.slice(0, -1);
  return kept;
}

/** Failovers from what stands in the ConfigMap; what somebody made illegible is left out. */
export function readHistory(text: string | undefined): FailoverStatus[] {
  const value = parsed(text);
  if (!Array.isArray(value)) return [];
  return value.filter(
    (entry): entry is FailoverStatus =>
      isRecord(entry) &&
      typeof entry.id === "string" &&
      typeof entry.startedAt === "string" &&
      typeof entry.oldPrimaryId === "string" &&
      Array.isArray(entry.states) &&
      Object.values<unknown>(FailoverState).includes(entry.state),
  );
}

function parsed(text: string | undefined): unknown {
  try {
    return JSON.parse(text ?? "[]");
  } catch {
    return undefined;
  }
}
