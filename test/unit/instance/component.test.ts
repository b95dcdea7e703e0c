import * as assert from "node:assert/strict";
import * as pulumi from "@pulumi/pulumi";
import { ArgumentError } from "../../../src/argument-error";
import {
  PostgresInstance,
  type PostgresInstanceArgs,
  type PostgresInstanceOptions,
} from "../../../src/instance";
import { type MockRecorder, promiseOf, startMocks } from "../mocks";

const clusterType = "kubernetes:postgresql.cnpg.io/v1:Cluster";

interface Made {
  recorder: MockRecorder;
  instance: PostgresInstance;
}

async function make(
  args: PostgresInstanceArgs,
  preview = false,
  opts?: PostgresInstanceOptions,
): Promise<Made> {
  const recorder = await startMocks({
    preview,
    outputs: resource => {
      if (resource.type === "random:index/randomPassword:RandomPassword") return { result: "p@ss/word" };
      if (resource.type === clusterType) {
        return {
          status: {
            phase: "Cluster in healthy state",
            currentPrimary: "orders-g1-1",
            readyInstances: 1,
            conditions: [{ type: "Ready", status: "True" }],
          },
        };
      }
      return undefined;
    },
  });
  const instance = new PostgresInstance("orders", args, opts);
  await recorder.settled();
  return { recorder, instance };
}

