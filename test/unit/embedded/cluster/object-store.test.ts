import * as assert from "node:assert/strict";
import { once } from "node:events";
import { mkdtempSync, readFileSync, rmSync, statSync } from "node:fs";
import { createServer } from "node:net";
import type { AddressInfo } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { BlobServiceClient } from "@azure/storage-blob";
import { clusterLayout, Layout } from "../../../../embedded/cluster/layout";
import {
  ensureObjectStoreAccount,
  objectStoreComponent,
  objectStoreEndpoint,
  objectStoreOf,
} from "../../../../embedded/cluster/object-store";
import { spawnDaemon, stopDaemon, waitFor } from "../../../../embedded/process";

describe("embedded/cluster/object-store", () => {
  let dir: string;
  let layout: Layout;
  beforeEach(() => {
    dir = mkdtempSync(join(tmpdir(), "object-store-"));
    layout = { ...clusterLayout(), nodeAddress: "127.0.0.1", objectStoreDir: join(dir, "object-store") };
  });
  afterEach(() => rmSync(dir, { recursive: true, force: true }));

  it("has a random key of its own, which only its owner can read, the same every time", () => {
    ensureObjectStoreAccount(layout);
    const first = objectStoreOf(layout).connectionString;
    ensureObjectStoreAccount(layout);
    assert.equal(objectStoreOf(layout).connectionString, first);
    assert.equal(statSync(layout.objectStoreDir).mode & 0o777, 0o700);
    assert.equal(statSync(join(layout.objectStoreDir, "account-key")).mode & 0o777, 0o600);
    rmSync(layout.objectStoreDir, { recursive: true });
    ensureObjectStoreAccount(layout);
    assert.notEqual(objectStoreOf(layout).connectionString, first);
  });

  it("can be described before there is a key, and never has it among its arguments", () => {
    assert.deepEqual(objectStoreComponent(layout).env, {});
    ensureObjectStoreAccount(layout);
    const key = readFileSync(join(layout.objectStoreDir, "account-key"), "utf8");
    const { args, env } = objectStoreComponent(layout);
    assert.ok(env?.AZURITE_ACCOUNTS?.endsWith(key));
    assert.ok(!args.join(" ").includes(key));
    assert.ok(args.includes("--disableTelemetry"));
  });

  it("serves who has the key, and nobody else, and keeps what it got over an end", async function () {
    this.timeout(60_000);
    ensureObjectStoreAccount(layout);
    const port = await freePort();
    const moved = (text: string): string => text.replace("10000", String(port));
    const { command, args, env } = objectStoreComponent(layout);
    const pidFile = join(dir, "pid");
    const start = async (): Promise<void> => {
      await spawnDaemon({ command, args: args.map(moved), env, logFile: join(dir, "log"), pidFile });
      const answers = async (): Promise<boolean> => (await fetch(`http://127.0.0.1:${port}/`)).status === 400;
      await waitFor(answers, { what: "Azurite", timeoutMs: 30_000, logFile: join(dir, "log") });
    };
    const connectionString = moved(objectStoreOf(layout).connectionString);
    try {
      await start();
      const container =
        BlobServiceClient.fromConnectionString(connectionString).getContainerClient("container");
      await container.create();
      assert.equal(container.url, `${moved(objectStoreEndpoint(layout))}/container`);
      await container.getBlockBlobClient("b").uploadData(Buffer.from("kept"));
      const wrong = connectionString.replace(/AccountKey=[^;]+/, `AccountKey=${btoa("another")}`);
      const stranger = BlobServiceClient.fromConnectionString(wrong, { retryOptions: { maxTries: 1 } });
      await assert.rejects(stranger.getContainerClient("container").getProperties(), { statusCode: 403 });
      await stopDaemon(pidFile, 15_000);
      await start();
      const again = BlobServiceClient.fromConnectionString(connectionString).getContainerClient("container");
      assert.equal((await again.getBlockBlobClient("b").downloadToBuffer()).toString(), "kept");
    } finally {
      await stopDaemon(pidFile, 15_000);
    }
  });
});

async function freePort(): Promise<number> {
  const server = createServer().listen(0, "127.0.0.1");
  await once(server, "listening");
  const { port } = server.address() as AddressInfo;
  server.close();
  await once(server, "close");
  return port;
}
