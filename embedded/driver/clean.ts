import { existsSync, rmSync } from "node:fs";
import { basename } from "node:path";
import { clusterStatus } from "../cluster/index";
import { cacheDir, stateDir } from "../paths";
import { type Command, flags, main, PlainFailure } from "./command";
import { openDisplay } from "./display";
import { runLock, takeLock } from "./run-lock";
import { bytes, diskUsage } from "./size";

const usage = `Removes what is expensive to make and can be made again: compiled programs, modules, images.

  npm run clean            empties the cache
  npm run clean -- --all   also deletes this checkout's state: stack, volumes, logs

Exit codes: 0 done, 1 failed (for example while the cluster runs), 2 wrong usage.`;

// The cache's place can be set by an environment variable, so a mistake there must not empty somebody's home.
function requireOwnFolder(folder: string): void {
  const ours = ["bin", "go", "images", "debs", "containerd", "postgres", "promtool"].some(part =>
    existsSync(`${folder}/${part}`),
  );
  if (existsSync(folder) && !ours) {
    throw new PlainFailure(
      `${folder} does not look like this project's cache (${basename(folder)}), so it is left alone.`,
    );
  }
}

async function remove(folder: string, note: (line: string) => void): Promise<void> {
  const size = await diskUsage(folder);
  // Go marks modules read-only unless told otherwise, and a folder without write permission keeps its files.
  rmSync(folder, { recursive: true, force: true, maxRetries: 2 });
  note(size === 0 ? `${folder} was empty already.` : `Removed ${bytes(size)} in ${folder}.`);
}

const command: Command = {
  usage,
  async run(argv) {
    const { all = false } = flags(argv, { all: { type: "boolean" } });
    const display = openDisplay({ stream: process.stdout });
    const release = takeLock(runLock(), "npm run clean");
    try {
      const { state } = await clusterStatus();
      if (state !== "stopped") {
        throw new PlainFailure(
          `The embedded cluster is ${state} and uses the cache. Run \`npm stop\` first.`,
        );
      }
      requireOwnFolder(cacheDir());
      await display.step(`Empty ${cacheDir()}`, () => remove(cacheDir(), line => display.note(line)));
      if (all)
        await display.step(`Delete ${stateDir()}`, () => remove(stateDir(), line => display.note(line)));
    } finally {
      display.close();
      release();
    }
  },
};

if (require.main === module) void main(command);
