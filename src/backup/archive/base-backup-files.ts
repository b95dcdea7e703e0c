import { readLsn } from "./wal-name";
import type { StoredFile } from "./wal-ranges";

/** The fields of Barman's `backup.info` that are read. */
export interface BackupInfo {
  status?: string;
  begin_wal?: string | null;
  end_wal?: string | null;
  begin_xlog?: string | null;
  end_xlog?: string | null;
  timeline?: number | null;
  systemid?: string | number | null;
  version?: number | null;
  cluster_size?: number | null;
  xlog_segment_size?: number | null;
  compression?: string | null;
  backup_name?: string | null;
  backup_label?: string | null;
  /** Name, oid and place of each. */
  tablespaces?: [name: string, oid: number, location: string][] | null;
  snapshots_info?: unknown;
}

const object = /\/(?<tar>data|\d+)(?:_(?<part>\d{4}))?\.tar(?<suffix>\.\w+)?$/;

const compressions: Readonly<Record<string, string>> = {
  ".gz": "gzip",
  ".bz2": "bzip2",
  ".snappy": "snappy",
  ".lz4": "lz4",
  ".zst": "zstd",
};

/** How the objects of a base backup are compressed, by their names; undefined when they are not. */
export function compressionOf(files: readonly Pick<StoredFile, "key">[]): string | undefined {
  const suffix = files.map(({ key }) => object.exec(key)?.groups?.suffix).find(found => found !== undefined);
  return suffix === undefined ? undefined : compressions[suffix];
}

/** What a listing tells to be wrong with the objects of a completed base backup. */
export function objectProblems(info: BackupInfo, files: readonly StoredFile[]): string[] {
  // Snapshots of volumes are no objects of the store.
  if (info.snapshots_info) return [];
  const wanted = new Map([["data", "data"]]);
  for (const [name, oid] of info.tablespaces ?? []) wanted.set(String(oid), `tablespace ${name}`);
  return [...wanted].flatMap(([tar, what]) => tarProblems(tar, what, files));
}

function tarProblems(tar: string, what: string, files: readonly StoredFile[]): string[] {
  const parts = files.filter(({ key }) => object.exec(key)?.groups?.tar === tar);
  if (parts.length === 0) return [`The object ${tar}.tar with its ${what} is missing.`];
  const numbers = parts.map(({ key }) => Number(object.exec(key)?.groups?.part ?? 0)).sort((a, b) => a - b);
  const absent = numbers.findIndex((number, index) => number !== index);
  return [
    ...(absent < 0 ? [] : [`Part ${absent} of the object ${tar}.tar is missing.`]),
    ...parts.flatMap(sizeProblems),
  ];
}

/** A tar is made of blocks and filled up to whole records; a file that was cut off seldom ends with one. */
const tarBlock = 512;
const tarRecord = 20 * tarBlock;

function sizeProblems({ key, bytes }: StoredFile): string[] {
  if (bytes === 0) return [`The object ${nameOf(key)} is empty.`];
  if (key.endsWith(".tar") && bytes % tarRecord !== 0)
    return [`The object ${nameOf(key)} is cut off: ${bytes} bytes are no whole number of tar records.`];
  return [];
}

function nameOf(key: string): string {
  return key.slice(key.lastIndexOf("/") + 1);
}

/** First and last bytes of an object. */
export interface ObjectEnds extends StoredFile {
  head: Buffer;
  tail: Buffer;
}

/**
 * What the ends of the objects tell to be wrong: another format than the name says, or an end that is none. What is in the middle is only
 * known to who reads it all, which a restore drill does.
 */
export function endProblems(objects: readonly ObjectEnds[]): string[] {
  return objects.flatMap(ends => {
    const suffix = object.exec(ends.key)?.groups?.suffix ?? "";
    const framing = framings[suffix];
    if (ends.bytes === 0 || framing === undefined) return [];
    const name = nameOf(ends.key);
    if (!framing.begins(ends.head)) return [`The object ${name} does not begin as ${framing.what} does.`];
    if (!framing.ends(ends.tail))
      return [`The object ${name} does not end as ${framing.what} does: it is cut off.`];
    return [];
  });
}

interface Framing {
  what: string;
  begins: (head: Buffer) => boolean;
  ends: (tail: Buffer) => boolean;
}

const startsWith =
  (...magic: number[]) =>
  (head: Buffer): boolean =>
    head.subarray(0, magic.length).equals(Buffer.from(magic));

const unknown = (): boolean => true;

const framings: Readonly<Record<string, Framing>> = {
  "": {
    what: "a tar",
    begins: head => head.subarray(257, 262).toString("latin1") === "ustar",
    // Two empty blocks, then padding.
    ends: tail => tail.length >= 2 * tarBlock && tail.subarray(-2 * tarBlock).every(byte => byte === 0),
  },
  ".gz": {
    what: "gzip",
    begins: startsWith(0x1f, 0x8b),
    // The last four bytes are the size of the tar inside, modulo 2^32, of which 2048 is what divides that and a record.
    ends: tail => tail.length >= 8 && tail.readUInt32LE(tail.length - 4) % 2048 === 0,
  },
  ".bz2": { what: "bzip2", begins: startsWith(0x42, 0x5a, 0x68), ends: unknown },
  ".snappy": { what: "snappy", begins: startsWith(0xff, 0x06, 0x00, 0x00), ends: unknown },
  ".lz4": {
    what: "lz4",
    begins: startsWith(0x04, 0x22, 0x4d, 0x18),
    // A mark of four zeros; Barman writes no checksum after it.
    ends: tail => tail.length >= 4 && tail.readUInt32LE(tail.length - 4) === 0,
  },
  ".zst": { what: "zstd", begins: startsWith(0x28, 0xb5, 0x2f, 0xfd), ends: unknown },
};

/** What is wrong with the label of a base backup, without which recovery would begin at the wrong place. */
export function labelProblems(info: BackupInfo, objects: readonly ObjectEnds[]): string[] {
  if (info.snapshots_info) return [];
  // The one in the tar is what recovery reads; Barman repeats it in backup.info, as Python would write it.
  const label = labelInTar(objects) ?? info.backup_label ?? undefined;
  if (label === undefined) return [];
  const [, lsn = "", wal] = /START WAL LOCATION: (\S+) \(file ([\dA-F]{24})\)/.exec(label) ?? [];
  if (wal === undefined) return ["Its backup_label does not say where WAL begins."];
  const begin = info.begin_xlog ?? undefined;
  const same = begin === undefined || readLsn(begin) === readLsn(lsn);
  if (same && (info.begin_wal ?? wal) === wal) return [];
  return [`Its backup_label begins at ${lsn} in ${wal}, but backup.info at ${begin} in ${info.begin_wal}.`];
}

/** The label is the last member of the last part of the data, and legible where that is not compressed. */
function labelInTar(objects: readonly ObjectEnds[]): string | undefined {
  const data = objects
    .filter(({ key }) => /\/data(_\d{4})?\.tar$/.test(key))
    .sort((one, other) => (one.key < other.key ? -1 : 1));
  // `data.tar` sorts before `data_0001.tar`.
  const tail = data.at(-1)?.tail;
  if (tail === undefined) return undefined;
  for (let at = tail.length % tarBlock; at + tarBlock <= tail.length; at += tarBlock) {
    if (tail.subarray(at, at + 13).toString("latin1") !== "backup_label\0") continue;
    const size = parseInt(tail.subarray(at + 124, at + 136).toString("latin1"), 8);
    return tail.subarray(at + tarBlock, at + tarBlock + size).toString("utf8");
  }
  return "";
}
