import { cacheDir } from "../paths";
import { Component } from "./component";
import { containerdComponent } from "./containerd";
import { controlPlane } from "./control-plane";
import { Layout } from "./layout";
import { nodeComponents } from "./node";
import { objectStoreComponent } from "./object-store";
import { Packages } from "./packages";
import { snapshotComponents } from "./snapshots";
import { storageComponents } from "./storage";

export const clusterBinaries = [
  "node",
  "storage",
  "csi-resizer",
  "snapshot-controller",
  "csi-snapshotter",
] as const;

export type ClusterBinary = (typeof clusterBinaries)[number];

export type ComponentName =
  | "containerd"
  | "etcd"
  | "apiserver"
  | "controllers"
  | "scheduler"
  | "kubelet"
  | "proxy"
  | "dns"
  | "driver"
  | "resizer"
  | "snapshots"
  | "snapshotter"
  | "objectStore";

/** Every process of the cluster as it should run, in the order of starting. Touches nothing. */
export function clusterComponents(
  layout: Layout,
  packages: Packages,
  binaries: Record<ClusterBinary, string>,
  iptables: string,
): Record<ComponentName, Component> {
  return {
    containerd: containerdComponent(layout, packages, iptables),
    ...controlPlane(layout, binaries.node),
    ...nodeComponents(layout, packages, binaries.node, iptables),
    ...storageComponents(layout, packages, binaries),
    ...snapshotComponents(layout, binaries),
    objectStore: objectStoreComponent(layout),
  };
}

/** Where the binaries are or will be. */
export function binaryPaths(): Record<ClusterBinary, string> {
  return {
    node: cacheDir("bin", "node"),
    storage: cacheDir("bin", "storage"),
    "csi-resizer": cacheDir("bin", "csi-resizer"),
    "snapshot-controller": cacheDir("bin", "snapshot-controller"),
    "csi-snapshotter": cacheDir("bin", "csi-snapshotter"),
  };
}
