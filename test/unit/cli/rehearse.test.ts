import * as assert from "node:assert/strict";
import { rehearseHistory, rehearseRun } from "../../../src/cli/commands/rehearse";
import { type Outcome, run } from "../../../src/cli/main";
import type { RehearsalReport } from "../../../src/rehearsal/report";
import { addInstance } from "../operations/backup-fixtures";
import { type AskedJob, InstantJobs, surroundings } from "./fake-cluster";

const layout = { width: 110, colour: false };
const target = { namespace: "shop", instance: "orders" };

const cli = (...args: string[]): Promise<Outcome> =>
  run(args, {
    env: { KUBECONFIG: "/nowhere/kubeconfig" },
    layout,
    progress: { write: () => undefined, every: () => () => undefined },
  });

const latencyMs = { median: 1.4, p95: 4.8, p99: 12.2, max: 63.1 };
const report: RehearsalReport = {
  ...{ id: "rehearsal-20261128T101500Z", ...target, outcome: "succeeded", kind: "kill", via: "primary" },
  ...{ startedAt: "2026-11-28T10:15:00Z", finishedAt: "2026-11-28T10:15:41.5Z" },
  limits: { maxLostWrites: 0, maxWriteGapMs: 9000 },
  intervalMs: 10,
  ...{ oldPrimary: "orders-g1-1", newPrimary: "orders-g1-2", actedAt: "2026-11-28T10:15:04.2Z" },
  failoverId: "failover-20261128T101504Z",
  wholeAfterSeconds: 17.3,
  baseline: { acknowledged: 301, gapMs: 31.2, latencyMs },
  writes: {
    ...{ acknowledged: 2412, failedStatements: 2, inDoubt: 2, failedConnections: 41 },
    reasons: { ECONNREFUSED: 40, noAnswer: 2, "57P03": 1 },
    ...{ gapMs: 5423.4, gapBegan: "2026-11-28T10:15:04.19Z", gapEnded: true, latencyMs },
    ...{ lost: 0, lostIds: [], inDoubtFound: 1 },
  },
  reads: {
    ...{ acknowledged: 2420, failedStatements: 0, failedConnections: 41, reasons: { ECONNREFUSED: 41 } },
    ...{ gapMs: 5401, gapBegan: "2026-11-28T10:15:04.19Z", gapEnded: true, latencyMs },
  },
  readOnlyReads: {
    ...{ acknowledged: 3020, failedStatements: 0, failedConnections: 0, reasons: {} },
    ...{ gapMs: 74.4, gapBegan: "2026-11-28T10:15:09Z", gapEnded: true, latencyMs },
  },
};
const failed: RehearsalReport = {
  ...report,
  ...{ id: "rehearsal-20261127T101500Z", kind: "switchover", outcome: "failed" },
  reason: "2 acknowledged writes are lost; at most 0 are allowed.",
  writes: { ...(report.writes as NonNullable<RehearsalReport["writes"]>), lost: 2, lostIds: [307, 308] },
};

/** The instance `shop/orders`, whose rehearsals leave this. */
function cluster(answer: (job: AskedJob, api: InstantJobs) => object | Error): InstantJobs {
  const api = new InstantJobs(answer);
  addInstance(api);
  api.addTemplate("orders-failover", "failover");
  return api;
}

