import * as assert from "node:assert/strict";
import { readHistory, withFailover } from "../../../src/failover/history";
import { FailoverMode, OldPrimaryAction } from "../../../src/failover/request";
import { FailoverOrigin, FailoverState, type FailoverStatus } from "../../../src/failover/status";
import { failoverTo, undoOf } from "../../../src/failover/undo";

const record = (second: number, more: Partial<FailoverStatus> = {}): FailoverStatus => {
  const startedAt = `2026-11-28T10:15:${String(second).padStart(2, "0")}.000Z`;
  return {
    id: `failover-${second}`,
    namespace: "shop",
    instance: "orders",
    state: FailoverState.Completed,
    startedAt,
    completedAt: startedAt,
    oldPrimaryId: "orders-g1-1",
    newPrimaryId: "orders-g1-2",
    mode: FailoverMode.Planned,
    origin: FailoverOrigin.Requested,
    oldPrimaryAction: OldPrimaryAction.ConvertToReplica,
    states: [
      { state: FailoverState.UpdatingRouting, at: startedAt },
      { state: FailoverState.Completed, at: startedAt },
    ],
    ...more,
  };
};

const ids = (history: readonly FailoverStatus[]): string[] => history.map(({ id }) => id);

describe("the history of failovers", () => {
  it("holds the newest first, each once, and not more than are kept", () => {
    const history = [record(3), record(2), record(1)];
    assert.deepEqual(ids(withFailover(history, record(4), 3)), ["failover-4", "failover-3", "failover-2"]);
    const changed = withFailover(history, record(2, { failureReason: "late" }));
    assert.deepEqual(ids(changed), ["failover-3", "failover-2", "failover-1"]);
    assert.equal(changed[1]?.failureReason, "late");
    const many = Array.from({ length: 30 }, (_, i) => record(i)).reduce(
      (kept, next) => withFailover(kept, next),
      [] as FailoverStatus[],
    );
    assert.equal(many.length, 20);
    assert.equal(many[0]?.id, "failover-29");
  });

  it("stays within what a ConfigMap holds", () => {
    const large = (second: number): FailoverStatus => record(second, { failureReason: "x".repeat(300_000) });
    const kept = [large(1), large(2), large(3)].reduce(
      (history, next) => withFailover(history, next),
      [] as FailoverStatus[],
    );
    assert.deepEqual(ids(kept), ["failover-3", "failover-2"]);
  });

  it("is read back, without what somebody made illegible", () => {
    assert.deepEqual(readHistory(JSON.stringify([record(1)])), [record(1)]);
    for (const text of [undefined, "", "nonsense", "{}", '[{"id":"a"}]', "[null]"])
      assert.deepEqual(readHistory(text), []);
    const strange = { ...record(1), state: "elsewhere" };
    assert.deepEqual(ids(readHistory(JSON.stringify([strange, record(2)]))), ["failover-2"]);
  });
});

describe("undoing a failover", () => {
  it("goes back to the former primary", () => {
    assert.deepEqual(undoOf(record(1)), { targetReplicaId: "orders-g1-1", reason: "undo of failover-1" });
    assert.throws(() => undoOf(record(1, { newPrimaryId: undefined })), /nothing to undo/);
  });

  it("is of the last one that changed the primary, and only while that is still so", () => {
    const nothing = record(3, { state: FailoverState.Failed, states: [], failureReason: "no" });
    const history = [nothing, record(2), record(1, { newPrimaryId: "orders-g1-3" })];
    assert.equal(failoverTo(history, "orders-g1-2")?.id, "failover-2");
    assert.equal(failoverTo(history, "orders-g1-3"), undefined);
    assert.equal(failoverTo([], "orders-g1-2"), undefined);
  });
});
