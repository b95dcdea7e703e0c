import type { Command } from "commander";
import { BackupType } from "../backup/backup-type";
import { BackupTarget } from "../cnpg/backup";
import { clusterSurroundings } from "./cluster";
import { examples, type JsonOption } from "./help";
import { choiceOption, jsonOption, repeated, timeoutOption } from "./options";
import type { VerbSurroundings } from "./parameters";
import { UsageError } from "./result";
import { addTargetOptions, type TargetOptions, targetOf } from "./target";

/** Adds `backup` and its verbs. */
export function addBackup(program: Command, around: VerbSurroundings): void {
  const backup = program
    .command("backup")
    .summary("backups: listed, described, taken now")
    .description("Backups of an instance: listed, described, taken now.")
    .helpCommand(false);
  addList(backup, around);
  addDescribe(backup, around);
  addNow(backup, around);
}

interface ListOptions extends TargetOptions, JsonOption {
  refresh?: boolean;
  all?: boolean;
}

/** Backups that are shown unless all are asked for. */
const shownBackups = 30;

function addList(parent: Command, around: VerbSurroundings): void {
  const command = parent
    .command("list")
    .summary("base backups, snapshots and dumps, and when the next ones are taken")
    .description(
      "Lists base backups, snapshots and dumps of all generations: size, duration, what a check found, what retention does with them, " +
        "which times can be restored, and when the next ones are taken. What only the store knows is as of the last look at it.",
    )
    .argument("<instance>", "name of the PostgresInstance")
    .option("--refresh", "look at the archives now, by a Job in the cluster")
    .option("--all", `also those before the newest ${shownBackups}`);
  addTargetOptions(command)
    .addOption(jsonOption())
    .addHelpText(
      "after",
      examples("backup list orders --namespace shop", "backup list orders --refresh --all --json"),
    )
    .action(async (instance: string, options: ListOptions) => {
      const { backupList } = await import("./commands/backup-list.js");
      const { refresh = false, all = false, json = false } = options;
      const request = {
        ...targetOf(options, around.env),
        instance,
        refresh,
        ...(all ? {} : { limit: shownBackups }),
      };
      around.finish(await backupList(request, around.layout(), await clusterSurroundings(around)), json);
    });
}

function addDescribe(parent: Command, around: VerbSurroundings): void {
  const command = parent
    .command("describe")
    .summary("everything that is known of one backup")
    .description("Tells everything that is known of one backup.")
    .argument("<instance>", "name of the PostgresInstance")
    .argument("<backup>", "what the archive calls it, the name of its Backup, or the id of a dump")
    .option("--refresh", "look at the archives now, by a Job in the cluster");
  addTargetOptions(command)
    .addOption(jsonOption())
    .addHelpText(
      "after",
      examples(
        "backup describe orders 20261120T020003",
        "backup describe orders orders-20261120020000 --json",
      ),
    )
    .action(async (instance: string, id: string, options: ListOptions) => {
      const { backupDescribe } = await import("./commands/backup-list.js");
      const { refresh = false, json = false } = options;
      const request = { ...targetOf(options, around.env), instance, id, refresh };
      around.finish(await backupDescribe(request, around.layout(), await clusterSurroundings(around)), json);
    });
}

interface NowOptions extends TargetOptions, JsonOption {
  type: BackupType;
  label?: string;
  target?: BackupTarget;
  snapshot?: boolean;
  name?: string;
  entry?: string;
  database?: string[];
  timeout: number;
}

function addNow(parent: Command, around: VerbSurroundings): void {
  const command = parent
    .command("now")
    .summary("take a backup and wait until it is done")
    .description(
      "Takes a backup and waits until it is done: full, a base backup; incremental, which ends the current WAL segment and waits until it is " +
        "archived; logical, dumps. Refuses an instance that is not healthy, with the reason. Ends with 1 when the backup fails or is damaged.",
    )
    .argument("<instance>", "name of the PostgresInstance")
    .addOption(choiceOption("--type <type>", "what is taken", BackupType).default(BackupType.Full))
    .option("--label <text>", "what to call it; of an incremental one the restore point has this name")
    .addOption(
      choiceOption(
        "--target <which>",
        "server a base backup is taken from (default: as configured)",
        BackupTarget,
      ),
    )
    .option("--snapshot", "volume snapshots as well, where the storage makes them")
    .option("--name <name>", "name of the Backup; an interrupted call is repeated with the same")
    .option(
      "--entry <name>",
      "entry of dumps in the BackupSchedule, for --type logical (default: the only one)",
    )
    .option("--database <name>", "only this database, for --type logical; can be repeated", repeated)
    .addOption(timeoutOption("the backup itself goes on", 3600));
  addTargetOptions(command)
    .addOption(jsonOption())
    .addHelpText(
      "after",
      examples(
        "backup now orders --label pre-migration --namespace shop",
        "backup now orders --type incremental --label before-migration",
        "backup now orders --type logical --database app --json",
      ),
    )
    .action(async (instance: string, options: NowOptions) => {
      const { backupNow } = await import("./commands/backup-now.js");
      const {
        type,
        label,
        target,
        snapshot,
        name,
        entry,
        database: databases,
        timeout,
        json = false,
      } = options;
      if (type !== BackupType.Logical && (entry !== undefined || databases !== undefined)) {
        throw new UsageError("--entry and --database are of --type logical.");
      }
      const request = {
        ...targetOf(options, around.env),
        ...{ instance, type, label, target, snapshot, name, entry, databases },
        timeoutSeconds: timeout,
      };
      around.finish(await backupNow(request, around.layout(), await clusterSurroundings(around)), json);
    });
}
