import * as assert from "node:assert/strict";
import { BackupSchedule, type ScheduledBackupArgs } from "../../src";
import { BackupType } from "../../src/backup/backup-type";
import type { BackupResult } from "../../src/operations/backup";
import { runJobFrom } from "../../src/operations/run-job";
import { backedUp, type BackedUpArgs } from "./backed-up";
import { pulumiCnpg } from "./command-line";
import { harness, type SpecStack, type SpecStore } from "./harness";
import { terminal } from "./operations";

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

describe("volume snapshots of an instance", function () {
  this.timeout(15 * 60_000);
  const bench = harness();
  let stack: SpecStack;
  let store: SpecStore;
  /** Backup of `orders` alone, and the VolumeSnapshots of one of `stock`. */
  let orders: string;
  let stock: string[];

  /** `stock` has its WAL on a volume of its own, so that each of its backups is two snapshots. */
  const walStorage = { size: "512Mi" };
  const program = (more: Record<string, BackedUpArgs> = {}): ReturnType<typeof backedUp> =>
    backedUp(
      store,
      { orders: { snapshots: {} }, stock: { snapshots: {}, walStorage }, ...more },
      ({ instances, provider }) => {
        const { reference } = instances.orders ?? {};
        if (reference === undefined) throw new Error("the program makes an instance orders");
        const snapshots: ScheduledBackupArgs = { method: "volumeSnapshot", immediate: true };
        new BackupSchedule("orders", { instance: reference, schedules: { snapshots } }, { provider });
      },
    );

  before(async function () {
    bench.requireStore(this);
    store = await bench.store("snapshots");
    stack = await bench.stackFor("snapshots", program());
    await stack.up();
  });

  const sql = (instance: string, query: string): Promise<string> =>
    bench.superuserSql(stack.namespace, `${instance}-g1-1`, query, "app");
  const write = (instance: string, from: number, to: number): Promise<string> =>
    sql(instance, `INSERT INTO ledger SELECT g FROM generate_series(${from}, ${to}) g`);
  const written = (instance: string): Promise<string> =>
    sql(instance, "SELECT count(*), max(id) FROM ledger");

  /** A backup with snapshots by the command line, as a person takes it. */
  async function take(instance: string, type: BackupType, label: string): Promise<BackupResult> {
    const about = ["--namespace", stack.namespace, "--type", type, "--label", label, "--snapshot", "--json"];
    const { exitCode, stdout, stderr } = await pulumiCnpg(bench, "backup", "now", instance, ...about);
    assert.equal(exitCode, 0, stderr);
    return JSON.parse(stdout) as BackupResult;
  }

  it("are taken by the clock, and found good", async () => {
    const { namespace } = stack;
    const backup = await bench.waitUntil(
      () => {
        const owned = ["-l", "cnpg.io/scheduled-backup=orders-g1-snapshots"];
        const names = 'jsonpath={.items[?(@.status.phase=="completed")].metadata.name}';
        return bench.kubectl("get", "backups.postgresql.cnpg.io", "-n", namespace, ...owned, "-o", names);
      },
      "The snapshot backup of the schedule",
      120,
    );
    const keeper = { namespace, cronJob: "orders-backups", request: {}, timeoutSeconds: 180 };
    await runJobFrom(await terminal(bench), keeper);
    const check = ".metadata.annotations.cnpg\\.pulumi\\.com/check";
    const found = await bench.field(namespace, `backups.postgresql.cnpg.io/${backup}`, check);
    assert.equal((JSON.parse(found) as { good: boolean }).good, true, found);
    const instance = ".metadata.labels.cnpg\\.pulumi\\.com/instance";
    assert.equal(await bench.field(namespace, `volumesnapshot/${backup}`, instance), "orders");
  });

  it("are taken by the command, of every volume", async () => {
    for (const instance of ["orders", "stock"]) {
      await sql(instance, "CREATE TABLE ledger (id int)");
      await write(instance, 1, 1000);
    }
    const [whole, half] = await Promise.all([
      take("orders", BackupType.Full, "whole"),
      take("stock", BackupType.Incremental, "half"),
    ]);
    orders = whole.snapshot?.name ?? "";
    stock = half.snapshot?.snapshots ?? [];
    assert.deepEqual(whole.snapshot?.snapshots, [orders]);
    assert.deepEqual(stock, [half.snapshot?.name, `${half.snapshot?.name}-wal`]);
    bench.note(
      `Snapshots took ${whole.snapshot?.seconds} s, those of two volumes ${half.snapshot?.seconds} s.`,
    );
  });

  it("are restored to their own end, or with WAL to a moment after it", async () => {
    await write("orders", 1001, 1500);
    await write("stock", 1001, 1500);
    await bench.superuserSql(stack.namespace, "stock-g1-1", "SELECT pg_create_restore_point('migration')");
    await write("stock", 1501, 2000);
    const about = ["--namespace", stack.namespace, "--type", "incremental"];
    assert.equal((await pulumiCnpg(bench, "backup", "now", "stock", ...about)).exitCode, 0);
    const [storage = "", wal = ""] = stock;
    const snapshots = { storage, walStorage: wal };
    const { seconds } = await stack.up(() =>
      program({
        // CloudNativePG makes new standbys from the last snapshot, where there is one.
        orders: { snapshots: {}, instances: 2 },
        "orders-copy": { restore: { backup: orders } },
        "stock-copy": {
          walStorage,
          restore: { snapshots, archive: "stock-g1", target: { restorePoint: "migration" } },
        },
      })(stack.namespace),
    );
    assert.equal(await written("orders-copy"), "1000|1000");
    assert.equal(await written("stock-copy"), "1500|1500");
    bench.note(
      `Two instances were restored from snapshots, and one got a standby, in ${seconds.toFixed(1)} s.`,
    );
  });

  it("make the standby of an instance, and are taken from it", async () => {
    const source = [
      "-l",
      "cnpg.io/instanceName=orders-g1-2",
      "-o",
      "jsonpath={.items[*].spec.dataSource.kind}",
    ];
    assert.equal(await bench.kubectl("get", "pvc", "-n", stack.namespace, ...source), "VolumeSnapshot");
    const standby = (): Promise<string> =>
      bench.superuserSql(
        stack.namespace,
        "orders-g1-2",
        "SELECT pg_is_in_recovery(), count(*) FROM ledger",
        "app",
      );
    await bench.waitUntil(async () => (await standby()) === "t|1500", "the standby's rows", 60);
    const { snapshot } = await take("orders", BackupType.Incremental, "from the standby");
    assert.equal(snapshot?.pod, "orders-g1-2");
  });
});
