import * as assert from "node:assert/strict";
import { PostgresInstance, type PostgresInstanceArgs } from "../../../src/instance";
import { type MockRecorder, promiseOf, startMocks } from "../mocks";

async function make(
  args: PostgresInstanceArgs,
  preview = false,
): Promise<{ recorder: MockRecorder; instance: PostgresInstance }> {
  const recorder = await startMocks({ preview });
  const instance = new PostgresInstance("orders", args);
  await recorder.settled();
  return { recorder, instance };
}

for (const preview of [true, false]) {
  describe(`PostgresInstance with a pooler, ${preview ? "at preview" : "at update"}`, () => {
    const flip: PostgresInstanceArgs = {
      instances: 3,
      pooler: { readOnly: true },
      generations: { "1": {}, "2": {} },
      activeGeneration: "2",
    };

    it("makes poolers of the generation that serves, once its Clusters are what they should be", async () => {
      const { recorder } = await make(flip, preview);
      assert.deepEqual(
        recorder.ofType("postgresql.cnpg.io/v1:Pooler").map(({ name }) => name),
        ["orders-g2-pooler", "orders-g2-pooler-ro"],
      );
      const pooler = recorder.named("orders-g2-pooler");
      for (const name of ["orders-g1", "orders-g2"])
        assert.ok(recorder.waitsFor(pooler, recorder.named(name)), name);
      const { annotations } = pooler.inputs.metadata as { annotations: Record<string, string> };
      assert.equal(annotations["pulumi.com/deletionPropagationPolicy"], "background");
      assert.equal(recorder.isRetained(pooler), false);
    });

    it("moves the Service only when the former generation has stopped and there is a pooler", async () => {
      const { recorder } = await make(flip, preview);
      const service = recorder.named("orders-pooler");
      for (const name of ["orders-g1", "orders-g2-pooler"])
        assert.ok(recorder.waitsFor(service, recorder.named(name)), name);
    });

    it("logs in through the pooler before it is done", async () => {
      const { recorder } = await make(flip, preview);
      const check = recorder.named("orders-check");
      assert.ok(recorder.waitsFor(check, recorder.named("orders-pooler")));
      const command = JSON.stringify(check.inputs);
      assert.match(command, /\\"host\\":\\"orders-pooler\.default\.svc\\",\\"required\\":true/);
      assert.match(command, /\\"host\\":\\"orders-pooler-ro\.default\.svc\\",\\"required\\":true/);
    });

    it("tells others where it is", async () => {
      const { instance } = await make(flip, preview);
      if (preview) return;
      assert.equal(await promiseOf(instance.hostPooler), "orders-pooler.default.svc");
      const reference = await promiseOf(instance.reference);
      assert.deepEqual(
        [reference?.hostPooler, reference?.hostPoolerReadOnly, reference?.poolMode],
        ["orders-pooler.default.svc", "orders-pooler-ro.default.svc", "transaction"],
      );
      assert.ok(!("pooler" in (reference ?? {})));
    });

    it("lets the Job of a failover run commands in the pooler's pods, and no other instance's Job", async () => {
      const rules = async (args: PostgresInstanceArgs): Promise<object[]> => {
        const { recorder } = await make(args, preview);
        const role = recorder.named("orders-failover-role").inputs as { rules: { resources: string[] }[] };
        return role.rules.filter(({ resources }) => resources.includes("pods/exec"));
      };
      const unnamed = (list: object[]): object[] => list.filter(rule => !("resourceNames" in rule));
      assert.equal(unnamed(await rules(flip)).length, 1);
      for (const args of [{ instances: 3 }, { instances: 3, pooler: { pause: false } }])
        assert.equal(unnamed(await rules(args)).length, 0);
    });

    it("has none by itself", async () => {
      const { recorder, instance } = await make({ instances: 3 }, preview);
      assert.equal(recorder.ofType("postgresql.cnpg.io/v1:Pooler").length, 0);
      assert.equal(recorder.find("orders-pooler"), undefined);
      if (!preview) assert.equal(await promiseOf(instance.hostPooler), undefined);
    });
  });
}
