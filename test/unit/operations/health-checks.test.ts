import * as assert from "node:assert/strict";
import fc from "fast-check";
import { diskLimitPercent, judgeDisks, readDisks } from "../../../src/health/checks";
import { askHealth } from "../../../src/operations/health-checks";
import { findInstance } from "../../../src/operations/instance";
import { replicasOf } from "../../../src/operations/replicas";
import { FakeApi, FakeClock } from "./fakes";
import {
  addReplicated,
  askedServers,
  type ReplicatedChange,
  replicatedCluster,
  server,
  serverPod,
  wellExecute,
} from "./replicated-instance";
import { kinds } from "../../../src/operations/kubernetes";

async function ask(
  answers: Parameters<typeof wellExecute>[0] = {},
  change: ReplicatedChange = {},
  prepare: (api: FakeApi) => void = () => undefined,
) {
  const api = new FakeApi();
  addReplicated(api, change);
  prepare(api);
  const found = await findInstance(api, "shop", "orders");
  const { execute, asked } = wellExecute(answers);
  const listed = await replicasOf(found, { api, sql: askedServers(), clock: new FakeClock() });
  return { ...(await askHealth(found, listed, { api, execute })), asked };
}

describe("the five questions", () => {
  it("are all answered with yes by an instance that is well", async () => {
    const { asked, disks, ...checks } = await ask();
    assert.deepEqual(checks, {
      connectivity: true,
      queryResponsive: true,
      replicationHealthy: true,
      diskSpaceOk: true,
      customCheckOk: true,
      reasons: {},
    });
    assert.deepEqual(
      disks.map(({ pod, usedPercent, sizeBytes }) => [pod, usedPercent, sizeBytes]),
      [1, 2, 3].map(serial => [server(serial), 20, 1_024_000_000]),
    );
    // The way of a client is gone from another server than the primary, through the Service.
    const connection = asked.find(([, program]) => program === "pg_isready");
    assert.deepEqual(connection?.slice(0, 4), [server(2), "pg_isready", "-h", "orders.shop.svc"]);
  });

  it("tell why a client cannot connect", async () => {
    const { connectivity, reasons } = await ask({
      pg_isready: { exitCode: 2, stdout: "orders.shop.svc:5432 - no response\n" },
    });
    assert.deepEqual(
      [connectivity, reasons.connectivity],
      [false, "orders.shop.svc:5432 - no response (from orders-g1-2)."],
    );
  });

  it("tell that a query is not answered in time", async () => {
    const { queryResponsive, reasons } = await ask({ "SELECT 1": { exitCode: 124 } });
    assert.deepEqual(
      [queryResponsive, reasons.queryResponsive],
      [false, "orders-g1-1 did not answer within 10 s."],
    );
  });

  it("tell what cannot be asked", async () => {
    const { queryResponsive, reasons } = await ask({ "SELECT 1": new Error("no route") });
    assert.deepEqual([queryResponsive, reasons.queryResponsive], [false, "no route"]);
  });

  it("tell which standby does not follow", async () => {
    const broken = await ask({}, {}, api => api.add(kinds.pod, serverPod(3, false)));
    assert.deepEqual(
      [broken.replicationHealthy, broken.reasons.replicationHealthy],
      [false, "orders-g1-3: its pod is not ready."],
    );
    const absent = await ask({}, { spec: { instances: 4 } });
    assert.match(absent.reasons.replicationHealthy ?? "", /^1 of 3 standbys do not exist yet\.$/);
    const single = await ask({}, { spec: { instances: 1 } }, api =>
      api.add(
        kinds.cluster,
        replicatedCluster({ spec: { instances: 1 }, status: { instanceNames: [server(1)] } }),
      ),
    );
    assert.equal(single.replicationHealthy, true);
  });

  it("tell which volume is full, and that the operator has found one", async () => {
    const full = await ask({ "df -P": { stdout: "/dev/loop1 1000 950 50 95% /var/lib/postgresql/wal\n" } });
    assert.match(full.reasons.diskSpaceOk ?? "", /\/var\/lib\/postgresql\/wal of orders-g1-1 is 95 % full; /);
    const stopped = await ask({}, { status: { phase: "Not enough disk space" } });
    assert.match(stopped.reasons.diskSpaceOk ?? "", /has found a volume full/);
    const unknown = await ask({ "df -P": { stdout: "" } });
    assert.match(unknown.reasons.diskSpaceOk ?? "", /is not known/);
  });

  it("ask the query of the arguments with the rights of the owner, read only", async () => {
    const facts = { customCheck: { sql: "SELECT my_check()", database: "shop" } };
    const well = await ask({}, { facts });
    assert.equal(well.customCheckOk, true);
    const command = well.asked.find(words => words.includes("SELECT my_check()")) ?? [];
    assert.equal(command[command.indexOf("-d") + 1], "shop");
    assert.match(command.join(" "), /default_transaction_read_only=on -c role=app/);
    const ill = await ask({ my_check: { stdout: "f|x\n" } }, { facts });
    assert.deepEqual([ill.customCheckOk, ill.reasons.customCheckOk], [false, 'It says "f" instead of true.']);
    const empty = await ask({ my_check: { stdout: "" } }, { facts });
    assert.equal(empty.reasons.customCheckOk, "It says nothing instead of true.");
    const wrong = await ask({ my_check: { exitCode: 1, stderr: "ERROR:  no such function" } }, { facts });
    assert.equal(wrong.reasons.customCheckOk, "orders-g1-1 answers: ERROR:  no such function");
  });
});

describe("disks", () => {
  it("are read as df prints them, without its heading", () => {
    const output =
      "Filesystem 1024-blocks Used Available Capacity Mounted on\n/dev/my disk 1000 200 700 23% /var/lib/postgresql/data\n";
    assert.deepEqual(readDisks("p", output), [
      { pod: "p", mount: "/var/lib/postgresql/data", usedPercent: 23, sizeBytes: 1_024_000 },
    ]);
  });

  it("are nearly full exactly above the limit", () =>
    fc.assert(
      fc.property(fc.integer({ min: 0, max: 100 }), usedPercent => {
        const disk = { pod: "p", mount: "/m", usedPercent, sizeBytes: 1 };
        assert.equal(judgeDisks([disk], false) === true, usedPercent <= diskLimitPercent);
      }),
    ));
});
