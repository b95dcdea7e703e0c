import { mkdirSync } from "node:fs";
import { dirname, join } from "node:path";
import { ensureBinaries } from "../binaries";
import { waitFor } from "../process";
import { Progress } from "../progress";
import { ensureCertificates, publishKubeconfig } from "./certificates";
import { cgroupProcesses, ensureCgroups } from "./cgroups";
import { Component, ComponentState, ensureComponent, logFileOf, stateOf } from "./component";
import { binaryPaths, ClusterBinary, clusterBinaries, clusterComponents } from "./components";
import { claimImageStore, hasImage, importImage } from "./containerd";
import { rememberHost } from "./host";
import { clusterId, ensureIdentity, EtcdDataError, judgeEtcd, setDataAside } from "./identity";
import { clusterLayout, Layout, nodeName } from "./layout";
import { lockFile, withLock } from "./lock";
import { ensureEgress, ensureNetwork, iptablesVariant, podNetworkDir } from "./network";
import { kubeletDir, podLogsDir } from "./node";
import { ensureObjectStoreAccount, ObjectStore, objectStoreEndpoint, objectStoreOf } from "./object-store";
import { applyObjects, clusterObjects, kubectl } from "./objects";
import { ensurePackages, PackageOptions, Packages, unpackedPackages } from "./packages";
import { ensureSnapshotClass, ensureSnapshotKinds } from "./snapshots";
import { endCluster } from "./stop";

export { ensurePackages, Packages } from "./packages";
export { nodeName, pauseImage } from "./layout";
export { ObjectStore } from "./object-store";
export { stopCluster, StopOptions } from "./stop";

/** Where a running embedded cluster is found. */
export interface ClusterFacts {
  /** Random, made with the cluster's data: state recorded for another id describes objects that no longer exist. */
  id: string;
  /** Path of the administrator's kubeconfig. */
  kubeconfig: string;
  /** Path of a kubectl of the cluster's version. */
  kubectl: string;
  /** Address of the node, reachable from this machine only. */
  nodeAddress: string;
  /** Address of this machine as the cluster's pods see it; they also know it as `host.internal`. */
  hostAddress: string;
  /** Name of the network namespace everything runs in. */
  netns: string;
  objectStore: ObjectStore;
}

/** A running embedded cluster. */
export interface ClusterHandle extends ClusterFacts {
  /** Imports an OCI or Docker archive under the names it carries. */
  importImage(archive: string): Promise<void>;
  /** Whether an image of exactly this name can be used by pods. */
  hasImage(ref: string): Promise<boolean>;
}

/** What a start may do to the machine. */
export type StartOptions = PackageOptions;

export interface ClusterStatus {
  /** `running` when every component is healthy, `stopped` when none runs, else `degraded`. */
  state: "running" | "degraded" | "stopped";
  /** Undefined before the first start and after a deletion. */
  id: string | undefined;
  kubeconfig: string;
  nodeAddress: string;
  /** Address of the object store's account. */
  objectStore: string;
  netns: string;
  components: { name: string; state: ComponentState; log: string }[];
}

/**
 * Brings up the one-node Kubernetes of this checkout, or repairs what of it is broken: healthy parts are left alone, dead
 * ones are started. Objects, volumes and backups of an earlier run are still there. Needs root on Debian 12.
 */
export async function startCluster(progress: Progress, options: StartOptions = {}): Promise<ClusterHandle> {
  requireRoot();
  const binaries = await ensureBinaries(progress, clusterBinaries);
  const packages = await ensurePackages(progress, options);
  return withLock(lockFile(), "The embedded cluster", async () => {
    const layout = clusterLayout();
    await progress.step("Start the embedded cluster", async say => {
      try {
        await startComponents(layout, packages, binaries, progress, say);
      } catch (error) {
        if (!(error instanceof EtcdDataError)) throw error;
        await endCluster(layout, 0, say);
        const aside = setDataAside(layout);
        progress.note(
          `etcd cannot use its data: the cluster starts empty; its old data, volumes and backups are kept in ${aside}.`,
        );
        await startComponents(layout, packages, binaries, progress, say);
      }
    });
    return handleOf(layout, packages);
  });
}

/** The running cluster of this checkout, without starting or repairing anything; `undefined` when it is not running. */
export async function runningCluster(): Promise<ClusterHandle | undefined> {
  const { state } = await clusterStatus();
  return state === "running" ? handleOf(clusterLayout(), unpackedPackages()) : undefined;
}

export async function clusterStatus(): Promise<ClusterStatus> {
  const layout = clusterLayout();
  const all = Object.values(clusterComponents(layout, unpackedPackages(), binaryPaths(), "nft"));
  const states = await Promise.all(all.map(component => stateOf(layout, component)));
  const components = all.map(({ name }, i) => ({
    name,
    state: states[i] ?? "not running",
    log: logFileOf(layout, name),
  }));
  const { kubeconfig, nodeAddress, netns } = layout;
  const objectStore = objectStoreEndpoint(layout);
  return {
    state: overall(states),
    id: clusterId(layout),
    kubeconfig,
    nodeAddress,
    objectStore,
    netns,
    components,
  };
}

function overall(states: ComponentState[]): ClusterStatus["state"] {
  if (states.every(state => state === "healthy")) return "running";
  return states.every(state => state === "not running") ? "stopped" : "degraded";
}

