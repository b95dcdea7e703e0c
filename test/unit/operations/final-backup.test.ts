import * as assert from "node:assert/strict";
import { finalBackup } from "../../../src/operations/final-backup";
import { RequestReader } from "../../../src/operations/operation";
import { context } from "./fakes";

const request = {
  namespace: "shop",
  instance: "orders",
  cluster: "orders-g1",
  store: "backups",
  archive: "orders-g1",
  generations: ["1"],
  arguments: { version: "18", storage: { size: "10Gi" } },
  configMap: "orders-tombstone",
  timeoutSeconds: 60,
};

describe("final-backup", () => {
  it("has nothing to do for an instance that was never made", async () => {
    const around = context();
    await finalBackup.run(finalBackup.read(new RequestReader(request)), around);
    assert.deepEqual(around.api.calls, []);
    assert.match(around.said.join(), /does not exist: there is nothing to back up/);
  });

  it("writes no tombstone when the instance cannot be backed up", async () => {
    const around = context();
    const metadata = { namespace: "shop", name: "orders-g1" };
    around.api.add(
      { apiVersion: "postgresql.cnpg.io/v1", plural: "clusters" },
      {
        apiVersion: "postgresql.cnpg.io/v1",
        kind: "Cluster",
        metadata,
      },
    );
    await assert.rejects(finalBackup.run(finalBackup.read(new RequestReader(request)), around), /orders/);
    assert.deepEqual(around.api.calls, []);
  });

  it("reads its request", () => {
    assert.deepEqual(finalBackup.read(new RequestReader(request)), request);
    assert.throws(
      () => finalBackup.read(new RequestReader({ ...request, arguments: [] })),
      /arguments must be a map/,
    );
  });
});
