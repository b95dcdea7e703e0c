import type { PodSql } from "./execute";

/** What the archiver of a primary says of itself. */
export interface ArchiverState {
  /** Last file that was archived: usually a WAL segment. */
  lastArchived?: ArchiverEvent;
  /** Last file whose archiving failed. */
  lastFailed?: ArchiverEvent;
  /** Whether it failed since it last succeeded. */
  failing: boolean;
  /** Files that wait to be archived. */
  waiting: number;
  /** RFC 3339 time since which the oldest of them waits. */
  waitingSince?: string;
}

/** A file, and when. */
export interface ArchiverEvent {
  wal: string;
  /** RFC 3339. */
  at: string;
}

interface ArchiverRow {
  last_archived_wal: string | null;
  last_archived_time: string | null;
  last_failed_wal: string | null;
  last_failed_time: string | null;
  waiting: number;
  waiting_since: string | null;
}

const archiverQuery = `SELECT a.last_archived_wal, a.last_archived_time, a.last_failed_wal, a.last_failed_time, w.waiting, w.waiting_since
FROM pg_stat_archiver a,
  (SELECT count(*)::int AS waiting, min(modification) AS waiting_since FROM pg_ls_archive_statusdir() WHERE name LIKE '%.ready') w`;

/** Asks a primary. */
export async function readArchiver(sql: PodSql, namespace: string, pod: string): Promise<ArchiverState> {
  const [row] = (await sql(namespace, pod, archiverQuery)) as unknown as ArchiverRow[];
  if (row === undefined) throw new Error(`${namespace}/${pod} answered nothing`);
  const lastArchived = eventOf(row.last_archived_wal, row.last_archived_time);
  const lastFailed = eventOf(row.last_failed_wal, row.last_failed_time);
  return {
    ...(lastArchived === undefined ? {} : { lastArchived }),
    ...(lastFailed === undefined ? {} : { lastFailed }),
    failing: lastFailed !== undefined && (lastArchived === undefined || lastFailed.at > lastArchived.at),
    waiting: row.waiting,
    ...(row.waiting_since === null ? {} : { waitingSince: timeOf(row.waiting_since) }),
  };
}

function eventOf(wal: string | null, at: string | null): ArchiverEvent | undefined {
  return wal === null || at === null ? undefined : { wal, at: timeOf(at) };
}

/** In one form, so that the texts compare as the times do. */
function timeOf(text: string): string {
  return new Date(text).toISOString();
}
