import { sqlLiteral } from "../sql-literal";
import type { PodSql } from "./execute";
import { type Clock, type Look, waitUntil } from "./waiting";

/** The segment to end, and where. */
export interface SegmentRequest {
  namespace: string;
  /** Pod of the primary. */
  pod: string;
  /** Name of the restore point that is set first. */
  restorePoint: string;
  timeoutSeconds: number;
}

/** A WAL segment that is in the archive. */
export interface ArchivedSegment {
  /** Name of the segment, 24 hexadecimal digits. */
  wal: string;
  /** Position right after the restore point. */
  lsn: string;
  /** When the archiver was done with it, RFC 3339. */
  archivedAt: string;
}

/** What archiving a segment needs. */
export interface SegmentContext {
  sql: PodSql;
  clock: Clock;
  say: (sentence: string) => void;
}

/** What the server's archiver says of itself and of the segment. */
interface ArchiverRow {
  recovering: boolean;
  archived: boolean;
  waiting: number;
  last_archived_wal: string | null;
  last_archived_time: string | null;
  last_failed_wal: string | null;
  last_failed_time: string | null;
}

/**
 * Ends the current WAL segment and waits until it is in the archive. A restore point is set first: it is a target for a restore, and without
 * anything written since the last segment the server would have nothing to end.
 * @throws Error when the segment is not archived in time, with what the archiver failed at
 */
export async function archiveSegment(
  request: SegmentRequest,
  context: SegmentContext,
): Promise<ArchivedSegment> {
  const { namespace, pod, restorePoint, timeoutSeconds } = request;
  // The position is right after the record, which may be the beginning of the next segment.
  const [set] = await context.sql(
    namespace,
    pod,
    `SELECT lsn::text, pg_walfile_name(lsn - 1) AS wal FROM pg_create_restore_point(${sqlLiteral(restorePoint)}) lsn`,
  );
  const { lsn, wal } = set as { lsn: string; wal: string };
  context.say(`Set restore point ${restorePoint} at ${lsn}.`);
  await context.sql(namespace, pod, "SELECT pg_switch_wal()::text AS lsn");
  const look = async (): Promise<Look<string | undefined>> => {
    const [row] = (await context.sql(namespace, pod, archiverQuery(wal))) as unknown as ArchiverRow[];
    if (row === undefined) return { done: false, awaiting: `${pod} to answer` };
    if (row.recovering) return { done: true, value: undefined };
    if (row.archived) {
      return { done: true, value: row.last_archived_time ?? context.clock.now().toISOString() };
    }
    return { done: false, awaiting: `WAL segment ${wal} to be archived${hindrance(row)}` };
  };
  const archivedAt = await waitUntil(look, { ...context, timeoutSeconds });
  if (archivedAt === undefined) {
    throw new Error(`${pod} ceased to be the primary before segment ${wal} was archived. Run it again.`);
  }
  context.say(`WAL segment ${wal} is archived.`);
  return { wal, lsn, archivedAt: new Date(archivedAt).toISOString() };
}

/**
 * Segments are archived in their order, so a later one of the same timeline tells that this one is. The file `.done` goes with the segment,
 * when it is recycled.
 */
export function archiverQuery(wal: string): string {
  const segment = sqlLiteral(wal);
  return `SELECT pg_is_in_recovery() AS recovering,
  (a.last_archived_wal ~ '^[0-9A-F]{24}$' AND left(a.last_archived_wal, 8) = left(${segment}, 8) AND a.last_archived_wal >= ${segment})
    OR EXISTS (SELECT FROM pg_ls_archive_statusdir() WHERE name = ${segment} || '.done') AS archived,
  (SELECT count(*)::int FROM pg_ls_archive_statusdir() WHERE name LIKE '%.ready') AS waiting,
  a.last_archived_wal, a.last_archived_time, a.last_failed_wal, a.last_failed_time FROM pg_stat_archiver a`;
}

function hindrance(row: ArchiverRow): string {
  const { waiting, last_failed_wal: wal, last_failed_time: failed, last_archived_time: archived } = row;
  const behind = waiting > 1 ? `; ${waiting} files wait` : "";
  const failing = failed !== null && (archived === null || Date.parse(failed) > Date.parse(archived));
  return `${behind}${failing ? `; archiving ${wal} failed at ${new Date(failed).toISOString()}` : ""}`;
}