for (const preview of [true, false]) {
  describe(`PostgresInstance, ${preview ? "at preview" : "at update"}`, () => {
    it("makes every child under the component, named after it", async () => {
      const { recorder } = await make({ extensions: ["hstore"] }, preview);
      const component = recorder.named("orders");
      const children = recorder.childrenOf(component);
      assert.ok(children.length > 15);
      for (const child of children) assert.ok(child.name.startsWith("orders-"), child.name);
      assert.equal(new Set(children.map(child => child.name)).size, children.length);
      assert.deepEqual(component.inputs, {});
    });

    it("keeps what holds data and nothing else", async () => {
      const { recorder } = await make({ createNamespace: true, namespace: "shop" }, preview);
      const kept = recorder.childrenOf(recorder.named("orders")).filter(child => recorder.isRetained(child));
      assert.deepEqual(kept.map(child => child.name).sort(), [
        "orders-g1",
        "orders-namespace",
        "orders-owner",
        "orders-service-account",
      ]);
      assert.ok(recorder.childrenOf(recorder.named("orders")).every(child => !recorder.isProtected(child)));
    });

    it("makes sure that archives are free before Clusters, and binds the plugin's Roles", async () => {
      const store = {
        name: "backups",
        namespace: "shop",
        secrets: ["backups-credentials"],
        recoveryWindowDays: 7,
        serviceAccountAnnotations: { "azure.workload.identity/client-id": "1234" },
        podLabels: { "azure.workload.identity/use": "true" },
      };
      const args: PostgresInstanceArgs = {
        namespace: "shop",
        backup: { store: pulumi.output(store) },
        generations: { "1": {}, "2": { restoredFrom: { generation: "1" } } },
        activeGeneration: "2",
      };
      const { recorder, instance } = await make(args, preview);
      for (const generation of ["g1", "g2"]) {
        const check = recorder.named(`orders-${generation}-archive-check`);
        assert.ok(recorder.waitsFor(recorder.named(`orders-${generation}`), check));
        assert.ok(JSON.stringify(check.inputs).includes('\\"store\\":\\"backups\\"'));
        const binding = recorder.named(`orders-${generation}-archive-binding`).inputs;
        assert.deepEqual(binding.roleRef, {
          apiGroup: "rbac.authorization.k8s.io",
          kind: "Role",
          name: `orders-${generation}-barman-cloud`,
        });
        assert.deepEqual(binding.subjects, [{ kind: "ServiceAccount", name: "orders", namespace: "shop" }]);
      }
      const [plugin] = (recorder.named("orders-g2").inputs.spec as { plugins: object[] }).plugins;
      assert.deepEqual(plugin, {
        name: "barman-cloud.cloudnative-pg.io",
        isWALArchiver: true,
        parameters: { barmanObjectName: "backups", serverName: "orders-g2" },
      });
      const template = recorder.named("orders-archive-survey").inputs.spec as { suspend: boolean };
      assert.equal(template.suspend, true);
      const account = recorder.named("orders-archive-account").inputs.metadata as {
        annotations: Record<string, string>;
      };
      assert.equal(account.annotations["azure.workload.identity/client-id"], "1234");
      const { serviceAccountAnnotations, podLabels } = store;
      assert.deepEqual(
        (recorder.named("orders-service-account").inputs.metadata as { annotations: object }).annotations,
        serviceAccountAnnotations,
      );
      const { inheritedMetadata } = recorder.named("orders-g2").inputs.spec as {
        inheritedMetadata: { labels: Record<string, string> };
      };
      assert.equal(
        inheritedMetadata.labels["azure.workload.identity/use"],
        podLabels["azure.workload.identity/use"],
      );
      const reference = await promiseOf(instance.reference);
      assert.deepEqual([reference?.store, reference?.archive], [store, "orders-g2"]);
    });

    it("lets no Secret be read where the store names none", async () => {
      const store = { name: "backups", namespace: "default", secrets: [], recoveryWindowDays: 7 };
      const { recorder } = await make({ backup: { store } }, preview);
      const { rules } = recorder.named("orders-archive-role").inputs as { rules: { resources: string[] }[] };
      assert.ok(rules.every(({ resources }) => !resources.includes("secrets")));
    });

    it("lets the watch beside the operator at exactly what it needs of an instance with standbys", async () => {
      const args = { namespace: "shop", instances: 3, operatorNamespace: "databases" };
      const { recorder } = await make(args, preview);
      const { metadata, rules } = recorder.named("orders-watch-role").inputs as {
        metadata: { name: string };
        rules: { resources: string[]; verbs: string[]; resourceNames?: string[] }[];
      };
      assert.equal(metadata.name, "orders-watch");
      assert.ok(rules.every(({ resourceNames }) => (resourceNames ?? []).length > 0));
      const may = rules.flatMap(({ resources, verbs }) =>
        resources.map(kind => `${kind} ${verbs.join(",")}`),
      );
      assert.deepEqual(may, [
        "clusters get,patch",
        "failoverquorums get",
        "configmaps get,patch",
        "pods get",
        "pods/log get",
      ]);
      const { subjects } = recorder.named("orders-watch-binding").inputs as { subjects: object[] };
      assert.deepEqual(subjects, [
        { kind: "ServiceAccount", name: "pulumi-cnpg-watch", namespace: "databases" },
      ]);
      const single = await make({}, preview);
      const names = single.recorder.childrenOf(single.recorder.named("orders")).map(({ name }) => name);
      assert.deepEqual(
        names.filter(name => /watch/.test(name)),
        [],
      );
    });

    it("makes alerts of failovers only when they are asked for", async () => {
      const made = async (failover: object): Promise<string[]> => {
        const { recorder } = await make({ instances: 3, maxLagBytes: 1000, failover }, preview);
        return recorder.childrenOf(recorder.named("orders")).map(({ name }) => name);
      };
      assert.ok((await made({ alerts: true })).includes("orders-failover-alerts"));
      assert.ok(!(await made({})).includes("orders-failover-alerts"));
    });

    it("takes a last backup before anything ceases to be kept", async () => {
      const store = { name: "backups", namespace: "default", secrets: [], recoveryWindowDays: 7 };
      const args = { backup: { store }, password: "a secret word", deletion: { confirm: "orders" } };
      const { recorder } = await make(args, preview);
      const job = recorder.named("orders-final-backup");
      for (const name of ["orders-g1", "orders-owner", "orders-service-account"])
        assert.ok(recorder.waitsFor(recorder.named(name), job), name);
      assert.ok(!JSON.stringify(job.inputs).includes("a secret word"));
      const { recorder: without } = await make(
        { ...args, deletion: { confirm: "orders", finalBackup: false } },
        preview,
      );
      assert.throws(() => without.named("orders-final-backup"));
    });

    it("keeps nothing with keepData off, or after a confirmed deletion", async () => {
      for (const args of [{ keepData: false }, { deletion: { confirm: "orders" } }]) {
        const { recorder } = await make(args, preview);
        assert.ok(recorder.childrenOf(recorder.named("orders")).every(child => !recorder.isRetained(child)));
      }
    });

    it("hands protect of the component only to what holds data", async () => {
      const { recorder } = await make({}, preview, { protect: true });
      const children = recorder.childrenOf(recorder.named("orders"));
      const names = children.filter(child => recorder.isProtected(child)).map(child => child.name);
      assert.deepEqual(names.sort(), ["orders-g1", "orders-owner", "orders-service-account"]);
    });

    it("orders authority, Cluster, settling, Services and check", async () => {
      const { recorder } = await make({ extensions: ["hstore"] }, preview);
      const order = [
        "orders-service-account",
        "orders-certificates",
        "orders-g1",
        "orders-g1-database",
        "orders-settle",
        "orders-service",
        "orders-check",
      ];
      for (let i = 1; i < order.length; i++) {
        const [first, then] = [order[i - 1] as string, order[i] as string];
        assert.ok(
          recorder.waitsFor(recorder.named(then), recorder.named(first)),
          `${then} must wait for ${first}`,
        );
      }
    });

    it("gives the slow children their time and the Cluster a background deletion", async () => {
      const { recorder } = await make({ instances: 3 }, preview);
      const cluster = recorder.named("orders-g1");
      assert.equal(cluster.customTimeouts.create, "540s");
      const { annotations } = cluster.inputs.metadata as { annotations: Record<string, string> };
      assert.equal(annotations["pulumi.com/deletionPropagationPolicy"], "background");
      assert.match(annotations["pulumi.com/waitFor"] ?? "", /readyInstances}=3/);
    });

    it("waits for the operator with every child", async () => {
      const recorder = await startMocks({ preview });
      const operator = new pulumi.Stash("operator", { input: "ready" });
      new PostgresInstance("orders", {}, { dependsOn: operator });
      await recorder.settled();
      const gate = recorder.named("operator");
      for (const name of ["orders-g1", "orders-owner", "orders-certificates", "orders-service"]) {
        assert.ok(recorder.waitsFor(recorder.named(name), gate), name);
      }
    });

    it("leaves the extensions of a generation that is stopped alone: nothing could release their object", async () => {
      const { recorder } = await make(
        { extensions: ["hstore"], generations: { "1": {}, "2": {} }, activeGeneration: "2" },
        preview,
      );
      const [stopped, active] = ["orders-g1-database", "orders-g2-database"].map(name =>
        recorder.named(name),
      );
      assert.ok(stopped && active);
      const annotations = (resource: typeof stopped): Record<string, string> =>
        (resource.inputs.metadata as { annotations: Record<string, string> }).annotations;
      assert.equal(annotations(stopped)["pulumi.com/skipAwait"], "true");
      assert.ok(recorder.isRetained(stopped));
      assert.match(annotations(active)["pulumi.com/waitFor"] ?? "", /applied/);
      assert.ok(!recorder.isRetained(active));
    });

    it("flips: the new generation settles, the old one stops, then the Services move", async () => {
      const { recorder } = await make({ generations: { "1": {}, "2": {} }, activeGeneration: "2" }, preview);
      const [oldOne, newOne, service] = ["orders-g1", "orders-g2", "orders-service"].map(name =>
        recorder.named(name),
      );
      assert.ok(oldOne && newOne && service);
      assert.ok(recorder.waitsFor(oldOne, recorder.named("orders-settle")));
      assert.ok(recorder.waitsFor(recorder.named("orders-settle"), newOne));
      assert.ok(recorder.waitsFor(service, oldOne));
      const annotationsOf = (resource: typeof oldOne): Record<string, string> =>
        (resource.inputs.metadata as { annotations: Record<string, string> }).annotations;
      assert.equal(annotationsOf(oldOne)["cnpg.io/hibernation"], "on");
      assert.equal(annotationsOf(oldOne)["pulumi.com/waitFor"], "condition=cnpg.io/hibernation");
      assert.equal(annotationsOf(newOne)["cnpg.io/hibernation"], undefined);
      assert.equal(
        (service.inputs.spec as { selector: Record<string, string> }).selector["cnpg.io/cluster"],
        "orders-g2",
      );
    });

    it("neither settles nor checks a hibernated instance", async () => {
      const { recorder } = await make({ hibernated: true }, preview);
      assert.equal(recorder.find("orders-check"), undefined);
      assert.equal(recorder.find("orders-settle"), undefined);
    });

    it("ties the Database object to its Cluster", async () => {
      const { recorder } = await make({ extensions: ["hstore"] }, preview);
      const database = recorder.named("orders-g1-database");
      assert.equal(database.deletedWith, recorder.named("orders-g1").urn);
      const { ownerReferences } = database.inputs.metadata as {
        ownerReferences: { kind: string; name: string }[];
      };
      assert.equal(ownerReferences[0]?.name, "orders-g1");
    });

    it("binds the comparison with previous inputs to the record", async () => {
      const { recorder } = await make({}, preview);
      assert.deepEqual(Object.keys(recorder.named("orders-record").hooks), ["beforeUpdate"]);
    });

    it("keeps out all but the named clients, and only when some are named", async () => {
      const open = await make({}, preview);
      assert.equal(open.recorder.find("orders-network-policy"), undefined);
      const { recorder } = await make({ allowedClients: [] }, preview);
      const { ingress } = recorder.named("orders-network-policy").inputs.spec as { ingress: object[] };
      assert.equal(ingress.length, 2);
    });

    it("imports what an earlier stack kept", async () => {
      const args = { adopt: true, namespace: "shop", createNamespace: true, passwordSecret: "orders-owner" };
      const recorder = await startMocks({
        preview,
        outputs: resource =>
          resource.name === "orders-password"
            ? { data: { username: "YXBw", password: "c2VjcmV0c2VjcmV0" } }
            : undefined,
      });
      new PostgresInstance("orders", args);
      await recorder.settled();
      assert.equal(recorder.named("orders-g1").importId, "shop/orders-g1");
      assert.equal(recorder.named("orders-service-account").importId, "shop/orders");
      assert.equal(recorder.named("orders-namespace").importId, "shop");
      assert.equal(recorder.find("orders-owner"), undefined);
    });
  });
}

