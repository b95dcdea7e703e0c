import * as assert from "node:assert/strict";
import type { PostgresInstanceArgs } from "../../../src/instance";
import { availabilityChanges } from "../../../src/availability/changes";
import { availabilityWarnings } from "../../../src/availability/validate";
import { instanceProblems, instanceWarnings } from "../../../src/instance/validate";

/** Arguments, the argument that must be named, and the message with its remedy. */
type Refusal = [args: PostgresInstanceArgs, argument: string, message: RegExp];

const refusals: Record<string, Refusal> = {
  "an unknown class": [
    { availability: "hihg" as "high" },
    "availability",
    /not one of the choices.*nearest is "high"/,
  ],
  "class single with standbys": [
    { availability: "single", instances: 3 },
    "instances",
    /contradicts class single.*with 3 instances the class is standard/,
  ],
  "class standard without a standby": [
    { availability: "standard", instances: 1 },
    "instances",
    /needs a standby.*Write 2 or more/,
  ],
  "class high with one standby": [
    { availability: "high", instances: 2 },
    "instances",
    /2 standbys, so that one of them can be away.*Write 3 or more/,
  ],
  "class zero-loss with one standby": [
    { availability: "zero-loss", instances: 2 },
    "instances",
    /too few for class zero-loss/,
  ],
  "synchronous replication without a standby": [
    { synchronous: { number: 1 } },
    "synchronous",
    /needs a standby.*Set instances to 2 or more/,
  ],
  "a lag limit without a standby": [{ maxLagBytes: 1024 }, "maxLagBytes", /needs a standby/],
  "an eligible lag without a standby": [
    { healthMonitor: { maxEligibleLagBytes: 1024 } },
    "healthMonitor.maxEligibleLagBytes",
    /needs a standby/,
  ],
  "a delay without a standby": [
    { healthMonitor: { failoverDelay: 10 } },
    "healthMonitor.failoverDelay",
    /needs a standby/,
  ],
  "times of the Lease without a standby": [
    { healthMonitor: { lease: { durationSeconds: 5 } } },
    "healthMonitor.lease",
    /needs a standby/,
  ],
  "as many that must confirm as there are standbys": [
    { instances: 3, synchronous: { number: 2 } },
    "synchronous.number",
    /not below the number of standbys, 2: while any of them restarts.*preferred/,
  ],
  "the only standby that must confirm": [
    { instances: 2, synchronous: {} },
    "synchronous.number",
    /not below the number of standbys, 1/,
  ],
  "more that should confirm than there are standbys": [
    { instances: 3, synchronous: { number: 3, dataDurability: "preferred" } },
    "synchronous.number",
    /more than the 2 standbys there are.*Write at most 2/,
  ],
  "more that must confirm than are in the list": [
    { instances: 5, synchronous: { number: 2, maxStandbyNamesFromCluster: 1 } },
    "synchronous.number",
    /more than the 1 standbys/,
  ],
  "an empty list": [
    { instances: 3, synchronous: { maxStandbyNamesFromCluster: 0 } },
    "synchronous.number",
    /more than the 0 standbys.*Raise maxStandbyNamesFromCluster/,
  ],
  "no standby that must confirm": [
    { instances: 3, synchronous: { number: 0 } },
    "synchronous.number",
    /whole number of at least 1/,
  ],
  "an unknown method": [
    { instances: 3, synchronous: { method: "all" as "any" } },
    "synchronous.method",
    /Choose one of any, first/,
  ],
  "an unknown durability": [
    { instances: 3, synchronous: { dataDurability: "require" as "required" } },
    "synchronous.dataDurability",
    /nearest is "required"/,
  ],
  "names elsewhere with preferred": [
    { instances: 3, synchronous: { dataDurability: "preferred", standbyNamesPre: ["far"] } },
    "synchronous.dataDurability",
    /cannot be used with standbyNamesPre/,
  ],
  "a name that is none": [
    { instances: 3, synchronous: { standbyNamesPost: ['far"'] } },
    "synchronous.standbyNamesPost[0]",
    /application_name/,
  ],
  "a name twice": [
    { instances: 3, synchronous: { standbyNamesPre: ["far"], standbyNamesPost: ["far"] } },
    "synchronous.standbyNamesPost[0]",
    /named twice/,
  ],
  "a quorum of two instances": [
    { instances: 2, synchronous: { failoverQuorum: true, dataDurability: "preferred" } },
    "synchronous.failoverQuorum",
    /needs three instances.*Set instances to 3/,
  ],
  "a quorum that standbys elsewhere fill": [
    { instances: 3, synchronous: { failoverQuorum: true, standbyNamesPre: ["far"] } },
    "synchronous.failoverQuorum",
    /number above the 1 standbys elsewhere.*Write at least 2/,
  ],
  "class zero-loss that may lose": [
    { availability: "zero-loss", synchronous: { dataDurability: "preferred" } },
    "synchronous.dataDurability",
    /contradicts class zero-loss.*class high/,
  ],
  "class zero-loss without its quorum": [
    { availability: "zero-loss", synchronous: { failoverQuorum: false } },
    "synchronous.failoverQuorum",
    /contradicts class zero-loss/,
  ],
  "class zero-loss that does not wait": [
    { availability: "zero-loss", parameters: { Synchronous_Commit: "local" } },
    "parameters.Synchronous_Commit",
    /contradicts class zero-loss.*SET synchronous_commit/,
  ],
  "class zero-loss whose profile does not wait": [
    { availability: "zero-loss", profile: { parameters: { synchronous_commit: "off" } } },
    "profile.parameters.synchronous_commit",
    /contradicts class zero-loss/,
  ],
  "the former fields": [
    { availability: "high", overrides: { cluster: { spec: { minSyncReplicas: 1 } } } },
    "overrides.cluster.spec.minSyncReplicas",
    /cannot be used beside synchronous/,
  ],
  "a Lease shorter than its renewal": [
    { instances: 2, healthMonitor: { lease: { durationSeconds: 10, renewDeadlineSeconds: 10 } } },
    "healthMonitor.lease.durationSeconds",
    /not above renewDeadlineSeconds, 10.*Write at least 11/,
  ],
  "a renewal without a second attempt": [
    {
      instances: 2,
      healthMonitor: { lease: { durationSeconds: 9, renewDeadlineSeconds: 3, retryPeriodSeconds: 3 } },
    },
    "healthMonitor.lease.renewDeadlineSeconds",
    /1\.2 times retryPeriodSeconds, 3.*Write at least 4/,
  ],
  "half a second": [
    { instances: 2, healthMonitor: { checkInterval: 0.5 } },
    "healthMonitor.checkInterval",
    /whole number of at least 1/,
  ],
  "a lag limit that the probe does not look at": [
    { instances: 2, healthMonitor: { maxEligibleLagBytes: 1024 }, probes: { readiness: { type: "query" } } },
    "probes.readiness.type",
    /does not look at the lag/,
  ],
  "a delay that outlasts the standbys": [
    { instances: 3, healthMonitor: { maxEligibleLagBytes: 1024, failoverDelay: 110 } },
    "healthMonitor.failoverDelay",
    /count as failed after 120 s, and then none of them is promoted.*Write less than 110/,
  ],
  "a delay that outlasts standbys with a streaming probe": [
    {
      instances: 3,
      healthMonitor: { failoverDelay: 10 },
      probes: { readiness: { type: "streaming", periodSeconds: 5 } },
    },
    "healthMonitor.failoverDelay",
    /after 15 s/,
  ],
  "no time to stop": [
    { instances: 2, healthMonitor: { switchoverDelay: 0 } },
    "healthMonitor.switchoverDelay",
    /at least 1/,
  ],
  "a lag that CloudNativePG misreads": [
    { instances: 2, probes: { readiness: { type: "streaming", maximumLag: "16M" } } },
    "probes.readiness.maximumLag",
    /misread by CloudNativePG 1\.30.*Write "15625Ki"/,
  ],
};

