import { createReadStream, createWriteStream } from "node:fs";
import { mkdir, readdir, rename, rm, rmdir, stat } from "node:fs/promises";
import { dirname, join, posix } from "node:path";
import { Readable, Writable } from "node:stream";
import { pipeline } from "node:stream/promises";
import type { Archive, ArchiveObject } from "./archive";

/** Where dumps are: a store, or a volume. Keys are as in a store. */
export interface DumpPlace {
  /** Names it in sentences. */
  readonly name: string;
  /** The objects whose keys begin with a prefix that ends in a slash. */
  list(prefix: string): Promise<ArchiveObject[]>;
  /** Stores an object. What breaks off is not stored at all. */
  put(key: string, from: Readable): Promise<void>;
  /** Copies an object; `to` is not ended. */
  get(key: string, to: Writable): Promise<void>;
  remove(keys: string[]): Promise<void>;
}

/** Dumps in a store. */
export function archivePlace(archive: Pick<Archive, "store" | "list" | "put" | "get" | "remove">): DumpPlace {
  return {
    name: `store ${archive.store}`,
    list: prefix => archive.list(prefix),
    put: (key, from) => archive.put(key, from),
    get: (key, to) => archive.get(key, to),
    remove: keys => archive.remove(keys),
  };
}

/** What a file is called until it is whole. */
const unfinished = ".part";

/** Dumps on a volume, in a folder. */
export function directoryPlace(folder: string): DumpPlace {
  const path = (key: string): string => join(folder, ...key.split("/"));
  return {
    name: `volume ${folder}`,
    async list(prefix) {
      const top = path(prefix);
      const entries = await readdir(top, { recursive: true, withFileTypes: true }).catch(ignoreMissing);
      const files = (entries ?? []).filter(entry => entry.isFile());
      return Promise.all(
        files.map(async entry => {
          const file = join(entry.parentPath, entry.name);
          const { size, mtime } = await stat(file);
          const key = posix.join(prefix, file.slice(top.length).split("\\").join("/"));
          return { key, bytes: size, stored: mtime.toISOString() };
        }),
      );
    },
    async put(key, from) {
      const file = path(key);
      await mkdir(dirname(file), { recursive: true });
      try {
        await pipeline(from, createWriteStream(`${file}${unfinished}`, { flush: true }));
        await rename(`${file}${unfinished}`, file);
      } catch (error) {
        await rm(`${file}${unfinished}`, { force: true });
        throw error;
      }
    },
    get: (key, to) => pipeline(createReadStream(path(key)), to, { end: false }),
    async remove(keys) {
      for (const key of keys) {
        const file = path(key);
        await rm(file, { force: true });
        // The folder of a dump goes with its last file.
        await rmdir(dirname(file)).catch(() => undefined);
      }
    },
  };
}

function ignoreMissing(error: NodeJS.ErrnoException): undefined {
  if (error.code === "ENOENT") return undefined;
  throw error;
}

/** Stores a text. */
export function putText(place: DumpPlace, key: string, text: string): Promise<void> {
  return place.put(key, Readable.from([Buffer.from(text, "utf8")]));
}

/** Reads an object that is a text. */
export async function getText(place: DumpPlace, key: string): Promise<string> {
  const chunks: Buffer[] = [];
  const to = new Writable({
    write(chunk: Buffer, _encoding, done) {
      chunks.push(chunk);
      done();
    },
  });
  await place.get(key, to);
  return Buffer.concat(chunks).toString("utf8");
}
