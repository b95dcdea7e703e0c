import * as assert from "node:assert/strict";
import { type ClusterObject, labels, ownAnnotations, PodRole } from "../../../src/cnpg";
import { kinds } from "../../../src/operations/kubernetes";
import {
  describeParameter,
  getParameters,
  type GetParametersRequest,
  type ParameterReading,
  type ReadingContext,
} from "../../../src/operations/parameters";
import { primaryQuery } from "../../../src/operations/server-parameters";
import { FakeApi, FakeClock } from "./fakes";

type Row = Record<string, unknown>;

const workMem: Row = {
  name: "work_mem",
  value: "8MB",
  setting: "8192",
  unit: "kB",
  vartype: "integer",
  enumvals: null,
  context: "user",
  category: "Resource Usage / Memory",
  description: "Sets the maximum memory to be used for query workspaces.",
  source: "configuration file",
  sourcefile: "/var/lib/postgresql/data/pgdata/custom.conf",
  boot_val: "4096",
  min_val: "64",
  max_val: "2147483647",
  pending_restart: false,
};
const maxConnections: Row = {
  ...workMem,
  name: "max_connections",
  value: "100",
  setting: "100",
  unit: null,
  context: "postmaster",
  boot_val: "100",
};
const autovacuum: Row = {
  ...workMem,
  name: "autovacuum",
  value: "on",
  setting: "on",
  unit: null,
  vartype: "bool",
  context: "sighup",
  source: "default",
  sourcefile: null,
  boot_val: "on",
};
const version: Row = {
  ...autovacuum,
  name: "server_version",
  value: "18.6",
  setting: "18.6",
  vartype: "string",
  context: "internal",
  boot_val: "18.6",
};
const alterSystem = { sourcefile: "/var/lib/postgresql/data/pgdata/postgresql.auto.conf" };

interface Answers {
  settings?: Row[];
  placeholders?: Row[];
  files?: Row[];
  overrides?: Row[];
  standby?: Row[] | Error;
  parameters?: Record<string, string>;
  record?: object;
  status?: ClusterObject["status"];
}

function surroundings(answers: Answers = {}): ReadingContext {
  const { settings = [workMem, maxConnections, autovacuum, version], standby, record } = answers;
  const api = new FakeApi();
  api.add(kinds.service, {
    apiVersion: "v1",
    kind: "Service",
    metadata: { name: "orders", namespace: "shop", annotations: { [ownAnnotations.facts]: '{"major":18}' } },
    spec: { selector: { [labels.cluster]: "orders-g1" } },
  });
  api.add(kinds.cluster, {
    apiVersion: "postgresql.cnpg.io/v1",
    kind: "Cluster",
    metadata: {
      name: "orders-g1",
      namespace: "shop",
      annotations: record === undefined ? {} : { [ownAnnotations.parameters]: JSON.stringify(record) },
    },
    spec: { instances: 1, postgresql: { parameters: answers.parameters ?? { work_mem: "8192kB" } } },
    status: answers.status ?? { currentPrimary: "orders-g1-1" },
  });
  for (const name of ["orders-g1-1", ...(standby === undefined ? [] : ["orders-g1-2"])]) {
    api.add(kinds.pod, {
      apiVersion: "v1",
      kind: "Pod",
      metadata: {
        name,
        namespace: "shop",
        labels: { [labels.cluster]: "orders-g1", [labels.podRole]: PodRole.instance },
      },
    });
  }
  const { placeholders = [], files = [], overrides = [] } = answers;
  return {
    api,
    clock: new FakeClock(),
    sql: async (_namespace, pod) => {
      if (pod === "orders-g1-1") return [{ settings, placeholders, files, overrides }];
      if (standby instanceof Error) throw standby;
      return standby ?? [];
    },
  };
}

const get = (answers: Answers = {}, request: Partial<GetParametersRequest> = {}) =>
  getParameters({ namespace: "shop", instance: "orders", ...request }, surroundings(answers));

async function reading(name: string, answers: Answers): Promise<ParameterReading> {
  const [found] = (await get(answers, { names: [name] })).parameters;
  assert.ok(found !== undefined);
  return found;
}

