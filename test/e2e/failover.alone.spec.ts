import * as assert from "node:assert/strict";
import type { PostgresInstanceArgs } from "../../src";
import { FailoverState, type FailoverStatus } from "../../src/failover/status";
import { startClient } from "./clients";
import { type CommandOutcome, pulumiCnpg } from "./command-line";
import { harness, type SpecStack } from "./harness";
import { orders } from "./orders";

/**
 * Writes a row every 10 ms, connects anew when the connection is lost, and keeps the keys of the rows whose commit was answered.
 */
const ledger = `
until psql -qc "CREATE TABLE IF NOT EXISTS ledger (id uuid PRIMARY KEY, at timestamptz DEFAULT clock_timestamp())"
do sleep 0.2; done
while :; do
  printf 'INSERT INTO ledger (id) VALUES (gen_random_uuid()) RETURNING id \\\\watch 0.01\\n' | psql -XAtq >>/tmp/answered 2>/dev/null
  sleep 0.02
done`;

/** Loads what was answered and looks for it in the table. The longest gap is that of the last minutes. */
const audit = `
grep -E '^[0-9a-f-]{36}$' /tmp/answered >/tmp/keys
psql -XAtq -c "CREATE TEMP TABLE answered (id uuid)" -c "\\copy answered FROM '/tmp/keys'" \
  -c "SELECT json_build_object('answered', count(*), 'lost', count(*) FILTER (WHERE l.id IS NULL)) FROM answered LEFT JOIN ledger l USING (id)"`;

/** Processes of PostgreSQL in a pod whose command line has a text are sent a signal. The shell's own command line does not count. */
const signal = (name: string, text = ""): string =>
  `for p in /proc/[0-9]*; do
  [ "$(cat $p/comm 2>/dev/null)" = postgres ] && tr '\\0' ' ' <$p/cmdline 2>/dev/null | grep -q "${text}" && kill -${name} \${p#/proc/}
done; true`;

