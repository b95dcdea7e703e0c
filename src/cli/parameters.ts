import { Argument, type Command } from "commander";
import { PrimaryUpdateMethod, PrimaryUpdateStrategy } from "../cnpg/cluster";
import { ApplyMode } from "../parameters/apply-mode";
import { Workload } from "../parameters/profile-args";
import { readAssignments } from "./assignments";
import { clusterSurroundings } from "./cluster";
import type { CheckRequest } from "./commands/check";
import type { PlanRequest } from "./commands/plan";
import type { Layout } from "./layout";
import {
  addPodOptions,
  choiceOption,
  drainOption,
  instancesOption,
  jsonOption,
  majorOption,
  type PodOptions,
} from "./options";
import { ProfileFormat } from "./profile-format";
import type { ProgramSurroundings } from "./program";
import { UsageError } from "./result";
import { addTargetOptions, type TargetOptions, targetOf } from "./target";

/** What a verb needs of the program. */
export interface VerbSurroundings extends Omit<ProgramSurroundings, "layout"> {
  /** Asked when a verb runs, after its options are read. */
  layout: () => Layout;
}

/** Adds `parameters` and its verbs. Each loads its own code when it is called, so that none waits for that of the others. */
export function addParameters(program: Command, around: VerbSurroundings): void {
  const parameters = program
    .command("parameters")
    .summary("server parameters: checked, sized to the pod, explained, planned, read back")
    .description("Server parameters: checked, sized to the pod, explained, planned, read back.")
    .helpCommand(false);
  addCheck(parameters, around);
  addProfile(parameters, around);
  addDescribe(parameters, around);
  addPlan(parameters, around);
  addGet(parameters, around);
}

function examples(...lines: string[]): string {
  return `\nExamples:\n${lines.map(line => `  pulumi-cnpg parameters ${line}`).join("\n")}`;
}

interface JsonOption {
  json?: boolean;
}

function addCheck(parent: Command, { finish, layout }: VerbSurroundings): void {
  const command = parent
    .command("check")
    .summary("say what is wrong with parameters before a server does")
    .description(
      "Judges parameters as PostgresInstance does at preview: names, values, what CloudNativePG owns, what does not go " +
        "together, and the memory of the whole pod. Exits with 2 when anything is refused.",
    )
    .argument("[name=value...]", "parameters, in place of the profile's");
  addPodOptions(command)
    .addOption(
      choiceOption(
        "--profile <workload>",
        "what the other values come from; custom: nothing",
        Workload,
      ).default(Workload.GeneralPurpose),
    )
    .option(
      "--file <file>",
      "more parameters: a YAML or JSON map, a Cluster, postgresql.conf, or - for standard input",
    )
    .addOption(jsonOption())
    .addHelpText(
      "after",
      examples(
        "check --major 17 --memory 2Gi work_mem=8MB max_connections=50",
        "check --memory 8Gi --cpu 4 --profile oltp --file postgresql.conf",
        "check --memory 1Gi --allow-unsafe fsync fsync=off",
      ),
    )
    .action(
      async (words: string[], options: PodOptions & JsonOption & { profile: Workload; file?: string }) => {
        const { check } = await import("./commands/check.js");
        const parameters = { ...(await fileParameters(options.file)), ...readAssignments(words) };
        finish(check(checkRequest(options.profile, parameters, options), layout()), options.json === true);
      },
    );
}

async function fileParameters(file: string | undefined): Promise<Record<string, string>> {
  if (file === undefined) return {};
  const { readParameterFile } = await import("./parameter-file.js");
  return readParameterFile(file);
}

function checkRequest(
  workload: Workload,
  parameters: Record<string, string>,
  options: PodOptions,
): CheckRequest {
  const { major, memory, cpu, storage, walStorage, disk, instances } = options;
  const { allowUnsafe = [], acceptMemoryRisk = false, preload = [] } = options;
  return {
    workload,
    disk,
    pod: { major, memory, cpu, storage, ...(walStorage === undefined ? {} : { walStorage }) },
    instances,
    parameters,
    allowUnsafe,
    acceptMemoryRisk,
    preload,
  };
}

function addProfile(parent: Command, { finish, layout }: VerbSurroundings): void {
  const command = parent
    .command("profile")
    .summary("what a profile sets on a pod of this size, and why")
    .description(
      "Shows the values a profile gives a pod of this size, each with its reason, and the memory they can take.",
    )
    .addArgument(new Argument("<workload>", "kind of work").choices(Object.values(Workload)))
    .argument("[name=value...]", "parameters, in place of the profile's");
  addPodOptions(command)
    .addOption(
      choiceOption(
        "--format <form>",
        "for people, for postgresql.conf, or a YAML map",
        ProfileFormat,
      ).default(ProfileFormat.Table),
    )
    .addOption(jsonOption())
    .addHelpText(
      "after",
      examples(
        "profile oltp --memory 8Gi --cpu 4",
        "profile analytics --memory 32Gi --cpu 8 --wal-storage 50Gi jit=off",
        "profile oltp --memory 8Gi --cpu 4 --format yaml > oltp.yaml",
      ),
    )
    .action(
      async (
        workload: Workload,
        words: string[],
        options: PodOptions & JsonOption & { format: ProfileFormat },
      ) => {
        const { profile } = await import("./commands/profile.js");
        const request = checkRequest(workload, readAssignments(words), options);
        finish(profile({ ...request, format: options.format }, layout()), options.json === true);
      },
    );
}