describe("getParameters", () => {
  it("reads every parameter, and compares it with what the Cluster asks for", async () => {
    const found = await get();
    assert.deepEqual(found, {
      instance: "orders",
      cluster: "orders-g1",
      major: 18,
      mode: "immediate",
      parameters: found.parameters,
      pending: [],
      drift: [],
      unreachable: {},
      asOf: "2026-01-01T00:00:00.000Z",
    });
    assert.deepEqual(found.parameters[0], {
      name: "work_mem",
      value: "8MB",
      setting: "8192",
      unit: "kB",
      source: "configuration file",
      category: "dynamic",
      desired: "8192kB",
      restartNeeded: false,
      drift: false,
    });
    assert.deepEqual(
      found.parameters.map(({ name, category }) => `${name} ${category}`),
      ["work_mem dynamic", "max_connections restart", "autovacuum reload", "server_version immutable"],
    );
  });

  it("reads those that are named, whatever their case, or those that are changed", async () => {
    const named = await get({}, { names: ["AUTOVACUUM", "work_mem"] });
    assert.deepEqual(
      named.parameters.map(({ name }) => name),
      ["autovacuum", "work_mem"],
    );
    const changed = await get({}, { changedOnly: true });
    assert.deepEqual(
      changed.parameters.map(({ name }) => name),
      ["work_mem"],
    );
  });

  it("does not take for changed what the server works out by itself, nor what CloudNativePG fixes", async () => {
    const walBuffers = { ...workMem, name: "wal_buffers", setting: "512", boot_val: "-1", source: "default" };
    const port = { ...workMem, name: "port", setting: "5432", boot_val: "5433", context: "postmaster" };
    const found = await get(
      { settings: [walBuffers, port], parameters: { port: "5432" } },
      { changedOnly: true },
    );
    assert.deepEqual(found.parameters, []);
  });

  it("refuses a name the server does not have, with the nearest or with the majors that have it", async () => {
    await assert.rejects(
      get({}, { names: ["wrk_mem"] }),
      /no parameter "wrk_mem"\. Did you mean "work_mem"\?/,
    );
    await assert.rejects(
      get({}, { names: ["vacuum_defer_cleanup_age"] }),
      /PostgreSQL 18 has no parameter "vacuum_defer_cleanup_age"; it exists in 14, 15\./,
    );
  });

  it("says that there is no primary to ask", async () => {
    await assert.rejects(
      get({ status: { phase: "Setting up primary" } }),
      /shop\/orders has no primary to ask \(phase "Setting up primary"\)/,
    );
  });

  describe("tells what waits", () => {
    it("for a restart, with the value of the file or the default that comes back", async () => {
      const settings = [{ ...maxConnections, pending_restart: true }];
      const files = [{ name: "max_connections", setting: "200", ...{ sourcefile: "custom.conf" } }];
      const answers = { settings, files, parameters: { max_connections: "200" } };
      const found = await reading("max_connections", answers);
      assert.deepEqual([found.pendingValue, found.restartNeeded, found.drift], ["200", true, false]);
      assert.deepEqual((await get(answers)).pending, [
        { name: "max_connections", value: "100", desired: "200", reason: "waits for a restart" },
      ]);
      assert.equal((await reading("max_connections", { settings })).pendingValue, "100");
    });

    it("for a restart of a standby only", async () => {
      const standby = [{ ...maxConnections, pending_restart: true }];
      const found = await reading("max_connections", { standby, parameters: { max_connections: "100" } });
      assert.deepEqual([found.restartNeeded, found.drift], [true, false]);
    });

    it("because it is held back", async () => {
      const pending = [{ name: "max_connections", value: "100", desired: "200" }];
      const record = { mode: "window", pending, next: "2026-01-04T03:00:00.000Z" };
      const answers = { record, parameters: { max_connections: "100" } };
      const found = await get(answers);
      assert.deepEqual([found.mode, found.next, found.pending], ["window", record.next, pending]);
      const { desired, pendingValue, restartNeeded, drift } = await reading("max_connections", answers);
      assert.deepEqual([desired, pendingValue, restartNeeded, drift], ["100", "200", true, false]);
    });
  });

  describe("tells of drift", () => {
    it("when the server has another value than the one asked for", async () => {
      const found = await get({ parameters: { work_mem: "16MB" } });
      assert.deepEqual(found.drift, ["work_mem"]);
    });

    it("when ALTER SYSTEM did it, also where nothing is asked for", async () => {
      const settings = [{ ...workMem, ...alterSystem }];
      const unasked = await reading("work_mem", { settings, parameters: {} });
      assert.deepEqual([unasked.source, unasked.drift], ["ALTER SYSTEM", true]);
      const same = await reading("work_mem", { settings, parameters: { work_mem: "8MB" } });
      assert.deepEqual([same.source, same.drift], ["ALTER SYSTEM", false]);
    });

    it("when ALTER SYSTEM asked for a restart", async () => {
      const settings = [{ ...maxConnections, pending_restart: true }];
      const files = [{ name: "max_connections", setting: "300", ...alterSystem }];
      const found = await reading("max_connections", { settings, files });
      assert.deepEqual([found.pendingValue, found.drift], ["300", true]);
    });

    it("when a role or a database overrides what is asked for, and not otherwise", async () => {
      const override = (value: string, role: string | null, database: string | null): Row => ({
        role,
        database,
        name: "work_mem",
        value,
      });
      const found = await reading("work_mem", {
        overrides: [
          override("64MB", "app", null),
          override("8MB", null, "app"),
          override("8192kB", "a", "b"),
        ],
      });
      assert.deepEqual(found.overrides, [
        { scope: "role app", value: "64MB" },
        { scope: "database app", value: "8MB" },
        { scope: "role a in database b", value: "8192kB" },
      ]);
      assert.equal(found.drift, true);
      assert.equal((await reading("work_mem", { overrides: [override("8MB", "app", null)] })).drift, false);
      const unasked = await reading("work_mem", {
        overrides: [override("64MB", "app", null)],
        parameters: {},
      });
      assert.equal(unasked.drift, false);
    });

    it("when a standby differs, and shows every pod", async () => {
      const standby = [{ ...workMem, value: "4MB", setting: "4096" }];
      const found = await reading("work_mem", { standby });
      assert.deepEqual(found.pods, { "orders-g1-1": "8MB", "orders-g1-2": "4MB" });
      assert.equal(found.drift, true);
    });

    it("not by what a standby is", async () => {
      const row = { ...autovacuum, name: "transaction_read_only", source: "override", context: "user" };
      const found = await reading("transaction_read_only", {
        settings: [row],
        standby: [{ ...row, value: "off", setting: "off" }],
      });
      assert.deepEqual([found.pods, found.drift], [undefined, false]);
    });
  });

  it("reads parameters with a dot that no library defines", async () => {
    const parameters = { "my.custom": "a", "your.custom": "b" };
    const answers = { parameters, placeholders: [{ name: "my.custom", value: "a" }] };
    const mine = await reading("my.custom", answers);
    assert.deepEqual([mine.value, mine.source, mine.drift], ["a", "configuration file", false]);
    const yours = await reading("your.custom", answers);
    assert.deepEqual([yours.value, yours.source, yours.drift], [undefined, "unknown to the server", true]);
  });

  it("tells of a standby it cannot ask", async () => {
    const found = await get({ standby: new Error("connection refused") });
    assert.deepEqual(found.unreachable, { "orders-g1-2": "connection refused" });
    assert.equal(found.parameters.length, 4);
  });
});

