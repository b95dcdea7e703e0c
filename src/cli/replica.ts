import { type Command, InvalidArgumentError, Option } from "commander";
import { clusterSurroundings } from "./cluster";
import { examples, type JsonOption } from "./help";
import { jsonOption, timeoutOption } from "./options";
import type { VerbSurroundings } from "./parameters";
import { addTargetOptions, type TargetOptions, targetOf } from "./target";

/** Adds `replica` and its verbs. */
export function addReplica(program: Command, around: VerbSurroundings): void {
  const replica = program
    .command("replica")
    .summary("standbys: listed, planned, made anew")
    .description(
      "Standbys of an instance: how they are, what another number of them would do, and making one anew.",
    )
    .helpCommand(false);
  addList(replica, around);
  addAdd(replica, around);
  addRemove(replica, around);
  addRebuild(replica, around);
}

function addList(parent: Command, around: VerbSurroundings): void {
  const command = parent
    .command("list")
    .summary("every standby with its state and its lag")
    .description(
      "Asks the servers: state, position and lag of every standby, whether it could become primary, and who else follows the primary. Needs a " +
        "kubeconfig with the right to create pods/exec.",
    )
    .argument("<instance>", "name of the PostgresInstance");
  addTargetOptions(command)
    .addOption(jsonOption())
    .addHelpText("after", examples("replica list orders --namespace shop", "replica list orders --json"))
    .action(async (instance: string, options: TargetOptions & JsonOption) => {
      const { replicaList } = await import("./commands/replica-list.js");
      const request = { ...targetOf(options, around.env), instance };
      around.finish(
        await replicaList(request, around.layout(), await clusterSurroundings(around)),
        options.json === true,
      );
    });
}

interface ChangeOptions extends TargetOptions, JsonOption {
  count: number;
  replica?: string;
  write?: string;
}

const writeOption = (): Option =>
  new Option("--write <file>", "put the argument into Pulumi.<stack>.yaml, or into a .json file");

function addAdd(parent: Command, around: VerbSurroundings): void {
  const command = parent
    .command("add")
    .summary("what more standbys would do")
    .description(
      "Plans more standbys and prints the argument, which pulumi up then carries out; changes nothing itself, because the number of servers is " +
        "desired state.",
    )
    .argument("<instance>", "name of the PostgresInstance")
    .addOption(countOption())
    .addOption(writeOption());
  addTargetOptions(command)
    .addOption(jsonOption())
    .addHelpText(
      "after",
      examples("replica add orders --namespace shop", "replica add orders --write Pulumi.prod.yaml"),
    )
    .action(async (instance: string, options: ChangeOptions) => {
      const { replicaAdd } = await import("./commands/replica-change.js");
      const { count, write, json = false } = options;
      const request = { ...targetOf(options, around.env), instance, count, write };
      around.finish(await replicaAdd(request, around.layout(), await clusterSurroundings(around)), json);
    });
}

function addRemove(parent: Command, around: VerbSurroundings): void {
  const command = parent
    .command("remove")
    .summary("what fewer standbys would do, and which go")
    .description(
      "Plans fewer standbys, tells which of them CloudNativePG would delete with their volumes, and prints the argument, which pulumi up then " +
        "carries out; changes nothing itself. Refuses, and exits with 2, what the instance cannot do without.",
    )
    .argument("<instance>", "name of the PostgresInstance")
    .addOption(countOption())
    .option("--replica <standby>", "the one that is to go: refused when another one would")
    .addOption(writeOption());
  addTargetOptions(command)
    .addOption(jsonOption())
    .addHelpText(
      "after",
      examples(
        "replica remove orders --namespace shop",
        "replica remove orders --replica orders-g1-3 --write Pulumi.prod.yaml",
      ),
    )
    .action(async (instance: string, options: ChangeOptions) => {
      const { replicaRemove } = await import("./commands/replica-change.js");
      const { count, replica, write, json = false } = options;
      const request = {
        ...targetOf(options, around.env),
        instance,
        count,
        write,
        ...(replica === undefined ? {} : { replica }),
      };
      around.finish(await replicaRemove(request, around.layout(), await clusterSurroundings(around)), json);
    });
}

function addRebuild(parent: Command, around: VerbSurroundings): void {
  const command = parent
    .command("rebuild")
    .summary("delete the volumes of a standby and clone it anew")
    .description(
      "Deletes the volumes of one standby and waits until CloudNativePG has cloned it anew under the same name and it streams. For a standby whose data " +
        "is damaged or that cannot catch up. Refused for the primary. Needs the right to patch pods.",
    )
    .argument("<instance>", "name of the PostgresInstance")
    .argument("<standby>", "name of the standby, as replica list shows it")
    .addOption(timeoutOption("the operator goes on by itself", 3600));
  addTargetOptions(command)
    .addOption(jsonOption())
    .addHelpText("after", examples("replica rebuild orders orders-g1-3 --namespace shop"))
    .action(
      async (
        instance: string,
        replica: string,
        options: TargetOptions & JsonOption & { timeout: number },
      ) => {
        const { replicaRebuild } = await import("./commands/replica-change.js");
        const { timeout: timeoutSeconds, json = false } = options;
        const request = { ...targetOf(options, around.env), instance, replica, timeoutSeconds };
        around.finish(
          await replicaRebuild(request, around.layout(), await clusterSurroundings(around)),
          json,
        );
      },
    );
}

function countOption(): Option {
  return new Option("--count <number>", "how many").argParser(countOf).default(1);
}

function countOf(text: string): number {
  if (!/^[1-9]\d?$/.test(text)) throw new InvalidArgumentError("It is a whole number from 1 to 99.");
  return Number(text);
}
