import { existsSync, readFileSync, renameSync } from "node:fs";
import { join, relative } from "node:path";
import type { OutputMap } from "@pulumi/pulumi/automation";
import { parse } from "yaml";
import { cacheDir, projectDir, stateDir } from "../paths";
import type { Progress } from "../progress";
import { type Command, Interrupted, interruptible, main, PlainFailure } from "./command";
import { type Display, openDisplay, type Timing } from "./display";
import { changeSummary } from "./engine-events";
import { type Environment, prepareEnvironment } from "./environment";
import { openKubernetes } from "./kubernetes";
import { watchMemory } from "./memory";
import { namesStore } from "./object-store";
import { redact, writeOutputs } from "./outputs";
import { referenceProgram } from "./program";
import { askExample } from "./example-application";
import { askPrintedConnection } from "./printed-connection";
import { recoverStack } from "./recover";
import { startReport } from "./report";
import { type StartOptions, startOptions, startUsage } from "./start-options";
import { requireEmbedded, thisMachine } from "./requirements";
import { runLock, takeLock } from "./run-lock";
import { isStale, readRunRecord, runFolder, type RunRecord, writeRunRecord } from "./run-record";
import { diskUsage } from "./size";
import { openStack, type OpenStack, type StackSettings } from "./stack";
import { update } from "./update";

/** What a start ends with. */
export interface StartResult {
  readonly stack: string;
  /** In words, e.g. `12 created` or `no changes`. */
  readonly changes: string;
  /** The connection URL, with its password left out. */
  readonly connection: string;
  /** What `SELECT version()` answered through it. */
  readonly serverVersion: string;
  /** Without secrets. */
  /** What the example application answered over HTTP, where the stack has one. */
  readonly example?: string;
  readonly outputs: Readonly<Record<string, unknown>>;
  readonly outputsFile: string;
  readonly timings: readonly Timing[];
  readonly seconds: number;
  readonly cacheBytes: number;
  /** Absent where it cannot be measured. */
  readonly peakMemoryBytes?: number;
}

async function start(
  options: StartOptions,
  display: Display,
  interruption: AbortSignal,
): Promise<StartResult> {
  // A mistyped context is better told now than after the engine was built.
  if (options.context !== undefined) await openKubernetes({ context: options.context });
  if (options.noInstall)
    display.note("Nothing is installed on this machine: programs are unpacked and built in the cache.");
  const settingsFrom = projectDir();
  const environment = await interruptible(
    prepareEnvironment(display, { ...options, ...neededByStack(settingsFrom, options.stack) }),
    interruption,
  );
  Object.assign(process.env, environment.programVariables);
  const memory = environment.cluster && watchMemory(environment.cluster.netns);
  const settings = stackSettings(options, environment, settingsFrom);
  setStaleStateAside(settings, environment, display);
  const { outputs, changes } = await bringUp(settings, environment, options, display, interruption);
  const outputsFile = join(settings.folder, "outputs.json");
  writeOutputs(outputsFile, outputs);
  const answered = await interruptible(
    askPrintedConnection(environment.access, outputs, display),
    interruption,
  );
  const example = await interruptible(askExample(environment.access, outputs, display), interruption);
  writeRunRecord(settings.folder, {
    ...runRecord(options, environment),
    finishedAt: new Date().toISOString(),
  });
  const peak = memory?.peak();
  return {
    stack: options.stack,
    changes,
    ...answered,
    ...(example === undefined ? {} : { example }),
    outputs: redact(outputs),
    outputsFile: relative(process.cwd(), outputsFile),
    cacheBytes: await diskUsage(cacheDir()),
    timings: display.timings,
    seconds: display.elapsed(),
    ...(peak === undefined ? {} : { peakMemoryBytes: peak }),
  };
}

const projectName = (folder: string): string => {
  const { name } = parse(readFileSync(join(folder, "Pulumi.yaml"), "utf8")) as { name: string };
  return name;
};

// The image of another version than the default has to be built before the stack can use it, and a store of its own is left to it.
function neededByStack(folder: string, stack: string): { postgresVersions?: string[]; ownStore?: boolean } {
  const file = join(folder, `Pulumi.${stack}.yaml`);
  if (!existsSync(file)) return {};
  const { config } = (parse(readFileSync(file, "utf8")) ?? {}) as { config?: Record<string, unknown> | null };
  const project = projectName(folder);
  const version = config?.[`${project}:postgres_version`];
  return {
    ...(version === undefined ? {} : { postgresVersions: [String(version)] }),
    ownStore: namesStore(config ?? {}, project),
  };
}

