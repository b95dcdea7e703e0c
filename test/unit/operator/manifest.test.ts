import * as assert from "node:assert/strict";
import { skip } from "../../skip";
import { createHash } from "node:crypto";
import { existsSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { cacheDir } from "../../../embedded/paths";
import { ArgumentError } from "../../../src/argument-error";
import { downloadManifest, isRemote, parseManifest, readManifest } from "../../../src/operator/manifest";
import { operatorPin, pluginPin } from "../../../src/operator/pins";
import { objectKey, renderOperator, renderPlugin } from "../../../src/operator/render";
import { type ManifestSource, resolveOperator } from "../../../src/operator/resolve";
import { fixtureManifests } from "./fixtures";

function source(content: string, location = "manifest.yaml"): ManifestSource {
  const sha256 = createHash("sha256").update(content).digest("hex");
  return { argument: "manifest.operator", location, sha256 };
}

function parse(content: string): string[] {
  return parseManifest("operator", source(content), Buffer.from(content)).map(objectKey);
}

describe("the operator's manifests", () => {
  it("are read from a file", () => {
    const { operator, operatorSha256 } = fixtureManifests();
    const objects = readManifest("operator", {
      argument: "manifest.operator",
      location: operator,
      sha256: operatorSha256,
    });
    assert.ok(objects.map(objectKey).includes("deployment/cnpg-controller-manager"));
  });

  it("may hold empty documents and comments, but objects only", () => {
    const object = "apiVersion: v1\nkind: Namespace\nmetadata: { name: a }\n";
    assert.deepEqual(parse(`---\n# nothing\n---\n${object}---\n`), ["namespace/a"]);
    assert.throws(() => parse("just text"), /holds something that is no Kubernetes object/);
    assert.throws(() => parse("apiVersion: v1\nkind: List\nitems: []\n"), ArgumentError);
    assert.throws(() => parse("a: [1"), /is not YAML/);
  });

  it("are refused when the content is another one, naming both checksums", () => {
    const expected = source("one");
    assert.throws(
      () => parseManifest("operator", expected, Buffer.from("two")),
      new RegExp(`SHA-256 3fc4ccfe.*, not ${expected.sha256}.*manifest\\.operatorSha256`),
    );
  });

  it("name the file that cannot be read", () => {
    assert.throws(
      () => readManifest("operator", source("", "/nowhere/cnpg.yaml")),
      /argument manifest\.operator = "\/nowhere\/cnpg\.yaml": cannot be read \(ENOENT.*Give the path of a file that exists/,
    );
  });

  it("are asked for again a few times when the network fails, and then no more", async () => {
    const original = globalThis.fetch;
    const content = "apiVersion: v1\nkind: Namespace\nmetadata: { name: a }\n";
    let calls = 0;
    try {
      globalThis.fetch = async () => {
        calls++;
        if (calls < 3) throw new TypeError("fetch failed", { cause: new Error("connection reset") });
        return new Response(content);
      };
      const objects = await downloadManifest("operator", source(content, "https://x.example.com/a.yaml"));
      assert.deepEqual(objects.map(objectKey), ["namespace/a"]);
      calls = -10;
      await assert.rejects(
        downloadManifest("operator", source(content, "https://x.example.com/a.yaml")),
        /cannot be downloaded \(fetch failed: connection reset; 3 attempts\)/,
      );
      assert.equal(calls, -7);
    } finally {
      globalThis.fetch = original;
    }
  });

  it("are remote by their scheme", () => {
    assert.ok(isRemote(source("", "https://example.com/a.yaml")));
    assert.ok(!isRemote(source("", "https.yaml")));
    assert.ok(!isRemote(source("", "./vendor/a.yaml")));
  });
});

describe("the pinned manifests", () => {
  const modules = join(process.env["GOMODCACHE"] ?? cacheDir("go", "mod"), "github.com", "cloudnative-pg");
  const paths = {
    operator: join(modules, "cloudnative-pg@v1.30.0", "releases", "cnpg-1.30.0.yaml"),
    plugin: join(modules, "plugin-barman-cloud@v0.14.0", "manifest.yaml"),
  };

  it("are those of the Go modules, and render", function () {
    if (!existsSync(paths.operator) || !existsSync(paths.plugin)) {
      skip(this, "the Go modules of CloudNativePG and the plugin are not in the cache");
    }
    const checksum = (path: string): string => createHash("sha256").update(readFileSync(path)).digest("hex");
    assert.equal(checksum(paths.operator), operatorPin("1.30.0").sha256);
    assert.equal(checksum(paths.plugin), pluginPin("0.14.0").sha256);

    const operator = resolveOperator({ namespace: "databases", manifest: paths });
    assert.ok(operator.plugin);
    const objects = [
      ...renderOperator(readManifest("operator", operator.manifest), operator),
      ...renderPlugin(readManifest("operator", operator.plugin.manifest), operator, operator.plugin),
    ];
    const text = JSON.stringify(objects.filter(({ kind }) => kind !== "CustomResourceDefinition"));
    for (const trace of ["cnpg-system", "testing", ":main", "kustomize", "caBundle"]) {
      assert.ok(!text.includes(trace), `${trace} is still there`);
    }
    const images = [...text.matchAll(/ghcr\.io\/[^"\s]+/g)].map(([image]) => image);
    assert.deepEqual([...new Set(images)].sort(), [
      "ghcr.io/cloudnative-pg/cloudnative-pg:1.30.0",
      "ghcr.io/cloudnative-pg/plugin-barman-cloud-sidecar:v0.14.0",
      "ghcr.io/cloudnative-pg/plugin-barman-cloud:v0.14.0",
    ]);
    assert.equal(objects.filter(({ kind }) => kind === "CustomResourceDefinition").length, 12);
  });
});
