import * as assert from "node:assert/strict";
import fc from "fast-check";
import { stringify } from "yaml";
import type { BackupStoreArgs } from "../../../../src/backup";
import type { ObjectStoreSpec } from "../../../../src/cnpg/object-store";
import { renderStore } from "../../../../src/backup/store/render";
import { storeProblems } from "../../../../src/backup/store/validate";
import { assertGolden } from "../../golden";
import { validateManifest } from "../../schemas";
import { secrets, stores } from "./samples";

interface Rendered {
  objectStores: object[];
  secret?: object;
}

/** The objects as they are sent. */
function manifests(args: BackupStoreArgs): Rendered {
  const { archive, restore, secret } = renderStore("backups", args);
  const kind = { apiVersion: "barmancloud.cnpg.io/v1", kind: "ObjectStore" };
  return JSON.parse(
    JSON.stringify({
      objectStores: [archive, restore].map(store => ({ ...kind, ...store })),
      secret: secret && { apiVersion: "v1", kind: "Secret", ...secret },
    }),
  ) as Rendered;
}

const spec = (args: BackupStoreArgs): ObjectStoreSpec =>
  renderStore("backups", args).archive.spec as ObjectStoreSpec;

describe("objects of a store", () => {
  for (const [name, args] of Object.entries(stores)) {
    it(`${name}: equal the golden file and pass the schema`, () => {
      assert.deepEqual(storeProblems("backups", args), []);
      const { objectStores, secret } = manifests(args);
      for (const store of objectStores) assert.deepEqual(validateManifest(store), []);
      const all = secret === undefined ? objectStores : [secret, ...objectStores];
      assertGolden(
        `store/${name}.yaml`,
        all.map(object => stringify(object, { sortMapEntries: true, lineWidth: 0 })).join("---\n"),
      );
    });
  }

  it("name every Secret that is read, and no other", () => {
    const read = (name: string): string[] => renderStore("backups", stores[name] ?? {}).secrets;
    assert.deepEqual(read("azure-connection-string"), ["backups-credentials"]);
    assert.deepEqual(read("azure-existing-secret"), ["azure"]);
    assert.deepEqual(read("azure-existing-account-key"), ["azure", "backups-credentials"]);
    assert.deepEqual(read("s3-compatible"), ["minio", "minio-ca"]);
    for (const name of ["azure-managed-identity", "azure-workload-identity", "s3-role"])
      assert.deepEqual(read(name), [], name);
  });

  it("give recoveries more memory, never less", () => {
    const memory = (args: BackupStoreArgs): unknown[] => {
      const { archive, restore } = renderStore("backups", args);
      return [archive, restore].map(
        store =>
          (store.spec as { instanceSidecarConfiguration: { resources: { limits: { memory: string } } } })
            .instanceSidecarConfiguration.resources.limits.memory,
      );
    };
    const base = stores["azure-managed-identity"] ?? {};
    assert.deepEqual(memory(base), ["512Mi", "1Gi"]);
    assert.deepEqual(memory({ ...base, sidecar: { memory: "2Gi" } }), ["2Gi", "2Gi"]);
    assert.deepEqual(memory({ ...base, sidecar: { restoreMemory: "4Gi" } }), ["512Mi", "4Gi"]);
  });

  it("let only the archive be cleaned up by retention", () => {
    const { archive, restore } = renderStore("backups", stores["s3-role"] ?? {});
    assert.equal((archive.spec as { retentionPolicy?: string }).retentionPolicy, "7d");
    assert.equal((restore.spec as { retentionPolicy?: string }).retentionPolicy, undefined);
  });

  const texts = (...maps: Record<string, string>[]): fc.Arbitrary<Record<string, string>> =>
    fc.constantFrom(...maps);
  const anyArgs: fc.Arbitrary<BackupStoreArgs> = fc
    .record({
      place: fc.constantFrom(...Object.values(stores)),
      more: fc.record(
        {
          namespace: fc.constantFrom("shop", "default"),
          compression: fc.record(
            {
              data: fc.constantFrom("lz4" as const, "snappy" as const, "gzip" as const, "none" as const),
              wal: fc.constantFrom("zstd" as const, "xz" as const, "none" as const),
            },
            { requiredKeys: [] },
          ),
          parallelism: fc.record({ data: fc.integer({ min: 1, max: 32 }) }),
          recoveryWindowDays: fc.integer({ min: 1, max: 3650 }),
          immediateCheckpoint: fc.boolean(),
          tags: texts({ a: "b" }, { "a.b": "c d", e: "" }),
          labels: texts({}, { team: "shop" }),
          annotations: texts({}, { a: "b" }),
        },
        { requiredKeys: [] },
      ),
    })
    .map(({ place, more }): BackupStoreArgs => ({ ...place, ...more }));

  it("pass the schema whatever the arguments, the same for the same arguments, and hold no credential", () => {
    fc.assert(
      fc.property(anyArgs, args => {
        assert.deepEqual(storeProblems("backups", args), []);
        const rendered = manifests(args);
        assert.deepEqual(manifests(structuredClone(args)), rendered);
        for (const store of rendered.objectStores) assert.deepEqual(validateManifest(store), []);
        const { credentials, ...store } = renderStore("backups", args);
        const open = { ...store, ...credentials, secret: undefined, data: undefined };
        const sent = JSON.stringify([open, rendered.objectStores]);
        for (const value of Object.values(secrets)) {
          const forms = [value, JSON.stringify(value).slice(1, -1), Buffer.from(value).toString("base64")];
          for (const form of [...forms, encodeURIComponent(value)]) assert.ok(!sent.includes(form), form);
        }
      }),
    );
  });

  it("put random credentials into the Secret and nowhere else", () => {
    const value = fc.stringMatching(/^[A-Za-z0-9]{24}$/);
    fc.assert(
      fc.property(value, value, fc.constantFrom("key", "sas", "s3"), (first, second, kind) => {
        fc.pre(first !== second);
        const azure = { account: "shopbackups", container: "backups" };
        const args: Record<string, BackupStoreArgs> = {
          key: { azure: { ...azure, credentials: { accountKey: first } } },
          sas: { azure: { ...azure, credentials: { sasToken: `sp=rwl&sig=${first}` } } },
          s3: { s3: { bucket: "backups", credentials: { accessKey: { id: first, secret: second } } } },
        };
        const { objectStores, secret } = manifests(args[kind] ?? {});
        assert.ok(JSON.stringify(secret).includes(first));
        for (const text of [first, second]) assert.ok(!JSON.stringify(objectStores).includes(text));
      }),
    );
  });

  it("compress with what plugin and images have, and say nothing for none", () => {
    const base = stores["s3-role"] ?? {};
    const compression = (args: BackupStoreArgs): unknown[] => {
      const { data, wal } = spec(args).configuration;
      return [data?.compression, wal?.compression];
    };
    assert.deepEqual(compression(base), ["lz4", "zstd"]);
    assert.deepEqual(compression({ ...base, compression: { data: "none", wal: "none" } }), [
      undefined,
      undefined,
    ]);
  });
});
