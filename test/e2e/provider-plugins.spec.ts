import * as assert from "node:assert/strict";
import * as pulumi from "@pulumi/pulumi";
import { CustomResource } from "@pulumi/kubernetes/apiextensions";
import { CustomResourceDefinition } from "@pulumi/kubernetes/apiextensions/v1";
import { ConfigMap, ConfigMapPatch, Secret } from "@pulumi/kubernetes/core/v1";
import { Provider } from "@pulumi/kubernetes/provider";
import { RandomPassword } from "@pulumi/random";
import { harness, type RunFailure, type SpecStack } from "./harness";

interface Wishes {
  data?: Record<string, string>;
  label?: string;
  size?: number;
  patched?: boolean;
  adopted?: "import" | "kept";
  passwordLength?: number;
}

/** What the product needs of the provider plugins; it holds for the real ones and for the stand-ins. */
describe("provider plugins", function () {
  this.timeout(10 * 60_000);
  const bench = harness();
  const group = `${bench.uniqueName("probe")}.example.com`;
  let stack: SpecStack;

  function program(wishes: Wishes): () => Promise<Record<string, unknown>> {
    return async () => {
      const { namespace } = stack;
      const opts = { provider: new Provider("kubernetes", { clusterIdentifier: "e2e" }) };
      const labels: Record<string, string> = wishes.label === undefined ? {} : { label: wishes.label };
      const metadata = { namespace, labels };
      new ConfigMap(
        "named",
        { metadata: { ...metadata, name: "fixed" }, data: wishes.data ?? { a: "1" } },
        opts,
      );
      const free = new ConfigMap("free", { metadata, data: wishes.data ?? { a: "1" } }, opts);
      const password = new RandomPassword("password", {
        length: wishes.passwordLength ?? 16,
        special: false,
      });
      const secret = new Secret(
        "secret",
        { metadata: { ...metadata, name: "secret" }, stringData: { password: password.result } },
        opts,
      );
      const definition = new CustomResourceDefinition(
        "definition",
        { metadata: { name: `probes.${group}` }, spec: definitionSpec },
        opts,
      );
      const size = wishes.size ?? 1;
      const waitFor = { "pulumi.com/waitFor": `jsonpath={.spec.size}=${size}` };
      const custom = {
        apiVersion: `${group}/v1`,
        kind: "Probe",
        metadata: { name: "probe", namespace, annotations: waitFor },
        spec: { size },
      };
      new CustomResource("probe", custom, { ...opts, dependsOn: definition });
      if (wishes.patched)
        new ConfigMapPatch(
          "patch",
          { metadata: { name: "outside", namespace }, data: { patched: "yes" } },
          opts,
        );
      if (wishes.adopted) {
        const imported = wishes.adopted === "import" ? { import: `${namespace}/outside` } : {};
        new ConfigMap(
          "adopted",
          { metadata: { name: "outside", namespace }, data: { k: "v" } },
          { ...opts, ...imported, retainOnDelete: true },
        );
      }
      return { free: free.metadata.name, data: pulumi.secret(secret.data) };
    };
  }

  const definitionSpec = {
    group,
    scope: "Namespaced",
    names: { plural: "probes", singular: "probe", kind: "Probe" },
    versions: [
      {
        name: "v1",
        served: true,
        storage: true,
        schema: {
          openAPIV3Schema: {
            type: "object",
            properties: {
              spec: {
                type: "object",
                properties: { size: { type: "integer" }, mode: { type: "string", default: "auto" } },
              },
            },
          },
        },
      },
    ],
  };

  before(async () => {
    stack = await bench.stackFor("plugins", async () => ({}));
    await bench.kubectl("-n", stack.namespace, "create", "configmap", "outside", "--from-literal=k=v");
  });

  it("preview a definition and its custom resource at once, then create both", async () => {
    assert.ok((await stack.preview(program({}))).changes.create);
    await stack.up();
    assert.equal(
      await bench.kubectl("-n", stack.namespace, "get", "probe", "probe", "-o", "jsonpath={.spec.mode}"),
      "auto",
    );
  });

  it("find no change where there is none, before and after a refresh", async () => {
    assert.equal((await stack.preview()).summary, "no changes");
    assert.equal((await stack.refresh()).summary, "no changes");
    assert.equal((await stack.up()).summary, "no changes");
  });

  it("update labels and specifications in place", async () => {
    const { changes } = await stack.up(program({ label: "x", size: 2 }));
    assert.equal(changes.replace, undefined);
    assert.ok((changes.update ?? 0) >= 2);
  });

  it("replace ConfigMaps and Secrets for their data, keeping a fixed name and changing a generated one", async () => {
    const before = await stack.outputs();
    const { changes, outputs } = await stack.up(
      program({ label: "x", size: 2, data: { a: "2" }, passwordLength: 20 }),
    );
    assert.equal(changes.replace, 4);
    assert.notEqual(outputs.free?.value, before.free?.value);
  });

  it("show drift after a refresh and mend it", async () => {
    // Removed and not overwritten: whoever writes another value owns the field, and taking it back would be a conflict.
    await bench.kubectl("-n", stack.namespace, "label", "configmap", "fixed", "label-");
    assert.equal((await stack.refresh()).changes.update, 1);
    await stack.up();
    const label = await bench.kubectl(
      "-n",
      stack.namespace,
      "get",
      "configmap",
      "fixed",
      "-o",
      "jsonpath={.metadata.labels.label}",
    );
    assert.equal(label, "x");
  });

  it("own single fields of a foreign object and give them back", async () => {
    const data = (): Promise<string> =>
      bench.kubectl("-n", stack.namespace, "get", "configmap", "outside", "-o", "jsonpath={.data}");
    const same = { label: "x", size: 2, data: { a: "2" }, passwordLength: 20 };
    await stack.up(program({ ...same, patched: true }));
    assert.deepEqual(JSON.parse(await data()), { k: "v", patched: "yes" });
    await stack.up(program(same));
    assert.deepEqual(JSON.parse(await data()), { k: "v" });
  });

  it("refuse to create what exists, import it, and leave it behind on request", async () => {
    const same = { label: "x", size: 2, data: { a: "2" }, passwordLength: 20 };
    await assert.rejects(stack.up(program({ ...same, adopted: "kept" })), (error: RunFailure) =>
      /already exists/.test(error.log),
    );
    assert.equal((await stack.up(program({ ...same, adopted: "import" }))).changes.import, 1);
    assert.equal((await stack.up(program({ ...same, adopted: "kept" }))).summary, "no changes");
    await stack.up(program(same));
    await bench.kubectl("-n", stack.namespace, "get", "configmap", "outside");
  });

  it("keep every secret out of the undecrypted state", async () => {
    const sealed = await stack.cli("stack", "export");
    const { data } = await stack.outputs();
    const { password = "" } = (data?.value ?? {}) as Record<string, string>;
    assert.ok(password.length > 0);
    assert.ok(!sealed.includes(password));
    assert.ok(!sealed.includes(Buffer.from(password, "base64").toString("utf8")));
  });
});
