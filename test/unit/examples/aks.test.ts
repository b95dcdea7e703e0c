import * as assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { resolve } from "node:path";
import type * as pulumi from "@pulumi/pulumi";
import { type MockRecorder, promiseOf, type RecordedResource } from "../mocks";
import { creationOrder, needs, policies } from "./policies";
import { resourceList } from "./resource-list";
import { aksConfig, runExample, type Stack } from "./stack";

describe("examples/aks", () => {
  for (const preview of [true, false])
    describe(preview ? "at preview" : "at update", () => {
      let stack: Stack;

      before(async () => {
        stack = await runExample("aks", aksConfig, { preview });
      });

      for (const [rule, check] of Object.entries(policies))
        it(rule, () => assert.deepEqual(check(stack.recorder), []));

      it("has outputs", async () => {
        assert.equal(await promiseOf(stack.outputs.host as pulumi.Output<string>), "orders.shop.svc");
      });

      it("destroys in order: what is in the cluster, then the cluster; the instance while the operator lives", () => {
        const { recorder } = stack;
        const order = creationOrder(recorder);
        const before = (first: RecordedResource, second: RecordedResource): void =>
          assert.ok(order.indexOf(first) < order.indexOf(second), `${first.name} outlives ${second.name}`);
        const cluster = recorder.named("shop-cluster");
        const provider = recorder.named("shop-kubernetes");
        before(cluster, provider);
        before(recorder.named("shop-administrator-1"), provider);
        const inCluster = recorder.resources.filter(
          ({ type, custom }) => type.startsWith("kubernetes:") && custom,
        );
        assert.ok(inCluster.length > 40);
        for (const resource of inCluster) {
          assert.match(resource.provider ?? "", /shop-kubernetes/, resource.name);
          before(provider, resource);
        }
        const instance = recorder.ofType("postgresql.cnpg.io/v1:Cluster")[0] as RecordedResource;
        const operator = recorder.named("cnpg", "pulumi-cnpg:index:CnpgOperator");
        for (const child of recorder.childrenOf(operator).filter(({ custom }) => custom))
          assert.ok(recorder.waitsFor(instance, child), child.name);
        for (const name of ["storage-role-1", "storage-endpoint-name", "backups-store", "disks-postgres"])
          assert.ok(recorder.waitsFor(instance, recorder.named(name)), name);
        for (const credential of recorder.ofType("managedidentity:FederatedIdentityCredential"))
          assert.ok(recorder.waitsFor(instance, credential), credential.name);
      });

      it("with protection off nothing is protected or kept, so that one destroy takes all of it", async () => {
        const { recorder } = await runExample("aks", { ...aksConfig, protectCluster: false }, { preview });
        for (const resource of recorder.resources) assert.ok(!recorder.isProtected(resource), resource.name);
        const kept = recorder.resources.filter(resource => recorder.isRetained(resource));
        // Definitions stay, because every database would go with them; here they go with the cluster. Roles and databases go with a ServiceAccount.
        for (const { type, name } of kept)
          assert.match(type, /CustomResourceDefinition|:Database(Role)?Patch$/, name);
      });
    });

  describe("by one run", () => {
    let recorder: MockRecorder;

    before(async () => {
      ({ recorder } = await runExample("aks", { ...aksConfig, clientRanges: ["198.51.100.0/24"] }));
    });

    it("in public has ranges and a name of its own", () => {
      for (const check of Object.values(policies)) assert.deepEqual(check(recorder), []);
      assert.match(
        JSON.stringify(recorder.resources),
        /orders-shopbackups\.westeurope\.cloudapp\.azure\.com/,
      );
    });

    it("has its list of resources in docs/aks-resources.md", () => {
      const page = readFileSync(resolve(__dirname, "../../../../docs/aks-resources.md"), "utf8");
      assert.ok(page.includes(resourceList(recorder)), "run: npm run generate:docs");
    });

    // The last two spoil what was recorded.
    it("a circle is found", () => {
      const [group, cluster] = [recorder.named("shop-group"), recorder.named("shop-cluster")];
      assert.ok(needs(recorder, cluster).length > 0);
      group.dependencies.push(cluster.urn);
      assert.throws(() => creationOrder(recorder), /needs itself/);
    });

    it("every rule can be broken", () => {
      // What each rule reads, made wrong.
      for (const resource of recorder.resources) {
        const { inputs } = resource;
        Object.assign(inputs, {
          apiServerAccessProfile: {},
          publicNetworkAccess: "Enabled",
          allowSharedKeyAccess: true,
          allowBlobPublicAccess: true,
          publicAccess: "Blob",
          minimumTlsVersion: "TLS1_0",
          disableLocalAccounts: false,
          networkRuleSet: {},
          tags: {},
          sku: { name: "Standard_LRS" },
          availabilityZones: ["1"],
          subject: "somebody else",
        });
        if (resource.type.endsWith(":Service")) inputs.spec = { type: "LoadBalancer" };
        if (resource.type.endsWith(":Service")) inputs.metadata = {};
        if (resource.type.endsWith(":Cluster")) inputs.spec = { instances: 3 };
      }
      for (const [rule, check] of Object.entries(policies)) assert.notDeepEqual(check(recorder), [], rule);
    });
  });
});
