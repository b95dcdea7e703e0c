import { createHash } from "node:crypto";
import { mkdir, mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { PassThrough, Transform, type TransformCallback } from "node:stream";
import { DumpFormat } from "../backup/dump/args";
import {
  connectionString,
  createDatabase,
  restoreArguments,
  type RestoreCommand,
} from "../backup/dump/commands";
import { restoreList } from "../backup/dump/contents";
import { dataFile, dumpFiles, dumpFolder } from "../backup/dump/location";
import type { DumpExtension, DumpRecord } from "../backup/dump/record";
import { sqlIdentifier } from "../sql-identifier";
import { sqlLiteral } from "../sql-literal";
import { ask, type DumpServer, readDumpServer, serverEnvironment, succeeded } from "./dump-client";
import { type DumpPlace, getText } from "./dump-place";
import { findDump, openPlace } from "./dumps";
import { type Execute, type PodSql, postgresContainer, sqlOver } from "./execute";
import { findInstance } from "./instance";
import { type Operation, RequestError, type RequestReader } from "./operation";
import { present } from "../present";
import type { RunProgram } from "./program";
import { leaveOnJob } from "./result";
import { type Clock, describeError } from "./waiting";

/** Request of `restore-dump`. */
export interface RestoreDumpRequest extends DumpServer {
  namespace: string;
  instance: string;
  /** Name of the ObjectStore. */
  store?: string;
  /** Folders of volumes, by entry. */
  directories: Record<string, string>;
  /** Entry with a volume from which it is restored. @default the store; the only volume where there is no store */
  entry?: string;
  /** Database that was dumped. */
  database: string;
  /** Which dump. @default the newest that is whole */
  id?: string;
  /** Database that is restored to. @default `database` */
  into?: string;
  /** Whether a database that is not there is made. @default false */
  create: boolean;
  /** Repeats the name of a database that is not empty: what is there of the same names is dropped first. */
  confirm?: string;
  /** Whether grants are restored; the roles must be there. @default true */
  privileges: boolean;
  /** Tables restored at once; only of the directory format into a new database. @default 1 */
  jobs: number;
  timeoutSeconds: number;
}

/** What `restore-dump` leaves on its Job. */
export interface RestoreDumpResult {
  namespace: string;
  instance: string;
  /** What was restored. */
  database: string;
  id: string;
  into: string;
  /** Whether the database was made for it. */
  created: boolean;
  seconds: number;
  bytes: number;
  /** Rows of each table, counted; the first {@link mostTables} by name. */
  tables: { name: string; rows: number }[];
  /** Of all tables. */
  rows: number;
  /** What was not restored, as sentences. */
  left: string[];
}

/** What restoring needs. */
export interface RestoreDumpContext {
  program: RunProgram;
  place: DumpPlace;
  /** Runs commands in the primary, as the superuser. */
  execute: Execute;
  /** Pod of the primary. */
  primary: string;
  /** Role that owns what is restored: the one of the Job's login. */
  owner: string;
  /** Major version of the server. */
  major: number;
  clock: Clock;
  say: (sentence: string) => void;
}

/** More would not fit into an annotation. */
const mostTables = 500;
const mostLeft = 50;

/**
 * Restores a dump. Into a database that is there it is all or nothing; one that was made for it goes again when the restore fails.
 * @throws Error with one reason
 */
export async function restoreDump(
  request: RestoreDumpRequest,
  context: RestoreDumpContext,
): Promise<RestoreDumpResult> {
  const { namespace, instance, database, into = database } = request;
  const { clock, place, say, owner } = context;
  const begin = clock.now();
  const record = await findDump(place, instance, database, request.id, begin);
  const folder = dumpFolder(instance, database, record.id);
  const { created, clean } = await prepare(request, record, into, context);
  const left: string[] = [];
  try {
    const schemas = await makeExtensions(request, record.extensions, into, context);
    const chosen = restoreList(await getText(place, `${folder}${dumpFiles.contents}`), owner, schemas);
    left.push(...chosen.left);
    say(`Restoring dump ${record.id} of database "${database}" into "${into}", ${record.bytes} bytes.`);
    const jobs = created && record.format === DumpFormat.Directory ? request.jobs : 1;
    const command = { database: into, clean, privileges: request.privileges, jobs };
    await restoreData(
      request,
      record,
      `${folder}${dataFile(record.format)}`,
      { ...command, list: chosen.list },
      context,
    );
  } catch (error) {
    if (created) await dropAgain(request, into, context);
    throw error;
  }
  await analyze(request, into, context);
  const tables = record.schemaOnly ? [] : await countRows(request, into, context);
  const result: RestoreDumpResult = {
    ...{ namespace, instance, database, id: record.id, into, created },
    seconds: (clock.now().getTime() - begin.getTime()) / 1000,
    bytes: record.bytes,
    tables: tables.slice(0, mostTables),
    rows: tables.reduce((sum, { rows }) => sum + rows, 0),
    left: left.slice(0, mostLeft),
  };
  say(`Restored ${tables.length} tables with ${result.rows} rows in ${result.seconds} s.`);
  return result;
}

async function prepare(
  request: RestoreDumpRequest,
  record: DumpRecord,
  into: string,
  context: RestoreDumpContext,
): Promise<{ created: boolean; clean: boolean }> {
  const sql: PodSql = sqlOver(context.execute);
  const { namespace } = request;
  const [known] = await sql(
    namespace,
    context.primary,
    `SELECT pg_get_userbyid(datdba) AS owner FROM pg_database WHERE datname = ${sqlLiteral(into)}`,
  );
  if (known === undefined) {
    if (!request.create)
      throw new Error(`There is no database "${into}". Ask for it to be made, or name one that is there.`);
    const { owner, major } = context;
    await superuser(request, "postgres", createDatabase(into, owner, record.locale, major), context);
    context.say(`Made database "${into}".`);
    return { created: true, clean: false };
  }
  if (known.owner !== context.owner)
    throw new Error(
      `Database "${into}" belongs to ${String(known.owner)}, not to ${context.owner}, who restores. Restore into another database.`,
    );
  const count = await countObjects(request, into, context);
  if (count === 0) return { created: false, clean: false };
  if (request.confirm !== into)
    throw new Error(
      `Database "${into}" is not empty: it has ${count} tables, views and sequences. Restore into a new database, or confirm with "${into}" that those with the names of the dump are dropped.`,
    );
  return { created: false, clean: true };
}

/** Tables, views and sequences that belong to no extension. */
async function countObjects(
  request: RestoreDumpRequest,
  database: string,
  { program }: RestoreDumpContext,
): Promise<number> {
  const [row] = await ask<{ count: number }>(
    program,
    request,
    database,
    `SELECT count(*) AS count FROM pg_class c JOIN pg_namespace n ON n.oid = c.relnamespace
     WHERE c.relkind IN ('r', 'p', 'v', 'm', 'S', 'f') AND n.nspname <> 'information_schema' AND n.nspname !~ '^pg_'
       AND NOT EXISTS (SELECT FROM pg_depend d WHERE d.classid = 'pg_class'::regclass AND d.objid = c.oid AND d.deptype = 'e')`,
  );
  return row?.count ?? 0;
}

/**
 * Makes the extensions of the dump, which takes the superuser.
 * @returns the schemas that were made for them
 */
async function makeExtensions(
  request: RestoreDumpRequest,
  extensions: readonly DumpExtension[],
  database: string,
  context: RestoreDumpContext,
): Promise<string[]> {
  const schemas = [...new Set(extensions.map(({ schema }) => schema))].filter(
    schema => schema !== "public" && schema !== "pg_catalog",
  );
  const owner = sqlIdentifier(context.owner);
  for (const schema of schemas) {
    const sql = `CREATE SCHEMA IF NOT EXISTS ${sqlIdentifier(schema)} AUTHORIZATION ${owner}`;
    await superuser(request, database, sql, context);
  }
  for (const { name, schema } of extensions) {
    const sql = `CREATE EXTENSION IF NOT EXISTS ${sqlIdentifier(name)} SCHEMA ${sqlIdentifier(schema)}`;
    // Some extensions have a schema of their own and refuse to be told one.
    await superuser(
      request,
      database,
      schema === "pg_catalog" ? sql.replace(/ SCHEMA .*$/, "") : sql,
      context,
    );
  }
  return schemas;
}

/** Runs a command in the primary as the superuser of PostgreSQL. */
async function superuser(
  { namespace }: RestoreDumpRequest,
  database: string,
  sql: string,
  { execute, primary }: RestoreDumpContext,
): Promise<void> {
  const command = ["psql", "-X", "-q", "-v", "ON_ERROR_STOP=1", "-d", connectionString(database), "-c", sql];
  const { exitCode, stderr } = await execute(namespace, primary, postgresContainer, command);
  if (exitCode !== 0) throw new Error(`${sql}: ${describeError(stderr)}`);
}

type DataCommand = Omit<RestoreCommand, "directory">;

/** @param command its `list` is the text of the list */
async function restoreData(
  request: RestoreDumpRequest,
  record: DumpRecord,
  key: string,
  command: DataCommand,
  context: RestoreDumpContext,
): Promise<void> {
  const folder = await mkdtemp(join(tmpdir(), "restore-"));
  try {
    const list = join(folder, "list");
    await writeFile(list, command.list);
    const env = serverEnvironment(request);
    const restore = (more: { directory?: string; input?: PassThrough }): ReturnType<RunProgram> =>
      context.program("pg_restore", restoreArguments({ ...command, list, ...more }), {
        env,
        ...present({ input: more.input }),
      });
    if (record.format === DumpFormat.Custom) {
      await read(context.place, key, record, "pg_restore", input => restore({ input }));
      return;
    }
    const directory = join(folder, "data");
    await mkdir(directory);
    const unpack = ["--extract", "--file=-", `--directory=${directory}`];
    await read(context.place, key, record, "tar", input => context.program("tar", unpack, { input }));
    succeeded("pg_restore", await restore({ directory }));
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
}

/** The reader of a file has ended; what is left of the file is of no interest. */
class ReaderEnded extends Error {}

/** Hands a file of a dump to a program, and compares it with what was written when it was taken. */
async function read(
  place: DumpPlace,
  key: string,
  { bytes, sha256 }: DumpRecord,
  name: string,
  use: (input: PassThrough) => ReturnType<RunProgram>,
): Promise<void> {
  const input = new PassThrough();
  // The program ends first when it fails, and the error is its own.
  input.on("error", () => undefined);
  const hashed = new Hashed();
  hashed.on("error", () => undefined);
  hashed.pipe(input);
  const [copied, used] = await Promise.allSettled([
    place.get(key, hashed).then(
      () => hashed.end(),
      (error: unknown) => {
        input.destroy();
        throw error;
      },
    ),
    use(input)
      .then(result => succeeded(name, result))
      .finally(() => hashed.destroy(new ReaderEnded())),
  ]);
  if (copied.status === "rejected" && !(copied.reason instanceof ReaderEnded)) throw copied.reason;
  if (used.status === "rejected") throw used.reason;
  // A program that needed less than the whole has not seen what may be wrong with the rest.
  if (copied.status === "rejected" || !hashed.writableFinished) return;
  const found = hashed.result();
  if (found.bytes !== bytes || found.sha256 !== sha256)
    throw new Error(
      `${key} is not what was written when the dump was taken: ${found.bytes} of ${bytes} bytes, another checksum. Restore an older dump.`,
    );
}

/** Counts and hashes what passes. */
class Hashed extends Transform {
  readonly #hash = createHash("sha256");
  #bytes = 0;

  result(): { bytes: number; sha256: string } {
    return { bytes: this.#bytes, sha256: this.#hash.digest("hex") };
  }

  override _transform(chunk: Buffer, _encoding: BufferEncoding, done: TransformCallback): void {
    this.#hash.update(chunk);
    this.#bytes += chunk.length;
    done(null, chunk);
  }
}

async function dropAgain(
  request: RestoreDumpRequest,
  database: string,
  context: RestoreDumpContext,
): Promise<void> {
  try {
    await superuser(
      request,
      "postgres",
      `DROP DATABASE IF EXISTS ${sqlIdentifier(database)} WITH (FORCE)`,
      context,
    );
    context.say(`Dropped database "${database}" again.`);
  } catch (error) {
    context.say(`Database "${database}" could not be dropped again: ${describeError(error)}`);
  }
}

/** A dump brings no statistics, without which the first queries would be planned blindly. */
async function analyze(
  request: RestoreDumpRequest,
  database: string,
  { program, say }: RestoreDumpContext,
): Promise<void> {
  const args = ["-X", "-q", "-w", "-d", connectionString(database), "-c", "ANALYZE"];
  const { exitCode, stderr } = await program("psql", args, { env: serverEnvironment(request) });
  if (exitCode !== 0) say(`The statistics are not up to date yet: ${describeError(stderr)}`);
}

function countRows(
  request: RestoreDumpRequest,
  database: string,
  { program }: RestoreDumpContext,
): Promise<RestoreDumpResult["tables"]> {
  // Every table is counted in one query: the count of each comes back as XML.
  const query = `SELECT n.nspname || '.' || c.relname AS name,
      (xpath('/row/count/text()', query_to_xml(format('SELECT count(*) FROM %I.%I', n.nspname, c.relname), false, true, '')))[1]::text::bigint AS rows
    FROM pg_class c JOIN pg_namespace n ON n.oid = c.relnamespace
    WHERE c.relkind IN ('r', 'p') AND NOT c.relispartition AND n.nspname <> 'information_schema' AND n.nspname !~ '^pg_'
      AND has_table_privilege(c.oid, 'SELECT')
    ORDER BY 1`;
  return ask(program, request, database, query);
}

export const restoreDumpOperation: Operation<RestoreDumpRequest> = {
  help: `Restores a logical dump into a database that is empty, or that is made. Login by environment: PGUSER (the owner) and PGPASSWORD.
Request: namespace, instance, host, port, caFile, store, directories {entry: folder}, entry (of a volume), database, id (the newest),
  into (database), create (false), confirm (name of a database that is not empty), privileges (true), jobs (1), timeoutSeconds (86400).
Result: database, id, into, created, seconds, bytes, tables [{name, rows}], rows, left.`,
  read: readRequest,
  async run(request, context) {
    const { namespace } = request;
    const owner = context.env.PGUSER;
    if (owner === undefined)
      throw new Error("PGUSER is not set: the Job must take it from the instance's Secret");
    const found = await findInstance(context.api, namespace, request.instance);
    const primary = found.cluster.status?.currentPrimary;
    if (primary === undefined || primary === "")
      throw new Error(`Instance ${namespace}/${request.instance} has no primary to restore into.`);
    const place = await openPlace(context, namespace, placeOf(request));
    const around = { ...context, place, primary, owner, major: found.major };
    await leaveOnJob(await restoreDump(request, around), context);
  },
};

/** @throws RequestError unless it is clear where the dump is */
function placeOf({ store, directories, entry }: RestoreDumpRequest): { store?: string; directory?: string } {
  const entries = Object.keys(directories);
  if (entry !== undefined) {
    const directory = directories[entry];
    if (directory !== undefined) return { directory };
    throw new RequestError("entry", `is no entry with a volume; there are ${entries.join(", ") || "none"}`);
  }
  if (store !== undefined) return { store };
  const [only, second] = entries;
  if (only === undefined || second !== undefined)
    throw new RequestError("entry", `is missing; it is one of ${entries.join(", ") || "none"}`);
  return { directory: directories[only] as string };
}

function readRequest(json: RequestReader): RestoreDumpRequest {
  return {
    ...readDumpServer(json),
    ...present({
      store: json.optionalText("store"),
      entry: json.optionalText("entry"),
      id: json.optionalText("id"),
      into: json.optionalText("into"),
      confirm: json.optionalText("confirm"),
    }),
    namespace: json.text("namespace"),
    instance: json.text("instance"),
    directories: json.textMap("directories"),
    database: json.text("database"),
    create: json.boolean("create", false),
    privileges: json.boolean("privileges", true),
    jobs: json.integer("jobs", 1, 32, 1),
    timeoutSeconds: json.integer("timeoutSeconds", 1, 604_800, 86_400),
  };
}