describe("failover of an instance", function () {
  this.timeout(10 * 60_000);
  const bench = harness();
  let stack: SpecStack;

  const program = (failover: PostgresInstanceArgs["failover"]): ReturnType<typeof orders> =>
    orders({ instances: 3, failover });
  const field = (path: string): Promise<string> =>
    bench.field(stack.namespace, "clusters.postgresql.cnpg.io/orders-g1", path);
  const primary = (): Promise<string> => field(".status.currentPrimary");
  const cli = (verb: string, ...args: string[]): Promise<CommandOutcome> =>
    pulumiCnpg(bench, "failover", verb, "orders", ...args, "--namespace", stack.namespace);
  const inPod = (pod: string, script: string): Promise<string> =>
    bench.kubectl("exec", "-n", stack.namespace, pod, "--", "bash", "-c", script);

  async function standbys(): Promise<string[]> {
    const now = await primary();
    return ["orders-g1-1", "orders-g1-2", "orders-g1-3"].filter(name => name !== now);
  }

  /** All servers stream: each test begins with a sound instance. */
  async function sound(): Promise<string> {
    await bench.waitUntil(
      async () => {
        const [ready, phase] = (await field(".status.readyInstances}{','}{.status.phase")).split(",");
        return ready === "3" && phase === "Cluster in healthy state";
      },
      "the instance",
      120,
    );
    return primary();
  }

  async function done(...args: string[]): Promise<FailoverStatus> {
    const { exitCode, stdout, stderr } = await cli("run", ...args, "--json");
    assert.equal(exitCode, 0, stderr);
    return JSON.parse(stdout) as FailoverStatus;
  }

  async function refused(verb: string, message: RegExp, ...args: string[]): Promise<void> {
    const { exitCode, stdout, stderr } = await cli(verb, ...args);
    assert.equal(exitCode, 1, `${stdout}${stderr}`);
    // Long sentences are cut into lines.
    assert.match(`${stdout}${stderr}`.replace(/\s+/g, " "), message);
  }

  async function audited(): Promise<{ answered: number; lost: number }> {
    const text = await bench.waitUntil(() => inPod("writer", audit), "the audit of the ledger", 60);
    return JSON.parse(text.trim().split("\n").at(-1) ?? "") as { answered: number; lost: number };
  }

  /** Longest time between two rows around a failover, seconds. */
  async function gap({ startedAt, completedAt }: FailoverStatus): Promise<number> {
    const [row] = await bench.sql(
      stack.namespace,
      "orders",
      `SELECT extract(epoch FROM max(gap))::float8 AS gap FROM (SELECT at - lag(at) OVER (ORDER BY at) AS gap FROM ledger
       WHERE at BETWEEN $1::timestamptz - interval '2 s' AND $2::timestamptz + interval '2 s') gaps`,
      { values: [startedAt, completedAt] },
    );
    return row?.gap as number;
  }

  async function history(): Promise<FailoverStatus[]> {
    const { stdout } = await cli("history", "--json");
    return (JSON.parse(stdout) as { failovers: FailoverStatus[] }).failovers;
  }

  const describeRun = async (status: FailoverStatus): Promise<void> => {
    const times = status.states.map(({ state, at }, i) => {
      const next = status.states[i + 1]?.at;
      return next === undefined
        ? ""
        : `${state} ${((Date.parse(next) - Date.parse(at)) / 1000).toFixed(1)} s`;
    });
    bench.note(
      `${status.mode}, ${status.oldPrimaryAction}: longest write gap ${(await gap(status)).toFixed(2)} s, ` +
        `lost ${status.dataLossBytes ?? "?"} bytes; ${times.filter(text => text !== "").join(", ")}`,
    );
  };

  before(async () => {
    stack = await bench.stackFor("failover", program({ trigger: { id: "at creation" } }));
    const { outputs } = await stack.up();
    assert.equal(outputs.lastFailover?.value, undefined);
    await startClient(bench, {
      namespace: stack.namespace,
      name: "writer",
      instance: "orders",
      script: ledger,
    });
  });

  it("is not begun by the trigger that the instance is made with", async () => {
    assert.equal(await sound(), "orders-g1-1");
    assert.deepEqual(await history(), []);
    assert.equal((await stack.refresh()).summary, "no changes");
    assert.equal((await stack.up()).summary, "no changes");
  });

  it("switches over under a writing client and loses nothing", async () => {
    const from = await sound();
    const planned = await cli("plan", "--target", "orders-g1-3", "--json");
    assert.equal(planned.exitCode, 0, planned.stderr);
    const shown = await cli("run", "--target", "orders-g1-3");
    assert.equal(shown.exitCode, 2, shown.stderr);
    assert.equal(await primary(), from);
    const status = await done("--target", "orders-g1-3", "--reason", "maintenance of a node", "--yes");
    assert.equal(await primary(), "orders-g1-3");
    assert.equal(status.newPrimaryId, "orders-g1-3");
    assert.equal(status.oldPrimaryId, from);
    assert.equal(status.reason, "maintenance of a node");
    assert.equal(status.dataLossBytes, 0);
    assert.equal(status.timeline, 2);
    assert.ok(status.promotionLsn !== undefined && status.primaryLsn !== undefined);
    assert.deepEqual(
      status.states.map(({ state }) => state),
      [
        "waitingForSync",
        "fencingPrimary",
        "promotingReplica",
        "updatingRouting",
        "cleaningUpOldPrimary",
        "completed",
      ],
    );
    assert.deepEqual(await history(), [status]);
    const events = await bench.kubectl(
      "get",
      "events",
      "-n",
      stack.namespace,
      "--field-selector",
      "involvedObject.name=orders-g1",
      "-o",
      "jsonpath={.items[*].reason}",
    );
    for (const word of ["SwitchoverStarted", "PrimaryChanged", "SwitchoverCompleted"])
      assert.ok(events.split(" ").includes(word), `${word} in ${events}`);
    const { answered, lost } = await audited();
    assert.equal(lost, 0);
    assert.ok(answered > 100, String(answered));
    await describeRun(status);
  });

  it("is refused with the reason, and nothing is changed", async () => {
    const now = await sound();
    const [standby = ""] = await standbys();
    await refused("run", /is the primary already/, "--target", now, "--yes");
    await refused("plan", /has no standby "orders-g1-9"/, "--target", "orders-g1-9");
    await inPod(standby, signal("STOP", "walreceiver"));
    try {
      await refused("plan", /bytes behind, more than the limit of 1/, "--target", standby, "--max-lag", "1");
    } finally {
      await inPod(standby, signal("CONT", "walreceiver"));
    }
    assert.equal(await primary(), now);
    assert.equal((await history()).length, 1);
  });

  it("is refused while another one runs, which ends with nothing changed when the standby does not catch up", async () => {
    const now = await sound();
    const [standby = ""] = await standbys();
    // It goes on receiving, and replays nothing.
    await inPod(standby, signal("STOP", "startup"));
    try {
      const first = cli("run", "--target", standby, "--sync-timeout", "15", "--yes", "--json");
      await bench.waitUntil(
        async () => (await history()).some(({ completedAt }) => completedAt === undefined),
        "the first failover",
        60,
      );
      await refused("run", /fails over already: failover-/, "--yes");
      const { exitCode, stdout } = await first;
      assert.equal(exitCode, 1);
      const status = JSON.parse(stdout) as FailoverStatus;
      assert.equal(status.state, FailoverState.Failed);
      assert.match(status.failureReason ?? "", /^Nothing was changed: gave up after 15 s/);
    } finally {
      await inPod(standby, signal("CONT", "startup"));
    }
    assert.equal(await primary(), now);
  });

  it("is done once by a trigger that changes, and the former primary stays stopped when that is asked for", async () => {
    const from = await sound();
    const trigger = { id: "second", oldPrimaryAction: "stopAndRetain" as const, reason: "declared" };
    const { outputs } = await stack.up(async () => program({ trigger })(stack.namespace));
    const status = outputs.lastFailover?.value as FailoverStatus;
    assert.equal(status.origin, "declared");
    assert.equal(status.reason, "declared");
    const to = await primary();
    assert.notEqual(to, from);
    assert.equal(status.newPrimaryId, to);
    assert.equal(await field(".metadata.annotations.cnpg\\.io/fencedInstances"), `["${from}"]`);
    await assert.rejects(bench.superuserSql(stack.namespace, from, "SELECT 1"), /No such file or directory/);
    await refused("plan", new RegExp(`${from} cannot become primary: it is fenced`), "--undo");
    assert.equal((await stack.up()).summary, "no changes");
    assert.equal(await primary(), to);
    assert.equal((await audited()).lost, 0);
    await describeRun(status);
    await bench.kubectl(
      "annotate",
      "-n",
      stack.namespace,
      "clusters.postgresql.cnpg.io/orders-g1",
      "cnpg.io/fencedInstances-",
    );
  });

  it("is undone, and the former primary cloned anew when that is asked for", async () => {
    const from = await sound();
    const [last] = await history();
    const volume = (): Promise<string> => bench.field(stack.namespace, `pvc/${from}`, ".metadata.uid");
    const before = await volume();
    const status = await done("--undo", "--old-primary", "terminate", "--yes");
    assert.equal(status.newPrimaryId, last?.oldPrimaryId);
    assert.equal(status.reason, `undo of ${last?.id}`);
    // CloudNativePG's manager sleeps for 20 s after a fence was lifted: that is waited for while clients still write.
    const entered = (wanted: string): number =>
      Date.parse(status.states.find(({ state }) => state === wanted)?.at ?? "");
    const seconds = (entered("updatingRouting") - entered("fencingPrimary")) / 1000;
    assert.ok(seconds < 15, `${seconds} s without a primary`);
    assert.notEqual(await volume(), before);
    assert.equal(status.dataLossBytes, 0);
    assert.equal(await field(".spec.instances"), "3");
    assert.equal((await audited()).lost, 0);
    await describeRun(status);
    await sound();
  });

  it("is forced past a primary that hangs, and what was lost is measured", async () => {
    const from = await sound();
    // Commits are answered, and reach no standby; then nothing answers any more.
    await inPod(
      from,
      `for i in $(seq 20); do ${signal("STOP", "walsender")}; sleep 0.1; done; ${signal("STOP")}`,
    );
    await refused("plan", /does not answer.*mode forced takes over without it/);
    const shown = await cli("run", "--mode", "forced", "--yes");
    assert.equal(shown.exitCode, 2, shown.stderr);
    const status = await done("--mode", "forced", "--confirm", "orders");
    assert.notEqual(status.newPrimaryId, from);
    assert.equal(await primary(), status.newPrimaryId);
    const { lost } = await audited();
    assert.ok(lost > 0, "rows that reached no standby were to be lost");
    assert.ok((status.dataLossBytes ?? 0) > lost * 50, `${lost} rows, ${status.dataLossBytes} bytes`);
    assert.ok((status.dataLossBytes ?? 0) < 16 * 2 ** 20, String(status.dataLossBytes));
    bench.note(`${lost} rows lost, ${status.dataLossBytes} bytes of WAL`);
    await describeRun(status);
    await sound();
  });

  it("is kept in the history, each with its end", async () => {
    const ends = (await history()).map(({ mode, origin, oldPrimaryAction, state }) =>
      [mode, origin, oldPrimaryAction, state].join(" "),
    );
    assert.deepEqual(ends, [
      "forced requested convertToReplica completed",
      "planned requested terminate completed",
      "planned declared stopAndRetain completed",
      "planned requested convertToReplica failed",
      "planned requested convertToReplica completed",
    ]);
  });
});
