import { linkSync, mkdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { hostname, userInfo } from "node:os";
import { dirname } from "node:path";
import { stateDir } from "../paths";
import { PlainFailure } from "./command";
import { type EngineLock, judgeLock } from "./interrupted";
import { processFacts } from "./process-table";

interface RunLock extends EngineLock {
  readonly command: string;
}

/** The lock of everything that starts, stops or uses this checkout's cluster: start, stop, clean and the e2e tests. */
export function runLock(): string {
  return stateDir("run.lock");
}

/**
 * Takes a lock file for this process and gives back the function that releases it.
 * A lock whose owner has ended is taken over.
 *
 * @param path    the lock file
 * @param command what runs under the lock, for the message of the one who is refused
 * @throws {@link PlainFailure} when a live process holds it
 */
export function takeLock(path: string, command: string): () => void {
  mkdirSync(dirname(path), { recursive: true });
  const mine: RunLock = {
    pid: process.pid,
    username: userInfo().username,
    hostname: hostname(),
    timestamp: new Date().toISOString(),
    command,
  };
  const content = JSON.stringify(mine);
  for (let attempt = 0; attempt < 3; attempt += 1) {
    if (create(path, content)) return () => release(path, content);
    refuseIfAlive(path, command);
    rmSync(path, { force: true });
  }
  throw new PlainFailure(`Several runs fight over ${path}. Let one end, then start again.`);
}

// Linked into place, so that nobody ever reads a lock that is only half written.
function create(path: string, content: string): boolean {
  const draft = `${path}.${process.pid}`;
  writeFileSync(draft, content, { mode: 0o600 });
  try {
    linkSync(draft, path);
    return true;
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === "EEXIST") return false;
    throw error;
  } finally {
    rmSync(draft, { force: true });
  }
}

function refuseIfAlive(path: string, command: string): void {
  const lock = readLock(path);
  if (!lock) return;
  const verdict = judgeLock(lock, hostname(), processFacts);
  if (verdict.owner === "dead") return;
  throw new PlainFailure(
    `"${lock.command}" is at work already: ${verdict.reason}. ` +
      `Wait for it or end it, then run "${command}" again (lock file: ${path}).`,
  );
}

function readLock(path: string): RunLock | undefined {
  try {
    return JSON.parse(readFileSync(path, "utf8")) as RunLock;
  } catch {
    // Gone by now, or cut short by a crash while it was written: nobody's lock.
    return undefined;
  }
}

function release(path: string, content: string): void {
  try {
    if (readFileSync(path, "utf8") === content) rmSync(path, { force: true });
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== "ENOENT") throw error;
  }
}
