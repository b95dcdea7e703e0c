import * as assert from "node:assert/strict";
import * as pulumi from "@pulumi/pulumi";
import { PostgresInstance, type PostgresInstanceArgs, RehearsalEndpoint, RehearsalKind } from "../../../src";
import { rehearse } from "../../../src/operations/rehearse";
import { RequestReader } from "../../../src/operations/operation";
import { instanceProblems, instanceWarnings } from "../../../src/instance/validate";
import { type MockRecorder, startMocks } from "../mocks";

const clock = (): Date => new Date("2026-11-20T12:00:00Z");

/** Registers an instance, and gives back what a preview said. */
async function make(
  args: PostgresInstanceArgs,
  preview = false,
): Promise<{ recorder: MockRecorder; said: string[] }> {
  const recorder = await startMocks({ preview });
  const said: string[] = [];
  const { info } = pulumi.log;
  const log = pulumi.log as { info: typeof info };
  log.info = async message => void said.push(message);
  try {
    new PostgresInstance("orders", { namespace: "shop", ...args }, { clock });
    await recorder.settled();
  } finally {
    log.info = info;
  }
  return { recorder, said };
}

interface Spec {
  schedule: string;
  timeZone: string;
  suspend: boolean;
  jobTemplate: {
    spec: {
      backoffLimit: number;
      activeDeadlineSeconds: number;
      template: {
        spec: { serviceAccountName: string; containers: { command: string[]; env: { name: string }[] }[] };
      };
    };
  };
}

function cronJob(recorder: MockRecorder, name: string): Spec {
  return recorder.named(name).inputs.spec as Spec;
}

const commandOf = ({ jobTemplate }: Spec): string[] =>
  jobTemplate.spec.template.spec.containers[0]?.command ?? [];
const has = (recorder: MockRecorder, name: string): boolean =>
  recorder.resources.some(resource => resource.name === name);

