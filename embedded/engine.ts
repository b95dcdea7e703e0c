import { access, constants, mkdir, readlink, rm, symlink } from "node:fs/promises";
import { readFileSync } from "node:fs";
import { homedir } from "node:os";
import { delimiter, join, resolve } from "node:path";

import { PulumiCommand } from "@pulumi/pulumi/automation";

import { ensureBinaries } from "./binaries";
import { cacheDir, stateDir } from "./paths";
import { run } from "./process";
import type { Progress } from "./progress";
import { isStandIn, providerDirectory } from "./providers";

export interface Engine {
  /** Absolute path of the `pulumi` program. */
  command: string;
  version: string;
  /** Why this one was taken, for the person who started us. */
  reason: string;
}

export interface PluginChoice {
  name: string;
  standIn: boolean;
  reason: string;
}

export interface ProviderPlugins {
  /** To be put first on the engine's PATH; absent when no stand-in is used. */
  directory?: string;
  choices: PluginChoice[];
}

let found: Promise<Engine> | undefined;

/**
 * A Pulumi engine that this SDK accepts: the one on PATH or in `PULUMI_HOME`, else the one Automation API installs, else one
 * built from source. Throws when there is none, with the reason of each.
 */
export function ensureEngine(progress: Progress): Promise<Engine> {
  found ??= findEngine(progress).catch((error: unknown) => {
    found = undefined;
    throw error;
  });
  return found;
}

async function findEngine(progress: Progress): Promise<Engine> {
  const refused: string[] = [];
  const installed = await installedEngine(refused);
  if (installed !== undefined) return installed;
  const downloaded = await downloadedEngine(progress, refused);
  if (downloaded !== undefined) return downloaded;
  try {
    return await builtEngine(progress, refused);
  } catch (error) {
    throw new Error(
      `There is no Pulumi engine: ${refused.join("; ")}; building it failed: ${messageOf(error)}. Install it from https://www.pulumi.com/docs/install/ and put it on PATH.`,
      { cause: error },
    );
  }
}

async function installedEngine(refused: string[]): Promise<Engine | undefined> {
  const onPath = await findOnPath("pulumi");
  const inHome = join(pulumiHome(), "bin", "pulumi");
  const candidates = [
    ...(onPath === undefined ? [] : [{ command: onPath, reason: `found on PATH at ${onPath}` }]),
    ...((await isExecutable(inHome))
      ? [{ command: inHome, reason: `found in Pulumi's home at ${inHome}` }]
      : []),
  ];
  if (candidates.length === 0) refused.push("no pulumi on PATH");
  for (const { command, reason } of candidates) {
    try {
      return { command, version: await versionOf(command), reason };
    } catch (error) {
      refused.push(`${command} cannot be used (${messageOf(error)})`);
    }
  }
  return undefined;
}

const downloadRoot = (): string => cacheDir("engine", "installed");
const downloadTimeoutMs = 180_000;

async function downloadedEngine(progress: Progress, refused: string[]): Promise<Engine | undefined> {
  const command = join(downloadRoot(), "bin", "pulumi");
  if (await isExecutable(command)) {
    return {
      command,
      version: await versionOf(command),
      reason: "installed earlier by Pulumi's Automation API",
    };
  }
  const obstacle = await downloadObstacle();
  if (obstacle !== undefined) {
    refused.push(`no download, because ${obstacle}`);
    return undefined;
  }
  try {
    await progress.step("Install the Pulumi engine", say => {
      say("the download");
      return within(downloadTimeoutMs, PulumiCommand.install({ root: downloadRoot() }));
    });
    return {
      command,
      version: await versionOf(command),
      reason: `installed by Pulumi's Automation API (${refused[0]})`,
    };
  } catch (error) {
    await rm(downloadRoot(), { recursive: true, force: true });
    refused.push(`its installer failed (${messageOf(error)})`);
    return undefined;
  }
}

async function builtEngine(progress: Progress, refused: string[]): Promise<Engine> {
  const { pulumi } = await ensureBinaries(progress, ["pulumi"]);
  const command = join(await ownFolder(pulumi), "pulumi");
  return { command, version: await versionOf(command), reason: `built from source (${refused.join("; ")})` };
}

/**
 * Automation API puts the engine's folder in front of PATH, and the cache's folder holds other programs, one of them
 * called `node`: the engine gets a folder with nothing else in it.
 */
async function ownFolder(program: string): Promise<string> {
  const folder = cacheDir("engine", "built", "bin");
  await mkdir(folder, { recursive: true });
  const link = join(folder, "pulumi");
  if ((await readlink(link).catch(() => undefined)) !== program) {
    await rm(link, { force: true });
    await symlink(program, link);
  }
  return folder;
}

async function versionOf(command: string): Promise<string> {
  const { version } = await PulumiCommand.get({ root: resolve(command, "..", "..") }).catch(() =>
    onlyVersion(command),
  );
  if (version === null) throw new Error(`${command} does not say its version`);
  return version.toString();
}

/** A program outside a `bin` folder: Automation API finds it by PATH alone. */
async function onlyVersion(command: string): Promise<PulumiCommand> {
  const path = process.env["PATH"];
  if (resolve(command) !== (await findOnPath("pulumi")))
    throw new Error(`it is neither on PATH nor in a bin folder`);
  if (path === undefined) throw new Error("PATH is empty");
  return PulumiCommand.get();
}

