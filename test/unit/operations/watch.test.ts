import * as assert from "node:assert/strict";
import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import type { Manifest } from "../../../src/cnpg";
import { kinds } from "../../../src/operations/kubernetes";
import { reachStore, storeAddress } from "../../../src/operations/store-reach";
import {
  look,
  newMemory,
  type WatchContext,
  watchInstances,
  type WatchMemory,
} from "../../../src/operations/watch";
import { archiving, healthyCluster, ready } from "./backup-fixtures";
import { context, FakeApi, FakeClock } from "./fakes";

interface World {
  api: FakeApi;
  clock: FakeClock;
  memory: WatchMemory;
  watch: WatchContext & { said: string[] };
  store: { failure?: string };
}

function world(): World {
  const [api, clock, store] = [new FakeApi(), new FakeClock(), {} as { failure?: string }];
  api.add(kinds.cluster, healthyCluster());
  api.add(kinds.objectStore, {
    apiVersion: "barmancloud.cnpg.io/v1",
    kind: "ObjectStore",
    metadata: { name: "backups", namespace: "shop" },
    spec: { configuration: { destinationPath: "https://store.example/a/b" } },
  });
  const reach = async (): Promise<string | undefined> => store.failure;
  const watch = { ...context(api, clock), reach, stopped: () => false };
  return { api, clock, memory: newMemory(), watch, store };
}

/** Looks after the conditions were set. */
async function lookWith({ api, memory, watch, clock }: World, ...conditions: object[]): Promise<void> {
  const cluster = healthyCluster();
  api.add(kinds.cluster, { ...cluster, status: { ...cluster.status, conditions: [ready, ...conditions] } });
  await clock.sleep(15_000);
  await look({ intervalSeconds: 15 }, memory, watch);
}

async function eventsOf({ api }: World): Promise<string[]> {
  const events = await api.list<Manifest>(kinds.event, "shop", {});
  return events.map(({ type, reason, count }) => `${type as string} ${reason as string} ${count as number}`);
}

const failing = {
  ...archiving,
  status: "False",
  reason: "ContinuousArchivingFailing",
  message:
    "rpc error: code = Unknown desc = unexpected failure invoking barman-cloud-wal-archive: exit status 4",
  lastTransitionTime: "2026-01-01T00:00:10Z",
};

