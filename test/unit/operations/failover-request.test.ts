import * as assert from "node:assert/strict";
import { type FailoverJobRequest, readFailoverRequest } from "../../../src/operations/failover-request";
import { RequestReader } from "../../../src/operations/operation";

const read = (more: object = {}): FailoverJobRequest =>
  readFailoverRequest(new RequestReader({ namespace: "shop", instance: "orders", ...more }));

describe("the request of a failover", () => {
  it("needs no more than an instance", () => {
    assert.deepEqual(read(), { namespace: "shop", instance: "orders", undo: false, origin: "requested" });
  });

  it("takes every option", () => {
    const options = {
      targetReplicaId: "orders-g1-2",
      mode: "planned",
      waitForSync: false,
      syncTimeout: 30,
      oldPrimaryAction: "terminate",
      maxLagBytes: 0,
      reason: "why",
      endpoint: { host: "orders.shop.svc", port: 5432, database: "app", caFile: "/ca.crt" },
    };
    assert.deepEqual(read({ ...options, trigger: "today" }), {
      namespace: "shop",
      instance: "orders",
      ...options,
      undo: false,
      origin: "declared",
      trigger: "today",
    });
  });

  it("names what is wrong", () => {
    const wrong: [object, RegExp][] = [
      [{ instance: undefined }, /instance is missing/],
      [{ mode: "sudden" }, /mode must be one of planned, forced/],
      [{ oldPrimaryAction: "keep" }, /oldPrimaryAction must be one of/],
      [{ syncTimeout: 0 }, /syncTimeout must be a whole number from 1 to 3600/],
      [{ maxLagBytes: -1 }, /maxLagBytes must be a whole number/],
      [{ waitForSync: "yes" }, /waitForSync must be true or false/],
      [{ mode: "forced", waitForSync: true }, /waitForSync is for mode planned/],
      [{ reason: "x".repeat(201) }, /reason must have at most 200 characters/],
      [{ undo: true, targetReplicaId: "orders-g1-2" }, /targetReplicaId is not chosen with undo/],
      [{ endpoint: { host: "a" } }, /endpoint.database is missing/],
    ];
    for (const [more, message] of wrong) assert.throws(() => read(more), message);
  });
});
