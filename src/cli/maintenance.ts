import { type Command, InvalidArgumentError, Option } from "commander";
import { clusterSurroundings } from "./cluster";
import { examples, type JsonOption } from "./help";
import { jsonOption } from "./options";
import type { VerbSurroundings } from "./parameters";
import { addTargetOptions, type TargetOptions, targetOf } from "./target";

/** Adds `maintenance` and its verbs. */
export function addMaintenance(program: Command, around: VerbSurroundings): void {
  const maintenance = program
    .command("maintenance")
    .summary("holds automatic failover back while somebody works on an instance")
    .description(
      "Holds automatic failover back while somebody works on an instance: a primary that stops is waited for. Switchovers that somebody asks for, " +
        "and those before a node is drained, still happen.",
    )
    .helpCommand(false);
  addOn(maintenance, around);
  addOff(maintenance, around);
}

interface OnOptions extends TargetOptions, JsonOption {
  for?: number;
  reason?: string;
}

function addOn(parent: Command, around: VerbSurroundings): void {
  const command = parent
    .command("on")
    .summary("begin it, or change its end and its reason")
    .description("Holds automatic failover back from now on. Needs the right to patch the Cluster.")
    .argument("<instance>", "name of the PostgresInstance")
    .addOption(
      new Option(
        "--for <duration>",
        "ends by itself after 1m to 30d, for example 90m or 2h (default: when somebody ends it)",
      ).argParser(durationOf),
    )
    .option("--reason <text>", "why, for status and Events; at most 200 characters", reasonOf);
  addTargetOptions(command)
    .addOption(jsonOption())
    .addHelpText(
      "after",
      examples(
        'maintenance on orders --namespace shop --for 2h --reason "new disks"',
        "maintenance on orders --json",
      ),
    )
    .action(async (instance: string, options: OnOptions) => {
      const { maintenanceOn } = await import("./commands/maintenance.js");
      const { for: forSeconds, reason, json = false } = options;
      const request = {
        ...targetOf(options, around.env),
        instance,
        ...(forSeconds === undefined ? {} : { forSeconds }),
        ...(reason === undefined ? {} : { reason }),
      };
      around.finish(await maintenanceOn(request, around.layout(), await clusterSurroundings(around)), json);
    });
}

function addOff(parent: Command, around: VerbSurroundings): void {
  const command = parent
    .command("off")
    .summary("end it")
    .description(
      "Lets CloudNativePG fail over again. A primary that fails at that moment is replaced at once.",
    )
    .argument("<instance>", "name of the PostgresInstance");
  addTargetOptions(command)
    .addOption(jsonOption())
    .addHelpText("after", examples("maintenance off orders --namespace shop"))
    .action(async (instance: string, options: TargetOptions & JsonOption) => {
      const { maintenanceOff } = await import("./commands/maintenance.js");
      const request = { ...targetOf(options, around.env), instance };
      around.finish(
        await maintenanceOff(request, around.layout(), await clusterSurroundings(around)),
        options.json === true,
      );
    });
}

const unitSeconds = { m: 60, h: 3600, d: 86_400 } as const;

/** Longest maintenance that has an end, seconds. */
const longest = 30 * 86_400;

function durationOf(text: string): number {
  const [, number, unit] = /^([1-9]\d{0,4})([mhd])$/.exec(text) ?? [];
  const seconds = Number(number) * unitSeconds[(unit ?? "m") as keyof typeof unitSeconds];
  if (number === undefined || seconds > longest) {
    throw new InvalidArgumentError(
      "It is a whole number of minutes, hours or days up to 30d, for example 90m or 2h.",
    );
  }
  return seconds;
}

function reasonOf(text: string): string {
  if (text.trim() === "" || text.length > 200) throw new InvalidArgumentError("It has 1 to 200 characters.");
  return text;
}
