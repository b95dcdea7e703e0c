import { lsnText, readLsn } from "../backup/archive/wal-name";

/** How far a server is behind its primary. What could not be asked is absent. */
export interface ReplicationFigures {
  /** Position up to which it has flushed WAL to disk. @example "0/5000028" */
  receivedLsn?: string;
  /** Position up to which it has replayed WAL. */
  replayedLsn?: string;
  /** WAL of the primary that it has not replayed, bytes. */
  lagBytes?: number;
  /** WAL of the primary that is not on its disk, bytes: what would be lost with the primary. */
  unreceivedBytes?: number;
  /** How long the last commits took to be replayed there, milliseconds; 0 when it has replayed everything. */
  lagMs?: number;
  /** How long they took to be on its disk, milliseconds; 0 when everything is. */
  flushLagMs?: number;
}

/** A server that follows a primary, as the primary sees it: a row of `pg_stat_replication`. */
export interface Follower extends ReplicationFigures {
  /** `application_name`: of a standby of the instance the name of its pod. */
  name: string;
  /** Address it connects from. */
  address?: string;
  /** `streaming`, `catchup`, `startup`, `backup` or `stopping`. */
  state: string;
  /** `async`, `potential`, `sync` or `quorum`. */
  syncState: string;
}

/** What a primary says of itself and of those that follow it. */
export interface PrimaryReplication {
  /** Position up to which it has written WAL. @example "0/5000028" */
  lsn: string;
  timeline: number;
  followers: Follower[];
}

/** How an instance that follows another one is behind it, by the word of its own server that follows. */
export interface SourceLag extends Pick<ReplicationFigures, "replayedLsn" | "lagBytes"> {
  /** Age of the newest commit that it has replayed, milliseconds; 0 when it has replayed everything that the source told of. */
  lagMs?: number;
  /** Whether it receives WAL over a connection; if not, what it has comes from the source's archive, as far as it reaches. */
  streaming: boolean;
  /** Host that it receives from. */
  host?: string;
  /** End of the source's WAL as the source told it last. */
  sourceLsn?: string;
}

/** Where a standby says it is. */
export interface StandbyPosition {
  receivedLsn?: string;
  replayedLsn?: string;
  /** Whether it is connected to the primary. */
  connected: boolean;
  /** Whether somebody has paused its replay. */
  paused?: boolean;
}

/** A row of {@link primaryQuery}; without a follower all but the first two are null. */
interface PrimaryRow {
  lsn: string;
  timeline: number;
  application_name: string | null;
  client_addr: string | null;
  state: string | null;
  sync_state: string | null;
  flush_lsn: string | null;
  replay_lsn: string | null;
  flush_lag_ms: number | null;
  replay_lag_ms: number | null;
}

/**
 * Asks a primary, or the first server of a Cluster that follows another. The outer join answers with its position also when nobody follows.
 * The timeline of the last checkpoint is that of before for a while after a promotion, the one in the name of the segment is not.
 */
export const primaryQuery = `SELECT CASE WHEN pg_is_in_recovery() THEN greatest(pg_last_wal_receive_lsn(), pg_last_wal_replay_lsn())
    ELSE pg_current_wal_lsn() END AS lsn,
  CASE WHEN pg_is_in_recovery() THEN (SELECT timeline_id FROM pg_control_checkpoint())
    ELSE ('x' || left(pg_walfile_name(pg_current_wal_lsn()), 8))::bit(32)::int END AS timeline,
  r.application_name, host(r.client_addr) AS client_addr, r.state, r.sync_state, r.flush_lsn, r.replay_lsn,
  (extract(epoch FROM r.flush_lag) * 1000)::float8 AS flush_lag_ms, (extract(epoch FROM r.replay_lag) * 1000)::float8 AS replay_lag_ms
FROM (VALUES (1)) AS one LEFT JOIN pg_stat_replication r ON true ORDER BY r.application_name`;

/** A row of {@link standbyQuery}. */
interface StandbyRow {
  received: string | null;
  replayed: string | null;
  connected: boolean;
  paused?: boolean;
}

/** Asks a standby. */
export const standbyQuery = `SELECT pg_last_wal_receive_lsn() AS received, pg_last_wal_replay_lsn() AS replayed,
  EXISTS (SELECT FROM pg_stat_wal_receiver WHERE status = 'streaming') AS connected,
  pg_is_wal_replay_paused() AS paused WHERE pg_is_in_recovery()`;

/**
 * Asks the server that follows a server of another Cluster. The clock alone cannot tell how far it is behind: where nothing is written the last
 * commit is long ago.
 */
