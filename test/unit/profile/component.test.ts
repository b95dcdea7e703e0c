import * as assert from "node:assert/strict";
import { ArgumentError } from "../../../src/argument-error";
import { PostgresInstance } from "../../../src/instance";
import { ParameterProfile, type ParameterProfileArgs } from "../../../src/profile";
import { profileProblems, profileWarnings } from "../../../src/profile/validate";
import { promiseOf, startMocks } from "../mocks";

const refused = (args: ParameterProfileArgs): string[] =>
  profileProblems("oltp", args).map(({ argument }) => argument);

for (const preview of [true, false]) {
  describe(`ParameterProfile, ${preview ? "at preview" : "at update"}`, () => {
    it("publishes values, reasons and memory, and a ConfigMap with all of them", async () => {
      const recorder = await startMocks({ preview });
      const profile = new ParameterProfile("oltp", {
        workload: "oltp",
        size: "medium",
        namespace: "shop",
        labels: { team: "shop" },
        parameters: { max_connections: "100" },
        sidecarMemory: "512Mi",
      });
      await recorder.settled();
      const parameters = await promiseOf(profile.parameters);
      assert.deepEqual([parameters?.shared_buffers, parameters?.max_connections], ["2GB", "100"]);
      const explanation = await promiseOf(profile.explanation);
      assert.equal(explanation?.shared_buffers?.origin, "profile");
      assert.equal(explanation?.max_connections?.origin, "override");
      const budget = await promiseOf(profile.memoryBudget);
      assert.equal(budget?.limit, 8 * 2 ** 30);
      assert.equal((budget?.pod ?? 0) - (budget?.limit ?? 0), 512 * 2 ** 20);
      const configMap = recorder.named("oltp-parameters");
      assert.equal(configMap.parent, recorder.named("oltp").urn);
      const { metadata, data } = configMap.inputs as {
        metadata: { name: string; namespace: string; labels: Record<string, string> };
        data: Record<string, string>;
      };
      assert.deepEqual([metadata.name, metadata.namespace, metadata.labels.team], ["oltp", "shop", "shop"]);
      assert.deepEqual(JSON.parse(data["parameters.json"] ?? ""), parameters);
      assert.deepEqual(JSON.parse(data["explanation.json"] ?? ""), explanation);
      assert.deepEqual(JSON.parse(data["memory-budget.json"] ?? ""), budget);
      assert.match(data["postgresql.conf"] ?? "", /^shared_buffers = '2GB' {2}# 25 % of the memory limit/m);
    });

    it("is shared by instances, each of which sizes it to its own pod", async () => {
      const recorder = await startMocks({
        preview,
        outputs: ({ type }) => (type.endsWith("RandomPassword") ? { result: "secret" } : undefined),
      });
      const { settings } = new ParameterProfile("oltp", { workload: "oltp", size: "medium" });
      const [same, larger] = (["medium", "large"] as const).map(
        size => new PostgresInstance(size, { profile: settings, size }),
      );
      await recorder.settled();
      assert.ok(same && larger);
      assert.equal((await promiseOf(same.parameters))?.shared_buffers, "2GB");
      assert.equal((await promiseOf(larger.parameters))?.shared_buffers, "4GB");
    });
  });
}

describe("arguments of ParameterProfile", () => {
  it("are refused by the path under which they stand here", () => {
    assert.deepEqual(refused({}), []);
    assert.deepEqual(refused({ workload: "oltpp" as "oltp" }), ["workload"]);
    assert.deepEqual(refused({ parameters: { shard_buffers: "1GB" } }), ["parameters.shard_buffers"]);
    assert.deepEqual(refused({ sidecarMemory: "lots" }), ["sidecarMemory"]);
    assert.deepEqual(refused({ sidecarMemory: "0" }), []);
    assert.deepEqual(refused({ name: "No" }), ["name"]);
    assert.deepEqual(refused({ version: "13" }), ["version"]);
    assert.deepEqual(refused({ storage: { size: "10GB" } }), ["storage.size"]);
    assert.throws(() => new ParameterProfile("oltp", { parameters: { work_mem: "4GB" } }), ArgumentError);
  });

  it("an accepted risk is a warning", () => {
    const args = { parameters: { work_mem: "4GB" }, acceptMemoryRisk: true };
    assert.deepEqual(refused(args), []);
    assert.ok(profileWarnings(args).some(warning => warning.includes("work_mem = 4GB")));
  });
});
