import * as assert from "node:assert/strict";
import * as pulumi from "@pulumi/pulumi";
import {
  type PostgresqlProviderArgs,
  postgresqlProvider,
  SslMode,
} from "../../../../src/application/provider";
import { wrongArguments } from "../../../../src/application/provider/factory";
import type { InstanceReference } from "../../../../src/instance/reference";
import { startMocks } from "../../mocks";

const instance = { host: "orders.default.svc", port: 5432 } as InstanceReference;
const least: PostgresqlProviderArgs = { instance, username: "manager", password: "p" };

async function inputsOf(more: Partial<PostgresqlProviderArgs>): Promise<Record<string, unknown>> {
  const recorder = await startMocks();
  postgresqlProvider("server", { ...least, ...more });
  await recorder.settled();
  return recorder.named("server").inputs;
}

describe("postgresqlProvider", () => {
  it("reaches the instance by its own name, encrypted, as somebody who is not the superuser", async () => {
    assert.deepEqual(await inputsOf({ instance: pulumi.output(instance) }), {
      host: "orders.default.svc",
      port: "5432",
      username: "manager",
      password: "p",
      superuser: "false",
      sslmode: "require",
      connectTimeout: "30",
    });
  });

  it("takes another way there, and verifies where it knows the authority", async () => {
    const way = {
      host: "127.0.0.1",
      port: 6000,
      sslrootcert: "/tmp/ca.crt",
      database: "app",
      superuser: true,
    };
    const inputs = await inputsOf({ ...way, connectTimeout: 5 });
    assert.deepEqual(
      [
        inputs.host,
        inputs.port,
        inputs.sslmode,
        inputs.sslrootcert,
        inputs.database,
        inputs.superuser,
        inputs.connectTimeout,
      ],
      ["127.0.0.1", "6000", "verify-ca", "/tmp/ca.crt", "app", "true", "5"],
    );
    assert.equal((await inputsOf({ ...way, sslmode: SslMode.VerifyFull })).sslmode, "verify-full");
  });

  it("is of the provider's own type", async () => {
    const recorder = await startMocks();
    postgresqlProvider("server", least);
    await recorder.settled();
    assert.equal(recorder.named("server").type, "pulumi:providers:postgresql");
  });

  const wrong: [
    what: string,
    more: Partial<Record<keyof PostgresqlProviderArgs, unknown>>,
    message: RegExp,
  ][] = [
    ["no user", { username: "" }, /argument username: is missing/],
    ["no password", { password: undefined }, /argument password: is missing/],
    ["no instance", { instance: undefined }, /argument instance: is missing/],
    ["a URL as host", { host: "postgresql://u:hidden@h/db" }, /argument host: is not a name or an address/],
    ["a path as host", { host: "/run/postgresql" }, /argument host = "\/run\/postgresql"/],
    ["port 0", { port: 0 }, /argument port = 0: is not a whole number from 1 to 65535/],
    [
      "half a second",
      { connectTimeout: 0.5 },
      /argument connectTimeout = 0\.5: is not a whole number from 1 to 3600/,
    ],
    ["waiting for ever", { connectTimeout: 0 }, /argument connectTimeout = 0/],
    [
      "a mode that the driver has not",
      { sslmode: "prefer" },
      /sslmode = "prefer": is not one of the choices\. Choose one of disable/,
    ],
    ["a slip", { sslmode: "verify-ful" }, /nearest is "verify-full"/],
    [
      "verification without an authority",
      { sslmode: "verify-full" },
      /needs the authority.*Give sslrootcert\./,
    ],
  ];
  for (const [what, more, message] of wrong) {
    it(`refuses ${what}`, () => {
      const args = { ...least, ...more } as PostgresqlProviderArgs;
      assert.throws(
        () => postgresqlProvider("server", args),
        (error: Error) => {
          assert.equal(error.name, "ArgumentError");
          assert.match(error.message, message);
          assert.match(error.message, /^postgresqlProvider "server": /);
          assert.ok(!error.message.includes("hidden"));
          return true;
        },
      );
    });
  }

  it("takes outputs, which are known later", () => {
    const later = {
      host: pulumi.output("h"),
      port: pulumi.output(1),
      username: pulumi.secret("u"),
      password: pulumi.secret("p"),
    };
    assert.deepEqual(wrongArguments({ ...least, ...later }), []);
  });
});