/**
 * The resource plugins of the named packages: on PATH, in Pulumi's plugin cache, downloaded, or, unless `realOnly`, our
 * stand-ins. Throws when a real plugin is demanded and cannot be had, or when there is no stand-in.
 */
export async function providerPlugins(
  progress: Progress,
  names: readonly string[],
  options: { realOnly: boolean },
): Promise<ProviderPlugins> {
  const choices: PluginChoice[] = [];
  for (const name of names) choices.push(await choosePlugin(progress, name, options.realOnly));
  const standIns = choices.filter(({ standIn }) => standIn).map(({ name }) => name);
  if (standIns.length === 0) return { choices };
  return { directory: await providerDirectory(progress, standIns), choices };
}

async function choosePlugin(progress: Progress, name: string, realOnly: boolean): Promise<PluginChoice> {
  const onPath = await findOnPath(`pulumi-resource-${name}`);
  if (onPath !== undefined) return { name, standIn: false, reason: `plugin found on PATH at ${onPath}` };
  const version = sdkVersion(name);
  if (await isInstalled(name, version))
    return { name, standIn: false, reason: `plugin ${version} is installed` };
  const obstacle = (await downloadObstacle()) ?? (await installPlugin(progress, name, version));
  if (obstacle === undefined) return { name, standIn: false, reason: `plugin ${version} was downloaded` };
  if (realOnly) {
    throw new Error(
      `The resource plugin ${name} ${version} is neither on PATH nor installed, and cannot be downloaded: ${obstacle}. Run \`pulumi plugin install resource ${name} ${version}\` where that is possible, or leave out --real-plugins.`,
    );
  }
  if (!isStandIn(name)) {
    throw new Error(
      `The resource plugin ${name} ${version} cannot be downloaded (${obstacle}) and has no stand-in.`,
    );
  }
  return {
    name,
    standIn: true,
    reason: `stand-in plugin, because ${version} cannot be downloaded: ${obstacle}`,
  };
}

const installTimeoutMs = 120_000;

/** Undefined when it worked, else why not. */
async function installPlugin(progress: Progress, name: string, version: string): Promise<string | undefined> {
  const { command } = await ensureEngine(progress);
  try {
    await progress.step(`Download the resource plugin ${name} ${version}`, say => {
      say("the download");
      return run(command, ["plugin", "install", "resource", name, version], { timeoutMs: installTimeoutMs });
    });
    return undefined;
  } catch (error) {
    return messageOf(error).split("\n")[0] ?? "the download failed";
  }
}

async function isInstalled(name: string, version: string): Promise<boolean> {
  const folder = join(pulumiHome(), "plugins", `resource-${name}-v${version}`);
  return isExecutable(join(folder, `pulumi-resource-${name}`));
}

/** The engine asks for the plugin of the SDK's own version. */
function sdkVersion(name: string): string {
  const manifest = require.resolve(`@pulumi/${name}/package.json`);
  return (JSON.parse(readFileSync(manifest, "utf8")) as { version: string }).version;
}

const pulumiHome = (): string => process.env["PULUMI_HOME"] ?? join(homedir(), ".pulumi");

const probeTimeoutMs = 4_000;
let probe: Promise<string | undefined> | undefined;

/** Why Pulumi's downloads cannot be reached, or undefined when they can; asked once. */
function downloadObstacle(): Promise<string | undefined> {
  probe ??= fetch("https://get.pulumi.com/", {
    method: "HEAD",
    signal: AbortSignal.timeout(probeTimeoutMs),
  }).then(
    answer => (answer.ok ? undefined : `get.pulumi.com answers ${answer.status}`),
    (error: unknown) => `get.pulumi.com cannot be reached (${causeOf(error)})`,
  );
  return probe;
}

/** The first executable of that name on PATH, our own stand-ins aside. */
async function findOnPath(name: string): Promise<string | undefined> {
  for (const folder of (process.env["PATH"] ?? "").split(delimiter)) {
    if (folder === "" || resolve(folder) === stateDir("providers")) continue;
    const candidate = resolve(folder, name);
    if (await isExecutable(candidate)) return candidate;
  }
  return undefined;
}

async function isExecutable(path: string): Promise<boolean> {
  return access(path, constants.X_OK).then(
    () => true,
    () => false,
  );
}

async function within<T>(milliseconds: number, work: Promise<T>): Promise<T> {
  let timer: NodeJS.Timeout | undefined;
  const late = new Promise<never>((_resolve, reject) => {
    timer = setTimeout(() => reject(new Error(`not done after ${milliseconds / 1000} s`)), milliseconds);
  });
  return Promise.race([work, late]).finally(() => clearTimeout(timer));
}

const messageOf = (error: unknown): string => (error instanceof Error ? error.message.trim() : String(error));

/** `fetch failed` hides what failed; its cause says it. */
function causeOf(error: unknown): string {
  const cause = error instanceof Error ? error.cause : undefined;
  return cause instanceof Error ? messageOf(cause) : messageOf(error);
}
