import * as assert from "node:assert/strict";
import * as kubernetes from "@pulumi/kubernetes/provider";
import * as pulumi from "@pulumi/pulumi";
import { ArgumentError } from "../../../src/argument-error";
import { PostgresInstance, type PostgresInstanceArgs, Replica, type ReplicaArgs } from "../../../src";
import { resolveInstance } from "../../../src/instance/resolve";
import { lateSourceProblems, type SourceFacts } from "../../../src/replica/checked-source";
import { replicaInstance } from "../../../src/replica/replica-instance";
import { type MockRecorder, promiseOf, type RecordedResource, startMocks } from "../mocks";

const store = { name: "backups", namespace: "default", secrets: ["backups"], recoveryWindowDays: 7 };

interface Made {
  recorder: MockRecorder;
  replica: Replica;
}

/** An instance `orders` and its replica `orders-west`. */
async function make(
  preview: boolean,
  args: Omit<ReplicaArgs, "source"> & Partial<Pick<ReplicaArgs, "source">> = {},
  orders: PostgresInstanceArgs = {},
  elsewhere = false,
): Promise<Made> {
  const recorder = await startMocks({
    preview,
    outputs: resource => {
      if (resource.type === "random:index/randomPassword:RandomPassword") return { result: "p@ss/word" };
      if (resource.type === "kubernetes:core/v1:Secret" && resource.id !== undefined)
        return { data: { password: Buffer.from("p@ss/word").toString("base64"), "tls.crt": "Y2VydA==" } };
      if (resource.type === "kubernetes:postgresql.cnpg.io/v1:Cluster" && resource.id !== undefined)
        return { metadata: { name: "orders-g1" }, spec: {}, status: { timelineID: 4, readyInstances: 1 } };
      return undefined;
    },
  });
  const source = new PostgresInstance("orders", orders);
  const sourceProvider = elsewhere ? new kubernetes.Provider("east", {}) : undefined;
  const replica = new Replica("orders-west", { source: source.reference, ...args }, { sourceProvider });
  await recorder.settled();
  return { recorder, replica };
}

const specOf = (resource: RecordedResource): Record<string, unknown> =>
  resource.inputs.spec as Record<string, unknown>;
/** The request of a Job. */
function requestOf(job: RecordedResource): Record<string, unknown> {
  const { template } = job.inputs.spec as {
    template: { spec: { containers: { command: string[] }[] } };
  };
  return JSON.parse(template.spec.containers[0]?.command.at(-1) ?? "") as Record<string, unknown>;
}

