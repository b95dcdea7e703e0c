import * as assert from "node:assert/strict";
import * as kubernetes from "@pulumi/kubernetes/provider";
import { type PostgresInstanceArgs, Replica, type ReplicaArgs } from "../../src";
import type { ListedReplicas } from "../../src/operations/replicas";
import { backedUp, takeBaseBackup } from "./backed-up";
import { type Ask, startClient, startShell } from "./clients";
import { pulumiCnpg } from "./command-line";
import { harness, RunFailure, type RunOutcome, type SpecStack, type SpecStore } from "./harness";
import { small } from "./orders";

/** Replicas by name; the source is the same for all. */
type Replicas = Record<string, Omit<ReplicaArgs, "source">>;

/** Writes numbers one by one through the Service, each over a connection of its own, and says those that were acknowledged, with their time. */
const ledger = `
i=0
while :; do
  i=$((i+1))
  if psql -qXc "INSERT INTO ledger VALUES ($i)" >/dev/null 2>&1; then echo "$i $(date +%s%3N)"; else sleep 0.05; fi
done`;

/** A number that was acknowledged, and when, ms. */
type Acknowledged = [number: number, time: number];

/** Longest time between two numbers that were acknowledged one after the other, ms. */
function longestGap(acknowledged: readonly Acknowledged[]): number {
  const times = acknowledged.map(([, time]) => time);
  return Math.max(...times.slice(1).map((time, i) => time - (times[i] ?? time)));
}

