import type { Command } from "commander";
import { clusterSurroundings } from "./cluster";
import { examples, type JsonOption } from "./help";
import { jsonOption } from "./options";
import type { VerbSurroundings } from "./parameters";
import { addTargetOptions, type TargetOptions, targetOf } from "./target";

interface StatusOptions extends TargetOptions, JsonOption {
  failOnProblem?: boolean;
}

/** Adds `status`. */
export function addStatus(program: Command, around: VerbSurroundings): void {
  const command = program
    .command("status")
    .summary("how an instance and its backups are, and what to do about what is wrong")
    .description(
      "Tells how an instance is now: its servers, archiving, the last backups and the last drill, what runs next, and what is wrong with the " +
        "remedy. It asks the primary inside its pod. Needs a kubeconfig with the right to create pods/exec.",
    )
    .argument("<instance>", "name of the PostgresInstance")
    .option("--fail-on-problem", "exit with 1 when anything is wrong");
  addTargetOptions(command)
    .addOption(jsonOption())
    .addHelpText(
      "after",
      examples("status orders --namespace shop", "status orders --fail-on-problem --json"),
    )
    .action(async (instance: string, options: StatusOptions) => {
      const { status } = await import("./commands/status.js");
      const { failOnProblem = false, json = false } = options;
      const request = { ...targetOf(options, around.env), instance, failOnProblem };
      around.finish(await status(request, around.layout(), await clusterSurroundings(around)), json);
    });
}
