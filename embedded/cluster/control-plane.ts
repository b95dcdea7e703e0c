import { join } from "node:path";
import { kubeconfigOf, pkiDir } from "./certificates";
import { Component } from "./component";
import { clusterDomain, Layout, podCidr, serviceCidr } from "./layout";

/** etcd, API server, controllers and scheduler; `node` is the binary that holds them all. */
export function controlPlane(
  layout: Layout,
  node: string,
): Record<"etcd" | "apiserver" | "controllers" | "scheduler", Component> {
  return {
    etcd: etcd(layout, node),
    apiserver: apiserver(layout, node),
    controllers: controllers(layout, node),
    scheduler: scheduler(layout, node),
  };
}

export function etcdDir(layout: Layout): string {
  return join(layout.clusterDir, "etcd");
}

function etcd(layout: Layout, node: string): Component {
  return {
    name: "etcd",
    command: node,
    args: [
      "etcd",
      ...flags({
        name: "embedded",
        "data-dir": etcdDir(layout),
        "listen-client-urls": "http://127.0.0.1:2379",
        "advertise-client-urls": "http://127.0.0.1:2379",
        "listen-peer-urls": "http://127.0.0.1:2380",
        "initial-advertise-peer-urls": "http://127.0.0.1:2380",
        "initial-cluster": "embedded=http://127.0.0.1:2380",
        "listen-metrics-urls": `http://${layout.nodeAddress}:2381`,
        // A laptop's cluster may lose its last second in a power cut; it need not wait for the disk at every write.
        "unsafe-no-fsync": "true",
        "auto-compaction-mode": "periodic",
        "auto-compaction-retention": "1h",
        "log-level": "warn",
      }),
    ],
    healthy: `http://${layout.nodeAddress}:2381/health`,
    graceMs: 2000,
  };
}

function apiserver(layout: Layout, node: string): Component {
  const pki = (file: string): string => join(pkiDir(layout), file);
  return {
    name: "kube-apiserver",
    command: node,
    args: [
      "kube-apiserver",
      ...flags({
        "etcd-servers": "http://127.0.0.1:2379",
        "advertise-address": layout.nodeAddress,
        "bind-address": "0.0.0.0",
        "secure-port": "6443",
        "service-cluster-ip-range": serviceCidr,
        "authorization-mode": "Node,RBAC",
        "enable-admission-plugins": "NodeRestriction",
        "allow-privileged": "true",
        "client-ca-file": pki("ca.crt"),
        "tls-cert-file": pki("server.crt"),
        "tls-private-key-file": pki("server.key"),
        "kubelet-client-certificate": pki("apiserver-to-kubelet.crt"),
        "kubelet-client-key": pki("apiserver-to-kubelet.key"),
        "kubelet-certificate-authority": pki("ca.crt"),
        "kubelet-preferred-address-types": "InternalIP",
        "service-account-issuer": `https://kubernetes.default.svc.${clusterDomain}`,
        "service-account-key-file": pki("service-accounts.pub"),
        "service-account-signing-key-file": pki("service-accounts.key"),
        "endpoint-reconciler-type": "lease",
        "shutdown-delay-duration": "0s",
        profiling: "false",
      }),
    ],
    files: [pki("server.crt")],
    healthy: `https://${layout.nodeAddress}:6443/readyz`,
    timeoutMs: 60_000,
  };
}

function controllers(layout: Layout, node: string): Component {
  const pki = (file: string): string => join(pkiDir(layout), file);
  return {
    name: "kube-controller-manager",
    command: node,
    args: [
      "kube-controller-manager",
      ...flags({
        ...clientFlags(layout, "kube-controller-manager"),
        "bind-address": layout.nodeAddress,
        "root-ca-file": pki("ca.crt"),
        "service-account-private-key-file": pki("service-accounts.key"),
        "cluster-signing-cert-file": pki("ca.crt"),
        "cluster-signing-key-file": pki("ca.key"),
        "cluster-cidr": podCidr,
        "use-service-account-credentials": "true",
        "leader-elect": "false",
        // Failover tests want a lost node's pods noticed in seconds, and a wrong answer here costs nothing on one node.
        "node-monitor-grace-period": "40s",
        "terminated-pod-gc-threshold": "50",
        profiling: "false",
      }),
    ],
    files: [pki("ca.crt")],
    healthy: `https://${layout.nodeAddress}:10257/healthz`,
  };
}

function scheduler(layout: Layout, node: string): Component {
  return {
    name: "kube-scheduler",
    command: node,
    args: [
      "kube-scheduler",
      ...flags({
        ...clientFlags(layout, "kube-scheduler"),
        "bind-address": layout.nodeAddress,
        "leader-elect": "false",
        profiling: "false",
      }),
    ],
    files: [join(pkiDir(layout), "ca.crt")],
    healthy: `https://${layout.nodeAddress}:10259/healthz`,
  };
}

/** A serving certificate of our own keeps these two from writing one of theirs into /var/run/kubernetes. */
function clientFlags(
  layout: Layout,
  client: "kube-controller-manager" | "kube-scheduler",
): Record<string, string> {
  const kubeconfig = kubeconfigOf(layout, client);
  return {
    kubeconfig,
    "authentication-kubeconfig": kubeconfig,
    "authorization-kubeconfig": kubeconfig,
    "authentication-tolerate-lookup-failure": "true",
    "tls-cert-file": join(pkiDir(layout), "server.crt"),
    "tls-private-key-file": join(pkiDir(layout), "server.key"),
  };
}

export function flags(values: Record<string, string>): string[] {
  return Object.entries(values).map(([name, value]) => `--${name}=${value}`);
}