describe("watch", () => {
  it("tells of a failure when it begins and when it ends, and nothing while nothing changes", async () => {
    const all = world();
    await lookWith(all, archiving);
    assert.deepEqual(await eventsOf(all), []);
    const msg =
      "2026-01-01 00:00:12,426 [91] ERROR: Barman cloud WAL archiver exception: Server failed to authenticate the request.";
    all.api.logs.set(
      "shop/orders-g1-1",
      JSON.stringify({ logger: "barman-cloud-wal-archive", ts: "2026-01-01T00:00:12Z", msg }),
    );
    await lookWith(all, failing);
    await lookWith(all, failing);
    assert.deepEqual(await eventsOf(all), ["Warning ArchivingFailing 1"]);
    const [event] = await all.api.list<Manifest>(kinds.event, "shop", {});
    assert.match(
      event?.message as string,
      /^WAL is not archived: Barman.*authenticate the request\. The store does not accept the credential/,
    );
    await lookWith(all, archiving);
    await lookWith(all, archiving);
    assert.deepEqual(await eventsOf(all), ["Warning ArchivingFailing 1", "Normal ArchivingRecovered 1"]);
  });

  it("tells again of a failure that goes on, because Events are forgotten", async () => {
    const all = world();
    for (let looks = 0; looks < 245; looks += 1) await lookWith(all, failing);
    assert.deepEqual(await eventsOf(all), ["Warning ArchivingFailing 3"]);
  });

  it("goes by the words of the condition where Barman's complaint is older", async () => {
    const all = world();
    const msg = "2025-12-31 23:00:00,426 [91] ERROR: something of long ago";
    all.api.logs.set(
      "shop/orders-g1-1",
      JSON.stringify({ logger: "barman-cloud-wal-archive", ts: "2025-12-31T23:00:00Z", msg }),
    );
    await lookWith(all, failing);
    const [event] = await all.api.list<Manifest>(kinds.event, "shop", {});
    assert.match(
      event?.message as string,
      /^WAL is not archived: unexpected failure .* exit status 4\. pulumi-cnpg status/,
    );
  });

  it("tells of failed backups, and not of one that runs", async () => {
    const all = world();
    const backup = { ...failing, type: "LastBackupSucceeded", reason: "BackupStarted" };
    await lookWith(all, archiving, backup);
    assert.deepEqual(await eventsOf(all), []);
    await lookWith(all, archiving, { ...backup, reason: "LastBackupFailed" });
    await lookWith(all, archiving, { ...backup, status: "True", reason: "LastBackupSucceeded" });
    assert.deepEqual(await eventsOf(all), ["Warning BackupFailing 1", "Normal BackupRecovered 1"]);
  });

  it("tells of a store that ceases to answer twice in a row, and when it answers again", async () => {
    const all = world();
    await lookWith(all, archiving);
    all.store.failure = "no answer within 10 s";
    await lookWith(all, archiving);
    assert.deepEqual(await eventsOf(all), []);
    for (let looks = 0; looks < 5; looks += 1) await lookWith(all, archiving);
    assert.deepEqual(await eventsOf(all), ["Warning StoreUnreachable 1"]);
    all.store.failure = undefined;
    await lookWith(all, archiving);
    assert.deepEqual(await eventsOf(all), ["Warning StoreUnreachable 1", "Normal StoreReachable 1"]);
  });

  it("says nothing of a store that never answered from here", async () => {
    const all = world();
    all.store.failure = "refused";
    for (let looks = 0; looks < 5; looks += 1) await lookWith(all, archiving);
    assert.deepEqual(await eventsOf(all), []);
  });

  it("forgets Clusters and stores that are gone", async () => {
    const all = world();
    await lookWith(all, failing);
    assert.deepEqual([all.memory.clusters.size, all.memory.stores.size], [1, 1]);
    all.api.objects.delete("clusters/shop/orders-g1");
    const { metadata, spec, status } = healthyCluster("2");
    const plain = { ...metadata, labels: {} };
    all.api.add(kinds.cluster, {
      apiVersion: "postgresql.cnpg.io/v1",
      kind: "Cluster",
      metadata: plain,
      spec,
      status,
    });
    await look({ intervalSeconds: 15 }, all.memory, all.watch);
    assert.deepEqual(all.memory.clusters.size, 0);
  });

  it("looks at the interval until it is stopped, and outlives an API server that does not answer", async () => {
    const { api, clock, watch } = world();
    let looks = 0;
    const real = api.list.bind(api);
    api.list = async (kind, ...rest) => {
      if (kind === kinds.cluster) looks += 1;
      if (kind === kinds.cluster && looks === 2) throw new Error("no route");
      return real(kind, ...rest);
    };
    const end = clock.now().getTime() + 62_000;
    await watchInstances({ intervalSeconds: 15 }, { ...watch, stopped: () => clock.now().getTime() >= end });
    assert.equal(looks, 5);
    assert.deepEqual(watch.said, ["no route", "The API server answers again."]);
  });
});

describe("the way to a store", () => {
  it("leads to where Barman goes", () => {
    const address = (configuration: object): string | undefined =>
      storeAddress({ metadata: {}, spec: { configuration: configuration as { destinationPath: string } } });
    assert.equal(
      address({ destinationPath: "https://a.blob.core.windows.net/c/p" }),
      "https://a.blob.core.windows.net",
    );
    assert.equal(address({ destinationPath: "s3://bucket/p" }), "https://s3.amazonaws.com");
    assert.equal(
      address({ destinationPath: "s3://bucket/p", endpointURL: "http://minio:9000" }),
      "http://minio:9000",
    );
    assert.equal(address({ destinationPath: "gs://bucket/p" }), "https://storage.googleapis.com");
    assert.equal(address({ destinationPath: "nonsense" }), undefined);
  });

  it("is open when anything answers, and closed when nobody listens", async () => {
    const server = createServer((_request, response) => response.writeHead(403).end());
    await new Promise<void>(resolve => server.listen(0, "127.0.0.1", resolve));
    const address = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
    assert.equal(await reachStore(address), undefined);
    await new Promise(resolve => server.close(resolve));
    assert.match((await reachStore(address)) ?? "", /ECONNREFUSED/);
  });
});
