import * as assert from "node:assert/strict";
import { PostgresInstance, type PostgresInstanceArgs } from "../../../src/instance";
import { instanceProblems } from "../../../src/instance/validate";
import { type MockRecorder, promiseOf, type RecordedResource, startMocks } from "../mocks";

async function make(
  args: PostgresInstanceArgs,
  preview = false,
  result?: object,
): Promise<{ recorder: MockRecorder; instance: PostgresInstance }> {
  const recorder = await startMocks({
    preview,
    outputs: resource => {
      if (resource.name !== "orders-failover-trigger" || result === undefined) return undefined;
      const { metadata } = resource.inputs as { metadata: { annotations?: object } };
      const annotations = { ...metadata.annotations, "cnpg.pulumi.com/result": JSON.stringify(result) };
      return { metadata: { ...metadata, annotations } };
    },
  });
  const instance = new PostgresInstance("orders", { namespace: "shop", ...args });
  await recorder.settled();
  return { recorder, instance };
}

interface Pod {
  template: {
    spec: { serviceAccountName: string; containers: [{ command: string[]; env: { name: string }[] }] };
  };
}

/** Operation and request of a Job or of the Jobs of a CronJob. */
function operationOf({ inputs }: RecordedResource): { operation?: string; request: Record<string, unknown> } {
  const spec = inputs.spec as Pod & { jobTemplate?: { spec: Pod } };
  const { command } = (spec.jobTemplate?.spec ?? spec).template.spec.containers[0];
  return {
    operation: command[2],
    request: JSON.parse(command.at(-1) ?? "{}") as Record<string, unknown>,
  };
}

for (const preview of [true, false]) {
  describe(`failovers of an instance, ${preview ? "at preview" : "at update"}`, () => {
    it("are prepared where there is a standby, and only there", async () => {
      const single = await make({}, preview);
      for (const name of ["orders-failovers", "orders-failover", "orders-failover-role"])
        assert.equal(single.recorder.find(name), undefined, name);
      const { recorder } = await make({ instances: 3 }, preview);
      const template = recorder.named("orders-failover");
      const spec = template.inputs.spec as {
        suspend: boolean;
        jobTemplate: { spec: Pod & { backoffLimit: number } };
      };
      assert.equal(spec.suspend, true);
      assert.equal(spec.jobTemplate.spec.backoffLimit, 0);
      const { serviceAccountName, containers } = spec.jobTemplate.spec.template.spec;
      assert.equal(serviceAccountName, "orders-failover");
      const names = containers[0].env.map(({ name }) => name);
      assert.ok(names.includes("PGUSER") && names.includes("PGPASSWORD"));
      const { operation, request } = operationOf(template);
      assert.equal(operation, "failover");
      assert.equal(request.namespace, "shop");
      assert.equal(request.instance, "orders");
      assert.deepEqual(request.endpoint, {
        host: "orders.shop.svc",
        port: 5432,
        database: "app",
        caFile: "/etc/postgres-ca/ca.crt",
      });
      assert.equal(recorder.find("orders-failover-trigger"), undefined);
    });

    it("may do no more than they need, by name where the name is known", async () => {
      const { recorder } = await make(
        { instances: 2, generations: { "1": {}, "2": {} }, activeGeneration: "1" },
        preview,
      );
      const { rules } = recorder.named("orders-failover-role").inputs as {
        rules: { resources: string[]; verbs: string[]; resourceNames?: string[] }[];
      };
      const unnamed = rules
        .filter(({ resourceNames }) => resourceNames === undefined)
        .map(({ resources, verbs }) => `${resources.join()}: ${verbs.join()}`);
      assert.deepEqual(unnamed, [
        "clusters: list",
        "pods: get,list",
        "events: create,get,patch",
        "jobs: get,patch",
      ]);
      const status = rules.find(({ resources }) => resources.includes("clusters/status"));
      assert.deepEqual(status?.resourceNames, ["orders-g1", "orders-g2"]);
      const pods = rules.find(({ verbs }) => verbs.includes("delete"));
      assert.deepEqual(pods?.resourceNames?.slice(0, 3), ["orders-g1-1", "orders-g1-2", "orders-g1-3"]);
      assert.ok(rules.every(({ verbs }) => !verbs.includes("*")));
    });

    it("keep a history whose data belongs to the Jobs, made with the trigger of that moment", async () => {
      const dataOf = async (args: PostgresInstanceArgs): Promise<unknown> => {
        const { recorder } = await make({ instances: 2, ...args }, preview);
        const history = recorder.named("orders-failovers");
        assert.deepEqual(history.ignoreChanges, ["data"]);
        return history.inputs.data;
      };
      assert.deepEqual(await dataOf({}), { "history.json": "[]", "trigger.json": "{}" });
      assert.deepEqual(await dataOf({ failover: { trigger: { id: "a" } } }), {
        "history.json": "[]",
        "trigger.json": '{"id":"a"}',
      });
    });

    it("run a trigger after everything else, under a name of its own", async () => {
      const jobOf = async (id: string): Promise<RecordedResource> => {
        const trigger = { id, targetReplicaId: "orders-g1-2", syncTimeout: 60 };
        const { recorder } = await make({ instances: 3, failover: { trigger } }, preview);
        const job = recorder.named("orders-failover-trigger");
        for (const before of ["orders-settle", "orders-service", "orders-failovers", "orders-failover-role"])
          assert.ok(recorder.waitsFor(job, recorder.named(before)), before);
        return job;
      };
      const [first, again, second] = [await jobOf("a"), await jobOf("a"), await jobOf("b")];
      const nameOf = ({ inputs }: RecordedResource): string => (inputs.metadata as { name: string }).name;
      assert.match(nameOf(first), /^orders-failover-[0-9a-f]{8}$/);
      assert.equal(nameOf(first), nameOf(again));
      assert.notEqual(nameOf(first), nameOf(second));
      assert.deepEqual(operationOf(first).request.trigger, "a");
      assert.deepEqual(operationOf(first).request.syncTimeout, 60);
      const asleep = await make(
        { instances: 3, hibernated: true, failover: { trigger: { id: "a" } } },
        preview,
      );
      assert.equal(asleep.recorder.find("orders-failover-trigger"), undefined);
    });
  });
}

