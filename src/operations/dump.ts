import { createHash, type Hash } from "node:crypto";
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { PassThrough, Transform, type TransformCallback } from "node:stream";
import { DumpFormat } from "../backup/dump/args";
import { dumpArguments } from "../backup/dump/commands";
import { tablesWithData } from "../backup/dump/contents";
import { dataFile, dumpFiles, dumpFolder, dumpId } from "../backup/dump/location";
import type { DatabaseLocale, DumpExtension, DumpRecord } from "../backup/dump/record";
import { planRetention, RetentionAction } from "../backup/retention";
import { policyProblems, type RetentionPolicyArgs } from "../backup/retention-policy";
import {
  ask,
  type DumpServer,
  ProgramFailed,
  readDumpServer,
  serverEnvironment,
  succeeded,
} from "./dump-client";
import { type DumpPlace, putText } from "./dump-place";
import { knownDump, listDumps, openPlace, type PlaceRequest, pruneDump } from "./dumps";
import { EventType, recordEvent, subjectOf } from "./event";
import { findInstance } from "./instance";
import { type Operation, type OperationContext, RequestError, type RequestReader } from "./operation";
import { present } from "../present";
import type { RunProgram } from "./program";
import { leaveOnJob } from "./result";
import { type Clock, describeError, type Look, waitUntil } from "./waiting";

/** Request of `dump`. */
export interface DumpRequest extends DumpServer, PlaceRequest {
  namespace: string;
  instance: string;
  /** Name of the dumps in their BackupSchedule. */
  entry: string;
  /** @default every database that allows connections and is no template */
  databases: string[];
  format: DumpFormat;
  schemaOnly: boolean;
  compressionLevel: number;
  jobs: number;
  roles: boolean;
  /** What to call them. */
  label?: string;
  /** Carried out after the dumps of a volume; those of a store are the keeper's. */
  policy?: RetentionPolicyArgs;
  timeoutSeconds: number;
}

/** What `dump` leaves on its Job. */
export interface DumpResult {
  namespace: string;
  instance: string;
  entry: string;
  dumps: DumpRecord[];
  /** Ids and databases of older ones that were removed. */
  pruned: string[];
}

/** What dumping needs. */
export interface DumpContext {
  program: RunProgram;
  place: DumpPlace;
  clock: Clock;
  say: (sentence: string) => void;
}

/** Seconds until the role that dumps can log in: CloudNativePG makes it when the schedule is made. */
const loginSeconds = 120;

interface Database {
  name: string;
  bytes: number;
}

/**
 * Dumps the databases of an instance, one after the other.
 * @throws Error that names each database that could not be dumped; the others are
 */
export async function dumpDatabases(request: DumpRequest, context: DumpContext): Promise<DumpResult> {
  const { namespace, instance, entry } = request;
  const databases = await chosen(request, context);
  const roles = request.roles ? await dumpRoles(request, context) : undefined;
  const dumps: DumpRecord[] = [];
  const failures: string[] = [];
  for (const database of databases) {
    try {
      dumps.push(await dumpOne(request, database, roles, context));
    } catch (error) {
      failures.push(`Database "${database.name}" is not dumped: ${describeError(error)}`);
    }
  }
  // While dumps fail nothing older goes.
  const pruned = failures.length > 0 ? [] : await pruneOld(request, context);
  if (failures.length > 0) throw new Error(failures.join(" "));
  return { namespace, instance, entry, dumps, pruned };
}

async function chosen(request: DumpRequest, context: DumpContext): Promise<Database[]> {
  const all = await waitUntil(
    async (): Promise<Look<Database[]>> => {
      const query =
        "SELECT datname AS name, pg_database_size(oid) AS bytes FROM pg_database WHERE datallowconn AND NOT datistemplate ORDER BY datname";
      return { done: true, value: await ask<Database>(context.program, request, "postgres", query) };
    },
    {
      ...context,
      timeoutSeconds: Math.min(loginSeconds, request.timeoutSeconds),
      intervalMilliseconds: 2000,
    },
  );
  if (request.databases.length === 0) return all;
  const missing = request.databases.find(wanted => !all.some(({ name }) => name === wanted));
  if (missing !== undefined)
    throw new Error(
      `There is no database "${missing}" to dump. There are ${all.map(({ name }) => name).join(", ")}.`,
    );
  return all.filter(({ name }) => request.databases.includes(name));
}