describe("PostgresInstance, outputs and secrets", () => {
  it("has the outputs of the seeds", async () => {
    const { instance } = await make({ namespace: "shop" });
    assert.equal(await promiseOf(instance.connectionSecret), "orders-connection");
    assert.equal((await promiseOf(instance.availability))?.class, "single");
    assert.equal(await promiseOf(instance.serviceName), "orders");
    assert.equal(await promiseOf(instance.host), "orders.shop.svc");
    assert.equal(await promiseOf(instance.hostReadOnly), "orders-ro.shop.svc");
    assert.equal(await promiseOf(instance.port), 5432);
    assert.equal(await promiseOf(instance.state), "running");
    assert.equal(await promiseOf(instance.health), "healthy");
    const reference = await promiseOf(instance.reference);
    assert.equal(reference?.clusterName, "orders-g1");
    assert.equal(reference?.major, 18);
  });

  it("percent-encodes the password and marks every string that holds it as secret", async () => {
    const { instance } = await make({});
    assert.equal(
      await promiseOf(instance.connectionString),
      "postgresql://app:p%40ss%2Fword@orders.default.svc:5432/app?sslmode=require",
    );
    assert.equal(await pulumi.isSecret(instance.connectionString), true);
    assert.equal(await pulumi.isSecret(instance.host), false);
  });

  it("lets the password into no place but Secrets, and there only as a secret", async () => {
    const { recorder } = await make({ password: "correct horse battery" });
    const forms = [
      "correct horse battery",
      "correct%20horse%20battery",
      Buffer.from("correct horse battery").toString("base64"),
    ];
    for (const resource of recorder.resources) {
      const text = JSON.stringify(resource.inputs);
      if (!forms.some(form => text.includes(form))) continue;
      assert.equal(resource.type, "kubernetes:core/v1:Secret", resource.name);
      assert.ok(
        resource.secretPaths.some(path => path.startsWith("stringData")),
        `${resource.name}: ${resource.secretPaths.join()}`,
      );
    }
  });

  it("reads a given Secret and creates none for the owner", async () => {
    const recorder = await startMocks({
      outputs: resource =>
        resource.name === "orders-password"
          ? { data: { username: "YXBw", password: "c2VjcmV0c2VjcmV0" } }
          : undefined,
    });
    const instance = new PostgresInstance("orders", { passwordSecret: "mine" });
    await recorder.settled();
    assert.match((await promiseOf(instance.connectionString)) ?? "", /app:secretsecret@/);
    assert.equal(recorder.find("orders-owner"), undefined);
    const { bootstrap } = recorder.named("orders-g1").inputs.spec as {
      bootstrap: { initdb: { secret: { name: string } } };
    };
    assert.equal(bootstrap.initdb.secret.name, "mine");
  });

  it("applies overrides and transforms to the child they name", async () => {
    const { recorder } = await make({ overrides: { cluster: { spec: { logLevel: "debug" } } } }, false, {
      transform: {
        service: (args, opts) => ({
          args: { ...args, spec: { ...(args.spec as object), sessionAffinity: "ClientIP" } },
          opts,
        }),
      },
    });
    const spec = (name: string): Record<string, unknown> =>
      recorder.named(name).inputs.spec as Record<string, unknown>;
    assert.equal(spec("orders-g1").logLevel, "debug");
    assert.equal(spec("orders-g1").instances, 1);
    assert.equal(spec("orders-service").sessionAffinity, "ClientIP");
  });

  it("throws before anything is registered", async () => {
    const recorder = await startMocks({});
    assert.throws(() => new PostgresInstance("orders", { instances: 0 }), ArgumentError);
    await recorder.settled();
    assert.equal(recorder.resources.length, 0);
  });
});
