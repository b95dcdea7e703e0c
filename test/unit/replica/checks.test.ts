import * as assert from "node:assert/strict";
import * as pulumi from "@pulumi/pulumi";
import fc from "fast-check";
import type { FollowSource, PostgresInstanceArgs, ReplicaArgs } from "../../../src";
import { factsOf } from "../../../src/instance/facts";
import { referenceTo } from "../../../src/instance/reference";
import { resolveInstance } from "../../../src/instance/resolve";
import { instanceProblems } from "../../../src/instance/validate";
import { followerSensitive } from "../../../src/parameters/change-plan";
import { replicaInstance, replicaProblems } from "../../../src/replica/replica-instance";
import { sourceProblems } from "../../../src/replica/source-checks";

const store = { name: "backups", namespace: "shop", secrets: [], recoveryWindowDays: 7 };

/** The reference of an instance with these arguments, as its component gives it. */
function sourceOf(args: PostgresInstanceArgs = {}, name = "orders"): FollowSource {
  const instance = resolveInstance(name, { namespace: "shop", ...args });
  return referenceTo(name, "shop", "1", factsOf(instance, args.backup?.store as typeof store | undefined));
}

type Refusal<A> = [args: A, argument: string, message: RegExp];

describe("arguments of whom an instance follows", () => {
  const source = { name: "orders-west" };
  const refusals: Record<string, Refusal<PostgresInstanceArgs>> = {
    "a feed that is none": [
      { follow: { source, feed: "stream" as "streaming" } },
      "follow.feed",
      /Choose one of streaming, archive, both/,
    ],
    "a copy that is none": [
      { follow: { source, copy: "clone" as "stream" } },
      "follow.copy",
      /Choose one of/,
    ],
    "a target that is none": [
      { follow: { source, primary: "orders", serviceTarget: "both" as "own" } },
      "follow.serviceTarget",
      /Choose one of/,
    ],
    "a promotion that is not confirmed": [
      { follow: { source, promoted: true } },
      "follow.confirmPromotion",
      /cannot be undone.*Write "orders"/,
    ],
    "a promotion that names another one": [
      { follow: { source, promoted: true, confirmPromotion: "orders-west" } },
      "follow.confirmPromotion",
      /does not repeat/,
    ],
    "a promotion on its own of one that exchanges roles": [
      { follow: { source, promoted: true, confirmPromotion: "orders", primary: "orders" } },
      "follow.promoted",
      /together with primary/,
    ],
    "a delay without a unit": [
      { follow: { source, minApplyDelay: "60" } },
      "follow.minApplyDelay",
      /"1h30m"/,
    ],
    "a delay of nothing": [{ follow: { source, minApplyDelay: "0s" } }, "follow.minApplyDelay", /not a time/],
    "a delay of one that may take over": [
      { follow: { source, primary: "orders", minApplyDelay: "1h" } },
      "follow.minApplyDelay",
      /must have everything/,
    ],
    "a copy from the archive without reading it": [
      { follow: { source, copy: "archive", feed: "streaming" } },
      "follow.copy",
      /feed does not name it/,
    ],
    "a copy over a connection that there is not": [
      { follow: { source, copy: "stream", feed: "archive" } },
      "follow.copy",
      /feed is the archive alone/,
    ],
    "a connection that is not used": [
      { follow: { source, feed: "archive", connection: { hostaddr: "10.0.0.1" } } },
      "follow.connection",
      /no effect/,
    ],
    "a copy that is also made by initdb": [
      { initdb: { locale: "C" }, follow: { source, copy: "stream" } },
      "follow.copy",
      /together with initdb/,
    ],
    "a copy that is also restored": [
      { restore: { archive: "x", store }, namespace: "shop", follow: { source, copy: "stream" } },
      "follow.copy",
      /together with restore/,
    ],
    "a generation that is a copy of nothing": [
      { generations: { "1": { copy: "stream" } } },
      "generations.1.copy",
      /nothing to copy/,
    ],
    "a generation that is a copy and made by initdb": [
      { follow: { source }, generations: { "1": { copy: "stream", initdb: { locale: "C" } } } },
      "generations.1.copy",
      /a copy or made by initdb/,
    ],
    "a Service that leads nowhere else": [
      { follow: { source, serviceTarget: "writer" } },
      "follow.serviceTarget",
      /needs a peer/,
    ],
    "a Service that leads into another namespace": [
      { follow: { source: { ...source, namespace: "west" }, primary: "orders", serviceTarget: "writer" } },
      "follow.serviceTarget",
      /selects only those of its own/,
    ],
    "a Service that leads to who is not known": [
      { follow: { source: pulumi.output(source), primary: "orders", serviceTarget: "writer" } },
      "follow.serviceTarget",
      /whose name is known/,
    ],
  };
  for (const [what, [args, argument, message]] of Object.entries(refusals)) {
    it(`refuses ${what}`, () => {
      const found = instanceProblems("orders", args).find(problem => problem.argument === argument);
      assert.match(`${found?.problem} ${found?.remedy}`, message);
    });
  }

  it("accepts what goes together", () => {
    const good: PostgresInstanceArgs["follow"][] = [
      { source },
      { source, feed: "archive", copy: "archive", minApplyDelay: "1h30m" },
      { source, primary: "orders", serviceTarget: "writer", connection: { hostaddr: "10.0.0.1" } },
      { source, promoted: true, confirmPromotion: "orders" },
    ];
    for (const follow of good) assert.deepEqual(instanceProblems("orders", { follow }), []);
  });
});