/** Roles and memberships, which belong to no database. */
async function dumpRoles(request: DumpRequest, { program }: DumpContext): Promise<string> {
  const args = ["--globals-only", "--no-role-passwords", "--no-password"];
  const result = await program("pg_dumpall", args, { env: serverEnvironment(request) });
  return succeeded("pg_dumpall", result).stdout;
}

async function dumpOne(
  request: DumpRequest,
  database: Database,
  roles: string | undefined,
  context: DumpContext,
): Promise<DumpRecord> {
  const { clock, place, say } = context;
  const begin = clock.now();
  const id = dumpId(begin);
  const folder = dumpFolder(request.instance, database.name, id);
  const facts = await factsOf(request, database.name, context);
  const key = `${folder}${dataFile(request.format)}`;
  try {
    const { bytes, sha256, contents } = await writeData(request, database.name, key, context);
    await refuseOtherSize(place, folder, key, bytes);
    await putText(place, `${folder}${dumpFiles.contents}`, contents);
    if (roles !== undefined) await putText(place, `${folder}${dumpFiles.roles}`, roles);
    const record: DumpRecord = {
      id,
      instance: request.instance,
      database: database.name,
      ...present({ label: request.label }),
      begin: begin.toISOString(),
      end: clock.now().toISOString(),
      ...facts,
      format: request.format,
      schemaOnly: request.schemaOnly,
      bytes,
      sha256,
      databaseBytes: Number(database.bytes),
      roles: roles !== undefined,
    };
    await putText(place, `${folder}${dumpFiles.record}`, `${JSON.stringify(record, undefined, 2)}\n`);
    say(
      `Dumped database "${database.name}" as ${id}: ${bytes} bytes, ${tablesWithData(contents)} tables with rows.`,
    );
    return record;
  } catch (error) {
    await removeRemains(place, folder, say);
    throw error;
  }
}

type Facts = Pick<DumpRecord, "serverVersion" | "locale" | "extensions">;

async function factsOf(request: DumpRequest, database: string, { program }: DumpContext): Promise<Facts> {
  const query = `SELECT current_setting('server_version') AS version,
    (SELECT json_build_object('encoding', pg_encoding_to_char(d.encoding), 'collate', d.datcollate, 'ctype', d.datctype,
       'provider', to_jsonb(d)->>'datlocprovider',
       'locale', coalesce(to_jsonb(d)->>'datlocale', to_jsonb(d)->>'daticulocale'))
     FROM pg_database d WHERE d.datname = current_database()) AS locale,
    (SELECT coalesce(json_agg(json_build_object('name', e.extname, 'schema', n.nspname) ORDER BY e.oid), '[]')
     FROM pg_extension e JOIN pg_namespace n ON n.oid = e.extnamespace WHERE e.extname <> 'plpgsql') AS extensions`;
  const [row] = await ask<{ version: string; locale: DatabaseLocale; extensions: DumpExtension[] }>(
    program,
    request,
    database,
    query,
  );
  if (row === undefined) throw new Error("the server says nothing of the database");
  const { version, locale, extensions } = row;
  return {
    serverVersion: version.split(" ")[0] ?? version,
    locale: present(locale) as DatabaseLocale,
    extensions,
  };
}

interface Written {
  bytes: number;
  sha256: string;
  /** What pg_restore lists. */
  contents: string;
}

function writeData(
  request: DumpRequest,
  database: string,
  key: string,
  context: DumpContext,
): Promise<Written> {
  return request.format === DumpFormat.Custom
    ? writeCustom(request, database, key, context)
    : writeDirectory(request, database, key, context);
}

