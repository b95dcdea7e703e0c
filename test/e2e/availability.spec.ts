import * as assert from "node:assert/strict";
import type { AvailabilityPromise, PostgresInstanceArgs } from "../../src";
import { harness, type RunOutcome, type SpecStack } from "./harness";
import { orders } from "./orders";

/** Lag that takes a standby out of service, bytes. */
const limit = 1024 ** 2;

const args: PostgresInstanceArgs = {
  availability: "zero-loss",
  // All three servers have to share the only host.
  scheduling: { hostSpread: "preferred" },
  maxLagBytes: limit / 2,
  healthMonitor: { maxEligibleLagBytes: limit, checkInterval: 1, failureThreshold: 3 },
};

describe("availability of three instances", function () {
  this.timeout(10 * 60_000);
  const bench = harness();
  let stack: SpecStack;
  let created: RunOutcome;

  const cluster = async (path: string): Promise<string> =>
    bench.field(stack.namespace, "clusters.postgresql.cnpg.io/orders-g1", path);
  const onPrimary = async (text: string): Promise<string> =>
    bench.superuserSql(stack.namespace, await cluster(".status.currentPrimary"), text);

  before(async () => {
    stack = await bench.stackFor("availability", orders(args));
    created = await stack.up();
  });

  it("says what it promises, and what its arguments make of it", async () => {
    const { class: name, lossSeconds, loss } = created.outputs.availability?.value as AvailabilityPromise;
    assert.deepEqual([name, lossSeconds], ["zero-loss", 0]);
    assert.match(loss, /^None\. Commits wait/);
    const warnings = created.warnings.join("\n");
    assert.match(warnings, /standbys without a primary count as failed after 3 s/);
    assert.match(warnings, /hostSpread is "preferred"/);
    const facts = JSON.parse(
      await bench.field(stack.namespace, "service/orders", ".metadata.annotations.cnpg\\.pulumi\\.com/facts"),
    ) as { maxLagBytes: number };
    assert.equal(facts.maxLagBytes, limit / 2);
  });

  it("has two standbys, either of which confirms a commit, and a quorum for a failover", async () => {
    const standbys = await bench.waitUntil(
      async () => {
        const states = await onPrimary("SELECT string_agg(sync_state, ',') FROM pg_stat_replication");
        return states === "quorum,quorum" && states;
      },
      "both standbys to be candidates",
      60,
    );
    assert.equal(standbys, "quorum,quorum");
    assert.match(await onPrimary("SHOW synchronous_standby_names"), /^ANY 1 \(/);
    const quorum = await bench.waitUntil(
      async () =>
        JSON.parse(
          await bench.field(stack.namespace, "failoverquorums.postgresql.cnpg.io/orders-g1", ".status"),
        ) as { standbyNumber: number; standbyNames: string[] },
      "the quorum to be known",
      60,
    );
    assert.equal(quorum.standbyNumber, 1);
    assert.equal(quorum.standbyNames.length, 2);
  });

  it("keeps its servers apart, and gives their probes and the Lease the times of the class", async () => {
    const spec = JSON.parse(await bench.field(stack.namespace, "pod/orders-g1-1", ".spec")) as {
      affinity: { podAntiAffinity: Record<string, unknown[]> };
      topologySpreadConstraints: { topologyKey: string }[];
      containers: {
        name: string;
        readinessProbe: { periodSeconds: number };
        startupProbe: { periodSeconds: number };
      }[];
    };
    assert.deepEqual(Object.keys(spec.affinity.podAntiAffinity), [
      "preferredDuringSchedulingIgnoredDuringExecution",
    ]);
    assert.deepEqual(
      spec.topologySpreadConstraints.map(({ topologyKey }) => topologyKey),
      ["topology.kubernetes.io/zone"],
    );
    const postgres = spec.containers.find(({ name }) => name === "postgres");
    assert.deepEqual([postgres?.startupProbe.periodSeconds, postgres?.readinessProbe.periodSeconds], [1, 1]);
    const duration = await bench.field(stack.namespace, "lease/orders-g1", ".spec.leaseDurationSeconds");
    assert.equal(duration, await cluster(".spec.primaryLease.leaseDurationSeconds"));
  });

  it("hands clients what they need to follow a failover, in words that psql takes", async () => {
    const image = await cluster(".spec.imageName");
    const secretKeyRef = (key: string) => ({ secretKeyRef: { name: "orders-connection", key } });
    const script = `
set -e
psql -XAtqc "SELECT 'primary', NOT pg_is_in_recovery()" "$LIBPQ_URI"
psql -XAtqc "SELECT 'standby', pg_is_in_recovery()" "$URI_RO"
PGCONNECT_TIMEOUT=$connect_timeout PGTARGETSESSIONATTRS=$target_session_attrs psql -XAtqc "SELECT 'settings', 1" "$URI"
! PGTARGETSESSIONATTRS=$target_session_attrs psql -XAtqc "SELECT 1" "$URI_RO"`;
    await bench.apply({
      apiVersion: "v1",
      kind: "Pod",
      metadata: { name: "client", namespace: stack.namespace },
      spec: {
        restartPolicy: "Never",
        containers: [
          {
            name: "client",
            image,
            command: ["bash", "-c", script],
            envFrom: [{ secretRef: { name: "orders-connection" } }],
            env: [
              { name: "LIBPQ_URI", valueFrom: secretKeyRef("libpq-uri") },
              { name: "URI_RO", valueFrom: secretKeyRef("uri-ro") },
              { name: "URI", valueFrom: secretKeyRef("uri") },
            ],
          },
        ],
      },
    });
    const phase = await bench.waitUntil(
      async () => {
        const now = await bench.field(stack.namespace, "pod/client", ".status.phase");
        return (now === "Succeeded" || now === "Failed") && now;
      },
      "the end of the client",
      60,
    );
    const log = await bench.kubectl("logs", "-n", stack.namespace, "client");
    assert.equal(phase, "Succeeded", log);
    assert.match(log, /primary\|t\nstandby\|t\nsettings\|1\n/);
    assert.match(log, /session is read-only/);
  });

  it("takes a standby that lags out of the read-only Service, goes on writing, and takes it back", async () => {
    const [lagging = "", other = ""] = (
      await bench.kubectl(
        "get",
        "pods",
        "-n",
        stack.namespace,
        "-l",
        "cnpg.io/cluster=orders-g1,cnpg.io/instanceRole=replica",
        "-o",
        "jsonpath={.items[*].metadata.name}",
      )
    ).split(" ");
    const readers = async (): Promise<string[]> => {
      const slices = await bench.kubectl(
        "get",
        "endpointslices",
        "-n",
        stack.namespace,
        "-l",
        "kubernetes.io/service-name=orders-ro",
        "-o",
        "json",
      );
      const { items } = JSON.parse(slices) as {
        items: { endpoints: { conditions: { ready: boolean }; targetRef: { name: string } }[] | null }[];
      };
      return items
        .flatMap(({ endpoints }) => endpoints ?? [])
        .filter(({ conditions }) => conditions.ready)
        .map(({ targetRef }) => targetRef.name)
        .sort();
    };
    const untilReaders = async (wanted: string[], what: string): Promise<unknown> =>
      bench.waitUntil(async () => (await readers()).join() === wanted.join(), what, 60);
    await untilReaders([lagging, other].sort(), "both standbys to serve readers");

    await bench.superuserSql(stack.namespace, lagging, "SELECT pg_wal_replay_pause()");
    await bench.sql(
      stack.namespace,
      "orders",
      "CREATE TABLE filling AS SELECT repeat('x', 1000) AS text FROM generate_series(1, 4000)",
    );
    await untilReaders([other], `${lagging} to leave the read-only Service`);
    const [row] = await bench.sql(stack.namespace, "orders", "SELECT count(*)::int AS rows FROM filling");
    assert.equal(row?.rows, 4000);

    await bench.superuserSql(stack.namespace, lagging, "SELECT pg_wal_replay_resume()");
    await untilReaders([lagging, other].sort(), `${lagging} to come back`);
  });

  it("is not changed by a second update, and has not drifted", async () => {
    const again = await stack.up();
    assert.deepEqual(Object.keys(again.changes), ["same"], again.summary);
    const { changes, summary } = await stack.refresh();
    assert.deepEqual(Object.keys(changes), ["same"], summary);
  });
});
