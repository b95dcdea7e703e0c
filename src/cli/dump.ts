import { type Command, InvalidArgumentError, Option } from "commander";
import { clusterSurroundings } from "./cluster";
import { examples, type JsonOption } from "./help";
import { jsonOption, timeoutOption } from "./options";
import type { VerbSurroundings } from "./parameters";
import { addTargetOptions, type TargetOptions, targetOf } from "./target";

/** Adds `dump` and its verbs. */
export function addDump(program: Command, around: VerbSurroundings): void {
  const dump = program
    .command("dump")
    .summary("logical dumps: listed, restored into a database")
    .description("Logical dumps of databases: listed, restored. They are taken by backup now --type logical.")
    .helpCommand(false);
  addList(dump, around);
  addRestore(dump, around);
}

function addList(parent: Command, around: VerbSurroundings): void {
  const command = parent
    .command("list")
    .summary("the dumps in the store and on volumes")
    .description("Lists the dumps of an instance in its store and on its volumes, by a Job in the cluster.")
    .argument("<instance>", "name of the PostgresInstance");
  addTargetOptions(command)
    .addOption(jsonOption())
    .addHelpText("after", examples("dump list orders --namespace shop", "dump list orders --json"))
    .action(async (instance: string, options: TargetOptions & JsonOption) => {
      const { dumpList } = await import("./commands/dump.js");
      const request = { ...targetOf(options, around.env), instance };
      around.finish(
        await dumpList(request, around.layout(), await clusterSurroundings(around)),
        options.json === true,
      );
    });
}

interface RestoreOptions extends TargetOptions, JsonOption {
  id?: string;
  entry?: string;
  into?: string;
  create?: boolean;
  confirm?: string;
  privileges: boolean;
  jobs: number;
  timeout: number;
}

function addRestore(parent: Command, around: VerbSurroundings): void {
  const command = parent
    .command("restore")
    .summary("restore a dump into a database that is there or is made")
    .description(
      "Restores a dump of a database, by a Job in the cluster, and counts the rows. A database that is not empty is refused unless " +
        "--confirm repeats its name: what is there of the same names is dropped first. A restore into a database that is there is all or nothing.",
    )
    .argument("<instance>", "name of the PostgresInstance")
    .argument("<database>", "database that was dumped")
    .option("--id <id>", "which dump (default: the newest that is whole)")
    .option("--entry <name>", "entry with a volume that it is read from (default: the store)")
    .option("--into <database>", "database that is restored to (default: the one that was dumped)")
    .option("--create", "make the database when it is not there")
    .option("--confirm <database>", "repeats the name of a database that is not empty")
    .option("--no-privileges", "without grants, for instance when their roles are not there")
    .addOption(
      new Option("--jobs <number>", "tables restored at once, of the directory format into a new database")
        .argParser(jobsOf)
        .default(1),
    )
    .addOption(timeoutOption("the restore itself goes on", 3600));
  addTargetOptions(command)
    .addOption(jsonOption())
    .addHelpText(
      "after",
      examples(
        "dump restore orders app --into app_copy --create --namespace shop",
        "dump restore orders app --id 20261120T020003 --confirm app",
      ),
    )
    .action(async (instance: string, database: string, options: RestoreOptions) => {
      const { dumpRestore } = await import("./commands/dump.js");
      const { id, entry, into, create = false, confirm, privileges, jobs, timeout, json = false } = options;
      const request = {
        ...targetOf(options, around.env),
        ...{ instance, database, id, entry, into, create, confirm, privileges, jobs },
        timeoutSeconds: timeout,
      };
      around.finish(await dumpRestore(request, around.layout(), await clusterSurroundings(around)), json);
    });
}

function jobsOf(text: string): number {
  if (!/^[1-9]\d?$/.test(text)) throw new InvalidArgumentError("It is a whole number from 1 to 99.");
  return Number(text);
}
