import { type Command, InvalidArgumentError, Option } from "commander";
import type { RestoreTargetArgs } from "../restore/source-args";
import { clusterSurroundings } from "./cluster";
import { examples, type JsonOption } from "./help";
import { jsonOption } from "./options";
import type { VerbSurroundings } from "./parameters";
import { UsageError } from "./result";
import { addTargetOptions, type TargetOptions, targetOf } from "./target";

/** Adds `restore` and its verb. */
export function addRestore(program: Command, around: VerbSurroundings): void {
  const restore = program
    .command("restore")
    .summary("restores, planned with what the archive holds")
    .description("Restores, planned with what the archive holds.")
    .helpCommand(false);
  addPlan(restore, around);
}

interface PlanOptions extends TargetOptions, JsonOption {
  time?: string;
  xid?: string;
  name?: string;
  lsn?: string;
  immediate?: boolean;
  latest?: boolean;
  exclusive?: boolean;
  timeline?: string;
  backupId?: string;
  generation?: string;
  archive?: string;
  into: string;
  new?: string;
  newArchive?: string;
  write?: string;
}

function addPlan(parent: Command, around: VerbSurroundings): void {
  const command = parent
    .command("plan")
    .summary("how a moment is restored: base backup, WAL, time, arguments")
    .description(
      "Asks the archive of an instance how a moment is restored: with which base backup, how much WAL and about how long. Refuses, and exits " +
        "with 2, what is outside the recoverable window, beyond the last archived transaction or behind a missing segment, and a new archive " +
        "that is in use. Prints the arguments; changes nothing. Needs a kubeconfig with the right to create jobs.",
    )
    .argument("<instance>", "name of the PostgresInstance")
    .option(
      "--time <time>",
      "every transaction up to a time with its zone, for example 2026-11-20T14:30:00+01:00",
    )
    .option("--xid <id>", "every transaction up to this one")
    .option("--name <point>", "up to a name that pg_create_restore_point was given")
    .option("--lsn <position>", "up to a position in the WAL, for example 0/5000028")
    .option("--immediate", "to the end of the base backup")
    .option("--latest", "to the end of the archive")
    .option("--exclusive", "right before --time, --xid or --lsn in place of right after")
    .option("--timeline <number>", "timeline to follow (default: the newest)")
    .option("--backup-id <id>", "base backup to begin with (default: the newest good one that ended before)")
    .option(
      "--generation <number>",
      "generation whose archive is read (default: the one that serves clients)",
    )
    .option("--archive <name>", "archive that is read, for instance that of a generation that was dropped")
    .addOption(
      new Option("--into <place>", "a new generation of the same instance")
        .choices(["existing"])
        .default("existing"),
    )
    .option("--new <name>", "a new instance of this name, in place of --into existing", instanceName)
    .option("--new-archive <name>", "archive that the new generation writes (default: name of its Cluster)")
    .option("--write <file>", "put the arguments into Pulumi.<stack>.yaml, or into a .json file");
  addTargetOptions(command)
    .addOption(jsonOption())
    .addHelpText(
      "after",
      examples(
        "restore plan orders --time 2026-11-20T14:30:00+01:00 --namespace shop",
        "restore plan orders --name before-migration --write Pulumi.prod.yaml",
        "restore plan orders --latest --new orders-copy --json",
      ),
    )
    .action(async (instance: string, { json, write, ...options }: PlanOptions) => {
      const { restorePlan } = await import("./commands/restore-plan.js");
      const { backupId, generation, archive, new: newInstance, newArchive } = options;
      if (generation !== undefined && archive !== undefined) {
        throw new UsageError("--generation and --archive both name an archive: keep one of them.");
      }
      const request = {
        ...targetOf(options, around.env),
        instance,
        target: await restoreTarget(options),
        ...{ backupId, generation, archive, newInstance, newArchive, write },
      };
      around.finish(
        await restorePlan(request, around.layout(), await clusterSurroundings(around)),
        json === true,
      );
    });
}

function instanceName(text: string): string {
  if (!/^[a-z]([-a-z0-9]{0,33}[a-z0-9])?$/.test(text)) {
    throw new InvalidArgumentError(
      "It is at most 35 lower case letters, digits and hyphens, and begins with a letter.",
    );
  }
  return text;
}

/** Options by the argument they are. */
const optionNames: Record<string, string> = {
  target: "The moment",
  "target.time": "--time",
  "target.transactionId": "--xid",
  "target.restorePoint": "--name",
  "target.lsn": "--lsn",
  "target.immediate": "--immediate",
  "target.latest": "--latest",
  "target.exclusive": "--exclusive",
  "target.timeline": "--timeline",
};

/**
 * The target of the options; the end of a base backup that is named and nothing else.
 * @throws UsageError when it is not one moment in its form
 */
async function restoreTarget(options: PlanOptions): Promise<RestoreTargetArgs> {
  const { time, xid, name, lsn, immediate, latest, exclusive, timeline, backupId } = options;
  const members = {
    time,
    transactionId: xid,
    restorePoint: name,
    lsn,
    immediate,
    latest,
    exclusive,
    timeline,
  };
  const target = Object.fromEntries(
    Object.entries(members).filter(([, value]) => value !== undefined),
  ) as RestoreTargetArgs;
  const { momentsOf } = await import("../restore/target.js");
  if (momentsOf(target).length === 0) {
    if (backupId !== undefined) return { ...target, immediate: true };
    throw new UsageError("Name a moment: --time, --xid, --name, --lsn, --immediate or --latest.");
  }
  const { targetProblems } = await import("../restore/validate.js");
  const problems = targetProblems(target).map(({ argument, value, problem, remedy }) => {
    const given = typeof value === "string" ? ` ${value}` : "";
    return `${optionNames[argument] ?? argument}${given} ${problem} ${remedy}`;
  });
  if (problems.length > 0) throw new UsageError(problems.join("\n"));
  return target;
}
