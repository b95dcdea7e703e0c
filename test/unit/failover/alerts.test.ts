import * as assert from "node:assert/strict";
import { readDecisions, withDecision } from "../../../src/failover/decision";
import { failoverAlertGroup } from "../../../src/failover/alerts";
import { defaultPolicy } from "../../../src/failover/policy";
import { watchMetric } from "../../../src/failover/watch-metric";

const instance = { name: "orders", namespace: "shop", clusterName: "orders-g2" };

const rulesOf = (more: object = {}, policy = defaultPolicy): Record<string, string> => {
  const { rules } = failoverAlertGroup({ ...instance, ...more }, policy);
  return Object.fromEntries(rules.map(({ alert, expr }) => [alert, expr]));
};

describe("alerts of failovers", () => {
  it("go by the servers of the generation that serves, whatever they are numbered", () => {
    const rules = rulesOf();
    assert.deepEqual(Object.keys(rules), [
      "PostgresNoServer",
      "PostgresNoStandby",
      "PostgresNoEligibleStandby",
      "PostgresAutomaticFailover",
      "PostgresFailoverFlapping",
      "PostgresPrimaryNotReplaced",
      "PostgresMaintenanceTooLong",
    ]);
    assert.match(rules.PostgresNoStandby ?? "", /namespace="shop",pod=~"orders-g2-\[0-9\]\+"/);
    assert.match(rules.PostgresFailoverFlapping ?? "", /flapping_at\{.*\}\) < 3600$/);
  });

  it("know a limit of lag, synchronous standbys and another limit of failovers", () => {
    const rules = rulesOf(
      { maxLagBytes: 1000, synchronous: { number: 2, standbyNamesPost: ["far-1"] } },
      { ...defaultPolicy, flapping: { failovers: 2, withinMinutes: 5, fence: false } },
    );
    assert.match(rules.PostgresReplicationLag ?? "", /> 1000$/);
    assert.match(rules.PostgresNoEligibleStandby ?? "", / <= 1000\)$/);
    assert.match(
      rules.PostgresSynchronousStandbyMissing ?? "",
      /application_name=~"orders-g2-\[0-9\]\+\|far-1".* < 2$/,
    );
    assert.match(rules.PostgresFailoverFlapping ?? "", / < 300$/);
  });

  it("expect no server of an instance that sleeps", () => {
    assert.ok(!("PostgresNoServer" in rulesOf({ hibernated: true })));
  });

  it("ask only for metrics that the watch writes", () => {
    const figures = { failoverAt: 1, flappingAt: 2, maintenanceSince: 3, standstillSince: 4 };
    const written = Object.keys(JSON.parse(watchMetric("orders", figures)) as Record<string, object>);
    const names = JSON.stringify(JSON.parse(watchMetric("orders", figures)));
    for (const expr of Object.values(rulesOf())) {
      const asked = /cnpg_(pulumi_cnpg_failover_watch)_(\w+)\{/.exec(expr);
      if (asked === null) continue;
      assert.ok(written.includes(asked[1] ?? "") && names.includes(`"${asked[2]}"`), expr);
    }
  });
});

describe("the metric of the watch", () => {
  it("has what is known, and no query when nothing is", () => {
    assert.equal(watchMetric("orders", {}), "{}");
    const { pulumi_cnpg_failover_watch: query } = JSON.parse(watchMetric("o'rders", { maintenanceSince: 7 }));
    assert.equal(query.query, "SELECT 'o''rders' AS watched_instance, 7 AS maintenance_since");
    assert.deepEqual(
      query.metrics.map((metric: object) => Object.keys(metric)[0]),
      ["watched_instance", "maintenance_since"],
    );
  });
});

describe("decisions against a failover", () => {
  const decision = (at: string, more: object = {}) =>
    ({
      at,
      cluster: "orders-g1",
      primary: "orders-g1-1",
      kind: "maintenance",
      reason: "x",
      ...more,
    }) as never;

  it("are kept, newest first, and end where they began", () => {
    const list = withDecision(withDecision([], decision("2026-01-01")), decision("2026-01-02"));
    const ended = withDecision(list, decision("2026-01-01", { until: "2026-01-03" }));
    assert.deepEqual(
      ended.map(({ at, until }) => [at, until]),
      [
        ["2026-01-02", undefined],
        ["2026-01-01", "2026-01-03"],
      ],
    );
    const many = Array.from({ length: 30 }, (_, i) => decision(`2026-02-${10 + i}`)).reduce(
      withDecision,
      [] as never,
    );
    assert.equal((many as unknown[]).length, 20);
  });

  it("that somebody made illegible are left out", () => {
    assert.deepEqual(readDecisions("x"), []);
    assert.equal(
      readDecisions([decision("2026-01-01"), { at: 7 }, decision("2026-01-01", { kind: "unknown" })]).length,
      1,
    );
  });
});
