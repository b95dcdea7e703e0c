/** Every version the embedded cluster is made of. The Go modules are pinned a second time in go.mod, which a unit test compares. */
export const versions = {
  kubernetes: "1.36.3",
  etcd: "3.6.8",
  coredns: "1.14.2",
  cloudnativePg: "1.30.0",
  barmanPlugin: "0.14.0",
  externalSnapshotter: "8.6.0",
  pulumi: "3.250.0",
} as const;
