import type { Readable, Writable } from "node:stream";
import { pipeline } from "node:stream/promises";
import { endProblems, labelProblems, type ObjectEnds } from "../backup/archive/base-backup-files";
import {
  type BarmanArchive,
  type BarmanObject,
  knownSegmentSize,
  storedFile,
  surveyOf,
} from "../backup/archive/barman-archive";
import { UnreadableWal, WalReader } from "../backup/archive/commit-records";
import type { ArchiveSurvey } from "../backup/archive/survey";
import { readWalName, WalFileKind } from "../backup/archive/wal-name";
import type { StoredFile } from "../backup/archive/wal-ranges";
import type { KeepTarget } from "../backup/known-backup";
import { ArchiveError, archiveError } from "./archive-error";
import { fromFrames, toFrames } from "./frames";
import { lastCommit } from "./last-commit";
import type { OperationContext } from "./operation";
import type { ProgramOptions, ProgramResult } from "./program";
import { storeAccess } from "./store-access";
import { describeError, systemClock } from "./waiting";

/** One object of a store, below its destination. */
export type ArchiveObject = StoredFile;

/** How an archive is looked at. */
export interface SurveyOptions {
  /** Whether the last segments are read for the newest commit. @default true */
  readCommits?: boolean;
}

/** A store of backups, through Barman's own library. Every error is one sentence that says what to do. */
export interface Archive {
  /** Name of the ObjectStore. */
  readonly store: string;
  /** What the archive of a server holds. */
  survey(server: string, options?: SurveyOptions): Promise<ArchiveSurvey>;
  /** Whether a server has neither WAL nor base backups there. */
  isEmpty(server: string): Promise<boolean>;
  /**
   * What is wrong with a base backup, as far as can be known without reading it whole: objects that are missing or cut off, a label that
   * does not fit, WAL from its begin to its end. Empty when nothing is.
   */
  check(server: string, backupId: string): Promise<string[]>;
  /** Marks a base backup; Barman never deletes it then. */
  keep(server: string, backupId: string, target: KeepTarget): Promise<void>;
  /** Removes the mark. */
  release(server: string, backupId: string): Promise<void>;
  /**
   * Reads WAL files, decompressed, in the order of the names.
   * @param use receives the content piece by piece
   * @returns the names that the archive does not have
   */
  readWal(
    server: string,
    names: readonly string[],
    use: (name: string, bytes: Buffer) => void,
  ): Promise<string[]>;
  /** The objects whose keys begin with a prefix. */
  list(prefix: string): Promise<ArchiveObject[]>;
  /** Stores an object, replacing one of the same key. What breaks off is not stored at all. */
  put(key: string, from: Readable): Promise<void>;
  /** Copies an object; `to` is not ended. */
  get(key: string, to: Writable): Promise<void>;
  /** Removes objects, but never WAL or base backups: those are Barman's. */
  remove(keys: string[]): Promise<void>;
}

/** What a store is opened with. */
export type ArchiveContext = Pick<OperationContext, "api" | "program"> &
  Partial<Pick<OperationContext, "clock">>;

/** Where the image has it. */
const script = "/app/archive.py";

/** Barman's programs want the name of a server also where none matters. */
const noServer = "-";

/**
 * Opens a store: reads its ObjectStore and the Secrets that it names. Credentials go to Barman's library by environment only.
 * @throws Error naming the object or key that is missing
 */
