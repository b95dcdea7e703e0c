import type { ArchiveSurvey } from "./archive/survey";
import { isRecord } from "./record";

/** What retention must remember between its runs: the base backups it marked, by archive. Without it a mark would be somebody else's for ever. */
export type MarkedBackups = Readonly<Record<string, readonly string[]>>;

/** The marks in a record; none in whatever else is there. */
export function readMarked(record: unknown): MarkedBackups {
  const marked = isRecord(record) && isRecord(record.marked) ? record.marked : {};
  return Object.fromEntries(
    Object.entries(marked).map(([server, ids]) => [
      server,
      Array.isArray(ids) ? ids.filter((id): id is string => typeof id === "string") : [],
    ]),
  );
}

/** Whether we marked this one. */
export function isMarked(marked: MarkedBackups, server: string, id: string): boolean {
  return marked[server]?.includes(id) ?? false;
}

/** The record with another mark. It is written before the mark is set, so that an interruption between the two never loses the knowledge. */
export function withMark(marked: MarkedBackups, server: string, id: string): MarkedBackups {
  return isMarked(marked, server, id)
    ? marked
    : { ...marked, [server]: [...(marked[server] ?? []), id].sort() };
}

/** The record without a mark. It is written after the mark is gone. */
export function withoutMark(marked: MarkedBackups, server: string, id: string): MarkedBackups {
  return { ...marked, [server]: (marked[server] ?? []).filter(known => known !== id) };
}

/**
 * The record without the marks that are gone from an archive: of backups that were removed, and those that somebody released. A mark set
 * there later is not ours.
 */
export function withoutGone(marked: MarkedBackups, { server, baseBackups }: ArchiveSurvey): MarkedBackups {
  const kept = new Set(baseBackups.filter(({ keep }) => keep !== undefined).map(({ id }) => id));
  return { ...marked, [server]: (marked[server] ?? []).filter(id => kept.has(id)) };
}
