import { existsSync, readdirSync, readlinkSync, rmSync } from "node:fs";
import { join } from "node:path";
import { isRunning, readRecord, signal, stopDaemon, waitFor } from "../process";
import { Progress } from "../progress";
import { cgroupProcesses, removeCgroups } from "./cgroups";
import { pidFileOf } from "./component";
import { unusableDir } from "./identity";
import { binaryPaths, clusterComponents, ComponentName } from "./components";
import { ctr } from "./containerd";
import { restoreHost } from "./host";
import { clusterLayout, Layout } from "./layout";
import { lockFile, withLock } from "./lock";
import { detachLoopDevices, unmountBelow } from "./mounts";
import { removeNetwork } from "./network";
import { podLogsDir } from "./node";
import { Packages, unpackedPackages } from "./packages";

export interface StopOptions {
  /** Also removes the cluster's objects and the data of its volumes and object store. Default: both are kept for the next start. */
  delete?: boolean;
}

/** Milliseconds that databases get to shut down cleanly when their data is kept. */
const podGraceMs = 15_000;

/**
 * Ends the cluster of this checkout and leaves the machine as it was: no process, mount, loop device, interface, network
 * namespace or cgroup stays. Objects, volumes and backups are kept unless `delete` is set; images stay in the cache. Safe to
 * repeat, and after a start that was interrupted anywhere.
 */
export async function stopCluster(progress: Progress, options: StopOptions = {}): Promise<void> {
  await withLock(lockFile(), "The embedded cluster", async () => {
    const layout = clusterLayout();
    const title = options.delete
      ? "Stop the embedded cluster and delete its data"
      : "Stop the embedded cluster (its data is kept)";
    await progress.step(title, async say => {
      await endCluster(layout, options.delete ? 0 : podGraceMs, say);
      if (options.delete) deleteData(layout);
    });
  });
}

/** Ends every process and removes every trace but the data; pods get `graceMs` to shut down. The caller holds the lock. */
export async function endCluster(
  layout: Layout,
  graceMs: number,
  say: (awaited: string) => void,
): Promise<void> {
  await stopProcesses(layout, unpackedPackages(), graceMs, say);
  say("mounts, devices and network");
  await removeTraces(layout);
}

async function stopProcesses(
  layout: Layout,
  packages: Packages,
  graceMs: number,
  say: (awaited: string) => void,
): Promise<void> {
  const components = clusterComponents(layout, packages, binaryPaths(), "nft");
  const stop = async (...names: ComponentName[]): Promise<void> => {
    for (const name of names)
      await stopDaemon(pidFileOf(layout, components[name].name), components[name].graceMs);
  };
  say("kubelet and controllers");
  await stop("kubelet", "controllers", "scheduler");
  say("containers");
  await stopContainers(layout, packages, graceMs);
  say("control plane");
  await stop(
    "snapshots",
    "snapshotter",
    "resizer",
    "driver",
    "proxy",
    "dns",
    "apiserver",
    "etcd",
    "containerd",
    "objectStore",
  );
  // Whatever is left was never recorded: the containers' shims, or a process started just before an interruption.
  cgroupProcesses(layout).forEach(pid => signal(pid, "SIGKILL"));
  await waitFor(() => cgroupProcesses(layout).length === 0, {
    what: "The end of the cluster's processes",
    timeoutMs: 20_000,
  });
}

/** Ends all containers and removes them from containerd, which otherwise would remember them at its next start. */
async function stopContainers(layout: Layout, packages: Packages, graceMs: number): Promise<void> {
  const pods = (): number[] => cgroupProcesses(layout, "kubepods");
  if (graceMs > 0) {
    pods().forEach(pid => signal(pid, "SIGTERM"));
    const end = Date.now() + graceMs;
    await waitFor(() => pods().length === 0 || Date.now() > end, {
      what: "The end of the pods",
      timeoutMs: graceMs + 5000,
    });
  }
  pods().forEach(pid => signal(pid, "SIGKILL"));
  await waitFor(() => pods().length === 0, { what: "The end of the pods", timeoutMs: 20_000 });
  await forgetContainers(layout, packages);
}

/** A containerd that no longer answers is not waited for: kubelet removes what it still remembers at the next start. */
async function forgetContainers(layout: Layout, packages: Packages): Promise<void> {
  if (!isRunning(readRecord(pidFileOf(layout, "containerd"))) || !existsSync(join(packages.bin, "ctr")))
    return;
  const answer = await ctr(layout, packages, ["containers", "ls", "--quiet"]).catch(() => undefined);
  const ids = (answer?.stdout ?? "").split("\n").filter(Boolean);
  if (ids.length === 0) return;
  await ctr(layout, packages, ["tasks", "delete", "--force", ...ids], 60_000);
  await ctr(layout, packages, ["containers", "delete", ...ids], 60_000);
}

async function removeTraces(layout: Layout): Promise<void> {
  await unmountBelow([layout.nodeDir, layout.runDir]);
  await detachLoopDevices(layout.volumesDir);
  await removeNetwork(layout);
  await waitFor(() => (removeCgroups(layout), true), {
    what: "The removal of the cluster's cgroups",
    timeoutMs: 10_000,
  });
  removeContainerLogLinks(layout);
  for (const dir of [layout.nodeDir, layout.runDir]) rmSync(dir, { recursive: true, force: true });
  rmSync(layout.kubeconfig, { force: true });
  restoreHost(layout);
}

/** Kubelet links every container's log from a fixed place. */
function removeContainerLogLinks(layout: Layout): void {
  const folder = "/var/log/containers";
  if (!existsSync(folder)) return;
  for (const entry of readdirSync(folder, { withFileTypes: true })) {
    const path = join(folder, entry.name);
    if (entry.isSymbolicLink() && readlinkSync(path).startsWith(podLogsDir(layout))) rmSync(path);
  }
}

function deleteData(layout: Layout): void {
  for (const dir of [layout.clusterDir, layout.volumesDir, layout.objectStoreDir, unusableDir(layout)])
    rmSync(dir, { recursive: true, force: true });
}
