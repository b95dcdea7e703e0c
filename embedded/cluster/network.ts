import { existsSync, mkdirSync, readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { run } from "../process";
import { clusterDomain, Layout, podCidr, subnetFile } from "./layout";
import { Packages, unpackedPackages } from "./packages";

const netnsFolder = "/run/netns";

export function netnsFile(layout: Layout): string {
  return join(netnsFolder, layout.netns);
}

/** A command and its arguments, run inside the cluster's network namespace. The mount namespace stays: cgroups must be seen. */
export function inside(layout: Layout, command: string, args: readonly string[]): [string, string[]] {
  return ["nsenter", [`--net=${netnsFile(layout)}`, "--", command, ...args]];
}

/** Makes the namespace and its one link to the host, or what of them is missing. */
export async function ensureNetwork(layout: Layout, packages: Packages): Promise<void> {
  const ip = join(packages.bin, "ip");
  const host = (...args: string[]): Promise<unknown> => run(ip, args);
  const node = (...args: string[]): Promise<unknown> => run(...inside(layout, ip, args));
  mkdirSync(layout.clusterDir, { recursive: true });
  writeFileSync(subnetFile(), layout.nodeAddress.split(".").slice(0, 3).join(".") + "\n");
  if (!(await usable(layout))) {
    rmSync(netnsFile(layout), { force: true });
    await host("netns", "add", layout.netns);
  }
  if (!(await linkExists(ip, layout))) {
    await host(
      "link",
      "add",
      layout.hostInterface,
      "type",
      "veth",
      "peer",
      "name",
      layout.nodeInterface,
      "netns",
      layout.netns,
    );
  }
  await host("address", "replace", `${layout.hostAddress}/30`, "dev", layout.hostInterface);
  await host("link", "set", layout.hostInterface, "up");
  await node("link", "set", "lo", "up");
  await node("address", "replace", `${layout.nodeAddress}/30`, "dev", layout.nodeInterface);
  await node("link", "set", layout.nodeInterface, "up");
  await node("route", "replace", "default", "via", layout.hostAddress);
  await run(...inside(layout, "sh", ["-c", "echo 1 > /proc/sys/net/ipv4/ip_forward"]));
}

/** A file in /run/netns that no namespace is mounted on is left over from an interrupted start. */
async function usable(layout: Layout): Promise<boolean> {
  if (!existsSync(netnsFile(layout))) return false;
  return (await run(...inside(layout, "true", []), { accept: [0, 1] })).code === 0;
}

async function linkExists(ip: string, layout: Layout): Promise<boolean> {
  return (await run(ip, ["link", "show", layout.hostInterface], { accept: [0, 1] })).code === 0;
}

/** Removes the link and the namespace, with every address, route and firewall rule in it. */
export async function removeNetwork(layout: Layout): Promise<void> {
  // The unpacked `ip` may be gone with the cache; the machine's own does as well.
  const own = join(unpackedPackages().bin, "ip");
  const ip = existsSync(own) ? own : "ip";
  if (await linkExists(ip, layout)) await run(ip, ["link", "delete", layout.hostInterface]);
  if (existsSync(netnsFile(layout))) await run(ip, ["netns", "delete", layout.netns]);
  await removeNetnsMount();
}

/** The first `ip netns add` of a machine mounts the folder on itself, and no `ip netns delete` takes that back. */
async function removeNetnsMount(): Promise<void> {
  if (!existsSync(netnsFolder) || readdirSync(netnsFolder).length > 0) return;
  const mounted = readFileSync("/proc/self/mounts", "utf8").includes(` ${netnsFolder} `);
  if (mounted) await run("umount", [netnsFolder]);
}

/** Which of iptables' two kernel interfaces works in the namespace. */
export async function iptablesVariant(layout: Layout, packages: Packages): Promise<"nft" | "legacy"> {
  const rule = [
    "-t",
    "nat",
    "-C",
    "OUTPUT",
    "-m",
    "comment",
    "--comment",
    "probe",
    "-m",
    "statistic",
    "--mode",
    "random",
    "--probability",
    "0.5",
    "-j",
    "RETURN",
  ];
  let last = "";
  for (const variant of ["nft", "legacy"] as const) {
    const [command, args] = inside(layout, join(packages.bin, "iptables"), rule);
    const env = { PULUMI_CNPG_IPTABLES: variant };
    const add = args.map(arg => (arg === "-C" ? "-A" : arg));
    const added = await run(command, add, { env, accept: [0, 1, 2, 3, 4] });
    if (added.code === 0) {
      await run(command, args.map(arg => (arg === "-C" ? "-D" : arg)), { env }); // prettier-ignore
      return variant;
    }
    last = added.stderr.trim();
  }
  throw new Error(`The kernel offers neither nf_tables nor legacy iptables to the embedded cluster: ${last}`);
}

/**
 * Packets that leave the node for the host take the node's address, inside the namespace, so that pods can reach the
 * host while the host needs no route to them.
 */
export async function ensureEgress(layout: Layout, packages: Packages, variant: string): Promise<void> {
  const rule = ["POSTROUTING", "-s", podCidr, "-o", layout.nodeInterface, "-j", "MASQUERADE"];
  const iptables = (action: string, accept: number[]): Promise<{ code: number }> =>
    run(...inside(layout, join(packages.bin, "iptables"), ["-w", "10", "-t", "nat", action, ...rule]), {
      env: { PULUMI_CNPG_IPTABLES: variant },
      accept,
    });
  if ((await iptables("-C", [0, 1])).code !== 0) await iptables("-A", [0]);
}

export function podNetworkDir(layout: Layout): string {
  return join(layout.clusterDir, "cni");
}

/** Pods' network: a routed link per pod and addresses from one range. */
export function podNetwork(layout: Layout): object {
  const ipam = {
    type: "host-local",
    dataDir: podAddressesDir(layout),
    ranges: [[{ subnet: podCidr }]],
    routes: [{ dst: "0.0.0.0/0" }],
  };
  return { cniVersion: "1.0.0", name: "pods", plugins: [{ type: "ptp", ipMasq: false, ipam }] };
}

/** Where the addresses given to pods are recorded. */
export function podAddressesDir(layout: Layout): string {
  return join(layout.nodeDir, "addresses");
}

/** Three zones of names: the cluster's, this machine's, and nothing, for the embedded cluster has no way to the internet. */
export function corefile(layout: Layout, kubeconfig: string): string {
  return `${clusterDomain}:53 in-addr.arpa:53 ip6.arpa:53 {
  bind ${layout.nodeAddress}
  errors
  health ${layout.nodeAddress}:8080
  ready ${layout.nodeAddress}:8181
  kubernetes {
    kubeconfig ${kubeconfig}
    pods insecure
    ttl 5
  }
  cache 5
  loadbalance
}
internal:53 {
  bind ${layout.nodeAddress}
  hosts {
    ${layout.hostAddress} host.internal
  }
}
.:53 {
  bind ${layout.nodeAddress}
  template ANY ANY . {
    rcode NXDOMAIN
  }
}
`;
}
