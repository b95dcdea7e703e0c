import type { DrillPhases } from "../backup/drill/report";

/** How far the Job of a recovery has come. Times are milliseconds since 1970. */
export interface RecoveryProgress {
  /** The plugin was asked for the base backup. */
  begun?: number;
  /** The base backup is there. */
  restored?: number;
  /** The server began to replay. */
  replaying?: number;
  /** Replay ended. */
  replayed?: number;
  /** Name of the last file that was restored from the archive. */
  lastWal?: string;
  /** The last complaint that ends a recovery. */
  failure?: string;
}

interface LogLine {
  level?: string;
  ts?: string;
  msg?: string;
  error?: string;
  record?: { error_severity?: string; message?: string; detail?: string; hint?: string };
}

/** Messages of CloudNativePG's instance manager and of PostgreSQL that tell how far it is. */
const marks: [keyof RecoveryProgress & ("begun" | "restored" | "replaying" | "replayed"), RegExp][] = [
  ["begun", /^Restore through plugin detected/],
  ["restored", /^(Creating new data directory|Generated recovery configuration)/],
  ["replaying", /^redo starts at /],
  ["replayed", /^redo done at /],
];

/**
 * What another look at the log adds. The log may be the end of the whole, and overlap with the last look.
 * @param log JSON lines of container `full-recovery`
 */
export function readProgress(before: RecoveryProgress, log: string): RecoveryProgress {
  const progress = { ...before };
  for (const line of log.split("\n")) {
    const entry = readLine(line);
    const text = entry.record?.message ?? entry.msg ?? "";
    const mark = marks.find(([, form]) => form.test(text));
    if (mark !== undefined) progress[mark[0]] ??= Date.parse(entry.ts ?? "");
    progress.lastWal = /^restored log file "([0-9A-F]{24})"/.exec(text)?.[1] ?? progress.lastWal;
    progress.failure = complaint(entry) ?? progress.failure;
  }
  return progress;
}

/** What a line says that ends a recovery: a fatal error of the server, or an error of the instance manager. */
function complaint({ level, msg = "", error, record }: LogLine): string | undefined {
  if (record !== undefined) {
    const { error_severity: severity = "", message = "", detail } = record;
    if (severity !== "FATAL" && severity !== "PANIC") return undefined;
    // Said to every client that comes too early.
    if (/^the database system is (starting up|not yet accepting|shutting down)/.test(message))
      return undefined;
    return `${severity}: ${message}${detail === undefined || detail === "" ? "" : ` (${detail})`}`;
  }
  if (level !== "error") return undefined;
  return error === undefined || error === "" ? msg : `${msg}: ${error}`;
}

function readLine(line: string): LogLine {
  try {
    return (JSON.parse(line) as LogLine | null) ?? {};
  } catch {
    return {};
  }
}

/** How far it is, as what is waited for. */
export function describeProgress({ begun, restored, replayed, lastWal }: RecoveryProgress): string {
  if (begun === undefined) return "the throw-away instance gets its volume and its node";
  if (restored === undefined) return "the base backup is downloaded";
  if (replayed !== undefined) return "WAL is replayed, and the instance starts";
  return lastWal === undefined ? "WAL is replayed" : `WAL is replayed, up to ${lastWal}`;
}

/**
 * Seconds of each part.
 * @param asked when the instance was asked for
 * @param ready when it accepted connections
 */
export function phasesOf(progress: RecoveryProgress, asked: number, ready: number): DrillPhases {
  const { begun, restored, replayed } = progress;
  const seconds = (from?: number, to?: number): number | undefined =>
    from === undefined || to === undefined ? undefined : Math.max(0, Math.round((to - from) / 100) / 10);
  const phases: DrillPhases = {
    preparation: seconds(asked, begun),
    baseBackup: seconds(begun, restored),
    replay: seconds(restored, replayed),
    promotion: seconds(replayed, ready),
  };
  return Object.fromEntries(Object.entries(phases).filter(([, value]) => value !== undefined)) as DrillPhases;
}
