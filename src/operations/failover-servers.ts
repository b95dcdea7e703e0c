import type { ServerAnswer } from "../failover/survey";
import { type Execute, postgresContainer, psqlCommand, readRows } from "./execute";

/** Seconds a server has to answer: one that hangs must not hold up what is done because it hangs. */
const answerSeconds = 10;
const connectSeconds = 5;

/** What a primary says of its standbys, by the names of their pods. */
export type KnownStandbys = ReadonlyMap<string, KnownStandby>;

/** What a primary says of one standby. */
export interface KnownStandby {
  state: string;
  syncState: string;
  flushedLsn?: string;
  replayedLsn?: string;
}

/**
 * The timeline is that of the newest WAL file: what the control file says is that of the last checkpoint, which a standby may have taken
 * long before.
 */
const serverQuery = `SELECT pg_is_in_recovery() AS "inRecovery",
  (SELECT max(left(name, 8)) FROM pg_ls_waldir() WHERE name ~ '^[0-9A-F]{24}$') AS timeline,
  CASE WHEN pg_is_in_recovery()
    THEN greatest(coalesce(pg_last_wal_receive_lsn(), '0/0'), coalesce(pg_last_wal_replay_lsn(), '0/0'))
    ELSE pg_current_wal_lsn() END AS lsn,
  CASE WHEN pg_is_in_recovery() THEN pg_last_wal_replay_lsn() END AS "replayedLsn",
  CASE WHEN pg_is_in_recovery() THEN pg_is_wal_replay_paused() END AS "replayPaused",
  (SELECT status = 'streaming' FROM pg_stat_wal_receiver LIMIT 1) AS streaming,
  (SELECT latest_end_lsn FROM pg_stat_wal_receiver LIMIT 1) AS "primaryLsn",
  (SELECT json_agg(json_build_object('name', application_name, 'state', state, 'syncState', sync_state,
    'flushedLsn', flush_lsn, 'replayedLsn', replay_lsn)) FROM pg_stat_replication) AS standbys`;

interface ServerRow {
  inRecovery: boolean;
  /** Eight hexadecimal digits. */
  timeline: string | null;
  lsn: string;
  replayedLsn: string | null;
  replayPaused: boolean | null;
  streaming: boolean | null;
  primaryLsn: string | null;
  standbys: StandbyRow[] | null;
}

interface StandbyRow {
  name: string;
  state: string | null;
  syncState: string | null;
  flushedLsn: string | null;
  replayedLsn: string | null;
}

/** Asks a server how far it is, inside its pod. @throws Error when it does not answer in time */
export async function askServer(
  execute: Execute,
  namespace: string,
  pod: string,
): Promise<{ answer: ServerAnswer; standbys: KnownStandbys }> {
  const [row] = (await quickQuery(execute, namespace, pod, serverQuery)) as unknown as ServerRow[];
  if (row === undefined) throw new Error(`${pod} answered with nothing`);
  const { inRecovery, timeline, lsn, replayedLsn, replayPaused, streaming, primaryLsn } = row;
  const answer: ServerAnswer = {
    inRecovery,
    timeline: Number.parseInt(timeline ?? "0", 16),
    lsn,
    ...(inRecovery ? { streaming: streaming === true } : {}),
    ...(replayedLsn === null ? {} : { replayedLsn }),
    ...(replayPaused === true ? { replayPaused } : {}),
    ...(primaryLsn === null ? {} : { primaryLsn }),
  };
  const standbys = (row.standbys ?? []).map(standby => [standby.name, standbyOf(standby)] as const);
  return { answer, standbys: new Map(standbys) };
}

function standbyOf({ state, syncState, flushedLsn, replayedLsn }: StandbyRow): KnownStandby {
  return {
    state: state ?? "unknown",
    syncState: syncState ?? "unknown",
    ...(flushedLsn === null ? {} : { flushedLsn }),
    ...(replayedLsn === null ? {} : { replayedLsn }),
  };
}

/** Runs a query in a pod, and gives up soon. The connection's own limit keeps nothing behind in the pod of a server that hangs. */
export async function quickQuery(
  execute: Execute,
  namespace: string,
  pod: string,
  query: string,
): Promise<Record<string, unknown>[]> {
  const limited = [
    "env",
    `PGCONNECT_TIMEOUT=${connectSeconds}`,
    `PGOPTIONS=-c statement_timeout=${answerSeconds - 1}s`,
    ...psqlCommand(query),
  ];
  const result = await execute(namespace, pod, postgresContainer, limited, { seconds: answerSeconds });
  return readRows(result, `${namespace}/${pod}`);
}
