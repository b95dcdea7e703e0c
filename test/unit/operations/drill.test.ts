import * as assert from "node:assert/strict";
import { DrillTarget } from "../../../src/backup/drill/args";
import { DrillOutcome, type DrillReport } from "../../../src/backup/drill/report";
import type { ArchiveSurvey } from "../../../src/backup/archive/survey";
import { labels, type Manifest, ownAnnotations } from "../../../src/cnpg";
import { ApiError, kinds } from "../../../src/operations/kubernetes";
import { type DrillContext, runDrillHere } from "../../../src/operations/drill";
import { drillHistory, runDrill } from "../../../src/operations/drill-history";
import type { DrillRequest } from "../../../src/operations/drill-request";
import { range, segment, survey } from "../backup/drill/surveys";
import { addInstance, healthyCluster } from "./backup-fixtures";
import { drilledPods, type PodAnswer, sound, statementOf } from "./drilled-pod";
import { FakeApi, FakeClock } from "./fakes";

const request: DrillRequest = {
  namespace: "shop",
  instance: "orders",
  target: DrillTarget.RestorePoint,
  checks: {},
  timeoutSeconds: 600,
  history: 3,
};
const id = "drill-20261120T120000Z";

/** An instance `orders`, its archive, and a throw-away one that comes up as soon as it is asked for. */
class World {
  readonly api = new FakeApi();
  readonly clock = new FakeClock("2026-11-20T12:00:00Z");
  readonly said: string[] = [];
  readonly controller = new AbortController();
  surveys: ArchiveSurvey[] = [survey(), survey({ wal: [range(1, 10)] })];
  problems: string[] = [];
  /** What became of the throw-away Cluster when it was created. */
  restored: Record<string, unknown> = { readyInstances: 1, currentPrimary: "orders-drill-1" };
  reached = `1\\t0/A000080\\tat restore point \\"${id}\\"`;
  answer: PodAnswer = () => undefined;

  constructor(cluster: Manifest = healthyCluster()) {
    addInstance(this.api, cluster);
    this.withWindow();
    for (const name of ["orders-drills", "orders-drill-metric"]) {
      const metadata = { name, namespace: "shop" };
      this.api.add(kinds.configMap, { apiVersion: "v1", kind: "ConfigMap", metadata, data: {} });
    }
    const job = { name: "orders-drill-7", namespace: "shop" };
    this.api.add(kinds.job, { apiVersion: "batch/v1", kind: "Job", metadata: job });
    this.api.onCreate = object => (object.kind === "Cluster" ? { ...object, status: this.restored } : object);
  }

  /** The facts say how far back a moment may be chosen. */
  private withWindow(): void {
    const { annotations = {} } = this.api.objects.get("services/shop/orders")?.metadata ?? {};
    const facts = JSON.parse(annotations[ownAnnotations.facts] ?? "{}") as { store: object };
    annotations[ownAnnotations.facts] = JSON.stringify({
      ...facts,
      store: { ...facts.store, recoveryWindowDays: 7 },
    });
  }

  run(more: Partial<DrillRequest> = {}): Promise<DrillReport> {
    const context: DrillContext = {
      api: this.api,
      clock: this.clock,
      execute: drilledPods((pod, command) => this.answer(pod, command) ?? this.answerOf(pod, command))
        .execute,
      say: sentence => void this.said.push(sentence),
      open: async () => ({
        survey: async () =>
          this.surveys.length > 1
            ? (this.surveys.shift() as ArchiveSurvey)
            : (this.surveys[0] as ArchiveSurvey),
        check: async () => this.problems,
      }),
      chance: () => 0,
      signal: this.controller.signal,
      job: { apiVersion: "batch/v1", kind: "Job", name: "orders-drill-7", uid: "u7" },
    };
    return runDrillHere({ ...request, ...more }, context);
  }

  created(): boolean {
    return this.api.calls.includes("create clusters/shop/orders-drill");
  }

