import { linkSync, mkdirSync, rmSync, writeFileSync } from "node:fs";
import { dirname } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { stateDir } from "../paths";
import { isRunning, ownRecord, readRecord } from "../process";

/** Held while the cluster of this checkout is started or stopped. */
export function lockFile(): string {
  return stateDir("cluster.lock");
}

/**
 * Runs `work` while no other process does: a second one waits up to `waitMs` and then fails, naming the owner. A lock
 * whose owner no longer runs is taken over.
 */
export async function withLock<T>(
  file: string,
  what: string,
  work: () => Promise<T>,
  waitMs = 1000,
): Promise<T> {
  const end = Date.now() + waitMs;
  while (!acquire(file)) {
    const owner = readRecord(file);
    if (owner !== undefined && isRunning(owner)) {
      if (Date.now() > end)
        throw new Error(
          `${what} is being changed by process ${owner.pid} (lock ${file}): wait for it or end it.`,
        );
    } else {
      takeOver(file);
      continue;
    }
    await sleep(200);
  }
  try {
    return await work();
  } finally {
    rmSync(file, { force: true });
  }
}

/** A link either appears whole or not at all, so nobody ever reads half a lock. */
function acquire(file: string): boolean {
  mkdirSync(dirname(file), { recursive: true });
  const own = `${file}.${process.pid}`;
  writeFileSync(own, JSON.stringify(ownRecord()) + "\n");
  try {
    linkSync(own, file);
    return true;
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === "EEXIST") return false;
    throw error;
  } finally {
    rmSync(own, { force: true });
  }
}

/** Removes a dead owner's lock, by way of a second lock, so that two who find it dead do not remove each other's. */
function takeOver(file: string): void {
  const gate = `${file}.takeover`;
  const gateOwner = readRecord(gate);
  if (gateOwner !== undefined && !isRunning(gateOwner)) rmSync(gate, { force: true });
  if (!acquire(gate)) return;
  try {
    const owner = readRecord(file);
    if (owner === undefined || !isRunning(owner)) rmSync(file, { force: true });
  } finally {
    rmSync(gate, { force: true });
  }
}

/** The process that holds the lock now, if one does. */
export function lockOwner(file: string): number | undefined {
  const owner = readRecord(file);
  return isRunning(owner) ? owner.pid : undefined;
}
