import { type Command, InvalidArgumentError, Option } from "commander";
import { readTimestamp } from "../timestamp";
import { clusterSurroundings } from "./cluster";
import type { Layout } from "./layout";
import { jsonOption } from "./options";
import type { VerbSurroundings } from "./parameters";
import { type CommandResult, UsageError } from "./result";
import { addTargetOptions, type TargetOptions, targetOf } from "./target";

/** Adds `retention` and its verb. */
export function addRetention(program: Command, around: VerbSurroundings): void {
  const retention = program
    .command("retention")
    .summary("which backups stay, which go, and why")
    .description("Retention of backups: which ones stay, which go, and why.")
    .helpCommand(false);
  addPlan(retention, around);
}

function addPlan(parent: Command, around: VerbSurroundings): void {
  const { finish, layout } = around;
  const command = parent
    .command("plan")
    .summary("what a run of retention would do")
    .description(
      "Decides on each backup as the job in the cluster does, and changes nothing: keep; mark, against Barman's recovery window; " +
        "release our mark; expire, by Barman itself; prune, a snapshot or dump; leave, because it is not ours to judge.",
    )
    .option(
      "--instance <name>",
      "the backups and the policy of this PostgresInstance, as the job in the cluster sees them now",
    )
    .option("--policy <file>", "the policy: a YAML or JSON map; - is standard input")
    .option(
      "--backups <file>",
      "what barman-cloud-backup-list --format json or kubectl get backups -o json prints, or a YAML or JSON list of backups; " +
        "- is standard input",
    )
    .addOption(
      new Option(
        "--now <time>",
        "the time of the run, with its zone, for example 2026-02-15T12:00:00Z",
      ).argParser(timeOf),
    )
    .option("--time-zone <name>", "whose days, weeks, months and years count, in place of the policy's");
  addTargetOptions(command)
    .addOption(jsonOption())
    .addHelpText(
      "after",
      "\nExamples:\n" +
        "  pulumi-cnpg retention plan --instance orders --namespace shop\n" +
        "  pulumi-cnpg retention plan --policy policy.yaml --backups backups.yaml --now 2026-02-15T12:00:00Z\n" +
        "  pulumi-cnpg retention plan --policy policy.yaml --backups - --now 2027-01-01T00:00:00+01:00 --json",
    )
    .action(async ({ json = false, ...options }: PlanOptions) => {
      const { instance } = options;
      if (instance === undefined) return finish(await filePlan(options, layout()), json);
      const { policy, backups, now, timeZone } = options;
      if ([policy, backups, now, timeZone].some(value => value !== undefined)) {
        throw new UsageError(
          "--instance takes policy, backups and time from the cluster: leave out --policy, --backups, --now and --time-zone.",
        );
      }
      const { instanceRetentionPlan } = await import("./commands/retention-plan.js");
      const request = { ...targetOf(options, around.env), instance };
      finish(await instanceRetentionPlan(request, layout(), await clusterSurroundings(around)), json);
    });
}

async function filePlan(
  { policy, backups, now, timeZone }: PlanOptions,
  layout: Layout,
): Promise<CommandResult> {
  const { retentionPlan } = await import("./commands/retention-plan.js");
  const { readBackupFile, readPolicyFile } = await import("./retention-files.js");
  if (policy === undefined || backups === undefined || now === undefined) {
    throw new UsageError("Name an instance with --instance, or give all of --policy, --backups and --now.");
  }
  if (policy === "-" && backups === "-") throw new UsageError("Only one of them can be standard input.");
  const read = await readPolicyFile(policy);
  const chosen = timeZone === undefined ? read : { ...read, timeZone: await knownZone(timeZone) };
  return retentionPlan({ policy: chosen, ...(await readBackupFile(backups)), now }, layout);
}

interface PlanOptions extends TargetOptions {
  instance?: string;
  policy?: string;
  backups?: string;
  now?: Date;
  timeZone?: string;
  json?: boolean;
}

function timeOf(text: string): Date {
  const time = readTimestamp(text);
  if (time === undefined)
    throw new InvalidArgumentError("It is a time with its zone, for example 2026-02-15T12:00:00Z.");
  return time;
}

async function knownZone(timeZone: string): Promise<string> {
  const { policyProblems } = await import("../backup/retention-policy.js");
  const [problem] = policyProblems({ timeZone });
  if (problem === undefined) return timeZone;
  throw new UsageError(`--time-zone ${timeZone} ${problem.problem} ${problem.remedy}`);
}
