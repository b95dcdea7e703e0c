import { existsSync, mkdirSync, readdirSync, readFileSync, rmdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { Layout } from "./layout";

/** The mounted hierarchies: one of cgroup v2, or one per controller of v1. */
function hierarchies(): { path: string; v2: boolean }[] {
  return readFileSync("/proc/self/mounts", "utf8")
    .split("\n")
    .map(line => line.split(" "))
    .filter(fields => fields[2] === "cgroup" || fields[2] === "cgroup2")
    .map(fields => ({ path: fields[1] ?? "", v2: fields[2] === "cgroup2" }));
}

/** The cluster's own cgroup in every hierarchy: kubelet's pods go below it, and everything in it is ours to end. */
export function ensureCgroups(layout: Layout): void {
  const all = hierarchies();
  if (all.length === 0)
    throw new Error("No cgroup hierarchy is mounted on this machine, so containers cannot run.");
  for (const { path, v2 } of all) {
    const dir = join(path, layout.name);
    mkdirSync(join(dir, "system"), { recursive: true });
    if (v2) delegate(path, dir);
    // cpuset of v1 accepts no process until both lists are set, and they are not inherited.
    for (const list of ["cpuset.cpus", "cpuset.mems"])
      for (const child of [dir, join(dir, "system")])
        if (!v2 && existsSync(join(child, list)) && readFileSync(join(child, list), "utf8").trim() === "")
          writeFileSync(join(child, list), readFileSync(join(path, list)));
  }
}

function delegate(root: string, dir: string): void {
  const controllers = readFileSync(join(root, "cgroup.controllers"), "utf8").split(/\s+/).filter(Boolean);
  for (const target of [root, dir])
    for (const controller of controllers) {
      const enabled = readFileSync(join(target, "cgroup.subtree_control"), "utf8").split(/\s+/);
      if (!enabled.includes(controller))
        writeFileSync(join(target, "cgroup.subtree_control"), `+${controller}`);
    }
}

/** Writing a process id here puts the process into the cluster's cgroup. */
export function systemCgroupFile(layout: Layout): string {
  const all = hierarchies();
  const chosen = all.find(({ path }) => path.endsWith("/pids")) ?? all.find(({ v2 }) => v2) ?? all[0];
  return join(chosen?.path ?? "/sys/fs/cgroup", layout.name, "system", "cgroup.procs");
}

/** Every process in the cluster's cgroups, containers included, or only those in one of their children. */
export function cgroupProcesses(layout: Layout, child = ""): number[] {
  const pids = new Set<number>();
  for (const { path } of hierarchies())
    for (const dir of folders(join(path, layout.name, child)))
      for (const line of readFileSync(join(dir, "cgroup.procs"), "utf8").split("\n"))
        if (line.trim() !== "" && line.trim() !== "0") pids.add(Number(line));
  return [...pids];
}

/** Removes the empty cgroups; a cgroup that still holds a process is an error of the kernel's (EBUSY). */
export function removeCgroups(layout: Layout): void {
  for (const { path } of hierarchies())
    folders(join(path, layout.name))
      .reverse()
      .forEach(dir => rmdirSync(dir));
}

/** The folder and everything below it, parents first. */
function folders(dir: string): string[] {
  if (!existsSync(dir)) return [];
  const children = readdirSync(dir, { withFileTypes: true }).filter(entry => entry.isDirectory());
  return [dir, ...children.flatMap(entry => folders(join(dir, entry.name)))];
}