describe("checks of availability", () => {
  for (const [what, [args, argument, message]] of Object.entries(refusals)) {
    it(`refuses ${what}`, () => {
      const problems = instanceProblems("orders", args);
      const texts = problems.map(p => `${p.argument}: ${p.problem} ${p.remedy ?? ""}`);
      assert.deepEqual([...new Set(problems.map(p => p.argument))], [argument], texts.join("\n"));
      assert.match(texts.join("\n"), message);
    });
  }

  const accepted: Record<string, PostgresInstanceArgs> = {
    "each class": { availability: "zero-loss" },
    "a preferred standby of two instances": {
      instances: 2,
      synchronous: { dataDurability: "preferred" },
    },
    "a standby elsewhere that counts": { instances: 2, synchronous: { standbyNamesPost: ["far"] } },
    "more confirmations in class zero-loss": {
      availability: "zero-loss",
      instances: 5,
      synchronous: { number: 3 },
    },
    "the shortest Lease": {
      instances: 2,
      healthMonitor: { lease: { durationSeconds: 3, renewDeadlineSeconds: 2, retryPeriodSeconds: 1 } },
    },
    "a commit that waits for more": {
      availability: "zero-loss",
      parameters: { synchronous_commit: "remote_apply" },
    },
    "a faster check of a single instance": { healthMonitor: { checkInterval: 2 } },
  };
  for (const [what, args] of Object.entries(accepted)) {
    it(`accepts ${what}`, () => assert.deepEqual(instanceProblems("orders", args), []));
  }

  it("warns of a lag limit that keeps a lost node from being noticed in time, and of one beside a quorum", () => {
    const limit = (more: object): PostgresInstanceArgs => ({
      instances: 3,
      healthMonitor: { maxEligibleLagBytes: 2 ** 20, ...more },
    });
    assert.deepEqual(availabilityWarnings(limit({})), []);
    assert.match(
      availabilityWarnings(limit({ checkInterval: 1, failureThreshold: 3 })).join(),
      /after 3 s.*none of them is promoted.*90 s or more/,
    );
    assert.match(
      instanceWarnings({ ...limit({}), availability: "zero-loss" }).join(),
      /with failoverQuorum a standby that lags counts as away/,
    );
  });

  it("warns of checks that a busy node fails", () => {
    const of = (checkTimeout?: number, readiness?: { timeoutSeconds: number }): string =>
      availabilityWarnings({ instances: 2, healthMonitor: { checkTimeout }, probes: { readiness } }).join();
    assert.match(of(1), /do not answer within 1 s.*Let it be 3 s or more/);
    assert.match(of(5, { timeoutSeconds: 2 }), /within 2 s/);
    for (const fine of [of(), of(3), of(1, { timeoutSeconds: 5 })]) assert.equal(fine, "");
  });

  it("warns of zero-loss servers that may share a host", () => {
    const of = (hostSpread?: "preferred" | "required"): string =>
      availabilityWarnings({ availability: "zero-loss", scheduling: { hostSpread } }).join();
    assert.match(of("preferred"), /servers on one host are lost together/);
    assert.equal(of("required"), "");
    assert.equal(of(), "");
  });
});

describe("change of availability", () => {
  const before = { instances: 3, lease: { durationSeconds: 4, retryPeriodSeconds: 1 } };
  const now = { instances: 3, lease: { durationSeconds: 8, retryPeriodSeconds: 1 } };

  it("says that the primary takes up new times of the Lease when its pod restarts", () => {
    assert.match(
      availabilityChanges(before, now, false).join(),
      /primary when its pod restarts, which this update does not/,
    );
    assert.match(availabilityChanges({ instances: 3 }, now, false).join(), /Lease/);
  });

  it("says nothing where the times are the same, the pods restart anyway, or there was no standby", () => {
    const same = { instances: 3, lease: { retryPeriodSeconds: 1, durationSeconds: 4 } };
    assert.deepEqual(availabilityChanges(before, same, false), []);
    assert.deepEqual(availabilityChanges(before, now, true), []);
    assert.deepEqual(availabilityChanges({ instances: 1 }, now, false), []);
    assert.deepEqual(availabilityChanges(undefined, now, false), []);
  });
});
