import { sqlIdentifier } from "../../sql-identifier";
import { DumpFormat } from "./args";
import type { DatabaseLocale } from "./record";

/** What `pg_dump` is asked for. */
export interface DumpCommand {
  database: string;
  format: DumpFormat;
  schemaOnly: boolean;
  compressionLevel: number;
  jobs: number;
  /** Folder of the directory format. */
  directory?: string;
}

/** Milliseconds a dump waits for a table that somebody locks exclusively. */
const lockWait = 600_000;

/** Arguments of `pg_dump`. Server and login are in its environment. */
export function dumpArguments(command: DumpCommand): string[] {
  const { database, format, schemaOnly, compressionLevel, jobs, directory } = command;
  return [
    `--format=${format}`,
    `--compress=${compressionLevel === 0 ? "none" : `zstd:${compressionLevel}`}`,
    ...(format === DumpFormat.Directory ? [`--jobs=${jobs}`, `--file=${directory}`] : []),
    ...(schemaOnly ? ["--schema-only"] : []),
    `--lock-wait-timeout=${lockWait}`,
    "--no-password",
    // Not a bare argument: a name with a sign of equality would be read as a connection string.
    `--dbname=${connectionString(database)}`,
  ];
}

/** How a dump is restored. */
export interface RestoreCommand {
  database: string;
  /** File with the entries to restore. */
  list: string;
  /** Removes what is there of the same names first. */
  clean: boolean;
  /** Restores grants; the roles must be there. */
  privileges: boolean;
  /** Several at once, which a single transaction excludes. */
  jobs: number;
  /** Folder of the directory format; standard input of the custom one. */
  directory?: string;
}

/** Arguments of `pg_restore`: all of it or nothing, unless several tables are restored at once. */
export function restoreArguments(command: RestoreCommand): string[] {
  const { database, list, clean, privileges, jobs, directory } = command;
  return [
    `--use-list=${list}`,
    "--no-owner",
    ...(privileges ? [] : ["--no-privileges"]),
    "--no-publications",
    "--no-subscriptions",
    ...(clean ? ["--clean", "--if-exists"] : []),
    "--exit-on-error",
    ...(jobs > 1 ? [`--jobs=${jobs}`] : ["--single-transaction"]),
    "--no-password",
    `--dbname=${connectionString(database)}`,
    ...(directory === undefined ? [] : [directory]),
  ];
}

/** A database alone, as a connection string. */
export function connectionString(database: string): string {
  return `dbname='${database.replace(/[\\']/g, character => `\\${character}`)}'`;
}

/** Makes a database as the dumped one was. */
export function createDatabase(
  database: string,
  owner: string,
  { encoding, collate, ctype, provider, locale }: DatabaseLocale,
  major: number,
): string {
  const text = (value: string): string => `'${value.replaceAll("'", "''")}'`;
  const known = major >= 15 ? provider : undefined;
  const providers: Record<string, string> = {
    c: "LOCALE_PROVIDER libc",
    i: `LOCALE_PROVIDER icu ICU_LOCALE ${text(locale ?? "und")}`,
    b: `LOCALE_PROVIDER builtin BUILTIN_LOCALE ${text(locale ?? "C")}`,
  };
  return [
    `CREATE DATABASE ${sqlIdentifier(database)} OWNER ${sqlIdentifier(owner)} TEMPLATE template0`,
    `ENCODING ${text(encoding)} LC_COLLATE ${text(collate)} LC_CTYPE ${text(ctype)}`,
    ...(known === undefined ? [] : [providers[known] ?? ""]),
  ]
    .join(" ")
    .trim();
}
