import * as assert from "node:assert/strict";
import fc from "fast-check";
import type { ClusterObject } from "../../../src/cnpg";
import {
  type ClusterView,
  hasChanged,
  primaryServes,
  seenOf,
  standstillOf,
  viewOf,
} from "../../../src/failover/observation";
import { type Revival, revivalAnnotations, revivalOf, revivalStep } from "../../../src/failover/revival";
import type { Suspension } from "../../../src/failover/suspension";

const well: ClusterView = {
  cluster: "orders-g1",
  primary: "orders-g1-1",
  target: "orders-g1-1",
  primarySince: "2026-01-01T00:00:00Z",
  timeline: 1,
  healthy: ["orders-g1-1", "orders-g1-2", "orders-g1-3"],
  fenced: [],
  failoverDelay: 0,
  needsQuorum: false,
};
const failed = { ...well, healthy: ["orders-g1-2", "orders-g1-3"] };
const maintenance: Suspension = {
  maintenance: { since: "2026-01-01T00:00:00Z", reason: "disks" },
  delay: 100,
  before: {},
};

describe("a view of a Cluster", () => {
  const cluster = (annotations: Record<string, string>, more: object = {}): ClusterObject => ({
    metadata: { name: "orders-g1", annotations },
    spec: { instances: 3, failoverDelay: 100, ...more },
    status: {
      currentPrimary: "orders-g1-1",
      targetPrimary: "orders-g1-1",
      instancesStatus: { healthy: ["orders-g1-2"] },
    },
  });
  const suspended = { "cnpg.pulumi.com/failover-suspended": JSON.stringify(maintenance) };

  it("has a suspension only while it holds", () => {
    assert.deepEqual(viewOf(cluster(suspended)).suspension, maintenance);
    assert.equal(viewOf(cluster(suspended, { failoverDelay: 99 })).suspension, undefined);
  });

  it("does not count the fence that the watch itself holds for a moment", () => {
    const fence = { "cnpg.io/fencedInstances": '["orders-g1-1","orders-g1-3"]' };
    const revival = { "cnpg.pulumi.com/revival": '{"primary":"orders-g1-1","since":"2026-01-01T00:00:00Z"}' };
    assert.deepEqual(viewOf(cluster(fence)).fenced, ["orders-g1-1", "orders-g1-3"]);
    assert.deepEqual(viewOf(cluster({ ...fence, ...revival })).fenced, ["orders-g1-3"]);
    assert.deepEqual(viewOf(cluster({ "cnpg.io/fencedInstances": "x" })).fenced, []);
  });
});

describe("a change of the primary", () => {
  it("is another server, or the same one again, and not another Cluster", () => {
    const seen = seenOf(well);
    assert.ok(seen);
    assert.equal(hasChanged(seen, seen), false);
    assert.equal(hasChanged(seen, { ...seen, timeline: 2 }), false);
    assert.equal(hasChanged(seen, { ...seen, primary: "orders-g1-2" }), true);
    assert.equal(hasChanged(seen, { ...seen, since: "2026-01-01T00:10:00Z" }), true);
    assert.equal(hasChanged(seen, { ...seen, cluster: "orders-g2", primary: "orders-g2-1" }), false);
  });
});