function stackSettings(options: StartOptions, environment: Environment, settingsFrom: string): StackSettings {
  const project = projectName(settingsFrom);
  return {
    project,
    stack: options.stack,
    folder: runFolder(options.context),
    engine: environment.engine,
    program: referenceProgram(join(settingsFrom, "dist")),
    environment: environment.variables,
    settingsFrom,
    ...(options.context === undefined
      ? {}
      : { config: { [`${project}:kubernetes_context`]: options.context } }),
  };
}

const runRecord = (options: StartOptions, environment: Environment): RunRecord => ({
  stack: options.stack,
  cluster: environment.access,
  ...(environment.cluster ? { clusterId: environment.cluster.id } : {}),
});

function setStaleStateAside({ folder }: StackSettings, { cluster }: Environment, progress: Progress): void {
  const before = readRunRecord(folder);
  const backend = join(folder, "backend");
  if (!isStale(before, cluster?.id) || !existsSync(backend)) return;
  const aside = `${backend}-of-${before?.clusterId ?? "unknown"}`;
  renameSync(backend, aside);
  progress.note(
    "The embedded cluster was built anew, so the stack's state describes objects that are gone. " +
      `It was moved to ${relative(process.cwd(), aside)}; the stack starts empty.`,
  );
}

async function bringUp(
  settings: StackSettings,
  environment: Environment,
  options: StartOptions,
  display: Display,
  interruption: AbortSignal,
): Promise<{ outputs: OutputMap; changes: string }> {
  const opened = await display.step(`Open stack ${settings.stack}`, async say => {
    say("the engine");
    writeRunRecord(settings.folder, runRecord(options, environment));
    const stack = await openStack(settings);
    await repair(settings, stack, environment, display, say);
    return stack;
  });
  const began = new Date();
  const result = await update(opened, display, {
    title: `Update stack ${settings.stack}`,
    logFile: stateDir("logs", "engine.log"),
    interruption,
    ...(options.verbose ? { onOutput: (text: string) => process.stderr.write(text) } : {}),
  }).catch((error: unknown) => explain(error, environment, began));
  return { outputs: result.outputs, changes: changeSummary(result.changes) };
}

/** Warnings shown after a failure. */
const warningsShown = 5;

// What keeps a pod from running is known to the cluster, not to the engine.
async function explain(error: unknown, { access, cluster }: Environment, since: Date): Promise<never> {
  if (!(error instanceof PlainFailure) || error instanceof Interrupted) throw error;
  const warnings = await openKubernetes(access)
    .then(kubernetes => kubernetes.warnings(since))
    .catch((reason: unknown) => [`The cluster could not be asked: ${String(reason)}`]);
  const kubectl = cluster ? `${cluster.kubectl} --kubeconfig ${cluster.kubeconfig}` : "kubectl";
  const shown = warnings.slice(-warningsShown).map(warning => `  ${warning.slice(0, 400)}\n`);
  const said = shown.length === 0 ? "" : `\n\nLast warnings of the cluster:\n${shown.join("")}`;
  throw new PlainFailure(`${error.message}${said}\nTo look further: ${kubectl} get pods,events -A`, {
    cause: error,
  });
}

async function repair(
  settings: StackSettings,
  stack: OpenStack,
  environment: Environment,
  progress: Progress,
  say: (awaited: string) => void,
): Promise<void> {
  const kubernetes = await openKubernetes(environment.access);
  const { interrupted, decisions } = await recoverStack(settings, stack, kubernetes, say);
  if (!interrupted) return;
  progress.note("The last run was interrupted; its state has been repaired.");
  for (const { action, reason } of decisions) {
    progress.note(
      action === "adopt" ? `  taken into the state: ${reason}` : `  will be created again: ${reason}`,
    );
  }
}

const command: Command = {
  usage: startUsage,
  async run(argv, interruption) {
    const options = startOptions(argv);
    if (options.context === undefined) requireEmbedded(thisMachine());
    const release = takeLock(runLock(), "npm start");
    const display = openDisplay({
      stream: options.json ? process.stderr : process.stdout,
      verbose: options.verbose,
    });
    try {
      const result = await start(options, display, interruption);
      display.close();
      process.stdout.write(options.json ? `${JSON.stringify(result, null, 2)}\n` : startReport(result));
    } finally {
      display.close();
      release();
    }
  },
};

if (require.main === module) void main(command);
