import { join } from "node:path";
import { moduleDirectory } from "../binaries";
import { kubeconfigOf } from "./certificates";
import { Component, pidFileOf } from "./component";
import { flags } from "./control-plane";
import { Layout } from "./layout";
import { applyObjects, kubectl, snapshotClass } from "./objects";

/** The standard programs that make volume snapshots: the one that knows no driver, and the one that calls ours. */
export function snapshotComponents(
  layout: Layout,
  binaries: { "snapshot-controller": string; "csi-snapshotter": string },
): { snapshots: Component; snapshotter: Component } {
  const kubeconfig = kubeconfigOf(layout, "storage");
  return {
    snapshots: {
      name: "snapshot-controller",
      command: binaries["snapshot-controller"],
      args: flags({ kubeconfig, "http-endpoint": `${layout.nodeAddress}:9810`, "retry-interval-max": "10s" }),
      files: [kubeconfig],
      healthy: `http://${layout.nodeAddress}:9810/metrics`,
    },
    snapshotter: {
      name: "csi-snapshotter",
      command: binaries["csi-snapshotter"],
      args: flags({
        kubeconfig,
        "csi-address": layout.csiSocket,
        "http-endpoint": `${layout.nodeAddress}:9811`,
        "leader-election": "false",
        "retry-interval-max": "10s",
      }),
      // It ends when it loses its driver, and not at once: a driver that was started again gets a new one.
      files: [kubeconfig, pidFileOf(layout, "storage")],
      healthy: `http://${layout.nodeAddress}:9811/metrics`,
    },
  };
}

const resources = ["volumesnapshotclasses", "volumesnapshotcontents", "volumesnapshots"];

/** Makes the kinds of volume snapshots known. CloudNativePG looks for them once, when its operator starts. */
export async function ensureSnapshotKinds(layout: Layout): Promise<void> {
  const module = await moduleDirectory("github.com/kubernetes-csi/external-snapshotter/client/v8");
  const files = resources.map(name => join(module, "config", "crd", `snapshot.storage.k8s.io_${name}.yaml`));
  await kubectl(layout, [
    "apply",
    "--server-side",
    "--force-conflicts",
    ...files.flatMap(file => ["-f", file]),
  ]);
  const names = resources.map(name => `crd/${name}.snapshot.storage.k8s.io`);
  await kubectl(layout, ["wait", "--for=condition=Established", "--timeout=30s", ...names]);
}

/** Makes the default class, once its kind is known. */
export async function ensureSnapshotClass(layout: Layout): Promise<void> {
  await applyObjects(layout, [snapshotClass]);
}
