import { isRecord, textAt } from "../record";
import { DumpFormat } from "./args";

/** What is kept of a dump beside its data. Plain JSON: times are RFC 3339 texts. */
export interface DumpRecord {
  /** For example `20261120T020003`. */
  id: string;
  instance: string;
  database: string;
  /** What it was called when it was taken. */
  label?: string;
  begin: string;
  end: string;
  /** Version of the server, for example `18.1`. */
  serverVersion: string;
  format: DumpFormat;
  schemaOnly: boolean;
  /** Bytes of the file with the data. */
  bytes: number;
  /** SHA-256 of that file, hexadecimal. */
  sha256: string;
  /** Bytes of the database on disk when the dump began. */
  databaseBytes: number;
  /** Whether the roles of the server are beside it. */
  roles: boolean;
  /** What a database needs to be made as this one was. */
  locale: DatabaseLocale;
  /** Extensions it had, with the schema of each. */
  extensions: DumpExtension[];
}

/** Encoding and collation of a database. */
export interface DatabaseLocale {
  encoding: string;
  collate: string;
  ctype: string;
  /** `c` libc, `i` ICU, `b` builtin; absent before PostgreSQL 15. */
  provider?: string;
  /** Locale of ICU or builtin. */
  locale?: string;
}

/** An extension of a database. */
export interface DumpExtension {
  name: string;
  schema: string;
}

/** A record that is none. */
export class UnusableDump extends Error {
  override readonly name = "UnusableDump";
}

/**
 * Reads a record.
 * @param where names the dump in an error
 * @throws UnusableDump
 */
export function readDumpRecord(text: string, where: string): DumpRecord {
  const record = parsed(text);
  const format = Object.values(DumpFormat).find(known => known === textAt(record, "format"));
  const needed = ["id", "instance", "database", "begin", "end", "serverVersion", "sha256"];
  const missing = needed.find(name => textAt(record, name) === undefined);
  if (!isRecord(record) || format === undefined || missing !== undefined || !isRecord(record.locale))
    throw new UnusableDump(`The record of ${where} is no record of a dump.`);
  return record as unknown as DumpRecord;
}

function parsed(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}
