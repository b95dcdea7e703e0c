import { existsSync, rmSync } from "node:fs";
import { clusterStatus, stopCluster } from "../cluster/index";
import { stateDir } from "../paths";
import { type Command, flags, interruptible, main } from "./command";
import { openDisplay } from "./display";
import { runLock, takeLock } from "./run-lock";

const usage = `Stops the embedded cluster and leaves no process, mount, interface or firewall rule behind.

  npm stop                   volumes, backups and state are kept: \`npm start\` goes on with the same data
  npm stop -- --delete-data  also deletes the cluster's volumes, its objects, backups and the stack's state
  npm stop -- --json         the result as JSON on stdout, progress on stderr

A cluster that was named with --context is never touched.
Exit codes: 0 done, 1 failed, 2 wrong usage.`;

// What the state describes is gone; the next start begins with an empty stack.
function forgetStack(): void {
  for (const part of ["backend", "work", "outputs.json", "run.json", "ca.crt", "pulumi-home"]) {
    rmSync(stateDir(part), { recursive: true, force: true });
  }
}

const command: Command = {
  usage,
  async run(argv, interruption) {
    const given = flags(argv, { "delete-data": { type: "boolean" }, json: { type: "boolean" } });
    const deleteData = given["delete-data"] ?? false;
    const display = openDisplay({ stream: given.json ? process.stderr : process.stdout });
    const release = takeLock(runLock(), "npm stop");
    try {
      const before = await clusterStatus();
      const known = existsSync(stateDir("cluster"));
      if (known || before.state !== "stopped") {
        display.note(
          deleteData
            ? "The embedded cluster goes, with all databases in it, their volumes, backups and the stack's state."
            : "The embedded cluster stops; databases keep their volumes and come back with `npm start`.",
        );
        await interruptible(stopCluster(display, { delete: deleteData }), interruption);
        if (deleteData) forgetStack();
      } else {
        display.note("No embedded cluster is here to stop.");
      }
      if (given.json)
        process.stdout.write(`${JSON.stringify({ before: before.state, deletedData: deleteData })}\n`);
    } finally {
      display.close();
      release();
    }
  },
};

if (require.main === module) void main(command);
