import * as assert from "node:assert/strict";
import { drillAlerts } from "../../../../src/backup/drill/alerts";
import { drillMetricPrefix, metricQuery } from "../../../../src/backup/drill/metric";
import { DrillOutcome, type DrillReport } from "../../../../src/backup/drill/report";

const report: DrillReport = {
  id: "drill-20261120T020000Z",
  instance: "o'rders",
  namespace: "shop",
  outcome: DrillOutcome.Succeeded,
  startedAt: "2026-11-20T02:00:00.000Z",
  finishedAt: "2026-11-20T02:01:00.900Z",
  rtoSeconds: 30.7,
  rpoSeconds: 0,
  bytes: 3000,
  bytesPerSecond: 98,
  checks: [],
};

interface Queries {
  pulumi_cnpg_drill: { query: string; metrics: Record<string, { usage: string }>[] };
}
const queriesOf = (text: string): Queries["pulumi_cnpg_drill"] =>
  (JSON.parse(text) as Queries).pulumi_cnpg_drill;

describe("the metric of drills", () => {
  it("is a query of constants whose columns are all declared", () => {
    const { query, metrics } = queriesOf(metricQuery(report, report));
    const finished = Date.parse("2026-11-20T02:01:00Z") / 1000;
    assert.equal(
      query,
      `SELECT 'o''rders' AS drilled_instance, 1 AS succeeded, ${finished} AS finished_at, ${finished} AS succeeded_at, 30.7 AS rto_seconds, 0 AS rpo_seconds, 3000 AS bytes, 98 AS bytes_per_second`,
    );
    const columns = [...query.matchAll(/ AS (\w+)/g)].map(([, name]) => name);
    assert.deepEqual(metrics.flatMap(Object.keys), columns);
  });

  it("keeps the figures of the last success when a drill failed", () => {
    const failed = {
      ...report,
      outcome: DrillOutcome.Failed,
      rtoSeconds: undefined,
      finishedAt: "2026-11-27T02:00:00.000Z",
    };
    const { query } = queriesOf(metricQuery(failed, report));
    assert.match(query, /0 AS succeeded, /);
    assert.match(query, /30\.7 AS rto_seconds/);
    assert.match(query, new RegExp(`${Date.parse("2026-11-20T02:01:00Z") / 1000} AS succeeded_at`));
  });

  it("has no figure that nothing is known of", () => {
    const failed = { ...report, outcome: DrillOutcome.Failed, rpoSeconds: undefined };
    assert.doesNotMatch(metricQuery(failed, undefined), /succeeded_at|rto_seconds|rpo_seconds|NaN|undefined/);
  });
});

describe("the alerts of drills", () => {
  const rule = drillAlerts(
    { name: "orders", namespace: "shop" },
    { maxAgeDays: 3 },
    { name: "orders-drills", namespace: "shop" },
  );
  const { groups } = rule.spec as { groups: { rules: { alert: string; expr: string; for: string }[] }[] };
  const rules = groups.flatMap(group => group.rules);

  it("tell of a failure, of staleness and of drills that never succeeded", () => {
    assert.deepEqual(
      rules.map(({ alert }) => alert),
      ["PostgresRestoreDrillFailed", "PostgresRestoreDrillStale", "PostgresRestoreDrillMissing"],
    );
    assert.match(rules[1]?.expr ?? "", /> 259200$/);
    assert.equal(rules[2]?.for, "3d");
  });

  it("ask for metrics that the query or CloudNativePG has", () => {
    const { metrics } = queriesOf(metricQuery(report, report));
    const own = metrics.flatMap(Object.keys).map(name => `${drillMetricPrefix}_${name}`);
    // CloudNativePG's exporter has this one by itself.
    const known = [...own, "cnpg_collector_up"];
    for (const { expr } of rules) {
      for (const [name] of expr.matchAll(/cnpg_\w+/g)) assert.ok(known.includes(name), name);
      assert.match(expr, /namespace="shop",drilled_instance="orders"/);
    }
  });
});