describe("replica of an instance", function () {
  this.timeout(20 * 60_000);
  const bench = harness();
  let stack: SpecStack;
  let store: SpecStore;
  let far: string;
  let ask: Ask;

  /** An instance `orders` that archives, and replicas of it. */
  const run = (
    verb: "up" | "preview",
    orders: PostgresInstanceArgs,
    replicas: Replicas,
  ): Promise<RunOutcome> => stack[verb](async () => program(orders, replicas)(stack.namespace));
  const program = (orders: PostgresInstanceArgs, replicas: Replicas): ReturnType<typeof backedUp> =>
    backedUp(store, { orders }, ({ instances, namespace }) => {
      const { reference } = instances.orders ?? {};
      if (reference === undefined) throw new Error("the program makes an instance orders");
      const provider = new kubernetes.Provider("replicas", { enableSecretMutable: true });
      const { resources, storage } = small;
      // The only cluster there is, by another provider: everything else is as with another cluster.
      const sourceProvider = new kubernetes.Provider("elsewhere", {});
      for (const [name, args] of Object.entries(replicas)) {
        const made = { source: reference, namespace, resources, storage, ...args };
        new Replica(name, made, name === "orders-abroad" ? { provider, sourceProvider } : { provider });
      }
    });

  /** `orders` in the pair with `orders-west`, by which of the two takes writes. */
  const paired = (primary: string): PostgresInstanceArgs => ({
    follow: { source: { name: "orders-west" }, primary, serviceTarget: "writer" },
  });
  /** `orders-west` in the pair, and the others. */
  const replicas = (primary: string): Replicas => ({
    "orders-west": { primary },
    "orders-past": { feed: "archive" },
    "orders-far": { namespace: far },
    "orders-abroad": { namespace: far },
  });
  const promoted = (): Replicas => ({
    "orders-far": { namespace: far, promoted: true, confirmPromotion: "orders-far" },
  });

  const on = (instance: string, query: string, namespace = stack.namespace): Promise<string> =>
    bench.superuserSql(namespace, `${instance}-g1-1`, query, "app");
  const follows = (instance: string, namespace?: string): Promise<string> =>
    on(instance, "SELECT pg_is_in_recovery()", namespace);

  before(async function () {
    bench.requireStore(this);
    store = await bench.store("replica");
    far = await bench.namespaceFor("replica-far");
    stack = await bench.stackFor("replica", namespace => program({}, {})(namespace));
    await stack.up();
    ask = await startShell(bench, stack.namespace);
    await ask("CREATE TABLE ledger (id int)");
    await takeBaseBackup(bench, stack.namespace, "orders-g1", "first");
  });

  it("is made of an instance that exists: by streaming, from the archive, in another namespace and as from another cluster", async () => {
    await ask("CREATE TABLE customer AS SELECT 1 AS id");
    // Until its segment is in the archive, a replica that is fed by the archive alone cannot know of it.
    await on("orders", "SELECT pg_switch_wal()");
    await run("up", paired("orders"), replicas("orders"));
    for (const [instance, namespace] of [
      ["orders-west", stack.namespace],
      ["orders-past", stack.namespace],
      ["orders-far", far],
      ["orders-abroad", far],
    ] as const) {
      assert.equal(await follows(instance, namespace), "t", instance);
      await bench.waitUntil(
        async () => (await bench.sql(namespace, instance, "SELECT id FROM customer")).length === 1,
        `the row on ${instance}`,
        60,
      );
    }
    const { changes, summary } = await run("up", paired("orders"), replicas("orders"));
    assert.deepEqual(Object.keys(changes), ["same"], summary);
  });

  it("is behind by milliseconds when it streams, and by what is not archived when the archive feeds it", async () => {
    const begin = Date.now();
    await ask("INSERT INTO customer VALUES (2)");
    const arrived = async (instance: string): Promise<boolean> =>
      (await on(instance, "SELECT count(*) FROM customer")) === "2";
    await bench.waitUntil(() => arrived("orders-west"), "the row on the replica that streams", 10);
    bench.note(`a row was read on the replica that streams within ${Date.now() - begin} ms`);
    assert.equal(await arrived("orders-past"), false);
    await on("orders", "SELECT pg_switch_wal()");
    await bench.waitUntil(() => arrived("orders-past"), "the row on the replica that the archive feeds", 60);
    bench.note(
      `a segment was read on the replica that the archive feeds ${Date.now() - begin} ms after the row`,
    );
    const list = async (instance: string): Promise<ListedReplicas> => {
      const target = [instance, "--namespace", stack.namespace, "--json"];
      const { exitCode, stdout, stderr } = await pulumiCnpg(bench, "replica", "list", ...target);
      assert.equal(exitCode, 0, stderr);
      return JSON.parse(stdout) as ListedReplicas;
    };
    const { followers } = await list("orders");
    assert.deepEqual(
      followers.map(({ name, state }) => [name, state]),
      [
        ["orders-abroad", "streaming"],
        ["orders-far", "streaming"],
        ["orders-west", "streaming"],
      ],
    );
    const [west, past] = await Promise.all(["orders-west", "orders-past"].map(list));
    assert.deepEqual([west?.source?.streaming, west?.source?.lagBytes, west?.source?.lagMs], [true, 0, 0]);
    assert.equal(past?.source?.streaming, false);
  });

  it("refuses what cannot be before anything is changed", async () => {
    const refused = async (change: Replicas, message: RegExp): Promise<void> => {
      await assert.rejects(
        run("preview", paired("orders"), { ...replicas("orders"), ...change }),
        (error: unknown) => {
          assert.ok(error instanceof RunFailure);
          assert.match(error.log, message);
          return true;
        },
      );
    };
    await refused({ "orders-west": { primary: "orders-east" } }, /is neither of the two/);
    await refused({ mirror: { name: "orders" } }, /is the instance itself/);
    await refused({ "orders-small": { storage: { size: "256Mi" } } }, /is smaller than the 512Mi of orders/);
    await refused({ "orders-far": { namespace: far, promoted: true } }, /confirmPromotion/);
  });

  /** Exchanges the roles while a client writes, which loses nothing that was acknowledged. */
  async function exchange(from: string, to: string): Promise<void> {
    const { namespace } = stack;
    const client = `from-${from}`;
    // It verifies the server, and its node may be a minute behind with the certificates it trusts.
    await bench.waitUntil(() => ask("TRUNCATE ledger").then(() => true), "a client that trusts both", 120);
    await startClient(bench, { namespace, name: client, instance: "orders", script: ledger });
    const acknowledged = async (): Promise<Acknowledged[]> =>
      (await bench.kubectl("logs", "-n", namespace, client))
        .split("\n")
        .filter(line => line !== "")
        .map(line => line.split(" ").map(Number) as Acknowledged);
    await bench.waitUntil(async () => (await acknowledged()).length > 20, "the first rows", 60);
    const { seconds } = await run("up", paired(to), replicas(to));
    const before = (await acknowledged()).length;
    await bench.waitUntil(async () => (await acknowledged()).length > before + 20, "rows after it", 60);
    const all = await acknowledged();
    await bench.kubectl("delete", "pod", "-n", namespace, client, "--now");
    assert.deepEqual([await follows(from), await follows(to)], ["t", "f"]);
    const numbers = all.map(([number]) => number);
    const lost = `SELECT count(*) FROM unnest('{${numbers.join(",")}}'::int[]) AS n WHERE n NOT IN (SELECT id FROM ledger)`;
    assert.equal(await on(to, lost), "0");
    bench.note(
      `${from} and ${to} exchanged roles in an update of ${seconds.toFixed(1)} s; the client paused for ${longestGap(all)} ms, ${numbers.length} rows acknowledged, none lost`,
    );
    const rows = "SELECT count(*) FROM ledger";
    await bench.waitUntil(
      async () => (await on(from, rows)) === (await on(to, rows)),
      "the same rows on both",
      30,
    );
  }

  it("exchanges its role with the source under a client that writes, and back, and loses nothing", async () => {
    await exchange("orders", "orders-west");
    const token = await bench.field(
      stack.namespace,
      "clusters.postgresql.cnpg.io/orders-west-g1",
      ".spec.replica.promotionToken",
    );
    assert.equal(token, "");
    await exchange("orders-west", "orders");
    const { changes, summary } = await run("up", paired("orders"), replicas("orders"));
    assert.deepEqual(Object.keys(changes), ["same"], summary);
  });

  it("takes writes on its own when it is promoted, and the source goes on", async () => {
    await run("up", paired("orders"), { ...replicas("orders"), ...promoted() });
    await bench.sql(far, "orders-far", "INSERT INTO customer VALUES (3)");
    assert.equal(await ask("SELECT count(*) FROM customer"), "2");
    assert.equal(await follows("orders-far", far), "f");
  });

  it("leaves nothing behind when it is removed, here or at the source; what took writes is kept", async () => {
    await run("up", paired("orders"), { "orders-west": { primary: "orders" } });
    const kinds =
      "clusters.postgresql.cnpg.io,pods,pvc,secrets,services,serviceaccounts,roles,rolebindings,cronjobs,jobs";
    const left = async (namespace: string, name: string): Promise<string[]> =>
      (await bench.kubectl("get", kinds, "-n", namespace, "-o", "name"))
        .split("\n")
        .filter(object => object.includes(name));
    for (const name of ["orders-past", "orders-far", "orders-abroad"])
      await bench.waitUntil(
        async () => (await left(stack.namespace, name)).length === 0,
        `the end of what belongs to ${name}`,
        120,
      );
    const kept = await left(far, "orders-far");
    assert.ok(kept.includes("cluster.postgresql.cnpg.io/orders-far-g1"), kept.join(", "));
    assert.ok(kept.includes("persistentvolumeclaim/orders-far-g1-1"), kept.join(", "));
  });
});
