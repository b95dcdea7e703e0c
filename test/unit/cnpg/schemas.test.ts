import * as assert from "node:assert/strict";
import { pinnedVersions } from "../../../src/cnpg";
import { manifestSchema, schemaOrigins, validateManifest } from "../schemas";
import { samples } from "./samples";

const minimal = {
  apiVersion: "postgresql.cnpg.io/v1",
  kind: "Cluster",
  metadata: { name: "orders-g1", labels: { anything: "goes" } },
  spec: { instances: 1, storage: { size: "1Gi" } },
};

describe("cnpg interfaces against the custom resources' schemas", () => {
  for (const sample of samples) {
    it(`${sample.kind}: every field exists and has the type`, () => {
      assert.deepEqual(validateManifest(sample), []);
    });
  }
});

describe("validateManifest", () => {
  it("accepts a small Cluster", () => assert.deepEqual(validateManifest(minimal), []));

  it("does not see members that are undefined", () => {
    assert.deepEqual(validateManifest({ ...minimal, spec: { ...minimal.spec, description: undefined } }), []);
  });

  it("refuses an unknown field at any depth", () => {
    const wrong = { ...minimal, spec: { ...minimal.spec, storage: { size: "1Gi", sizes: "1Gi" } } };
    assert.deepEqual(validateManifest(wrong), ["spec.storage: unknown field sizes"]);
    const list = { ...minimal, spec: { ...minimal.spec, plugins: [{ name: "a", walArchiver: true }] } };
    assert.deepEqual(validateManifest(list), ["spec.plugins.0: unknown field walArchiver"]);
  });

  it("refuses wrong types, values and missing fields", () => {
    const wrong = { ...minimal, spec: { primaryUpdateMethod: "reboot", description: 1 } };
    assert.deepEqual(validateManifest(wrong).sort(), [
      "spec.description: must be string",
      "spec.primaryUpdateMethod: must be equal to one of the allowed values (switchover, restart)",
      "spec: must have required property 'instances'",
    ]);
  });

  it("accepts numbers and texts for quantities, and checks their form", () => {
    const limits = (shm: unknown): string[] =>
      validateManifest({ ...minimal, spec: { ...minimal.spec, ephemeralVolumesSizeLimit: { shm } } });
    assert.deepEqual(limits(1), []);
    assert.deepEqual(limits("1Gi"), []);
    assert.equal(limits("much").length, 1);
    assert.ok(limits(true).length > 0);
  });

  it("refuses a kind without schema", () => {
    assert.deepEqual(validateManifest({ apiVersion: "v1", kind: "Secret" }), ["no schema for v1 Secret"]);
  });

  it("requires apiVersion, kind and metadata", () => {
    assert.deepEqual(
      validateManifest({ apiVersion: minimal.apiVersion, kind: minimal.kind, spec: minimal.spec }),
      ["the manifest: must have required property 'metadata'"],
    );
  });

  it("has the schemas of the pinned versions", () => {
    for (const [kind, origin] of schemaOrigins()) {
      const version = kind === "ObjectStore" ? pinnedVersions.plugin : pinnedVersions.operator;
      assert.ok(origin.includes(`@v${version},`), `${kind}: ${origin} Run "npm run generate:schemas".`);
    }
  });

  it("knows every kind of operator and plugin", () => {
    for (const kind of ["ClusterImageCatalog", "FailoverQuorum", ...samples.map(sample => sample.kind)]) {
      const version = kind === "ObjectStore" ? "barmancloud.cnpg.io/v1" : "postgresql.cnpg.io/v1";
      assert.ok(manifestSchema(version, kind), kind);
    }
  });
});
