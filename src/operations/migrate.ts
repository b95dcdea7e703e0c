import { readdir, readFile } from "node:fs/promises";
import { join } from "node:path";
import { failureText, type ServerError } from "../application/migration/failure";
import { type MigrationFile, migrationFile, migrationProblems } from "../application/migration/files";
import { MigrationRefusal, pendingMigrations } from "../application/migration/history";
import { type Statement, statementsOf } from "../application/migration/statements";
import { isOutsideTransaction } from "../application/migration/transaction";
import { sqlIdentifier } from "../sql-identifier";
import {
  appliedMigrations,
  ensureTable,
  lockNumber,
  type MigrationTable,
  recordMigration,
} from "./migration-table";
import type { Operation, OperationContext } from "./operation";
import { readAuthority } from "./postgres";
import { openPostgresSession, type OpenPostgresSession, type PostgresSession } from "./postgres-session";
import { leaveOnJob } from "./result";
import { describeError, type Look, waitUntil } from "./waiting";

/** Request of `migrate`. */
export interface MigrateRequest extends MigrationTable {
  /** DNS name of the server itself, as in its certificate: behind a pooler that hands a session on between transactions there is no lock. */
  host: string;
  /** @default 5432 */
  port: number;
  database: string;
  /** File with the certificate authority. */
  caFile: string;
  /** Folder with the files, as a ConfigMap is mounted. */
  directory: string;
  /** Role that the files are run as, and that owns what they make; the login is a member of it. @default the login's own */
  setRole?: string;
  /** Schema of the table that remembers what was run; made when it is absent. @default "public" */
  schema: string;
  /** @default "pulumi_cnpg_migrations" */
  table: string;
  /** Seconds until the server has answered and no other Job runs files. How long files take is not limited by it. */
  timeoutSeconds: number;
  /** Seconds that one statement may take. @default what the server says */
  statementTimeoutSeconds?: number;
  /** Seconds that one statement may wait for a lock; everything that needs the same table waits behind it. @default what the server says */
  lockTimeoutSeconds?: number;
  /** Whether the result is left on the Job. @default false */
  report: boolean;
}

/** What `migrate` leaves on its Job. */
export interface MigrateResult {
  /** Names of the files that were run, in their order. */
  applied: string[];
  /** How many had been run before. */
  before: number;
  seconds: number;
}

export const migrate: Operation<MigrateRequest> = {
  help: `Runs the files of SQL in a folder that were not run in this database yet, in the order of their names, each once.
Request: host, port (5432), database, caFile, directory, setRole, schema ("public"), table ("pulumi_cnpg_migrations"), timeoutSeconds,
  statementTimeoutSeconds, lockTimeoutSeconds, report (false). The login is in PGUSER and PGPASSWORD.
A file is one transaction, unless its first line is "-- no-transaction": its statements then stand alone, and after a run that ended in the
  middle the file begins anew.
Result: applied (names), before, seconds.`,
  read: json => ({
    host: json.text("host"),
    port: json.integer("port", 1, 65535, 5432),
    database: json.text("database"),
    caFile: json.text("caFile"),
    directory: json.text("directory"),
    setRole: json.optionalText("setRole"),
    schema: json.optionalText("schema") ?? "public",
    table: json.optionalText("table") ?? "pulumi_cnpg_migrations",
    timeoutSeconds: json.integer("timeoutSeconds", 1, 86_400),
    statementTimeoutSeconds: json.optionalInteger("statementTimeoutSeconds", 1, 86_400),
    lockTimeoutSeconds: json.optionalInteger("lockTimeoutSeconds", 1, 86_400),
    report: json.boolean("report", false),
  }),
  async run(request, context) {
    const result = await runMigrations(request, context);
    if (request.report) await leaveOnJob(result, context);
  },
};

/**
 * Does what the operation does; `open` stands for the server in tests.
 * @throws MigrationRefusal when the files do not continue what was run, or are wrong; nothing was run then
 * @throws Error with file, line and the server's words when one of them fails; nothing of that file stays, what came before it does
 */
export async function runMigrations(
  request: MigrateRequest,
  context: OperationContext,
  open: OpenPostgresSession = openPostgresSession,
): Promise<MigrateResult> {
  const started = context.clock.now().getTime();
  const seconds = (): number => (context.clock.now().getTime() - started) / 1000;
  const files = await readFiles(request.directory, context);
  const session = await sessionOf(request, context, open);
  try {
    const patience = Math.max(0, Math.ceil(request.timeoutSeconds - seconds()));
    await takeLock(session, request, patience, context);
    await session.query(roleStatement(request));
    await ensureTable(session, request);
    const before = await appliedMigrations(session, request);
    const pending = pendingMigrations(files, before);
    context.say(
      pending.length === 0
        ? `All ${files.length} files were run before: nothing to do.`
        : `${pending.length} of ${files.length} files are to be run.`,
    );
    for (const file of pending) await runFile(session, file, request, context);
    return { applied: pending.map(({ name }) => name), before: before.length, seconds: seconds() };
  } finally {
    // The lock goes with the session, and so does what a file has begun.
    await session.end().catch(() => undefined);
  }
}

