import * as assert from "node:assert/strict";
import fc from "fast-check";
import { ArgumentError } from "../../../src/argument-error";
import type { PostgresInstanceArgs } from "../../../src/instance";
import { instanceProblems, instanceWarnings, validateInstance } from "../../../src/instance/validate";

/** Arguments, the argument that must be named, and a word of the message. */
type Refusal = [args: PostgresInstanceArgs, argument: string, message: RegExp];

const refusals: Record<string, Refusal> = {
  "one failover that flaps": [
    { instances: 3, failover: { flapping: { failovers: 1 } } },
    "failover.flapping.failovers",
    /from 2 to 20/,
  ],
  "flapping without a time": [
    { instances: 3, failover: { flapping: { withinMinutes: 0 } } },
    "failover.flapping.withinMinutes",
    /from 1 to 1440/,
  ],
  "a cool-down of part of a second": [
    { instances: 3, failover: { coolDownSeconds: 0.5 } },
    "failover.coolDownSeconds",
    /from 0 to 86400/,
  ],
  "a custom check that asks nothing": [
    { healthMonitor: { customCheck: { sql: " " } } },
    "healthMonitor.customCheck.sql",
    /not a query/,
  ],
  "a name that is too long": [{ name: "o".repeat(36) }, "name", /36 characters, at most 35/],
  "a name that is not DNS-1035": [{ name: "1orders" }, "name", /DNS-1035/],
  "a name with an underscore": [{ name: "my_orders" }, "name", /DNS-1035/],
  "a name like a Service of another instance": [{ name: "orders-ro" }, "name", /ends in "-ro"/],
  "a name like a generation": [{ name: "orders-g2" }, "name", /ends in "-g2"/],
  "a namespace that is none": [{ namespace: "Shop" }, "namespace", /DNS-1123/],
  "creating a namespace that is always there": [
    { createNamespace: true },
    "createNamespace",
    /exists in every cluster/,
  ],
  "a size that is no quantity": [{ storage: { size: "10GB" } }, "storage.size", /not a size/],
  "a WAL size of zero": [{ walStorage: { size: "0" } }, "walStorage.size", /not a size/],
  "no instances": [{ instances: 0 }, "instances", /at least 1.*hibernated/],
  "half an instance": [{ instances: 1.5 }, "instances", /whole number/],
  "an unknown major": [{ version: "13" }, "version", /not supported/],
  "a version that is none": [{ version: "latest" }, "version", /not a PostgreSQL version/],
  "an image tag without a version": [{ image: "registry.example/pg:latest" }, "image", /no tag that begins/],
  "an image by digest only": [
    { image: `registry.example/pg@sha256:${"a".repeat(64)}` },
    "image",
    /no tag that begins/,
  ],
  "an image of an unknown major": [
    { image: "registry.example/pg:12.1" },
    "image",
    /PostgreSQL 12 is not supported/,
  ],
  "an image and a version that disagree": [
    { image: "registry.example/pg:17.2", version: "18" },
    "version",
    /disagrees/,
  ],
  "an official image": [
    { image: "postgres:18" },
    "image",
    /official postgres image.*cloudnative-pg\/postgresql:18/,
  ],
  "an official image by its full name": [{ image: "docker.io/library/postgres:17.1" }, "image", /official/],
  "a reserved database": [{ database: "template1" }, "database", /reserved/],
  "a reserved role": [{ owner: "postgres" }, "owner", /reserved/],
  "a role of CloudNativePG": [{ owner: "cnpg_metrics" }, "owner", /reserved/],
  "a name that is no SQL name": [{ owner: "a b" }, "owner", /not a PostgreSQL name/],
  "requests above limits": [
    { size: "small", resources: { requests: { memory: "4Gi" } } },
    "resources.requests.memory",
    /above the limit of 2Gi/,
  ],
  "memory that is no quantity": [{ resources: { memory: "lots" } }, "resources.memory", /not a quantity/],
  "an unknown size": [{ size: "smal" as "small" }, "size", /nearest is "small"/],
  "a DNS label that is none": [
    {
      exposure: {
        type: "loadBalancer",
        sourceRanges: ["10.0.0.0/8"],
        dnsLabel: "My_Label",
        region: "westeurope",
      },
    },
    "exposure.dnsLabel",
    /not an Azure DNS label/,
  ],
  "a DNS label without its region": [
    { exposure: { type: "loadBalancer", sourceRanges: ["10.0.0.0/8"], dnsLabel: "orders" } },
    "exposure.region",
    /certificate needs the full DNS name/,
  ],
  "public exposure without source ranges": [
    { exposure: { type: "loadBalancer" } },
    "exposure.sourceRanges",
    /missing/,
  ],
  "public exposure to everybody": [
    { exposure: { type: "loadBalancer", sourceRanges: ["0.0.0.0/0"] } },
    "exposure.sourceRanges[0]",
    /every address/,
  ],
  "a source range that is none": [
    { exposure: { type: "loadBalancer", sourceRanges: ["10.0.0.300/8"] } },
    "exposure.sourceRanges[0]",
    /not an address range/,
  ],
  "exposure arguments without a load balancer": [
    { exposure: { dnsLabel: "orders", region: "westeurope" } },
    "exposure.type",
    /no load balancer/,
  ],
  "an extension the image cannot have": [
    { extensions: ["postgis"] },
    "extensions[0]",
    /is not in operand images/,
  ],
  "an extension twice": [{ extensions: ["hstore", "hstore"] }, "extensions[1]", /twice/],
  "initdb and restore together": [
    { generations: { "1": { initdb: { encoding: "UTF8" }, restoredFrom: { backup: "b1" } } } },
    "generations.1.restoredFrom",
    /not both/,
  ],
  "initdb of the instance and restore of its only generation": [
    { initdb: { dataChecksums: false }, generations: { "1": { restoredFrom: { backup: "b1" } } } },
    "generations.1.restoredFrom",
    /not both/,
  ],
  "a store of another namespace": [
    { backup: { store: { name: "b", namespace: "shop", secrets: [], recoveryWindowDays: 7 } } },
    "backup.store",
    /not in the namespace/,
  ],
  "an archive that is no name": [
    { generations: { "1": { archive: "Orders/1" } } },
    "generations.1.archive",
    /not the name of an archive.*Write for example "orders-g1"/,
  ],
  "an archive where the dumps are": [
    { generations: { "1": { archive: "dumps" } } },
    "generations.1.archive",
    /folder that logical dumps stand in/,
  ],
  "two generations in one archive": [
    { generations: { "1": {}, "2": { archive: "orders-g1" } }, activeGeneration: "1" },
    "generations.2.archive",
    /archive of generation 1/,
  ],
  "a restore without a store": [{ restore: { archive: "orders-g1" } }, "restore.store", /no store/],
  "a restore to a time without a zone": [
    { restore: { archive: "old", target: { time: "2026-11-20T14:30:00" } } },
    "restore.target.time",
    /zone/,
  ],
  "a restore beside initdb": [
    { initdb: { encoding: "UTF8" }, restore: { archive: "old" } },
    "restore",
    /together with initdb/,
  ],
  "a restore from a generation of another major": [
    {
      generations: { "1": { version: "17" }, "2": { restoredFrom: { generation: "1" } } },
      activeGeneration: "2",
    },
    "generations.2.restoredFrom.generation",
    /PostgreSQL 17/,
  ],
  "a destructive change confirmed with another name": [
    { confirmDestructive: "true" },
    "confirmDestructive",
    /does not repeat/,
  ],
  "a last backup into no archive": [
    { deletion: { confirm: "orders", finalBackup: true } },
    "deletion.finalBackup",
    /needs an archive/,
  ],
  "several generations and none active": [
    { generations: { "1": {}, "2": {} } },
    "activeGeneration",
    /missing/,
  ],
  "an active generation that is not there": [{ activeGeneration: "2" }, "activeGeneration", /not among/],
  "a generation that is no number": [{ generations: { blue: {} } }, "generations", /not a generation number/],
  "no generation": [{ generations: {} }, "generations", /is empty/],
  "a generation both dropped and there": [{ droppedGenerations: ["1"] }, "droppedGenerations", /still among/],
  "password and Secret together": [
    { password: "longenough", passwordSecret: "s" },
    "passwordSecret",
    /together/,
  ],
  "adopting without the password": [{ adopt: true }, "adopt", /passwordSecret .* "orders-owner"/],
  "clients in a namespace that is none": [
    { allowedClients: [{}, { namespace: "Shop" }] },
    "allowedClients[1].namespace",
    /DNS-1123/,
  ],
  "a short password": [{ password: "short" }, "password", /fewer than 8/],
  "a parameter CloudNativePG sets": [
    { parameters: { archive_command: "true" } },
    "parameters.archive_command",
    /set by CloudNativePG/,
  ],
  "a WAL segment size that is no power of two": [
    { initdb: { walSegmentSize: 24 } },
    "initdb.walSegmentSize",
    /power of two/,
  ],
  "a locale provider the major lacks": [
    { version: "16", initdb: { localeProvider: "builtin" } },
    "initdb.localeProvider",
    /needs PostgreSQL 17/,
  ],
  "switchover with a single instance": [
    { primaryUpdateMethod: "switchover" },
    "primaryUpdateMethod",
    /needs a standby/,
  ],
  "a deletion that names another instance": [
    { deletion: { confirm: "order" } },
    "deletion.confirm",
    /Write "orders"/,
  ],
  "a lag limit on a probe that ignores it": [
    { probes: { readiness: { maximumLag: "1Mi" } } },
    "probes.readiness.maximumLag",
    /no effect/,
  ],
};

