import * as assert from "node:assert/strict";
import fc from "fast-check";
import {
  automaticFailovers,
  coolDownUntil,
  decisiveFailover,
  isFlapping,
} from "../../../src/failover/flapping";
import { defaultPolicy, policyOf, resolvePolicy } from "../../../src/failover/policy";
import type { FailoverStatus } from "../../../src/failover/status";

const minute = 60_000;
const times = fc.array(fc.integer({ min: 0, max: 500 * minute }), { maxLength: 12 });
const limit = fc.record({
  failovers: fc.integer({ min: 2, max: 6 }),
  withinMinutes: fc.integer({ min: 1, max: 300 }),
});
const clock = fc.integer({ min: 0, max: 600 * minute });

describe("flapping", () => {
  it("is so many failovers within so many minutes", () => {
    const three = { failovers: 3, withinMinutes: 60 };
    assert.equal(isFlapping([0, 10 * minute, 59 * minute], three, 59 * minute), true);
    assert.equal(isFlapping([0, 10 * minute, 61 * minute], three, 61 * minute), false);
    assert.equal(isFlapping([10 * minute, 59 * minute], three, 59 * minute), false);
  });

  it("is over when the oldest of them has left the window", () => {
    const three = { failovers: 3, withinMinutes: 60 };
    assert.equal(isFlapping([1, 2, 3], three, 60 * minute), true);
    assert.equal(isFlapping([1, 2, 3], three, 60 * minute + 1), false);
  });

  it("does not depend on the order, and no more failovers make it go away", () =>
    fc.assert(
      fc.property(times, limit, clock, fc.nat(500 * minute), (list, of, now, more) => {
        const is = isFlapping(list, of, now);
        assert.equal(isFlapping([...list].reverse(), of, now), is);
        if (is) assert.ok(isFlapping([...list, more], of, now));
      }),
    ));

  it("counts no failover of the future", () =>
    fc.assert(
      fc.property(times, limit, clock, (list, of, now) => {
        const past = list.filter(time => time <= now);
        assert.equal(isFlapping(list, of, now), isFlapping(past, of, now));
      }),
    ));

  it("is told the same by the one time of the metric", () =>
    fc.assert(
      fc.property(times, limit, clock, (list, of, wait) => {
        const now = Math.max(0, ...list) + wait;
        const decisive = decisiveFailover(list, of);
        const told = decisive !== undefined && now - decisive < of.withinMinutes * minute;
        assert.equal(told, isFlapping(list, of, now));
      }),
    ));

  it("goes by completed automatic failovers only", () => {
    const status = (more: object): FailoverStatus =>
      ({
        origin: "automatic",
        mode: "forced",
        state: "completed",
        startedAt: "2026-01-01T00:00:00Z",
        completedAt: "2026-01-01T00:00:20Z",
        ...more,
      }) as FailoverStatus;
    const history = [
      status({}),
      status({ origin: "requested" }),
      status({ origin: "rehearsed" }),
      status({ mode: "planned" }),
      status({ state: "failed" }),
      status({ completedAt: "2026-01-01T01:00:00Z" }),
    ];
    assert.deepEqual(
      automaticFailovers(history).map(time => new Date(time).toISOString()),
      ["2026-01-01T01:00:00.000Z", "2026-01-01T00:00:20.000Z"],
    );
  });
});

describe("cool-down", () => {
  it("lasts so long after the last failover, and not at all when there is none", () =>
    fc.assert(
      fc.property(fc.nat(), fc.nat(86_400), fc.nat(), (last, coolDownSeconds, wait) => {
        const until = coolDownUntil(last, { coolDownSeconds }, last + wait);
        const end = last + coolDownSeconds * 1000;
        assert.equal(until, last + wait < end ? end : undefined);
        assert.equal(coolDownUntil(undefined, { coolDownSeconds }, wait), undefined);
      }),
    ));
});

describe("the policy of an instance", () => {
  const of = (text?: string) =>
    policyOf({ annotations: text === undefined ? {} : { "cnpg.pulumi.com/failover-policy": text } });

  it("has defaults for what is not said", () => {
    assert.deepEqual(resolvePolicy(), {
      flapping: { failovers: 3, withinMinutes: 60, fence: false },
      coolDownSeconds: 0,
    });
    assert.deepEqual(of('{"flapping":{"fence":true}}')?.flapping, {
      failovers: 3,
      withinMinutes: 60,
      fence: true,
    });
  });

  it("is none on a Cluster that does not serve, and the default when it is illegible", () => {
    assert.equal(of(), undefined);
    assert.deepEqual([of("x"), of("7")], [defaultPolicy, defaultPolicy]);
  });
});
