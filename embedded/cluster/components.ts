import { cacheDir } from "../paths";
import { Component } from "./component";
import { containerdComponent } from "./containerd";
import { controlPlane } from "./control-plane";
import { Layout } from "./layout";
import { nodeComponents } from "./node";
import { Packages } from "./packages";
import { storageComponents } from "./storage";

export type ClusterBinary = "node" | "storage" | "csi-resizer";

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
  | "resizer";

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
  };
}

/** Where the binaries are or will be. */
export function binaryPaths(): Record<ClusterBinary, string> {
  return {
    node: cacheDir("bin", "node"),
    storage: cacheDir("bin", "storage"),
    "csi-resizer": cacheDir("bin", "csi-resizer"),
  };
}
