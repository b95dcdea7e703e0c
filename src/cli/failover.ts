import { type Command, InvalidArgumentError, Option } from "commander";
import { defaultSyncTimeout, longestReason, longestSyncTimeout } from "../failover/options";
import { FailoverMode, OldPrimaryAction } from "../failover/request";
import type { WantedFailover } from "../operations/failover";
import { bytesOf } from "./amounts";
import { clusterSurroundings } from "./cluster";
import { examples, type JsonOption } from "./help";
import { choiceOption, jsonOption, secondsOf, timeoutOption } from "./options";
import type { VerbSurroundings } from "./parameters";
import { UsageError } from "./result";
import { addTargetOptions, type Target, type TargetOptions, targetOf } from "./target";

/** Adds `failover` and its verbs. */
export function addFailover(program: Command, around: VerbSurroundings): void {
  const failover = program
    .command("failover")
    .summary("another primary: planned, done now, looked back at")
    .description("Switchovers and failovers: what one would do, doing it, and what came of the last ones.")
    .helpCommand(false);
  addPlan(failover, around);
  addRun(failover, around);
  addHistory(failover, around);
}

interface FailoverCliOptions extends TargetOptions, JsonOption {
  target?: string;
  mode?: FailoverMode;
  waitForSync: boolean;
  syncTimeout?: number;
  oldPrimary?: OldPrimaryAction;
  maxLag?: number;
  reason?: string;
  undo?: boolean;
}

/** The options that say how. */
function addFailoverOptions(command: Command): Command {
  return command
    .option("--target <server>", "standby that becomes primary (default: the best one)")
    .addOption(
      choiceOption("--mode <mode>", "planned: nothing is lost; forced: without the primary", FailoverMode),
    )
    .option("--no-wait-for-sync", "begin although the standby is behind")
    .addOption(
      new Option(
        "--sync-timeout <seconds>",
        `seconds to wait for the standby (default: ${defaultSyncTimeout})`,
      ).argParser(syncSecondsOf),
    )
    .addOption(
      choiceOption(
        "--old-primary <action>",
        "what becomes of the former primary (default: convertToReplica)",
        OldPrimaryAction,
      ),
    )
    .option("--max-lag <quantity>", "largest lag the standby may have, for example 16Mi", bytesOf)
    .addOption(new Option("--reason <text>", "why, for the record and the Events").argParser(reasonOf))
    .option("--undo", "back to the primary before the last failover");
}

function wanted(
  instance: string,
  options: FailoverCliOptions,
  env: VerbSurroundings["env"],
): WantedFailover & Target {
  const { target, mode, waitForSync, syncTimeout, oldPrimary, maxLag, reason, undo } = options;
  if (undo === true && target !== undefined)
    throw new UsageError("--undo goes back to the former primary: leave --target out.");
  if (mode === FailoverMode.Forced && syncTimeout !== undefined)
    throw new UsageError("--sync-timeout is for mode planned: a failed primary cannot be caught up with.");
  return {
    ...targetOf(options, env),
    instance,
    ...(target === undefined ? {} : { targetReplicaId: target }),
    ...(mode === undefined ? {} : { mode }),
    ...(waitForSync ? {} : { waitForSync }),
    ...(syncTimeout === undefined ? {} : { syncTimeout }),
    ...(oldPrimary === undefined ? {} : { oldPrimaryAction: oldPrimary }),
    ...(maxLag === undefined ? {} : { maxLagBytes: maxLag }),
    ...(reason === undefined ? {} : { reason }),
    ...(undo === undefined ? {} : { undo }),
  };
}

function addPlan(parent: Command, around: VerbSurroundings): void {
  const command = parent
    .command("plan")
    .summary("which standby would take over, what would be lost, what stands against it")
    .description(
      "Asks every server and says what a switchover or failover would do: which standby takes over and why, what each other one lacks, what " +
        "would be lost, for how long nobody could write, and what stands against it. Changes nothing. Ends with 1 when it would be refused. " +
        "Needs a kubeconfig with the right to create pods/exec.",
    )
    .argument("<instance>", "name of the PostgresInstance");
  addTargetOptions(addFailoverOptions(command))
    .addOption(jsonOption())
    .addHelpText(
      "after",
      examples("failover plan orders --namespace shop", "failover plan orders --mode forced --json"),
    )
    .action(async (instance: string, options: FailoverCliOptions) => {
      const { failoverPlan } = await import("./commands/failover.js");
      const request = wanted(instance, options, around.env);
      around.finish(
        await failoverPlan(request, around.layout(), await clusterSurroundings(around)),
        options.json === true,
      );
    });
}

