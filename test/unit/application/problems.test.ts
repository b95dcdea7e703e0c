import * as assert from "node:assert/strict";
import * as pulumi from "@pulumi/pulumi";
import type { DatabaseArgs, DatabaseLinkArgs, TauApplicationArgs } from "../../../src";
import { connectionProblems, takenTwice } from "../../../src/application/claims";
import { databaseProblems, referenceProblems } from "../../../src/application/database/validate";
import { linkProblems } from "../../../src/application/link/validate";
import { applicationProblems } from "../../../src/application/tau/validate";
import type { ArgumentProblem } from "../../../src/argument-error";
import { referenceOf } from "./instance-reference";

const shared = { instance: referenceOf() };
const none = pulumi.output({}) as unknown as DatabaseLinkArgs["database"];

type Refusal<A> = [args: A, argument: string, message: RegExp];

function refuse(problems: ArgumentProblem[], argument: string, message: RegExp): void {
  const text = JSON.stringify(problems);
  const found = problems.find(problem => problem.argument === argument);
  assert.ok(found, `nothing is wrong with ${argument}: ${text}`);
  assert.match(`${found.problem} ${found.remedy ?? ""}`, message);
}

describe("arguments of a database", () => {
  const refusals: Record<string, Refusal<DatabaseArgs>> = {
    "a name of PostgreSQL": [{ name: "template1", ...shared }, "name", /belongs to PostgreSQL/],
    "a name that is cut": [{ name: "ä".repeat(30), ...shared }, "name", /60 bytes, at most 53/],
    "a name with a line end": [{ name: "a\nb", ...shared }, "name", /control character/],
    "a name too long for an instance of its own": [
      { name: "a".repeat(30) },
      "name",
      /makes an instance postgres-a/,
    ],
    "an owner of PostgreSQL": [{ owner: "postgres", ...shared }, "owner", /reserved/],
    "an owner that is a group": [{ owner: "shop_readonly", ...shared }, "owner", /links use/],
    "no schema": [{ schemas: [], ...shared }, "schemas", /empty/],
    "a schema of PostgreSQL": [{ schemas: ["pg_catalog"], ...shared }, "schemas[0]", /belongs to PostgreSQL/],
    "a short password": [{ password: "short", ...shared }, "password", /fewer than 8/],
    "a password that CloudNativePG changes": [
      { password: " long enough", ...shared },
      "password",
      /white space/,
    ],
    "a namespace that is none": [{ namespace: "Shop", ...shared }, "namespace", /DNS-1123/],
    "storage of a shared instance": [{ storageSize: "1Gi", ...shared }, "storageSize", /instance of its own/],
    "a limit of an own instance": [{ connectionLimit: 5 }, "connectionLimit", /shared instance/],
    "extensions of the instance's database": [
      { ofInstance: true, extensions: ["pgcrypto"], ...shared },
      "extensions",
      /PostgresInstance/,
    ],
    "a removal that is not confirmed": [
      { deletion: { confirm: "shops" }, ...shared },
      "deletion.confirm",
      /Write "shop"/,
    ],
    "an extension that an own instance does not have": [
      { extensions: ["postgis"] },
      "extensions[0]",
      /not in operand images/,
    ],
    "size of an own instance": [{ storageSize: "lots" }, "instanceArgs.storage.size", /./],
    "migrations that are nothing": [{ migrations: {}, ...shared }, "migrations", /exactly one/],
    "migrations in no order": [
      { migrations: { files: { "9.sql": "SELECT 1", "10.sql": "SELECT 1" } }, ...shared },
      "migrations.files.9.sql",
      /after 10\.sql/,
    ],
    "the provider without a shared instance": [{ through: "provider" }, "through", /shared instance/],
  };
  for (const [what, [args, argument, message]] of Object.entries(refusals))
    it(`refuse ${what}`, () => refuse(databaseProblems("shop", args), argument, message));

  it("are fine as they are, and with names that need quotes", () => {
    assert.deepEqual(databaseProblems("shop", {}), []);
    assert.deepEqual(databaseProblems("shop", { name: 'select "x"; --', owner: "o'neill", ...shared }), []);
  });

  it("are compared with the instance", () => {
    const problems = (args: DatabaseArgs): ArgumentProblem[] =>
      referenceProblems("shop", args, shared.instance);
    refuse(problems({ ...shared, name: "app" }), "name", /ofInstance: true/);
    refuse(problems({ ...shared, ofInstance: true }), "name", /That is "app"/);
    refuse(problems({ ...shared, owner: "app" }), "owner", /Choose another one/);
    refuse(problems({ ...shared, pooler: true }), "pooler", /no such pooler/);
    refuse(problems({ ...shared, extensions: ["postgis"] }), "extensions[0]", /not in operand images/);
    assert.deepEqual(problems({ ...shared, extensions: ["pgcrypto"] }), []);
  });
});

