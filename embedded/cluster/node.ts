import { join } from "node:path";
import { kubeconfigOf, pkiDir } from "./certificates";
import { Component } from "./component";
import { flags } from "./control-plane";
import { clusterDomain, dnsServiceAddress, Layout, nodeName, podCidr } from "./layout";
import { corefile } from "./network";
import { Packages } from "./packages";

/** Kubelet, kube-proxy and CoreDNS; `node` is the binary that holds them all. */
export function nodeComponents(
  layout: Layout,
  packages: Packages,
  node: string,
  iptables: string,
): Record<"kubelet" | "proxy" | "dns", Component> {
  const env = { PATH: packages.path, PULUMI_CNPG_IPTABLES: iptables };
  return { kubelet: kubelet(layout, node, env), proxy: proxy(layout, node, env), dns: dns(layout, node) };
}

export function podLogsDir(layout: Layout): string {
  return join(layout.nodeDir, "pod-logs");
}

export function kubeletDir(layout: Layout): string {
  return join(layout.nodeDir, "kubelet");
}

function kubelet(layout: Layout, node: string, env: Record<string, string>): Component {
  const resolvConf = join(layout.clusterDir, "resolv.conf");
  const file = join(layout.clusterDir, "kubelet.json");
  const kubeconfig = kubeconfigOf(layout, "kubelet");
  return {
    name: "kubelet",
    command: node,
    args: [
      "kubelet",
      ...flags({
        config: file,
        kubeconfig,
        "root-dir": kubeletDir(layout),
        "hostname-override": nodeName,
        "node-ip": layout.nodeAddress,
        "cert-dir": join(kubeletDir(layout), "pki"),
      }),
    ],
    env,
    config: {
      [file]: json(kubeletConfiguration(layout, resolvConf)),
      [resolvConf]: `nameserver ${layout.nodeAddress}\n`,
    },
    files: [kubeconfig],
    healthy: `http://${layout.nodeAddress}:10248/healthz`,
    timeoutMs: 60_000,
  };
}

function kubeletConfiguration(layout: Layout, resolvConf: string): object {
  const pki = (name: string): string => join(pkiDir(layout), name);
  return {
    apiVersion: "kubelet.config.k8s.io/v1beta1",
    kind: "KubeletConfiguration",
    containerRuntimeEndpoint: `unix://${layout.containerdSocket}`,
    authentication: {
      anonymous: { enabled: false },
      webhook: { enabled: true },
      x509: { clientCAFile: pki("ca.crt") },
    },
    authorization: { mode: "Webhook" },
    tlsCertFile: pki("server.crt"),
    tlsPrivateKeyFile: pki("server.key"),
    address: layout.nodeAddress,
    healthzBindAddress: layout.nodeAddress,
    clusterDNS: [dnsServiceAddress],
    clusterDomain,
    resolvConf,
    podLogsDir: podLogsDir(layout),
    volumePluginDir: join(layout.nodeDir, "volume-plugins"),
    cgroupRoot: `/${layout.name}`,
    cgroupDriver: "cgroupfs",
    failCgroupV1: false,
    failSwapOn: false,
    localStorageCapacityIsolation: false,
    oomScoreAdj: 0,
    // Images cannot be pulled again, and a laptop's full disk is not this node's to tidy.
    imageGCHighThresholdPercent: 100,
    evictionHard: {
      "memory.available": "100Mi",
      "nodefs.available": "0%",
      "nodefs.inodesFree": "0%",
      "imagefs.available": "0%",
    },
    shutdownGracePeriod: "0s",
    registryPullQPS: 0,
    eventRecordQPS: 0,
    serializeImagePulls: false,
    maxPods: 200,
    // Volumes are grown in this rhythm; the default is a minute.
    syncFrequency: "10s",
  };
}

function proxy(layout: Layout, node: string, env: Record<string, string>): Component {
  const kubeconfig = kubeconfigOf(layout, "kube-proxy");
  const file = join(layout.clusterDir, "kube-proxy.json");
  const configuration = {
    apiVersion: "kubeproxy.config.k8s.io/v1alpha1",
    kind: "KubeProxyConfiguration",
    clientConnection: { kubeconfig },
    mode: "iptables",
    clusterCIDR: podCidr,
    hostnameOverride: nodeName,
    healthzBindAddress: `${layout.nodeAddress}:10256`,
    metricsBindAddress: "127.0.0.1:10249",
    // Zero leaves the kernel's limits alone: they belong to the host.
    conntrack: { maxPerCore: 0, min: 0, tcpEstablishedTimeout: "0s", tcpCloseWaitTimeout: "0s" },
    iptables: { minSyncPeriod: "0s" },
    oomScoreAdj: 0,
  };
  return {
    name: "kube-proxy",
    command: node,
    args: ["kube-proxy", `--config=${file}`],
    env,
    config: { [file]: json(configuration) },
    files: [kubeconfig],
    healthy: `http://${layout.nodeAddress}:10256/livez`,
  };
}

function dns(layout: Layout, node: string): Component {
  const file = join(layout.clusterDir, "Corefile");
  return {
    name: "coredns",
    command: node,
    args: ["coredns", "-conf", file],
    config: { [file]: corefile(layout, kubeconfigOf(layout, "coredns")) },
    files: [kubeconfigOf(layout, "coredns")],
    healthy: `http://${layout.nodeAddress}:8181/ready`,
  };
}

function json(value: object): string {
  return JSON.stringify(value, undefined, 2) + "\n";
}
