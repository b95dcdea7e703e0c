import * as assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import * as kubernetes from "@pulumi/kubernetes/provider";
import { ConfigMap } from "@pulumi/kubernetes/core/v1";
import * as pulumi from "@pulumi/pulumi";
import { ArgumentError } from "../../../src/argument-error";
import {
  CnpgOperator,
  type CnpgOperatorArgs,
  type CnpgOperatorOptions,
  OperatorSource,
  PluginCertificates,
} from "../../../src/operator";
import { isKnown, type MockRecorder, promiseOf, type RecordedResource, startMocks } from "../mocks";
import { fixtureManifests, fixturePath } from "./fixtures";

const local: CnpgOperatorArgs = { manifest: fixtureManifests() };
const jobNames = ["operator-preflight", "operator-certificates", "operator-admission-gate"];

async function install(
  args: CnpgOperatorArgs = {},
  opts?: CnpgOperatorOptions,
  preview = false,
): Promise<{ recorder: MockRecorder; operator: CnpgOperator }> {
  const recorder = await startMocks({ preview });
  const operator = new CnpgOperator("operator", { ...local, ...args }, opts);
  await recorder.settled();
  return { recorder, operator };
}

function names(resources: readonly RecordedResource[]): string[] {
  return resources.map(({ name }) => name).sort();
}

/** Runs with every download answered from the fixtures, each after some milliseconds. */
async function withDownloads<T>(answer: (location: string) => Response, run: () => Promise<T>): Promise<T> {
  const original = globalThis.fetch;
  globalThis.fetch = async location => {
    await new Promise(resolve => setTimeout(resolve, 20));
    return answer(String(location));
  };
  try {
    return await run();
  } finally {
    globalThis.fetch = original;
  }
}

function fixtureResponse(location: string): Response {
  return new Response(readFileSync(fixturePath(location.includes("plugin") ? "plugin" : "operator")));
}

const remote: CnpgOperatorArgs = {
  manifest: {
    ...fixtureManifests(),
    operator: "https://manifests.example.com/operator.yaml",
    plugin: "https://manifests.example.com/plugin.yaml",
  },
};

