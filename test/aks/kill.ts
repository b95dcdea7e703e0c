import { spawn } from "node:child_process";
import { join } from "node:path";
import { createInterface } from "node:readline";
import type { VerifyOptions } from "./options";

/** Whether the update is to be killed at this resource: the Cluster, whose creation takes longest of all that is in Kubernetes. */
export function isKillPoint(urn: string): boolean {
  return urn.includes("kubernetes:postgresql.cnpg.io/v1:Cluster::");
}

/**
 * Begins an update and kills program and engine, without a chance to tidy up, when the Cluster is being made.
 * @returns name of the resource that was being made
 */
export async function killUpdate({ location, account, ranges }: VerifyOptions): Promise<string> {
  const options = JSON.stringify({ location, account, ranges });
  const child = spawn(process.execPath, [join(__dirname, "update.js"), options], {
    // A group of its own, so that the engine and its plugins go with it.
    detached: true,
    stdio: ["ignore", "pipe", "inherit"],
  });
  return new Promise((resolve, reject) => {
    let killedAt: string | undefined;
    createInterface({ input: child.stdout }).on("line", urn => {
      if (killedAt !== undefined || !isKillPoint(urn) || child.pid === undefined) return;
      killedAt = urn.split("::").at(-1) ?? urn;
      process.kill(-child.pid, "SIGKILL");
    });
    child.on("error", reject);
    child.on("close", code => {
      if (killedAt !== undefined) resolve(killedAt);
      else reject(new Error(`The update ended with ${code ?? "a signal"} before a Cluster was begun.`));
    });
  });
}