describe("the output of a trigger", () => {
  it("is the record of its failover, and undefined when it was only recorded", async () => {
    const args = { instances: 2, failover: { trigger: { id: "a" } } };
    const failover = { id: "failover-20261128T101500Z", state: "completed" };
    const done = await make(args, false, { trigger: "a", failover });
    assert.deepEqual(await promiseOf(done.instance.lastFailover), failover);
    const recorded = await make(args, false, { trigger: "a" });
    assert.equal(await promiseOf(recorded.instance.lastFailover), undefined);
    const none = await make({ instances: 2 });
    assert.equal(await promiseOf(none.instance.lastFailover), undefined);
  });
});

describe("the arguments of a trigger", () => {
  const problems = (trigger: object, args: PostgresInstanceArgs = {}): string[] =>
    instanceProblems("orders", {
      instances: 3,
      ...args,
      failover: { trigger: { id: "a", ...trigger } },
    }).map(({ argument, problem }) => `${argument} ${problem}`);

  it("are taken as they are meant", () => {
    assert.deepEqual(problems({}), []);
    const all = {
      targetReplicaId: "orders-g1-12",
      mode: "forced",
      waitForSync: false,
      syncTimeout: 3600,
      oldPrimaryAction: "stopAndRetain",
      maxLagBytes: 0,
      reason: "why",
    };
    assert.deepEqual(problems(all), []);
    assert.deepEqual(
      problems(
        { targetReplicaId: "orders-g2-1" },
        { generations: { "1": {}, "2": {} }, activeGeneration: "2" },
      ),
      [],
    );
  });

  it("are refused with their names", () => {
    const wrong: [object, RegExp][] = [
      [{ id: " " }, /^failover.trigger.id must have 1 to 100 characters/],
      [{ id: "x".repeat(101) }, /^failover.trigger.id/],
      [{ mode: "sudden" }, /^failover.trigger.mode is not one of the choices/],
      [{ oldPrimaryAction: "keep" }, /^failover.trigger.oldPrimaryAction/],
      [{ mode: "forced", waitForSync: true }, /^failover.trigger.waitForSync is for mode planned/],
      [{ syncTimeout: 3601 }, /^failover.trigger.syncTimeout must be a whole number from 1 to 3600/],
      [{ syncTimeout: 1.5 }, /^failover.trigger.syncTimeout/],
      [{ maxLagBytes: -1 }, /^failover.trigger.maxLagBytes/],
      [{ reason: "x".repeat(201) }, /^failover.trigger.reason/],
      [{ targetReplicaId: "orders-g2-1" }, /^failover.trigger.targetReplicaId is not the name of a server/],
      [{ targetReplicaId: "orders-g1-0" }, /^failover.trigger.targetReplicaId/],
    ];
    for (const [trigger, message] of wrong) {
      const found = problems(trigger);
      assert.equal(found.length, 1, JSON.stringify(trigger));
      assert.match(found[0] ?? "", message);
    }
    assert.match(problems({}, { instances: 1 })[0] ?? "", /needs a standby/);
  });
});
