import * as assert from "node:assert/strict";
import { RehearsalKind } from "../../src";
import { rehearsalHistory } from "../../src/operations/rehearsal-history";
import type { RehearsalReport } from "../../src/rehearsal/report";
import { pulumiCnpg } from "./command-line";
import { harness, type SpecStack } from "./harness";
import { terminal, type TerminalContext } from "./operations";
import { orders } from "./orders";

const isLong = process.env.E2E === "long";
/** Kills in which nothing may be lost; one of them is the first test's. */
const kills = isLong ? 50 : 3;

describe("failover, rehearsed", function () {
  this.timeout((isLong ? 120 : 15) * 60_000);
  const bench = harness();
  let stack: SpecStack;
  let around: TerminalContext;
  const reports: RehearsalReport[] = [];

  before(async () => {
    stack = await bench.stackFor(
      "rehearsal",
      orders({
        instances: 3,
        failover: { rehearsal: { settleSeconds: 3, limits: { maxWriteGapMs: 60_000 } } },
      }),
    );
    await stack.up();
    around = await terminal(bench);
  });

  async function rehearse(kind: RehearsalKind): Promise<RehearsalReport> {
    const { namespace } = stack;
    const run = await pulumiCnpg(
      bench,
      "rehearse",
      "run",
      "orders",
      "--namespace",
      namespace,
      "--kind",
      kind,
    );
    assert.equal(run.exitCode, 0, run.stdout + run.stderr);
    const [report] = await rehearsalHistory(around.api, namespace, "orders");
    assert.ok(report !== undefined && !reports.some(({ id }) => id === report.id), run.stdout);
    assert.ok(run.stdout.includes(report.id), run.stdout);
    reports.push(report);
    const { writes, readOnlyReads } = report;
    bench.note(
      `${kind}: writes paused for ${writes?.gapMs} ms, read-only reads for ${readOnlyReads?.gapMs} ms, ${JSON.stringify(writes?.reasons)}, whole after ${report.wholeAfterSeconds} s`,
    );
    return report;
  }

  it("switches over", async () => {
    const report = await rehearse(RehearsalKind.Switchover);
    assert.equal(report.writes?.lost, 0);
    assert.notEqual(report.newPrimary, report.oldPrimary);
  });

  for (let i = 0; i < kills; i++)
    it(`kill ${i + 1}`, async () => {
      const report = await rehearse(RehearsalKind.Kill);
      assert.equal(report.writes?.lost, 0);
    });
});