describe("arguments of a link", () => {
  const refusals: Record<string, Refusal<Omit<DatabaseLinkArgs, "database">>> = {
    "an application that is no label": [{ application: "Web" }, "application", /DNS label/],
    "an access that is none": [{ access: "write" as "readWrite" }, "access", /readWrite/],
    "a role of PostgreSQL": [{ role: "pg_monitor" }, "role", /reserved/],
    "a role that leaves no room": [{ role: "a".repeat(62) }, "role", /62 bytes/],
    "writing to standbys": [{ standbys: true }, "standbys", /readOnly/],
    "two names for one variable": [
      { environmentNames: { DB_HOST: "DB_PORT" } },
      "environmentNames",
      /DB_PORT/,
    ],
    "a password with rotation": [{ password: "long enough", rotation: {} }, "password", /rotation/],
    "a schedule that is none": [{ rotation: { schedule: "sometimes" } }, "rotation.schedule", /./],
    "half a session": [{ connections: 0.5 }, "connections", /whole number/],
  };
  for (const [what, [args, argument, message]] of Object.entries(refusals))
    it(`refuse ${what}`, () => refuse(linkProblems("web", { database: none, ...args }), argument, message));
});

describe("arguments of an application", () => {
  const refusals: Record<string, Refusal<TauApplicationArgs>> = {
    "probes without an image": [{ replicas: 2 }, "replicas", /Set image/],
    "an ingress without a port": [{ image: "a", ingress: { host: "x" } }, "ingress", /Set ports/],
    "a volume of two kinds": [
      { image: "a", volumes: [{ name: "v", mountPath: "/v", size: "1Gi", emptyDir: true }] },
      "volumes[0]",
      /exactly one/,
    ],
    "a claim for two pods": [
      { image: "a", replicas: 2, volumes: [{ name: "v", mountPath: "/v", size: "1Gi" }] },
      "volumes[0].size",
      /one replica/,
    ],
    "extensions of a database that is declared elsewhere": [
      { database: { enabled: true, existing: none, extensions: ["pgcrypto"] } },
      "database.extensions",
      /existing/,
    ],
    "an extension that is not there": [
      { database: { enabled: true, extensions: ["postgis"] } },
      "database.extensions[0]",
      /not in operand images/,
    ],
    "a second database with a wrong size": [
      { databases: { reports: { enabled: true, storageSize: "much" } } },
      "databases.reports.instanceArgs.storage.size",
      /./,
    ],
  };
  for (const [what, [args, argument, message]] of Object.entries(refusals))
    it(`refuse ${what}`, () => refuse(applicationProblems("shop", args), argument, message));

  it("may be none at all", () => assert.deepEqual(applicationProblems("shop", {}), []));
});

describe("what the components of a program take of an instance", () => {
  const claim = (resource: string, roles: string[], connections: number, secret = `shop/${resource}`) => ({
    component: "DatabaseLink",
    resource,
    argument: "application",
    roles,
    secret,
    connections,
  });

  it("is refused when another one has it", () => {
    const other = claim("web", ["shop_web"], 10);
    const [problem] = takenTwice([other], [other], claim("site", ["shop_web"], 10));
    assert.match(problem?.problem ?? "", /role shop_web, which belongs to DatabaseLink "web"/);
    const [secret] = takenTwice([], [other], claim("site", ["shop_site"], 10, "shop/web"));
    assert.equal(secret?.argument, "secretName");
    assert.deepEqual(takenTwice([other], [other], claim("site", ["shop_site"], 10)), []);
  });

  it("must fit into the connections of the servers, poolers included", () => {
    const instance = {
      ...referenceOf(),
      connections: { most: 100, reserved: 3, direct: 10 },
      poolerConnections: 60,
    };
    assert.deepEqual(connectionProblems(instance, [claim("a", [], 17)], claim("b", [], 10)), []);
    const [problem] = connectionProblems(instance, [claim("a", [], 18)], claim("b", [], 10));
    assert.match(
      problem?.problem ?? "",
      /more than the 9 that are left.*60 the pooler's, 18 those of DatabaseLink "a"/,
    );
    assert.deepEqual(
      connectionProblems({ ...instance, connections: undefined }, [], claim("b", [], 1000)),
      [],
    );
  });
});