for (const preview of [true, false]) {
  describe(`CnpgOperator, ${preview ? "preview" : "update"}`, () => {
    it("registers every object as its child, and no input of its own", async () => {
      const { recorder } = await install({}, undefined, preview);
      const component = recorder.named("operator");
      assert.equal(component.type, "pulumi-cnpg:index:CnpgOperator");
      assert.deepEqual(component.inputs, {});
      const others = recorder.resources.filter(resource => resource !== component);
      assert.deepEqual(names(recorder.childrenOf(component)), names(others));
      assert.deepEqual(
        others.filter(({ name }) => !name.startsWith("operator-")),
        [],
      );
      for (const name of [
        "operator-namespace-cnpg-system",
        "operator-deployment-cnpg-controller-manager",
        "operator-deployment-barman-cloud",
        "operator-customresourcedefinition-clusters.postgresql.cnpg.io",
        "operator-certificates-renewal",
        ...jobNames,
      ]) {
        recorder.named(name);
      }
    });

    it("knows what it installs from the start, and that it is ready only after the gate", async () => {
      const { operator } = await install({}, undefined, preview);
      assert.equal(await promiseOf(operator.namespace), "cnpg-system");
      assert.equal(await promiseOf(operator.version), "1.30.0");
      assert.equal(await promiseOf(operator.pluginVersion), "0.14.0");
      assert.equal(await isKnown(operator.ready), !preview);
      assert.equal(await promiseOf(operator.ready), preview ? undefined : true);
    });

    it("checks for another operator before it touches anything of the whole cluster", async () => {
      const { recorder } = await install({}, undefined, preview);
      const preflight = recorder.named("operator-preflight");
      const before = ["operator-namespace-cnpg-system"];
      const access = /operator-(serviceaccount|clusterrole|clusterrolebinding)-cnpg-operator-preflight/;
      for (const child of recorder.childrenOf(recorder.named("operator"))) {
        if (child === preflight) continue;
        const first = before.includes(child.name) || access.test(child.name);
        assert.equal(recorder.waitsFor(child, preflight), !first, child.name);
        if (first) assert.ok(recorder.waitsFor(preflight, child), child.name);
      }
    });

    it("opens the gate last, and everything behind the operator waits for it", async () => {
      const recorder = await startMocks({ preview });
      const operator = new CnpgOperator("operator", local);
      new ConfigMap("dependent", { metadata: { name: "dependent" } }, { dependsOn: operator });
      new ConfigMap("by-output", {
        metadata: { name: "by-output" },
        data: { ready: operator.ready.apply(String) },
      });
      await recorder.settled();
      const gate = recorder.named("operator-admission-gate");
      for (const dependent of ["dependent", "by-output"]) {
        assert.ok(recorder.waitsFor(recorder.named(dependent), gate), dependent);
      }
      for (const name of [
        "operator-deployment-barman-cloud",
        "operator-service-cnpg-webhook-service",
        "operator-certificates",
      ]) {
        assert.ok(recorder.waitsFor(gate, recorder.named(name)), name);
      }
      const children = recorder.childrenOf(recorder.named("operator")).map(({ urn }) => urn);
      assert.deepEqual(
        children.filter(urn => !recorder.named("dependent").dependencies.includes(urn)),
        [],
      );
    });

    it("orders Deployments after what they need and before their Services", async () => {
      const { recorder } = await install({}, undefined, preview);
      const waits = (dependent: string, dependency: string): boolean =>
        recorder.waitsFor(recorder.named(`operator-${dependent}`), recorder.named(`operator-${dependency}`));
      const manager = "deployment-cnpg-controller-manager";
      const plugin = "deployment-barman-cloud";
      for (const needed of [
        "customresourcedefinition-clusters.postgresql.cnpg.io",
        "clusterrolebinding-cnpg-manager-rolebinding",
        "mutatingwebhookconfiguration-cnpg-mutating-webhook-configuration",
      ]) {
        assert.ok(waits(manager, needed), needed);
      }
      assert.ok(waits(plugin, "customresourcedefinition-objectstores.barmancloud.cnpg.io"));
      assert.ok(waits(plugin, "certificates"));
      assert.ok(waits("service-cnpg-webhook-service", manager));
      assert.ok(waits("service-barman-cloud", plugin));
      assert.ok(
        waits("service-barman-cloud", manager),
        "its finalizer needs the operator when it is deleted",
      );
    });

    it("protects and keeps nothing but the definitions", async () => {
      const { recorder } = await install({}, undefined, preview);
      for (const child of recorder.childrenOf(recorder.named("operator"))) {
        const definition = child.type.endsWith(":CustomResourceDefinitionPatch");
        assert.equal(child.protect, false, child.name);
        assert.equal(child.retainOnDelete, definition, child.name);
      }
    });

    it("hands its own protection on, except to what an update replaces", async () => {
      const options = { protect: true, retainOnDelete: true };
      const { recorder } = await install({ settings: { createAnyService: true } }, options, preview);
      for (const child of recorder.childrenOf(recorder.named("operator"))) {
        const replaced = /:(Job|ConfigMap)$/.test(child.type);
        assert.equal(recorder.isProtected(child), !replaced, child.name);
        assert.equal(recorder.isRetained(child), !replaced, child.name);
      }
    });

    it("leaves certificate bundles of webhooks to the operator", async () => {
      const { recorder } = await install({}, undefined, preview);
      const webhooks = recorder.resources.filter(({ type }) => type.endsWith("WebhookConfiguration"));
      assert.equal(webhooks.length, 2);
      for (const webhook of webhooks) {
        assert.deepEqual(webhook.ignoreChanges, ["webhooks[*].clientConfig.caBundle"]);
        assert.ok(!JSON.stringify(webhook.inputs).includes("caBundle"));
      }
      const others = recorder.resources.filter(resource => !webhooks.includes(resource));
      assert.deepEqual(
        others.filter(({ ignoreChanges }) => ignoreChanges.length > 0),
        [],
      );
    });

    it("gives every child the time it may take", async () => {
      const { recorder } = await install({ readyTimeout: 90 }, undefined, preview);
      assert.equal(recorder.named("operator-deployment-barman-cloud").customTimeouts.create, "90s");
      assert.equal(recorder.named("operator-admission-gate").customTimeouts.create, "150s");
      const own = await install({}, { customTimeouts: { create: "1h" } }, preview);
      assert.equal(own.recorder.named("operator-deployment-barman-cloud").customTimeouts.create, "1h");
    });

    it("passes on what the component itself waits for", async () => {
      const recorder = await startMocks({ preview });
      const first = new ConfigMap("first", { metadata: { name: "first" } });
      new CnpgOperator("operator", local, { dependsOn: first });
      await recorder.settled();
      for (const child of recorder.childrenOf(recorder.named("operator"))) {
        assert.ok(recorder.waitsFor(child, recorder.named("first")), child.name);
      }
    });

    it("leaves out what is switched off", async () => {
      const { recorder, operator } = await install(
        { createNamespace: false, plugin: { enabled: false } },
        undefined,
        preview,
      );
      assert.equal(await promiseOf(operator.pluginVersion), undefined);
      assert.deepEqual(
        recorder.resources.filter(({ name }) => /namespace|barman|certificates/.test(name)),
        [],
      );
      recorder.named("operator-admission-gate");
    });

    it("watches instances behind the operator, with no more rights than that takes, and only when asked to", async () => {
      const { recorder } = await install({}, undefined, preview);
      const watch = recorder.named("operator-deployment-pulumi-cnpg-watch");
      assert.ok(recorder.waitsFor(watch, recorder.named("operator-deployment-cnpg-controller-manager")));
      const { rules } = recorder.named("operator-clusterrole-pulumi-cnpg-watch").inputs as {
        rules: { resources: string[]; verbs: string[] }[];
      };
      assert.deepEqual(rules.map(({ resources }) => resources.join()).sort(), [
        "clusters",
        "events",
        "objectstores",
      ]);
      const { spec } = watch.inputs as {
        spec: { strategy: object; template: { spec: { containers: object[] } } };
      };
      assert.deepEqual(spec.strategy, { type: "Recreate" });
      assert.match(JSON.stringify(spec.template.spec.containers), /"watch"/);
      const { recorder: without } = await install({ recordEvents: false }, undefined, preview);
      assert.throws(() => without.named("operator-deployment-pulumi-cnpg-watch"));
    });

    it("lets cert-manager make the plugin's certificates", async () => {
      const { recorder } = await install(
        { plugin: { certificates: PluginCertificates.CertManager } },
        undefined,
        preview,
      );
      assert.equal(recorder.find("operator-certificates"), undefined);
      const server = recorder.named("operator-certificate-barman-cloud-server");
      assert.equal(server.type, "kubernetes:cert-manager.io/v1:Certificate");
      assert.ok(recorder.waitsFor(server, recorder.named("operator-issuer-selfsigned-issuer")));
      assert.ok(recorder.waitsFor(recorder.named("operator-deployment-barman-cloud"), server));
    });

    it("installs the operator by Helm when asked, with definitions and plugin as before", async () => {
      const { recorder } = await install({ source: OperatorSource.Helm, replicas: 2 }, undefined, preview);
      const release = recorder.named("operator-release");
      assert.equal(release.type, "kubernetes:helm.sh/v3:Release");
      assert.equal(release.inputs["version"], "0.29.0");
      assert.equal(recorder.find("operator-deployment-cnpg-controller-manager"), undefined);
      assert.ok(
        recorder.waitsFor(
          release,
          recorder.named("operator-customresourcedefinition-clusters.postgresql.cnpg.io"),
        ),
      );
      const budget = recorder.named("operator-poddisruptionbudget-cnpg-controller-manager");
      for (const child of [release, budget]) {
        assert.ok(recorder.waitsFor(child, recorder.named("operator-preflight")), child.name);
      }
      assert.ok(recorder.waitsFor(recorder.named("operator-admission-gate"), release));
      assert.ok(recorder.waitsFor(recorder.named("operator-service-barman-cloud"), release));
    });

    it("is waited for while its manifests are downloaded", async () => {
      await withDownloads(fixtureResponse, async () => {
        const recorder = await startMocks({ preview });
        const operator = new CnpgOperator("operator", remote);
        new ConfigMap("dependent", { metadata: { name: "dependent" } }, { dependsOn: operator });
        assert.equal(recorder.resources.length, 0);
        await recorder.settled();
        const dependent = recorder.named("dependent");
        for (const child of recorder.childrenOf(recorder.named("operator"))) {
          assert.ok(dependent.dependencies.includes(child.urn), child.name);
        }
        assert.equal(recorder.childrenOf(recorder.named("operator")).length > 20, true);
        assert.equal(await promiseOf(operator.ready), preview ? undefined : true);
      });
    });

    it("uses the provider it is given for every child", async () => {
      const recorder = await startMocks({ preview });
      const provider = new kubernetes.Provider("cluster", {});
      new CnpgOperator("operator", local, { provider });
      await recorder.settled();
      for (const child of recorder.childrenOf(recorder.named("operator"))) {
        assert.ok(child.provider?.startsWith(recorder.named("cluster").urn), child.name);
      }
    });

    it("lets a transform change one child", async () => {
      const transform: CnpgOperatorOptions["transform"] = {
        "deployment/barman-cloud": (args, opts) => ({
          args: { ...args, spec: { replicas: 0 } },
          opts: { ...opts, protect: true },
        }),
      };
      const { recorder } = await install({}, { transform }, preview);
      const changed = recorder.named("operator-deployment-barman-cloud");
      assert.deepEqual(changed.inputs["spec"], { replicas: 0 });
      assert.equal(changed.protect, true);
      assert.equal(recorder.named("operator-deployment-cnpg-controller-manager").protect, false);
    });

    it("refuses a second operator for the same cluster, before it registers anything", async () => {
      const recorder = await startMocks({ preview });
      new CnpgOperator("operator", local);
      assert.throws(
        () => new CnpgOperator("second", { ...local, namespace: "elsewhere" }),
        (error: Error) =>
          error instanceof ArgumentError &&
          /CnpgOperator "second": .*same as that of CnpgOperator "operator", and one cluster can have one operator only/.test(
            error.message,
          ),
      );
      await recorder.settled();
      assert.equal(recorder.find("second"), undefined);
    });

    it("accepts a second operator for another cluster, also through the parent's provider", async () => {
      const recorder = await startMocks({ preview });
      const east = new kubernetes.Provider("east", {});
      const west = new kubernetes.Provider("west", {});
      const parent = new pulumi.ComponentResource("test:index:West", "parent", {}, { providers: [west] });
      new CnpgOperator("default", local);
      new CnpgOperator("east-operator", local, { provider: east });
      new CnpgOperator("west-operator", local, { parent });
      assert.throws(
        () => new CnpgOperator("again", local, { providers: { kubernetes: west } }),
        ArgumentError,
      );
      await recorder.settled();
      assert.equal(recorder.ofType("CnpgOperator").length, 3);
    });
  });
}

