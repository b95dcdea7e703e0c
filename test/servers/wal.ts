import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import type { Client } from "pg";
import { withServer } from "./server";

/** What a server said of a transaction. */
export interface ToldCommit {
  transactionId: number;
  /** Microseconds since 1970, as text. */
  microseconds: string;
  /** Where WAL stood right after it, for example `0/5000028`. */
  after: string;
}

/** What a server said of a restore point. */
export interface ToldRestorePoint {
  name: string;
  lsn: string;
}

/** WAL of a real server, and what that server said about it. */
export interface RealWal {
  /** Whole segments and the one in use, in their order. */
  segments: { name: string; bytes: Buffer }[];
  /** The transactions of the workload, in their order. */
  commits: ToldCommit[];
  restorePoints: ToldRestorePoint[];
  /** `pg_last_committed_xact()` at the end. */
  last: { transactionId: number; microseconds: string };
  /** Ids of transactions that were rolled back. */
  aborted: number[];
}

/** Settings by which the server remembers times of commits, and leaves its WAL where it is. */
const settings = {
  track_commit_timestamp: "on",
  max_prepared_transactions: "5",
  wal_keep_size: "4GB",
  max_wal_size: "8GB",
  checkpoint_timeout: "1d",
  autovacuum: "off",
};

/** Statements that each are one transaction; every kind of part that a commit record can have is among them. */
const workload: readonly string[] = [
  "CREATE TABLE t (id bigserial PRIMARY KEY, v bytea); ALTER TABLE t ALTER v SET STORAGE EXTERNAL",
  "INSERT INTO t (v) SELECT 'x' FROM generate_series(1, 1000)",
  // A record longer than a segment of 1 MiB, and than many pages of any.
  "SELECT pg_logical_emit_message(true, 'test', repeat('y', 3000000))",
  "DO $$ BEGIN FOR i IN 1..200 LOOP BEGIN INSERT INTO t (v) VALUES ('s'); EXCEPTION WHEN division_by_zero THEN NULL; END; END LOOP; END $$",
  "CREATE TABLE dropped (id int PRIMARY KEY, v text)",
  "INSERT INTO dropped SELECT i, repeat('z', 500) FROM generate_series(1, 3000) i",
  "DROP TABLE dropped",
  "CREATE FUNCTION f() RETURNS int LANGUAGE sql AS 'SELECT 1'",
  "DROP FUNCTION f()",
  "UPDATE t SET v = decode(repeat('ab', 40000), 'hex') WHERE id <= 20",
  "DELETE FROM t WHERE id > 500",
  "TRUNCATE t",
];

/** The same kinds of commit records, but short. */
export const briefWorkload: readonly string[] = [
  "CREATE TABLE t (id bigserial, v bytea)",
  // Crosses pages.
  "SELECT pg_logical_emit_message(true, 'test', repeat('y', 30000))",
  "DO $$ BEGIN FOR i IN 1..3 LOOP BEGIN INSERT INTO t (v) VALUES ('s'); EXCEPTION WHEN division_by_zero THEN NULL; END; END LOOP; END $$",
  "CREATE TABLE dropped (id int)",
  "DROP TABLE dropped",
  "DELETE FROM t",
];

/** What a transaction is prepared with. */
const prepared: readonly string[] = [
  "INSERT INTO t (v) VALUES ('p')",
  "CREATE TABLE by_prepared (id int PRIMARY KEY); SAVEPOINT s; INSERT INTO by_prepared VALUES (1)",
  "DROP TABLE by_prepared",
];

/** How WAL is written. */
export interface WalOptions {
  /** How often the workload is done. @default 1 */
  rounds?: number;
  /** Statements that each are one transaction. @default one with every kind of commit */
  statements?: readonly string[];
  /** Further settings of the server. */
  settings?: Readonly<Record<string, string>>;
  /** Size of a segment. @default 16 */
  segmentMegabytes?: number;
}

