import * as assert from "node:assert/strict";
import { harness } from "./harness";

describe("volume snapshots", function () {
  this.timeout(5 * 60_000);
  const bench = harness();
  let namespace: string;

  before(async function () {
    if (process.env.E2E_CONTEXT !== undefined)
      bench.note("Uses the default storage class and VolumeSnapshotClass of the cluster.");
    namespace = await bench.namespaceFor("snapshots");
  });

  /** A claim, of an empty volume or of one made from a snapshot. */
  function claim(name: string, size: string, snapshot?: string): object {
    const dataSource = snapshot && {
      apiGroup: "snapshot.storage.k8s.io",
      kind: "VolumeSnapshot",
      name: snapshot,
    };
    return {
      apiVersion: "v1",
      kind: "PersistentVolumeClaim",
      metadata: { name, namespace },
      spec: {
        accessModes: ["ReadWriteOnce"],
        resources: { requests: { storage: size } },
        ...(dataSource && { dataSource }),
      },
    };
  }

  /** A pod that does nothing, with the claim's volume on /volume. */
  function pod(claimName: string): object {
    return {
      apiVersion: "v1",
      kind: "Pod",
      metadata: { name: claimName, namespace },
      spec: {
        terminationGracePeriodSeconds: 0,
        containers: [
          {
            name: "shell",
            image: "ghcr.io/cloudnative-pg/postgresql:18.6-standard-trixie",
            command: ["sleep", "3600"],
            volumeMounts: [{ name: "volume", mountPath: "/volume" }],
          },
        ],
        securityContext: { fsGroup: 26, runAsUser: 26 },
        volumes: [{ name: "volume", persistentVolumeClaim: { claimName } }],
      },
    };
  }

  async function shell(podName: string, script: string): Promise<string> {
    const out = await bench.kubectl("exec", "-n", namespace, podName, "--", "sh", "-c", script);
    return out.trim();
  }

  async function start(name: string, size: string, snapshot?: string): Promise<void> {
    await bench.apply(claim(name, size, snapshot), pod(name));
    await bench.kubectl("wait", "-n", namespace, `pod/${name}`, "--for=condition=Ready", "--timeout=120s");
  }

  async function takeSnapshot(name: string, of: string): Promise<void> {
    await bench.apply({
      apiVersion: "snapshot.storage.k8s.io/v1",
      kind: "VolumeSnapshot",
      metadata: { name, namespace },
      spec: { source: { persistentVolumeClaimName: of } },
    });
    const ready = "--for=jsonpath={.status.readyToUse}=true";
    await bench.kubectl("wait", "-n", namespace, `volumesnapshot/${name}`, ready, "--timeout=60s");
  }

  /** Appends numbered lines until it is killed, each written down before the next. */
  const writer =
    "i=0; while :; do i=$((i+1)); echo $i >> /volume/log; sync /volume/log; done >/dev/null 2>&1 &";

  it("keep what a volume held while it is written to, also after the volume has gone", async () => {
    await start("original", "400Mi");
    await shell("original", "head -c 20000000 /dev/urandom > /volume/data && sync");
    await shell("original", writer);
    await bench.waitUntil(async () => (await lines("original")) > 20, "The writer", 30);
    const before = await lines("original");
    await takeSnapshot("first", "original");
    const after = await lines("original");
    const sum = await shell("original", "md5sum < /volume/data");
    await bench.waitUntil(async () => (await lines("original")) > after, "The writer after the snapshot", 30);
    await shell("original", "rm /volume/data");
    await bench.kubectl("delete", "pod,pvc", "-n", namespace, "original");

    await start("copy", "400Mi", "first");
    assert.equal(await shell("copy", "md5sum < /volume/data"), sum);
    const kept = await lines("copy");
    assert.ok(kept >= before && kept <= after, `${kept} lines, not ${before} to ${after}`);
    assert.equal(await shell("copy", "awk '$1 != NR' /volume/log"), "", "lines are whole and in their order");
  });

  async function lines(podName: string): Promise<number> {
    return Number(await shell(podName, "wc -l < /volume/log"));
  }

  async function megabytes(podName: string): Promise<number> {
    return Number(await shell(podName, "df --output=size -B 1000000 /volume | tail -n 1"));
  }

  it("fill a larger volume, which has its whole size", async () => {
    await start("larger", "1Gi", "first");
    assert.equal(await lines("larger"), await lines("copy"));
    const [larger, copy] = await Promise.all([megabytes("larger"), megabytes("copy")]);
    assert.ok(copy < 430, `the copy has ${copy} MB`);
    assert.ok(larger > 900, `the larger one has ${larger} MB`);
    // More than the original could hold.
    await shell("larger", "head -c 600000000 /dev/zero > /volume/more && sync");
  });

  it("do not fill a smaller volume", async () => {
    await bench.apply(claim("smaller", "350Mi", "first"), pod("smaller"));
    const message = await bench.waitUntil(
      async () => {
        const field = ["-o", "jsonpath={.items[*].message}"];
        const about = ["--field-selector", "involvedObject.name=smaller,reason=ProvisioningFailed"];
        const said = await bench.kubectl("get", "events", "-n", namespace, ...about, ...field);
        return said !== "" && said;
      },
      "The refusal",
      60,
    );
    assert.match(message, /smaller|less than/);
    await bench.kubectl("delete", "pod,pvc", "-n", namespace, "smaller");
  });

  it("take their copy along when they are deleted, and leave the volumes made from them", async () => {
    const content = await bench.field(
      namespace,
      "volumesnapshot/first",
      ".status.boundVolumeSnapshotContentName",
    );
    await bench.kubectl("delete", "volumesnapshot", "-n", namespace, "first", "--timeout=60s");
    await bench.waitUntil(
      async () =>
        (await bench.kubectl("get", "volumesnapshotcontent", content, "--ignore-not-found", "-o", "name")) ===
        "",
      "The end of the copy",
      60,
    );
    assert.ok((await lines("copy")) > 20);
  });
});
