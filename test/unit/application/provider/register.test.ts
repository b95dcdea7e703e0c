import * as assert from "node:assert/strict";
import { execFileSync } from "node:child_process";
import { join } from "node:path";
import * as pulumi from "@pulumi/pulumi";
import { ArgumentError } from "../../../../src/argument-error";
import {
  databaseByProvider,
  loginByProvider,
  postgresqlProvider,
} from "../../../../src/application/provider";
import { providerPassword } from "../../../../src/application/provider/password";
import type { InstanceReference } from "../../../../src/instance/reference";
import { type MockRecorder, promiseOf, type RecordedResource, startMocks } from "../../mocks";
import { login, shop } from "./plans";

const instance = { host: "orders.default.svc", port: 5432 } as InstanceReference;

async function make(
  plan = shop,
  preview = false,
): Promise<{ recorder: MockRecorder; made: pulumi.Resource[] }> {
  const recorder = await startMocks({ preview });
  class Parent extends pulumi.ComponentResource {}
  class Thing extends pulumi.CustomResource {}
  const parent = new Parent("test:index:Parent", "parent", {}, { protect: true });
  const before = new Thing("test:index:Thing", "before");
  const provider = postgresqlProvider("server", { instance, username: "manager", password: "manages" });
  const options = { parent, provider, dependsOn: [before] };
  const made = databaseByProvider("shop", plan, "owner's", options);
  made.push(...loginByProvider("report", plan, login(), "reads", { ...options, dependsOn: made }));
  await recorder.settled();
  return { recorder, made };
}

const ours = (recorder: MockRecorder): RecordedResource[] =>
  recorder.resources.filter(({ type }) => type.startsWith("postgresql:"));