describe("rehearse", () => {
  it("runs one from the template of failovers and prints gap, failed statements and lost rows", async () => {
    const api = cluster(() => report);
    const result = await rehearseRun({ ...target, kind: "kill" }, layout, surroundings(api));
    assert.equal(result.exitCode, 0);
    assert.deepEqual([api.asked[0]?.operation, api.asked[0]?.request.kind], ["rehearse", "kill"]);
    const { text } = result;
    assert.match(text, /^shop\/orders, rehearsal-20261128T101500Z: succeeded\n/);
    assert.match(text, /^primary +orders-g1-1 to orders-g1-2, at 2026-11-28T10:15:04Z$/m);
    assert.match(text, /^write gap +5\.42 s$/m);
    assert.match(text, /^failed statements +2, 2 in doubt, of which 1 had been committed$/m);
    assert.match(text, /^lost rows +0 of 2713 acknowledged$/m);
    assert.match(text, /^limits +maxLostWrites 0, maxWriteGapMs 9000$/m);
    assert.match(text, /^whole again +after 17 s$/m);
    assert.match(text, /^before +301 +31 ms +1\.4 ms +12 ms +63 ms$/m);
    assert.match(text, /^writes +2412 +5\.42 s .* 40 × ECONNREFUSED, 2 × noAnswer, 1 × 57P03$/m);
    assert.match(text, /^reads, read-only +3020 +74 ms +1\.4 ms +12 ms +63 ms$/m);
    assert.ok(text.split("\n").every(line => line.length <= 110));
  });

  it("ends with 1 and the report when a limit is broken", async () => {
    const api = cluster((_, self) => {
      self.addRecord("orders-rehearsals", { "history.json": [failed] });
      return new Error(`Rehearsal ${failed.id}: ${failed.reason}`);
    });
    const { exitCode, text, json } = await rehearseRun(target, layout, surroundings(api));
    assert.equal(exitCode, 1);
    assert.match(text, /: failed\n\n2 acknowledged writes are lost; at most 0 are allowed\.\n/);
    assert.match(text, /^lost rows +2 of 2713 acknowledged \(307, 308\)$/m);
    assert.deepEqual(json, failed);
  });

  it("fails with the reason when it was refused", async () => {
    const api = cluster(() => new Error("2 of 3 instances of shop/orders are ready."));
    api.addRecord("orders-rehearsals", { "history.json": [failed] });
    await assert.rejects(
      rehearseRun(target, layout, surroundings(api)),
      /^Error: 2 of 3 instances of shop\/orders are ready\./,
    );
  });

  it("looks back at them, and at one of them", async () => {
    const api = cluster(() => ({}));
    assert.match((await rehearseHistory(target, layout, surroundings(api))).text, /was never rehearsed/);
    api.addRecord("orders-rehearsals", { "history.json": [report, failed] });
    const { text } = await rehearseHistory(target, layout, surroundings(api));
    assert.match(text, /^rehearsal-20261128T101500Z +kill +succeeded +5\.42 s +74 ms +2 +0$/m);
    assert.match(
      text,
      /^rehearsal-20261127T101500Z +switchover +failed +5\.42 s +74 ms +2 +2 +2 acknowledged/m,
    );
    const one = await rehearseHistory({ ...target, id: failed.id }, layout, surroundings(api));
    assert.deepEqual(one.json, failed);
    await assert.rejects(
      rehearseHistory({ ...target, id: "x" }, layout, surroundings(api)),
      /keeps no report of a rehearsal x\. There are rehearsal-20261128T101500Z, rehearsal-20261127T101500Z\./,
    );
  });

  it("says that a gap had no end, and that nobody knows what is lost", async () => {
    const writes = { ...(report.writes as NonNullable<RehearsalReport["writes"]>), gapEnded: false };
    delete writes.lost;
    const broken = { ...report, writes };
    const { text } = await rehearseRun(target, layout, surroundings(cluster(() => broken)));
    assert.match(text, /^write gap +> 5\.42 s$/m);
    assert.match(text, /^lost rows +not known: the table could not be read$/m);
  });

  it("has help with examples that fits, reaches for the cluster, and refuses words that are none", async () => {
    for (const verb of ["rehearse run", "rehearse history"]) {
      const { stdout, exitCode } = await cli(...verb.split(" "), "--help");
      assert.equal(exitCode, 0);
      assert.match(stdout, new RegExp(`\\nExamples:\\n {2}pulumi-cnpg ${verb} `));
      assert.ok(stdout.split("\n").every(line => line.length <= 100));
      assert.match((await cli(...verb.split(" "), "orders")).stderr, /no kubeconfig/);
    }
    const wrong = await cli("rehearse", "run", "orders", "--kind", "restart");
    assert.equal(wrong.exitCode, 2);
    assert.match(wrong.stderr, /Allowed choices are switchover, kill/);
  });
});
