import * as assert from "node:assert/strict";
import fc from "fast-check";
import { planAddition, planRemoval, type ServerSet } from "../../../src/standby/change";
import { addedByScaleUp, removedByScaleDown, type ScalingPod } from "../../../src/standby/scaling";

const pod = (serial: number, more: Partial<ScalingPod> = {}): ScalingPod => ({
  name: `orders-g1-${serial}`,
  serial,
  ready: true,
  active: true,
  primary: serial === 1,
  ...more,
});

const names = (...serials: number[]): string[] => serials.map(serial => `orders-g1-${serial}`);

describe("a scale-down", () => {
  it("takes the standby with the highest number, by number and not by name", () => {
    const serials = Array.from({ length: 11 }, (_, i) => i + 1);
    assert.deepEqual(
      removedByScaleDown(
        names(...serials),
        serials.map(s => pod(s)),
        2,
      ),
      names(11, 10),
    );
  });

  it("never takes the primary", () => {
    const pods = [pod(1, { primary: false }), pod(2), pod(3, { primary: true })];
    assert.deepEqual(removedByScaleDown(names(1, 2, 3), pods, 1), names(2));
  });

  it("takes one without a pod before all others, and passes over one that is not ready", () => {
    assert.deepEqual(removedByScaleDown(names(1, 2, 3), [pod(1), pod(3)], 2), names(2, 3));
    assert.deepEqual(
      removedByScaleDown(names(1, 2, 3), [pod(1), pod(2), pod(3, { ready: false })], 2),
      names(2),
    );
  });

  it("takes as many as asked for while there are, none twice, and never the primary", () =>
    fc.assert(
      fc.property(
        fc.uniqueArray(fc.integer({ min: 1, max: 99 }), { minLength: 1, maxLength: 9 }),
        fc.nat(9),
        fc.nat(12),
        (serials, which, count) => {
          const primary = serials[which % serials.length];
          const pods = serials.map(serial => pod(serial, { primary: serial === primary }));
          const removed = removedByScaleDown(names(...serials), pods, count);
          assert.equal(removed.length, Math.min(count, serials.length - 1));
          assert.equal(new Set(removed).size, removed.length);
          assert.ok(!removed.includes(`orders-g1-${primary}`));
        },
      ),
    ));
});

describe("a scale-up", () => {
  it("fills the gaps first", () =>
    assert.deepEqual(addedByScaleUp("orders-g1", names(1, 3, 4), 3), names(2, 5, 6)));
});

const set = (more: Partial<ServerSet> = {}): ServerSet => ({
  instance: "orders",
  cluster: "orders-g1",
  declared: 3,
  live: 3,
  instanceNames: names(1, 2, 3),
  pods: [pod(1), pod(2), pod(3)],
  hibernated: false,
  ...more,
});

describe("planning another number of standbys", () => {
  it("names those that come and those that go", () => {
    const addition = planAddition(set(), 2);
    assert.deepEqual([addition.from, addition.to, addition.added], [3, 5, names(4, 5)]);
    const removal = planRemoval(set(), 1);
    assert.deepEqual([removal.to, removal.removed, removal.refused], [2, names(3), []]);
  });

  const refusals: [string, Partial<ServerSet>, number, string | undefined, RegExp][] = [
    ["the primary itself", {}, 3, undefined, /would have 0 servers/],
    [
      "another standby than the one that would go",
      {},
      1,
      "orders-g1-2",
      /remove orders-g1-3 and keep orders-g1-2/,
    ],
    [
      "a synchronous standby",
      { synchronous: { method: "any", number: 1 } },
      1,
      undefined,
      /1 standby must confirm each commit, and 1 would be left, and with dataDurability required/,
    ],
    [
      "the last synchronous standby",
      { synchronous: { method: "any", number: 1, dataDurability: "preferred" } },
      2,
      undefined,
      /and 0 would be left\.$/,
    ],
    [
      "a quorum",
      { synchronous: { method: "any", number: 1, failoverQuorum: true, dataDurability: "preferred" } },
      1,
      undefined,
      /no quorum/,
    ],
    ["servers that sleep", { hibernated: true }, 1, undefined, /is hibernated/],
  ];
  for (const [what, change, count, wanted, problem] of refusals) {
    it(`refuses to take away ${what}`, () => {
      const { refused } = planRemoval(set(change), count, wanted);
      assert.equal(refused.length, 1);
      assert.match(refused[0]?.problem ?? "", problem);
    });
  }

  it("lets a synchronous standby go while enough are left", () =>
    assert.deepEqual(
      planRemoval(set({ synchronous: { method: "any", number: 1, dataDurability: "preferred" } }), 1).refused,
      [],
    ));

  it("says what is lost, what is waited for, and that somebody scaled by hand", () => {
    const pods = [pod(1), pod(2), pod(3), pod(4, { ready: false })];
    const { warnings, removed } = planRemoval(set({ live: 4, instanceNames: names(1, 2, 3, 4), pods }), 2);
    assert.deepEqual(removed, names(3, 2));
    assert.match(warnings.join("\n"), /asks for 4: somebody scaled it by hand/);
    assert.match(warnings.join("\n"), /nothing while orders-g1-4 is not ready/);
    assert.match(warnings.join("\n"), /would have no standby/);
  });
});
