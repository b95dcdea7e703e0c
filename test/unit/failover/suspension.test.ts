import * as assert from "node:assert/strict";
import fc from "fast-check";
import { type ClusterObject, ownAnnotations } from "../../../src/cnpg";
import {
  endlessDelay,
  expired,
  extentOf,
  isEffective,
  suspend,
  suspensionManager,
  suspensionOf,
} from "../../../src/failover/suspension";

const now = new Date("2026-01-01T12:00:00Z");

const cluster = (failoverDelay?: number, more: object = {}): ClusterObject =>
  ({
    metadata: { name: "orders-g1", resourceVersion: "7", ...more },
    spec: { instances: 3, failoverDelay },
  }) as ClusterObject;

const declared = {
  managedFields: [
    { manager: "pulumi", operation: "Apply", fieldsV1: { "f:spec": { "f:failoverDelay": {} } } },
  ],
};

/** The Cluster after a change. */
function after(before: ClusterObject, reasons: Parameters<typeof suspend>[1], at = now): ClusterObject {
  const change = suspend(before, reasons, at);
  if (change === undefined) return before;
  const { metadata, spec } = change;
  const annotations = Object.fromEntries(
    Object.entries({ ...before.metadata.annotations, ...metadata.annotations }).filter(
      ([, text]) => text !== null,
    ),
  ) as Record<string, string>;
  const failoverDelay = spec.failoverDelay ?? 0;
  return {
    ...before,
    metadata: { ...before.metadata, annotations },
    spec: { ...before.spec, instances: 3, failoverDelay },
  };
}

describe("a suspension of failovers", () => {
  it("holds them back without end, and gives back what was there", () => {
    const maintenance = { since: "2026-01-01T12:00:00Z", reason: "disks" };
    const held = after(cluster(30, declared), { maintenance });
    assert.equal(held.spec?.failoverDelay, endlessDelay);
    assert.deepEqual(suspensionOf(held), {
      maintenance,
      delay: endlessDelay,
      before: { delay: 30, owner: { manager: "pulumi", operation: "Apply" } },
    });
    const back = suspend(held, {}, now);
    assert.deepEqual(back?.spec, { failoverDelay: 30 });
    assert.deepEqual(back?.metadata.annotations, { [ownAnnotations.suspension]: null });
    assert.equal(back?.metadata.resourceVersion, "7");
  });

  it("takes a delay away that nobody had set", () => {
    // The API server writes the default of the field.
    for (const delay of [undefined, 0]) {
      const held = after(cluster(delay), { maintenance: { since: "2026-01-01T12:00:00Z" } });
      assert.deepEqual(suspensionOf(held)?.before, {});
      assert.deepEqual(suspend(held, {}, now)?.spec, { failoverDelay: null });
    }
  });

  it("lasts no longer than it was meant to, also when nobody ends it", () => {
    const maintenance = { since: "2026-01-01T12:00:00Z", until: "2026-01-01T14:00:00Z" };
    assert.equal(suspend(cluster(), { maintenance }, now)?.spec.failoverDelay, 7200);
  });

  it("never makes the delay shorter than it was", () => {
    const coolDown = { since: "2026-01-01T12:00:00Z", until: "2026-01-01T12:01:00Z" };
    assert.equal(suspend(cluster(300, declared), { coolDown }, now)?.spec.failoverDelay, 300);
  });

  it("remembers what was there when it changes", () => {
    const held = after(cluster(30, declared), { maintenance: { since: "a" } });
    const coolDown = { since: "2026-01-01T12:00:00Z", until: "2026-01-01T12:01:00Z" };
    const changed = after(held, { coolDown });
    assert.deepEqual(suspensionOf(changed)?.before, suspensionOf(held)?.before);
    assert.deepEqual([suspensionOf(changed)?.maintenance, changed.spec?.failoverDelay], [undefined, 60]);
  });

  it("gives back exactly what was there, whatever comes in between", () =>
    fc.assert(
      fc.property(
        fc.option(fc.integer({ min: 1, max: 5000 }), { nil: undefined }),
        fc.array(
          fc.record({
            maintenance: fc.boolean(),
            coolDown: fc.boolean(),
            minutes: fc.integer({ min: 1, max: 600 }),
          }),
          { minLength: 1, maxLength: 5 },
        ),
        (delay, steps) => {
          const begin = cluster(delay, delay === undefined ? {} : declared);
          let at = begin;
          for (const { maintenance, coolDown, minutes } of steps) {
            const until = new Date(now.getTime() + minutes * 60_000).toISOString();
            at = after(at, {
              ...(maintenance ? { maintenance: { since: now.toISOString() } } : {}),
              ...(coolDown ? { coolDown: { since: now.toISOString(), until } } : {}),
            });
            const held = suspensionOf(at);
            assert.equal(held !== undefined, maintenance || coolDown);
            if (held !== undefined) assert.ok(isEffective(at, held));
          }
          assert.equal(after(at, {}).spec?.failoverDelay ?? 0, delay ?? 0);
        },
      ),
    ));

  it("is over when its time is, and one without end never is", () => {
    const base = { delay: 1, before: {} };
    const at = (until?: string) => ({
      since: "2026-01-01T00:00:00Z",
      ...(until === undefined ? {} : { until }),
    });
    assert.deepEqual(expired({ ...base, maintenance: at("2026-01-01T12:00:00Z") }, now), {
      maintenance: true,
      coolDown: false,
    });
    assert.deepEqual(expired({ ...base, maintenance: at() }, now), { maintenance: false, coolDown: false });
  });

  it("is not effective when somebody lowered the delay", () =>
    assert.equal(isEffective(cluster(30), { delay: 60, before: {} }), false));

  it("is none when the annotation was made illegible", () => {
    for (const text of ["x", "[]", '{"maintenance":{}}', '{"delay":1,"before":{}}'])
      assert.equal(
        suspensionOf({ metadata: { annotations: { [ownAnnotations.suspension]: text } } }),
        undefined,
      );
  });

  it("says until when, why and by whom", () => {
    assert.equal(extentOf({ since: "a", until: "b", reason: "disks", by: "ada" }), "until b: disks (ada)");
    assert.equal(extentOf({ since: "a" }), "until somebody ends the maintenance");
  });

  it("is held under a name that the API server accepts, and that says what to do", () => {
    assert.ok(suspensionManager.length <= 128 && /^[\x20-\x7e]+$/.test(suspensionManager));
    assert.match(suspensionManager, /pulumi-cnpg maintenance off/);
  });
});
