import { join } from "node:path";
import { kubeconfigOf } from "./certificates";
import { Component } from "./component";
import { flags } from "./control-plane";
import { Layout, nodeName } from "./layout";
import { kubeletDir } from "./node";
import { storageDriver } from "./objects";
import { Packages } from "./packages";

/** The CSI driver with its provisioner, and the standard sidecar that grows volumes; both run beside the pods, not in them. */
export function storageComponents(
  layout: Layout,
  packages: Packages,
  binaries: { storage: string; "csi-resizer": string },
): { driver: Component; resizer: Component } {
  const kubeconfig = kubeconfigOf(layout, "storage");
  return {
    driver: {
      name: "storage",
      command: binaries.storage,
      args: flags({
        driver: storageDriver,
        node: nodeName,
        kubeconfig,
        socket: layout.csiSocket,
        registry: join(kubeletDir(layout), "plugins_registry"),
        images: layout.volumesDir,
        health: `${layout.nodeAddress}:9808`,
      }),
      // mkfs.xfs and xfs_growfs are looked up on PATH.
      env: { PATH: packages.path },
      files: [kubeconfig],
      healthy: `http://${layout.nodeAddress}:9808/healthz`,
    },
    resizer: {
      name: "csi-resizer",
      command: binaries["csi-resizer"],
      args: flags({
        kubeconfig,
        "csi-address": layout.csiSocket,
        "http-endpoint": `${layout.nodeAddress}:9809`,
        "leader-election": "false",
        // A volume in use is grown online, so the pods using it need not be watched.
        "handle-volume-inuse-error": "false",
        "retry-interval-max": "10s",
      }),
      files: [kubeconfig],
      healthy: `http://${layout.nodeAddress}:9809/metrics`,
    },
  };
}
