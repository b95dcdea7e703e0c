import * as assert from "node:assert/strict";
import fc from "fast-check";
import { classSettings } from "../../../src/availability/class";
import { AvailabilityClass, type AvailabilityPromise } from "../../../src/availability";
import { availabilityPromise } from "../../../src/availability/promise";
import { type AvailabilityArgs, resolveAvailability } from "../../../src/availability/resolve";
import { allowedAvailability } from "./samples";

const promised = (args: AvailabilityArgs): AvailabilityPromise =>
  availabilityPromise(resolveAvailability(args));

describe("promise of an availability class", () => {
  it("is better with each class", () => {
    const [single, standard, high, zero] = Object.values(AvailabilityClass).map(availability =>
      promised({ availability }),
    );
    assert.match(single?.interruption ?? "", /minutes where its volume moves/);
    assert.equal(single?.failoverSeconds, undefined);
    assert.equal(standard?.lossSeconds, 1);
    assert.match(high?.loss ?? "", /^None while one standby can confirm.*writes go on/);
    assert.match(zero?.loss ?? "", /^None\. Commits wait while fewer than one standby.*surely has all/);
  });

  it("counts the times in that the arguments set", () => {
    const { failoverSeconds = 0, switchoverSeconds = 0, nodeLossSeconds = 0 } = promised({ instances: 2 });
    const lease = { durationSeconds: 34, renewDeadlineSeconds: 20, retryPeriodSeconds: 11 };
    const slow = promised({ instances: 2, healthMonitor: { lease, failoverDelay: 100 } });
    const usual = classSettings.standard.lease;
    assert.ok(usual);
    const polls = lease.retryPeriodSeconds - usual.retryPeriodSeconds;
    const more = lease.durationSeconds - usual.durationSeconds + polls + 100;
    assert.equal(slow.failoverSeconds, failoverSeconds + more);
    assert.equal(slow.nodeLossSeconds, nodeLossSeconds + more);
    assert.equal(slow.switchoverSeconds, switchoverSeconds + polls);
    assert.match(
      slow.interruption,
      new RegExp(`${slow.failoverSeconds} s when .* ${slow.switchoverSeconds} s in`),
    );
  });

  it("says what the arguments take away from the class", () => {
    const { class: name, loss } = promised({ instances: 3, synchronous: {} });
    assert.equal(name, "standard");
    assert.match(loss, /without failoverQuorum/);
    assert.match(promised({ availability: "zero-loss", instances: 5 }).loss, /fewer than 2 standbys/);
  });

  it("promises no loss without condition exactly where commits wait and a quorum guards the failover", () => {
    fc.assert(
      fc.property(allowedAvailability, args => {
        const { synchronous } = resolveAvailability(args);
        const safe = synchronous?.dataDurability === "required" && synchronous.failoverQuorum === true;
        assert.equal(promised(args).loss.startsWith("None."), safe);
      }),
    );
  });
});
