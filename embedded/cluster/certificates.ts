import { randomUUID } from "node:crypto";
import { existsSync, mkdirSync, readFileSync, renameSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { run } from "../process";
import { apiServiceAddress, clusterDomain, Layout, nodeName } from "./layout";
import { Packages } from "./packages";

const days = "3650";

/** Who talks to the API server, and the group its role is bound to. */
const clients = {
  admin: "/O=system:masters/CN=pulumi-cnpg-admin",
  "kube-controller-manager": "/CN=system:kube-controller-manager",
  "kube-scheduler": "/CN=system:kube-scheduler",
  kubelet: `/O=system:nodes/CN=system:node:${nodeName}`,
  "kube-proxy": "/CN=system:kube-proxy",
  coredns: "/CN=pulumi-cnpg:coredns",
  storage: "/CN=pulumi-cnpg:storage",
  "apiserver-to-kubelet": "/O=system:masters/CN=kube-apiserver-kubelet-client",
} as const;

export type ClientName = keyof typeof clients;

export function pkiDir(layout: Layout): string {
  return join(layout.clusterDir, "pki");
}

/** Makes the authority, all certificates and the kubeconfigs, unless they exist. Needs no network. */
export async function ensureCertificates(layout: Layout, packages: Packages): Promise<void> {
  const dir = pkiDir(layout);
  if (existsSync(dir)) return;
  const making = `${dir}.${randomUUID().slice(0, 8)}`;
  mkdirSync(making, { recursive: true, mode: 0o700 });
  try {
    const openssl = (...args: string[]): Promise<unknown> =>
      run(join(packages.bin, "openssl"), args, {
        cwd: making,
        timeoutMs: 30_000,
        env: { OPENSSL_CONF: "/dev/null" },
      });
    const extension = (...lines: string[]): string[] => lines.flatMap(line => ["-addext", line]);
    const request = [
      "req",
      "-x509",
      "-newkey",
      "ec",
      "-pkeyopt",
      "ec_paramgen_curve:P-256",
      "-nodes",
      "-days",
      days,
      "-config",
      "req.cnf",
    ];
    writeFileSync(join(making, "req.cnf"), "[req]\ndistinguished_name = dn\n[dn]\n");
    await openssl(...request, "-subj", "/CN=pulumi-cnpg-embedded", "-keyout", "ca.key", "-out", "ca.crt",
      ...extension("basicConstraints=critical,CA:TRUE", "keyUsage=critical,keyCertSign,cRLSign,digitalSignature")); // prettier-ignore
    const issue = (name: string, subject: string, ...extensions: string[]): Promise<unknown> =>
      openssl(...request, "-CA", "ca.crt", "-CAkey", "ca.key", "-subj", subject, "-keyout", `${name}.key`, "-out", `${name}.crt`,
        ...extension("basicConstraints=critical,CA:FALSE", "keyUsage=critical,digitalSignature", ...extensions)); // prettier-ignore
    const server = `DNS:${serverNames().join(",DNS:")},IP:127.0.0.1,IP:${apiServiceAddress},IP:${layout.nodeAddress}`;
    await issue("server", "/CN=kube-apiserver", "extendedKeyUsage=serverAuth", `subjectAltName=${server}`);
    for (const [name, subject] of Object.entries(clients)) {
      await issue(name, subject, "extendedKeyUsage=clientAuth");
      writeKubeconfig(making, name, layout);
    }
    await openssl(
      "genpkey",
      "-algorithm",
      "RSA",
      "-pkeyopt",
      "rsa_keygen_bits:2048",
      "-out",
      "service-accounts.key",
    );
    await openssl("pkey", "-in", "service-accounts.key", "-pubout", "-out", "service-accounts.pub");
    renameSync(making, dir);
  } finally {
    rmSync(making, { recursive: true, force: true });
  }
}

/** Copies the administrator's kubeconfig to where people and tools look for it. */
export function publishKubeconfig(layout: Layout): void {
  writeFileSync(layout.kubeconfig, readFileSync(kubeconfigOf(layout, "admin")), { mode: 0o600 });
}

export function kubeconfigOf(layout: Layout, client: ClientName): string {
  return join(pkiDir(layout), `${client}.kubeconfig`);
}

function serverNames(): string[] {
  return [
    "localhost",
    nodeName,
    "kubernetes",
    "kubernetes.default",
    "kubernetes.default.svc",
    `kubernetes.default.svc.${clusterDomain}`,
  ];
}

function writeKubeconfig(dir: string, client: string, layout: Layout): void {
  const data = (file: string): string => readFileSync(join(dir, file)).toString("base64");
  const config = {
    apiVersion: "v1",
    kind: "Config",
    clusters: [
      {
        name: "pulumi-cnpg-embedded",
        cluster: {
          server: `https://${layout.nodeAddress}:6443`,
          "certificate-authority-data": data("ca.crt"),
        },
      },
    ],
    users: [
      {
        name: client,
        user: { "client-certificate-data": data(`${client}.crt`), "client-key-data": data(`${client}.key`) },
      },
    ],
    contexts: [{ name: "pulumi-cnpg-embedded", context: { cluster: "pulumi-cnpg-embedded", user: client } }],
    "current-context": "pulumi-cnpg-embedded",
  };
  writeFileSync(join(dir, `${client}.kubeconfig`), JSON.stringify(config, undefined, 2) + "\n", {
    mode: 0o600,
  });
}