/** Has a server of a major write WAL. */
export async function realWal(
  major: number,
  { rounds = 1, statements = workload, settings: further = {}, segmentMegabytes = 16 }: WalOptions = {},
): Promise<RealWal> {
  return withServer(
    major,
    server => server.session(client => write(client, rounds, statements)),
    { ...settings, ...further },
    [`--wal-segsize=${segmentMegabytes}`],
  );
}

async function write(client: Client, rounds: number, statements: readonly string[]): Promise<RealWal> {
  const wal: Omit<RealWal, "segments" | "last"> = { commits: [], restorePoints: [], aborted: [] };
  await client.query("SELECT pg_switch_wal()");
  const first = await one<string>(client, "SELECT pg_walfile_name(pg_current_wal_insert_lsn())");
  for (let round = 0; round < rounds; round += 1) {
    for (const statement of statements) wal.commits.push(await commit(client, statement));
    wal.aborted.push(await abort(client));
    for (const statement of prepared) wal.commits.push(await commitPrepared(client, statement));
    wal.restorePoints.push(await restorePoint(client, `round ${round} of the workload`));
    await client.query("DROP TABLE t");
  }
  const row = await client.query<{ xid: string; at: string }>(
    `SELECT xid, ${microsecondsOf("timestamp")} AS at FROM pg_last_committed_xact()`,
  );
  const last = {
    transactionId: Number(row.rows[0]?.xid),
    microseconds: String(row.rows[0]?.at),
  };
  return { ...wal, last, segments: await segmentsFrom(client, first) };
}

async function commit(client: Client, statement: string): Promise<ToldCommit> {
  await client.query("BEGIN");
  await client.query(statement);
  const id = await one<string>(client, "SELECT pg_current_xact_id()::text");
  await client.query("COMMIT");
  return told(client, id);
}

async function abort(client: Client): Promise<number> {
  await client.query("BEGIN; INSERT INTO t (v) VALUES ('gone')");
  const id = await one<string>(client, "SELECT pg_current_xact_id()::text");
  await client.query("ROLLBACK");
  return Number(id);
}

async function commitPrepared(client: Client, statement: string): Promise<ToldCommit> {
  await client.query("BEGIN");
  await client.query(statement);
  const id = await one<string>(client, "SELECT pg_current_xact_id()::text");
  await client.query("PREPARE TRANSACTION 'two phases'");
  await client.query("COMMIT PREPARED 'two phases'");
  return told(client, id);
}

async function told(client: Client, id: string): Promise<ToldCommit> {
  const { rows } = await client.query<{ at: string; after: string }>(
    `SELECT ${microsecondsOf(`pg_xact_commit_timestamp('${id}'::xid)`)} AS at, pg_current_wal_insert_lsn()::text AS after`,
  );
  return {
    transactionId: Number(id),
    microseconds: String(rows[0]?.at),
    after: String(rows[0]?.after),
  };
}

async function restorePoint(client: Client, name: string): Promise<ToldRestorePoint> {
  return { name, lsn: await one<string>(client, `SELECT pg_create_restore_point('${name}')::text`) };
}

/** Exact: numbers with a fraction are numeric since PostgreSQL 14. */
function microsecondsOf(time: string): string {
  return `(extract(epoch FROM ${time}) * 1000000)::bigint::text`;
}

async function one<T>(client: Client, statement: string): Promise<T> {
  const { rows } = await client.query<Record<string, T>>(statement);
  return Object.values(rows[0] ?? {})[0] as T;
}

async function segmentsFrom(client: Client, first: string): Promise<RealWal["segments"]> {
  const folder = await one<string>(client, "SELECT current_setting('data_directory') || '/pg_wal'");
  const current = await one<string>(client, "SELECT pg_walfile_name(pg_current_wal_insert_lsn())");
  return readdirSync(folder)
    .filter(name => /^[\dA-F]{24}$/.test(name) && first <= name && name <= current)
    .sort()
    .map(name => ({ name, bytes: readFileSync(join(folder, name)) }));
}
