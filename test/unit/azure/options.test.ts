import * as assert from "node:assert/strict";
import { ResourceGroup } from "@pulumi/azure-native/resources/resourceGroup";
import * as kubernetes from "@pulumi/kubernetes/provider";
import { AksPlatform, AzureBackupStorage, AzureStorageClasses, InstanceIdentity } from "../../../src/azure";
import { clientId, startAzureMocks, tenant } from "./azure";

describe("options of the components of Azure", () => {
  it("what a component depends on, each of its resources does", async () => {
    const recorder = await startAzureMocks();
    const first = new ResourceGroup("first", {});
    const provider = new kubernetes.Provider("cluster", {});
    const opts = { dependsOn: first };
    new AksPlatform("shop", { location: "westeurope", apiServer: { private: true } }, opts);
    const identity = { clientId, principalId: clientId, tenantId: tenant };
    const network = { endpointSubnetId: "/subnet", virtualNetworkId: "/network" };
    new AzureBackupStorage(
      "storage",
      { location: "westeurope", account: "shopbackups", identities: [{ identity }], network },
      opts,
    );
    const platform = {
      location: "westeurope",
      resourceGroupName: "shop",
      oidcIssuerUrl: "https://issuer.example/",
    };
    new InstanceIdentity("identity", { platform, instances: [{ name: "orders" }] }, opts);
    new AzureStorageClasses(
      "disks",
      { classes: [{ name: "a", kind: "premiumV2" }], snapshots: {} },
      { ...opts, provider },
    );
    await recorder.settled();
    const group = recorder.named("first");
    for (const name of ["shop", "storage", "identity", "disks"]) {
      const children = recorder.childrenOf(recorder.named(name));
      assert.ok(children.length > 1, name);
      for (const child of children) assert.ok(recorder.waitsFor(child, group), child.name);
    }
    assert.match(recorder.named("disks-a").provider ?? "", /cluster/);
  });
});
