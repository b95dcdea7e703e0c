import * as assert from "node:assert/strict";
import { mkdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { brotliCompressSync, constants } from "node:zlib";
import { missingWal } from "../../src/backup/archive/continuity";
import type { ArchiveSurvey } from "../../src/backup/archive/survey";
import { nextSegment } from "../../src/backup/archive/wal-name";
import type { ArchiveSurveyResult } from "../../src/operations/archive-survey";
import { openCluster } from "../../src/operations/kubeconfig";
import { runJobFrom } from "../../src/operations/run-job";
import { systemClock } from "../../src/operations/waiting";
import { serverBinaries, serverMajors } from "../servers/binaries";
import { briefWorkload, realWal } from "../servers/wal";
import { assertAgrees } from "../servers/wal-agreement";
import { realWalFolder } from "../unit/backup/archive/wal-file";
import { backedUp, takeBaseBackup } from "./backed-up";
import { harness, type SpecStack, type SpecStore } from "./harness";

describe("archived WAL as real servers write it", function () {
  // The servers are downloaded when they are not in the cache.
  this.timeout(10 * 60_000);

  before(async () => {
    for (const major of serverMajors) await serverBinaries(major);
  });

  for (const major of serverMajors) {
    it(`is read to the microsecond and the byte, ${major}`, async () => {
      assertAgrees(major, await realWal(major, { rounds: 5 }));
    });
  }

  it("is read with small segments, which long records cross, and with full pages", async () => {
    const settings = { wal_compression: "on", wal_log_hints: "on" };
    for (const major of serverMajors)
      assertAgrees(major, await realWal(major, { rounds: 2, settings, segmentMegabytes: 1 }));
  });

  before(async () => {
    if (process.env.UPDATE_GOLDEN !== "1") return;
    mkdirSync(realWalFolder, { recursive: true });
    for (const major of serverMajors) {
      const statements = briefWorkload;
      const { segments, ...told } = await realWal(major, {
        statements,
        settings: { full_page_writes: "off" },
      });
      const bytes = Buffer.concat(segments.map(segment => segment.bytes));
      const params = { [constants.BROTLI_PARAM_LGWIN]: 24, [constants.BROTLI_PARAM_QUALITY]: 11 };
      writeFileSync(join(realWalFolder, `${major}.br`), brotliCompressSync(bytes, { params }));
      const names = segments.map(({ name }) => name);
      writeFileSync(
        join(realWalFolder, `${major}.json`),
        `${JSON.stringify({ ...told, segments: names }, undefined, 2)}\n`,
      );
    }
  });
});

describe("an archive as it is found", function () {
  this.timeout(20 * 60_000);
  const bench = harness();
  const backups: string[] = [];
  let stack: SpecStack;
  let store: SpecStore;

  const orders = { parameters: { track_commit_timestamp: "on" } };
  const primary = (query: string): Promise<string> =>
    bench.superuserSql(stack.namespace, "orders-g1-1", query);

  before(async function () {
    bench.requireStore(this);
    store = await bench.store("archive");
    stack = await bench.stackFor("archive", backedUp(store, { orders }));
    await stack.up();
    await primary("CREATE TABLE ledger (id bigint GENERATED ALWAYS AS IDENTITY, filler text)");
    for (const name of ["first", "second", "third"])
      backups.push(await takeBaseBackup(bench, stack.namespace, "orders-g1", name));
  });

  /** Runs the operation as the command line does, and reads what it left. */
  async function look(request: object = {}): Promise<{ survey: ArchiveSurvey; result: ArchiveSurveyResult }> {
    const { access } = bench.environment;
    const { api } = await openCluster(
      "kubeconfig" in access ? { env: { KUBECONFIG: access.kubeconfig } } : { context: access.context },
    );
    const context = { api, clock: systemClock, say: (line: string) => bench.note(line) };
    const job = { namespace: stack.namespace, cronJob: "orders-archive", request, timeoutSeconds: 300 };
    const result = await runJobFrom<ArchiveSurveyResult>(context, job);
    const record = await bench.field(stack.namespace, "configmap/orders-archive", ".data.survey\\.json");
    const survey = (JSON.parse(record) as Record<string, ArchiveSurvey>)["orders-g1"];
    assert.ok(survey, record);
    return { survey, result };
  }

  /** The blob of a segment, whatever its compression is. */
  async function blobOf(part: string): Promise<string> {
    const blob = (await store.list("orders-g1/")).find(name => name.includes(part));
    assert.ok(blob, `no blob ${part}`);
    return blob;
  }

  it("agrees with the server", async () => {
    await primary("INSERT INTO ledger (filler) VALUES ('last')");
    const written = await primary(
      "SELECT max(xmin::text::bigint), pg_create_restore_point('before migration'), pg_walfile_name(pg_switch_wal()) FROM ledger",
    );
    const [transactionId = "", restorePoint = "", segment = ""] = written.trim().split("|");
    await bench.waitUntil(
      async () => (await primary("SELECT last_archived_wal FROM pg_stat_archiver")).trim() === segment,
      `segment ${segment} to be archived`,
      120,
    );
    const checks = { check: { server: "orders-g1", backupIds: backups } };
    const begun = Date.now();
    const { survey, result } = await look({ ...checks, scan: { server: "orders-g1", from: backups[0] } });
    bench.note(
      `a survey of three base backups, three checks and a scan took ${(Date.now() - begun) / 1000} s with its Job`,
    );

    assert.deepEqual(
      survey.baseBackups.map(({ id, state, problems }) => ({ id, state, problems })),
      backups.map(id => ({ id, state: "completed", problems: [] })),
    );
    assert.deepEqual(result.checks, Object.fromEntries(backups.map(id => [id, []])));
    assert.deepEqual(
      survey.wal.map(({ first, last }) => [first, last]),
      [["000000010000000000000001", segment]],
    );
    assert.deepEqual(missingWal(survey, survey.baseBackups[0]?.beginWal ?? ""), []);
    // Autovacuum may have committed something in between.
    const { lastCommit } = survey;
    assert.ok(Number(lastCommit?.transactionId) >= Number(transactionId), JSON.stringify(lastCommit));
    const told = await primary(
      `SELECT extract(epoch FROM pg_xact_commit_timestamp('${lastCommit?.transactionId}'::xid)) = extract(epoch FROM '${lastCommit?.time}'::timestamptz)`,
    );
    assert.equal(told.trim(), "t");
    const point = result.scan?.restorePoints.find(({ name }) => name === "before migration");
    assert.equal(point?.lsn, restorePoint);
  });

  it("shows a segment that is gone as a gap", async () => {
    const { survey: before } = await look();
    const second = before.baseBackups[1];
    const gone = nextSegment(second?.endWal ?? "", before.walSegmentSize);
    const blob = await blobOf(`/${gone}`);
    const content = await store.read(blob);
    await store.remove(blob);
    try {
      const { survey } = await look();
      assert.deepEqual(missingWal(survey, second?.beginWal ?? ""), [gone]);
      assert.equal(survey.wal.length, 2);
    } finally {
      await store.write(blob, content);
    }
  });

  it("shows a base backup that was cut off, and one without its data", async () => {
    const [cut = "", empty = "", whole = ""] = backups;
    const [data, other] = [await blobOf(`/${cut}/data.tar`), await blobOf(`/${empty}/data.tar`)];
    await store.write(data, (await store.read(data)).subarray(0, 1_000_001));
    await store.remove(other);
    const { survey, result } = await look({ check: { server: "orders-g1", backupIds: backups } });
    assert.match(result.checks?.[cut]?.join() ?? "", /data\.tar\S* (is cut off|does not end as)/);
    assert.match(result.checks?.[empty]?.join() ?? "", /data\.tar with its data is missing/);
    assert.deepEqual(result.checks?.[whole], []);
    assert.ok(result.servers[0]?.damaged.includes(empty));
    assert.equal(survey.baseBackups.length, 3);
  });

  it("is not given to another server", async () => {
    const invoices = { generations: { "1": { archive: "orders-g1" } } };
    await assert.rejects(
      stack.up(async () => backedUp(store, { orders, invoices })(stack.namespace)),
      /Archive "orders-g1" in store "backups" already holds 3 base backups .* WAL up to .* Set `generations\.1\.archive`/,
    );
    const clusters = await bench.kubectl("get", "clusters", "-n", stack.namespace, "-o", "name");
    assert.equal(clusters.trim(), "cluster.postgresql.cnpg.io/orders-g1");
    await stack.up(async () => backedUp(store, { orders })(stack.namespace));
  });
});
