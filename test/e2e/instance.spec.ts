import * as assert from "node:assert/strict";
import type { PostgresInstanceArgs } from "../../src";
import { harness, type RunFailure, type SpecStack } from "./harness";
import { orders } from "./orders";

describe("an instance, from nothing to nothing", function () {
  this.timeout(10 * 60_000);
  const bench = harness();
  let stack: SpecStack;

  const program = (args: PostgresInstanceArgs) => () => orders(args)(stack.namespace);
  const up = async (args: PostgresInstanceArgs) => stack.up(program(args));
  const cluster = async (path: string): Promise<string> =>
    bench.kubectl(
      "get",
      "-n",
      stack.namespace,
      "clusters.postgresql.cnpg.io",
      "orders-g1",
      "-o",
      `jsonpath={${path}}`,
    );
  const serverPid = async (): Promise<unknown> =>
    bench.kubectl(
      "get",
      "pod",
      "-n",
      stack.namespace,
      "orders-g1-1",
      "-o",
      "jsonpath={.metadata.uid}{.status.containerStatuses[0].containerID}",
    );

  before(async () => {
    stack = await bench.stackFor("instance", orders());
  });

  it("is created, and its check has connected as an application does", async () => {
    const { outputs } = await up({ extensions: ["pgcrypto", "uuid-ossp"] });
    assert.match(outputs.serverVersion?.value as string, /^PostgreSQL 18\.\d+ /);
    assert.equal(outputs.state?.value, "running");
    assert.equal(outputs.health?.value, "healthy");
    assert.equal(outputs.connectionString?.secret, true);
    const [row] = await bench.sql(
      stack.namespace,
      "orders",
      "SELECT version() AS version, current_user AS me, current_database() AS db",
    );
    assert.equal(row?.version, outputs.serverVersion?.value);
    assert.deepEqual([row?.me, row?.db], ["app", "app"]);
  });

  it("has its extensions, checksums, and refuses connections without TLS", async () => {
    const rows = await bench.sql(stack.namespace, "orders", "SELECT extname FROM pg_extension ORDER BY 1");
    assert.deepEqual(
      rows.map(row => row.extname),
      ["pgcrypto", "plpgsql", "uuid-ossp"],
    );
    const [checksums] = await bench.sql(stack.namespace, "orders", "SHOW data_checksums");
    assert.equal(checksums?.data_checksums, "on");
    const rules = await bench.superuserSql(
      stack.namespace,
      "orders-g1-1",
      "SELECT auth_method FROM pg_hba_file_rules WHERE type = 'hostnossl'",
    );
    assert.equal(rules, "reject");
  });

  it("is not changed by a second update", async () => {
    const { changes, summary } = await up({ extensions: ["pgcrypto", "uuid-ossp"] });
    assert.deepEqual(Object.keys(changes), ["same"], summary);
  });

  it("has not drifted", async () => {
    const { changes, summary } = await stack.refresh();
    assert.deepEqual(Object.keys(changes), ["same"], summary);
  });

  it("refuses at preview what previous inputs forbid, and names the argument", async () => {
    const refused: [PostgresInstanceArgs, RegExp][] = [
      [{ storage: { size: "256Mi" } }, /argument storage\.size = "256Mi": is smaller than the 512Mi it has/],
      [{ name: "shop" }, /argument name = "shop": was "orders"/],
      [{ database: "shop" }, /argument database = "shop": was "app"/],
      [{ generations: { "2": {} } }, /droppedGenerations: \["1"\]/],
    ];
    for (const [args, message] of refused) {
      await assert.rejects(
        stack.preview(program({ extensions: ["pgcrypto"], ...args })),
        (error: RunFailure) => message.test(error.log) || assert.fail(`${message} is not in:\n${error.log}`),
      );
    }
  });

  it("reloads a parameter and restarts for resources, and is done only when both are so", async () => {
    const before = await serverPid();
    await up({ parameters: { work_mem: "8MB" } });
    const [reloaded] = await bench.sql(stack.namespace, "orders", "SHOW work_mem");
    assert.equal(reloaded?.work_mem, "8MB");
    assert.equal(await serverPid(), before, "a reload must not restart");

    await up({
      parameters: { work_mem: "8MB", max_connections: "20" },
      resources: { cpu: "1", memory: "640Mi", requests: { cpu: "20m" } },
    });
    const [restarted] = await bench.sql(stack.namespace, "orders", "SHOW max_connections");
    assert.equal(restarted?.max_connections, "20");
    const memory = await bench.kubectl(
      "get",
      "pod",
      "-n",
      stack.namespace,
      "orders-g1-1",
      "-o",
      "jsonpath={.spec.containers[0].resources.limits.memory}",
    );
    assert.equal(memory, "640Mi");
    assert.notEqual(await serverPid(), before);
  });

  it("grows its volume online", async () => {
    const before = await serverPid();
    await up({ storage: { size: "768Mi" } });
    await bench.waitUntil(
      async () => {
        const kilobytes = await bench.kubectl(
          "exec",
          "-n",
          stack.namespace,
          "orders-g1-1",
          "-c",
          "postgres",
          "--",
          "df",
          "-k",
          "--output=size",
          "/var/lib/postgresql/data",
        );
        return Number(kilobytes.split("\n")[1]) > 600 * 1024;
      },
      "the larger volume",
      120,
    );
    assert.notEqual(before, undefined);
  });

  it("takes a new password without a restart, and gives a URL that works with it", async () => {
    const before = await serverPid();
    const password = "p@ss/word & more?#1";
    await up({ storage: { size: "768Mi" }, password });
    const uri = await bench.kubectl(
      "get",
      "secret",
      "orders-connection",
      "-n",
      stack.namespace,
      "-o",
      "jsonpath={.data.uri}",
    );
    const answer = await bench.waitUntil(
      async () =>
        bench.kubectl(
          "exec",
          "-n",
          stack.namespace,
          "orders-g1-1",
          "-c",
          "postgres",
          "--",
          "psql",
          "-XAtqc",
          "SELECT 'in'",
          Buffer.from(uri, "base64").toString("utf8"),
        ),
      "the server to take the new password",
      60,
    );
    assert.equal(answer.trim(), "in");
    assert.equal(await serverPid(), before);
  });

  it("scales to three instances and back, and the read-only Service follows", async () => {
    await up({ instances: 3, storage: { size: "768Mi" } });
    assert.equal(await cluster(".status.readyInstances"), "3");
    const [standby] = await bench.sql(stack.namespace, "orders", "SELECT pg_is_in_recovery() AS standby", {
      service: "orders-ro",
    });
    assert.equal(standby?.standby, true);
    await up({ storage: { size: "768Mi" } });
    assert.equal(await cluster(".status.readyInstances"), "1");
    const [primary] = await bench.sql(stack.namespace, "orders", "SELECT pg_is_in_recovery() AS standby", {
      service: "orders-ro",
    });
    assert.equal(primary?.standby, false);
  });

  it("shows its secrets in no specification, event, log or unmarked place of the state", async () => {
    const password = (
      await bench.kubectl(
        "get",
        "secret",
        "-n",
        stack.namespace,
        "orders-owner",
        "-o",
        "jsonpath={.data.password}",
      )
    ).trim();
    const plain = Buffer.from(password, "base64").toString("utf8");
    const forms = [plain, password, encodeURIComponent(plain)];
    const seen: [string, string][] = [
      ["events", await bench.kubectl("get", "events", "-n", stack.namespace, "-o", "yaml")],
      [
        "objects",
        await bench.kubectl(
          "get",
          "clusters.postgresql.cnpg.io,services,jobs,cronjobs,pods,configmaps,serviceaccounts",
          "-n",
          stack.namespace,
          "-o",
          "yaml",
        ),
      ],
      [
        "log of the server",
        await bench.kubectl("logs", "-n", stack.namespace, "orders-g1-1", "-c", "postgres"),
      ],
      [
        "log of the jobs",
        await bench.kubectl(
          "logs",
          "-n",
          stack.namespace,
          "-l",
          "batch.kubernetes.io/job-name",
          "--prefix",
          "--tail=-1",
        ),
      ],
      ["encrypted state", await stack.cli("stack", "export")],
    ];
    for (const [where, text] of seen)
      for (const form of forms) assert.ok(!text.includes(form), `the password is in the ${where}`);
  });

  it("goes completely", async () => {
    await stack.destroy();
    const left = await bench.kubectl(
      "get",
      "clusters.postgresql.cnpg.io,secrets,services,jobs,cronjobs,pvc,roles,rolebindings",
      "-n",
      stack.namespace,
      "-o",
      "name",
    );
    await bench.waitUntil(
      async () =>
        (
          await bench.kubectl("get", "pvc,pods,secrets,configmaps", "-n", stack.namespace, "-o", "name")
        ).trim() === "configmap/kube-root-ca.crt",
      "the end of what Kubernetes collects in the background",
      120,
    );
    assert.ok(!left.includes("cluster.postgresql"), left);
  });
});
