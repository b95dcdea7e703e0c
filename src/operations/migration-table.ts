import { createHash } from "node:crypto";
import type { AppliedMigration } from "../application/migration/history";
import { sqlIdentifier } from "../sql-identifier";
import type { PostgresSession } from "./postgres-session";

/** The table in which a database remembers what was run. */
export interface MigrationTable {
  schema: string;
  table: string;
}

/** The table's name as SQL writes it. */
export function tableIdentifier({ schema, table }: MigrationTable): string {
  return `${sqlIdentifier(schema)}.${sqlIdentifier(table)}`;
}

/** Number of the advisory lock that is held while files of this table are run; PostgreSQL has 64 bits with a sign for it. */
export function lockNumber(database: string, { schema, table }: MigrationTable): string {
  const digest = createHash("sha256")
    .update(JSON.stringify(["pulumi-cnpg migrations", database, schema, table]))
    .digest();
  return digest.readBigInt64BE().toString();
}

/** Makes schema and table where they are absent. It is looked first: to make what exists takes rights that the owner of the table need not have. */
export async function ensureTable(session: PostgresSession, where: MigrationTable): Promise<void> {
  const [found] = await session.query<{ schema: boolean; table: boolean }>(
    `SELECT to_regnamespace(quote_ident($1)) IS NOT NULL AS schema,
            to_regclass(quote_ident($1) || '.' || quote_ident($2)) IS NOT NULL AS table`,
    [where.schema, where.table],
  );
  if (found?.schema !== true) await session.query(`CREATE SCHEMA ${sqlIdentifier(where.schema)}`);
  if (found?.table === true) return;
  await session.query(
    `CREATE TABLE ${tableIdentifier(where)} (
       name text PRIMARY KEY, checksum text NOT NULL, applied_at timestamptz NOT NULL, duration_ms bigint NOT NULL)`,
  );
}

/** What was run. */
export function appliedMigrations(
  session: PostgresSession,
  where: MigrationTable,
): Promise<AppliedMigration[]> {
  return session.query<AppliedMigration>(`SELECT name, checksum FROM ${tableIdentifier(where)}`);
}

/** Remembers a file. */
export async function recordMigration(
  session: PostgresSession,
  where: MigrationTable,
  { name, checksum }: AppliedMigration,
  durationMs: number,
): Promise<void> {
  await session.query(
    `INSERT INTO ${tableIdentifier(where)} (name, checksum, applied_at, duration_ms) VALUES ($1, $2, clock_timestamp(), $3)`,
    [name, checksum, Math.round(durationMs)],
  );
}
