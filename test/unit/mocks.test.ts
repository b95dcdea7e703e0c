import * as assert from "node:assert/strict";
import * as pulumi from "@pulumi/pulumi";
import { ConfigMap, Secret } from "@pulumi/kubernetes/core/v1";
import { isKnown, promiseOf, startMocks, unknownInput } from "./mocks";

class Room extends pulumi.ComponentResource {
  constructor(name: string, opts?: pulumi.ComponentResourceOptions) {
    super("test:index:Room", name, {}, opts);
    new ConfigMap(`${name}-first`, { metadata: { name: "first" } }, { parent: this, protect: false });
    this.registerOutputs({});
  }
}

/** Fails when the SDK changes what the recorder reads from it. */
describe("the mock recorder", () => {
  it("sees every option of a registration", async () => {
    const recorder = await startMocks();
    const room = new Room("room", { protect: true, retainOnDelete: true });
    const other = new ConfigMap("other", { metadata: { name: "other" } }, { parent: room });
    const provider = new pulumi.ComponentResource("test:index:Nothing", "nothing");
    new Secret(
      "secret",
      { metadata: { name: other.metadata.name }, stringData: { password: pulumi.secret("hidden") } },
      {
        dependsOn: room,
        ignoreChanges: ["metadata.annotations"],
        replaceOnChanges: ["type"],
        additionalSecretOutputs: ["data"],
        customTimeouts: { create: "7s", update: "8s", delete: "9s" },
        deleteBeforeReplace: true,
        deletedWith: provider,
        hooks: { beforeUpdate: [async () => undefined] },
        aliases: [{ name: "old" }],
      },
    );
    await recorder.settled();

    const secret = recorder.named("secret");
    const first = recorder.named("room-first");
    assert.equal(secret.type, "kubernetes:core/v1:Secret");
    assert.deepEqual(secret.inputs["stringData"], { password: "hidden" });
    assert.deepEqual(secret.secretPaths, ["stringData"]);
    assert.deepEqual(secret.ignoreChanges, ["metadata.annotations"]);
    assert.deepEqual(secret.replaceOnChanges, ["type"]);
    assert.ok(secret.additionalSecretOutputs.includes("data"));
    assert.deepEqual(secret.customTimeouts, { create: "7s", update: "8s", delete: "9s" });
    assert.equal(secret.deleteBeforeReplace, true);
    assert.equal(secret.deletedWith, recorder.named("nothing").urn);
    assert.equal(secret.hooks["beforeUpdate"]?.length, 1);
    assert.equal(secret.aliases, 1);
    assert.ok(
      secret.dependencies.includes(first.urn) && secret.dependencies.includes(recorder.named("other").urn),
    );
    assert.ok(recorder.waitsFor(secret, first));
    assert.ok(!recorder.waitsFor(first, secret));
    assert.equal(recorder.at(first.parent ?? "").name, "room");
    assert.deepEqual(
      recorder
        .childrenOf(recorder.named("room"))
        .map(child => child.name)
        .sort(),
      ["other", "room-first"],
    );
    assert.equal(recorder.isProtected(first), false);
    assert.equal(recorder.isProtected(recorder.named("other")), true);
    assert.equal(recorder.isRetained(first), true);
    assert.equal(recorder.named("room").custom, false);
  });

  it("waits for resources that are made late, and starts afresh each time", async () => {
    const recorder = await startMocks({
      outputs: resource => (resource.name === "early" ? { data: { key: "v" } } : undefined),
    });
    const early = new ConfigMap("early", { metadata: { name: "early" } });
    early.data.apply(data => new ConfigMap("late", { metadata: { name: "late" }, data }));
    const resources = await recorder.settled();
    assert.deepEqual(
      resources.map(resource => resource.name),
      ["early", "late"],
    );
    assert.deepEqual(recorder.named("late").inputs["data"], { key: "v" });
    assert.equal((await startMocks()).resources.length, 0);
  });

  it("settles in a preview, where what is unknown stays unknown", async () => {
    const recorder = await startMocks({ preview: true });
    const early = new ConfigMap("early", { metadata: { name: "early" } });
    early.id.apply(id => new ConfigMap("never", { metadata: { name: id } }));
    new ConfigMap("unknown", { metadata: { name: "known" }, data: { key: early.immutable.apply(String) } });
    await recorder.settled();
    assert.equal(recorder.find("never"), undefined);
    assert.deepEqual(recorder.named("unknown").inputs["data"], { key: unknownInput });
    assert.deepEqual(recorder.named("unknown").unknownPaths, ["data.key"]);
    assert.equal(await isKnown(early.immutable), false);
    assert.equal(await promiseOf(early.immutable), undefined);
    assert.equal(await promiseOf(early.metadata.name), "early");
  });

  it("says what it waits for when a registration never ends", async () => {
    const recorder = await startMocks();
    let release = (_name: string): void => undefined;
    const name = new Promise<string>(resolve => (release = resolve));
    new ConfigMap("stuck", { metadata: { name } });
    await assert.rejects(recorder.settled(50), /after 50 ms .* 0 were recorded/s);
    release("free");
    assert.equal((await recorder.settled()).length, 1);
  });
});
