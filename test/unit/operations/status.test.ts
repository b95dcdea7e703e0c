import * as assert from "node:assert/strict";
import { ownAnnotations } from "../../../src/cnpg";
import { kinds } from "../../../src/operations/kubernetes";
import { getStatus, type InstanceStatus, type StatusReading } from "../../../src/operations/status";
import { statusProblems } from "../../../src/operations/status-problems";
import { addInstance, archiving, backupObject, healthyCluster, ready } from "./backup-fixtures";
import { context, FakeApi, FakeClock } from "./fakes";
import {
  addReplicated,
  askedServers,
  type ReplicatedChange,
  serverPod,
  wellExecute,
} from "./replicated-instance";

const row = {
  last_archived_wal: "00000001000000000000000A",
  last_archived_time: "2026-01-02T00:00:00+00:00",
  last_failed_wal: null,
  last_failed_time: null,
  waiting: 0,
  waiting_since: null,
};

function read(
  api: FakeApi,
  sql = async (): Promise<Record<string, unknown>[]> => [row],
): Promise<InstanceStatus> {
  return getStatus(
    { namespace: "shop", instance: "orders" },
    { ...context(api, new FakeClock("2026-01-02T00:01:00Z")), sql, execute: wellExecute().execute },
  );
}

function instance(change: { spec?: object; status?: object; metadata?: object } = {}): FakeApi {
  const api = new FakeApi();
  const cluster = healthyCluster();
  api.add(kinds.pod, serverPod(1));
  addInstance(api, {
    ...cluster,
    metadata: { ...cluster.metadata, ...change.metadata },
    spec: { ...cluster.spec, ...change.spec },
    status: { ...cluster.status, ...change.status },
  });
  return api;
}

describe("getStatus", () => {
  it("tells everything that is known of an instance that is well", async () => {
    const api = instance();
    const metadata = { labels: { "cnpg.pulumi.com/instance": "orders" }, namespace: "shop" };
    api.add(kinds.backup, backupObject("first", "completed"));
    const annotations = { [ownAnnotations.check]: '{"at":"x","good":true,"problems":[]}' };
    api.add(
      kinds.backup,
      backupObject("second", "completed", {
        metadata: { annotations, creationTimestamp: "2026-01-01T02:00:00Z" },
      }),
    );
    api.add(kinds.objectStore, {
      apiVersion: "barmancloud.cnpg.io/v1",
      kind: "ObjectStore",
      metadata: { name: "backups", namespace: "shop" },
      spec: { retentionPolicy: "7d" },
      status: {
        serverRecoveryWindow: { "orders-g1": { firstRecoverabilityPoint: "2026-01-01T00:01:00Z" } },
      },
    });
    api.add(kinds.scheduledBackup, {
      apiVersion: "postgresql.cnpg.io/v1",
      kind: "ScheduledBackup",
      metadata: { ...metadata, name: "orders-full" },
      spec: { schedule: "0 0 2 * * 0", cluster: { name: "orders-g1" } },
      status: { nextScheduleTime: "2026-01-04T02:00:00Z" },
    });
    for (const [name, suspend] of [
      ["orders-backups", false],
      ["orders-drill", true],
    ] as const) {
      const spec = { schedule: "17 * * * *", timeZone: "Etc/UTC", suspend };
      api.add(kinds.cronJob, {
        apiVersion: "batch/v1",
        kind: "CronJob",
        metadata: { ...metadata, name },
        spec,
      });
    }
    const status = await read(api);
    assert.deepEqual(status.problems, []);
    assert.deepEqual(status.archiver, {
      lastArchived: { wal: "00000001000000000000000A", at: "2026-01-02T00:00:00.000Z" },
      failing: false,
      waiting: 0,
    });
    assert.deepEqual([status.lastFull?.name, status.lastFull?.check?.good], ["second", true]);
    assert.deepEqual(status.window, {
      retentionPolicy: "7d",
      firstRecoverabilityPoint: "2026-01-01T00:01:00Z",
    });
    assert.deepEqual(
      status.nextRuns.map(({ name, next, suspended }) => [name, next, suspended]),
      [
        ["orders-backups", "2026-01-02T00:17:00.000Z", false],
        ["orders-full", "2026-01-04T02:00:00Z", false],
        ["orders-drill", undefined, true],
      ],
    );
    assert.deepEqual([status.primary, status.ready, status.generation], ["orders-g1-1", 1, "1"]);
  });

  it("names the cause from the sidecar's log while archiving fails", async () => {
    const failing = { ...archiving, status: "False", message: "exit status 4" };
    const api = instance({ status: { conditions: [ready, failing] } });
    const msg =
      "2026-01-02 00:00:53,426 [91] ERROR: Barman cloud WAL archiver exception: Server failed to authenticate the request.";
    api.logs.set("shop/orders-g1-1", JSON.stringify({ logger: "barman-cloud-wal-archive", ts: "", msg }));
    const { problems } = await read(api, async () => [
      { ...row, waiting: 3, waiting_since: "2026-01-02T00:00:10Z" },
    ]);
    assert.match(
      problems[0]?.problem ?? "",
      /^WAL is not archived since 2026-01-01T00:00:00Z: .*authenticate the request\. 3 WAL files wait\.$/,
    );
    assert.match(problems[0]?.remedy ?? "", /does not accept the credential/);
  });

  it("does without the archiver where no server can be asked", async () => {
    const status = await read(instance(), () => Promise.reject(new Error("psql is not there")));
    assert.deepEqual([status.archiver, status.archiverUnread], [undefined, "psql is not there"]);
    const asleep = instance({ metadata: { annotations: { "cnpg.io/hibernation": "on" } } });
    const hibernated = await read(asleep, () => Promise.reject(new Error("nobody may be asked")));
    assert.deepEqual([hibernated.archiverUnread, hibernated.hibernated], [undefined, true]);
  });

  it("knows no instance that is not there", () =>
    assert.rejects(read(new FakeApi()), /no PostgresInstance "orders"/));
});

