import * as assert from "node:assert/strict";
import type * as pulumi from "@pulumi/pulumi";
import { goodCluster } from "../azure/azure";
import { promiseOf } from "../mocks";
import { creationOrder, policies } from "./policies";
import { runExample } from "./stack";

const twoRegions = {
  storageAccount: "shopbackups",
  secondStorageAccount: "shopbackups2",
  authorizedRanges: ["203.0.113.0/24"],
};

for (const preview of [true, false])
  describe(`examples, ${preview ? "at preview" : "at update"}`, () => {
    it("aks-existing-cluster: an instance on the nodes of a cluster that is there", async () => {
      const config = { clusterId: goodCluster.id, storageAccount: "shopbackups" };
      const { recorder, outputs } = await runExample("aks-existing-cluster", config, { preview });
      assert.equal(await promiseOf(outputs.host as pulumi.Output<string>), "orders.shop.svc");
      assert.equal(recorder.ofType("containerservice:AgentPool").length, 0);
      const [cluster] = recorder.ofType("postgresql.cnpg.io/v1:Cluster");
      assert.match(JSON.stringify(cluster?.inputs), /"nodeSelector":\{"workload":"postgres"\}/);
      for (const [rule, check] of Object.entries(policies))
        if (rule !== "PostgreSQL has nodes in every zone") assert.deepEqual(check(recorder), [], rule);
      assert.doesNotThrow(() => creationOrder(recorder));
    });

    it("aks-existing-cluster: takes an operator that is there", async () => {
      const config = { clusterId: goodCluster.id, storageAccount: "shopbackups", installOperator: false };
      const { recorder } = await runExample("aks-existing-cluster", config, { preview });
      assert.equal(recorder.ofType("index:CnpgOperator").length, 0);
    });

    it("aks-two-regions: a replica from the store of the first region, read by an identity of its own", async () => {
      const { recorder } = await runExample("aks-two-regions", { ...twoRegions, replica: true }, { preview });
      for (const [rule, check] of Object.entries(policies)) assert.deepEqual(check(recorder), [], rule);
      assert.doesNotThrow(() => creationOrder(recorder));
      const inSecond = recorder.named("orders-second-g1", "postgresql.cnpg.io/v1:Cluster");
      assert.match(inSecond.provider ?? "", /shop-second-kubernetes/);
      assert.ok(recorder.waitsFor(inSecond, recorder.named("storage-role-2")));
      assert.equal(recorder.ofType("managedidentity:UserAssignedIdentity").length, 4);
    });
  });

describe("examples/aks-two-regions", () => {
  it("begins without the replica, whose store has no base backup yet", async () => {
    const { recorder } = await runExample("aks-two-regions", twoRegions);
    assert.equal(recorder.find("orders-second", "pulumi-cnpg:index:Replica"), undefined);
  });

  it("promotes the replica when the first region is lost", async () => {
    const config = { ...twoRegions, replica: true, promoted: true };
    const { outputs } = await runExample("aks-two-regions", config, { preview: true });
    assert.equal(await promiseOf(outputs.replicaHost as pulumi.Output<string>), "orders-second.shop.svc");
  });
});