describe("a source that is known", () => {
  /** What is wrong with a replica `orders-west` of the source. */
  const problems = (
    source: FollowSource,
    args: Omit<ReplicaArgs, "source"> = {},
    elsewhere = false,
  ): string[] => {
    const rendered = replicaInstance("orders-west", { source, namespace: "shop", ...args });
    const instance = resolveInstance("orders-west", rendered);
    return sourceProblems(instance, rendered, source, elsewhere).map(
      ({ argument, problem, remedy }) => `${argument}: ${problem} ${remedy}`,
    );
  };
  const isOne = (found: string[], pattern: RegExp): void => {
    assert.equal(found.length, 1, found.join("\n"));
    assert.match(found[0] ?? "", pattern);
  };

  it("is followed by one that is like it", () => {
    assert.deepEqual(problems(sourceOf()), []);
    assert.deepEqual(problems(sourceOf({ backup: { store } }), { primary: "orders" }), []);
    assert.deepEqual(problems({ name: "orders" }), []);
  });

  it("is not the replica itself, nor another of its name", () => {
    isOne(problems(sourceOf({}, "orders-west")), /follow.source: is the instance itself\./);
    isOne(problems({ name: "orders-west", namespace: "east" }), /told apart by their names/);
    isOne(problems(sourceOf({}, "orders-west"), {}, true), /told apart by their names/);
  });

  it("knows whom it may exchange its role with", () => {
    isOne(problems(sourceOf(), { primary: "orders-east" }), /follow.primary: .*"orders-west" or "orders"/);
  });

  it("has the database, the owner and the major of its replica", () => {
    const other = sourceOf({ database: "shop", owner: "shop_user", version: "17" });
    const found = problems(other).filter(line => !line.startsWith("parameters."));
    assert.deepEqual(found, [
      'version: is not that of orders, 17. Set version: "17".',
      'database: is not that of orders, shop. Set database: "shop".',
      'owner: is not that of orders, shop_user. Set owner: "shop_user".',
    ]);
  });

  it("has data that fit on the replica's volume", () => {
    isOne(problems(sourceOf({ storage: { size: "20Gi" } })), /storage.size: .* at least "20Gi"/);
    assert.deepEqual(problems(sourceOf(), { storage: { size: "1Ti" } }), []);
  });

  it("has no parameter that its replica must not have lower", () => {
    const greater = sourceOf({ parameters: { max_connections: "200", max_locks_per_transaction: "128" } });
    const found = problems(greater);
    assert.equal(found.length, 2, found.join("\n"));
    assert.match(found[0] ?? "", /parameters.max_connections: is lower than the 200 .* to "200"/);
    const instance = { parameters: { max_connections: "300", max_locks_per_transaction: "128" } };
    assert.deepEqual(problems(greater, { instance }), []);
    // Either of a pair follows the other one in turn.
    isOne(problems(greater, { instance, primary: "orders" }), /is not the 200 of orders: each of the two/);
  });

  it("lets somebody follow, and has room for one more", () => {
    const requirements = (parameters: Record<string, string>): FollowSource => ({
      ...sourceOf({ instances: 3 }),
      requirements: { storage: "10Gi", parameters },
    });
    isOne(problems(requirements({ wal_level: "minimal" })), /wal_level = minimal/);
    assert.deepEqual(problems(requirements({ wal_level: "logical" })), []);
    isOne(problems(requirements({ max_wal_senders: "3" })), /need 4\. Set .* at least "4"/);
    assert.deepEqual(problems(requirements({ max_wal_senders: "4" })), []);
    const archive = { ...requirements({ max_wal_senders: "3" }), store };
    assert.deepEqual(problems(archive, { feed: "archive" }), []);
  });

  it("has an archive where one is to be read, in the namespace of the replica", () => {
    for (const feed of ["archive", "both"] as const) {
      isOne(problems(sourceOf(), { feed }), /no archive of it is known/);
      isOne(
        problems({ ...sourceOf(), store: { ...store, namespace: "east" } }, { feed }),
        /in east\/backups, and the plugin reads no store of another namespace/,
      );
      assert.deepEqual(problems({ ...sourceOf(), store }, { feed }), []);
      assert.deepEqual(problems(sourceOf(), { feed, store }), []);
    }
  });

  it("is awake", () => {
    isOne(problems(sourceOf({ hibernated: true })), /is shut down/);
    assert.deepEqual(problems(sourceOf({ hibernated: true }), { primary: "orders" }), []);
  });

  it("is asked nothing by one that was promoted on its own", () => {
    const gone = sourceOf({ storage: { size: "1Ti" }, parameters: { max_connections: "900" } });
    assert.deepEqual(problems(gone, { promoted: true, confirmPromotion: "orders-west" }), []);
  });

  it("property: whoever is accepted has at least what the source has", () => {
    const values = fc.record(
      Object.fromEntries(followerSensitive.map(name => [name, fc.integer({ min: 8, max: 40 })])),
    );
    fc.assert(
      fc.property(values, values, fc.boolean(), (theirs, own, exchanges) => {
        const text = (map: Record<string, number>): Record<string, string> =>
          Object.fromEntries(Object.entries(map).map(([name, value]) => [name, String(value)]));
        const source: FollowSource = {
          name: "orders",
          requirements: { storage: "10Gi", parameters: text(theirs) },
        };
        const found = problems(source, {
          instance: { parameters: text(own), acceptMemoryRisk: true },
          ...(exchanges ? { primary: "orders" } : {}),
        }).filter(line => line.startsWith("parameters."));
        const named = found.map(line => line.slice("parameters.".length, line.indexOf(":")));
        const wrong = followerSensitive.filter(name => {
          const [has, needs] = [own[name] ?? 0, theirs[name] ?? 0];
          return exchanges ? has !== needs : has < needs;
        });
        assert.deepEqual(named.sort(), [...wrong].sort());
      }),
      { numRuns: 40 },
    );
  });
});

