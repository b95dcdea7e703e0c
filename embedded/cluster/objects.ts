import { cacheDir } from "../paths";
import { run } from "../process";
import { kubeconfigOf } from "./certificates";
import { dnsServiceAddress, Layout } from "./layout";

/** What the node's own processes need in the API: DNS, their rights, the storage class. */
export function clusterObjects(layout: Layout, id: string): object[] {
  return [...dnsObjects(layout), ...rights(), ...storageObjects(), identity(id)];
}

function dnsObjects(layout: Layout): object[] {
  const ports = [
    { name: "dns", port: 53, protocol: "UDP" },
    { name: "dns-tcp", port: 53, protocol: "TCP" },
  ];
  const metadata = { name: "kube-dns", namespace: "kube-system" };
  return [
    { apiVersion: "v1", kind: "Service", metadata, spec: { clusterIP: dnsServiceAddress, ports } },
    {
      apiVersion: "discovery.k8s.io/v1",
      kind: "EndpointSlice",
      metadata: { ...metadata, labels: { "kubernetes.io/service-name": "kube-dns" } },
      addressType: "IPv4",
      endpoints: [{ addresses: [layout.nodeAddress], conditions: { ready: true } }],
      ports,
    },
  ];
}

interface Rule {
  apiGroups: string[];
  resources: string[];
  verbs: string[];
}

function rights(): object[] {
  const read = ["get", "list", "watch"];
  const all = [...read, "create", "update", "patch", "delete"];
  return [
    ...role("coredns", [
      { apiGroups: [""], resources: ["endpoints", "services", "pods", "namespaces"], verbs: read },
      { apiGroups: ["discovery.k8s.io"], resources: ["endpointslices"], verbs: read },
    ]),
    ...role("storage", [
      { apiGroups: [""], resources: ["persistentvolumes", "persistentvolumeclaims", "events"], verbs: all },
      {
        apiGroups: [""],
        resources: ["persistentvolumeclaims/status", "persistentvolumes/status"],
        verbs: ["update", "patch"],
      },
      { apiGroups: [""], resources: ["nodes", "pods"], verbs: read },
      {
        apiGroups: ["storage.k8s.io"],
        resources: ["storageclasses", "csinodes", "csidrivers", "volumeattributesclasses"],
        verbs: read,
      },
      { apiGroups: [snapshotGroup], resources: ["volumesnapshotclasses"], verbs: read },
      {
        apiGroups: [snapshotGroup],
        resources: ["volumesnapshots", "volumesnapshotcontents"].flatMap(name => [name, `${name}/status`]),
        verbs: all,
      },
    ]),
  ];
}

function role(user: "coredns" | "storage", rules: Rule[]): object[] {
  const metadata = { name: `pulumi-cnpg:${user}` };
  return [
    { apiVersion: "rbac.authorization.k8s.io/v1", kind: "ClusterRole", metadata, rules },
    {
      apiVersion: "rbac.authorization.k8s.io/v1",
      kind: "ClusterRoleBinding",
      metadata,
      roleRef: { apiGroup: "rbac.authorization.k8s.io", kind: "ClusterRole", name: metadata.name },
      subjects: [{ apiGroup: "rbac.authorization.k8s.io", kind: "User", name: metadata.name }],
    },
  ];
}

export const storageDriver = "volumes.embedded.pulumi-cnpg";

const snapshotGroup = "snapshot.storage.k8s.io";

/** Not one of `clusterObjects`: its kind is made known later than they are applied. */
export const snapshotClass = {
  apiVersion: `${snapshotGroup}/v1`,
  kind: "VolumeSnapshotClass",
  metadata: {
    name: "embedded",
    annotations: { "snapshot.storage.kubernetes.io/is-default-class": "true" },
  },
  driver: storageDriver,
  deletionPolicy: "Delete",
};

function storageObjects(): object[] {
  return [
    {
      apiVersion: "storage.k8s.io/v1",
      kind: "CSIDriver",
      metadata: { name: storageDriver },
      spec: {
        attachRequired: false,
        podInfoOnMount: false,
        fsGroupPolicy: "File",
        volumeLifecycleModes: ["Persistent"],
      },
    },
    {
      apiVersion: "storage.k8s.io/v1",
      kind: "StorageClass",
      metadata: { name: "standard", annotations: { "storageclass.kubernetes.io/is-default-class": "true" } },
      provisioner: storageDriver,
      reclaimPolicy: "Delete",
      volumeBindingMode: "WaitForFirstConsumer",
      allowVolumeExpansion: true,
    },
  ];
}

function identity(id: string): object {
  return {
    apiVersion: "v1",
    kind: "ConfigMap",
    metadata: { name: "pulumi-cnpg-embedded", namespace: "kube-system" },
    data: { id },
  };
}

/** Runs kubectl as the cluster's administrator. */
export async function kubectl(layout: Layout, args: readonly string[], input?: string): Promise<string> {
  const connection = ["--kubeconfig", kubeconfigOf(layout, "admin")];
  return (await run(cacheDir("bin", "kubectl"), [...connection, ...args], { input, timeoutMs: 60_000 }))
    .stdout;
}

export async function applyObjects(layout: Layout, objects: object[]): Promise<void> {
  const list = { apiVersion: "v1", kind: "List", items: objects };
  const flags = ["--server-side", "--force-conflicts", "--field-manager", "pulumi-cnpg-embedded", "-f", "-"];
  await kubectl(layout, ["apply", ...flags], JSON.stringify(list));
}