describe("the failovers in a status", () => {
  const replicated = async (
    change: ReplicatedChange = {},
    data: Record<string, unknown> = {},
  ): Promise<InstanceStatus> => {
    const api = new FakeApi();
    addReplicated(api, change);
    const texts = Object.fromEntries(
      Object.entries(data).map(([key, value]) => [key, JSON.stringify(value)]),
    );
    const known = api.objects.get("configmaps/shop/orders-failovers");
    api.add(kinds.configMap, { ...known, data: texts } as never);
    return read(api, askedServers() as never);
  };
  const suspension = (maintenance: object, delay = 100): ReplicatedChange => ({
    metadata: {
      annotations: {
        [ownAnnotations.suspension]: JSON.stringify({
          maintenance: { since: "2026-01-01T00:00:00Z", ...maintenance },
          delay: 100,
          before: {},
        }),
      },
    },
    spec: { failoverDelay: delay },
  });
  const about = ({ problems }: InstanceStatus): string => problems.map(({ problem }) => problem).join("\n");

  it("are the checks, the standbys and the last failover", async () => {
    const last = {
      id: "failover-x",
      origin: "automatic",
      mode: "forced",
      state: "completed",
      startedAt: "2026-01-01T00:00:00Z",
      oldPrimaryId: "a",
      states: [],
    };
    const status = await replicated({}, { "history.json": [last] });
    assert.deepEqual(
      [status.healthChecks?.replicationHealthy, status.replication?.replicas.length],
      [true, 2],
    );
    assert.equal(status.lastFailover?.id, "failover-x");
  });

  it("name what is wrong, with a remedy for each check", async () => {
    const status = await replicated({ status: { instanceNames: ["orders-g1-1"] }, spec: { instances: 5 } });
    assert.match(about(status), /Replication is not healthy: 2 of 4 standbys do not exist yet\./);
  });

  it("tell of maintenance, and of one that is over or does not hold", async () => {
    const held = await replicated(suspension({}));
    assert.deepEqual([held.suspension?.effective, /held back/.test(about(held))], [true, false]);
    assert.match(about(await replicated(suspension({}, 0))), /somebody has changed spec\.failoverDelay/);
    assert.match(
      about(await replicated(suspension({ until: "2026-01-01T23:59:00Z" }))),
      /still held back, although/,
    );
    assert.doesNotMatch(about(await replicated(suspension({ until: "2026-01-02T00:00:30Z" }))), /held back/);
  });

  it("tell why a failed primary is not replaced", async () => {
    const decision = {
      at: "2026-01-02T00:00:00Z",
      cluster: "orders-g1",
      primary: "orders-g1-1",
      kind: "noQuorum",
      reason: "too few.",
    };
    const status = await replicated(
      {},
      { "decisions.json": [decision, { ...decision, at: "x", until: "y" }] },
    );
    assert.match(about(status), /orders-g1-1 does not serve since .*, and is not replaced: too few\./);
  });
});

