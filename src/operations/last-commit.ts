import { WalReader } from "../backup/archive/commit-records";
import { segmentsUpTo } from "../backup/archive/continuity";
import type { ArchivedCommit, ArchiveSurvey } from "../backup/archive/survey";
import type { Archive } from "./archive";

/** Segments that are read, the newest first: most often the last one holds a commit. */
const groups = [1, 2, 5];

/** Bytes kept of the beginning of a segment, for the end of a record that began in the one before. */
const headBytes = 64 * 1024;

/**
 * The newest transaction of an archive, out of its last segments.
 * @returns undefined when the last eight segments hold none
 */
export async function lastCommit(
  survey: ArchiveSurvey,
  readWal: Archive["readWal"],
): Promise<ArchivedCommit | undefined> {
  const newest = survey.wal.at(-1)?.last;
  if (newest === undefined) return undefined;
  const names = segmentsUpTo(
    survey,
    newest,
    groups.reduce((sum, size) => sum + size, 0),
  );
  let head: Buffer = Buffer.alloc(0);
  for (const size of groups) {
    const group = names.splice(-size);
    const read = await readGroup(group, head, (wanted, use) => readWal(survey.server, wanted, use));
    if (read.commit !== undefined) return read.commit;
    head = read.head;
  }
  return undefined;
}

type ReadGroup = (names: readonly string[], use: (name: string, bytes: Buffer) => void) => Promise<unknown>;

async function readGroup(
  names: readonly string[],
  after: Buffer,
  read: ReadGroup,
): Promise<{ commit?: ArchivedCommit; head: Buffer }> {
  let commit: ArchivedCommit | undefined;
  let head: Buffer = Buffer.alloc(0);
  const reader = new WalReader({ commit: found => (commit = found) });
  await read(names, (name, bytes) => {
    if (name === names[0] && head.length < headBytes)
      head = Buffer.concat([head, bytes.subarray(0, headBytes - head.length)]);
    reader.push(bytes);
  });
  if (reader.pending) reader.push(after);
  return { ...(commit === undefined ? {} : { commit }), head };
}
