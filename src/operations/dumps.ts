import { dumpFiles, dumpFolder, dumpTime, instancePrefix, readDumpKey } from "../backup/dump/location";
import { type DumpRecord, readDumpRecord } from "../backup/dump/record";
import { BackupKind, BackupState, type KnownBackup } from "../backup/known-backup";
import { type Archive, type ArchiveObject, openArchive } from "./archive";
import { archivePlace, directoryPlace, type DumpPlace, getText } from "./dump-place";
import { type Operation, RequestError, type RequestReader } from "./operation";
import { leaveOnJob } from "./result";
import type { DumpShelf } from "./retention-run";

/** A dump as its files tell. */
export interface ListedDump {
  id: string;
  database: string;
  state: BackupState;
  /** RFC 3339. */
  begin: string;
  /** When its last file was stored, RFC 3339; absent of one that is not whole, and where the store does not tell. */
  end?: string;
  /** Bytes of all its files. */
  bytes: number;
}

/** Hours after which a dump without a record has been given up: no run may take longer. */
const longestHours = 7 * 24;

/** The dumps of an instance in a place, in the order of their begin. */
export async function listDumps(place: DumpPlace, instance: string, now: Date): Promise<ListedDump[]> {
  const folders = new Map<string, { id: string; database: string; files: Map<string, ArchiveObject> }>();
  for (const object of await place.list(instancePrefix(instance))) {
    const key = readDumpKey(instance, object.key);
    if (key === undefined) continue;
    const name = dumpFolder(instance, key.database, key.id);
    const folder = folders.get(name) ?? { id: key.id, database: key.database, files: new Map() };
    folder.files.set(key.file, object);
    folders.set(name, folder);
  }
  return [...folders.values()]
    .map(({ id, database, files }) => listed(id, database, files, now))
    .sort((a, b) => a.begin.localeCompare(b.begin) || a.database.localeCompare(b.database));
}

function listed(
  id: string,
  database: string,
  files: ReadonlyMap<string, ArchiveObject>,
  now: Date,
): ListedDump {
  const begin = dumpTime(id) ?? new Date(0);
  const record = files.get(dumpFiles.record);
  const bytes = [...files.values()].reduce((sum, file) => sum + file.bytes, 0);
  const facts = { id, database, begin: begin.toISOString(), bytes };
  if (record !== undefined)
    return { ...facts, state: BackupState.Completed, end: record.stored ?? facts.begin };
  const old = now.getTime() - begin.getTime() > longestHours * 3600_000;
  return { ...facts, state: old ? BackupState.Failed : BackupState.Running };
}

/** A dump as retention knows it. Each database is a series of its own. */
export function knownDump({ id, database, state, begin, end }: ListedDump): KnownBackup {
  return {
    id,
    kind: BackupKind.Dump,
    series: database,
    state,
    begin: new Date(begin),
    // Stores round the time at which they stored something.
    ...(end === undefined ? {} : { end: new Date(Math.max(Date.parse(end), Date.parse(begin))) }),
    ours: true,
  };
}

/** Removes a dump, its record first: what is left of it is no dump any more. */
export async function pruneDump(
  place: DumpPlace,
  instance: string,
  { id, database }: Pick<ListedDump, "id" | "database">,
): Promise<void> {
  const folder = dumpFolder(instance, database, id);
  const keys = (await place.list(folder)).map(({ key }) => key);
  const isRecord = (key: string): boolean => key === `${folder}${dumpFiles.record}`;
  await place.remove(keys.filter(isRecord));
  await place.remove(keys.filter(key => !isRecord(key)));
}

/** The dumps in a place, for retention. */
export function dumpShelf(open: () => Promise<DumpPlace>, instance: string, now: () => Date): DumpShelf {
  return {
    list: async () => (await listDumps(await open(), instance, now())).map(knownDump),
    prune: async ({ id, series }) => {
      if (series === undefined) throw new Error(`Dump ${id} is of no database.`);
      await pruneDump(await open(), instance, { id, database: series });
    },
  };
}

/**
 * The record of a dump.
 * @param id the newest that is whole when there is none
 * @throws Error that names what there is
 */
