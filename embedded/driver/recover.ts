import { existsSync, readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { hostname } from "node:os";
import { join } from "node:path";
import { PlainFailure } from "./command";
import {
  applyDecisions,
  decide,
  type Decision,
  type EngineLock,
  type ExportedState,
  isInterrupted,
  judgeLock,
  judgeObject,
  markUnawaited,
  pendingCreates,
} from "./interrupted";
import type { Kubernetes } from "./kubernetes";
import { processFacts } from "./process-table";
import { lockDir, type OpenStack, type StackSettings } from "./stack";

type StackPlace = Pick<StackSettings, "folder" | "project" | "stack">;

export interface Recovery {
  /** Whether a killed run left something to repair. */
  readonly interrupted: boolean;
  readonly decisions: readonly Decision[];
}

/**
 * Brings the state of a killed update back to what is true: removes its lock, takes the objects that were created but
 * not recorded into the state, forgets those that were not created, and refreshes. The next update then continues.
 *
 * The engine's own `refresh --import-pending-creates` drops the pending creates without importing them, so the state is
 * edited between `stack export` and `stack import`, and the refresh that follows reads the adopted objects.
 *
 * @param say receives what is being done
 * @throws {@link PlainFailure} when a live engine is at work on the stack
 */
export async function recoverStack(
  place: StackPlace,
  opened: OpenStack,
  kubernetes: Kubernetes,
  say: (doing: string) => void,
): Promise<Recovery> {
  const unlocked = await releaseDeadLocks(place, opened, say);
  const file = join(place.folder, "state.json");
  try {
    const state = await exportState(opened, file);
    if (!isInterrupted(state)) return { interrupted: unlocked, decisions: [] };
    const decisions: Decision[] = [];
    for (const pending of pendingCreates(state)) {
      say(`looking for ${pending.operation.resource.urn.split("::").at(-1) ?? ""}`);
      const { object } = pending;
      decisions.push(
        decide(pending, object ? judgeObject(object, await kubernetes.labels(object)) : "absent"),
      );
    }
    await importState(opened, file, applyDecisions(state, decisions));
    say("refresh of the stack");
    await opened.stack.refresh();
    await awaitAdopted(opened, file, decisions);
    return { interrupted: true, decisions };
  } finally {
    rmSync(file, { force: true });
  }
}

async function awaitAdopted(opened: OpenStack, file: string, decisions: readonly Decision[]): Promise<void> {
  const adopted = new Set(decisions.filter(({ action }) => action === "adopt").map(({ urn }) => urn));
  if (adopted.size === 0) return;
  await importState(opened, file, markUnawaited(await exportState(opened, file), adopted));
}

async function releaseDeadLocks(
  place: StackPlace,
  opened: OpenStack,
  say: (doing: string) => void,
): Promise<boolean> {
  const locks = engineLocks(place);
  for (const lock of locks) {
    const verdict = judgeLock(lock, hostname(), processFacts);
    if (verdict.owner === "alive") {
      throw new PlainFailure(
        `An engine is at work on stack ${place.stack}: ${verdict.reason}. ` +
          "Wait for it or end it, then run this again; nothing was changed.",
      );
    }
    say(`pulumi cancel (the lock belongs to ${verdict.reason})`);
  }
  if (locks.length > 0) await opened.stack.cancel();
  return locks.length > 0;
}

function engineLocks(place: StackPlace): EngineLock[] {
  const folder = lockDir(place);
  if (!existsSync(folder)) return [];
  return readdirSync(folder)
    .filter(name => name.endsWith(".json"))
    .map(name => JSON.parse(readFileSync(join(folder, name), "utf8")) as EngineLock);
}

// Without --show-secrets: encrypted values pass through as they are, so the file holds no secret.
async function exportState({ cli }: OpenStack, file: string): Promise<ExportedState> {
  await cli("stack", "export", "--file", file);
  return JSON.parse(readFileSync(file, "utf8")) as ExportedState;
}

async function importState({ cli }: OpenStack, file: string, state: ExportedState): Promise<void> {
  writeFileSync(file, JSON.stringify(state), { mode: 0o600 });
  await cli("stack", "import", "--file", file);
}