describe("rehearsals of an instance", () => {
  it("run on demand where there are standbys, without an argument", async () => {
    const { recorder } = await make({ instances: 3 });
    assert.equal(has(recorder, "orders-rehearsal-schedule"), false);
    const [, , , , text = ""] = commandOf(cronJob(recorder, "orders-failover"));
    const { rehearsal, endpoint } = rehearse.read(new RequestReader(JSON.parse(text)));
    assert.deepEqual(rehearsal, {
      kind: "switchover",
      via: "primary",
      intervalMs: 10,
      settleSeconds: 10,
      timeoutSeconds: 600,
      history: 10,
      limits: { maxLostWrites: 0 },
      readOnlyHost: "orders-ro.shop.svc",
    });
    assert.equal(endpoint.host, "orders.shop.svc");
  });

  it("keep reports and metric, whose data belongs to the Jobs, and are exported", async () => {
    const { recorder } = await make({ instances: 3 });
    for (const name of ["orders-rehearsals", "orders-failover-metric"])
      assert.deepEqual(recorder.named(name).ignoreChanges, ["data"]);
    const { monitoring } = recorder.named("orders-g1").inputs.spec as {
      monitoring: { customQueriesConfigMap: object[] };
    };
    // The other key of it is the watch's.
    assert.deepEqual(monitoring.customQueriesConfigMap.slice(-2), [
      { name: "orders-failover-metric", key: "rehearsals" },
      { name: "orders-failover-metric", key: "watch" },
    ]);
    const { rules } = recorder.named("orders-failover-role").inputs as {
      rules: { resources: string[]; verbs: string[]; resourceNames?: string[] }[];
    };
    const maps = rules
      .filter(({ resources }) => resources.includes("configmaps"))
      .flatMap(rule => rule.resourceNames ?? ["*"]);
    assert.deepEqual(maps, ["orders-failovers", "orders-rehearsals", "orders-failover-metric"]);
  });

  it("are nothing where there is one server and no argument", async () => {
    const { recorder } = await make({});
    assert.ok(
      !recorder.resources.some(({ name }) => name.includes("rehearsal") || name.includes("failover")),
    );
  });

  it("kill a single server, which needs the argument", async () => {
    const { recorder } = await make({ failover: { rehearsal: {} } });
    const [, , , , text = ""] = commandOf(cronJob(recorder, "orders-failover"));
    assert.equal(rehearse.read(new RequestReader(JSON.parse(text))).rehearsal.kind, "kill");
  });

  it("run by the clock under the same ServiceAccount, with the login of the application, and once each time", async () => {
    const rehearsal = {
      schedule: "0 4 1 * *",
      timeZone: "Europe/Berlin",
      kind: RehearsalKind.Kill,
      timeoutSeconds: 120,
    };
    const { recorder } = await make({ instances: 3, failover: { rehearsal } });
    const spec = cronJob(recorder, "orders-rehearsal-schedule");
    assert.deepEqual([spec.schedule, spec.timeZone, spec.suspend], ["0 4 1 * *", "Europe/Berlin", false]);
    const { backoffLimit, activeDeadlineSeconds, template } = spec.jobTemplate.spec;
    assert.deepEqual([backoffLimit, activeDeadlineSeconds], [0, 300]);
    assert.equal(template.spec.serviceAccountName, "orders-failover");
    const names = template.spec.containers[0]?.env.map(({ name }) => name) ?? [];
    assert.ok(names.includes("PGUSER") && names.includes("PGPASSWORD"));
    const [, , operation, , text = ""] = commandOf(spec);
    assert.equal(operation, "rehearse");
    assert.equal(rehearse.read(new RequestReader(JSON.parse(text))).rehearsal.kind, "kill");
  });

  it("write through the pooler where there is one", async () => {
    const { recorder } = await make({
      instances: 3,
      pooler: {},
      failover: { rehearsal: { via: RehearsalEndpoint.Pooler } },
    });
    const [, , , , text = ""] = commandOf(cronJob(recorder, "orders-failover"));
    const { via, poolerHost } = rehearse.read(new RequestReader(JSON.parse(text))).rehearsal;
    assert.deepEqual([via, poolerHost], ["pooler", "orders-pooler.shop.svc"]);
    const [problem] = instanceProblems("orders", {
      failover: { rehearsal: { via: RehearsalEndpoint.Pooler } },
    });
    assert.equal(problem?.argument, "failover.rehearsal.via");
  });

  it("have alerts beside those of failovers", async () => {
    const failover = { alerts: true, rehearsal: { schedule: "0 4 1 * *" } };
    const { recorder } = await make({ instances: 3, failover });
    const { groups } = recorder.named("orders-failover-alerts").inputs.spec as {
      groups: { name: string; rules: { alert: string }[] }[];
    };
    assert.equal(groups.length, 2);
    assert.deepEqual(
      groups[1]?.rules.map(({ alert }) => alert),
      ["PostgresRehearsalFailed", "PostgresRehearsalStale", "PostgresRehearsalMissing"],
    );
  });

  it("are suspended while the instance sleeps", async () => {
    const rehearsal = { schedule: "0 4 1 * *" };
    const { recorder } = await make({ instances: 3, hibernated: true, failover: { rehearsal } });
    assert.equal(cronJob(recorder, "orders-rehearsal-schedule").suspend, true);
  });

  it("are said at preview with the next three runs, and not at update", async () => {
    const args = { instances: 3, failover: { rehearsal: { schedule: "0 4 1 * *" } } };
    assert.deepEqual((await make(args, true)).said, [
      "failover.rehearsal runs at 04:00 UTC on day 1 of every month; next: 2026-12-01 04:00, 2027-01-01 04:00, 2027-02-01 04:00.",
    ]);
    assert.deepEqual((await make(args)).said, []);
  });

  it("refuse what is wrong by the path of the argument, and warn of what may not be meant", () => {
    const args = (rehearsal: object): PostgresInstanceArgs => ({ failover: { rehearsal } });
    const [problem] = instanceProblems("orders", args({ kind: RehearsalKind.Switchover }));
    assert.equal(problem?.argument, "failover.rehearsal.kind");
    assert.match(problem?.problem ?? "", /needs a standby/);
    assert.deepEqual(instanceProblems("orders", args({ kind: RehearsalKind.Kill })), []);
    assert.ok(
      instanceWarnings(args({ schedule: "* * * * *" })).some(line =>
        line.startsWith("failover.rehearsal.schedule"),
      ),
    );
  });
});
