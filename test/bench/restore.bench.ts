import * as assert from "node:assert/strict";
import type { BackupStoreArgs, PostgresInstanceArgs, RestoreSource } from "../../src";
import { backedUp, takeBaseBackup } from "../e2e/backed-up";
import { harness, type SpecStack, type SpecStore } from "../e2e/harness";
import { keepResult, median } from "./result";

/** Rounds of each way, one after the other in turn. */
const rounds = 5;
/** Rounds of each setting. */
const settingRounds = 2;
/** What a restore may take, compared with a Cluster written by hand. */
const mostRatio = 1.1;
/** pgbench's scale for a database of about 1 GiB. */
const scale = 70;

/** Seconds of one restore. */
interface Restore {
  /** From the creation of the Cluster until CloudNativePG calls it ready. */
  cluster: number;
  /** From the beginning of the update, or of kubectl, until it has ended. */
  whole: number;
}

describe("restore of 1 GiB, against a Cluster written by hand", function () {
  this.timeout(60 * 60_000);
  const bench = harness();
  let stack: SpecStack;
  let store: SpecStore;
  let bytes: number;
  let restored = 0;

  const big: PostgresInstanceArgs = {
    resources: { cpu: "2", memory: "1Gi", requests: { cpu: "100m" } },
    storage: { size: "4Gi" },
  };
  /** Settings of the store that are compared with one another, each with a backup and WAL of its own. */
  const settings: Record<string, Partial<BackupStoreArgs>> = {
    defaults: {},
    uncompressed: { compression: { data: "none", wal: "none" } },
    "one at a time": { parallelism: { data: 1, wal: 1 } },
  };
  /** WAL that is replayed: about 0.4 GiB. */
  const writeWal = `DROP TABLE IF EXISTS filler; CREATE TABLE filler AS
    SELECT id, repeat(md5(id::text), 6) AS text FROM generate_series(1, 1500000) AS id`;

  before(async function () {
    bench.requireStore(this);
    store = await bench.store("bench-restore");
    stack = await bench.stackFor("bench-restore", backedUp(store, { orders: big }));
    await stack.up();
    bytes = await fill();
  });

  async function fill(): Promise<number> {
    const { namespace } = stack;
    const pgbench = ["pgbench", "-i", "-q", "-s", String(scale), "-U", "postgres", "app"];
    await bench.kubectl("exec", "-n", namespace, "orders-g1-1", "-c", "postgres", "--", ...pgbench);
    return Number(
      await bench.superuserSql(
        namespace,
        "orders-g1-1",
        "SELECT sum(pg_database_size(oid)) FROM pg_database",
      ),
    );
  }

  async function restoreOurs(
    program: Program,
    backupId: string,
    target?: RestoreSource["target"],
  ): Promise<Restore> {
    const begin = performance.now();
    const restore = { archive: "orders-g1", backupId, ...(target === undefined ? {} : { target }) };
    // The archive of the round before is not free for another server.
    const name = `ours-${(restored += 1)}`;
    await stack.up(program({ orders: big, [name]: { ...big, restore } }));
    const whole = (performance.now() - begin) / 1000;
    const cluster = await readyAfter(`${name}-g1`);
    await stack.up(program({ orders: big }));
    return { cluster, whole };
  }

  /** What a person would write who knows CloudNativePG and does without this package. */
  async function restorePlain(backupId: string, round: string): Promise<Restore> {
    const { namespace } = stack;
    const name = `plain-${round}`;
    const spec = JSON.parse(
      await bench.kubectl("get", "clusters.postgresql.cnpg.io", "-n", namespace, "orders-g1", "-o", "json"),
    ) as { spec: { imageName: string; postgresql: { parameters: object } } };
    const begin = performance.now();
    await bench.apply({
      apiVersion: "postgresql.cnpg.io/v1",
      kind: "Cluster",
      metadata: { name, namespace },
      spec: {
        instances: 1,
        imageName: spec.spec.imageName,
        storage: { size: "4Gi" },
        resources: { limits: { cpu: "2", memory: "1Gi" }, requests: { cpu: "100m", memory: "1Gi" } },
        postgresql: { parameters: spec.spec.postgresql.parameters },
        plugins: [
          {
            name: "barman-cloud.cloudnative-pg.io",
            isWALArchiver: true,
            parameters: { barmanObjectName: "backups", serverName: name },
          },
        ],
        bootstrap: {
          recovery: { source: "origin", recoveryTarget: { backupID: backupId, targetImmediate: true } },
        },
        externalClusters: [
          {
            name: "origin",
            plugin: {
              name: "barman-cloud.cloudnative-pg.io",
              parameters: { barmanObjectName: "backups", serverName: "orders-g1" },
            },
          },
        ],
      },
    });
    await bench.kubectl(
      "wait",
      "-n",
      namespace,
      `clusters.postgresql.cnpg.io/${name}`,
      "--for=condition=Ready",
      "--timeout=600s",
    );
    const whole = (performance.now() - begin) / 1000;
    const cluster = await readyAfter(name);
    await bench.kubectl("delete", "-n", namespace, `clusters.postgresql.cnpg.io/${name}`, "--wait=true");
    return { cluster, whole };
  }

  /** Whole seconds: what Kubernetes keeps. */
  async function readyAfter(cluster: string): Promise<number> {
    const field = (path: string): Promise<string> =>
      bench.field(stack.namespace, `clusters.postgresql.cnpg.io/${cluster}`, path);
    const ready = await field('.status.conditions[?(@.type=="Ready")].lastTransitionTime');
    return (Date.parse(ready) - Date.parse(await field(".metadata.creationTimestamp"))) / 1000;
  }

  type Program = (instances: Record<string, PostgresInstanceArgs>) => () => Promise<Record<string, unknown>>;

  const programOf =
    (setting: Partial<BackupStoreArgs>): Program =>
    instances =>
    () =>
      backedUp(store, instances, undefined, setting)(stack.namespace);

  const middle = (list: readonly Restore[]): Restore => ({
    cluster: median(list.map(({ cluster }) => cluster)),
    whole: median(list.map(({ whole }) => whole)),
  });

  it(`takes no more than ${mostRatio} times as long`, async () => {
    const program = programOf({});
    const backupId = await takeBaseBackup(bench, stack.namespace, "orders-g1", "backup");
    const ours: Restore[] = [];
    const plain: Restore[] = [];
    for (let round = 0; round < rounds; round++) {
      plain.push(await restorePlain(backupId, String(round)));
      ours.push(await restoreOurs(program, backupId));
      bench.note(`${round}: plain ${JSON.stringify(plain.at(-1))}, ours ${JSON.stringify(ours.at(-1))}`);
    }
    const ratio = middle(ours).cluster / middle(plain).cluster;
    const file = keepResult("restore", {
      bytes,
      plain,
      ours,
      median: { plain: middle(plain), ours: middle(ours) },
      ratio,
      mebibytesPerSecond: bytes / 2 ** 20 / middle(ours).cluster,
    });
    bench.note(`ratio ${ratio.toFixed(2)}; ${file}`);
    assert.ok(ratio <= mostRatio, `ratio ${ratio}`);
  });

  it("tells what compression and parallelism buy", async () => {
    const found: Record<string, object> = {};
    for (const [name, setting] of Object.entries(settings)) {
      const program = programOf(setting);
      await stack.up(program({ orders: big }));
      const begin = performance.now();
      const label = `backup-${name.replaceAll(" ", "-")}`;
      const backupId = await takeBaseBackup(bench, stack.namespace, "orders-g1", label);
      const backupSeconds = (performance.now() - begin) / 1000;
      const from = await position();
      const walSeconds = await archiveWal();
      const walBytes = Number(await primary(`SELECT pg_current_wal_lsn() - '${from}'::pg_lsn`));
      const restores: Restore[] = [];
      for (let round = 0; round < settingRounds; round++) {
        restores.push(await restoreOurs(program, backupId, { latest: true }));
        bench.note(`${name} ${round}: ${JSON.stringify(restores.at(-1))}`);
      }
      found[name] = { setting, backupSeconds, walBytes, walSeconds, restores, median: middle(restores) };
    }
    bench.note(keepResult("restore-settings", { bytes, settings: found }));
    assert.equal(Object.keys(found).length, Object.keys(settings).length);
  });

  const primary = (query: string, database?: string): Promise<string> =>
    bench.superuserSql(stack.namespace, "orders-g1-1", query, database);
  const position = (): Promise<string> => primary("SELECT pg_current_wal_lsn()");

  /** Seconds until all of it is in the archive. */
  async function archiveWal(): Promise<number> {
    const begin = performance.now();
    await primary(writeWal, "app");
    await primary("SELECT pg_switch_wal()");
    const last = await primary("SELECT pg_walfile_name(pg_current_wal_lsn() - 1)");
    await bench.waitUntil(
      async () => (await primary("SELECT last_archived_wal FROM pg_stat_archiver")) >= last,
      `segment ${last} to be archived`,
      300,
    );
    return (performance.now() - begin) / 1000;
  }
});
