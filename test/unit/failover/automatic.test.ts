import * as assert from "node:assert/strict";
import {
  automaticFailover,
  causeOfChange,
  changeBetween,
  requestedFailover,
} from "../../../src/failover/automatic";
import type { FailoverStatus } from "../../../src/failover/status";

const change = {
  from: "orders-g1-1",
  to: "orders-g1-2",
  at: "2026-01-01T12:00:30.700998Z",
  after: "2026-01-01T11:00:00Z",
};
const now = new Date("2026-01-01T12:00:40Z");

const failing = {
  reason: "FailingOver",
  message: "Current primary isn't healthy, initiating a failover from orders-g1-1",
  at: "2026-01-01T12:00:08Z",
};
const target = {
  reason: "FailoverTarget",
  message: "Failing over from orders-g1-1 to orders-g1-2",
  at: "2026-01-01T12:00:12Z",
};

describe("what led to a change of the primary", () => {
  it("is its failure when the operator says so, from when it says so", () =>
    assert.deepEqual(causeOfChange(change, [target, failing], now), {
      mode: "forced",
      reason: "orders-g1-1 failed.",
      begunAt: failing.at,
    }));

  it("is not the failure of another server, nor one before it was primary", () => {
    const other = { ...failing, message: failing.message.replace("g1-1", "g1-11") };
    const back = { ...target, message: "Failing over from orders-g1-2 to orders-g1-1" };
    const old = { ...failing, at: "2026-01-01T11:50:00Z" };
    assert.equal(causeOfChange(change, [other, back], now).mode, "planned");
    assert.equal(causeOfChange({ ...change, after: "2026-01-01T11:55:00Z" }, [old], now).mode, "planned");
  });

  it("is a switchover in the operator's words, else one that somebody asked it for", () => {
    const drain = {
      reason: "SwitchingOver",
      message: "Current primary is running on unschedulable node a",
      at: failing.at,
    };
    assert.deepEqual(causeOfChange(change, [drain], now), {
      mode: "planned",
      reason: drain.message,
      begunAt: drain.at,
    });
    assert.match(causeOfChange(change, [], now).reason, /kubectl cnpg promote/);
  });

  it("is not claimed to be known when its Events are forgotten", () => {
    const cause = causeOfChange(change, [], new Date("2026-01-01T13:30:00Z"));
    assert.deepEqual([cause.mode, /not known any more/.test(cause.reason)], ["forced", true]);
  });
});

describe("a failover of the history", () => {
  const status = (more: object): FailoverStatus =>
    ({
      origin: "requested",
      startedAt: "2026-01-01T12:00:00Z",
      completedAt: "2026-01-01T12:00:35Z",
      ...more,
    }) as FailoverStatus;

  it("explains a change while it runs, and right after", () => {
    assert.ok(requestedFailover([status({})], change));
    assert.ok(requestedFailover([status({ completedAt: undefined })], change));
    assert.ok(requestedFailover([status({ origin: "rehearsed" })], change));
  });

  it("explains none before, after or of itself, nor when it was broken off long ago", () => {
    const none = [
      status({ startedAt: "2026-01-01T12:01:00Z", completedAt: "2026-01-01T12:02:00Z" }),
      status({ startedAt: "2026-01-01T11:00:00Z", completedAt: "2026-01-01T11:59:00Z" }),
      status({ origin: "automatic" }),
      status({ startedAt: "2026-01-01T09:00:00Z", completedAt: undefined }),
    ];
    for (const one of none) assert.equal(requestedFailover([one], change), undefined);
  });
});

describe("the record of a change that nobody asked for", () => {
  const about = { namespace: "shop", instance: "orders" };

  it("has who, when and why", () => {
    const cause = causeOfChange(change, [failing, target], now);
    const record = automaticFailover(about, { ...change, timeline: 2 }, cause, {
      targetSince: "2026-01-01T12:00:12.5Z",
    });
    assert.deepEqual(record, {
      id: "failover-20260101T120008Z",
      ...about,
      state: "completed",
      startedAt: "2026-01-01T12:00:08.000Z",
      completedAt: "2026-01-01T12:00:30.700Z",
      oldPrimaryId: "orders-g1-1",
      newPrimaryId: "orders-g1-2",
      mode: "forced",
      origin: "automatic",
      oldPrimaryAction: "convertToReplica",
      reason: "orders-g1-1 failed.",
      states: [
        { state: "fencingPrimary", at: "2026-01-01T12:00:08.000Z" },
        { state: "promotingReplica", at: "2026-01-01T12:00:12.500Z" },
        { state: "completed", at: "2026-01-01T12:00:30.700Z" },
      ],
      timeline: 2,
    });
  });

  it("claims no loss of a failover, and none of a switchover", () => {
    const planned = automaticFailover(about, change, { mode: "planned", reason: "x" }, {});
    assert.deepEqual([planned.dataLossBytes, planned.startedAt], [0, "2026-01-01T12:00:30.700Z"]);
    const forced = automaticFailover(about, change, { mode: "forced", reason: "x" }, {});
    assert.equal("dataLossBytes" in forced, false);
  });

  it("has the timeline only when the operator has noticed the new one", () => {
    const before = { cluster: "orders-g1", primary: "orders-g1-1", timeline: 1, since: "a" };
    const after = { ...before, primary: "orders-g1-2", since: "b" };
    assert.equal(changeBetween(before, after)?.timeline, undefined);
    assert.equal(changeBetween(before, { ...after, timeline: 2 })?.timeline, 2);
    assert.equal(changeBetween(before, { ...after, since: undefined } as never), undefined);
  });
});
