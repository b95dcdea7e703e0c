import * as assert from "node:assert/strict";
import { skip } from "../../../skip";
import { execFileSync } from "node:child_process";
import { X509Certificate } from "node:crypto";
import { mkdirSync, mkdtempSync, readFileSync, rmSync, statSync } from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { ensureCertificates, kubeconfigOf, pkiDir } from "../../../../embedded/cluster/certificates";
import { clusterLayout, Layout } from "../../../../embedded/cluster/layout";
import { Packages } from "../../../../embedded/cluster/packages";

function opensslFolder(): string | undefined {
  try {
    return dirname(execFileSync("sh", ["-c", "command -v openssl"], { encoding: "utf8" }).trim());
  } catch {
    return undefined;
  }
}

describe("embedded/cluster/certificates", () => {
  let layout: Layout;
  let packages: Packages;
  before(async function () {
    this.timeout(20_000);
    const bin = opensslFolder();
    if (bin === undefined) skip(this, "the program openssl is not installed");
    const dir = mkdtempSync(join(tmpdir(), "certificates-"));
    mkdirSync(join(dir, "cluster"));
    layout = { ...clusterLayout(), clusterDir: join(dir, "cluster"), nodeAddress: "172.31.7.2" };
    packages = { root: "/", bin, cni: "", path: "" };
    await ensureCertificates(layout, packages);
  });
  after(() => layout && rmSync(dirname(layout.clusterDir), { recursive: true, force: true }));

  const certificate = (name: string): X509Certificate =>
    new X509Certificate(readFileSync(join(pkiDir(layout), `${name}.crt`)));

  it("lets the API server be reached by every name and address it has", () => {
    const server = certificate("server");
    for (const name of ["localhost", "kubernetes.default.svc", "kubernetes.default.svc.cluster.local"])
      assert.equal(server.checkHost(name), name);
    for (const address of ["127.0.0.1", "10.96.0.1", "172.31.7.2"])
      assert.equal(server.checkIP(address), address);
    assert.ok(server.verify(certificate("ca").publicKey));
  });

  it("gives clients the groups their roles are bound to", () => {
    assert.match(certificate("admin").subject, /O=system:masters/);
    assert.match(certificate("kubelet").subject, /O=system:nodes\nCN=system:node:embedded/);
    assert.ok(certificate("kubelet").verify(certificate("ca").publicKey));
    assert.ok(!certificate("kubelet").ca);
  });

  it("writes kubeconfigs only their owner can read", () => {
    const file = kubeconfigOf(layout, "admin");
    assert.equal(statSync(file).mode & 0o777, 0o600);
    assert.match(readFileSync(file, "utf8"), /https:\/\/172\.31\.7\.2:6443/);
  });

  it("keeps what it made", async () => {
    const earlier = certificate("server").fingerprint256;
    await ensureCertificates(layout, packages);
    assert.equal(certificate("server").fingerprint256, earlier);
  });
});