for (const preview of [true, false]) {
  describe(`Replica, ${preview ? "at preview" : "at update"}`, () => {
    it("is an instance under a component of its own", async () => {
      const { recorder } = await make(preview);
      const component = recorder.named("orders-west", "pulumi-cnpg:index:Replica");
      const instance = recorder.named("orders-west", "pulumi-cnpg:index:PostgresInstance");
      assert.equal(instance.parent, component.urn);
      for (const child of recorder.childrenOf(instance))
        assert.ok(child.name.startsWith("orders-west-"), child.name);
    });

    it("streams from the stable Service, with a certificate of its own, and is copied over it", async () => {
      const { recorder } = await make(preview, { feed: "streaming" });
      const cluster = recorder.named("orders-west-g1");
      const key = (file: string): object => ({ name: "orders-west-source", key: file });
      assert.deepEqual(specOf(cluster).externalClusters, [
        {
          name: "orders-west",
          connectionParameters: {
            host: "orders-west.default.svc",
            user: "streaming_replica",
            dbname: "postgres",
          },
        },
        {
          name: "orders-west-source",
          connectionParameters: {
            host: "orders.default.svc",
            port: "5432",
            user: "streaming_replica",
            dbname: "postgres",
            sslmode: "verify-full",
            application_name: "orders-west",
            connect_timeout: "10",
          },
          sslCert: key("tls.crt"),
          sslKey: key("tls.key"),
          sslRootCert: key("ca.crt"),
        },
      ]);
      assert.deepEqual(specOf(cluster).replica, {
        self: "orders-west",
        primary: "orders-west-source",
        source: "orders-west-source",
      });
      assert.deepEqual(specOf(cluster).bootstrap, {
        pg_basebackup: {
          source: "orders-west-source",
          database: "app",
          owner: "app",
          secret: { name: "orders-west-owner" },
        },
      });
      assert.deepEqual(cluster.ignoreChanges, ["spec.replica"]);
    });

    it("has its certificate issued beside the source, before it is made", async () => {
      const { recorder } = await make(preview);
      const job = recorder.named("orders-west-source", "kubernetes:batch/v1:Job");
      assert.ok(recorder.waitsFor(recorder.named("orders-west-g1"), job));
      const { certificates, owner, namespace } = requestOf(job) as {
        certificates: object[];
        owner: object;
        namespace: string;
      };
      assert.deepEqual(certificates, [
        {
          kind: "client",
          secret: "orders-west-source",
          authority: { namespace: "default", secret: "orders-ca" },
          commonName: "streaming_replica",
          validDays: 365,
          renewBeforeDays: 180,
        },
      ]);
      assert.deepEqual(
        [owner, namespace],
        [{ apiVersion: "v1", kind: "ServiceAccount", name: "orders-west" }, "default"],
      );
      const { rules } = recorder.named("orders-west-source-role").inputs;
      assert.deepEqual(rules, [
        { apiGroups: [""], resources: ["secrets"], verbs: ["get"], resourceNames: ["orders-ca"] },
      ]);
      assert.equal(specOf(recorder.named("orders-west-source-renewal")).timeZone, "Etc/UTC");
    });

    it("reads the source's archive where it can, and the archive alone when it is told to", async () => {
      const archiving = { backup: { store } };
      const plugin = {
        name: "barman-cloud.cloudnative-pg.io",
        parameters: { barmanObjectName: "backups", serverName: "orders-g1" },
      };
      const { recorder } = await make(preview, {}, archiving);
      const [, source] = specOf(recorder.named("orders-west-g1")).externalClusters as object[];
      assert.deepEqual((source as { plugin: object }).plugin, plugin);
      assert.ok(recorder.find("orders-west-g1-archive-binding"));
      const { recorder: alone } = await make(preview, { feed: "archive" }, archiving);
      const spec = specOf(alone.named("orders-west-g1"));
      assert.deepEqual((spec.externalClusters as object[])[1], { name: "orders-west-source", plugin });
      assert.deepEqual(
        (spec.bootstrap as { recovery: { source: string } }).recovery.source,
        "orders-west-source",
      );
      assert.equal(alone.find("orders-west-source"), undefined);
    });

    it("has the owner's password of its source, as a secret", async () => {
      const { recorder } = await make(preview);
      const connection = recorder.named("orders-west-connection");
      assert.equal(recorder.find("orders-west-password"), undefined);
      const text = JSON.stringify(recorder.resources.map(({ inputs }) => inputs));
      // What is made in the same update cannot be read in its preview.
      if (preview) assert.ok(connection.unknownPaths.includes("stringData"), connection.unknownPaths.join());
      else {
        assert.ok(connection.secretPaths.includes("stringData"), connection.secretPaths.join());
        assert.ok(text.includes("p%40ss%2Fword"));
      }
    });

    it("has a password of its own when one is given", async () => {
      const { recorder } = await make(preview, { instance: { password: "another word" } });
      assert.equal(recorder.find("orders-west-source-password"), undefined);
    });

    it("goes with its volumes while it follows, and is kept when it takes writes", async () => {
      const { recorder } = await make(preview);
      assert.equal(recorder.isRetained(recorder.named("orders-west-g1")), false);
      const { recorder: writing } = await make(preview, { promoted: true, confirmPromotion: "orders-west" });
      assert.equal(writing.isRetained(writing.named("orders-west-g1")), true);
    });

    it("is told its role by a Job that Services and check wait for", async () => {
      const { recorder } = await make(preview, { minApplyDelay: "1h" });
      const job = recorder.named("orders-west-role", "kubernetes:batch/v1:Job");
      assert.deepEqual(requestOf(job).replica, {
        self: "orders-west",
        primary: "orders-west-source",
        source: "orders-west-source",
        minApplyDelay: "1h",
      });
      assert.equal(requestOf(job).peer, undefined);
      assert.ok(recorder.waitsFor(job, recorder.named("orders-west-g1")));
      for (const name of ["orders-west-service", "orders-west-settle", "orders-west-check"])
        assert.ok(recorder.waitsFor(recorder.named(name), job), name);
    });

    it("needs nothing of its source once it was promoted on its own", async () => {
      const { recorder } = await make(preview, {
        source: { name: "orders-of-old" },
        promoted: true,
        confirmPromotion: "orders-west",
      });
      assert.equal(recorder.find("orders-west-source"), undefined);
      assert.deepEqual(requestOf(recorder.named("orders-west-role", "kubernetes:batch/v1:Job")).replica, {
        self: "orders-west",
        primary: "orders-west",
        source: "orders-west-source",
      });
    });

    it("exchanges roles by Jobs on both sides that do not wait for each other", async () => {
      const follow = {
        source: { name: "orders-west" },
        primary: "orders-west",
        serviceTarget: "writer" as const,
      };
      const { recorder } = await make(preview, { primary: "orders-west" }, { follow });
      const [orders, west] = ["orders-role", "orders-west-role"].map(name =>
        recorder.named(name, "kubernetes:batch/v1:Job"),
      );
      assert.ok(orders && west);
      assert.ok(!recorder.waitsFor(west, orders) && !recorder.waitsFor(orders, west));
      assert.deepEqual(requestOf(orders).peer, { namespace: "default", cluster: "orders-west-g1" });
      assert.deepEqual(requestOf(west).peer, { namespace: "default", cluster: "orders-g1" });
      const { selector } = recorder.named("orders-service").inputs.spec as { selector: object };
      assert.deepEqual(selector, {
        "cnpg.io/cluster": "orders-west-g1",
        "cnpg.io/instanceRole": "primary",
      });
      const { serverAltDNSNames } = specOf(recorder.named("orders-west-g1")).certificates as {
        serverAltDNSNames: string[];
      };
      assert.ok(serverAltDNSNames.includes("orders.default.svc"), serverAltDNSNames.join());
      const [authority] = requestOf(recorder.named("orders-certificates")).certificates as object[];
      assert.deepEqual((authority as { trusted: string[] }).trusted, ["orders-west-ca"]);
    });

    it("leaves the extensions of a follower alone", async () => {
      const { recorder } = await make(preview, { instance: { extensions: ["hstore"] } });
      const { annotations } = recorder.named("orders-west-g1-database").inputs.metadata as {
        annotations: Record<string, string>;
      };
      assert.equal(annotations["pulumi.com/skipAwait"], "true");
    });

    it("carries its certificate over from another Kubernetes cluster, as a secret", async () => {
      const { recorder } = await make(preview, { primary: "orders" }, {}, true);
      const east = recorder.named("east");
      for (const name of ["orders-west-source-account", "orders-west-source-renewal"])
        assert.ok(recorder.named(name).provider?.startsWith(east.urn), name);
      const copy = recorder.named("orders-west-source-secret");
      assert.equal(copy.provider?.startsWith(east.urn) ?? false, false);
      assert.deepEqual(copy.secretPaths, ["data"]);
      const role = recorder.named("orders-west-role", "kubernetes:batch/v1:Job");
      if (preview) return;
      assert.deepEqual((requestOf(role).peer as { standing: object }).standing, {
        replica: false,
        changing: false,
        timeline: 4,
        ready: 1,
      });
    });

    it("refuses a source that it cannot follow, in its own words", async () => {
      const refused = async (
        args: Omit<ReplicaArgs, "source">,
        orders: PostgresInstanceArgs,
      ): Promise<string> => {
        await startMocks({ preview });
        const source = resolved(orders);
        try {
          new Replica("orders-west", { source, ...args });
        } catch (error) {
          assert.ok(error instanceof ArgumentError);
          return error.message;
        }
        return "accepted";
      };
      assert.match(
        await refused({}, { storage: { size: "1Ti" } }),
        /^Replica "orders-west": argument storage.size/,
      );
      assert.match(
        await refused({ name: "orders" }, {}),
        /argument source = "orders": is the instance itself/,
      );
      assert.match(
        await refused({}, { owner: "shop" }),
        /argument instance.owner = "app": is not that of orders/,
      );
      assert.equal(await refused({}, {}), "accepted");
    });

    it("has outputs of an instance that others take", async () => {
      const { replica } = await make(preview);
      assert.equal(await promiseOf(replica.instanceName), "orders-west");
      assert.equal(await promiseOf(replica.takesWrites), false);
      const reference = await promiseOf(replica.reference);
      assert.equal(reference?.host, "orders-west.default.svc");
    });
  });
}

