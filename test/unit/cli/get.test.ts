import * as assert from "node:assert/strict";
import { describeRunning } from "../../../src/cli/commands/describe";
import { get, type GetRequest } from "../../../src/cli/commands/get";
import type { CommandResult } from "../../../src/cli/result";
import type { ClusterAccess } from "../../../src/operations/kubeconfig";
import { kinds } from "../../../src/operations/kubernetes";
import { FakeApi, FakeClock } from "../operations/fakes";

const layout = { width: Infinity, colour: false };
const silent = { write: () => undefined, every: () => () => undefined };

const request: GetRequest = {
  instance: "orders",
  namespace: "shop",
  names: [],
  changedOnly: false,
  failOnDrift: false,
};

/** A row of pg_settings, as the primary is asked for it. */
function row(name: string, setting: string, more: object = {}): object {
  return {
    name,
    value: setting,
    setting,
    unit: null,
    vartype: "integer",
    enumvals: null,
    context: "postmaster",
    category: "Resource Usage",
    description: "",
    source: "configuration file",
    sourcefile: "/pgdata/custom.conf",
    boot_val: "0",
    min_val: null,
    max_val: null,
    pending_restart: false,
    ...more,
  };
}

/** An instance `shop/orders` on PostgreSQL 17, with one pod. */
function access(settings: object[], desired: Record<string, string>, record?: object): ClusterAccess {
  const api = new FakeApi();
  api.add(kinds.service, {
    apiVersion: "v1",
    kind: "Service",
    metadata: { name: "orders", namespace: "shop", annotations: { "cnpg.pulumi.com/facts": '{"major":17}' } },
    spec: { selector: { "cnpg.io/cluster": "orders-g1" } },
  } as Parameters<FakeApi["add"]>[1]);
  api.add(kinds.cluster, {
    apiVersion: "postgresql.cnpg.io/v1",
    kind: "Cluster",
    metadata: {
      name: "orders-g1",
      namespace: "shop",
      annotations: record === undefined ? {} : { "cnpg.pulumi.com/parameters": JSON.stringify(record) },
    },
    spec: { postgresql: { parameters: desired } },
    status: { currentPrimary: "orders-g1-1" },
  } as Parameters<FakeApi["add"]>[1]);
  api.add(kinds.pod, {
    apiVersion: "v1",
    kind: "Pod",
    metadata: {
      name: "orders-g1-1",
      namespace: "shop",
      labels: { "cnpg.io/cluster": "orders-g1", "cnpg.io/podRole": "instance" },
    },
  });
  const answer = { settings, placeholders: [], files: [], overrides: [] };
  return {
    context: "test",
    namespace: "default",
    api,
    sql: async () => [answer],
  } as unknown as ClusterAccess;
}

function read(cluster: ClusterAccess, change: Partial<GetRequest> = {}): Promise<CommandResult> {
  const around = { openCluster: async () => cluster, clock: new FakeClock(), progress: silent };
  return get({ ...request, ...change }, layout, around);
}

const settled = [
  row("max_connections", "100"),
  row("max_wal_senders", "10", { source: "default", boot_val: "10" }),
];

describe("parameters describe --instance", () => {
  it("shows what is known of the parameter in that major, and what it is there", async () => {
    const around = {
      openCluster: async () => access(settled, { max_connections: "200" }),
      clock: new FakeClock(),
      progress: silent,
    };
    const { exitCode, text, json } = await describeRunning(
      { instance: "orders", namespace: "shop", name: "max_connections" },
      layout,
      around,
    );
    assert.equal(exitCode, 0);
    assert.match(text, /^max_connections, PostgreSQL 17$/m);
    assert.match(text, /^a change +restarts the server$/m);
    assert.match(text, /^In shop\/orders:\nvalue +100\nfrom +configuration file\nasked for +200\ndrift/m);
    assert.equal((json as { major: number }).major, 17);
  });
});

describe("parameters get", () => {
  it("shows values, their sources and what a change does", async () => {
    const { exitCode, text } = await read(access(settled, { max_connections: "100" }));
    assert.equal(exitCode, 0);
    assert.deepEqual(text.split("\n"), [
      "orders (Cluster orders-g1), PostgreSQL 17, changes immediate, as of 2026-01-01T00:00:00.000Z",
      "",
      "name             value  source              a change",
      "max_connections  100    configuration file  restart",
      "max_wal_senders  10     default             restart",
    ]);
  });

  it("shows only the named ones, or only the changed ones", async () => {
    const named = await read(access(settled, {}), { names: ["MAX_WAL_SENDERS"] });
    assert.match(named.text, /max_wal_senders/);
    assert.doesNotMatch(named.text, /max_connections/);
    const changed = await read(access(settled, { max_connections: "100" }), { changedOnly: true });
    assert.doesNotMatch(changed.text, /max_wal_senders/);
  });

  it("shows drift, and fails for it only when that is asked for", async () => {
    const cluster = access(settled, { max_connections: "200" });
    const { exitCode, text } = await read(cluster);
    assert.equal(exitCode, 0);
    assert.match(text, /^max_connections .* drift: 200 is asked for$/m);
    assert.match(text, /^Drift:\n {2}max_connections$/m);
    assert.equal((await read(cluster, { failOnDrift: true })).exitCode, 3);
    const fine = access(settled, { max_connections: "100" });
    assert.equal((await read(fine, { failOnDrift: true })).exitCode, 0);
  });

  it("shows what waits, and from when", async () => {
    const pending = [{ name: "max_connections", value: "100", desired: "200" }];
    const record = { mode: "window", pending, rollout: "", next: "2026-01-04T03:00:00Z" };
    const { text, json } = await read(access(settled, { max_connections: "100" }, record));
    assert.match(text, /changes window from 2026-01-04T03:00:00Z/);
    assert.match(text, /^max_connections .* 200 after a restart$/m);
    assert.match(text, /^Pending:\n {2}max_connections: 100 → 200$/m);
    assert.deepEqual((json as { pending: object[] }).pending, pending);
  });

  it("fails with one sentence when there is no such instance", async () => {
    await assert.rejects(read(access(settled, {}), { instance: "order" }), /no PostgresInstance "order".*\./);
  });
});
