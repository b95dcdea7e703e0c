import { createHash } from "node:crypto";
import { existsSync, readFileSync, readlinkSync, statSync, writeFileSync } from "node:fs";
import { request as httpRequest } from "node:http";
import { request as httpsRequest } from "node:https";
import { join } from "node:path";
import { isRunning, readRecord, signal, spawnDaemon, stopDaemon, waitFor } from "../process";
import { cgroupProcesses, systemCgroupFile } from "./cgroups";
import { Layout } from "./layout";
import { inside, netnsFile } from "./network";

/** One process of the cluster. */
export interface Component {
  name: string;
  command: string;
  args: readonly string[];
  env?: Record<string, string>;
  /** Configuration files by path, written before the start; a change restarts it. */
  config?: Record<string, string>;
  /** Files it reads that others made; a change restarts it. */
  files?: string[];
  /** An address that answers 200 when it works, or a question of its own. */
  healthy: string | (() => Promise<boolean>);
  /** Milliseconds to become healthy. Default 30 000. */
  timeoutMs?: number;
  /** Milliseconds between TERM and KILL. Default 5000. */
  graceMs?: number;
}

export type ComponentState = "healthy" | "unhealthy" | "not running";

export function logFileOf(layout: Layout, name: string): string {
  return join(layout.logsDir, `${name}.log`);
}

export function pidFileOf(layout: Layout, name: string): string {
  return join(layout.clusterDir, "pids", `${name}.json`);
}

/**
 * Makes sure the component runs as described and is healthy: a running healthy one is left alone, anything else is
 * stopped and started. Answers whether it was started.
 */
export async function ensureComponent(layout: Layout, component: Component): Promise<boolean> {
  const pidFile = pidFileOf(layout, component.name);
  const record = readRecord(pidFile);
  writeConfig(component.config ?? {});
  const fingerprint = fingerprintOf(component);
  const same = isRunning(record) && record.fingerprint === fingerprint && inNamespace(layout, record.pid);
  if (same && (await settles(component))) return false;
  await stopDaemon(pidFile, component.graceMs);
  await endStrays(layout, component);
  await start(layout, component, fingerprint);
  return true;
}

/** Leaves files that are as they should be untouched: kube-proxy ends itself when its file is written, even with the same content. */
export function writeConfig(config: Record<string, string>): void {
  for (const [path, content] of Object.entries(config))
    if (!existsSync(path) || readFileSync(path, "utf8") !== content) writeFileSync(path, content);
}

/** A start that was killed between starting a process and recording it leaves one that holds the ports of the next. */
async function endStrays(layout: Layout, component: Component): Promise<void> {
  const strays = (): number[] =>
    cgroupProcesses(layout, "system").filter(pid => hasArguments(pid, component.args));
  strays().forEach(pid => signal(pid, "SIGKILL"));
  await waitFor(() => strays().length === 0, {
    what: `The end of an earlier ${component.name}`,
    timeoutMs: 10_000,
  });
}

function hasArguments(pid: number, args: readonly string[]): boolean {
  try {
    return readFileSync(`/proc/${pid}/cmdline`, "utf8").endsWith(`\0${args.join("\0")}\0`);
  } catch {
    return false;
  }
}

async function start(layout: Layout, component: Component, fingerprint: string): Promise<void> {
  const pidFile = pidFileOf(layout, component.name);
  const logFile = logFileOf(layout, component.name);
  const joinCgroup = ['echo $$ > "$0" && exec "$@"', systemCgroupFile(layout)];
  const [command, args] = inside(layout, "sh", ["-c", ...joinCgroup, component.command, ...component.args]);
  const record = await spawnDaemon({ command, args, env: component.env, logFile, pidFile, fingerprint });
  await waitFor(() => isHealthy(component), {
    what: `The embedded cluster's ${component.name}`,
    timeoutMs: component.timeoutMs ?? 30_000,
    everyMs: 50,
    logFile,
    hopeless: () => (isRunning(record) ? undefined : "its process has ended"),
  });
}

/** A component that was just busy gets two seconds before it counts as broken. */
async function settles(component: Component): Promise<boolean> {
  for (let attempt = 0; attempt < 4; attempt++) {
    if (await isHealthy(component)) return true;
    await new Promise(resolve => setTimeout(resolve, 500));
  }
  return false;
}

export async function stateOf(layout: Layout, component: Component): Promise<ComponentState> {
  if (!isRunning(readRecord(pidFileOf(layout, component.name)))) return "not running";
  return (await isHealthy(component)) ? "healthy" : "unhealthy";
}

async function isHealthy(component: Component): Promise<boolean> {
  if (typeof component.healthy !== "string") return component.healthy().catch(() => false);
  return (await statusOf(component.healthy)) === 200;
}

/** The status code of a GET, or 0 when nobody answers within two seconds. */
export function statusOf(url: string): Promise<number> {
  const request = url.startsWith("https:") ? httpsRequest : httpRequest;
  return new Promise(resolve => {
    // Only "does it answer" is asked here; who it is was settled by starting it.
    const call = request(url, { timeout: 2000, rejectUnauthorized: false, agent: false }, response => {
      response.resume();
      resolve(response.statusCode ?? 0);
    });
    call.on("timeout", () => call.destroy());
    call.on("error", () => resolve(0));
    call.end();
  });
}

function fingerprintOf(component: Component): string {
  const hash = createHash("sha256").update(
    JSON.stringify([component.command, component.args, component.env ?? {}, component.config ?? {}]),
  );
  for (const file of component.files ?? []) hash.update(readFileSync(file));
  const program = statSync(component.command);
  return hash.update(`${program.size} ${program.mtimeMs}`).digest("hex").slice(0, 16);
}

/** A namespace that was made anew has another identity than the one a surviving process is in. */
function inNamespace(layout: Layout, pid: number): boolean {
  try {
    const id = /\d+/.exec(readlinkSync(`/proc/${pid}/ns/net`))?.[0];
    return id === String(statSync(netnsFile(layout)).ino);
  } catch {
    return false;
  }
}