/** What is known of an instance with these arguments. */
function resolved({ owner = "app", storage }: PostgresInstanceArgs): ReplicaArgs["source"] {
  return {
    name: "orders",
    owner,
    requirements: { storage: storage?.size ?? "10Gi", parameters: {} },
  };
}

describe("the source of a Replica that is known late", () => {
  const args = replicaInstance("orders-west", { source: pulumi.output({ name: "orders" }) });
  const late = (facts: SourceFacts | undefined): string[] =>
    lateSourceProblems(resolveInstance("orders-west", args), args, facts, false).map(
      ({ argument, problem }) => `${argument} ${problem}`,
    );

  it("is compared when it is known", () => {
    assert.deepEqual(late({ name: "orders", owner: "app" }), []);
    assert.deepEqual(late({ name: "orders", owner: "shop" }), ["owner is not that of orders, shop."]);
    assert.deepEqual(late({ name: "orders-west" }), ["follow.source is the instance itself."]);
  });

  it("is passed over as long as a preview does not know it", () => {
    assert.deepEqual(late(undefined), []);
    assert.deepEqual(late({} as SourceFacts), []);
  });

  it("is compared by a hook of the record, before the replica is made and whenever it changes", async () => {
    const { recorder } = await make(false, { source: pulumi.output({ name: "orders" }) });
    const record = recorder.named("orders-west-record");
    assert.deepEqual(Object.keys(record.hooks).sort(), ["beforeCreate", "beforeUpdate"]);
    assert.deepEqual((record.inputs.input as { follow: { facts: object } }).follow.facts, { name: "orders" });
  });
});
