import { chmod, mkdir, readFile, writeFile } from "node:fs/promises";
import { join } from "node:path";

import { stateDir } from "../paths";
import type { Progress } from "../progress";

/** The plugins that have a stand-in. */
export const standIns = ["kubernetes", "postgresql", "random"] as const;

export type StandIn = (typeof standIns)[number];

export function isStandIn(name: string): name is StandIn {
  return (standIns as readonly string[]).includes(name);
}

/**
 * Makes a folder with an executable `pulumi-resource-<name>` for each name, to be put on PATH. They run the compiled
 * plugins of this checkout with the Node that runs us. Throws for a name that has no stand-in.
 */
export async function providerDirectory(_progress: Progress, names: readonly string[]): Promise<string> {
  const missing = names.filter(name => !isStandIn(name));
  if (missing.length > 0) {
    throw new Error(
      `No stand-in for the resource plugin ${missing.join(", ")}: install it with \`pulumi plugin install resource <name>\`. There are stand-ins for ${standIns.join(", ")}.`,
    );
  }
  const directory = stateDir("providers");
  await mkdir(directory, { recursive: true });
  for (const name of names) await writeLauncher(directory, name);
  return directory;
}

/** The engine prefers PATH, and a folder on PATH may hold another program called `node`: both are named in full. */
async function writeLauncher(directory: string, name: string): Promise<void> {
  const launcher = join(directory, `pulumi-resource-${name}`);
  const program = join(__dirname, name, "main.js");
  const script = `#!/bin/sh\nexec '${quote(process.execPath)}' '${quote(program)}' "$@"\n`;
  const present = await readFile(launcher, "utf8").catch(() => undefined);
  if (present !== script) await writeFile(launcher, script);
  await chmod(launcher, 0o755);
}

const quote = (path: string): string => path.replaceAll("'", `'\\''`);
