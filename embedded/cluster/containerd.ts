import { existsSync, mkdirSync, readFileSync, writeFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { isRunning, readRecord, run } from "../process";
import { Component } from "./component";
import { Layout, pauseImage } from "./layout";
import { podNetwork, podNetworkDir } from "./network";
import { Packages } from "./packages";

/** Kubernetes' images and containers live in this namespace of containerd. */
export const containerdNamespace = "k8s.io";

export function containerdComponent(layout: Layout, packages: Packages, iptables: string): Component {
  const file = join(layout.clusterDir, "containerd.toml");
  return {
    name: "containerd",
    command: join(packages.bin, "containerd"),
    args: ["--config", file],
    // Its plugins, the shim and runc are looked up on PATH.
    env: { PATH: packages.path, PULUMI_CNPG_IPTABLES: iptables },
    config: {
      [file]: configuration(layout, packages),
      [join(podNetworkDir(layout), "10-pods.conflist")]:
        JSON.stringify(podNetwork(layout), undefined, 2) + "\n",
    },
    healthy: async () => (await ctr(layout, packages, ["version"])).code === 0,
    graceMs: 10_000,
  };
}

function configuration(layout: Layout, packages: Packages): string {
  const text = JSON.stringify;
  return `version = 2
root = ${text(layout.containerdRoot)}
state = ${text(join(layout.runDir, "containerd"))}
disabled_plugins = ["io.containerd.snapshotter.v1.aufs", "io.containerd.snapshotter.v1.btrfs", "io.containerd.snapshotter.v1.devmapper", "io.containerd.snapshotter.v1.zfs", "io.containerd.internal.v1.tracing", "io.containerd.tracing.processor.v1.otlp"]

[grpc]
  address = ${text(layout.containerdSocket)}

[plugins."io.containerd.internal.v1.opt"]
  path = ${text(join(layout.nodeDir, "opt"))}

[plugins."io.containerd.grpc.v1.cri"]
  sandbox_image = ${text(pauseImage)}
  # Nested machines lack the capability to lower the out-of-memory score.
  restrict_oom_score_adj = true
  netns_mounts_under_state_dir = true
  disable_apparmor = true
  stream_server_address = "127.0.0.1"
  [plugins."io.containerd.grpc.v1.cri".cni]
    bin_dir = ${text(packages.cni)}
    conf_dir = ${text(podNetworkDir(layout))}
  [plugins."io.containerd.grpc.v1.cri".containerd]
    default_runtime_name = "runc"
    [plugins."io.containerd.grpc.v1.cri".containerd.runtimes.runc]
      runtime_type = "io.containerd.runc.v2"
      [plugins."io.containerd.grpc.v1.cri".containerd.runtimes.runc.options]
        BinaryName = ${text(join(packages.bin, "runc"))}
        SystemdCgroup = false
`;
}

/** Two containerds on one folder damage it: refuses a store that another checkout's cluster is using. */
export function claimImageStore(layout: Layout): void {
  const file = join(layout.containerdRoot, "user");
  const user = existsSync(file) ? readFileSync(file, "utf8").trim() : layout.clusterDir;
  if (user !== layout.clusterDir && isRunning(readRecord(join(user, "pids", "containerd.json"))))
    throw new Error(
      `The image store ${layout.containerdRoot} is used by the running embedded cluster of ${dirname(dirname(user))}: ` +
        "stop that one (npm stop there), or give this one a cache of its own with PULUMI_CNPG_CACHE.",
    );
  mkdirSync(layout.containerdRoot, { recursive: true });
  writeFileSync(file, layout.clusterDir + "\n");
}

/** Runs containerd's own client. */
export function ctr(
  layout: Layout,
  packages: Packages,
  args: readonly string[],
  timeoutMs = 10_000,
): Promise<{ code: number; stdout: string; stderr: string }> {
  const connection = ["--address", layout.containerdSocket, "--namespace", containerdNamespace];
  return run(join(packages.bin, "ctr"), [...connection, ...args], { timeoutMs, accept: [0, 1] });
}

/** Imports an OCI or Docker archive under the names it carries. */
export async function importImage(layout: Layout, packages: Packages, archive: string): Promise<void> {
  const result = await ctr(layout, packages, ["images", "import", archive], 600_000);
  if (result.code !== 0)
    throw new Error(`The image archive ${archive} could not be imported: ${result.stderr.trim()}`);
}

/** Whether the image is there under exactly this name, and complete. */
export async function hasImage(layout: Layout, packages: Packages, ref: string): Promise<boolean> {
  const result = await ctr(layout, packages, ["images", "check", "--quiet", `name==${ref}`]);
  if (result.code !== 0) throw new Error(`containerd could not be asked for images: ${result.stderr.trim()}`);
  return result.stdout.split("\n").some(line => line.trim() === ref);
}