async function readFiles(directory: string, { say }: OperationContext): Promise<MigrationFile[]> {
  let names: string[];
  try {
    names = await readdir(directory);
  } catch (error) {
    throw new Error(
      `The folder ${directory} cannot be read, is the ConfigMap mounted? ${describeError(error)}`,
      {
        cause: error,
      },
    );
  }
  // Beside its files a mounted ConfigMap has a link and a folder with names of two full stops.
  const visible = names.filter(name => !name.startsWith("..")).sort();
  const files: MigrationFile[] = [];
  for (const name of visible) {
    if (name.endsWith(".sql")) files.push(migrationFile(name, await readFile(join(directory, name), "utf8")));
    else say(`${name} is left out: its name does not end in .sql.`);
  }
  const problems = migrationProblems(Object.fromEntries(files.map(({ name, text }) => [name, text])));
  if (problems.length > 0) {
    throw new MigrationRefusal(
      problems.map(({ file, problem, remedy }) => `${file ?? directory}: ${problem} ${remedy}`),
    );
  }
  return files;
}

/** A session of a server that can write. */
async function sessionOf(
  request: MigrateRequest,
  context: OperationContext,
  open: OpenPostgresSession,
): Promise<PostgresSession> {
  const { host, port, database, caFile, timeoutSeconds } = request;
  const look = async (): Promise<Look<PostgresSession>> => {
    const ca = await readAuthority(caFile);
    const session = await open({ host, port, database, sslmode: "verify-full", ca }, context.env);
    try {
      const [row] = await session.query<{ standby: boolean }>("SELECT pg_is_in_recovery() AS standby");
      if (row?.standby === false) return { done: true, value: session };
    } catch (error) {
      await session.end().catch(() => undefined);
      throw error;
    }
    await session.end().catch(() => undefined);
    return { done: false, awaiting: `${host}:${port} to lead to a server that can write` };
  };
  return waitUntil(look, { ...context, timeoutSeconds });
}

/**
 * Makes sure that no other Job runs files of the same table. It is asked again and again: a statement that waits for the lock would hold a
 * snapshot, and `CREATE INDEX CONCURRENTLY` of the one who has the lock would wait for that one in turn.
 */
async function takeLock(
  session: PostgresSession,
  request: MigrateRequest,
  timeoutSeconds: number,
  context: OperationContext,
): Promise<void> {
  const number = lockNumber(request.database, request);
  let lost: unknown;
  const look = async (): Promise<Look<void>> => {
    try {
      const [row] = await session.query<{ taken: boolean }>("SELECT pg_try_advisory_lock($1) AS taken", [
        number,
      ]);
      if (row?.taken === true) return { done: true, value: undefined };
    } catch (error) {
      // The session is gone; this Job's next pod opens another.
      lost = error;
      return { done: true, value: undefined };
    }
    return { done: false, awaiting: `another Job that runs files in database ${request.database}` };
  };
  await waitUntil(look, { ...context, timeoutSeconds });
  if (lost !== undefined) throw lost;
}

/** With a role of its own a session begins as what ALTER ROLE … SET role says. */
function roleStatement({ setRole }: MigrateRequest): string {
  return setRole === undefined ? "RESET ROLE" : `SET ROLE ${sqlIdentifier(setRole)}`;
}

/** What a file left behind in the session is not there for the next one, so that it does not matter which ran in the same Job. */
async function refresh(session: PostgresSession, request: MigrateRequest): Promise<void> {
  const { statementTimeoutSeconds: statement, lockTimeoutSeconds: lock } = request;
  // DISCARD ALL would give back the lock.
  await session.query("RESET ALL");
  await session.query("DISCARD TEMP");
  await session.query("DEALLOCATE ALL");
  await session.query(roleStatement(request));
  if (statement !== undefined) await session.query(`SET statement_timeout = ${statement * 1000}`);
  if (lock !== undefined) await session.query(`SET lock_timeout = ${lock * 1000}`);
}

async function runFile(
  session: PostgresSession,
  file: MigrationFile,
  request: MigrateRequest,
  context: OperationContext,
): Promise<void> {
  const { clock, say } = context;
  const outside = isOutsideTransaction(file.text);
  say(`Running ${file.name}${outside ? " outside of a transaction" : ""}.`);
  const begin = clock.now().getTime();
  const elapsed = (): number => clock.now().getTime() - begin;
  await refresh(session, request);
  // An error ends the session, and with it what was begun.
  if (!outside) await session.query("BEGIN");
  for (const statement of statementsOf(file.text)) await runStatement(session, file.name, statement);
  // The file may have taken another role.
  await session.query(roleStatement(request));
  await recordMigration(session, request, file, elapsed());
  if (!outside) await commit(session, file.name);
  say(`Ran ${file.name} in ${elapsed() / 1000} s.`);
}

async function runStatement(session: PostgresSession, file: string, statement: Statement): Promise<void> {
  try {
    await session.query(statement.text);
  } catch (error) {
    throw new Error(failureText(file, statement, error as ServerError), { cause: error });
  }
}

/** Deferred constraints are checked here. */
async function commit(session: PostgresSession, file: string): Promise<void> {
  try {
    await session.query("COMMIT");
  } catch (error) {
    const { code, message, detail } = error as ServerError;
    throw new Error(
      `${file}, at its end: ERROR${code === undefined ? "" : ` ${code}`}: ${message}. ${detail ?? ""}`.trimEnd(),
      { cause: error },
    );
  }
}
