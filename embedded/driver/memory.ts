import { existsSync, readdirSync, readFileSync, statSync } from "node:fs";

/** Measures how much memory the cluster, its pods, the engine and this process use together. */
export interface MemoryWatch {
  /** The highest sum seen, in bytes; `undefined` where it cannot be measured. */
  peak(): number | undefined;
  stop(): void;
}

/** Milliseconds between two measurements. */
const period = 4_000;

/**
 * Starts measuring: the proportional set size, so that memory shared between processes counts once.
 *
 * @param netns name of the network namespace the node's processes run in
 */
export function watchMemory(netns: string): MemoryWatch {
  const namespace = `/run/netns/${netns}`;
  let highest: number | undefined;
  const measure = (): void => {
    const now = usedBytes(namespace);
    if (now !== undefined) highest = Math.max(highest ?? 0, now);
  };
  const timer = setInterval(measure, period).unref();
  measure();
  return {
    peak: () => {
      measure();
      return highest;
    },
    stop: () => clearInterval(timer),
  };
}

function usedBytes(namespaceFile: string): number | undefined {
  if (process.platform !== "linux" || !existsSync(namespaceFile)) return undefined;
  const node = statSync(namespaceFile).ino;
  const table = processTable();
  const ours = table.filter(
    ({ pid, namespace, pod }) => pod || namespace === node || isBelow(pid, process.pid, table),
  );
  return ours.reduce((sum, { pid }) => sum + proportionalSetSize(pid), 0);
}

interface TableRow {
  readonly pid: number;
  readonly parent: number;
  /** Inode of the network namespace. */
  readonly namespace: number;
  readonly pod: boolean;
}

function processTable(): TableRow[] {
  return readdirSync("/proc")
    .filter(name => /^\d+$/.test(name))
    .flatMap(name => {
      try {
        const stat = readFileSync(`/proc/${name}/stat`, "utf8");
        const parent = Number(stat.slice(stat.lastIndexOf(")") + 2).split(" ")[1]);
        const pod = readFileSync(`/proc/${name}/cgroup`, "utf8").includes("kubepods");
        return [{ pid: Number(name), parent, namespace: statSync(`/proc/${name}/ns/net`).ino, pod }];
      } catch {
        // Ended while it was looked at, or another user's.
        return [];
      }
    });
}

function isBelow(pid: number, ancestor: number, table: readonly TableRow[]): boolean {
  const parents = new Map(table.map(row => [row.pid, row.parent]));
  for (let at: number | undefined = pid; at !== undefined && at > 1; at = parents.get(at)) {
    if (at === ancestor) return true;
  }
  return false;
}

function proportionalSetSize(pid: number): number {
  try {
    const match = /^Pss:\s+(\d+) kB$/m.exec(readFileSync(`/proc/${pid}/smaps_rollup`, "utf8"));
    return Number(match?.[1] ?? 0) * 1024;
  } catch {
    return 0;
  }
}
