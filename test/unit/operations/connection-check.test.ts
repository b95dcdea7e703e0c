import * as assert from "node:assert/strict";
import {
  connectionCheck,
  loadBalancerAddress,
  serverVersion,
} from "../../../src/operations/connection-check";
import { kinds } from "../../../src/operations/kubernetes";
import { RequestReader } from "../../../src/operations/operation";
import { clientConfig } from "../../../src/operations/postgres";
import { leaveResult } from "../../../src/operations/result";
import { context } from "./fakes";

describe("serverVersion", () => {
  it("is the number in the server's answer", () => {
    assert.equal(
      serverVersion("PostgreSQL 18.6 (Debian 18.6-1.pgdg13+1) on x86_64-pc-linux-gnu, compiled by gcc"),
      "18.6",
    );
    assert.equal(serverVersion("PostgreSQL 19beta3 on x86_64"), "19beta3");
    assert.equal(serverVersion("something else"), "unknown");
  });
});

describe("loadBalancerAddress", () => {
  const service = (ingress?: object[]): Parameters<typeof loadBalancerAddress>[0] => ({
    apiVersion: "v1",
    kind: "Service",
    metadata: {},
    status: { loadBalancer: { ingress } },
  });
  it("is the address, or the name, or absent", () => {
    assert.equal(loadBalancerAddress(service([{ ip: "192.0.2.1" }])), "192.0.2.1");
    assert.equal(loadBalancerAddress(service([{ hostname: "lb.example.com" }])), "lb.example.com");
    assert.equal(loadBalancerAddress(service([])), undefined);
    assert.equal(loadBalancerAddress(service()), undefined);
    assert.equal(loadBalancerAddress(undefined), undefined);
  });
});

describe("clientConfig", () => {
  const endpoint = {
    host: "orders.shop.svc",
    port: 5432,
    database: "app",
    sslmode: "verify-full" as const,
    ca: "pem",
  };
  const env = { PGUSER: "app", PGPASSWORD: "secret" };
  type Ssl = {
    ca: string;
    rejectUnauthorized: boolean;
    servername: string;
    checkServerIdentity?: () => undefined;
  };

  it("sends no setting that PgBouncer would refuse", () => {
    const config = clientConfig(endpoint, env);
    // What node-postgres sends when a session begins, besides user, database and application_name.
    for (const setting of [
      "statement_timeout",
      "lock_timeout",
      "idle_in_transaction_session_timeout",
      "options",
    ])
      assert.equal((config as Record<string, unknown>)[setting], undefined, setting);
  });

  it("verifies chain and name, also at an address", () => {
    const config = clientConfig({ ...endpoint, hostaddr: "192.0.2.1" }, env);
    const ssl = config.ssl as Ssl;
    assert.equal(config.host, "192.0.2.1");
    assert.deepEqual(ssl, { ca: "pem", rejectUnauthorized: true, servername: "orders.shop.svc" });
  });

  it("leaves the name aside for verify-ca only", () => {
    const ssl = clientConfig({ ...endpoint, sslmode: "verify-ca" }, env).ssl as Ssl;
    assert.equal(ssl.rejectUnauthorized, true);
    assert.equal(typeof ssl.checkServerIdentity, "function");
  });

  it("needs a login", () => {
    assert.throws(() => clientConfig(endpoint, { PGUSER: "app" }), /PGUSER and PGPASSWORD are not set/);
  });
});

describe("request of connection-check", () => {
  const request = {
    host: "a",
    database: "app",
    sslmode: "verify-full",
    caFile: "/ca.crt",
    timeoutSeconds: 60,
  };

  it("has defaults for what may be left out", () => {
    assert.deepEqual(
      connectionCheck.read(new RequestReader({ ...request, aliases: [{ host: "b", service: "b" }] })),
      {
        host: "a",
        port: 5432,
        database: "app",
        caFile: "/ca.crt",
        aliases: [{ host: "b", hostaddr: undefined, service: "b", required: false }],
        timeoutSeconds: 60,
        aliasTimeoutSeconds: 30,
        waitOnly: false,
        result: undefined,
      },
    );
  });

  it("does not connect with less than verify-full", () => {
    assert.throws(
      () => connectionCheck.read(new RequestReader({ ...request, sslmode: "require" })),
      /sslmode must be one of verify-full/,
    );
  });

  it("names the member that is wrong", () => {
    assert.throws(
      () => connectionCheck.read(new RequestReader({ ...request, aliases: [{}] })),
      /aliases\[0\]\.host is missing/,
    );
    assert.throws(() => connectionCheck.read(new RequestReader([])), /the whole must be an object/);
  });
});

describe("leaveResult", () => {
  it("writes on the Job it runs in", async () => {
    const surroundings = context();
    surroundings.api.add(kinds.job, {
      apiVersion: "batch/v1",
      kind: "Job",
      metadata: { name: "job", namespace: "shop", annotations: { a: "b" } },
    });
    await leaveResult({ version: "PostgreSQL 18.6" }, undefined, surroundings);
    assert.deepEqual(surroundings.api.objects.get("jobs/shop/job")?.metadata.annotations, {
      a: "b",
      "cnpg.pulumi.com/result": '{"version":"PostgreSQL 18.6"}',
    });
  });

  it("writes into a ConfigMap that goes with the Job, again and again", async () => {
    const surroundings = context();
    const target = { namespace: "shop", configMap: "result" };
    await leaveResult({ version: "1" }, target, surroundings);
    await leaveResult({ version: "2" }, target, surroundings);
    const map = surroundings.api.objects.get("configmaps/shop/result");
    assert.deepEqual(map?.data, { version: "2" });
    assert.deepEqual(map?.metadata.ownerReferences, [
      { apiVersion: "batch/v1", kind: "Job", name: "job", uid: "job-uid" },
    ]);
  });

  it("needs to know its Job", async () => {
    await assert.rejects(
      leaveResult({}, undefined, { ...context(), env: {} }),
      /JOB_NAME, JOB_UID and POD_NAMESPACE are not set/,
    );
  });
});
