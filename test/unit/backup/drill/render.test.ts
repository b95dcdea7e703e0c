import * as assert from "node:assert/strict";
import { readDrillRequest } from "../../../../src/operations/drill-request";
import { RequestReader } from "../../../../src/operations/operation";
import type { DrillArgs } from "../../../../src/backup/drill/args";
import { DrillTarget } from "../../../../src/backup/drill/args";
import { drillManifests, drillRequest } from "../../../../src/backup/drill/render";
import { drillProblems, drillWarnings } from "../../../../src/backup/drill/validate";
import type { InstanceReference } from "../../../../src/instance/reference";

const reference = {
  name: "orders",
  namespace: "shop",
  generation: "2",
  clusterName: "orders-g2",
  instances: 3,
  serviceAccount: "orders",
  hibernated: false,
  jobsImage: "jobs:1",
  jobsImagePullPolicy: "IfNotPresent",
  store: {
    name: "backups",
    namespace: "shop",
    secrets: ["backups-credentials"],
    recoveryWindowDays: 7,
    serviceAccountAnnotations: { client: "id" },
    podLabels: { identity: "yes" },
  },
  archive: "orders-g2",
} as unknown as InstanceReference;

interface Rule {
  resources: string[];
  verbs: string[];
  resourceNames?: string[];
}

describe("the manifests of drills", () => {
  const made = drillManifests(
    reference,
    { schedule: "30 4 * * 0", timeZone: "Europe/Berlin" },
    { labels: { team: "a" } },
  );
  const rules = made.role.rules as Rule[];

  it("run by the schedule", () => {
    const { schedule, timeZone, suspend } = made.cronJob.spec;
    assert.deepEqual([schedule, timeZone, suspend], ["30 4 * * 0", "Europe/Berlin", false]);
  });

  it("are only a template without a schedule, and while suspended or hibernated", () => {
    const suspended = (args: DrillArgs, hibernated = false): boolean | undefined =>
      drillManifests({ ...reference, hibernated }, args).cronJob.spec.suspend;
    assert.equal(suspended({}), true);
    assert.equal(suspended({ schedule: "30 4 * * 0", suspend: true }), true);
    assert.equal(suspended({ schedule: "30 4 * * 0" }, true), true);
  });

  it("spread open minutes by the name", () => {
    const minute = (name: string): string =>
      drillManifests({ ...reference, name }, { schedule: "weekly Sunday 04:00-06:00" }).cronJob.spec.schedule;
    assert.notEqual(minute("orders"), minute("stock"));
    assert.match(minute("orders"), /^\d+ [45] \* \* 0$/);
  });

  it("share no name with what CloudNativePG makes for the throw-away Cluster", () => {
    for (const { metadata } of [made.serviceAccount, made.role, made.binding, made.archiveBinding])
      assert.ok(!["orders-drill", "orders-drill-barman-cloud"].includes(metadata.name ?? ""), metadata.name);
  });

  it("let the pods read the archive as the plugin's own Role allows", () => {
    assert.deepEqual(made.archiveBinding.roleRef, {
      apiGroup: "rbac.authorization.k8s.io",
      kind: "Role",
      name: "orders-drill-barman-cloud",
    });
    assert.deepEqual(made.archiveBinding.subjects, [
      { kind: "ServiceAccount", name: "orders", namespace: "shop" },
    ]);
  });

  it("may read one store and its Secrets, and delete nothing but the throw-away Cluster", () => {
    const named = (resource: string) => rules.filter(rule => rule.resources.includes(resource));
    assert.deepEqual(
      named("secrets").map(({ verbs, resourceNames }) => [verbs, resourceNames]),
      [[["get"], ["backups-credentials"]]],
    );
    assert.deepEqual(
      rules
        .filter(({ verbs }) => verbs.includes("delete"))
        .map(({ resources, resourceNames }) => [resources, resourceNames]),
      [[["clusters"], ["orders-drill"]]],
    );
    assert.ok(rules.every(({ resources, verbs }) => !resources.includes("*") && !verbs.includes("*")));
    assert.deepEqual(
      named("configmaps").map(({ resourceNames }) => resourceNames),
      [["orders-drills", "orders-drill-metric"]],
    );
  });

  it("may run commands in the pods of the active generation and of the throw-away Cluster, and in no other", () => {
    const [rule, ...more] = rules.filter(({ resources }) => resources.includes("pods/exec"));
    assert.deepEqual(more, []);
    const pods = rule?.resourceNames ?? [];
    for (const pod of ["orders-g2-1", "orders-g2-4", "orders-drill-1"]) assert.ok(pods.includes(pod), pod);
    assert.ok(
      pods.every(pod => /^orders-(g2|drill)-[1-9]$/.test(pod)),
      pods.join(),
    );
  });

  it("carry the labels, the identity of the store, and the ConfigMaps that the operation writes", () => {
    const { labels } = made.cronJob.spec.jobTemplate.spec.template.metadata;
    assert.equal(labels.identity, "yes");
    assert.equal(labels.team, "a");
    assert.equal(labels["cnpg.pulumi.com/instance"], "orders");
    assert.deepEqual(made.serviceAccount.metadata.annotations, { client: "id" });
    assert.deepEqual(made.history.data, { "history.json": "[]" });
    assert.deepEqual(made.metric.data, { queries: "{}" });
    assert.equal(made.metric.metadata.labels?.["cnpg.io/reload"], "true");
    assert.equal(made.alerts, undefined);
    assert.equal(drillManifests(reference, { alerts: true }).alerts?.kind, "PrometheusRule");
  });

  it("give a drill more time than its request, and never a second try", () => {
    const { spec } = drillManifests(reference, { timeoutSeconds: 600 }).cronJob.spec.jobTemplate;
    assert.equal(spec.backoffLimit, 0);
    assert.ok(spec.activeDeadlineSeconds > 600 + 180);
  });

  it("need a store", () => {
    assert.throws(
      () => drillManifests({ ...reference, store: undefined }, {}),
      /Instance shop\/orders archives nowhere.*Give it "backup"/,
    );
  });

  it("ask for what the operation reads", () => {
    const args: DrillArgs = {
      target: DrillTarget.Random,
      checks: { amcheck: false, assertions: [{ name: "some", sql: "SELECT true", database: "app" }] },
      storage: { size: "1Gi" },
      resources: { memory: "1Gi", requests: { cpu: "1" } },
      maxRtoSeconds: 60,
      history: 5,
      timeoutSeconds: 900,
    };
    assert.deepEqual(readDrillRequest(new RequestReader(drillRequest(reference, args))), {
      namespace: "shop",
      instance: "orders",
      target: "random",
      checks: { amcheck: false, checksums: true, rowCounts: true, assertions: args.checks?.assertions },
      storage: { size: "1Gi" },
      resources: { memory: "1Gi", requests: { cpu: "1" } },
      maxRtoSeconds: 60,
      timeoutSeconds: 900,
      history: 5,
    });
    assert.deepEqual(readDrillRequest(new RequestReader(drillRequest(reference, {}))), {
      namespace: "shop",
      instance: "orders",
      target: "restorePoint",
      checks: {},
      timeoutSeconds: 14_400,
      history: 10,
    });
  });
});

