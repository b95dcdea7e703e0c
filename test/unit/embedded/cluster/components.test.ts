import * as assert from "node:assert/strict";
import { mkdtempSync, readFileSync, rmSync, statSync, utimesSync } from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { pidFileOf, writeConfig } from "../../../../embedded/cluster/component";
import { binaryPaths, clusterComponents } from "../../../../embedded/cluster/components";
import { clusterLayout, dnsServiceAddress } from "../../../../embedded/cluster/layout";
import { clusterObjects, snapshotClass, storageDriver } from "../../../../embedded/cluster/objects";
import { unpackedPackages } from "../../../../embedded/cluster/packages";

describe("embedded/cluster/components", () => {
  const layout = clusterLayout();
  const all = clusterComponents(layout, unpackedPackages(), binaryPaths(), "nft");

  it("have names, logs and health addresses of their own", () => {
    const list = Object.values(all);
    assert.equal(new Set(list.map(component => component.name)).size, list.length);
    const addresses = list.map(component => component.healthy).filter(healthy => typeof healthy === "string");
    assert.equal(new Set(addresses).size, addresses.length);
    for (const address of addresses) assert.equal(new URL(address).hostname, layout.nodeAddress);
  });

  it("give pods the cluster's DNS", () => {
    const kubelet = JSON.parse(Object.values(all.kubelet.config ?? {})[0] ?? "") as Record<string, unknown>;
    assert.deepEqual(kubelet.clusterDNS, [dnsServiceAddress]);
    assert.equal(kubelet.cgroupRoot, `/${layout.name}`);
    assert.equal(kubelet.failCgroupV1, false);
  });

  it("keep configuration that did not change untouched, for kube-proxy ends when its file is written", () => {
    const file = join(mkdtempSync(join(tmpdir(), "components-")), "config");
    writeConfig({ [file]: "one" });
    utimesSync(file, 1, 1);
    writeConfig({ [file]: "one" });
    assert.equal(statSync(file).mtimeMs, 1000);
    writeConfig({ [file]: "two" });
    assert.equal(readFileSync(file, "utf8"), "two");
    rmSync(dirname(file), { recursive: true });
  });

  it("leave the host's connection tracking alone", () => {
    const proxy = JSON.parse(Object.values(all.proxy.config ?? {})[0] ?? "") as {
      conntrack: Record<string, unknown>;
      mode: string;
    };
    assert.equal(proxy.mode, "iptables");
    assert.deepEqual(proxy.conntrack, {
      maxPerCore: 0,
      min: 0,
      tcpEstablishedTimeout: "0s",
      tcpCloseWaitTimeout: "0s",
    });
  });

  it("keep containerd's images in the cache and its sockets in the run folder", () => {
    const toml =
      Object.entries(all.containerd.config ?? {}).find(([path]) => path.endsWith(".toml"))?.[1] ?? "";
    assert.ok(toml.includes(`root = ${JSON.stringify(layout.containerdRoot)}`));
    assert.ok(toml.includes(`address = ${JSON.stringify(layout.containerdSocket)}`));
    assert.match(toml, /restrict_oom_score_adj = true/);
  });

  it("start the snapshotter again with its driver, for it ends when it loses that", () => {
    assert.ok(all.snapshotter.files?.includes(pidFileOf(layout, all.driver.name)));
  });

  it("bring a default class of snapshots that are deleted with their VolumeSnapshot", () => {
    assert.equal(snapshotClass.driver, storageDriver);
    assert.equal(snapshotClass.deletionPolicy, "Delete");
    assert.deepEqual(snapshotClass.metadata.annotations, {
      "snapshot.storage.kubernetes.io/is-default-class": "true",
    });
  });

  it("bring one default storage class that can grow, and the cluster's id", () => {
    const objects = clusterObjects(layout, "some-id") as {
      kind: string;
      metadata: object;
      [key: string]: unknown;
    }[];
    const classes = objects.filter(object => object.kind === "StorageClass");
    assert.equal(classes.length, 1);
    assert.equal(classes[0]?.allowVolumeExpansion, true);
    assert.equal(classes[0]?.reclaimPolicy, "Delete");
    assert.deepEqual(objects.find(object => object.kind === "ConfigMap")?.data, { id: "some-id" });
  });
});
