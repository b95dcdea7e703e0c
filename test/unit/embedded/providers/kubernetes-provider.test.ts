import * as assert from "node:assert/strict";

import { KubernetesProvider } from "../../../../embedded/providers/kubernetes/provider";
import { Secret, Unknown } from "../../../../embedded/providers/protocol/property";
import type { PropertyMap } from "../../../../embedded/providers/protocol/property";
import { InitializationFailure } from "../../../../embedded/providers/protocol/provider";
import type { DiffResult, Log } from "../../../../embedded/providers/protocol/provider";
import { refuse, startFakeApiServer } from "./fake-api-server";
import type { FakeApiServer } from "./fake-api-server";

const urn = (type: string, name = "it"): string => `urn:pulumi:dev::project::${type}::${name}`;
const configMapUrn = urn("kubernetes:core/v1:ConfigMap");
const widgetUrn = urn("kubernetes:prov.test/v1:Widget");
const jobUrn = urn("kubernetes:batch/v1:Job");

describe("kubernetes stand-in", () => {
  let api: FakeApiServer;
  let provider: KubernetesProvider;
  let said: string[];

  async function open(variables: Record<string, string> = {}): Promise<KubernetesProvider> {
    const log: Log = {
      status: (_urn, message) => said.push(message),
      info: (_urn, message) => said.push(message),
      warning: (_urn, message) => said.push(message),
    };
    const opened = new KubernetesProvider("0.0.0", log);
    const all = { kubeconfig: api.kubeconfig, ...variables };
    await opened.configure(
      new Map(Object.entries(all).map(([key, value]) => [`kubernetes:config:${key}`, value])),
    );
    return opened;
  }

  beforeEach(async () => {
    said = [];
    api = await startFakeApiServer();
    provider = await open();
  });

  afterEach(() => api.close());

  async function checked(
    resourceUrn: string,
    news: PropertyMap,
    olds: PropertyMap = {},
  ): Promise<PropertyMap> {
    return (await provider.check({ urn: resourceUrn, news, olds, randomSeed: Buffer.from("seed") })).inputs;
  }

  async function created(
    resourceUrn: string,
    news: PropertyMap,
  ): Promise<{ inputs: PropertyMap; id: string; state: PropertyMap }> {
    const inputs = await checked(resourceUrn, news);
    return {
      inputs,
      ...(await provider.create({ urn: resourceUrn, properties: inputs, timeout: 0, preview: false })),
    };
  }

  async function diffed(
    resourceUrn: string,
    old: { id: string; state: PropertyMap; inputs: PropertyMap },
    news: PropertyMap,
    ignoreChanges: string[] = [],
  ): Promise<DiffResult> {
    const inputs = await checked(resourceUrn, news, old.inputs);
    return provider.diff({
      id: old.id,
      urn: resourceUrn,
      oldState: old.state,
      oldInputs: old.inputs,
      news: inputs,
      ignoreChanges,
    });
  }

  const configMap = (data: PropertyMap, metadata: PropertyMap = { name: "it" }): PropertyMap => ({
    apiVersion: "v1",
    kind: "ConfigMap",
    metadata,
    data,
  });

  describe("check", () => {
    it("names an object after its resource, the same for the same seed, and marks it", async () => {
      const { metadata } = await checked(configMapUrn, { apiVersion: "v1", kind: "ConfigMap", data: {} });
      assert.match(String((metadata as PropertyMap)["name"]), /^it-[0-9a-f]{8}$/);
      assert.deepEqual((metadata as PropertyMap)["annotations"], { "pulumi.com/autonamed": "true" });
      assert.deepEqual(await checked(configMapUrn, { apiVersion: "v1", kind: "ConfigMap", data: {} }), {
        apiVersion: "v1",
        kind: "ConfigMap",
        data: {},
        metadata,
      });
    });

    it("keeps the generated name of the object it has", async () => {
      const olds = await checked(configMapUrn, { apiVersion: "v1", kind: "ConfigMap", data: {} });
      const news = await checked(
        configMapUrn,
        { apiVersion: "v1", kind: "ConfigMap", data: { a: "1" } },
        olds,
      );
      assert.deepEqual(news["metadata"], olds["metadata"]);
    });

    it("takes the engine's proposal where the project configures names", async () => {
      const request = { urn: configMapUrn, olds: {}, news: configMap({}, {}), randomSeed: Buffer.alloc(0) };
      const { inputs } = await provider.check({
        ...request,
        autonaming: { proposedName: "proposed", mode: "propose" },
      });
      assert.equal((inputs["metadata"] as PropertyMap)["name"], "proposed");
      await assert.rejects(
        provider.check({ ...request, autonaming: { proposedName: "", mode: "disable" } }),
        /autonaming is disabled/,
      );
    });

    it("gives the kubeconfig's namespace to namespaced kinds only", async () => {
      const namespaced = await checked(configMapUrn, configMap({}));
      assert.equal((namespaced["metadata"] as PropertyMap)["namespace"], "team");
      const whole = await checked(urn("kubernetes:core/v1:Namespace"), {
        apiVersion: "v1",
        kind: "Namespace",
        metadata: { name: "n" },
      });
      assert.equal((whole["metadata"] as PropertyMap)["namespace"], undefined);
    });

    it("takes a kind that nobody serves yet for namespaced", async () => {
      const inputs = await checked(widgetUrn, {
        apiVersion: "prov.test/v1",
        kind: "Widget",
        metadata: { name: "w" },
      });
      assert.equal((inputs["metadata"] as PropertyMap)["namespace"], "team");
    });

    it("turns a Secret's stringData into secret data", async () => {
      const inputs = await checked(urn("kubernetes:core/v1:Secret"), {
        apiVersion: "v1",
        kind: "Secret",
        metadata: { name: "s" },
        data: new Secret({ a: "QQ==" }),
        stringData: new Secret({ password: "päss" }),
      });
      assert.equal(inputs["stringData"], undefined);
      assert.ok(inputs["data"] instanceof Secret);
      assert.deepEqual(inputs["data"].element, {
        a: "QQ==",
        password: Buffer.from("päss").toString("base64"),
      });
    });

    it("leaves a Secret with unknown data as it is", async () => {
      const inputs = await checked(urn("kubernetes:core/v1:Secret"), {
        apiVersion: "v1",
        kind: "Secret",
        metadata: { name: "s" },
        stringData: { password: Unknown.instance },
      });
      assert.ok(inputs["stringData"] instanceof Secret);
    });

    it("refuses what it cannot do", async () => {
      await assert.rejects(checked(urn("kubernetes:helm.sh/v3:Release"), {}), /Helm/);
      await assert.rejects(
        checked(urn("kubernetes:core/v1:ConfigMapPatch"), configMap({}, {})),
        /require the `.metadata.name` field/,
      );
      await assert.rejects(checked(configMapUrn, configMap({}, { generateName: "x-" })), /generateName/);
    });
  });

  describe("create", () => {
    it("posts the object under the creation's field manager and keeps a manager of its own for updates", async () => {
      const { id, state } = await created(configMapUrn, configMap({ a: "1" }));
      assert.equal(id, "team/it");
      const [call] = api.calls;
      assert.equal(`${call?.method} ${call?.path}`, "POST /api/v1/namespaces/team/configmaps");
      assert.equal(call?.query["fieldManager"], "pulumi-kubernetes");
      assert.match(String(state["__fieldManager"]), /^pulumi-kubernetes-[0-9a-f]{8}$/);
      assert.deepEqual((state["__inputs"] as PropertyMap)["data"], { a: "1" });
    });

    it("refuses to take over an object that exists", async () => {
      await created(configMapUrn, configMap({ a: "1" }));
      await assert.rejects(created(configMapUrn, configMap({ a: "2" })), /already exists[\s\S]*import/);
    });

    it("previews by a dry run, without an id and without a status", async () => {
      const properties = await checked(configMapUrn, configMap({ a: "1" }));
      const { id, state } = await provider.create({
        urn: configMapUrn,
        properties,
        timeout: 0,
        preview: true,
      });
      assert.equal(id, "");
      assert.equal(api.calls[0]?.query["dryRun"], "All");
      assert.equal(api.objects.size, 0);
      assert.equal((state["metadata"] as PropertyMap)["uid"], "uid-it");
    });

    for (const [what, setUp] of [
      ["unknown inputs", undefined],
      ["a missing namespace", () => refuse(404, "NotFound", "namespaces not found", { kind: "namespaces" })],
      ["a forbidden dry run", () => refuse(403, "Forbidden", "no")],
      ["an object that exists", () => refuse(409, "AlreadyExists", "there")],
    ] as const) {
      it(`echoes the inputs at preview for ${what}`, async () => {
        api.intercept = call => (call.method === "POST" ? setUp?.() : undefined);
        const data = setUp === undefined ? { a: Unknown.instance } : { a: "1" };
        const properties = await checked(configMapUrn, configMap(data));
        const result = await provider.create({ urn: configMapUrn, properties, timeout: 0, preview: true });
        assert.deepEqual(result, { id: "", state: properties });
      });
    }

    it("fails the preview when admission refuses the object", async () => {
      api.intercept = call =>
        call.method === "POST" ? refuse(422, "Invalid", "spec.size: must be positive") : undefined;
      const properties = await checked(configMapUrn, configMap({ a: "1" }));
      await assert.rejects(
        provider.create({ urn: configMapUrn, properties, timeout: 0, preview: true }),
        /must be positive/,
      );
    });

    it("echoes a custom resource whose kind does not exist yet", async () => {
      const properties = await checked(widgetUrn, {
        apiVersion: "prov.test/v1",
        kind: "Widget",
        metadata: { name: "w" },
        spec: { size: 1 },
      });
      const result = await provider.create({ urn: widgetUrn, properties, timeout: 0, preview: true });
      assert.deepEqual(result, { id: "", state: properties });
      assert.equal(api.calls.length, 0);
    });

    it("waits for a kind that is about to be served", async () => {
      setTimeout(() => api.kinds.set("prov.test/v1", { Widget: "/widgets" }), 200);
      const { id } = await created(widgetUrn, {
        apiVersion: "prov.test/v1",
        kind: "Widget",
        metadata: { name: "w" },
      });
      assert.equal(id, "w", "the namespace that was assumed is dropped for a cluster-scoped kind");
      assert.ok(said.some(line => line.startsWith("Retry #1; creation failed: no matches for kind")));
    });

    it("keeps an object that does not become ready, with the reasons", async () => {
      api.kinds.set("prov.test/v1", { Widget: "widgets" });
      const annotations = { "pulumi.com/waitFor": "condition=Ready", "pulumi.com/timeoutSeconds": "1" };
      const failure = await created(widgetUrn, {
        apiVersion: "prov.test/v1",
        kind: "Widget",
        metadata: { name: "w", annotations },
      }).catch((error: unknown) => error);
      assert.ok(failure instanceof InitializationFailure);
      assert.equal(failure.id, "team/w");
      assert.match(
        failure.reasons[0] ?? "",
        /timed out waiting to be Ready after 1 s: Waiting for condition Ready=True/,
      );
      assert.ok(failure.state["__inputs"] !== undefined);
    });

    it("fails a Job with the words of its pod", async () => {
      const conditions = [
        { type: "Failed", status: "True", reason: "BackoffLimitExceeded", message: "limit" },
      ];
      api.objects.set("/api/v1/namespaces/team/pods/it-x", {
        metadata: { name: "it-x" },
        status: {
          containerStatuses: [
            { name: "c", state: { terminated: { exitCode: 3, reason: "Error", message: "no such host" } } },
          ],
        },
      });
      const failure = await created(jobUrn, {
        apiVersion: "batch/v1",
        kind: "Job",
        metadata: { name: "it" },
        status: { conditions },
      }).catch((error: unknown) => error);
      assert.ok(failure instanceof InitializationFailure);
      assert.match(
        failure.reasons.join("\n"),
        /BackoffLimitExceeded[\s\S]*\[Pod it-x\]: container "c" exited with code 3 \(Error\): no such host/,
      );
    });

    it("applies a Patch with its own manager and gives the fields back at the end", async () => {
      const patchUrn = urn("kubernetes:core/v1:ConfigMapPatch");
      await created(configMapUrn, configMap({ a: "1" }));
      api.calls.length = 0;
      const { id, state } = await created(patchUrn, configMap({ b: "2" }));
      assert.equal(
        `${api.calls[0]?.method} ${api.calls[0]?.contentType}`,
        "PATCH application/apply-patch+yaml",
      );
      api.calls.length = 0;
      await provider.delete({ id, urn: patchUrn, state, timeout: 0 });
      const last = api.calls.at(-1);
      assert.equal(last?.method, "PATCH");
      assert.equal(last?.query["fieldManager"], state["__fieldManager"]);
      assert.equal((last?.body as PropertyMap)["data"], undefined);
    });
  });

  describe("diff", () => {
    it("is empty for the same inputs", async () => {
      const old = await created(configMapUrn, configMap({ a: "1" }));
      assert.deepEqual((await diffed(configMapUrn, old, configMap({ a: "1" }))).changes, false);
    });

    it("is blind to what the cluster filled in", async () => {
      api.kinds.set("prov.test/v1", { Widget: "widgets" });
      const widget = {
        apiVersion: "prov.test/v1",
        kind: "Widget",
        metadata: { name: "w" },
        spec: { size: 1 },
      };
      const old = await created(widgetUrn, widget);
      (old.state["spec"] as PropertyMap)["mode"] = "defaulted";
      assert.equal((await diffed(widgetUrn, old, widget)).changes, false);
    });

    it("replaces a ConfigMap whose data changes, first deleting one with a fixed name", async () => {
      const old = await created(configMapUrn, configMap({ a: "1" }));
      const difference = await diffed(configMapUrn, old, configMap({ a: "2" }));
      assert.deepEqual(difference.replaces, ["data.a"]);
      assert.equal(difference.deleteBeforeReplace, true);
      assert.deepEqual(difference.detailed.get("data.a"), { kind: "update", replace: true, inputs: false });
    });

    it("creates the new one first when the name is generated", async () => {
      const old = await created(configMapUrn, configMap({ a: "1" }, {}));
      assert.equal((await diffed(configMapUrn, old, configMap({ a: "2" }, {}))).deleteBeforeReplace, false);
    });

    it("updates in place where the provider says so, unless the object is immutable", async () => {
      provider = await open({ enableConfigMapMutable: "true" });
      const old = await created(configMapUrn, configMap({ a: "1" }));
      assert.deepEqual((await diffed(configMapUrn, old, configMap({ a: "2" }))).replaces, []);
      const fixed = await diffed(configMapUrn, old, { ...configMap({ a: "2" }), immutable: true });
      assert.deepEqual(fixed.replaces, ["data.a"]);
    });

    it("replaces on another name or namespace", async () => {
      const old = await created(configMapUrn, configMap({ a: "1" }));
      assert.deepEqual((await diffed(configMapUrn, old, configMap({ a: "1" }, { name: "other" }))).replaces, [
        "metadata.name",
      ]);
      const moved = await diffed(
        configMapUrn,
        old,
        configMap({ a: "1" }, { name: "it", namespace: "elsewhere" }),
      );
      assert.deepEqual(moved.replaces, ["metadata.namespace"]);
      assert.equal(moved.deleteBeforeReplace, false);
    });

    it("spells keys with dots as the engine does, and obeys ignoreChanges", async () => {
      const old = await created(
        configMapUrn,
        configMap({ a: "1" }, { name: "it", labels: { "a.b/c": "1" } }),
      );
      const news = configMap({ a: "1" }, { name: "it", labels: { "a.b/c": "2" } });
      const difference = await diffed(configMapUrn, old, news);
      assert.deepEqual([...difference.detailed.keys()], ['metadata.labels["a.b/c"]']);
      assert.equal((await diffed(configMapUrn, old, news, ["metadata.labels"])).changes, false);
    });

    it("replaces an unready Job on request", async () => {
      const job = {
        apiVersion: "batch/v1",
        kind: "Job",
        metadata: {
          name: "it",
          annotations: { "pulumi.com/replaceUnready": "true", "pulumi.com/skipAwait": "true" },
        },
      };
      const old = await created(jobUrn, job);
      assert.deepEqual((await diffed(jobUrn, old, job)).replaces, [
        'metadata.annotations["pulumi.com/replaceUnready"]',
      ]);
    });
  });

  describe("update", () => {
    async function updated(
      old: { id: string; state: PropertyMap; inputs: PropertyMap },
      news: PropertyMap,
      ignoreChanges: string[] = [],
      preview = false,
    ): Promise<PropertyMap> {
      const inputs = await checked(configMapUrn, news, old.inputs);
      api.calls.length = 0;
      return provider.update({
        id: old.id,
        urn: configMapUrn,
        oldState: old.state,
        news: inputs,
        timeout: 0,
        preview,
        ignoreChanges,
      });
    }

    it("takes the creation's fields over and applies under its own manager", async () => {
      const old = await created(configMapUrn, configMap({ a: "1" }));
      await updated(old, configMap({ a: "2" }));
      const [get, adopt, apply] = api.calls;
      assert.equal(get?.method, "GET");
      assert.equal(adopt?.contentType, "application/json-patch+json");
      assert.equal(apply?.contentType, "application/apply-patch+yaml");
      assert.equal(apply?.query["fieldManager"], old.state["__fieldManager"]);
      assert.equal(apply?.query["force"], "false");
    });

    it("previews without touching the owners, and without a conflict with itself", async () => {
      const old = await created(configMapUrn, configMap({ a: "1" }));
      await updated(old, configMap({ a: "2" }), [], true);
      assert.deepEqual(
        api.calls.map(call => [call.method, call.query["dryRun"], call.query["force"]]),
        [
          ["GET", undefined, undefined],
          ["PATCH", "All", "true"],
        ],
      );
    });

    it("forces only when told to", async () => {
      const annotations = { "pulumi.com/patchForce": "true" };
      const old = await created(configMapUrn, configMap({ a: "1" }, { name: "it", annotations }));
      await updated(old, configMap({ a: "2" }, { name: "it", annotations }));
      assert.equal(api.calls.at(-1)?.query["force"], "true");
    });

    it("says who owns a field and what to do", async () => {
      const old = await created(configMapUrn, configMap({ a: "1" }));
      api.intercept = call =>
        call.contentType.includes("apply")
          ? refuse(409, "Conflict", 'Apply failed with 1 conflict: conflict with "autoscaler": .data.a')
          : undefined;
      const failure = await updated(old, configMap({ a: "2" })).catch((error: unknown) => error);
      assert.ok(failure instanceof InitializationFailure);
      assert.match(failure.message, /conflict with "autoscaler": \.data\.a[\s\S]*patchForce/);
    });

    it("tries again when a controller was quicker, a few times", async () => {
      const old = await created(configMapUrn, configMap({ a: "1" }));
      let left = 2;
      const overtaken =
        "Operation cannot be fulfilled on configmaps: the object has been modified; please apply your changes to the latest version and try again";
      api.intercept = call =>
        call.contentType.includes("apply") && left-- > 0 ? refuse(409, "Conflict", overtaken) : undefined;
      await updated(old, configMap({ a: "2" }));
      left = Infinity;
      await assert.rejects(updated(old, configMap({ a: "3" })), /has been modified/);
    });

    it("takes fields over from the object as it is, when somebody was quicker", async () => {
      const old = await created(configMapUrn, configMap({ a: "1" }));
      let left = 2;
      let reads = 0;
      const overtaken =
        "Operation cannot be fulfilled on configmaps: the object has been modified; please apply your changes to the latest version and try again";
      const live = api.objects.get("/api/v1/namespaces/team/configmaps/it") as { metadata: PropertyMap };
      live.metadata["managedFields"] = [
        { manager: "kubectl", operation: "Update", fieldsV1: { "f:data": { "f:a": {} } } },
      ];
      api.intercept = call => {
        if (call.method === "GET") reads += 1;
        return call.contentType.includes("json-patch") && left-- > 0
          ? refuse(409, "Conflict", overtaken)
          : undefined;
      };
      await updated(old, configMap({ a: "2" }));
      assert.ok(left < 0 && reads >= 3, `${left} refusals left, ${reads} reads`);
    });

    it("does not send an ignored field that somebody else owns", async () => {
      const old = await created(configMapUrn, configMap({ a: "1", b: "1" }));
      const path = "/api/v1/namespaces/team/configmaps/it";
      const live = api.objects.get(path) as { metadata: PropertyMap; data: PropertyMap };
      live.data["b"] = "theirs";
      live.metadata["managedFields"] = [
        {
          manager: String(old.state["__fieldManager"]),
          operation: "Apply",
          fieldsV1: { "f:data": { "f:a": {} } },
        },
        { manager: "autoscaler", operation: "Update", fieldsV1: { "f:data": { "f:b": {} } } },
      ];
      await updated(old, configMap({ a: "2", b: "1" }), ["data.b"]);
      assert.deepEqual((api.calls.at(-1)?.body as PropertyMap)["data"], { a: "2" });
      await updated(old, configMap({ a: "2", b: "1" }), ["data.a"]);
      assert.deepEqual((api.calls.at(-1)?.body as PropertyMap)["data"], { a: "2", b: "1" });
    });
  });

  describe("read", () => {
    it("shows drift of our own fields only", async () => {
      const old = await created(configMapUrn, configMap({ a: "1" }));
      const live = api.objects.get("/api/v1/namespaces/team/configmaps/it") as { data: PropertyMap };
      live.data = { a: "drifted", theirs: "2" };
      const { inputs } = await provider.read({
        id: old.id,
        urn: configMapUrn,
        state: old.state,
        inputs: old.inputs,
      });
      assert.deepEqual(inputs?.["data"], { a: "drifted" });
    });

    it("answers an empty id for what is gone, also when its kind is gone", async () => {
      const old = await created(configMapUrn, configMap({ a: "1" }));
      api.objects.clear();
      assert.deepEqual(
        await provider.read({ id: old.id, urn: configMapUrn, state: old.state, inputs: old.inputs }),
        { id: "" },
      );
      assert.deepEqual(await provider.read({ id: "team/w", urn: widgetUrn, state: {}, inputs: {} }), {
        id: "",
      });
    });

    it("imports a built-in kind with all it holds, so that the same program shows no difference", async () => {
      await created(configMapUrn, configMap({ a: "1" }));
      const { id, state, inputs } = await provider.read({
        id: "team/it",
        urn: configMapUrn,
        state: {},
        inputs: {},
      });
      assert.deepEqual(inputs, { ...configMap({ a: "1" }, { name: "it", namespace: "team" }) });
      const old = { id, state: state ?? {}, inputs: inputs ?? {} };
      assert.equal((await diffed(configMapUrn, old, configMap({ a: "1" }))).changes, false);
    });

    it("imports of a custom resource only its identity", async () => {
      api.kinds.set("prov.test/v1", { Widget: "widgets" });
      await created(widgetUrn, {
        apiVersion: "prov.test/v1",
        kind: "Widget",
        metadata: { name: "w" },
        spec: { size: 1 },
      });
      const { inputs } = await provider.read({ id: "team/w", urn: widgetUrn, state: {}, inputs: {} });
      assert.deepEqual(inputs, {
        apiVersion: "prov.test/v1",
        kind: "Widget",
        metadata: { name: "w", namespace: "team" },
      });
    });

    it("marks a Secret's data in state and inputs", async () => {
      const secretUrn = urn("kubernetes:core/v1:Secret");
      await created(secretUrn, {
        apiVersion: "v1",
        kind: "Secret",
        metadata: { name: "s" },
        stringData: { a: "1" },
      });
      const { state, inputs } = await provider.read({ id: "team/s", urn: secretUrn, state: {}, inputs: {} });
      assert.ok(state?.["data"] instanceof Secret);
      assert.ok((state?.["__inputs"] as PropertyMap)["data"] instanceof Secret);
      assert.ok(inputs?.["data"] instanceof Secret);
    });
  });

  describe("delete", () => {
    for (const [annotation, policy] of [
      [undefined, "Foreground"],
      ["background", "Background"],
      ["Orphan", "Orphan"],
    ] as const) {
      it(`propagates ${policy} for ${annotation ?? "no annotation"}`, async () => {
        const annotations =
          annotation === undefined ? {} : { "pulumi.com/deletionPropagationPolicy": annotation };
        const { id, state } = await created(configMapUrn, configMap({}, { name: "it", annotations }));
        api.calls.length = 0;
        await provider.delete({ id, urn: configMapUrn, state, timeout: 0 });
        assert.equal((api.calls[0]?.body as PropertyMap)["propagationPolicy"], policy);
      });
    }

    it("is content with what is gone already", async () => {
      const { id, state } = await created(configMapUrn, configMap({}));
      api.objects.clear();
      await provider.delete({ id, urn: configMapUrn, state, timeout: 0 });
    });

    it("names the finalizers it waits for in vain", async () => {
      const { id, state } = await created(
        configMapUrn,
        configMap({}, { name: "it", finalizers: ["prov.test/hold"] }),
      );
      api.intercept = call => (call.method === "DELETE" ? { code: 200, body: {} } : undefined);
      await assert.rejects(provider.delete({ id, urn: configMapUrn, state, timeout: 1 }), /prov\.test\/hold/);
    });

    it("waits until the object is gone, or is another one", async () => {
      const { id, state } = await created(configMapUrn, configMap({}));
      api.intercept = call => (call.method === "DELETE" ? { code: 200, body: {} } : undefined);
      setTimeout(() => {
        const live = api.objects.get("/api/v1/namespaces/team/configmaps/it") as { metadata: PropertyMap };
        live.metadata["uid"] = "another";
      }, 150);
      await provider.delete({ id, urn: configMapUrn, state, timeout: 5 });
    });
  });

  describe("a cluster that does not answer", () => {
    beforeEach(() => api.close());

    it("lets previews pass and fails updates with the reason", async () => {
      provider = await open();
      const properties = await checked(configMapUrn, configMap({ a: "1" }));
      const preview = await provider.create({ urn: configMapUrn, properties, timeout: 0, preview: true });
      assert.deepEqual(preview.state, properties);
      await assert.rejects(
        provider.create({ urn: configMapUrn, properties, timeout: 0, preview: false }),
        /unreachable: .*ECONNREFUSED/,
      );
    });

    it("is forgotten on request", async () => {
      provider = await open({ deleteUnreachable: "true" });
      assert.deepEqual(await provider.read({ id: "team/it", urn: configMapUrn, state: {}, inputs: {} }), {
        id: "",
      });
    });
  });

  it("decodes YAML by invoke and refuses Helm", async () => {
    const text =
      "apiVersion: v1\nkind: ConfigMap\nmetadata: {name: a}\n---\n# empty\n---\napiVersion: v1\nkind: Namespace\nmetadata: {name: whole}\n";
    const { result } = await provider.invoke("kubernetes:yaml:decode", { text, defaultNamespace: "given" });
    assert.deepEqual(
      (result as PropertyMap[]).map(object => object["metadata"]),
      [{ name: "a", namespace: "given" }, { name: "whole" }],
    );
    await assert.rejects(
      provider.invoke("kubernetes:helm:template", {}),
      /helm:template is not served by the stand-in/,
    );
  });

  it("survives a server that restarts while it waits", async () => {
    api.kinds.set("prov.test/v1", { Widget: "widgets" });
    let refused = 0;
    api.intercept = call => {
      if (call.method !== "GET" || !call.path.endsWith("/widgets/w")) return undefined;
      if (refused++ === 0) return refuse(503, "ServiceUnavailable", "starting");
      return { code: 200, body: { metadata: { name: "w", namespace: "team" }, status: { phase: "ready" } } };
    };
    const annotations = { "pulumi.com/waitFor": "jsonpath={.status.phase}=ready" };
    await created(widgetUrn, {
      apiVersion: "prov.test/v1",
      kind: "Widget",
      metadata: { name: "w", annotations },
    });
    assert.equal(refused, 2);
  });
});
