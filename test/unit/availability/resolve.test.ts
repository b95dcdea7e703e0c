import * as assert from "node:assert/strict";
import fc from "fast-check";
import { AvailabilityClass } from "../../../src/availability";
import { classSettings, lagCheck, leastLagCheckSeconds } from "../../../src/availability/class";
import { instanceCount, resolveAvailability } from "../../../src/availability/resolve";
import { anyAvailability } from "./samples";

describe("availability class", () => {
  it("follows from the number of instances when none is given", () => {
    const classOf = (instances?: number): string => resolveAvailability({ instances }).class;
    assert.equal(classOf(), "single");
    assert.equal(classOf(1), "single");
    assert.equal(classOf(2), "standard");
    assert.equal(classOf(3), "standard");
  });

  it("sets the number of instances", () => {
    const counts = Object.values(AvailabilityClass).map(availability => instanceCount({ availability }));
    assert.deepEqual(counts, [1, 2, 3, 3]);
    assert.equal(instanceCount({ availability: "high", instances: 5 }), 5);
  });

  it("sets synchronous replication: none, none, one preferred, a quorum", () => {
    const of = (availability: AvailabilityClass, instances?: number): unknown =>
      resolveAvailability({ availability, instances }).synchronous;
    assert.equal(of("single"), undefined);
    assert.equal(of("standard"), undefined);
    assert.deepEqual(of("high"), {
      method: "any",
      number: 1,
      dataDurability: "preferred",
      failoverQuorum: false,
    });
    assert.deepEqual(of("zero-loss"), {
      method: "any",
      number: 1,
      dataDurability: "required",
      failoverQuorum: true,
    });
  });

  it("lets a standby be away in class zero-loss as soon as there are more than two", () => {
    for (let instances = 3; instances <= 9; instances++) {
      const number = resolveAvailability({ availability: "zero-loss", instances }).synchronous?.number ?? 0;
      const standbys = instances - 1;
      // CloudNativePG fails over when the ready standbys and those that confirm are more than all standbys.
      const needed = standbys - number + 1;
      assert.ok(number < standbys, `${instances}: writes go on without one standby`);
      assert.ok(
        needed < standbys || standbys === 2,
        `${instances}: a failover is possible without one standby`,
      );
    }
  });

  it("is what explicit arguments win over, member by member", () => {
    const { synchronous, hostSpread, zoneSpread, check, lease, ...rest } = resolveAvailability({
      availability: "high",
      synchronous: { number: 2 },
      scheduling: { hostSpread: "preferred" },
      healthMonitor: { checkTimeout: 9, failoverDelay: 7, lease: { durationSeconds: 30 } },
      smartShutdownTimeout: 60,
      maxLagBytes: 4096,
    });
    assert.equal(synchronous?.number, 2);
    assert.equal(synchronous.dataDurability, "preferred");
    assert.deepEqual([hostSpread, zoneSpread], ["preferred", "preferred"]);
    assert.deepEqual(check, { ...classSettings.high.check, checkTimeout: 9 });
    assert.deepEqual(lease, { ...classSettings.high.lease, durationSeconds: 30 });
    assert.deepEqual([rest.failoverDelay, rest.smartShutdownTimeout, rest.maxLagBytes], [7, 60, 4096]);
  });

  it("without a class, explicit synchronous replication has CloudNativePG's defaults", () => {
    assert.deepEqual(resolveAvailability({ instances: 3, synchronous: {} }).synchronous, {
      method: "any",
      number: 1,
      dataDurability: "required",
      failoverQuorum: false,
    });
  });

  it("checks slowly with a lag limit, so that standbys without a primary stay eligible until a lost node is noticed", () => {
    const { check } = resolveAvailability({
      availability: "high",
      healthMonitor: { maxEligibleLagBytes: 1, checkTimeout: 4 },
    });
    assert.deepEqual(check, { ...lagCheck, checkTimeout: 4 });
    assert.ok(lagCheck.checkInterval * lagCheck.failureThreshold >= leastLagCheckSeconds);
  });

  it("stops a former primary at once only where that loses nothing", () => {
    const of = (availability: AvailabilityClass): number | undefined =>
      resolveAvailability({ availability }).switchoverDelay;
    assert.deepEqual(Object.values(AvailabilityClass).map(of), [undefined, undefined, undefined, 60]);
  });

  it("never writes failoverDelay by itself", () => {
    fc.assert(
      fc.property(anyAvailability, args => {
        const { failoverDelay } = resolveAvailability(args);
        assert.equal(failoverDelay, args.healthMonitor?.failoverDelay);
      }),
    );
  });
});