describe("a failed primary that is not replaced", () => {
  const cases: [string, ClusterView, object | undefined, string, RegExp][] = [
    [
      "no standby is ready",
      { ...failed, healthy: [] },
      undefined,
      "noEligibleStandby",
      /no standby is ready/,
    ],
    [
      "those that are ready are fenced",
      { ...failed, fenced: ["orders-g1-2", "orders-g1-3"] },
      undefined,
      "noEligibleStandby",
      /./,
    ],
    ["it is fenced", { ...well, fenced: ["orders-g1-1"] }, undefined, "fenced", /on purpose/],
    ["all are fenced", { ...well, fenced: ["*"] }, undefined, "fenced", /on purpose/],
    [
      "somebody works on it",
      { ...failed, suspension: maintenance },
      undefined,
      "maintenance",
      /until somebody ends the maintenance: disks/,
    ],
    [
      "there has just been one",
      { ...failed, suspension: { coolDown: { since: "a", until: "b" }, delay: 1, before: {} } },
      undefined,
      "coolDown",
      /failover at a.*until b/,
    ],
    ["it is given time", { ...failed, failoverDelay: 30 }, undefined, "delayed", /given 30 s/],
    ["a volume is full", { ...failed, phase: "Not enough disk space" }, undefined, "diskFull", /full/],
    [
      "a standby does not take over",
      { ...failed, target: "orders-g1-2" },
      undefined,
      "stalled",
      /orders-g1-2 was to take over/,
    ],
    [
      "no quorum is there",
      { ...failed, healthy: ["orders-g1-2"], needsQuorum: true },
      { standbyNames: ["orders-g1-2", "orders-g1-3"], standbyNumber: 1 },
      "noQuorum",
      /of 2 standbys .* 1 can be promoted, and 2 are needed/,
    ],
    ["nobody knows the quorum", { ...failed, needsQuorum: true }, {}, "noQuorum", /had not said yet/],
    ["nobody knows why", failed, undefined, "undecided", /has not begun a failover/],
  ];
  for (const [why, view, quorum, kind, reason] of cases) {
    it(`is told when ${why}`, () => {
      const standstill = standstillOf(view, 1000, quorum);
      assert.equal(standstill?.kind, kind);
      assert.match(standstill?.reason ?? "", reason);
      assert.ok((standstill?.remedy ?? "").endsWith("."));
    });
  }

  it("is not told while CloudNativePG may still be about to act", () => {
    assert.equal(standstillOf(failed, 59), undefined);
    assert.equal(standstillOf({ ...failed, healthy: [] }, 19), undefined);
    assert.equal(standstillOf({ ...failed, target: "orders-g1-2" }, 119), undefined);
    assert.equal(standstillOf({ ...failed, suspension: maintenance }, 0)?.kind, "maintenance");
  });

  it("goes by the rule of the operator: R + W > N", () => {
    const standbys = ["orders-g1-2", "orders-g1-3", "orders-g1-4", "orders-g1-5"];
    fc.assert(
      fc.property(
        fc.subarray(standbys, { minLength: 1 }),
        fc.subarray(standbys, { minLength: 1 }),
        fc.integer({ min: 1, max: 4 }),
        (healthy, names, number) => {
          const view = { ...failed, healthy, needsQuorum: true };
          const kind = standstillOf(view, 1000, { standbyNames: names, standbyNumber: number })?.kind;
          const reachable = names.filter(name => healthy.includes(name)).length;
          assert.equal(kind, reachable + number > names.length ? "undecided" : "noQuorum");
        },
      ),
    );
  });

  it("is told of exactly the primaries that do not serve", () => {
    const names = ["orders-g1-1", "orders-g1-2"];
    fc.assert(
      fc.property(
        fc.record({
          healthy: fc.subarray(names),
          fenced: fc.subarray([...names, "*"]),
          target: fc.constantFrom(...names),
          failoverDelay: fc.nat(9),
        }),
        change => {
          const view = { ...well, ...change };
          assert.equal(standstillOf(view, 1000) === undefined, primaryServes(view));
        },
      ),
    );
  });
});

describe("bringing back a primary without a pod", () => {
  const now = new Date("2026-01-01T12:00:00Z");
  const held = { ...failed, suspension: maintenance };
  const revival: Revival = { primary: "orders-g1-1", since: "2026-01-01T11:59:30Z" };

  it("fences it while failover is held back, and lifts the fence when there is a pod", () => {
    assert.equal(revivalStep(held, undefined, false, now), "fence");
    assert.equal(revivalStep(held, revival, false, now), undefined);
    assert.equal(revivalStep(held, revival, true, now), "lift");
  });

  it("never fences a primary that has a pod, nor one that CloudNativePG replaces", () => {
    assert.equal(revivalStep(held, undefined, true, now), undefined);
    assert.equal(revivalStep(failed, undefined, false, now), undefined);
    assert.equal(revivalStep({ ...held, target: "orders-g1-2" }, undefined, false, now), undefined);
  });

  it("leaves fences of others and full volumes alone", () => {
    assert.equal(revivalStep({ ...held, fenced: ["*"] }, undefined, false, now), undefined);
    assert.equal(revivalStep({ ...held, phase: "Not enough disk space" }, undefined, false, now), undefined);
  });

  it("always lifts its fence in the end", () => {
    const late = new Date("2026-01-01T12:02:00Z");
    assert.equal(revivalStep(held, revival, false, late), "lift");
    assert.equal(revivalStep(failed, revival, false, now), "lift");
    assert.equal(revivalStep({ ...held, primary: "orders-g1-2" }, revival, false, now), "lift");
  });

  it("changes no other fence", () => {
    const fenced = revivalAnnotations("fence", "orders-g1-1", ["orders-g1-3"], now);
    assert.equal(fenced["cnpg.io/fencedInstances"], '["orders-g1-3","orders-g1-1"]');
    assert.deepEqual(revivalOf({ annotations: fenced as Record<string, string> }), {
      primary: "orders-g1-1",
      since: now.toISOString(),
    });
    assert.deepEqual(revivalAnnotations("lift", "orders-g1-1", ["orders-g1-3"], now), {
      "cnpg.io/fencedInstances": '["orders-g1-3"]',
      "cnpg.pulumi.com/revival": null,
    });
    assert.equal(revivalAnnotations("lift", "orders-g1-1", [], now)["cnpg.io/fencedInstances"], null);
  });
});