describe("CnpgOperator arguments at the component", () => {
  it("throws before it registers anything", async () => {
    const recorder = await startMocks();
    assert.throws(
      () => new CnpgOperator("operator", { replicas: 0, namespace: "Not_A_Name" }),
      /replicas.*\n?.*namespace|namespace.*\n?.*replicas/s,
    );
    await recorder.settled();
    assert.equal(recorder.resources.length, 0);
  });

  it("refuses overrides and transforms that fit no object", async () => {
    const expected = /fits no object\. Do you mean "deployment\/cnpg-controller-manager"\?/;
    for (const wrong of [
      { args: { overrides: { "deployment/cnpg-controler-manager": {} } }, opts: {} },
      { args: {}, opts: { transform: { "deployment/cnpg-controler-manager": () => undefined } } },
    ]) {
      const recorder = await startMocks();
      assert.throws(() => new CnpgOperator("operator", { ...local, ...wrong.args }, wrong.opts), expected);
      assert.equal(recorder.resources.length, 0);
      await withDownloads(fixtureResponse, async () => {
        const operator = new CnpgOperator("operator", { ...remote, ...wrong.args }, wrong.opts);
        await assert.rejects(promiseOf(operator.ready), expected);
        assert.deepEqual(recorder.childrenOf(recorder.named("operator")), []);
      });
    }
  });

  it("refuses content with another checksum, before it registers anything", async () => {
    const recorder = await startMocks();
    const manifest = { ...fixtureManifests(), operatorSha256: undefined };
    assert.throws(
      () => new CnpgOperator("operator", { manifest }),
      /argument manifest\.operator = ".*operator\.yaml": has the SHA-256 [0-9a-f]{64}, not f8bede43.* give its checksum as manifest\.operatorSha256/,
    );
    assert.equal(recorder.resources.length, 0);
  });

  it("says so when a manifest cannot be downloaded", async () => {
    await withDownloads(
      () => new Response("no", { status: 404 }),
      async () => {
        await startMocks();
        const operator = new CnpgOperator("operator", remote);
        await assert.rejects(
          promiseOf(operator.ready),
          /cannot be downloaded \(HTTP status 404; 3 attempts\)/,
        );
      },
    );
  });
});