  isClean(): boolean {
    return !this.api.objects.has("clusters/shop/orders-drill");
  }

  private answerOf: PodAnswer = (pod, command) => {
    const statement = statementOf(command);
    if (statement.includes("pg_current_wal_lsn")) return { stdout: '[{"lsn":"0/A000040"}]' };
    if (statement.includes("pg_create_restore_point")) {
      return { stdout: JSON.stringify([{ lsn: "0/A000080", wal: segment(10) }]) };
    }
    if (statement.includes("pg_switch_wal")) return { stdout: '[{"lsn":"0/A000080"}]' };
    if (statement.includes("pg_stat_archiver")) {
      return {
        stdout:
          '[{"recovering":false,"archived":true,"waiting":0,"last_archived_time":"2026-11-20T12:00:01Z"}]',
      };
    }
    if (statement.includes("pg_control_checkpoint")) {
      return { stdout: `[{"timeline":2,"redo":"0/A0000F0","history":"${this.reached}"}]` };
    }
    return sound(pod, command);
  };
}

describe("a restore drill", () => {
  it("restores the newest backup to a restore point, checks it, reports and removes everything", async () => {
    const world = new World();
    const report = await world.run();
    assert.equal(report.outcome, DrillOutcome.Succeeded, report.reason);
    assert.deepEqual(report.target, { kind: "restorePoint", restorePoint: id, lsn: "0/A000080" });
    assert.equal(report.backup?.id, survey().baseBackups[1]?.id);
    assert.deepEqual(report.wal, { segments: 6, bytes: 600 });
    assert.equal(report.bytes, 1600);
    assert.equal(report.unarchivedBytes, 0x40);
    assert.equal(report.reached?.timeline, 2);
    assert.deepEqual(
      report.checks.map(({ outcome }) => outcome),
      ["passed", "passed", "passed"],
    );
    assert.ok(world.created() && world.isClean());
    assert.deepEqual(await drillHistory(world.api, "shop", "orders"), [report]);
  });

  it("leaves a metric and an Event", async () => {
    const world = new World();
    await world.run();
    const metric = world.api.objects.get("configmaps/shop/orders-drill-metric") as Manifest & {
      data: Record<string, string>;
    };
    assert.match(metric.data.queries ?? "", /1 AS succeeded/);
    const events = await world.api.list<Manifest & { reason: string; involvedObject: { name: string } }>(
      kinds.event,
      "shop",
      {},
    );
    assert.deepEqual(
      events.map(({ reason, involvedObject }) => [reason, involvedObject.name]),
      [["RestoreDrillSucceeded", "orders-g1"]],
    );
  });

  it("loses nothing where nothing was committed since the last archived commit", async () => {
    const world = new World();
    assert.equal((await world.run()).rpoSeconds, 0);
    const busy = new World();
    const lastCommit = { time: "2026-11-20T11:59:59Z", transactionId: 901, lsn: "0/A000020", timeline: 1 };
    busy.surveys = [survey(), survey({ wal: [range(1, 10)], lastCommit })];
    assert.equal((await busy.run()).rpoSeconds, 59.8);
  });

  it("fails before it restores when a segment is missing, and names it", async () => {
    const world = new World();
    world.surveys = [survey({ wal: [range(1, 6), range(8, 9)] })];
    const report = await world.run();
    assert.match(report.reason ?? "", new RegExp(`lacks WAL.*${segment(7)}`));
    assert.equal(world.created(), false);
    assert.equal((await drillHistory(world.api, "shop", "orders"))[0]?.outcome, DrillOutcome.Failed);
  });

  it("fails when the store lacks the segment that the server says it archived", async () => {
    const world = new World();
    world.surveys = [survey()];
    assert.match((await world.run()).reason ?? "", new RegExp(segment(10)));
    assert.equal(world.created(), false);
  });

  it("fails at a backup whose objects are wrong", async () => {
    const world = new World();
    world.problems = ["data.tar.gz is cut off."];
    assert.match(
      (await world.run()).reason ?? "",
      /^Base backup \S+ in archive orders-g1 is damaged: data\.tar\.gz is cut off\.$/,
    );
    assert.equal(world.created(), false);
  });

  it("fails when replay ended elsewhere, however sound the data is", async () => {
    const world = new World();
    world.reached = "1\\t0/9000080\\tno recovery target specified";
    const report = await world.run();
    assert.match(
      report.reason ?? "",
      /Replay ended at 0\/9000080 \(no recovery target specified\), before 0\/A000080/,
    );
    assert.ok(world.isClean());
  });

  it("fails at a failed check and at a restore that took too long", async () => {
    const world = new World();
    world.answer = (_pod, [program]) =>
      program === "pg_amcheck" ? { exitCode: 2, stdout: "torn" } : undefined;
    assert.equal((await world.run()).reason, "Check amcheck failed: torn.");
    const slow = new World();
    const create = slow.api.onCreate;
    slow.api.onCreate = (object, dryRun) => {
      if (object.kind === "Cluster") void slow.clock.sleep(20_000);
      return create(object, dryRun);
    };
    assert.match((await slow.run({ maxRtoSeconds: 10 })).reason ?? "", /took 20 s; at most 10 s/);
  });

  it("fails when two pods of the recovery failed, with what they wrote", async () => {
    const world = new World();
    world.restored = { phase: "Setting up primary" };
    const selector = { [labels.cluster]: "orders-drill", [labels.jobRole]: "full-recovery" };
    const begun = { msg: "Restore through plugin detected, proceeding...", ts: "2026-11-20T12:00:01Z" };
    const error = { level: "error", msg: "restore error", error: "General error (exit code 4)" };
    const failedPod = (name: string): void => {
      const metadata = { name, namespace: "shop", labels: selector };
      world.api.add(kinds.pod, { apiVersion: "v1", kind: "Pod", metadata, status: { phase: "Failed" } });
      world.api.logs.set(`shop/${name}`, [begun, error].map(line => JSON.stringify(line)).join("\n"));
    };
    failedPod("recovery-a");
    failedPod("recovery-b");
    // What the Cluster owns goes with it.
    const remove = world.api.delete.bind(world.api);
    world.api.delete = async (kind, namespace, name) => {
      await remove(kind, namespace, name);
      for (const pod of ["recovery-a", "recovery-b"]) world.api.objects.delete(`pods/shop/${pod}`);
    };
    const report = await world.run();
    assert.match(report.reason ?? "", /could not be downloaded and unpacked.*General error \(exit code 4\)/);
    assert.ok(world.isClean());
    assert.equal(report.leftovers, undefined);
  });

  it("fails when the time is up, and removes the instance", async () => {
    const world = new World();
    world.restored = { phase: "Setting up primary" };
    assert.match(
      (await world.run({ timeoutSeconds: 60 })).reason ?? "",
      /gave up after .* still waiting: the throw-away instance gets its volume/,
    );
    assert.ok(world.isClean());
  });

  it("removes everything and says so when it is told to stop", async () => {
    const world = new World();
    world.restored = { phase: "Setting up primary" };
    const { sleep } = world.clock;
    world.clock.sleep = async milliseconds => {
      if (world.created()) world.controller.abort();
      await sleep(milliseconds);
    };
    const report = await world.run();
    assert.equal(report.reason, "It was told to stop before its end.");
    assert.ok(world.isClean());
    assert.equal((await drillHistory(world.api, "shop", "orders"))[0]?.id, id);
  });

  it("knows that it is told to stop when what it made goes with its Job before its pod hears of that", async () => {
    const world = new World();
    world.restored = { phase: "Setting up primary" };
    const { sleep } = world.clock;
    world.clock.sleep = async milliseconds => {
      if (world.created())
        for (const key of ["jobs/shop/orders-drill-7", "clusters/shop/orders-drill"])
          world.api.objects.delete(key);
      await sleep(milliseconds);
    };
    assert.equal((await world.run()).reason, "It was told to stop before its end.");
  });

  it("is gone before Kubernetes kills the pod when it is told to stop", async () => {
    const world = new World();
    const metadata = {
      name: "orders-drill-1",
      namespace: "shop",
      labels: { [labels.cluster]: "orders-drill" },
    };
    world.api.add(kinds.persistentVolumeClaim, {
      apiVersion: "v1",
      kind: "PersistentVolumeClaim",
      metadata,
    });
    world.answer = (_pod, [program]) => {
      if (program === "pg_amcheck") world.controller.abort();
      return undefined;
    };
    const { reason, startedAt, finishedAt, leftovers } = await world.run();
    assert.equal(reason, "It was told to stop before its end.");
    assert.ok(Date.parse(finishedAt) - Date.parse(startedAt) < 25_000, finishedAt);
    assert.equal(leftovers?.length, 1);
  });

  it("tells what it could not remove", async () => {
    const world = new World();
    const metadata = {
      name: "orders-drill-1",
      namespace: "shop",
      labels: { [labels.cluster]: "orders-drill" },
    };
    world.api.add(kinds.persistentVolumeClaim, { apiVersion: "v1", kind: "PersistentVolumeClaim", metadata });
    assert.deepEqual((await world.run()).leftovers, ["PersistentVolumeClaim orders-drill-1"]);
  });

  it("removes first what a killed drill left, and leaves alone one that runs", async () => {
    const left = (world: World, active: number): void => {
      const owner = { apiVersion: "batch/v1", kind: "Job", name: "orders-drill-6", uid: "u6" };
      const metadata = { name: "orders-drill", namespace: "shop", ownerReferences: [owner] };
      world.api.add(kinds.cluster, { apiVersion: "postgresql.cnpg.io/v1", kind: "Cluster", metadata });
      const job = { name: "orders-drill-6", namespace: "shop" };
      world.api.add(kinds.job, { apiVersion: "batch/v1", kind: "Job", metadata: job, status: { active } });
    };
    const killed = new World();
    left(killed, 0);
    assert.equal((await killed.run()).outcome, DrillOutcome.Succeeded);
    const running = new World();
    left(running, 1);
    await assert.rejects(running.run(), /Another drill of shop\/orders runs: Job orders-drill-6/);
    assert.equal(running.isClean(), false);
  });

  /** What the primary says that it archived last; asked for nothing else. */
  const archivedLast =
    (answer: object): PodAnswer =>
    (pod, command) => {
      if (pod === "orders-drill-1") return undefined;
      assert.match(command.join(" "), /SELECT last_archived_wal AS wal FROM pg_stat_archiver/);
      return answer;
    };

  it("only reads from the servers for the other targets, and does without their answer", async () => {
    for (const target of [DrillTarget.LastArchived, DrillTarget.Random]) {
      for (const answer of [
        { stdout: JSON.stringify([{ wal: segment(9) }]) },
        { stdout: "[]" },
        { exitCode: 2 },
      ]) {
        const world = new World();
        world.reached = "1\\t0/9000200\\tbefore 2026-11-20 12:00:00+00";
        world.answer = archivedLast(answer);
        const report = await world.run({ target });
        assert.equal(report.outcome, DrillOutcome.Succeeded, report.reason);
        assert.equal(report.target?.kind, target);
      }
    }
  });

  it("sees that the end of the archive is missing, which looks like its end", async () => {
    const world = new World();
    world.answer = archivedLast({ stdout: JSON.stringify([{ wal: segment(11) }]) });
    const report = await world.run({ target: DrillTarget.LastArchived });
    assert.match(report.reason ?? "", new RegExp(`lacks WAL.*${segment(10)}, ${segment(11)}`));
  });

  it("of a hibernated instance names the target that works", async () => {
    const cluster = healthyCluster();
    cluster.metadata.annotations = { "cnpg.io/hibernation": "on" };
    assert.match((await new World(cluster).run()).reason ?? "", /is hibernated.*target lastArchived/);
  });

  it("of a hibernated instance restores what is archived, without a server", async () => {
    const cluster = healthyCluster();
    cluster.metadata.annotations = { "cnpg.io/hibernation": "on" };
    const world = new World(cluster);
    world.reached = "1\\t0/9000200\\tno recovery target specified";
    world.answer = pod => {
      assert.equal(pod, "orders-drill-1");
      return undefined;
    };
    const report = await world.run({ target: DrillTarget.LastArchived });
    assert.equal(report.outcome, DrillOutcome.Succeeded, report.reason);
    assert.ok(!world.said.some(sentence => /primary/.test(sentence)), world.said.join());
  });

  it("says that the metric is missing where nobody made its ConfigMap", async () => {
    const world = new World();
    world.api.objects.delete("configmaps/shop/orders-drill-metric");
    assert.equal((await world.run()).outcome, DrillOutcome.Succeeded);
    assert.ok(world.said.some(sentence => /there is no metric of this drill/.test(sentence)));
  });

  it("keeps as many reports as asked for", async () => {
    const world = new World();
    for (let n = 0; n < 4; n++) {
      await world.clock.sleep(1000);
      world.surveys = [survey({ baseBackups: [] })];
      await world.run();
    }
    assert.equal((await drillHistory(world.api, "shop", "orders")).length, 3);
  });
});

