import * as assert from "node:assert/strict";
import { connectionBudget } from "../../../src/pooler/size";
import { resolveInstance } from "../../../src/instance/resolve";
import { availabilityPromise } from "../../../src/availability/promise";
import { defaultRates } from "../../../src/restore/estimate";
import { azureExamplePrices } from "../../../src/sheet/azure-prices";
import { serviceSheetMarkdown } from "../../../src/sheet/markdown";
import { assertGolden } from "../golden";
import { full, sheetOf, storeOf } from "./samples";

const GiB = 2 ** 30;

describe("service sheet", () => {
  it("is the same text for the same arguments", () => {
    const sheet = { dataSize: "40Gi", changePerDay: "2Gi", prices: azureExamplePrices };
    const made = sheetOf({ ...full, sheet }, storeOf(14));
    assertGolden("sheet/full.md", serviceSheetMarkdown(made));
    assertGolden("sheet/full.json", `${JSON.stringify(made, undefined, 1)}\n`);
    assertGolden("sheet/default.md", serviceSheetMarkdown(sheetOf()));
  });

  it("sums what the pods request and may use, sidecars and poolers among them", () => {
    const { resources } = sheetOf(full, storeOf(7));
    // 3 × (8 GiB + 512 MiB) and 4 × 64 MiB of PgBouncer; 3 × (2 + 0.1) and 4 × 0.1.
    assert.equal(resources.requests.memoryBytes, 25.75 * GiB);
    assert.equal(resources.requests.cpu, 6.7);
    assert.equal(resources.limits.memoryBytes, 26.5 * GiB);
    assert.equal(resources.limits.cpu, undefined, "the sidecar has no limit of CPU");
    assert.deepEqual(sheetOf(full).resources.requests, { cpu: 6.4, memoryBytes: 24.25 * GiB });
    assert.deepEqual(sheetOf({ size: "medium" }).resources.limits, { cpu: 2, memoryBytes: 8 * GiB });
  });

  it("counts no Job into the sums: it runs now and then", () => {
    const { items, requests } = sheetOf({ size: "medium" }).resources;
    assert.deepEqual(
      items.map(({ what, occasional }) => [what, occasional]),
      [
        ["PostgreSQL", false],
        ["a Job, during updates", true],
      ],
    );
    assert.equal(requests.cpu, 2);
  });

  it("counts the volumes of a stopped generation, and its pods only where they stay", () => {
    const generations = { "1": { storage: { size: "10Gi" } }, "2": { storage: { size: "20Gi" } } };
    const stopped = sheetOf({ generations, activeGeneration: "2", instances: 2 });
    assert.equal(stopped.volumeBytes, 60 * GiB);
    assert.equal(stopped.resources.items[0]?.pods, 2);
    const fenced = { ...generations, "1": { ...generations["1"], stop: "fence" as const } };
    assert.equal(
      sheetOf({ generations: fenced, activeGeneration: "2", instances: 2 }).resources.items[0]?.pods,
      4,
    );
    const { resources, volumeBytes } = sheetOf({ hibernated: true });
    assert.deepEqual([resources.requests, volumeBytes], [{ cpu: 0, memoryBytes: 0 }, 10 * GiB]);
  });

  it("takes loss and times from the promise of the class, and the loss of everything from archive_timeout", () => {
    const promise = availabilityPromise(resolveInstance("orders", full).availability);
    const { recovery } = sheetOf({ ...full, parameters: { archive_timeout: "1min" } }, storeOf(7));
    assert.equal(recovery.serverLossSeconds, promise.lossSeconds);
    assert.equal(recovery.podSeconds, promise.failoverSeconds);
    assert.equal(recovery.nodeSeconds, promise.nodeLossSeconds);
    assert.equal(recovery.archiveLossSeconds, 60);
    assert.equal(sheetOf(full, storeOf(7)).recovery.archiveLossSeconds, 300);
    const never = sheetOf({ parameters: { archive_timeout: "0" } }, storeOf(7)).recovery;
    assert.deepEqual([never.serverLossSeconds, never.archiveLossSeconds], [undefined, undefined]);
    assert.equal(sheetOf({}, storeOf(7)).recovery.serverLossSeconds, 300, "one server: what is archived");
    const { recovery: none } = sheetOf();
    assert.deepEqual([none.serverLossSeconds, none.restoreMostSeconds], [undefined, undefined]);
  });

  it("reckons a restore by the rates of restore plans", () => {
    const sheet = { dataSize: "3Gi", changePerDay: "1Gi", backups: { daysBetween: 2 } };
    const { restoreLeastSeconds, restoreMostSeconds } = sheetOf({ sheet }, storeOf(7)).recovery;
    const { fixedSeconds, backupBytesPerSecond, walBytesPerSecond } = defaultRates;
    const least = fixedSeconds + (3 * GiB) / backupBytesPerSecond;
    assert.equal(restoreLeastSeconds, Math.ceil(least));
    assert.equal(restoreMostSeconds, Math.ceil(least + (2 * GiB) / walBytesPerSecond));
  });

  it("has as many connections as the server leaves, or as the pooler takes", () => {
    const { active } = resolveInstance("orders", {});
    const { most, reserved } = connectionBudget(active.major, active.server.parameters);
    assert.deepEqual(sheetOf().connections, { most, reserved, applications: most - reserved });
    const pooled = sheetOf({ instances: 2, pooler: { instances: 3, maxClientConnections: 500 } }).connections;
    assert.deepEqual([pooled.applications, pooled.poolerClients], [1500, 1500]);
  });

  it("says what it took for granted, until it is told", () => {
    assert.equal(sheetOf({}, storeOf(7)).assumptions.length, 6);
    const backups = { daysBetween: 1, retention: {} };
    const told = { dataSize: "1Gi", changePerDay: "1Gi", compressedShare: 0.5, backups, zones: 3 };
    assert.deepEqual(sheetOf({ sheet: told }, storeOf(7)).assumptions, []);
    assert.equal(sheetOf({ overrides: {} }).notCounted.includes("What overrides change."), true);
  });
});

