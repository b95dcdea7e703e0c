import { spawn } from "node:child_process";
import { closeSync, mkdirSync, openSync, readFileSync, rmSync, statSync, writeFileSync } from "node:fs";
import { dirname } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";

export interface RunOptions {
  cwd?: string;
  /** Added to this process's environment. */
  env?: Record<string, string>;
  /** Given to the command's standard input. */
  input?: string | Buffer;
  /** Milliseconds until the command is killed. Default: no bound. */
  timeoutMs?: number;
  /** Exit codes that are not an error. Default: `[0]`. */
  accept?: number[];
  /** Called with every line the command writes, for example to show progress. */
  onLine?: (line: string) => void;
}

export interface RunResult {
  code: number;
  stdout: string;
  stderr: string;
}

/** A command ended with an exit code nobody accepted; the message ends with what it wrote last. */
export class CommandError extends Error {
  constructor(
    readonly command: string,
    readonly result: RunResult,
    reason: string,
  ) {
    super(`${command} ${reason}${quoted(lastLines(result.stderr || result.stdout, 12))}`);
    this.name = "CommandError";
  }
}

/** Runs a command to its end and returns what it wrote. Throws `CommandError`. */
export async function run(
  command: string,
  args: readonly string[],
  options: RunOptions = {},
): Promise<RunResult> {
  const child = spawn(command, args, {
    cwd: options.cwd,
    env: { ...process.env, ...options.env },
    stdio: [options.input === undefined ? "ignore" : "pipe", "pipe", "pipe"],
  });
  const written = { stdout: "", stderr: "" };
  for (const stream of ["stdout", "stderr"] as const) {
    let rest = "";
    child[stream]?.setEncoding("utf8").on("data", (chunk: string) => {
      written[stream] += chunk;
      const lines = (rest + chunk).split("\n");
      rest = lines.pop() ?? "";
      if (options.onLine) lines.forEach(options.onLine);
    });
  }
  // A command that ends without reading its input must be judged by its exit code, not by the broken pipe.
  child.stdin?.on("error", () => undefined);
  child.stdin?.end(options.input);
  let timedOut = false;
  const timer =
    options.timeoutMs === undefined
      ? undefined
      : setTimeout(() => {
          timedOut = true;
          child.kill("SIGKILL");
        }, options.timeoutMs);
  const shown = [command, ...args].join(" ").slice(0, 300);
  const ended = await new Promise<{ code: number | null; signal: string | null }>((resolve, reject) => {
    child.on("error", (error: NodeJS.ErrnoException) =>
      reject(error.code === "ENOENT" ? new Error(`The command ${command} was not found on PATH.`) : error),
    );
    child.on("close", (code, signal) => resolve({ code, signal }));
  }).finally(() => clearTimeout(timer));
  const result = { code: ended.code ?? -1, ...written };
  if (timedOut) throw new CommandError(shown, result, `did not end within ${options.timeoutMs} ms`);
  if (ended.signal) throw new CommandError(shown, result, `was ended by ${ended.signal}`);
  if (!(options.accept ?? [0]).includes(result.code))
    throw new CommandError(shown, result, `failed with exit code ${result.code}`);
  return result;
}

/** Names one process for good: the id alone may be given to another process later. */
export interface ProcessRecord {
  pid: number;
  /** Clock ticks between boot and the start of the process. */
  startTime: string;
  bootId: string;
  /** Says what the process was started as; a different wish means a restart. */
  fingerprint: string;
}

export interface DaemonSpec {
  command: string;
  args: readonly string[];
  /** Added to this process's environment. */
  env?: Record<string, string>;
  cwd?: string;
  /** Everything the daemon writes is added to this file. */
  logFile: string;
  pidFile: string;
  fingerprint?: string;
}

/** Starts a process that outlives this one, with its output in a log file and its identity in a pid file. */
export async function spawnDaemon(spec: DaemonSpec): Promise<ProcessRecord> {
  for (const file of [spec.logFile, spec.pidFile]) mkdirSync(dirname(file), { recursive: true });
  const log = openSync(spec.logFile, sizeOf(spec.logFile) > maxLogBytes ? "w" : "a");
  try {
    const child = spawn(spec.command, spec.args, {
      cwd: spec.cwd ?? "/",
      env: { ...process.env, ...spec.env },
      detached: true,
      stdio: ["ignore", log, log],
    });
    await new Promise<void>((resolve, reject) => {
      child.once("spawn", resolve);
      child.once("error", error =>
        reject(new Error(`${spec.command} could not be started: ${error.message}`)),
      );
    });
    child.unref();
    const pid = child.pid ?? 0;
    const startTime = processStartTime(pid);
    if (startTime === undefined)
      throw new Error(
        `${spec.command} ended at once.${quoted(lastLines(readIfPresent(spec.logFile), 8))} See ${spec.logFile}.`,
      );
    const record = { pid, startTime, bootId: bootId(), fingerprint: spec.fingerprint ?? "" };
    writeFileSync(spec.pidFile, JSON.stringify(record) + "\n");
    return record;
  } finally {
    closeSync(log);
  }
}

const maxLogBytes = 20_000_000;

