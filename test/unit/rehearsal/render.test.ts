import * as assert from "node:assert/strict";
import { rehearsalAlertRules } from "../../../src/rehearsal/alerts";
import { rehearsalAnnouncement } from "../../../src/rehearsal/announce";
import {
  rehearsalCron,
  rehearsalDeadline,
  rehearsalRequest,
  rehearsalSeed,
} from "../../../src/rehearsal/render";
import { resolveRehearsal, staleAfterDays } from "../../../src/rehearsal/resolve";

const orders = { name: "orders", namespace: "shop", hibernated: false };
const seed = rehearsalSeed(orders);

describe("rehearsals with their defaults", () => {
  it("switch over where there is a standby, and kill where there is none", () => {
    assert.deepEqual(resolveRehearsal({}, 3), {
      kind: "switchover",
      via: "primary",
      intervalMs: 10,
      settleSeconds: 10,
      timeoutSeconds: 600,
      history: 10,
      limits: { maxLostWrites: 0 },
    });
    assert.equal(resolveRehearsal({}, 1).kind, "kill");
  });

  it("are told to the Job with the names of the endpoints", () => {
    const endpoints = {
      instances: 3,
      readOnlyHost: "orders-ro.shop.svc",
      poolerHost: "orders-pooler.shop.svc",
    };
    const request = rehearsalRequest(endpoints, { limits: { maxWriteGapMs: 9000 }, timeoutSeconds: 120 });
    assert.equal(request.readOnlyHost, "orders-ro.shop.svc");
    assert.equal(request.poolerHost, "orders-pooler.shop.svc");
    assert.deepEqual(request.limits, { maxLostWrites: 0, maxWriteGapMs: 9000 });
    assert.equal(rehearsalDeadline(request), 300);
  });
});

describe("the schedule of rehearsals", () => {
  it("is that of a CronJob, and suspended where nothing may run", () => {
    const when = { schedule: "0 4 1 * *", timeZone: "Europe/Berlin" };
    assert.deepEqual(rehearsalCron(orders, when), {
      schedule: "0 4 1 * *",
      timeZone: "Europe/Berlin",
      suspend: false,
      startingDeadlineSeconds: 600,
    });
    assert.equal(rehearsalCron(orders, { ...when, suspend: true }).suspend, true);
    assert.equal(rehearsalCron({ ...orders, hibernated: true }, when).suspend, true);
    assert.equal(rehearsalCron(orders, {}).suspend, true);
  });

  it("is said with the next three runs", () => {
    const now = new Date("2026-11-20T12:00:00Z");
    assert.equal(
      rehearsalAnnouncement(orders, { schedule: "0 4 1 * *" }, now),
      "failover.rehearsal runs at 04:00 UTC on day 1 of every month; next: 2026-12-01 04:00, 2027-01-01 04:00, 2027-02-01 04:00.",
    );
    assert.equal(
      rehearsalAnnouncement(orders, {}, now),
      "failover.rehearsal has no schedule: rehearsals run on demand only.",
    );
    assert.equal(
      rehearsalAnnouncement(orders, { schedule: "0 4 1 * *", suspend: true }, now),
      "failover.rehearsal is suspended.",
    );
    assert.equal(
      rehearsalAnnouncement({ ...orders, hibernated: true }, { schedule: "0 4 1 * *" }, now),
      "failover.rehearsal is suspended while instance orders is hibernated.",
    );
  });

  it("is stale after twice the longest time between two runs, unless something else is said", () => {
    assert.equal(staleAfterDays({ schedule: "0 4 1 * *" }, seed), 62);
    assert.equal(staleAfterDays({ schedule: "weekly Sunday 04:00" }, seed), 14);
    assert.equal(staleAfterDays({ schedule: "0 * * * *" }, seed), 1);
    assert.equal(staleAfterDays({ schedule: "0 4 1 * *", maxAgeDays: 40 }, seed), 40);
    assert.equal(staleAfterDays({}, seed), undefined);
  });
});

describe("alerts of rehearsals", () => {
  it("are of the last one that failed, and of a schedule without success", () => {
    const rules = rehearsalAlertRules(orders, { schedule: "weekly Sunday 04:00" });
    assert.deepEqual(
      rules.map(({ alert, expr, for: period }) => [alert, expr, period]),
      [
        [
          "PostgresRehearsalFailed",
          'max by (namespace, rehearsed_instance) (cnpg_pulumi_cnpg_rehearsal_succeeded{namespace="shop",rehearsed_instance="orders"}) == 0',
          "1m",
        ],
        [
          "PostgresRehearsalStale",
          'time() - max by (namespace, rehearsed_instance) (cnpg_pulumi_cnpg_rehearsal_succeeded_at{namespace="shop",rehearsed_instance="orders"}) > 1209600',
          "10m",
        ],
        [
          "PostgresRehearsalMissing",
          'absent(cnpg_pulumi_cnpg_rehearsal_succeeded_at{namespace="shop",rehearsed_instance="orders"}) and on (namespace) (max_over_time(cnpg_collector_up{namespace="shop",pod=~"orders-g[0-9]+-[0-9]+"}[1d]) == 1)',
          "14d",
        ],
      ],
    );
  });

  it("never call rehearsals stale that run on demand only", () => {
    assert.deepEqual(
      rehearsalAlertRules(orders, {}).map(({ alert }) => alert),
      ["PostgresRehearsalFailed"],
    );
  });
});
