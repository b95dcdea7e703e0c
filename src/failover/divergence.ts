import { lsnText, readLsn } from "../backup/archive/wal-name";

/** What the log of a former primary tells of the WAL that only it had. */
export interface Divergence {
  /** Where its WAL and that of the new primary part. */
  at: string;
  /** End of its own WAL. */
  end: string;
  /** Bytes in between. */
  bytes: number;
}

/**
 * Bytes a checkpoint record takes: header, data header and data, aligned. Source: PostgreSQL's xlogrecord.h and pg_control.h, 14 to 18.
 */
const checkpointBytes = 120n;

const position = String.raw`([\dA-F]+/[\dA-F]+)`;

/**
 * Reads what pg_rewind says when a former primary comes back: it brings a server that was killed to its end first, so that the end of its WAL
 * is known to the byte.
 * @param log of the pod's PostgreSQL container, one JSON object a line, since the pod or its container began
 * @returns undefined when it has not been rewound yet, or the log does not tell
 */
export function readDivergence(log: string): Divergence | undefined {
  const messages = rewindMessages(log);
  const at = lastOf(messages, new RegExp(`servers diverged at WAL location ${position}`));
  if (at === undefined) return undefined;
  if (messages.some(text => text.includes("no rewind required"))) return { at, end: at, bytes: 0 };
  const end = endOfWal(messages);
  const [from, to] = [readLsn(at), readLsn(end ?? "")];
  if (from === undefined || to === undefined || end === undefined) return undefined;
  return to <= from ? { at, end: at, bytes: 0 } : { at, end, bytes: Number(to - from) };
}

function rewindMessages(log: string): string[] {
  const messages = log.split("\n").flatMap(line => {
    const { logger, msg, reason } = entryOf(line);
    const told = logger === "pg_rewind" || logger === "pg_controldata";
    // The second time the control file is shown it is after the rewind.
    return reason === "before pg_rewind" ? ["before pg_rewind"] : told && msg !== undefined ? [msg] : [];
  });
  // A container that was restarted rewinds again: what counts is the last time.
  return messages.slice(Math.max(messages.lastIndexOf("before pg_rewind"), 0));
}

interface Entry {
  logger?: string;
  msg?: string;
  reason?: string;
}

function entryOf(line: string): Entry {
  try {
    const entry = JSON.parse(line) as Entry | null;
    return entry ?? {};
  } catch {
    return {};
  }
}

/** The end of the WAL of a server that was killed, by its recovery; of one that was shut down, by its control file. */
function endOfWal(messages: readonly string[]): string | undefined {
  const done = messages.findIndex(text => /redo done at /.test(text));
  if (done >= 0) {
    // The complaint about what follows the last record stands before; where it differs, the last record's begin is all that is known.
    const complaint = new RegExp(` (?:at|LSN) ${position}(?::|,|$)`).exec(messages[done - 1] ?? "");
    return complaint?.[1] ?? new RegExp(`redo done at ${position}`).exec(messages[done] ?? "")?.[1];
  }
  const control = messages.find(text => text.includes("Latest checkpoint location:"));
  const state = /Database cluster state:\s+(.+)/.exec(control ?? "")?.[1]?.trim();
  const checkpoint = readLsn(
    new RegExp(`Latest checkpoint location:\\s+${position}`).exec(control ?? "")?.[1] ?? "",
  );
  if (state !== "shut down" || checkpoint === undefined) return undefined;
  return lsnText(checkpoint + checkpointBytes);
}

function lastOf(messages: readonly string[], pattern: RegExp): string | undefined {
  return messages.flatMap(text => pattern.exec(text)?.[1] ?? []).at(-1);
}
