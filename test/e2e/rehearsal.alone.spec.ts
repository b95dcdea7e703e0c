import * as assert from "node:assert/strict";
import { AvailabilityClass, RehearsalKind } from "../../src";
import { failoverHistory } from "../../src/operations/failover-history";
import { rehearsalHistory } from "../../src/operations/rehearsal-history";
import type { RehearsalReport } from "../../src/rehearsal/report";
import { pulumiCnpg } from "./command-line";
import { keepCpusBusy } from "./cpu-load";
import { harness, type SpecStack } from "./harness";
import { terminal, type TerminalContext } from "./operations";
import { orders } from "./orders";

const isLong = process.env.E2E === "long";
/** Primaries that are killed without a lost write. */
const kills = isLong ? 50 : 3;
/** Seconds of full CPU load without a failover. */
const loadSeconds = isLong ? 1800 : 120;

describe("failover, rehearsed in class zero-loss", function () {
  this.timeout((isLong ? 150 : 15) * 60_000);
  const bench = harness();
  let stack: SpecStack;
  let around: TerminalContext;
  const reports: RehearsalReport[] = [];

  before(async () => {
    stack = await bench.stackFor(
      "rehearsal",
      orders({
        availability: AvailabilityClass.ZeroLoss,
        scheduling: { hostSpread: "preferred" },
        failover: { rehearsal: { settleSeconds: 3, history: kills + 2, limits: { maxWriteGapMs: 60_000 } } },
      }),
    );
    await stack.up();
    around = await terminal(bench);
  });

  async function rehearse(kind: RehearsalKind): Promise<RehearsalReport> {
    const { namespace } = stack;
    const run = await pulumiCnpg(
      bench,
      ...["rehearse", "run", "orders", "--namespace", namespace, "--kind", kind],
    );
    assert.equal(run.exitCode, 0, run.stdout + run.stderr);
    const [report] = await rehearsalHistory(around.api, namespace, "orders");
    assert.ok(report !== undefined && !reports.some(({ id }) => id === report.id), run.stdout);
    assert.match(run.stdout, new RegExp(`${report.id}: succeeded`));
    assert.match(run.stdout, /^lost rows +0 of \d+ acknowledged$/m);
    reports.push(report);
    const { writes, readOnlyReads } = report;
    bench.note(
      `${kind}: writes paused for ${writes?.gapMs} ms, read-only reads for ${readOnlyReads?.gapMs} ms, ${JSON.stringify(writes?.reasons)}, ${writes?.inDoubt} in doubt, whole after ${report.wholeAfterSeconds} s`,
    );
    return report;
  }

  const columns = (text: string): Promise<string> =>
    bench.superuserSql(stack.namespace, primary(), text, "app");
  const primary = (): string => reports.at(-1)?.newPrimary ?? "orders-g1-1";

  it("switches over, measures and takes away what it made", async () => {
    const report = await rehearse(RehearsalKind.Switchover);
    assert.notEqual(report.newPrimary, report.oldPrimary);
    assert.ok((report.baseline?.acknowledged ?? 0) > 100, JSON.stringify(report.baseline));
    assert.ok(report.reads !== undefined && report.readOnlyReads !== undefined);
    assert.equal(report.leftovers, undefined);
    assert.equal(await columns("SELECT count(*) FROM pg_namespace WHERE nspname LIKE 'pulumi%'"), "0");
    const [record] = await failoverHistory(around.api, stack.namespace, "orders");
    assert.deepEqual(
      [record?.id, record?.origin, record?.state],
      [report.failoverId, "rehearsed", "completed"],
    );
  });

  for (let kill = 1; kill <= kills; kill++)
    it(`loses no acknowledged write in kill ${kill} of ${kills}`, async () => {
      const report = await rehearse(RehearsalKind.Kill);
      assert.equal(report.writes?.lost, 0);
      assert.notEqual(report.newPrimary, report.oldPrimary);
    });

  it("keeps the reports, an Event and the metric", async () => {
    const { stdout } = await pulumiCnpg(
      bench,
      ...["rehearse", "history", "orders", "--namespace", stack.namespace, "--json"],
    );
    const kept = (JSON.parse(stdout) as { reports: RehearsalReport[] }).reports;
    assert.deepEqual(kept, [...reports].reverse());
    const read = 'exec 3<>/dev/tcp/127.0.0.1/9187; printf "GET /metrics HTTP/1.0\\r\\n\\r\\n" >&3; cat <&3';
    const metrics = (): Promise<string> =>
      bench.kubectl("exec", "-n", stack.namespace, primary(), "-c", "postgres", "--", "bash", "-c", read);
    const succeeded = /cnpg_pulumi_cnpg_rehearsal_succeeded\{kind="kill",rehearsed_instance="orders"\} 1/;
    await bench.waitUntil(async () => succeeded.test(await metrics()), "the metric of the rehearsal", 90);
    const events = await bench.kubectl(
      ...["get", "events", "-n", stack.namespace, "-o", "name"],
      ...["--field-selector", "involvedObject.name=orders-g1,reason=FailoverRehearsalSucceeded"],
    );
    assert.match(events, /event/);
  });

  it(`does not fail over in ${loadSeconds} s in which every CPU is busy`, async () => {
    const { namespace } = stack;
    const state = async (): Promise<string> => {
      const fields = "{.status.currentPrimary} {.status.timelineID}";
      const cluster = ["get", "-n", namespace, "clusters.postgresql.cnpg.io/orders-g1"];
      const restarts = "{.items[*].status.containerStatuses[*].restartCount}";
      const pods = ["get", "pods", "-n", namespace, "-l", "cnpg.io/podRole=instance"];
      return [
        await bench.kubectl(...cluster, "-o", `jsonpath=${fields}`),
        await bench.kubectl(...pods, "-o", `jsonpath=${restarts}`),
        String((await failoverHistory(around.api, namespace, "orders")).length),
      ].join("; ");
    };
    const before = await state();
    await keepCpusBusy(bench, { namespace, seconds: loadSeconds, cpu: "10m" });
    assert.equal(await state(), before);
  });
});
