import * as assert from "node:assert/strict";
import { ArgumentError } from "../../../src/argument-error";
import type { PostgresInstanceArgs } from "../../../src/instance";
import type { PoolerArgs } from "../../../src/pooler";
import { defaultSettings, ownArguments, settings, wrongForm } from "../../../src/pooler/settings";
import { instanceProblems } from "../../../src/instance/validate";

const problems = (args: PostgresInstanceArgs): string =>
  new ArgumentError(instanceProblems("orders", args)).message;

describe("a pooler in the arguments", () => {
  const accepted: [string, PostgresInstanceArgs][] = [
    ["nothing but the wish for one", { pooler: {} }],
    [
      "everything",
      {
        instances: 3,
        size: "medium",
        pooler: {
          instances: 3,
          mode: "session",
          maxClientConnections: 5000,
          poolSize: 14,
          parameters: { query_wait_timeout: "60", server_lifetime: "0.5", log_connections: "0" },
          resources: { requests: { cpu: "250m" }, limits: { cpu: "1", memory: "512Mi" } },
          image: "registry.example.com:5000/pgbouncer@sha256:" + "0".repeat(64),
          scheduling: { zoneSpread: "required", hostSpread: "none" },
          readOnly: true,
        },
      },
    ],
    [
      "clients without TLS where the server lets them in, too",
      { requireTls: false, pooler: { parameters: { client_tls_sslmode: "allow" } } },
    ],
  ];
  for (const [name, args] of accepted) it(`accepts ${name}`, () => assert.equal(problems(args), ""));

  const refused: [string, PoolerArgs, RegExp, PostgresInstanceArgs?][] = [
    ["no pods", { instances: 0 }, /pooler\.instances = 0: is not a whole number from 1 to 100/],
    ["half a client", { maxClientConnections: 0.5 }, /pooler\.maxClientConnections = 0\.5/],
    ["an unknown mode", { mode: "statement" as "session" }, /Choose one of session, transaction/],
    [
      "a pool beyond the server's connections",
      { poolSize: 6 },
      /pooler\.poolSize = 6: would need 36 connections: max_connections is 40; 3 of them are reserved and 4 are left for direct connections, which leaves 33 for 3 pods .* Set it to at most 5, or lower pooler\.instances, or raise max_connections\.$/,
      { instances: 3, parameters: { max_connections: "40" } },
    ],
    [
      "more pods than there are connections",
      { instances: 12 },
      /pooler\.poolSize: leaves no connection for each pod: max_connections is 20.* Lower pooler\.instances, or raise max_connections\.$/,
      { parameters: { max_connections: "20" } },
    ],
    [
      "a setting that CloudNativePG does not allow",
      { parameters: { listen_addr: "*" } },
      /pooler\.parameters\.listen_addr = "\*": is not a PgBouncer setting that CloudNativePG allows/,
    ],
    [
      "a setting that only looks like a member",
      { parameters: { constructor: "1" } },
      /constructor = "1": is not a PgBouncer setting/,
    ],
    [
      "a mistyped setting, naming the nearest",
      { parameters: { server_login_retries: "1" } },
      /Nearest is "server_login_retry"/,
    ],
    [
      "a setting that has an argument",
      { parameters: { default_pool_size: "5", max_client_conn: "5", pool_mode: "session" } },
      /Set pooler\.poolSize\.\n.*Set pooler\.maxClientConnections\.\n.*Set pooler\.mode\.$/,
    ],
    [
      "a number where a string belongs",
      { parameters: { verbose: 1 as unknown as string } },
      /is not a string\. Write "1" in quotes/,
    ],
    ["a time that is none", { parameters: { server_lifetime: "1h" } }, /is not a number of seconds/],
    ["a switch that is none", { parameters: { log_stats: "on" } }, /is not 0 or 1/],
    ["a second setting in the value", { parameters: { server_check_query: "a\nb = c" } }, /is not one line/],
    ["another way to log in", { parameters: { auth_type: "trust" } }, /decides who gets in/],
    [
      "clients without TLS",
      { parameters: { client_tls_sslmode: "prefer" } },
      /lets clients in without TLS.*requireTls/,
    ],
    [
      "a server that is not verified",
      { parameters: { server_tls_sslmode: "require" } },
      /would not verify the server/,
    ],
    ["an image without a tag", { image: "pgbouncer" }, /not the name of an image with a tag/],
    [
      "a wrong amount",
      { resources: { limits: { memory: "lots" } } },
      /limits\.memory = "lots": is not a quantity/,
    ],
    [
      "a limit below the default request",
      { resources: { limits: { memory: "32Mi" } } },
      /limits\.memory = "32Mi": is below the request of 64Mi/,
    ],
    [
      "an unknown spread",
      { scheduling: { zoneSpread: "always" as "none" } },
      /pooler\.scheduling\.zoneSpread/,
    ],
    ["reads without a standby", { readOnly: true }, /pooler\.readOnly = true: needs a standby/],
  ];
  for (const [name, pooler, message, args] of refused) {
    it(`refuses ${name}`, () => assert.match(problems({ ...args, pooler }), message));
  }

  it("says nothing of the pool where the server's size is wrong itself", () => {
    const said = problems({ pooler: { poolSize: 100_000 }, resources: { memory: "much" } });
    assert.match(said, /resources\.memory/);
    assert.doesNotMatch(said, /poolSize/);
  });

  it("sets nothing by itself that it would refuse", () => {
    for (const [name, value] of Object.entries(defaultSettings)) {
      assert.ok(name in settings && !(name in ownArguments), name);
      assert.equal(wrongForm(name, value), undefined, name);
    }
  });
});
