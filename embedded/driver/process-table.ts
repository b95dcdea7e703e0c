import { readdirSync, readFileSync } from "node:fs";
import { signal } from "../process";
import type { ProcessFacts } from "./interrupted";

/** Clock ticks per second in `/proc`, fixed on Linux for every architecture Node runs on. */
const ticksPerSecond = 100;

/** What this host knows about a process id; `undefined` when there is no such process. */
export function processFacts(pid: number): ProcessFacts | undefined {
  if (process.platform !== "linux") return processFactsBySignal(pid);
  const stat = readOrUndefined(`/proc/${pid}/stat`);
  if (stat === undefined) return undefined;
  const { program, fields } = parseStat(stat);
  // A zombie has ended; nobody has asked for its exit code yet.
  if (fields[0] === "Z") return undefined;
  return { program, startedAt: new Date(bootTime() + (Number(fields[19]) / ticksPerSecond) * 1000) };
}

/** The program's name may hold spaces and brackets, so it is cut out by the last closing bracket. */
function parseStat(stat: string): { program: string; fields: string[] } {
  const open = stat.indexOf("(");
  const close = stat.lastIndexOf(")");
  return { program: stat.slice(open + 1, close), fields: stat.slice(close + 2).split(" ") };
}

function bootTime(): number {
  const line = /^btime (\d+)$/m.exec(readFileSync("/proc/stat", "utf8"));
  return Number(line?.[1] ?? 0) * 1000;
}

function processFactsBySignal(pid: number): ProcessFacts | undefined {
  try {
    process.kill(pid, 0);
    return { program: "a process", startedAt: new Date(0) };
  } catch (error) {
    // EPERM: it exists and belongs to somebody else.
    return (error as NodeJS.ErrnoException).code === "EPERM"
      ? { program: "another user's process", startedAt: new Date(0) }
      : undefined;
  }
}

function readOrUndefined(path: string): string | undefined {
  try {
    return readFileSync(path, "utf8");
  } catch {
    // The process ended between two looks at it.
    return undefined;
  }
}

/**
 * Asks the children of this process to end, but not those that were started to outlive it: they have a session of
 * their own. For an interrupted run, whose compilers would otherwise go on.
 */
export function endChildren(): void {
  if (process.platform !== "linux") return;
  const mine = statFields(process.pid);
  for (const name of readdirSync("/proc").filter(entry => /^\d+$/.test(entry))) {
    const fields = statFields(Number(name));
    const [, parent, , session] = fields ?? [];
    if (Number(parent) === process.pid && session === mine?.[3]) process.kill(Number(name), "SIGTERM");
  }
}

/**
 * Signals every process of a session: what its leader started, and what that started.
 *
 * @param leader process id of the one that was started `detached`
 */
export function signalSession(leader: number, name: NodeJS.Signals): void {
  if (process.platform !== "linux") {
    signal(-leader, name);
    return;
  }
  const members = readdirSync("/proc")
    .filter(entry => /^\d+$/.test(entry))
    .map(Number)
    .filter(pid => Number(statFields(pid)?.[3]) === leader);
  // The leader last: when it signals its own session, nobody is left out.
  for (const pid of members.sort((a, b) => Number(a === leader) - Number(b === leader))) signal(pid, name);
}

function statFields(pid: number): string[] | undefined {
  const stat = readOrUndefined(`/proc/${pid}/stat`);
  return stat === undefined ? undefined : parseStat(stat).fields;
}
