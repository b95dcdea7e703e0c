import type { Command } from "commander";
import { DrillTarget } from "../backup/drill/args";
import { clusterSurroundings } from "./cluster";
import { examples, type JsonOption } from "./help";
import { choiceOption, jsonOption, timeoutOption } from "./options";
import type { VerbSurroundings } from "./parameters";
import { addTargetOptions, type TargetOptions, targetOf } from "./target";

/** Adds `drill` and its verbs. */
export function addDrill(program: Command, around: VerbSurroundings): void {
  const drill = program
    .command("drill")
    .summary("restore drills: run now, looked back at")
    .description("Restore drills: a throw-away instance is restored, looked at, measured and removed.")
    .helpCommand(false);
  addRun(drill, around);
  addHistory(drill, around);
}

interface RunOptions extends TargetOptions, JsonOption {
  target?: DrillTarget;
  timeout: number;
}

function addRun(parent: Command, around: VerbSurroundings): void {
  const command = parent
    .command("run")
    .summary("run a drill now and print its report")
    .description(
      "Restores the latest base backup into a throw-away instance, checks and measures it, removes it and prints the report, which stays in " +
        "the history. Ends with 1 when the drill fails. It is run as the BackupSchedule says: drill: {} is enough.",
    )
    .argument("<instance>", "name of the PostgresInstance")
    .addOption(choiceOption("--target <moment>", "to what it restores (default: as configured)", DrillTarget))
    .addOption(timeoutOption("the drill itself goes on", 14_400));
  addTargetOptions(command)
    .addOption(jsonOption())
    .addHelpText(
      "after",
      examples("drill run orders --namespace shop", "drill run orders --target random --json"),
    )
    .action(async (instance: string, options: RunOptions) => {
      const { drillRun } = await import("./commands/drill.js");
      const { target, timeout: timeoutSeconds, json = false } = options;
      const request = {
        ...targetOf(options, around.env),
        instance,
        timeoutSeconds,
        ...(target === undefined ? {} : { target }),
      };
      around.finish(await drillRun(request, around.layout(), await clusterSurroundings(around)), json);
    });
}

function addHistory(parent: Command, around: VerbSurroundings): void {
  const command = parent
    .command("history")
    .summary("the reports of the last drills")
    .description("Shows the reports of the last drills, the newest first; one of them whole.")
    .argument("<instance>", "name of the PostgresInstance")
    .argument("[drill]", "only this one, whole");
  addTargetOptions(command)
    .addOption(jsonOption())
    .addHelpText(
      "after",
      examples("drill history orders --namespace shop", "drill history orders drill-20261120T020003Z --json"),
    )
    .action(async (instance: string, id: string | undefined, options: TargetOptions & JsonOption) => {
      const { drillHistory } = await import("./commands/drill.js");
      const request = { ...targetOf(options, around.env), instance, ...(id === undefined ? {} : { id }) };
      around.finish(
        await drillHistory(request, around.layout(), await clusterSurroundings(around)),
        options.json === true,
      );
    });
}
