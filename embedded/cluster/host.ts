import { existsSync, mkdirSync, readFileSync, rmdirSync, rmSync, writeFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { Layout } from "./layout";

/** Settings of the kernel that kubelet changes for the whole machine. */
const settings = [
  "vm/overcommit_memory",
  "vm/panic_on_oom",
  "kernel/panic",
  "kernel/panic_on_oops",
  "kernel/keys/root_maxkeys",
  "kernel/keys/root_maxbytes",
];

/** Folders that containerd, CNI, kubelet and iproute make in fixed places, children before parents. */
const folders = [
  "/run/containerd/s",
  "/run/containerd/fifo",
  "/run/containerd",
  "/run/netns",
  "/run/pulumi-cnpg",
  "/var/lib/cni/results",
  "/var/lib/cni",
  "/var/log/containers",
  "/var/log/pods",
  "/var/lib/pulumi-cnpg",
];

interface HostBefore {
  settings: Record<string, string>;
  folders: string[];
}

function file(layout: Layout): string {
  return join(layout.clusterDir, "host-before.json");
}

/** Writes down once what `restoreHost` has to bring back. */
export function rememberHost(layout: Layout): void {
  if (existsSync(file(layout))) return;
  mkdirSync(dirname(file(layout)), { recursive: true });
  const readable = settings.filter(name => existsSync(join("/proc/sys", name)));
  const before: HostBefore = {
    settings: Object.fromEntries(
      readable.map(name => [name, readFileSync(join("/proc/sys", name), "utf8").trim()]),
    ),
    folders: folders.filter(existsSync),
  };
  writeFileSync(file(layout), JSON.stringify(before, undefined, 2) + "\n");
}

/** Puts the kernel's settings back and removes the empty folders that were not there before the start. */
export function restoreHost(layout: Layout): void {
  if (!existsSync(file(layout))) return;
  const before = JSON.parse(readFileSync(file(layout), "utf8")) as HostBefore;
  for (const [name, value] of Object.entries(before.settings)) {
    const path = join("/proc/sys", name);
    if (readFileSync(path, "utf8").trim() !== value) writeFileSync(path, value);
  }
  rmSync(file(layout));
  for (const folder of folders.filter(name => !before.folders.includes(name) && existsSync(name)))
    removeIfEmpty(folder);
}

function removeIfEmpty(folder: string): void {
  try {
    rmdirSync(folder);
  } catch (error) {
    // Somebody else's files are in it, so it is no longer ours to remove.
    if (!["ENOTEMPTY", "EBUSY", "EEXIST"].includes((error as NodeJS.ErrnoException).code ?? "")) throw error;
  }
}
