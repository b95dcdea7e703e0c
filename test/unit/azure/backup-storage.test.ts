import * as assert from "node:assert/strict";
import * as fc from "fast-check";
import {
  AzureBackupStorage,
  type AzureBackupStorageArgs,
  StorageAccess,
  StorageRedundancy,
} from "../../../src/azure/backup-storage";
import { accountArgs, connectionString, lifecycleRules } from "../../../src/azure/backup-storage/render";
import { resolveStorage } from "../../../src/azure/backup-storage/resolve";
import { storageProblems } from "../../../src/azure/backup-storage/validate";
import { BackupStore } from "../../../src/backup";
import { connectionStringProblem } from "../../../src/backup/store/secret-values";
import type { MockRecorder } from "../mocks";
import { accountKey, clientId, signature, startAzureMocks, tenant } from "./azure";

const identity = { clientId, principalId: clientId, tenantId: tenant };
const base: AzureBackupStorageArgs = {
  location: "westeurope",
  account: "shopbackups",
  identities: [{ identity }],
};

function problems(args: Partial<AzureBackupStorageArgs>): string[] {
  return storageProblems("backups", { ...base, ...args }).map(
    ({ argument, remedy }) => `${argument}: ${remedy}`,
  );
}

describe("storage for backups on Azure", () => {
  it("no rule touches what the recovery window needs, whatever the arguments", () => {
    fc.assert(
      fc.property(
        fc.record(
          {
            recoveryWindowDays: fc.integer({ min: 1, max: 3650 }),
            previousVersionDays: fc.integer({ min: 1, max: 3650 }),
            coolAfterDays: fc.integer({ min: 1, max: 5000 }),
            versioning: fc.boolean(),
          },
          { requiredKeys: [] },
        ),
        args => {
          const storage = resolveStorage("backups", { ...base, ...args });
          const accepted = storageProblems("backups", { ...base, ...args }).length === 0;
          for (const { definition } of lifecycleRules(storage)) {
            const { baseBlob = {} } = definition.actions as {
              baseBlob?: Record<string, Record<string, number>>;
            };
            assert.ok(!("delete" in baseBlob) && !("tierToArchive" in baseBlob));
            const cool = baseBlob.tierToCool?.daysAfterModificationGreaterThan;
            if (accepted && cool !== undefined) assert.ok(cool > storage.recoveryWindowDays && cool >= 30);
            assert.deepEqual(definition.filters.prefixMatch, ["backups/"]);
          }
        },
      ),
    );
  });

  it("has no key unless one is asked for, no public blob, and TLS 1.2 at least", () => {
    for (const access of Object.values(StorageAccess)) {
      const account = accountArgs(resolveStorage("backups", { ...base, access }));
      assert.equal(account.allowSharedKeyAccess, access !== StorageAccess.Identity);
      assert.equal(account.allowBlobPublicAccess, false);
      assert.equal(account.minimumTlsVersion, "TLS1_2");
    }
  });

  it("refuses what Azure or Barman would, with the nearest choice", () => {
    assert.deepEqual(problems({}), []);
    assert.match(problems({ account: "Shop_Backups" })[0] ?? "", /nearest is "shopbackups"/);
    assert.match(problems({ location: "West Europe" })[0] ?? "", /^location: Nearest is "westeurope"/);
    assert.match(
      problems({ location: "westus", redundancy: StorageRedundancy.Zone })[0] ?? "",
      /Standard_LRS/,
    );
    assert.match(
      problems({ location: "italynorth", redundancy: StorageRedundancy.GeoZone })[0] ?? "",
      /Standard_ZRS/,
    );
    assert.match(problems({ identities: [] })[0] ?? "", /^identities/);
    assert.match(problems({ identities: [{ identity, readOnly: true }] })[0] ?? "", /^identities/);
    assert.match(problems({ location: "usgovvirginia" })[0] ?? "", /Nearest is "connectionString"/);
    assert.deepEqual(problems({ location: "usgovvirginia", access: StorageAccess.ConnectionString }), []);
    assert.match(problems({ access: StorageAccess.SasToken })[0] ?? "", /^sasExpiry/);
    assert.match(problems({ coolAfterDays: 10 })[0] ?? "", /Nearest is 30/);
    assert.match(problems({ coolAfterDays: 30, recoveryWindowDays: 60 })[0] ?? "", /Nearest is 61/);
    assert.match(problems({ immutability: { days: 30 }, previousVersionDays: 14 })[0] ?? "", /Nearest is 30/);
    assert.match(problems({ immutability: { days: 3 }, versioning: false })[0] ?? "", /^versioning/);
    assert.match(problems({ network: { endpointSubnetId: "x" } })[0] ?? "", /^network.virtualNetworkId/);
    assert.match(
      problems({ network: { allowedRanges: ["203.0.113.7/32"] } })[0] ?? "",
      /Nearest is "203.0.113.7"/,
    );
    assert.deepEqual(problems({ network: { allowedRanges: ["203.0.113.7", "203.0.113.0/24"] } }), []);
  });

  it("its connection string is one", () => {
    const text = connectionString("shopbackups", accountKey, "blob.core.windows.net");
    assert.equal(connectionStringProblem(text, "shopbackups"), undefined);
    assert.match(text, /EndpointSuffix=core\.windows\.net$/);
  });

  for (const preview of [true, false])
    describe(preview ? "at preview" : "at update", () => {
      async function make(args: Partial<AzureBackupStorageArgs> = {}): Promise<MockRecorder> {
        const recorder = await startAzureMocks({ preview });
        const storage = new AzureBackupStorage("storage", { ...base, ...args });
        new BackupStore("backups", { namespace: "shop", azure: storage.azure });
        await recorder.settled();
        return recorder;
      }

      it("a BackupStore takes it, and waits for the role", async () => {
        const recorder = await make();
        const role = recorder.named("storage-role-1");
        assert.match(
          JSON.stringify(recorder.ofType("storage:BlobContainer").map(({ inputs }) => inputs)),
          /"None"/,
        );
        assert.ok(recorder.waitsFor(recorder.named("storage-lifecycle"), recorder.named("storage-blobs")));
        const store = recorder.named("backups-store");
        for (const needed of [role, recorder.named("storage-container"), recorder.named("storage-lifecycle")])
          assert.ok(recorder.waitsFor(store, needed), needed.name);
        assert.equal(recorder.find("backups-credentials"), undefined);
        if (!preview)
          assert.match(
            JSON.stringify(store.inputs),
            /https:\/\/shopbackups\.blob\.core\.windows\.net\/backups/,
          );
      });

      it("an identity that was let in has arguments of its own", async () => {
        await startAzureMocks({ preview });
        const other = { ...identity };
        const storage = new AzureBackupStorage("storage", {
          ...base,
          identities: [{ identity }, { identity: other, readOnly: true }],
        });
        assert.ok(storage.azureFor(other).credentials.workloadIdentity);
        assert.throws(() => storage.azureFor({ ...identity }), /not one of identities/);
      });

      it("the group and the account with its rules are kept, and nothing else", async () => {
        const recorder = await make();
        const kept = recorder
          .childrenOf(recorder.named("storage"))
          .filter(child => recorder.isRetained(child));
        assert.deepEqual(
          kept.map(({ name }) => name),
          ["group", "account", "blobs", "container", "lifecycle"].map(suffix => `storage-${suffix}`),
        );
        const gone = await make({ keepData: false });
        assert.ok(gone.childrenOf(gone.named("storage")).every(child => !gone.isRetained(child)));
      });

      for (const [access, secret] of [
        [StorageAccess.ConnectionString, accountKey],
        [StorageAccess.SasToken, signature],
      ] as const)
        it(`by ${access} the secret is in the Secret, marked as one, and nowhere else`, async () => {
          const sasExpiry = access === StorageAccess.SasToken ? "2027-06-30T00:00:00Z" : undefined;
          const recorder = await make({ access, sasExpiry, identities: [] });
          const holder = recorder.named("backups-credentials");
          assert.ok(
            [...holder.secretPaths, ...holder.unknownPaths].some(path => path.startsWith("stringData")),
          );
          for (const resource of recorder.resources)
            if (resource !== holder)
              assert.ok(!JSON.stringify(resource.inputs).includes(secret), resource.name);
          if (!preview) assert.ok(JSON.stringify(holder.inputs).includes(secret));
        });

      it("behind a private endpoint it has no public address, and a name in the network", async () => {
        const recorder = await make({
          network: { endpointSubnetId: "/subnet", virtualNetworkId: "/network" },
        });
        assert.equal(recorder.named("storage-account").inputs.publicNetworkAccess, "Disabled");
        assert.deepEqual(recorder.named("storage-account").inputs.networkRuleSet, {
          bypass: "None",
          defaultAction: "Deny",
          ipRules: [],
        });
        assert.equal(
          recorder.named("storage-zone").inputs.privateZoneName,
          "privatelink.blob.core.windows.net",
        );
        assert.ok(
          recorder.waitsFor(recorder.named("backups-store"), recorder.named("storage-endpoint-name")),
        );
      });

      it("immutability is of versions, never of the container", async () => {
        const recorder = await make({ immutability: { days: 10 } });
        const { immutableStorageWithVersioning } = recorder.named("storage-account").inputs;
        assert.equal((immutableStorageWithVersioning as { enabled: boolean }).enabled, true);
        assert.equal(recorder.ofType("storage:BlobContainerImmutabilityPolicy").length, 0);
      });
    });
});