describe("a drill on demand", () => {
  it("gives back the report of one that failed, too", async () => {
    const world = new World();
    world.surveys = [survey({ baseBackups: [] })];
    const template = {
      metadata: {},
      spec: {
        containers: [
          { name: "drill", command: ["node", "/app/jobs.js", "drill", "--request", JSON.stringify(request)] },
        ],
      },
    };
    world.api.add(kinds.cronJob, {
      apiVersion: "batch/v1",
      kind: "CronJob",
      metadata: { name: "orders-drill", namespace: "shop", uid: "c" },
      spec: { jobTemplate: { spec: { template } } },
    });
    world.api.onCreate = object => {
      if (object.kind !== "Job") return object;
      const { command } = (object.spec as { template: typeof template }).template.spec.containers[0] ?? {
        command: [],
      };
      assert.equal((JSON.parse(command.at(-1) ?? "") as DrillRequest).target, "random");
      return {
        ...object,
        status: { conditions: [{ type: "Failed", status: "True", message: `Restore drill ${id}: empty` }] },
      };
    };
    const log = world.api.get.bind(world.api);
    let ran = false;
    world.api.get = async (kind, namespace, name) => {
      if (kind === kinds.job && !ran) {
        ran = true;
        await world.run();
      }
      return log(kind, namespace, name);
    };
    const around = { api: world.api, clock: world.clock, say: () => undefined };
    const report = await runDrill(around, {
      namespace: "shop",
      instance: "orders",
      target: DrillTarget.Random,
    });
    assert.deepEqual([report.id, report.outcome], [id, DrillOutcome.Failed]);
  });

  it("needs a BackupSchedule", async () => {
    const world = new World();
    const around = { api: world.api, clock: world.clock, say: () => undefined };
    await assert.rejects(
      runDrill(around, { namespace: "shop", instance: "orders" }),
      /There is no CronJob shop\/orders-drill/,
    );
  });

  it("does not take an older report for its own", async () => {
    const world = new World();
    await world.run();
    world.api.get = async () => {
      throw new ApiError("get", 403, "forbidden");
    };
    const around = { api: world.api, clock: world.clock, say: () => undefined };
    await assert.rejects(runDrill(around, { namespace: "shop", instance: "orders" }), /403 forbidden/);
  });
});
