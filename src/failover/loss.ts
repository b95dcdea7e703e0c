import { lsnText, readLsn } from "../backup/archive/wal-name";

/** What a former primary shows when it joins the new one. */
export interface Divergence {
  /** Position at which the new primary began its timeline. Absent where the former one had nothing beyond it. */
  promotionLsn?: string;
  /** WAL that the former primary had written beyond it, bytes. Absent where the end of its WAL is not told. */
  dataLossBytes?: number;
}

const diverged = /servers diverged at WAL location ([\dA-F]+\/[\dA-F]+) on timeline \d+/;
const unneeded = /no rewind required/;
const verdict = new RegExp(`${diverged.source}|${unneeded.source}`);
const position = /(?:\bat|\bLSN) ([\dA-F]+\/[\dA-F]+)/g;
const checkpoint = /^Latest checkpoint location:\s+([\dA-F]+\/[\dA-F]+)/m;

/**
 * Reads from the log of a former primary what it had written and the new one never received. CloudNativePG runs `pg_rewind` in it, which
 * first recovers it to the end of its WAL and then tells where the two servers part.
 * @param log JSON lines of container `postgres`; may begin in the middle
 * @returns undefined when it tells nothing of the kind
 */
export function readDivergence(log: string): Divergence | undefined {
  const lines = log.split("\n").map(readLine);
  const at = lines.findLastIndex(({ logger, msg }) => logger === "pg_rewind" && verdict.test(msg));
  if (at >= 0 && unneeded.test(lines[at]?.msg ?? "")) return { dataLossBytes: 0 };
  const promotionLsn = diverged.exec(lines[at]?.msg ?? "")?.[1];
  const divergence = readLsn(promotionLsn ?? "");
  if (promotionLsn === undefined || divergence === undefined) return undefined;
  const end = endOfWal(lines.slice(0, at));
  return {
    promotionLsn: lsnText(divergence),
    ...(end === undefined ? {} : { dataLossBytes: Number(end > divergence ? end - divergence : 0n) }),
  };
}

interface LogLine {
  logger: string;
  msg: string;
}

/**
 * Recovery tells the last record and, in various words, where the next one should have been: the furthest of them. Who had been shut down
 * in order needs no recovery, and its last record is a checkpoint.
 */
function endOfWal(before: readonly LogLine[]): bigint | undefined {
  // It is tried again when it fails.
  const begin = before.findLastIndex(({ msg }) => msg === "Starting up pg_rewind");
  const recovered = before.slice(begin + 1).flatMap(({ logger, msg }) => {
    if (logger !== "pg_rewind" || !/ LOG: /.test(msg)) return [];
    return [...msg.matchAll(position)].map(match => readLsn(match[1] ?? "") ?? 0n);
  });
  if (recovered.length > 0) return recovered.reduce((most, next) => (next > most ? next : most));
  const controlled = before.findLast(
    ({ logger, msg }) => logger === "pg_controldata" && checkpoint.test(msg),
  );
  return readLsn(checkpoint.exec(controlled?.msg ?? "")?.[1] ?? "");
}

function readLine(line: string): LogLine {
  try {
    const { logger, msg } = (JSON.parse(line) ?? {}) as { logger?: unknown; msg?: unknown };
    return { logger: typeof logger === "string" ? logger : "", msg: typeof msg === "string" ? msg : "" };
  } catch {
    return { logger: "", msg: "" };
  }
}