describe("loss of a zone", () => {
  const lossOf = (args: Parameters<typeof sheetOf>[0], zones = 3) =>
    sheetOf({ ...args, sheet: { zones } }).zoneLoss;

  it("ends one server, and all where nothing keeps them apart", () => {
    assert.deepEqual([lossOf({}).survives, lossOf({}).serversLost], [false, 1]);
    const together = lossOf({ instances: 3, scheduling: { zoneSpread: "none" } });
    assert.deepEqual([together.survives, together.serversLost], [false, 3]);
    assert.equal(lossOf({ availability: "zero-loss" }, 1).survives, false);
  });

  it("is survived with a standby elsewhere, within the time of a lost node", () => {
    const high = lossOf({ availability: "high" });
    assert.deepEqual([high.survives, high.serversLost], [true, 1]);
    assert.equal(high.writesAfterSeconds, sheetOf({ availability: "high" }).recovery.nodeSeconds);
    assert.match(high.text, /where the scheduler could spread them/);
    const required = lossOf({ availability: "high", scheduling: { zoneSpread: "required" } });
    assert.doesNotMatch(required.text, /scheduler/);
    assert.deepEqual([high.assured, required.assured], [false, true]);
    assert.equal(lossOf({ availability: "zero-loss" }).survives, true);
  });

  it("stops writes where too few standbys are left to be sure of every commit", () => {
    const two = lossOf({ availability: "zero-loss" }, 2);
    assert.deepEqual([two.survives, two.serversLost, two.writesAfterSeconds], [false, 2, undefined]);
    assert.match(two.text, /no standby surely has every commit/);
    const required = lossOf({ instances: 3, synchronous: { number: 1, dataDurability: "required" } }, 2);
    assert.equal(required.survives, false);
    assert.match(required.text, /its commits wait until 1 of its standbys/);
  });
});

describe("cost of a month", () => {
  const costOf = (sheet: NonNullable<Parameters<typeof sheetOf>[0]>["sheet"], storageClass?: string) =>
    sheetOf({ size: "medium", storage: { size: "64Gi", storageClass }, sheet }).cost;

  it("is unknown without a table, and names no figure that nobody gave", () => {
    const { month, known, items, source } = costOf({});
    assert.deepEqual([month, known, source], [undefined, 0, undefined]);
    assert.ok(items.every(item => item.month === undefined));
  });

  it("is a virtual machine's where the requests are one", () => {
    const { items } = sheetOf({
      resources: { cpu: "4", memory: "16Gi" },
      sheet: { prices: azureExamplePrices },
    }).cost;
    const [cpu = 0, memory = 0] = items.map(({ month }) => month);
    // D4s v5: 0.192 USD an hour.
    assert.ok(Math.abs(cpu + memory - 0.192 * 730) < 0.02, `${cpu} + ${memory}`);
  });

  it("takes the smallest disk that holds the volume, and knows none for a larger one or another class", () => {
    const volume = (size: string, storageClass?: string): number | undefined =>
      sheetOf({ storage: { size, storageClass }, sheet: { prices: azureExamplePrices } }).cost.items.find(
        ({ what }) => what === "volumes of data",
      )?.month;
    assert.equal(volume("64Gi", "managed-csi-premium"), 10.21);
    assert.equal(volume("65Gi", "managed-csi-premium"), 19.71);
    assert.equal(volume("3Ti", "managed-csi-premium"), undefined);
    assert.equal(volume("64Gi", "fast"), undefined);
    assert.equal(volume("64Gi"), 4.8);
  });

  it("is not told while a price is missing; what is known is", () => {
    const { month, known } = costOf({ prices: azureExamplePrices }, "fast");
    assert.equal(month, undefined);
    assert.equal(known, 2 * 24.09 + 8 * 2.7375);
  });
});