/** The record in a pid file, or `undefined` when there is none or it cannot be read as one. */
export function readRecord(pidFile: string): ProcessRecord | undefined {
  try {
    const record = JSON.parse(readIfPresent(pidFile)) as Partial<ProcessRecord>;
    const { pid, startTime, bootId: boot, fingerprint } = record;
    if (typeof pid !== "number" || typeof startTime !== "string" || typeof boot !== "string")
      return undefined;
    return { pid, startTime, bootId: boot, fingerprint: fingerprint ?? "" };
  } catch (error) {
    if (error instanceof SyntaxError) return undefined;
    throw error;
  }
}

/** Whether exactly the recorded process still runs (a zombie does not). */
export function isRunning(record: ProcessRecord | undefined): record is ProcessRecord {
  return (
    record !== undefined && record.bootId === bootId() && processStartTime(record.pid) === record.startTime
  );
}

/** This process, so that others can tell whether it still runs. */
export function ownRecord(): ProcessRecord {
  return {
    pid: process.pid,
    startTime: processStartTime(process.pid) ?? "",
    bootId: bootId(),
    fingerprint: "",
  };
}

/**
 * Ends the recorded process: TERM, and KILL when it still runs after `graceMs` (default 5000). Returns once it is gone
 * and its pid file removed; throws when it survives KILL for 10 seconds.
 */
export async function stopDaemon(pidFile: string, graceMs = 5000): Promise<void> {
  const record = readRecord(pidFile);
  if (isRunning(record)) {
    signal(record.pid, "SIGTERM");
    if (!(await goneWithin(record, graceMs))) {
      signal(record.pid, "SIGKILL");
      if (!(await goneWithin(record, 10_000)))
        throw new Error(`Process ${record.pid} (${pidFile}) does not end, even by SIGKILL.`);
    }
  }
  rmSync(pidFile, { force: true });
}

async function goneWithin(record: ProcessRecord, ms: number): Promise<boolean> {
  const end = Date.now() + ms;
  while (isRunning(record)) {
    if (Date.now() > end) return false;
    await sleep(30);
  }
  return true;
}

/** Sends a signal; a process that has already gone is fine. */
export function signal(pid: number, name: NodeJS.Signals): void {
  try {
    process.kill(pid, name);
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== "ESRCH") throw error;
  }
}

/** Start time of a process in clock ticks since boot; `undefined` when there is no such process or it is a zombie. */
export function processStartTime(pid: number): string | undefined {
  let stat: string;
  try {
    stat = readFileSync(`/proc/${pid}/stat`, "utf8");
  } catch {
    return undefined;
  }
  // The second field is the program's name in parentheses and may hold blanks itself.
  const fields = stat.slice(stat.lastIndexOf(")") + 2).split(" ");
  return fields[0] === "Z" || fields[0] === "X" ? undefined : fields[19];
}

function bootId(): string {
  return readIfPresent("/proc/sys/kernel/random/boot_id").trim();
}

export interface WaitOptions {
  /** What is awaited, as the subject of a sentence: "the API server". */
  what: string;
  timeoutMs: number;
  /** Milliseconds between two looks. Default 100. */
  everyMs?: number;
  /** Its last lines go into the error. */
  logFile?: string;
  /** Ends the wait early: returns why waiting is pointless (for example "its process has ended"). */
  hopeless?: () => string | undefined;
}

/**
 * Waits until `condition` returns something other than `undefined`, `null` or `false`, and returns that. A condition that
 * throws counts as not yet; its last error is told when time is up.
 */
export async function waitFor<T>(
  condition: () => Promise<T | undefined | null | false> | T | undefined | null | false,
  options: WaitOptions,
): Promise<T> {
  const end = Date.now() + options.timeoutMs;
  for (;;) {
    let last = "";
    try {
      const value = await condition();
      // What a command gave is text, and none yet is the empty one.
      if (value !== undefined && value !== null && value !== false && value !== "") return value;
    } catch (error) {
      last = error instanceof Error ? error.message : String(error);
    }
    const reason = options.hopeless?.();
    if (reason !== undefined || Date.now() > end) throw new Error(waitMessage(options, reason, last));
    await sleep(options.everyMs ?? 100);
  }
}

function waitMessage(options: WaitOptions, reason: string | undefined, last: string): string {
  const why = reason ?? `waited ${Math.round(options.timeoutMs / 1000)} s`;
  const cause = last ? ` Last answer: ${last}` : "";
  if (!options.logFile) return `${options.what} did not become ready: ${why}.${cause}`;
  const lines = quoted(lastLines(readIfPresent(options.logFile), 8));
  return `${options.what} did not become ready: ${why}.${cause}${lines}\nThe whole log is in ${options.logFile}.`;
}

/** The last `count` lines of a text that are not empty. */
export function lastLines(text: string, count: number): string[] {
  return text
    .split("\n")
    .filter(line => line.trim() !== "")
    .slice(-count);
}

function quoted(lines: string[]): string {
  return lines.length === 0 ? "" : "\n" + lines.map(line => `  | ${line.slice(0, 400)}`).join("\n");
}

function sizeOf(file: string): number {
  return statSync(file, { throwIfNoEntry: false })?.size ?? 0;
}

function readIfPresent(file: string): string {
  try {
    return readFileSync(file, "utf8");
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === "ENOENT") return "";
    throw error;
  }
}