export async function findDump(
  place: DumpPlace,
  instance: string,
  database: string,
  id: string | undefined,
  now: Date,
): Promise<DumpRecord> {
  const all = await listDumps(place, instance, now);
  const whole = all.filter(({ state }) => state === BackupState.Completed);
  const ofDatabase = whole.filter(dump => dump.database === database);
  const found = id === undefined ? ofDatabase.at(-1) : ofDatabase.find(dump => dump.id === id);
  if (found === undefined) {
    const what = id === undefined ? "no dump" : `no dump ${id}`;
    throw new Error(
      `There is ${what} of database "${database}" in ${place.name}. ${others(whole, ofDatabase)}`,
    );
  }
  const folder = dumpFolder(instance, database, found.id);
  return readDumpRecord(await getText(place, `${folder}${dumpFiles.record}`), `${database} ${found.id}`);
}

function others(whole: readonly ListedDump[], ofDatabase: readonly ListedDump[]): string {
  if (ofDatabase.length > 0) return `It has ${ofDatabase.map(({ id }) => id).join(", ")}.`;
  const databases = [...new Set(whole.map(({ database }) => database))];
  return databases.length === 0 ? "It has none of any database." : `It has dumps of ${databases.join(", ")}.`;
}

/** The place an operation is asked to use. */
export interface PlaceRequest {
  /** Name of the ObjectStore. */
  store?: string;
  /** Folder of a volume. */
  directory?: string;
}

/** What opening a place needs. */
export type PlaceContext = Parameters<typeof openArchive>[0];

/** @throws Error when neither is named */
export async function openPlace(
  context: PlaceContext,
  namespace: string,
  { store, directory }: PlaceRequest,
): Promise<DumpPlace> {
  if (directory !== undefined) return directoryPlace(directory);
  if (store === undefined) throw new RequestError("store", "is missing, and so is directory");
  const archive: Archive = await openArchive(context, namespace, store);
  return archivePlace(archive);
}

/** Request of `list-dumps`. */
export interface ListDumpsRequest {
  namespace: string;
  instance: string;
  store?: string;
  /** Folders of volumes, by entry. */
  directories: Record<string, string>;
}

/** What `list-dumps` leaves on its Job. */
export interface ListDumpsResult {
  /** The newest of each place, at most {@link mostListed}. */
  dumps: (ListedDump & {
    /** Entry with a volume; absent for the store. */
    entry?: string;
  })[];
  /** How many older ones are left out. */
  omitted: number;
}

/** More would not fit into an annotation. */
const mostListed = 1000;

export const listDumpsOperation: Operation<ListDumpsRequest> = {
  help: `Lists the logical dumps of an instance in its store and on its volumes.
Request: namespace, instance, store, directories {entry: folder}.
Result: dumps [{id, database, state, begin, end, bytes, entry}], omitted.`,
  read: readListRequest,
  async run(request, context) {
    const { namespace, instance, store, directories } = request;
    const now = context.clock.now();
    const places: [string | undefined, PlaceRequest][] = [
      ...(store === undefined ? [] : [[undefined, { store }] as [undefined, PlaceRequest]]),
      ...Object.entries(directories).map(([entry, directory]): [string, PlaceRequest] => [
        entry,
        { directory },
      ]),
    ];
    const dumps: ListDumpsResult["dumps"] = [];
    for (const [entry, where] of places) {
      const place = await openPlace(context, namespace, where);
      const found = await listDumps(place, instance, now);
      dumps.push(...found.map(dump => (entry === undefined ? dump : { ...dump, entry })));
    }
    dumps.sort((a, b) => a.begin.localeCompare(b.begin));
    const newest = dumps.slice(-mostListed);
    await leaveOnJob(
      { dumps: newest, omitted: dumps.length - newest.length } satisfies ListDumpsResult,
      context,
    );
  },
};

function readListRequest(json: RequestReader): ListDumpsRequest {
  const store = json.optionalText("store");
  return {
    namespace: json.text("namespace"),
    instance: json.text("instance"),
    directories: json.textMap("directories"),
    ...(store === undefined ? {} : { store }),
  };
}