export async function openArchive(
  { api, program, clock = systemClock }: ArchiveContext,
  namespace: string,
  store: string,
): Promise<Archive> {
  const { args, env } = await storeAccess(api, namespace, store);
  const run = async (
    command: readonly string[],
    server: string,
    options: ProgramOptions = {},
  ): Promise<ProgramResult> => {
    const result = await program("python3", ["-B", script, ...command, ...args, server], { ...options, env });
    if (result.exitCode === 0) return result;
    throw archiveError(result, store, env);
  };
  const answer = async <T>(command: readonly string[], server: string): Promise<T> =>
    JSON.parse((await run(command, server)).stdout) as T;
  const listed = (server: string): Promise<BarmanArchive> => answer(["survey"], server);

  const readWal: Archive["readWal"] = async (server, names, use) => {
    const missing: string[] = [];
    let current: string | undefined;
    const output = fromFrames(content => {
      if (content.length === 0) current = undefined;
      else if (current !== undefined) use(current, content);
      else {
        const { name, found } = JSON.parse(content.toString("utf8")) as { name: string; found: boolean };
        current = name;
        if (!found) missing.push(name);
      }
    });
    if (names.length > 0) await run(["wal"], server, { input: `${names.join("\n")}\n`, output });
    return missing;
  };

  return {
    store,
    readWal,
    async survey(server, { readCommits = true } = {}) {
      const found = await listed(server);
      const size = knownSegmentSize(found) ?? (await readSegmentSize(found, server, readWal));
      const survey = surveyOf(found, { store, server, asOf: clock.now().toISOString() }, size);
      return readCommits ? { ...survey, ...(await newestCommit(survey, readWal)) } : survey;
    },
    async isEmpty(server) {
      return (await answer<{ empty: boolean }>(["empty"], server)).empty;
    },
    async check(server, backupId) {
      const found = await listed(server);
      const backup = found.backups.find(({ id }) => id === backupId);
      if (backup === undefined) return [`Store ${store} holds no base backup ${backupId} of ${server}.`];
      const size = knownSegmentSize(found) ?? (await readSegmentSize(found, server, readWal));
      const survey = surveyOf(found, { store, server, asOf: clock.now().toISOString() }, size);
      const known = survey.baseBackups.find(({ id }) => id === backupId)?.problems ?? [];
      if (backup.info === undefined || known.length > 0) return known;
      const ends = (await answer<EncodedEnds[]>(["ends", backupId], server)).map(decodeEnds);
      return [...endProblems(ends), ...labelProblems(backup.info, ends)];
    },
    async keep(server, backupId, target) {
      await run([`keep:${target}`, backupId], server);
    },
    async release(server, backupId) {
      await run(["release", backupId], server);
    },
    async list(prefix) {
      return (await answer<BarmanObject[]>(["list", prefix], noServer)).map(storedFile);
    },
    async put(key, from) {
      const framed = toFrames();
      const [read, stored] = await Promise.allSettled([
        pipeline(from, framed),
        // A program that failed reads no more, and the source would wait for that for ever.
        run(["put", key], noServer, { input: framed }).finally(() => framed.destroy()),
      ]);
      if (read.status === "rejected" && (stored.status === "fulfilled" || !isCutOff(read.reason)))
        throw read.reason;
      if (stored.status === "rejected") throw stored.reason;
    },
    async get(key, to) {
      await run(["get", key], noServer, { output: to });
    },
    async remove(keys) {
      if (keys.length > 0) await run(["remove"], noServer, { input: `${keys.join("\n")}\n` });
    },
  };
}

function isCutOff(error: unknown): boolean {
  return (error as NodeJS.ErrnoException).code === "ERR_STREAM_PREMATURE_CLOSE";
}

/** A last segment that cannot be read says nothing about the others: the survey notes it. */
async function newestCommit(
  survey: ArchiveSurvey,
  readWal: Archive["readWal"],
): Promise<Pick<ArchiveSurvey, "lastCommit" | "note">> {
  try {
    const commit = await lastCommit(survey, readWal);
    return commit === undefined ? {} : { lastCommit: commit };
  } catch (error) {
    const known =
      error instanceof UnreadableWal || (error instanceof ArchiveError && error.kind === "damaged");
    if (!known) throw error;
    return { note: `The last segments could not be read for the newest commit: ${describeError(error)}` };
  }
}

/** The first page of any segment tells how long segments are. */
async function readSegmentSize(
  found: BarmanArchive,
  server: string,
  readWal: Archive["readWal"],
): Promise<number | undefined> {
  const name = found.wal
    .map(({ key }) => readWalName(key))
    .filter(file => file?.kind === WalFileKind.Segment)
    .at(-1)?.name;
  if (name === undefined) return undefined;
  const reader = new WalReader({});
  try {
    await readWal(server, [name], (_name, bytes) => reader.push(bytes));
  } catch (error) {
    // Then it is taken for the usual one.
    if (!(error instanceof UnreadableWal)) throw error;
  }
  return reader.segmentSize;
}

/** What `archive.py ends` prints: bytes in Base64. */
interface EncodedEnds extends BarmanObject {
  head: string;
  tail: string;
}

function decodeEnds({ head, tail, ...object }: EncodedEnds): ObjectEnds {
  return { ...storedFile(object), head: Buffer.from(head, "base64"), tail: Buffer.from(tail, "base64") };
}