describe("describeParameter", () => {
  const describe_ = (name: string, answers: Answers = {}) =>
    describeParameter({ namespace: "shop", instance: "orders", name }, surroundings(answers));

  it("joins the reading with what the server and the catalogue know", async () => {
    const found = await describe_("WORK_MEM");
    assert.deepEqual(
      [found.name, found.value, found.type, found.context, found.default, found.min, found.max, found.major],
      ["work_mem", "8MB", "integer", "user", "4096", "64", "2147483647", 18],
    );
    assert.deepEqual(found.majors, [14, 15, 16, 17, 18]);
    assert.equal(found.definition?.category, "dynamic");
  });

  it("describes a parameter of a library that no catalogue knows", async () => {
    const found = await describe_("their.knob", { settings: [{ ...autovacuum, name: "their.knob" }] });
    assert.deepEqual([found.category, found.definition, found.majors], ["reload", undefined, []]);
  });

  it("refuses a name the server does not have", async () => {
    await assert.rejects(describe_("autovacum"), /Did you mean "autovacuum"\?/);
  });
});

describe("primaryQuery", () => {
  it("asks for names with a dot as texts", () => {
    assert.match(
      primaryQuery(["work_mem", "a.b", "it's.c"]),
      /unnest\(ARRAY\['a\.b', 'it''s\.c'\]::text\[\]\)/,
    );
    assert.match(primaryQuery([]), /unnest\(ARRAY\[\]::text\[\]\)/);
  });
});
