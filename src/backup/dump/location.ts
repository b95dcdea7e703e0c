import { DumpFormat } from "./args";

/** Folder of all dumps, below a store's destination or on a volume. In a store it stands beside the archives. */
export const dumpsFolder = "dumps";

/** Where everything of the dumps of an instance stands, below a store's destination or on a volume. */
export function instancePrefix(instance: string): string {
  return `${dumpsFolder}/${instance}/`;
}

/** Folder of one dump. Names of databases may hold anything. */
export function dumpFolder(instance: string, database: string, id: string): string {
  return `${instancePrefix(instance)}${encodeURIComponent(database)}/${id}/`;
}

/** Files of a dump, in its folder. */
export const dumpFiles = {
  /** What it is; written last, so that a dump without it is not whole. */
  record: "dump.json",
  /** What pg_restore lists of it. */
  contents: "contents.txt",
  /** Roles and memberships of the server, as SQL. */
  roles: "roles.sql",
} as const;

/** The file with the data. */
export function dataFile(format: DumpFormat): string {
  return format === DumpFormat.Custom ? "data.dump" : "data.tar";
}

/** The file a key names. */
export interface DumpKey {
  database: string;
  id: string;
  file: string;
}

/** What a key says; undefined for one that is of no dump of the instance. */
export function readDumpKey(instance: string, key: string): DumpKey | undefined {
  const prefix = instancePrefix(instance);
  if (!key.startsWith(prefix)) return undefined;
  const [encoded, id, file, ...more] = key.slice(prefix.length).split("/");
  if (encoded === undefined || id === undefined || file === undefined || more.length > 0) return undefined;
  if (dumpTime(id) === undefined || file === "") return undefined;
  try {
    return { database: decodeURIComponent(encoded), id, file };
  } catch {
    return undefined;
  }
}

/** Name of a dump that begins at a time, as Barman names base backups: `20261120T020003`. */
export function dumpId(begin: Date): string {
  return begin.toISOString().slice(0, 19).replace(/[-:]/g, "");
}

/** When a dump of that name began; undefined for other names. */
export function dumpTime(id: string): Date | undefined {
  const parts = /^(\d{4})(\d\d)(\d\d)T(\d\d)(\d\d)(\d\d)$/.exec(id);
  if (parts === null) return undefined;
  const [, year, month, day, hour, minute, second] = parts;
  const time = new Date(`${year}-${month}-${day}T${hour}:${minute}:${second}Z`);
  return Number.isNaN(time.getTime()) || dumpId(time) !== id ? undefined : time;
}