async function startComponents(
  layout: Layout,
  packages: Packages,
  binaries: Record<ClusterBinary, string>,
  progress: Progress,
  say: (awaited: string) => void,
): Promise<void> {
  say("network and certificates");
  const iptables = await prepare(layout, packages);
  const all = clusterComponents(layout, packages, binaries, iptables);
  const ensure = (component: Component): Promise<boolean> => ensureComponent(layout, component);
  say("etcd and containerd");
  const cold = cgroupProcesses(layout, "kubepods").length === 0;
  const fresh = ensureIdentity(layout);
  const etcd = ensure(all.etcd).catch((error: Error) => {
    throw fresh ? error : judgeEtcd(layout, error);
  });
  await allDone([etcd, ensure(all.containerd)]);
  say("the API server");
  await ensure(all.apiserver);
  say("controllers, node and stores");
  await applyObjects(layout, clusterObjects(layout, clusterId(layout) ?? ""));
  const startedAt = Math.floor(Date.now() / 1000) * 1000;
  const driver = ensure(all.driver);
  const kinds = ensureSnapshotKinds(layout).then(() => false);
  const [kubeletStarted] = await allDone([
    // An operator of the last run, which kubelet starts again, finds the kinds of snapshots there or does without them.
    kinds.then(() => ensure(all.kubelet)),
    ...[all.controllers, all.scheduler, all.proxy, all.dns].map(ensure),
    driver.then(() => ensure(all.resizer)),
    allDone([driver, kinds]).then(() => ensure(all.snapshotter)),
    kinds.then(() => ensureSnapshotClass(layout)).then(() => ensure(all.snapshots)),
    ensure(all.objectStore),
  ]);
  say("the node to be Ready");
  await waitForNode(layout, kubeletStarted ? startedAt : 0);
  say("the default service account");
  await waitForServiceAccount(layout);
  if (!cold) return;
  say("the pods of the last run");
  await waitForPods(layout, startedAt).catch((error: Error) => progress.note(error.message));
}

/** Like Promise.all, but leaves nothing under way when one fails: what follows a failure may stop what was being started. */
async function allDone<T>(work: Promise<T>[]): Promise<T[]> {
  await Promise.allSettled(work);
  return Promise.all(work);
}

/** Everything that is not a process. Answers the variant of iptables that works here. */
async function prepare(layout: Layout, packages: Packages): Promise<"nft" | "legacy"> {
  rememberHost(layout);
  claimImageStore(layout);
  const dirs = [layout.runDir, layout.clusterDir, layout.logsDir, layout.volumesDir, layout.containerdRoot];
  for (const dir of [...dirs, kubeletDir(layout), podLogsDir(layout), podNetworkDir(layout)])
    mkdirSync(dir, { recursive: true });
  ensureObjectStoreAccount(layout);
  ensureCgroups(layout);
  await ensureNetwork(layout, packages);
  await ensureCertificates(layout, packages);
  publishKubeconfig(layout);
  const iptables = await iptablesVariant(layout, packages);
  await ensureEgress(layout, packages, iptables);
  return iptables;
}

/** Waits for a Ready that is not older than `since` (milliseconds since 1970): the API still tells of the last run's. */
async function waitForNode(layout: Layout, since: number): Promise<void> {
  const path = '{range .status.conditions[?(@.type=="Ready")]}{.status} {.lastHeartbeatTime}{end}';
  const ready = async (): Promise<boolean> => {
    const [status, heartbeat = ""] = (
      await kubectl(layout, ["get", "node", nodeName, "-o", `jsonpath=${path}`])
    ).split(" ");
    return status === "True" && Date.parse(heartbeat) >= since;
  };
  const logFile = join(layout.logsDir, "kubelet.log");
  await waitFor(ready, { what: "The embedded cluster's node", timeoutMs: 60_000, everyMs: 200, logFile });
}

/** Pods are refused in a namespace whose service account the controllers have not made yet. */
async function waitForServiceAccount(layout: Layout): Promise<void> {
  const name = [
    "get",
    "serviceaccount",
    "default",
    "--namespace",
    "default",
    "--ignore-not-found",
    "-o",
    "name",
  ];
  const what = "The default service account";
  const logFile = join(layout.logsDir, "kube-controller-manager.log");
  await waitFor(async () => (await kubectl(layout, name)) !== "", {
    what,
    timeoutMs: 30_000,
    everyMs: 200,
    logFile,
  });
}

interface PodList {
  items: { status?: { containerStatuses?: { state?: { running?: { startedAt: string } } }[] } }[];
}

/** Waits until the API no longer tells of containers that ran before `since`: until kubelet has looked at every pod. */
async function waitForPods(layout: Layout, since: number): Promise<void> {
  const current = async (): Promise<boolean> => {
    const { items } = JSON.parse(
      await kubectl(layout, ["get", "pods", "--all-namespaces", "-o", "json"]),
    ) as PodList;
    const containers = items.flatMap(pod => pod.status?.containerStatuses ?? []);
    return containers.every(({ state }) => !state?.running || Date.parse(state.running.startedAt) >= since);
  };
  const logFile = join(layout.logsDir, "kubelet.log");
  await waitFor(current, { what: "A pod of the last run", timeoutMs: 120_000, everyMs: 300, logFile });
}

function handleOf(layout: Layout, packages: Packages): ClusterHandle {
  return {
    id: clusterId(layout) ?? "",
    kubeconfig: layout.kubeconfig,
    kubectl: join(dirname(binaryPaths().node), "kubectl"),
    nodeAddress: layout.nodeAddress,
    hostAddress: layout.hostAddress,
    netns: layout.netns,
    objectStore: objectStoreOf(layout),
    importImage: archive => importImage(layout, packages, archive),
    hasImage: ref => hasImage(layout, packages, ref),
  };
}

function requireRoot(): void {
  if (process.platform !== "linux" || process.getuid?.() !== 0)
    throw new Error(
      "The embedded cluster needs Linux and root: run this with sudo, or name a cluster of yours with --context.",
    );
}
