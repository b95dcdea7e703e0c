import * as assert from "node:assert/strict";
import { BackupSchedule, BackupStore, PostgresInstance, type PostgresInstanceArgs } from "../../../src";
import { AzureBackupStorage, InstanceIdentity } from "../../../src/azure";
import { policies } from "../examples/policies";
import type { MockRecorder } from "../mocks";
import { startAzureMocks } from "./azure";

const platform = {
  location: "westeurope",
  resourceGroupName: "shop",
  oidcIssuerUrl: "https://issuer.example/",
};
const check = policies["every identity's ServiceAccount has a credential"];

/** An instance with everything that enters the store. */
async function make(args: PostgresInstanceArgs, dumps: boolean): Promise<MockRecorder> {
  const recorder = await startAzureMocks({
    outputs: ({ type }) =>
      type === "random:index/randomPassword:RandomPassword" ? { result: "secret" } : undefined,
  });
  const identity = new InstanceIdentity("identity", { platform, instances: [{ name: "orders", dumps }] });
  const storage = new AzureBackupStorage("storage", {
    location: "westeurope",
    account: "shopbackups",
    identities: [{ identity: identity.reference }],
  });
  const store = new BackupStore("backups", { azure: storage.azure });
  const orders = new PostgresInstance("orders", { ...args, backup: { store: store.reference } });
  new BackupSchedule("orders-schedule", {
    instance: orders.reference,
    drill: {},
    dumps: dumps ? { nightly: {} } : undefined,
  });
  await recorder.settled();
  return recorder;
}

const accounts = (recorder: MockRecorder): string[] =>
  recorder
    .ofType("core/v1:ServiceAccount")
    .filter(({ inputs }) => JSON.stringify(inputs).includes("azure.workload.identity/client-id"))
    .map(({ inputs }) => (inputs.metadata as { name: string }).name)
    .sort();

const credentials = (recorder: MockRecorder): string[] =>
  recorder
    .ofType("managedidentity:FederatedIdentityCredential")
    .map(({ inputs }) => String(inputs.subject))
    .sort();

describe("identity over generations", () => {
  it("everything that enters the store has a credential: pods, Jobs, drills, dumps, the last backup", async () => {
    const recorder = await make({ deletion: { confirm: "orders" } }, true);
    assert.deepEqual(accounts(recorder), [
      "orders",
      "orders-archive",
      "orders-backups",
      "orders-drills",
      "orders-dump-restore",
      "orders-dumps",
      "orders-final-backup",
    ]);
    assert.deepEqual(check?.(recorder), []);
  });

  it("a second generation, and a restored one, needs no new credential", async () => {
    const first = await make({}, false);
    const second = await make({ generations: { "1": {}, "2": {} }, activeGeneration: "2" }, false);
    assert.ok(second.find("orders-g2"));
    assert.deepEqual(credentials(second), credentials(first));
    assert.deepEqual(check?.(second), []);
    const clusters = second.ofType("postgresql.cnpg.io/v1:Cluster").map(({ inputs }) => inputs.spec);
    for (const spec of clusters) {
      const { serviceAccountName, inheritedMetadata } = spec as {
        serviceAccountName: string;
        inheritedMetadata: { labels: Record<string, string> };
      };
      assert.equal(serviceAccountName, "orders");
      assert.equal(inheritedMetadata.labels["azure.workload.identity/use"], "true");
    }
  });

  it("a credential that is missing is found", async () => {
    const recorder = await make({}, false);
    for (const { inputs } of recorder.ofType("managedidentity:FederatedIdentityCredential"))
      if (String(inputs.subject).endsWith("-drills")) inputs.subject = "system:serviceaccount:default:drills";
    assert.deepEqual(check?.(recorder), [
      "system:serviceaccount:default:orders-drills has an identity, and no credential",
    ]);
  });
});