function addDescribe(parent: Command, { finish, layout, progress, env }: VerbSurroundings): void {
  const command = parent
    .command("describe")
    .summary("everything about one parameter")
    .description(
      "Tells the type, range, default, meaning and owner of a parameter, and what changing it does; of a running instance also " +
        "its value there.",
    )
    .argument("<name>", "the parameter")
    .addOption(majorOption())
    .option("--instance <name>", "a running instance, whose major counts; needs a kubeconfig");
  addTargetOptions(command)
    .addOption(jsonOption())
    .addHelpText(
      "after",
      examples(
        "describe work_mem",
        "describe autovacuum_max_workers --major 17 --json",
        "describe work_mem --instance orders",
      ),
    )
    .action(async (name: string, options: DescribeOptions) => {
      const json = options.json === true;
      const { describe, describeRunning } = await import("./commands/describe.js");
      if (options.instance === undefined)
        return finish(describe({ name, major: options.major }, layout()), json);
      const request = { instance: options.instance, name, ...targetOf(options, env) };
      finish(await describeRunning(request, layout(), await clusterSurroundings({ progress, env })), json);
    });
}

type DescribeOptions = JsonOption & TargetOptions & { major: number; instance?: string };

function addPlan(parent: Command, { finish, layout }: VerbSurroundings): void {
  parent
    .command("plan")
    .summary("what happens when some parameters become others")
    .description(
      "Says which values reload and which restart the servers, in which order, and for about how long writes pause. Files " +
        "are YAML or JSON maps, Clusters, or postgresql.conf; - is standard input. Exits with 2 when it cannot be done.",
    )
    .requiredOption("--from <file>", "the parameters as they are")
    .requiredOption("--to <file>", "the parameters as they are to be")
    .addOption(majorOption())
    .addOption(instancesOption())
    .addOption(
      choiceOption(
        "--primary-update-method <method>",
        "how the primary restarts",
        PrimaryUpdateMethod,
      ).default(PrimaryUpdateMethod.Restart),
    )
    .addOption(
      choiceOption(
        "--primary-update-strategy <strategy>",
        "whether the primary waits for a person",
        PrimaryUpdateStrategy,
      ).default(PrimaryUpdateStrategy.Unsupervised),
    )
    .addOption(drainOption())
    .addOption(
      choiceOption("--mode <mode>", "when restarts happen, as parameterChanges.mode", ApplyMode).default(
        ApplyMode.Immediate,
      ),
    )
    .addOption(jsonOption())
    .addHelpText(
      "after",
      examples(
        "plan --from before.yaml --to after.yaml --instances 3",
        "plan --from old.conf --to new.conf --mode window --json",
      ),
    )
    .action(async ({ json, from, to, ...options }: PlanOptions & JsonOption) => {
      const { plan } = await import("./commands/plan.js");
      const { readParameterFile } = await import("./parameter-file.js");
      if (from === "-" && to === "-") throw new UsageError("Only one of them can be standard input.");
      const request = { ...options, from: await readParameterFile(from), to: await readParameterFile(to) };
      finish(plan(request, layout()), json === true);
    });
}

interface PlanOptions extends Omit<PlanRequest, "from" | "to"> {
  from: string;
  to: string;
}

function addGet(parent: Command, { finish, layout, progress, env }: VerbSurroundings): void {
  const command = parent
    .command("get")
    .summary("the parameters of a running instance, and how they differ from what is asked for")
    .description(
      "Reads the parameters of a running instance: values, where they come from, what waits for a restart, and what differs " +
        "from what is asked for. Needs a kubeconfig with the right to create pods/exec.",
    )
    .argument("<instance>", "name of the PostgresInstance")
    .argument("[name...]", "only these parameters");
  addTargetOptions(command)
    .option("--changed", "only what is not the server's built-in default, is asked for, waits or differs")
    .option("--fail-on-drift", "exit with 3 when a server runs with another value than the one asked for")
    .addOption(jsonOption())
    .addHelpText(
      "after",
      examples("get orders --changed", "get orders work_mem max_connections --namespace shop --json"),
    )
    .action(async (instance: string, names: string[], options: GetOptions & JsonOption) => {
      const { get } = await import("./commands/get.js");
      const { changed: changedOnly = false, failOnDrift = false } = options;
      const request = { ...targetOf(options, env), instance, names, changedOnly, failOnDrift };
      finish(
        await get(request, layout(), await clusterSurroundings({ progress, env })),
        options.json === true,
      );
    });
}

interface GetOptions extends TargetOptions {
  changed?: boolean;
  failOnDrift?: boolean;
}