describe("the arguments of drills", () => {
  it("may all be left out", () => {
    assert.deepEqual(drillProblems({}), []);
    assert.deepEqual(
      drillProblems({ schedule: "weekly Sunday 04:00-06:00", timeZone: "Europe/Berlin", maxAgeDays: 8 }),
      [],
    );
  });

  const refused = (args: DrillArgs, argument: string, pattern: RegExp): void => {
    const found = drillProblems(args);
    assert.deepEqual(
      found.map(problem => problem.argument),
      [argument],
    );
    assert.match(`${found[0]?.problem} ${found[0]?.remedy}`, pattern);
  };

  it("are refused with what to write", () => {
    refused({ schedule: "sometimes" }, "schedule", /./);
    refused({ schedule: "15 0 4 * * 0" }, "schedule", /has seconds.*Write "0 4 \* \* 0"/);
    refused({ timeZone: "Berlin" }, "timeZone", /Europe\/Berlin/);
    refused({ target: "restorepoint" as DrillTarget }, "target", /Did you mean "restorePoint"\?/);
    refused({ history: 0 }, "history", /from 1 to 100/);
    refused({ timeoutSeconds: 1.5 }, "timeoutSeconds", /from 60 to 604800/);
    refused({ resources: { requests: { cpu: "much" } } }, "resources.requests.cpu", /500m/);
    refused({ storage: { size: "0" } }, "storage.size", /2Gi/);
    const assertion = { name: "some", sql: "SELECT true" };
    refused(
      { checks: { assertions: [assertion, assertion] } },
      "checks.assertions[1].name",
      /two assertions/,
    );
    refused(
      { checks: { assertions: [{ name: "", sql: "SELECT true" }] } },
      "checks.assertions[0].name",
      /1 to 63/,
    );
    refused({ checks: { assertions: [{ name: "some", sql: " " }] } }, "checks.assertions[0].sql", /empty/);
  });

  it("warn of a schedule that may not be meant", () => {
    assert.deepEqual(drillWarnings({ schedule: "30 4 * * 0" }), []);
    assert.match(drillWarnings({ schedule: "* * * * *" })[0] ?? "", /^drill\.schedule "\* \* \* \* \*" /);
  });
});