for (const preview of [true, false]) {
  describe(`database through the provider, ${preview ? "at preview" : "at update"}`, () => {
    it("is made by one provider under one parent, after what it depends on", async () => {
      const { recorder, made } = await make(shop, preview);
      assert.equal(ours(recorder).length, made.length);
      const server = recorder.named("server");
      for (const resource of ours(recorder)) {
        assert.ok(resource.provider?.startsWith(`${server.urn}::`), resource.name);
        assert.equal(resource.parent, recorder.named("parent").urn);
        assert.ok(recorder.waitsFor(resource, recorder.named("before")), resource.name);
      }
    });

    it("gives passwords as secrets, and nowhere else", async () => {
      const { recorder } = await make(shop, preview);
      const secrets = ours(recorder).filter(({ secretPaths }) => secretPaths.length > 0);
      assert.deepEqual(
        secrets.map(({ name, secretPaths }) => [name, secretPaths]),
        [
          ["shop-owner", ["password"]],
          ["report", ["password"]],
        ],
      );
      assert.deepEqual(recorder.named("server").secretPaths, ["password"]);
      for (const { inputs } of recorder.resources) {
        const text = JSON.stringify({ ...inputs, password: undefined });
        assert.ok(!/owner's|reads|manages/.test(text), text);
      }
    });

    it("changes rights one after the other, once the database and its contents are there", async () => {
      const { recorder } = await make(shop, preview);
      const inside = ours(recorder).filter(({ deletedWith }) => deletedWith !== undefined);
      assert.ok(inside.every(({ deletedWith }) => deletedWith === recorder.named("shop-database").urn));
      assert.equal(inside.length, 2 + 1 + 3 + 2 * (1 + 2 * 3) + 2 * 2 * 2);
      inside.slice(1).forEach((resource, i) => {
        assert.ok(resource.dependencies.includes((inside[i] as RecordedResource).urn), resource.name);
      });
      assert.ok(recorder.waitsFor(recorder.named("report"), inside.at(-1) as RecordedResource));
    });

    it("can take a schema away: its rights depend on it and follow each other directly", async () => {
      const { recorder } = await make(shop, preview);
      const schema = recorder.named("shop-schema-audit");
      const rights = ours(recorder).filter(({ name }) => name.endsWith("-audit") && name !== schema.name);
      assert.equal(rights.length, 2 * 5);
      rights.forEach((one, i) => {
        assert.ok(one.dependencies.includes(schema.urn), one.name);
        assert.ok(
          one.dependencies.includes((i === 0 ? schema : (rights[i - 1] as RecordedResource)).urn),
          one.name,
        );
      });
    });

    it("drops roles after the database", async () => {
      const { recorder } = await make(shop, preview);
      for (const role of ["shop-owner", "shop-read-only", "shop-read-write"])
        assert.ok(recorder.waitsFor(recorder.named("shop-database"), recorder.named(role)), role);
    });

    it("never makes a database anew because its locale was declared otherwise", async () => {
      const { recorder } = await make({ ...shop, locale: { locale: "C.UTF-8" } }, preview);
      const database = recorder.named("shop-database");
      assert.equal(database.inputs.lcCollate, "C.UTF-8");
      assert.deepEqual(database.ignoreChanges, ["template", "encoding", "lcCollate", "lcCtype"]);
    });

    it("stays or goes as the plan says, and only what holds data is protected with its parent", async () => {
      for (const reclaim of ["retain", "delete"] as const) {
        const { recorder } = await make({ ...shop, reclaim }, preview);
        for (const resource of ours(recorder)) {
          assert.equal(recorder.isRetained(resource), reclaim === "retain", resource.name);
          const isRight = /:(Grant|DefaultPrivileges)$/.test(resource.type);
          assert.equal(recorder.isProtected(resource), !isRight, resource.name);
        }
      }
    });
  });
}

describe("database through the provider", () => {
  it("refuses what the provider cannot say before anything is made", async () => {
    const recorder = await startMocks();
    const provider = postgresqlProvider("server", { instance, username: "m", password: "p" });
    const plan = { ...shop, locale: { icuLocale: "de" } };
    assert.throws(
      () => databaseByProvider("shop", plan, "x", { provider }),
      (error: Error) => {
        assert.ok(error instanceof ArgumentError);
        assert.match(error.message, /Database "shop": argument locale\.icuLocale = "de": cannot be said/);
        return true;
      },
    );
    await recorder.settled();
    assert.equal(ours(recorder).length, 0);
  });

  it("refuses a password that would arrive as another one, and does not repeat it", async () => {
    for (const [password, problem] of [
      ["back\\slash", "has a backslash"],
      ["", "is empty"],
    ] as const) {
      await assert.rejects(promiseOf(providerPassword("shop", password)), (error: Error) => {
        assert.ok(error.message.includes(`argument password: ${problem}`), error.message);
        assert.ok(!error.message.includes("back\\slash"));
        return true;
      });
    }
    const printable = Array.from({ length: 95 }, (_, i) => String.fromCharCode(32 + i))
      .join("")
      .replace("\\", "");
    assert.equal(await promiseOf(providerPassword("shop", printable)), printable);
  });

  it("loads the provider's package only when it is used", () => {
    const room = join(__dirname, "../../../../src/application/provider/index.js");
    const script = `
      const room = require(${JSON.stringify(room)});
      const loaded = () => Object.keys(require.cache).filter(path => path.includes("@pulumi/postgresql/"));
      const tried = (...call) => { try { room[call[0]](...call.slice(1)) } catch {} return loaded() };
      const refused = tried("postgresqlProvider", "x", {});
      console.log(JSON.stringify({ refused, used: tried("loginByProvider", "x", {}, {}, "p", {}) }));`;
    const { refused, used } = JSON.parse(
      execFileSync(process.execPath, ["-e", script], { encoding: "utf8" }),
    ) as Record<string, string[]>;
    assert.deepEqual(refused, []);
    assert.ok(used?.some(path => path.endsWith("/role.js")));
    assert.ok(!used?.some(path => path.endsWith("/postgresql/index.js")), "the root loads every type");
  });
});
