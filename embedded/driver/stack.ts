import { execFile } from "node:child_process";
import { existsSync, mkdirSync, symlinkSync, writeFileSync } from "node:fs";
import { homedir } from "node:os";
import { randomBytes } from "node:crypto";
import { basename, dirname, join } from "node:path";
import { promisify } from "node:util";
import { LocalWorkspace, PulumiCommand, type PulumiFn, type Stack } from "@pulumi/pulumi/automation";
import { copySettings } from "./work-copy";

/** Where a stack lives on this machine and what runs it. */
export interface StackSettings {
  readonly project: string;
  readonly stack: string;
  /** Holds the backend, the passphrase and the work directory of the stack. */
  readonly folder: string;
  readonly engine: PulumiCommand;
  readonly program: PulumiFn;
  /** Added to the engine's environment, and with it to that of the provider plugins. */
  readonly environment: Readonly<Record<string, string>>;
  /** A folder with `Pulumi.yaml` and perhaps `Pulumi.<stack>.yaml`; they are copied, never written to. */
  readonly settingsFrom?: string;
  /** Configuration on top of the copied file. */
  readonly config?: Readonly<Record<string, string>>;
}

/** An opened stack and the way to run a plain CLI command on it. */
export interface OpenStack {
  readonly stack: Stack;
  /** Runs `pulumi <arguments> --stack <stack>` in the work directory and gives back its stdout. */
  cli(...args: string[]): Promise<string>;
}

const backendDir = (folder: string): string => join(folder, "backend");
const workDir = (folder: string): string => join(folder, "work");

/** The folder of lock files that the engine's file backend keeps for a stack. */
export function lockDir({
  folder,
  project,
  stack,
}: Pick<StackSettings, "folder" | "project" | "stack">): string {
  return join(backendDir(folder), ".pulumi", "locks", "organization", project, stack);
}

/**
 * The Automation API's handle of an engine.
 *
 * @param command the name of a program on PATH, or the absolute path of one
 */
export async function engineAt(command: string): Promise<PulumiCommand> {
  if (!command.includes("/")) return PulumiCommand.get();
  const bin = dirname(command);
  // The Automation API looks for `<root>/bin/pulumi`.
  if (basename(bin) === "bin" && basename(command) === "pulumi")
    return PulumiCommand.get({ root: dirname(bin) });
  process.env.PATH = `${bin}:${process.env.PATH ?? ""}`;
  return PulumiCommand.get();
}

/** Creates or selects the stack, with a file backend and a random passphrase of its own. */
export async function openStack(settings: StackSettings): Promise<OpenStack> {
  const { folder, stack: stackName, project } = settings;
  mkdirSync(backendDir(folder), { recursive: true });
  mkdirSync(workDir(folder), { recursive: true });
  if (settings.settingsFrom !== undefined) copySettings(settings.settingsFrom, workDir(folder), stackName);
  const environment = { ...settings.environment, ...engineEnvironment(folder) };
  const stack = await LocalWorkspace.createOrSelectStack(
    { stackName, projectName: project, program: settings.program },
    {
      workDir: workDir(folder),
      pulumiCommand: settings.engine,
      envVars: environment,
      ...(settings.settingsFrom === undefined
        ? { projectSettings: { name: project, runtime: "nodejs" } }
        : {}),
    },
  );
  for (const [key, value] of Object.entries(settings.config ?? {})) await stack.setConfig(key, { value });
  return {
    stack,
    cli: (...args) => runCli(settings.engine, [...args, "--stack", stackName], workDir(folder), environment),
  };
}

const execute = promisify(execFile);

async function runCli(
  engine: PulumiCommand,
  args: string[],
  cwd: string,
  environment: Record<string, string>,
): Promise<string> {
  try {
    const { stdout } = await execute(engine.command, [...args, "--non-interactive"], {
      cwd,
      env: { ...process.env, ...environment },
      maxBuffer: 256 * 1024 * 1024,
    });
    return stdout;
  } catch (error) {
    const { stdout = "", stderr = "" } = error as { stdout?: string; stderr?: string };
    throw new Error(`"pulumi ${args.join(" ")}" failed:\n${stderr}${stdout}`.trimEnd(), { cause: error });
  }
}

function engineEnvironment(folder: string): Record<string, string> {
  return {
    // Without it the engine writes what it knows of a file beside it, and empties that first: killed in between, it could
    // not read the state any more.
    PULUMI_BACKEND_URL: `file://${backendDir(folder)}?metadata=skip`,
    PULUMI_CONFIG_PASSPHRASE_FILE: passphraseFile(folder),
    PULUMI_HOME: engineHome(folder),
    // Both would go out to the network, which need not be there.
    PULUMI_SKIP_UPDATE_CHECK: "true",
    PULUMI_AUTOMATION_API_SKIP_VERSION_CHECK: "true",
  };
}

/**
 * A home of its own for the engine, so that the user's is left as it is. It shares the plugins, and a file stands where
 * the engine would keep debug logs: it writes every property of every resource there, which takes half of its time.
 */
function engineHome(folder: string): string {
  const home = join(folder, "pulumi-home");
  mkdirSync(home, { recursive: true });
  const plugins = join(process.env.PULUMI_HOME ?? join(homedir(), ".pulumi"), "plugins");
  if (existsSync(plugins) && !existsSync(join(home, "plugins"))) symlinkSync(plugins, join(home, "plugins"));
  if (!existsSync(join(home, "logs"))) writeFileSync(join(home, "logs"), "No debug logs here.\n");
  return home;
}

function passphraseFile(folder: string): string {
  const path = join(folder, "passphrase");
  if (!existsSync(path)) writeFileSync(path, randomBytes(24).toString("base64url"), { mode: 0o600 });
  return path;
}
