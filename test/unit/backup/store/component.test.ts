import * as assert from "node:assert/strict";
import * as pulumi from "@pulumi/pulumi";
import { BackupStore, type BackupStoreArgs, type BackupStoreOptions } from "../../../../src/backup";
import { withChecks } from "../../../../src/backup/store/leaves";
import { type MockRecorder, promiseOf, type RecordedResource, startMocks } from "../../mocks";
import { clientId, connectionString, secrets, stores } from "./samples";

interface Made {
  recorder: MockRecorder;
  store: BackupStore;
}

async function make(args: BackupStoreArgs, preview: boolean, opts?: BackupStoreOptions): Promise<Made> {
  const recorder = await startMocks({ preview });
  const store = new BackupStore("backups", args, opts);
  await recorder.settled();
  return { recorder, store };
}

function children({ recorder }: Made): RecordedResource[] {
  return recorder.childrenOf(recorder.named("backups"));
}

const byKey = stores["azure-account-key"] ?? {};
const place = { account: "shopbackups", container: "backups" };

for (const preview of [true, false]) {
  describe(`BackupStore, ${preview ? "at preview" : "at update"}`, () => {
    it("makes its children under the component, the stores after the Secret", async () => {
      const made = await make(byKey, preview);
      assert.deepEqual(
        children(made)
          .map(({ name }) => name)
          .sort(),
        ["backups-credentials", "backups-restore", "backups-store"],
      );
      const { recorder } = made;
      assert.deepEqual(recorder.named("backups").inputs, {});
      for (const name of ["backups-restore", "backups-store"])
        assert.ok(recorder.waitsFor(recorder.named(name), recorder.named("backups-credentials")), name);
    });

    it("sends every credential as a secret, and only in the Secret", async () => {
      for (const [name, args] of Object.entries(stores)) {
        const made = await make(args, preview);
        for (const child of children(made)) {
          const isSecret = child.name === "backups-credentials";
          assert.deepEqual(child.secretPaths, isSecret ? ["stringData"] : [], `${name}: ${child.name}`);
          const sent = JSON.stringify(child.inputs);
          if (!isSecret)
            for (const value of Object.values(secrets))
              assert.ok(!sent.includes(value), `${name}: ${child.name}`);
        }
        const { reference } = made.store;
        assert.equal(await pulumi.isSecret(reference), false, name);
        const known = JSON.stringify((await promiseOf(reference)) ?? {});
        for (const value of Object.values(secrets)) assert.ok(!known.includes(value), name);
      }
    });

    it("keeps everything unless told otherwise, and hands on protect", async () => {
      const kept = await make(byKey, preview, { protect: true });
      for (const child of children(kept)) {
        assert.ok(kept.recorder.isRetained(child), child.name);
        assert.ok(kept.recorder.isProtected(child), child.name);
      }
      const given = await make({ ...byKey, keepData: false }, preview);
      for (const child of children(given)) {
        assert.ok(!given.recorder.isRetained(child), child.name);
        assert.ok(!given.recorder.isProtected(child), child.name);
      }
    });

    it("takes over what was kept without changing it", async () => {
      const made = await make({ ...byKey, namespace: "shop", adopt: true }, preview);
      const imports = children(made).map(({ importId, ignoreChanges }) => [
        importId,
        ignoreChanges.includes("spec"),
      ]);
      assert.deepEqual(imports.sort(), [
        ["shop/backups", true],
        ["shop/backups-credentials", true],
        ["shop/backups-restore", true],
      ]);
    });

    it("gives a reference without secrets, with what an identity needs", async () => {
      const { store } = await make(
        {
          name: "main",
          namespace: "shop",
          azure: { ...place, credentials: { workloadIdentity: { clientId } } },
        },
        preview,
      );
      const { rollout, ...rest } = (await promiseOf(store.reference)) ?? {};
      assert.match(rollout ?? "", /^rollout-/);
      assert.deepEqual(rest, {
        name: "main",
        restoreName: "main-restore",
        namespace: "shop",
        secrets: [],
        recoveryWindowDays: 7,
        sidecar: { requests: { cpu: "100m", memory: "512Mi" }, limits: { memory: "512Mi" } },
        serviceAccountAnnotations: { "azure.workload.identity/client-id": clientId },
        podLabels: { "azure.workload.identity/use": "true" },
      });
      assert.equal(await promiseOf(store.storeName), "main");
      assert.equal(await promiseOf(store.namespace), "shop");
      assert.equal(
        await promiseOf(store.destinationPath),
        "https://shopbackups.blob.core.windows.net/backups",
      );
    });

    it("tells by its reference of a change that restarts pods, and of no other", async () => {
      const rollout = async (more: Partial<BackupStoreArgs>): Promise<string | undefined> =>
        (await promiseOf((await make({ ...byKey, ...more }, preview)).store.reference))?.rollout;
      const before = await rollout({});
      assert.ok(before !== undefined);
      assert.notEqual(await rollout({ sidecar: { memory: "1Gi" } }), before);
      assert.notEqual(await rollout({ endpointCA: { secret: "ca", key: "ca.crt" } }), before);
      assert.equal(await rollout({ compression: { wal: "lz4" }, recoveryWindowDays: 9 }), before);
    });

    it("waits with every child for what the component waits for", async () => {
      const recorder = await startMocks({ preview });
      const operator = new pulumi.Stash("operator", { input: "ready" });
      new BackupStore("backups", byKey, { dependsOn: operator });
      await recorder.settled();
      for (const child of recorder.childrenOf(recorder.named("backups")))
        assert.ok(recorder.waitsFor(child, recorder.named("operator")), child.name);
    });

    it("lets a transform change single children", async () => {
      const made = await make(byKey, preview, {
        transform: { objectStore: (args, opts) => ({ args: { ...args, changed: true }, opts }) },
      });
      const changed = children(made).filter(({ inputs }) => inputs.changed === true);
      assert.deepEqual(changed.map(({ name }) => name).sort(), ["backups-restore", "backups-store"]);
    });

    it("looks at the store's former place before an update", async () => {
      const { recorder } = await make(byKey, preview);
      assert.deepEqual(recorder.named("backups-store").hooks, {
        beforeUpdate: ["backups-compare-destination"],
      });
      assert.deepEqual(recorder.named("backups-restore").hooks, {});
    });

    it("takes values that become known during the update, and checks them then", async () => {
      const account = pulumi.output("shopbackups");
      const credentials = { connectionString: pulumi.secret(connectionString) };
      const { recorder, store } = await make({ azure: { ...place, account, credentials } }, preview);
      const { spec } = recorder.named("backups-store").inputs as {
        spec: { configuration: { destinationPath: string } };
      };
      const destination = "https://shopbackups.blob.core.windows.net/backups";
      assert.equal(spec.configuration.destinationPath, destination);
      assert.equal(await promiseOf(store.destinationPath), destination);
      assert.deepEqual(recorder.named("backups-credentials").inputs.stringData, {
        AZURE_STORAGE_CONNECTION_STRING: connectionString,
      });
    });
  });
}

describe("values of BackupStore that become known during the update", () => {
  it("are refused with the message of the preview, without the value", async () => {
    await startMocks();
    const wrong = pulumi.secret(`AccountName=x;AccountKeyy=${secrets.accountKey}`);
    const checked = withChecks("backups", {
      azure: { ...place, account: pulumi.output("Shop"), credentials: { connectionString: wrong } },
    });
    await assert.rejects(
      promiseOf(pulumi.output(checked.azure?.account)),
      /BackupStore "backups": argument azure\.account = "Shop": is no storage account/,
    );
    await assert.rejects(
      promiseOf(pulumi.output(checked.azure?.credentials.connectionString)),
      (error: Error) =>
        error.message.includes("argument azure.credentials.connectionString: is no connection string") &&
        !error.message.includes(secrets.accountKey),
    );
  });

  it("stay secret when they were", async () => {
    await startMocks();
    const key = pulumi.secret(secrets.accountKey);
    const checked = withChecks("backups", { azure: { ...place, credentials: { accountKey: key } } });
    assert.ok(await pulumi.isSecret(pulumi.output(checked.azure?.credentials.accountKey)));
  });
});
