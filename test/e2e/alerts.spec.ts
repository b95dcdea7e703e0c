import * as assert from "node:assert/strict";
import { drillAlerts } from "../../src/backup/drill/alerts";
import { type AlertedInstance, type AlertGroup, failoverAlertGroup } from "../../src/failover/alerts";
import { defaultPolicy } from "../../src/failover/policy";
import type { AlertRule } from "../../src/proof-alerts";
import { rehearsalAlertRules } from "../../src/rehearsal/alerts";
import { replicaAlertGroup } from "../../src/replica/alerts";
import { checkRules, ensurePromtool, longestFetchMs, missingPromtool, testRules } from "../promtool";
import { skip } from "../skip";
import { allowedDays, type Fired, replica, type Scene, scenes, watched } from "./alert-scenes";

function groupsOf(instance: AlertedInstance): AlertGroup[] {
  const metadata = { name: "x", namespace: instance.namespace };
  const rehearsals = {
    name: "rehearsals",
    rules: rehearsalAlertRules(instance, { schedule: "weekly Sunday 04:00", maxAgeDays: allowedDays }),
  };
  const { spec } = drillAlerts(instance, { maxAgeDays: allowedDays }, metadata);
  return [
    failoverAlertGroup(instance, defaultPolicy),
    rehearsals,
    replicaAlertGroup(replica, instance),
    ...(spec as { groups: AlertGroup[] }).groups,
  ];
}

const groups = groupsOf({ ...watched, synchronous: { number: 1 } });
const rulesOf = (all: readonly AlertGroup[]): AlertRule[] => all.flatMap(group => group.rules);

/** The name in a moment may have a second word, where a rule fires more than once. */
const alertOf = (key: string): string => key.split(" ")[0] ?? key;

function expected(rule: AlertRule, { labels, filled = {} }: Fired): object {
  const summary = Object.entries(filled).reduce(
    (text, [place, value]) => text.replace(place, value),
    rule.annotations.summary ?? "",
  );
  return {
    exp_labels: { namespace: watched.namespace, ...rule.labels, ...labels },
    exp_annotations: { summary },
  };
}

/** Every alert is looked at in every moment. */
function testOf({ title, step = "1m", series, moments }: Scene, of: AlertRule[]): object {
  const values = Object.assign({}, ...series) as Record<string, string>;
  return {
    name: title,
    interval: step,
    input_series: Object.entries(values).map(([name, values]) => ({ series: name, values })),
    alert_rule_test: Object.entries(moments).flatMap(([time, firing]) =>
      of.map(rule => ({
        eval_time: time,
        alertname: rule.alert,
        exp_alerts: Object.entries(firing)
          .filter(([key]) => alertOf(key) === rule.alert)
          .map(([, fired]) => expected(rule, fired)),
      })),
    ),
  };
}

// Needs no cluster, so that it joins no run.
describe("alerts, evaluated by Prometheus", function () {
  this.timeout(30_000);
  let promtool: string;

  before("find promtool", async function () {
    this.timeout(longestFetchMs + 30_000);
    const reason = missingPromtool();
    if (reason !== undefined) skip(this, reason);
    promtool = await ensurePromtool();
  });

  const play = (scene: Scene): Promise<void> => {
    const { step = "1m", synchronous } = scene;
    const of = synchronous === undefined ? groups : groupsOf({ ...watched, synchronous });
    return testRules(promtool, of, { evaluation_interval: step, tests: [testOf(scene, rulesOf(of))] });
  };

  it("are rules that Prometheus takes, with everything and with nothing that an instance may have", async () => {
    await checkRules(promtool, groups);
    await checkRules(promtool, groupsOf({ ...watched, maxLagBytes: undefined, hibernated: true }));
  });

  it("each fire in a scene, and not in another moment of it", () => {
    const proved = scenes.flatMap(({ moments }) => {
      const all = Object.values(moments).map(firing => Object.keys(firing).map(alertOf));
      return all.flat().filter(alert => all.some(firing => !firing.includes(alert)));
    });
    assert.deepEqual(
      [...new Set(proved)].sort(),
      rulesOf(groups)
        .map(({ alert }) => alert)
        .sort(),
    );
  });

  for (const scene of scenes) it(`tell when ${scene.title}`, () => play(scene));
});