describe("arguments of a replica", () => {
  const source = { name: "orders" };
  const told = (args: Omit<ReplicaArgs, "source">): string[] =>
    replicaProblems("orders-west", { source, ...args }).map(
      ({ component, argument, problem, remedy }) => `${component} ${argument}: ${problem} ${remedy}`,
    );

  it("are told in its own words", () => {
    assert.match(told({ minApplyDelay: "soon" })[0] ?? "", /^Replica minApplyDelay: /);
    assert.match(told({ storage: { size: "10GB" } })[0] ?? "", /^Replica storage.size: /);
    assert.match(told({ promoted: true })[0] ?? "", /^Replica confirmPromotion: /);
    assert.match(told({ instance: { version: "12" } })[0] ?? "", /^Replica instance.version: /);
    assert.match(told({ name: "orders-ro" })[0] ?? "", /^Replica name: /);
  });

  it("stand once, and never are what a copy has from its source", () => {
    assert.match(
      told({ instance: { storage: {} } })[0] ?? "",
      /instance.storage: stands beside.*storage itself/,
    );
    for (const instance of [{ initdb: {} }, { restore: {} }, { follow: { source } }, { adopt: true }])
      assert.match(told({ instance })[0] ?? "", /is not for a replica/);
  });

  it("become those of an instance that is a copy", () => {
    const args = replicaInstance("orders-west", {
      source,
      availabilityZone: "westeurope-2",
      feed: "archive",
      minApplyDelay: "1h",
      instance: { scheduling: { nodeSelector: { workload: "postgres" } }, owner: "shop" },
    });
    assert.deepEqual(args, {
      owner: "shop",
      keepData: false,
      scheduling: {
        zoneSpread: "none",
        nodeSelector: { workload: "postgres", "topology.kubernetes.io/zone": "westeurope-2" },
      },
      follow: { source, copy: "archive", feed: "archive", minApplyDelay: "1h" },
    });
  });

  it("keep the data of a replica that takes writes, unless they say otherwise", () => {
    const keeps = (args: Omit<ReplicaArgs, "source">): boolean | undefined =>
      replicaInstance("orders-west", { source, ...args }).keepData;
    assert.equal(keeps({}), false);
    assert.equal(keeps({ primary: "orders" }), false);
    assert.equal(keeps({ primary: "orders-west" }), true);
    assert.equal(keeps({ promoted: true }), true);
    assert.equal(keeps({ promoted: true, keepData: false }), false);
    assert.equal(keeps({ keepData: true }), true);
  });
});
