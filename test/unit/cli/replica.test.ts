import * as assert from "node:assert/strict";
import { maintenanceOff, maintenanceOn } from "../../../src/cli/commands/maintenance";
import { replicaAdd, replicaRemove } from "../../../src/cli/commands/replica-change";
import { replicaList } from "../../../src/cli/commands/replica-list";
import { status } from "../../../src/cli/commands/status";
import { type Outcome, run } from "../../../src/cli/main";
import { stackConfiguration } from "../../../src/cli/plan-file";
import {
  addReplicated,
  askedServers,
  type ReplicatedChange,
  wellExecute,
} from "../operations/replicated-instance";
import { FakeApi } from "../operations/fakes";
import { surroundings } from "./fake-cluster";

const layout = { width: 120, colour: false };
const target = { namespace: "shop", instance: "orders" };

const cli = (...args: string[]): Promise<Outcome> =>
  run(args, {
    env: { KUBECONFIG: "/nowhere/kubeconfig" },
    layout,
    progress: { write: () => undefined, every: () => () => undefined },
  });

function around(change: ReplicatedChange = {}, ...followers: Record<string, unknown>[]) {
  const api = new FakeApi();
  addReplicated(api, change);
  return surroundings(api, { sql: askedServers(...followers), execute: wellExecute().execute });
}

describe("replica list", () => {
  it("shows each standby with its lag, and who else follows", async () => {
    const { text, exitCode } = await replicaList(
      target,
      layout,
      around(
        { facts: { maxLagBytes: 1024 } },
        { application_name: "eu-g1-1", replay_lsn: "0/5000100", replay_lag_ms: 12_345 },
      ),
    );
    assert.equal(exitCode, 0);
    assert.equal(
      text,
      [
        "shop/orders (Cluster orders-g1), 2 standbys, lag limit 1 KiB, primary orders-g1-1 at 0/6000100,",
        "timeline 1, as of 2026-11-20T12:00:00Z",
        "",
        "standby      state      sync   lag  delay  node    can become primary",
        "orders-g1-2  streaming  async  0 B   0 ms  node-a  yes",
        "orders-g1-3  streaming  async  0 B   0 ms  node-a  yes",
        "",
        "1 other follower of the primary",
        "",
        "name     state      sync      lag  delay  address",
        "eu-g1-1  streaming  async  16 MiB   12 s  10.0.0.9",
      ].join("\n"),
    );
  });

  it("says of an instance that follows another one how far it is behind that", async () => {
    const spec = { replica: { self: "orders", primary: "eu", source: "eu" } };
    const shown = async (word: object): Promise<string> => {
      const api = new FakeApi();
      addReplicated(api, { spec, facts: { maxLagBytes: 100 } });
      const asked = askedServers();
      const sql: typeof asked = async (namespace, pod, query) =>
        query.includes("sender_host") ? [{ ...word }] : asked(namespace, pod, query);
      return (await replicaList(target, layout, surroundings(api, { sql }))).text;
    };
    const streams = { replayed: "0/6000000", source: "0/6000100", host: "eu.shop.svc", streaming: true };
    assert.match(
      await shown({ ...streams, since_ms: 7 }),
      /^It follows eu\.shop\.svc: 256 B \(too much\) and 7 ms behind\.$/m,
    );
    const fed = { replayed: "0/6000000", source: null, host: null, streaming: false, since_ms: 7 };
    assert.match(await shown(fed), /receives nothing now: it has replayed 0\/6000000, from the archive/);
  });

  it("says why no lag is known", async () => {
    const { text } = await replicaList(target, layout, around({ status: { currentPrimary: "" } }));
    assert.match(text, /^warning {2}No lag is known: there is no primary$/m);
  });
});

describe("replica add and remove", () => {
  it("print the argument, and what comes of it", async () => {
    const added = await replicaAdd({ ...target, count: 2 }, layout, around());
    assert.match(
      added.text,
      /^shop\/orders, from 3 to 5 servers: CloudNativePG makes orders-g1-4, orders-g1-5\.$/m,
    );
    assert.match(added.text, /^Argument of PostgresInstance "orders": instances: 5$/m);
    const removed = await replicaRemove(target, layout, around());
    assert.match(removed.text, /from 3 to 2 servers: CloudNativePG deletes orders-g1-3 with its volumes\./);
  });

  it("end with 2 and the remedy when it is refused", async () => {
    const { exitCode, text } = await replicaRemove({ ...target, replica: "orders-g1-2" }, layout, around());
    assert.equal(exitCode, 2);
    assert.match(text, /^refused {2}CloudNativePG would remove orders-g1-3 and keep orders-g1-2/m);
    assert.match(text, /^→ To have orders-g1-2 made anew .*replica rebuild orders orders-g1-2\./m);
    assert.doesNotMatch(text, /Argument of/);
  });

  it("put it into the file of a stack, and leave everything else there", async () => {
    const file =
      'config:\n  # ours\n  pulumi-cnpg:instance_name: orders\n  pulumi-cnpg:postgres_instances: "3"\n';
    const changed = await stackConfiguration(file, { instances: 4 }, "Pulumi.x.yaml");
    assert.equal(changed, file.replace('"3"', '"4"'));
    assert.equal(await stackConfiguration(changed, { instances: 4 }, "Pulumi.x.yaml"), changed);
    const fresh = await stackConfiguration("", { instances: 2 }, "Pulumi.x.yaml");
    assert.equal(fresh, 'config:\n  pulumi-cnpg:postgres_instances: "2"\n');
  });

  it("refuse a count that is none", async () => {
    for (const count of ["0", "-1", "x", "100"]) {
      const { exitCode, stderr } = await cli("replica", "add", "orders", "--count", count);
      assert.deepEqual([exitCode, /whole number from 1 to 99/.test(stderr)], [2, true], count);
    }
  });
});

describe("maintenance on and off", () => {
  it("say until when failover is held back, and what is not", async () => {
    const place = around();
    const on = await maintenanceOn({ ...target, forSeconds: 7200, reason: "disks" }, layout, place);
    assert.match(
      on.text,
      /^shop\/orders: automatic failover is held back until 2026-11-20T14:00:00Z: disks\.$/m,
    );
    assert.match(on.text, /Not held back: switchovers/);
    const shown = await status({ ...target, failOnProblem: false }, layout, place);
    assert.match(
      shown.text,
      /^maintenance +failover is held back since 2026-11-20T12:00:00Z, until 2026-11-20T14:00:00Z: disks$/m,
    );
    assert.match(
      shown.text,
      /^health +connection ok, query ok, replication ok, disk space ok, custom check ok$/m,
    );
    assert.match(
      shown.text,
      /^standbys +orders-g1-2 streaming, 0 B behind; orders-g1-3 streaming, 0 B behind$/m,
    );
    const off = await maintenanceOff(target, layout, place);
    assert.equal(off.text, "shop/orders fails over by itself again.");
    assert.equal((await maintenanceOff(target, layout, place)).text, "shop/orders is in no maintenance.");
  });

  it("take a duration with its unit", async () => {
    for (const duration of ["2", "0m", "31d", "1.5h", "2 h", "50000m"]) {
      const { exitCode, stderr } = await cli("maintenance", "on", "orders", "--for", duration);
      assert.deepEqual([exitCode, /minutes, hours or days up to 30d/.test(stderr)], [2, true], duration);
    }
    assert.match((await cli("maintenance", "on", "orders", "--for", "90m")).stderr, /no kubeconfig/);
    assert.match((await cli("maintenance", "on", "orders", "--reason", "")).stderr, /1 to 200 characters/);
  });
});