interface RunOptions extends FailoverCliOptions {
  yes?: boolean;
  confirm?: string;
  timeout: number;
}

function addRun(parent: Command, around: VerbSurroundings): void {
  const command = parent
    .command("run")
    .summary("switch over, or fail over, now")
    .description(
      "Lets a Job of the cluster make another server primary, follows it and prints its record, which stays in the history. Without --yes it " +
        "only shows the plan and ends with 2. Mode forced may lose what the standby did not receive, and needs --confirm with the name of " +
        "the instance in place of --yes. Ends with 1 when it is refused or fails.",
    )
    .argument("<instance>", "name of the PostgresInstance");
  addTargetOptions(addFailoverOptions(command))
    .option("--yes", "do it")
    .option("--confirm <instance>", "repeats the name of the instance, for --mode forced")
    .addOption(timeoutOption("the failover itself goes on", 7200))
    .addOption(jsonOption())
    .addHelpText(
      "after",
      examples(
        "failover run orders --namespace shop --reason 'node maintenance' --yes",
        "failover run orders --target orders-g1-2 --old-primary stopAndRetain --yes",
        "failover run orders --mode forced --confirm orders",
        "failover run orders --undo --yes --json",
      ),
    )
    .action(async (instance: string, options: RunOptions) => {
      const { failoverPlan, failoverRun } = await import("./commands/failover.js");
      const request = wanted(instance, options, around.env);
      const { json = false, timeout: timeoutSeconds } = options;
      const cluster = await clusterSurroundings(around);
      if (isConfirmed(instance, options)) {
        around.finish(await failoverRun({ ...request, timeoutSeconds }, around.layout(), cluster), json);
        return;
      }
      const forced = options.mode === FailoverMode.Forced;
      const missing = forced ? `--confirm ${instance}` : "--yes";
      around.finish(await failoverPlan({ ...request, missing }, around.layout(), cluster), json);
    });
}

/** @throws UsageError when it is confirmed for another instance */
function isConfirmed(instance: string, { mode, yes, confirm }: RunOptions): boolean {
  if (confirm !== undefined && confirm !== instance)
    throw new UsageError(`--confirm ${confirm} does not repeat the name of the instance, ${instance}.`);
  return confirm !== undefined || (yes === true && mode !== FailoverMode.Forced);
}

function addHistory(parent: Command, around: VerbSurroundings): void {
  const command = parent
    .command("history")
    .summary("the last failovers")
    .description(
      "Shows the last switchovers and failovers, also those that CloudNativePG did by itself, the newest first; one of them whole.",
    )
    .argument("<instance>", "name of the PostgresInstance")
    .argument("[failover]", "only this one, whole");
  addTargetOptions(command)
    .addOption(jsonOption())
    .addHelpText(
      "after",
      examples(
        "failover history orders --namespace shop",
        "failover history orders failover-20261128T101500Z --json",
      ),
    )
    .action(async (instance: string, id: string | undefined, options: TargetOptions & JsonOption) => {
      const { failoverHistory } = await import("./commands/failover.js");
      const request = { ...targetOf(options, around.env), instance, ...(id === undefined ? {} : { id }) };
      around.finish(
        await failoverHistory(request, around.layout(), await clusterSurroundings(around)),
        options.json === true,
      );
    });
}

function syncSecondsOf(text: string): number {
  const seconds = secondsOf(text);
  if (seconds > longestSyncTimeout)
    throw new InvalidArgumentError(`It is at most ${longestSyncTimeout} seconds.`);
  return seconds;
}

function reasonOf(text: string): string {
  if (text === "" || text.length > longestReason)
    throw new InvalidArgumentError(`It has 1 to ${longestReason} characters.`);
  return text;
}