describe("arguments of PostgresInstance", () => {
  for (const [what, [args, argument, message]] of Object.entries(refusals)) {
    it(`refuses ${what}`, () => {
      assert.throws(
        () => validateInstance("orders", args),
        (error: unknown) => {
          assert.ok(error instanceof ArgumentError);
          const found = error.problems.find(problem => problem.argument === argument);
          assert.ok(found, `no problem with ${argument} in: ${error.message}`);
          assert.match(error.message, /PostgresInstance "orders": argument /);
          assert.match(error.message, message);
          return true;
        },
      );
    });
  }

  it("warns of a major whose support has ended, and of no other", () => {
    assert.match(
      instanceWarnings({ version: "14" }).join(),
      /PostgreSQL 14 has had no fixes since 2026-11-12/,
    );
    assert.match(
      instanceWarnings({ generations: { "1": { version: "14" }, "2": {} } }).join(),
      /PostgreSQL 14/,
    );
    assert.deepEqual(instanceWarnings({}), []);
    assert.deepEqual(instanceWarnings({ version: "15.19" }), []);
  });

  it("reports every problem at once", () => {
    const problems = instanceProblems("orders", { name: "Orders", instances: 0, storage: { size: "x" } });
    assert.deepEqual(problems.map(problem => problem.argument).sort(), ["instances", "name", "storage.size"]);
  });

  it("never repeats a password", () => {
    assert.ok(!JSON.stringify(instanceProblems("orders", { password: "hunter2" })).includes("hunter2"));
  });

  const valid = fc.record(
    {
      name: fc.stringMatching(/^[a-z][a-z0-9]{0,20}$/),
      version: fc.constantFrom("14", "15", "16", "17", "18", "18.6", "17.0"),
      instances: fc.integer({ min: 1, max: 9 }),
      size: fc.constantFrom("micro" as const, "small" as const, "medium" as const, "large" as const),
      storage: fc.record({
        size: fc
          .tuple(fc.integer({ min: 1, max: 999 }), fc.constantFrom("Mi", "Gi", "G"))
          // WAL of a few segments has to fit.
          .map(([n, s]) => `${s === "Mi" ? n + 256 : n}${s}`),
      }),
      database: fc.constantFrom("app", "orders", "Shop_1"),
      owner: fc.constantFrom("app", "shop_user"),
      extensions: fc.uniqueArray(fc.constantFrom("pgcrypto", "hstore", "citext", "uuid-ossp")),
    },
    { requiredKeys: [] },
  );

  it("accepts valid arguments", () => {
    fc.assert(fc.property(valid, args => assert.deepEqual(instanceProblems("orders", args), [])));
  });

  it("refuses each invalid neighbour of valid arguments, naming that argument", () => {
    const neighbours: [string, fc.Arbitrary<PostgresInstanceArgs>][] = [
      ["name", fc.stringMatching(/^[A-Z0-9_][a-z]{0,10}$/).map(name => ({ name }))],
      [
        "name",
        fc.constantFrom("rw", "ro", "r", "any", "pooler", "g7", "ca").map(end => ({ name: `orders-${end}` })),
      ],
      [
        "version",
        fc
          .integer({ min: 0, max: 99 })
          .filter(n => n < 14 || n > 18)
          .map(n => ({ version: String(n) })),
      ],
      [
        "instances",
        fc
          .oneof(fc.integer({ min: -9, max: 0 }), fc.double({ min: 0.01, max: 0.99 }))
          .map(instances => ({ instances })),
      ],
      [
        "storage.size",
        fc
          .stringMatching(/^[0-9]{1,3}(GB|gi|TiB| Gi|)x?$/)
          .filter(s => !/^[0-9]*[1-9][0-9]*$/.test(s))
          .map(size => ({ storage: { size } })),
      ],
      [
        "database",
        fc
          .constantFrom("postgres", "template0", "template1", "1db", "a b", "")
          .map(database => ({ database })),
      ],
      [
        "owner",
        fc
          .constantFrom("postgres", "streaming_replica", "pg_monitor", "cnpg_x", "a;b")
          .map(owner => ({ owner })),
      ],
    ];
    for (const [argument, neighbour] of neighbours) {
      fc.assert(
        fc.property(valid, neighbour, (args, wrong) => {
          const problems = instanceProblems("orders", { ...args, ...wrong });
          assert.ok(problems.length > 0, JSON.stringify(wrong));
          assert.ok(
            problems.every(problem => problem.argument === argument),
            JSON.stringify(problems),
          );
        }),
        { numRuns: 50 },
      );
    }
  });
});
