import * as assert from "node:assert/strict";
import type { PostgresInstanceArgs } from "../../../src";
import { resolveInstance } from "../../../src/instance/resolve";

describe("how often a standby looks for its primary", () => {
  const interval = (args: PostgresInstanceArgs): string | undefined =>
    resolveInstance("orders", args).active.server.parameters.wal_retrieve_retry_interval;

  it("is every second where there are standbys, unless it is given", () => {
    assert.equal(interval({}), undefined);
    assert.equal(interval({ instances: 2 }), "1s");
    assert.equal(interval({ availability: "zero-loss" }), "1s");
    assert.equal(interval({ instances: 2, parameters: { wal_retrieve_retry_interval: "5s" } }), "5s");
  });

  it("is PostgreSQL's own where another instance is followed, and with it perhaps an archive", () => {
    assert.equal(
      interval({ instances: 2, follow: { source: { name: "orders-eu" }, copy: "stream" } }),
      undefined,
    );
  });
});
