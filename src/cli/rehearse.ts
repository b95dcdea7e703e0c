import type { Command } from "commander";
import { RehearsalEndpoint, RehearsalKind } from "../rehearsal/args";
import { clusterSurroundings } from "./cluster";
import { examples, type JsonOption } from "./help";
import { choiceOption, jsonOption, timeoutOption } from "./options";
import type { VerbSurroundings } from "./parameters";
import { addTargetOptions, type TargetOptions, targetOf } from "./target";

/** Adds `rehearse` and its verbs. */
export function addRehearse(program: Command, around: VerbSurroundings): void {
  const rehearse = program
    .command("rehearse")
    .summary("rehearsals of failovers: run now, looked back at")
    .description(
      "Rehearsals of failovers: the primary is switched or killed while a client writes, and what it noticed is measured.",
    )
    .helpCommand(false);
  addRun(rehearse, around);
  addHistory(rehearse, around);
}

interface RunOptions extends TargetOptions, JsonOption {
  kind?: RehearsalKind;
  via?: RehearsalEndpoint;
  timeout: number;
}

function addRun(parent: Command, around: VerbSurroundings): void {
  const command = parent
    .command("run")
    .summary("rehearse now and print the report")
    .description(
      "Writes and reads through the endpoints of the instance, switches or kills its primary, and prints for how long nothing could be " +
        "written and read, which statements failed and whether an acknowledged write is lost. Ends with 1 when a limit is broken. " +
        "It interrupts the writes of every client: for as long as it measures.",
    )
    .argument("<instance>", "name of the PostgresInstance")
    .addOption(
      choiceOption("--kind <kind>", "what is done to the primary (default: as configured)", RehearsalKind),
    )
    .addOption(
      choiceOption("--via <endpoint>", "what is written through (default: as configured)", RehearsalEndpoint),
    )
    .addOption(timeoutOption("the rehearsal itself goes on", 4000));
  addTargetOptions(command)
    .addOption(jsonOption())
    .addHelpText(
      "after",
      examples("rehearse run orders --namespace shop", "rehearse run orders --kind kill --json"),
    )
    .action(async (instance: string, options: RunOptions) => {
      const { rehearseRun } = await import("./commands/rehearse.js");
      const { kind, via, timeout: timeoutSeconds, json = false } = options;
      const request = {
        ...targetOf(options, around.env),
        instance,
        timeoutSeconds,
        ...(kind === undefined ? {} : { kind }),
        ...(via === undefined ? {} : { via }),
      };
      around.finish(await rehearseRun(request, around.layout(), await clusterSurroundings(around)), json);
    });
}

function addHistory(parent: Command, around: VerbSurroundings): void {
  const command = parent
    .command("history")
    .summary("the reports of the last rehearsals")
    .description("Shows the reports of the last rehearsals, the newest first; one of them whole.")
    .argument("<instance>", "name of the PostgresInstance")
    .argument("[rehearsal]", "only this one, whole");
  addTargetOptions(command)
    .addOption(jsonOption())
    .addHelpText(
      "after",
      examples(
        "rehearse history orders --namespace shop",
        "rehearse history orders rehearsal-20261128T101500Z --json",
      ),
    )
    .action(async (instance: string, id: string | undefined, options: TargetOptions & JsonOption) => {
      const { rehearseHistory } = await import("./commands/rehearse.js");
      const request = { ...targetOf(options, around.env), instance, ...(id === undefined ? {} : { id }) };
      around.finish(
        await rehearseHistory(request, around.layout(), await clusterSurroundings(around)),
        options.json === true,
      );
    });
}