export const sourceQuery = `SELECT pg_last_wal_replay_lsn() AS replayed, w.latest_end_lsn AS source, w.sender_host AS host,
  coalesce(w.status = 'streaming', false) AS streaming,
  (extract(epoch FROM clock_timestamp() - pg_last_xact_replay_timestamp()) * 1000)::float8 AS since_ms
FROM (VALUES (1)) AS one LEFT JOIN pg_stat_wal_receiver w ON true WHERE pg_is_in_recovery()`;

/** A row of {@link sourceQuery}. */
interface SourceRow {
  replayed: string | null;
  source: string | null;
  host: string | null;
  streaming: boolean;
  since_ms: number | null;
}

/** @param rows answer to {@link sourceQuery}; undefined when the server follows nobody */
export function readSourceLag(rows: readonly Record<string, unknown>[]): SourceLag | undefined {
  const [row] = rows as unknown as SourceRow[];
  if (row === undefined) return undefined;
  const { replayed, source, host, streaming, since_ms: since } = row;
  const lagBytes = streaming && source !== null ? bytesBehind(source, replayed) : undefined;
  const lagMs = streaming ? lagTime(lagBytes, since) : undefined;
  return {
    streaming,
    ...(host === null ? {} : { host }),
    ...position("sourceLsn", source),
    ...position("replayedLsn", replayed),
    ...(lagBytes === undefined ? {} : { lagBytes }),
    ...(lagMs === undefined ? {} : { lagMs }),
  };
}

/** @param rows answer to {@link primaryQuery} */
export function readPrimary(rows: readonly Record<string, unknown>[]): PrimaryReplication | undefined {
  const [first] = rows as unknown as PrimaryRow[];
  if (first === undefined) return undefined;
  const followers = (rows as unknown as PrimaryRow[]).filter(({ state }) => state !== null);
  return {
    lsn: first.lsn,
    timeline: first.timeline,
    followers: followers.map(row => readFollower(row, first.lsn)),
  };
}

/** @param rows answer to {@link standbyQuery}; undefined when the server is no standby */
export function readStandby(rows: readonly Record<string, unknown>[]): StandbyPosition | undefined {
  const [row] = rows as unknown as StandbyRow[];
  if (row === undefined) return undefined;
  return {
    connected: row.connected,
    ...(row.paused === true ? { paused: true } : {}),
    // A standby that only restores from the archive has received nothing by streaming.
    ...position("receivedLsn", furthest(row.received, row.replayed)),
    ...position("replayedLsn", row.replayed),
  };
}

function readFollower(row: PrimaryRow, lsn: string): Follower {
  const lagBytes = bytesBehind(lsn, row.replay_lsn);
  const unreceivedBytes = bytesBehind(lsn, row.flush_lsn);
  const lagMs = lagTime(lagBytes, row.replay_lag_ms);
  const flushLagMs = lagTime(unreceivedBytes, row.flush_lag_ms);
  return {
    name: row.application_name ?? "",
    state: row.state ?? "",
    syncState: row.sync_state ?? "",
    ...(row.client_addr === null ? {} : { address: row.client_addr }),
    ...position("receivedLsn", row.flush_lsn),
    ...position("replayedLsn", row.replay_lsn),
    ...(lagBytes === undefined ? {} : { lagBytes }),
    ...(unreceivedBytes === undefined ? {} : { unreceivedBytes }),
    ...(lagMs === undefined ? {} : { lagMs }),
    ...(flushLagMs === undefined ? {} : { flushLagMs }),
  };
}

/**
 * The server measures with every commit and keeps the last figure for a while after the last one, then forgets it. Who has everything is
 * not behind, however long ago the last commit was.
 */
function lagTime(bytes: number | undefined, measured: number | null): number | undefined {
  if (bytes === 0) return 0;
  return measured === null ? undefined : Math.max(0, Math.round(measured));
}

/** Bytes from a position to the one of the primary; 0 when it is ahead, because it was asked a moment later. */
export function bytesBehind(primary: string, other: string | null | undefined): number | undefined {
  const [to, from] = [readLsn(primary), readLsn(other ?? "")];
  if (to === undefined || from === undefined) return undefined;
  return Number(to > from ? to - from : 0n);
}

/** The more advanced of two positions. */
function furthest(one: string | null, other: string | null): string | null {
  const [a, b] = [readLsn(one ?? ""), readLsn(other ?? "")];
  if (a === undefined || b === undefined) return one ?? other;
  return lsnText(a > b ? a : b);
}

function position<K extends string>(key: K, lsn: string | null): { [key in K]?: string } {
  return (lsn === null ? {} : { [key]: lsn }) as { [key in K]?: string };
}