/** Nothing is kept on the way: pg_dump, the program that stores it, and the one that lists what it reads of it run side by side. */
async function writeCustom(
  request: DumpRequest,
  database: string,
  key: string,
  { program, place }: DumpContext,
): Promise<Written> {
  const beginning = new PassThrough();
  const measured = new Measured(beginning);
  const contents = program("pg_restore", ["--list"], { input: beginning }).finally(() => measured.listed());
  // When the dump fails nobody asks for it any more.
  contents.catch(() => undefined);
  const env = serverEnvironment(request);
  const args = dumpArguments({ ...request, database });
  await piped(() => program("pg_dump", args, { env, output: measured }), "pg_dump", measured, place, key);
  return { ...measured.result(), contents: succeeded("pg_restore --list", await contents).stdout };
}

/** The directory format stands on the node for a while: its files are written side by side. */
async function writeDirectory(
  request: DumpRequest,
  database: string,
  key: string,
  { program, place }: DumpContext,
): Promise<Written> {
  const folder = await mkdtemp(join(tmpdir(), "dump-"));
  const directory = join(folder, "data");
  try {
    const args = dumpArguments({ ...request, database, directory });
    succeeded("pg_dump", await program("pg_dump", args, { env: serverEnvironment(request) }));
    const { stdout: contents } = succeeded(
      "pg_restore --list",
      await program("pg_restore", ["--list", directory]),
    );
    const measured = new Measured();
    await piped(
      () => program("tar", ["--create", "--file=-", `--directory=${directory}`, "."], { output: measured }),
      "tar",
      measured,
      place,
      key,
    );
    return { ...measured.result(), contents };
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
}

/** Stores what a program writes; of a program that fails nothing is stored. */
async function piped(
  run: () => ReturnType<RunProgram>,
  name: string,
  measured: Measured,
  place: DumpPlace,
  key: string,
): Promise<void> {
  const [stored, written] = await Promise.allSettled([
    place.put(key, measured),
    run().then(result => {
      try {
        succeeded(name, result);
        measured.end();
      } catch (error) {
        measured.destroy(error as Error);
        throw error;
      }
    }),
  ]);
  if (written.status === "rejected" && written.reason instanceof ProgramFailed && !measured.brokenOff)
    throw written.reason;
  if (stored.status === "rejected") throw stored.reason;
  if (written.status === "rejected") throw written.reason;
}

/** Counts and hashes what passes, and shows its beginning to the program that lists it. */
class Measured extends Transform {
  readonly #hash: Hash = createHash("sha256");
  readonly #beginning: PassThrough | undefined;
  #bytes = 0;
  /** Whether its reader gave up before its writer did. */
  brokenOff = false;

  constructor(beginning?: PassThrough) {
    super();
    this.#beginning = beginning;
  }

  /** The list has been read: the rest is of no interest. */
  listed(): void {
    this.#beginning?.destroy();
  }

  result(): { bytes: number; sha256: string } {
    return { bytes: this.#bytes, sha256: this.#hash.digest("hex") };
  }

  override _transform(chunk: Buffer, _encoding: BufferEncoding, done: TransformCallback): void {
    this.#hash.update(chunk);
    this.#bytes += chunk.length;
    if (this.#beginning?.writable === true) this.#beginning.write(chunk);
    done(null, chunk);
  }

  override _flush(done: TransformCallback): void {
    this.#beginning?.end();
    done();
  }

  override _destroy(error: Error | null, done: (error?: Error | null) => void): void {
    if (error !== null && !(error instanceof ProgramFailed)) this.brokenOff = true;
    this.#beginning?.end();
    done(error);
  }
}

async function refuseOtherSize(place: DumpPlace, folder: string, key: string, bytes: number): Promise<void> {
  const stored = (await place.list(folder)).find(object => object.key === key);
  if (stored?.bytes === bytes) return;
  throw new Error(
    `${key} has ${stored?.bytes ?? "no"} bytes in ${place.name}, of ${bytes} that were written.`,
  );
}

async function removeRemains(place: DumpPlace, folder: string, say: DumpContext["say"]): Promise<void> {
  try {
    await place.remove((await place.list(folder)).map(({ key }) => key));
  } catch (error) {
    say(`What is left of ${folder} could not be removed: ${describeError(error)}`);
  }
}

async function pruneOld(request: DumpRequest, context: DumpContext): Promise<string[]> {
  const { instance, policy } = request;
  if (policy === undefined) return [];
  const { place, clock, say } = context;
  const now = clock.now();
  const dumps = (await listDumps(place, instance, now)).map(knownDump);
  const plan = planRetention(dumps, policy, now);
  const pruned: string[] = [];
  for (const { backup, action, reason } of plan.decisions) {
    if (action !== RetentionAction.Prune || backup.series === undefined) continue;
    await pruneDump(place, instance, { id: backup.id, database: backup.series });
    pruned.push(`${backup.series} ${backup.id}`);
    say(`Removed dump ${backup.id} of database "${backup.series}": ${reason}.`);
  }
  return pruned;
}

export const dump: Operation<DumpRequest> = {
  help: `Dumps databases of an instance into its store or on to a volume. Login by environment: PGUSER and PGPASSWORD.
Request: namespace, instance, entry, host, port, caFile, store or directory, databases (all), format (custom or directory),
  schemaOnly (false), compressionLevel (3), jobs (1), roles (true), label, policy (of a volume), timeoutSeconds (21600).
Result: dumps [{id, database, begin, end, bytes, sha256, …}], pruned.`,
  read: readRequest,
  async run(request, context) {
    try {
      const place = await openPlace(context, request.namespace, request);
      await leaveOnJob(await dumpDatabases(request, { ...context, place }), context);
    } catch (error) {
      await recordFailure(request, describeError(error), context);
      throw error;
    }
  },
};

async function recordFailure(
  { namespace, instance, entry }: DumpRequest,
  reason: string,
  { api, clock, say }: OperationContext,
): Promise<void> {
  try {
    const { cluster } = await findInstance(api, namespace, instance);
    const message = `Dump ${entry} failed: ${reason}`;
    const about = subjectOf(cluster);
    await recordEvent(api, clock, { about, type: EventType.Warning, reason: "DumpFailed", message });
  } catch (error) {
    say(`No Event was recorded: ${describeError(error)}`);
  }
}

function readRequest(json: RequestReader): DumpRequest {
  return {
    ...readDumpServer(json),
    ...present({
      store: json.optionalText("store"),
      directory: json.optionalText("directory"),
      label: json.optionalText("label"),
      policy: readPolicy(json.optionalObject("policy")),
    }),
    namespace: json.text("namespace"),
    instance: json.text("instance"),
    entry: json.text("entry"),
    databases: json.texts("databases"),
    format:
      json.optionalText("format") === undefined
        ? DumpFormat.Custom
        : json.choice("format", Object.values(DumpFormat)),
    schemaOnly: json.boolean("schemaOnly", false),
    compressionLevel: json.integer("compressionLevel", 0, 19, 3),
    jobs: json.integer("jobs", 1, 32, 1),
    roles: json.boolean("roles", true),
    timeoutSeconds: json.integer("timeoutSeconds", 60, 604_800, 21_600),
  };
}

function readPolicy(json: RequestReader | undefined): RetentionPolicyArgs | undefined {
  if (json === undefined) return undefined;
  const policy: RetentionPolicyArgs = {
    recoveryWindowDays: json.integer("recoveryWindowDays", 1, 3650),
    dailyRetentionDays: json.integer("dailyRetentionDays", 0, 3650, 0),
    weeklyRetentionWeeks: json.integer("weeklyRetentionWeeks", 0, 520, 0),
    monthlyRetentionMonths: json.integer("monthlyRetentionMonths", 0, 1200, 0),
    yearlyRetentionYears: json.integer("yearlyRetentionYears", 0, 100, 0),
    ...present({ timeZone: json.optionalText("timeZone") }),
  };
  const [problem] = policyProblems(policy);
  if (problem !== undefined) throw new RequestError(`policy.${problem.argument}`, problem.problem);
  return policy;
}