describe("statusProblems", () => {
  const well: StatusReading = {
    namespace: "shop",
    instance: "orders",
    asOf: "2026-01-02T00:01:00.000Z",
    cluster: "orders-g1",
    state: "running",
    health: "healthy",
    hibernated: false,
    phase: "Cluster in healthy state",
    ready: 1,
    instances: 1,
    conditions: [],
    archive: "orders-g1",
    archiver: { failing: false, waiting: 0 },
    lastGoodFull: { name: "a", phase: "completed", created: "" },
    nextRuns: [],
    keeperFailures: [],
  };
  const problems = (change: Partial<StatusReading>): string[] =>
    statusProblems({ ...well, ...change }).map(({ problem, remedy }) => `${problem} ${remedy}`);

  it("are none where all is well", () => assert.deepEqual(problems({}), []));

  const cases: [string, Partial<StatusReading>, RegExp][] = [
    ["a server that is not ready", { ready: 1, instances: 3 }, /1 of 3 servers are ready/],
    ["a phase", { health: "unhealthy", phase: "Failing over", phaseReason: "x" }, /phase "Failing over": x/],
    ["no archive", { archive: undefined }, /does not archive.*backup: \{ store \}/],
    [
      "an archiver that stands still",
      { archiver: { failing: false, waiting: 2, waitingSince: "2026-01-01T23:59:59.000Z" } },
      /^2 WAL files wait to be archived, the oldest since 2026-01-01T23:59:59\.000Z, although none has failed/,
    ],
    [
      "an archiver that fails before the condition tells",
      { archiver: { failing: true, waiting: 1, lastFailed: { wal: "x", at: "2026-01-02T00:00:30.000Z" } } },
      /not archived since 2026-01-02T00:00:30\.000Z: no cause is known\. 1 WAL file waits/,
    ],
    ["no base backup", { lastGoodFull: undefined }, /no base backup: nothing can be restored.*backup now/],
    [
      "a failed backup",
      {
        lastFull: {
          name: "b",
          phase: "failed",
          created: "",
          error: "rpc error: code = Unknown desc = No space left",
        },
      },
      /base backup b failed: No space left\. The store is full/,
    ],
    [
      "a failed snapshot",
      { lastSnapshot: { name: "s", phase: "failed", created: "" } },
      /volume snapshot s failed: no cause is given/,
    ],
    [
      "a damaged backup",
      {
        lastGoodFull: {
          name: "a",
          phase: "completed",
          created: "",
          check: { at: "", good: false, problems: ["x", "y"] },
        },
      },
      /a is damaged: x; y\. Take another/,
    ],
    [
      "the keeper's failures",
      { keeperFailures: ["Archive a could not be read: Connection refused"] },
      /hourly job.*refused\. The store cannot be reached/,
    ],
    [
      "a failed drill",
      {
        lastDrill: {
          id: "d",
          instance: "orders",
          namespace: "shop",
          outcome: "failed",
          reason: "a segment is missing",
          startedAt: "",
          finishedAt: "2026-01-01T00:00:00Z",
          checks: [],
        },
      },
      /drill failed at 2026-01-01T00:00:00Z: a segment is missing\./,
    ],
  ];
  for (const [name, change, sentence] of cases) {
    it(`tell of ${name}`, () => {
      const found = problems(change);
      assert.equal(found.length, 1, found.join("\n"));
      assert.match(found[0] ?? "", sentence);
    });
  }

  it("says nothing of servers while they sleep", () => {
    const asleep = { hibernated: true, ready: 0, health: "unknown" as const, archiver: undefined };
    assert.deepEqual(problems(asleep), []);
  });

  it("is patient with what waits for a moment", () => {
    assert.deepEqual(
      problems({ archiver: { failing: false, waiting: 1, waitingSince: "2026-01-02T00:00:30.000Z" } }),
      [],
    );
  });
});
