import { createHash } from "node:crypto";
import { existsSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { cacheDir, stateDir } from "../paths";

/** Where everything of this checkout's cluster lives, derived from the checkout's folder so that a second run finds it again. */
export interface Layout {
  /** Name of the network namespace and of the cgroup; at most 15 characters are used for interfaces. */
  name: string;
  netns: string;
  hostInterface: string;
  nodeInterface: string;
  hostAddress: string;
  nodeAddress: string;
  /** Sockets; gone after a reboot. Short, because a socket's path may have 107 characters. */
  runDir: string;
  /** Kubelet's folder: pods, mounts and their sockets. */
  nodeDir: string;
  /** Configuration, certificates, etcd's data, pid files. */
  clusterDir: string;
  volumesDir: string;
  /** The object store's key and data. */
  objectStoreDir: string;
  logsDir: string;
  /** Images, shared by all runs. */
  containerdRoot: string;
  containerdSocket: string;
  csiSocket: string;
  kubeconfig: string;
}

export const nodeName = "embedded";
export const podCidr = "10.244.0.0/16";
export const serviceCidr = "10.96.0.0/16";
export const apiServiceAddress = "10.96.0.1";
export const dnsServiceAddress = "10.96.0.10";
export const clusterDomain = "cluster.local";
/** The image of every pod's first container; `embedded/images` makes it. */
export const pauseImage = "registry.k8s.io/pause:3.10";

export function clusterLayout(): Layout {
  const hash = createHash("sha256").update(stateDir()).digest("hex").slice(0, 6);
  const name = `cnpg-${hash}`;
  const runDir = `/run/pulumi-cnpg/${hash}`;
  const subnet = existsSync(subnetFile())
    ? readFileSync(subnetFile(), "utf8").trim()
    : subnetOf(hash, readFileSync("/proc/net/route", "utf8"), `${name}-h`);
  return {
    name,
    netns: name,
    hostInterface: `${name}-h`,
    nodeInterface: "node0",
    hostAddress: `${subnet}.1`,
    nodeAddress: `${subnet}.2`,
    runDir,
    nodeDir: `/var/lib/pulumi-cnpg/${hash}`,
    clusterDir: stateDir("cluster"),
    volumesDir: stateDir("volumes"),
    objectStoreDir: stateDir("object-store"),
    logsDir: stateDir("logs"),
    containerdRoot: cacheDir("containerd"),
    containerdSocket: join(runDir, "containerd.sock"),
    csiSocket: join(runDir, "csi.sock"),
    kubeconfig: stateDir("kubeconfig"),
  };
}

/** Holds the subnet once it is chosen: certificates and etcd name the node's address. */
export function subnetFile(): string {
  return stateDir("cluster", "subnet");
}

/**
 * The first three numbers of the link's /30 network: from 172.31/16 by the checkout's hash, moved on while the host has
 * a route of another interface inside that /24. `routes` has the form of /proc/net/route.
 */
export function subnetOf(hash: string, routes: string, ownInterface: string): string {
  const taken = routes
    .split("\n")
    .slice(1)
    .map(line => line.split(/\s+/))
    .filter(fields => fields.length > 7 && fields[0] !== ownInterface && fields[7] !== "00000000")
    .map(fields => ({ network: address(fields[1] ?? ""), mask: address(fields[7] ?? "") }));
  const start = parseInt(hash.slice(0, 2), 16);
  for (let i = 0; i < 256; i++) {
    const third = (start + i) % 256;
    const wanted = (172 * 256 ** 3 + 31 * 256 ** 2 + third * 256) >>> 0;
    const free = taken.every(route => {
      const common = (route.mask & 0xffffff00) >>> 0;
      return (wanted & common) >>> 0 !== (route.network & common) >>> 0;
    });
    if (free) return `172.31.${third}`;
  }
  throw new Error(
    "Every network in 172.31.0.0/16 is routed elsewhere on this machine, so the embedded cluster has no address.",
  );
}

/** The kernel writes addresses as little-endian hexadecimal numbers. */
function address(hex: string): number {
  return Buffer.from(hex.padStart(8, "0"), "hex").readUInt32LE(0);
}
