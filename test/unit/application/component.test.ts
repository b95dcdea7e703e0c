import * as assert from "node:assert/strict";
import * as apps from "@pulumi/kubernetes/apps/v1";
import * as core from "@pulumi/kubernetes/core/v1";
import * as pulumi from "@pulumi/pulumi";
import {
  ArgumentError,
  BackupStore,
  createDatabase,
  Database,
  DatabaseLink,
  link,
  PostgresInstance,
  TauApplication,
} from "../../../src";
import { postgresqlProvider } from "../../../src/application/provider";
import { isKnown, type MockRecorder, promiseOf, startMocks } from "../mocks";

const password = "p@ss/w:rd%";

async function mocked(preview: boolean): Promise<MockRecorder> {
  return startMocks({
    preview,
    outputs: ({ type, name, inputs }) => {
      if (type.endsWith("RandomPassword")) return { result: password };
      if (name.endsWith("authority-source")) return { data: { "ca.crt": "certificate" } };
      if (name.endsWith("owner-login") && inputs.type === undefined)
        return { data: { password: Buffer.from(password).toString("base64") } };
      return undefined;
    },
  });
}

const shared = (): PostgresInstance => new PostgresInstance("orders", { namespace: "data" });

for (const preview of [true, false]) {
  describe(`Database, ${preview ? "at preview" : "at update"}`, () => {
    it("makes roles, database and rights in a shared instance, and the Secret beside the application", async () => {
      const recorder = await mocked(preview);
      const shop = new Database("shop", {
        instance: shared().reference,
        namespace: "web",
        extensions: ["pgcrypto"],
      });
      await recorder.settled();
      const names = recorder.childrenOf(recorder.named("shop")).map(({ name }) => name);
      for (const name of [
        "database",
        "owner-login",
        "owner",
        "readonly",
        "readwrite",
        "database-object",
        "grants",
        "credentials",
        "authority",
      ])
        assert.ok(names.includes(`shop-${name}`), `${name} of ${names.join(" ")}`);
      const secret = recorder.named("shop-credentials");
      assert.equal(await promiseOf(shop.secretName), "shop-postgres-credentials");
      assert.equal((secret.inputs.metadata as { namespace: string }).namespace, "web");
      assert.ok(secret.secretPaths.some(path => path.startsWith("stringData")));
      for (const object of ["shop-owner", "shop-readonly", "shop-readwrite", "shop-database-object"]) {
        const made = recorder.named(object);
        assert.equal(made.type.includes("Patch"), true);
        assert.ok(recorder.isRetained(made), "it goes with its owner, in the background");
        assert.ok(preview || recorder.waitsFor(made, recorder.named("orders-g1")));
      }
      assert.ok(recorder.waitsFor(recorder.named("shop-grants"), recorder.named("shop-database-object")));
      assert.ok(recorder.waitsFor(secret, recorder.named("shop-grants")));
      // What it will do is reviewed before it is done.
      const { spec } = recorder.named("shop-grants").inputs as {
        spec: { template: { spec: { containers: { command: string[] }[] } } };
      };
      assert.match(
        spec.template.spec.containers[0]?.command.at(-1) ?? "",
        /GRANT SELECT ON TABLES TO \\"shop_readonly\\"/,
      );
    });

    it("makes an instance of its own, which is kept", async () => {
      const recorder = await mocked(preview);
      const made = createDatabase({ name: "my_shop", extensions: ["uuid-ossp"], storageSize: "20Gi" });
      await recorder.settled();
      const cluster = recorder.named("postgres-my-shop-g1");
      assert.ok(recorder.isRetained(cluster));
      const { spec } = cluster.inputs as {
        spec: { bootstrap: { initdb: object }; storage: { size: string } };
      };
      assert.deepEqual(spec.bootstrap.initdb, {
        ...spec.bootstrap.initdb,
        database: "my_shop",
        owner: "my_shop_user",
      });
      assert.equal(spec.storage.size, "20Gi");
      assert.equal(recorder.find("my_shop-database-object"), undefined);
      assert.equal(await promiseOf(made.host), "postgres-my-shop.default.svc");
      assert.equal(made.database, "my_shop");
      assert.equal(await promiseOf(made.secret.metadata.name), "my-shop-postgres-credentials");
      if (!preview)
        assert.equal(
          await promiseOf(made.connectionString),
          `postgresql://my_shop_user:${encodeURIComponent(password)}@postgres-my-shop.default.svc:5432/my_shop?sslmode=verify-full&sslrootcert=%2Fbindings%2Fmy-shop%2Fca.crt`,
        );
    });

    it("uses the database that an instance was made with", async () => {
      const recorder = await mocked(preview);
      new Database("app", { instance: shared().reference, ofInstance: true });
      await recorder.settled();
      assert.equal(recorder.find("app-owner"), undefined);
      assert.equal(recorder.find("app-database-object"), undefined);
      assert.ok(recorder.find("app-readonly"));
    });

    it("lets in the pods of the application, where only named ones may connect", async () => {
      const recorder = await mocked(preview);
      const closed = new PostgresInstance("orders", { namespace: "data", allowedClients: [] });
      const database = new Database("shop", { instance: closed.reference, namespace: "web" });
      link(database, { application: "site", namespace: "web", pods: { labels: { app: "site" } } });
      await recorder.settled();
      const { spec } = recorder.named("site-network-edge").inputs as {
        spec: { ingress: { from: object[] }[] };
      };
      assert.deepEqual(spec.ingress[0]?.from, [
        {
          namespaceSelector: { matchLabels: { "kubernetes.io/metadata.name": "web" } },
          podSelector: { matchLabels: { app: "site" } },
        },
      ]);
    });

    it("makes the same through Pulumi's provider of the server, and nothing without one", async () => {
      const recorder = await mocked(preview);
      const instance = shared();
      const postgresql = postgresqlProvider("server", {
        instance: instance.reference,
        host: "127.0.0.1",
        username: "manager",
        password: pulumi.secret("word of the manager"),
      });
      const opts = { providers: { postgresql } };
      const args = { instance: instance.reference, through: "provider" as const };
      const shop = new Database("shop", { ...args, schemas: ["public", "audit"] }, opts);
      link(shop, { application: "web", access: "readOnly" }, opts);
      await recorder.settled();
      assert.equal(recorder.find("shop-readonly"), undefined);
      const roles = recorder.ofType("postgresql:index/role:Role").map(({ inputs }) => inputs.name);
      assert.deepEqual(roles.sort(), ["shop_readonly", "shop_readwrite", "shop_user", "shop_web"]);
      const web = recorder
        .ofType("postgresql:index/role:Role")
        .find(({ inputs }) => inputs.name === "shop_web");
      assert.deepEqual(web?.inputs.roles, ["shop_readonly"]);
      assert.ok(web && !recorder.isRetained(web));
      assert.ok(recorder.find("shop-credentials") && recorder.find("web-credentials"));
      assert.throws(
        () => new Database("other", { ...args, connections: 1 }),
        /opts\.providers.*postgresqlProvider/s,
      );
    });

    it("takes a last backup before anything may be dropped, whichever way it is made", async () => {
      for (const through of ["cluster", "provider"] as const) {
        const recorder = await mocked(preview);
        const store = new BackupStore("backups", {
          namespace: "data",
          azure: { account: "shopaccount", container: "backups", credentials: { managedIdentity: {} } },
        });
        const { reference } = new PostgresInstance("orders", {
          namespace: "data",
          backup: { store: store.reference },
        });
        const postgresql = postgresqlProvider("server", {
          instance: reference,
          host: "127.0.0.1",
          username: "manager",
          password: pulumi.secret("word of the manager"),
        });
        const args = { instance: reference, through, deletion: { confirm: "shop" } };
        new Database("shop", args, { providers: { postgresql } });
        await recorder.settled();
        const dropped = through === "cluster" ? "shop-database-object" : "shop-database";
        const database = recorder.resources.find(
          ({ name, type }) => name === dropped && !type.includes("ServiceAccount"),
        );
        assert.ok(database && recorder.waitsFor(database, recorder.named("shop-last-backup-job")), through);
      }
    });

    it("makes nothing where two databases would be one", async () => {
      const recorder = await mocked(preview);
      const { reference: instance } = shared();
      new Database("shop", { instance });
      assert.throws(
        () => new Database("other", { instance, name: "shop", secretName: "other" }),
        (error: ArgumentError) => /role shop_readonly, which belongs to Database "shop"/.test(error.message),
      );
      await recorder.settled();
    });
  });

  describe(`DatabaseLink, ${preview ? "at preview" : "at update"}`, () => {
    it("makes a role that is a member of exactly one group", async () => {
      const recorder = await mocked(preview);
      const { reference: database } = new Database("shop", { instance: shared().reference });
      const web = new DatabaseLink("web", { database, namespace: "web", access: "readOnly" });
      await recorder.settled();
      const { spec } = recorder.named("web-role").inputs as { spec: Record<string, unknown> };
      assert.deepEqual(
        { inRoles: spec.inRoles, name: spec.name, policy: spec.databaseRoleReclaimPolicy, login: spec.login },
        { inRoles: ["shop_readonly"], name: "shop_web", policy: "delete", login: true },
      );
      assert.equal(recorder.find("web-session"), undefined);
      assert.equal(await promiseOf(web.role), "shop_web");
      assert.ok(recorder.waitsFor(recorder.named("web-role"), recorder.named("shop-grants")) || preview);
    });

    it("keeps no password where credentials are rotated", async () => {
      const recorder = await mocked(preview);
      const { reference: database } = new Database("shop", { instance: shared().reference });
      new DatabaseLink("web", { database, access: "owner", rotation: { schedule: "monthly 1 03:00-04:00" } });
      await recorder.settled();
      assert.equal(recorder.find("web-password"), undefined);
      assert.equal(recorder.find("web-credentials"), undefined);
      const role = (name: string): Record<string, unknown> =>
        (recorder.named(name).inputs as { spec: Record<string, unknown> }).spec;
      assert.deepEqual([role("web-role").login, role("web-role").disablePassword], [undefined, true]);
      assert.deepEqual(role("web-login-a").inRoles, ["shop_web"]);
      assert.deepEqual(role("web-login-b").passwordSecret, { name: "orders-shop-web-link-b" });
      const { metadata, spec } = recorder.named("web-rotate").inputs as {
        metadata: { name: string };
        spec: { suspend: boolean };
      };
      assert.equal(metadata.name, "orders-shop-web-link-rotate");
      assert.equal(spec.suspend, false);
    });
  });

  describe(`TauApplication, ${preview ? "at preview" : "at update"}`, () => {
    it("deploys an application whose pods wait for its database", async () => {
      const recorder = await mocked(preview);
      new TauApplication("shop", {
        namespace: "web",
        image: "shop:1",
        ports: [{ port: 8080 }],
        ingress: { host: "shop.example.com" },
        database: { enabled: true, extensions: ["pgcrypto"] },
      });
      await recorder.settled();
      const { metadata, spec } = recorder.named("shop", "apps/v1:Deployment").inputs as {
        metadata: { labels: object };
        spec: {
          template: {
            spec: { initContainers: { name: string }[]; containers: { env: { name: string }[] }[] };
          };
        };
      };
      assert.deepEqual(metadata.labels, { app: "shop" });
      assert.deepEqual(
        spec.template.spec.initContainers.map(({ name }) => name),
        ["wait-for-database"],
      );
      const variables = spec.template.spec.containers[0]?.env.map(({ name }) => name) ?? [];
      assert.ok(
        ["DATABASE_URL", "DB_HOST", "DB_PORT", "DB_NAME", "DB_USER", "DB_PASSWORD"].every(name =>
          variables.includes(name),
        ),
      );
      // An instance of its own is in the namespace, and stays with it.
      assert.ok(recorder.isRetained(recorder.named("shop-namespace")));
      for (const { type, inputs } of recorder.resources)
        if (
          type.startsWith("kubernetes:") &&
          inputs.metadata !== undefined &&
          inputs.metadata !== "<unknown>"
        )
          assert.equal((inputs.metadata as { labels: Record<string, string> }).labels.app, "shop", type);
    });

    it("is the base of classes that make their own workload", async () => {
      const recorder = await mocked(preview);
      class PostgresExample extends TauApplication {
        readonly variables: number;
        constructor(name: string) {
          super(name, { database: { enabled: true, extensions: ["uuid-ossp", "pgcrypto"] } });
          this.variables = this.getDatabaseEnvironmentVariables().length;
          new apps.Deployment(
            `${name}-deployment`,
            {
              spec: {
                replicas: 1,
                selector: { matchLabels: this.labels },
                template: {
                  metadata: { labels: this.labels },
                  spec: {
                    containers: [
                      { name: "app", image: "app:1", env: this.getDatabaseEnvironmentVariables() },
                    ],
                  },
                },
              },
            },
            { parent: this },
          );
          new core.ConfigMap(`${name}-own`, { metadata: { labels: { app: "mine" } } }, { parent: this });
        }
      }
      const example = new PostgresExample("example");
      await recorder.settled();
      assert.ok(example.variables >= 6);
      assert.equal(recorder.find("example", "apps/v1:Deployment"), undefined);
      const { spec } = recorder.named("example-deployment").inputs as {
        spec: {
          template: { spec: { volumes: object[]; containers: { volumeMounts: { mountPath: string }[] }[] } };
        };
      };
      // The URL names the certificate among the files.
      assert.equal(spec.template.spec.volumes.length, 1);
      assert.equal(spec.template.spec.containers[0]?.volumeMounts[0]?.mountPath, "/bindings/example");
      assert.deepEqual((recorder.named("example-own").inputs.metadata as { labels: object }).labels, {
        app: "mine",
      });
    });

    it("has neither variables nor a Deployment without database and image", async () => {
      const recorder = await mocked(preview);
      class Empty extends TauApplication {
        get count(): number {
          return this.getDatabaseEnvironmentVariables().length + this.getDatabaseVolumes().length;
        }
      }
      const empty = new Empty("empty", { namespace: "kube-system" });
      await recorder.settled();
      assert.equal(empty.count, 0);
      assert.deepEqual(
        recorder.resources.map(({ type }) => type).filter(type => type.startsWith("kubernetes:")),
        [],
      );
      assert.ok(await isKnown(pulumi.output(empty.host)));
    });

    it("has several databases, each with its own variables", async () => {
      const recorder = await mocked(preview);
      const { reference: instance } = shared();
      const { reference: existing } = new Database("reports", { instance });
      new TauApplication("shop", {
        image: "shop:1",
        database: { enabled: true, instance, connections: 5 },
        databases: { reports: { enabled: true, existing, access: "readOnly", connections: 5 } },
      });
      await recorder.settled();
      const { spec } = recorder.named("shop", "apps/v1:Deployment").inputs as {
        spec: { template: { spec: { containers: { env: { name: string }[] }[] } } };
      };
      const variables = spec.template.spec.containers[0]?.env.map(({ name }) => name) ?? [];
      assert.ok(variables.includes("DATABASE_URL") && variables.includes("REPORTS_DATABASE_URL"));
      assert.equal(new Set(variables).size, variables.length);
    });
  });
}
