import * as assert from "node:assert/strict";
import fc from "fast-check";
import type { PostgresInstanceArgs } from "../../../src/instance/args";
import type { KnownBackup } from "../../../src/backup/known-backup";
import { planRetention } from "../../../src/backup/retention";
import { keptBackups } from "../../../src/sheet/backup-growth";
import { azureExamplePrices } from "../../../src/sheet/azure-prices";
import { volumePrice } from "../../../src/sheet/cost";
import { limitProblems } from "../../../src/sheet/limits";
import { sheetOf, storeOf } from "./samples";

const instanceArgs: fc.Arbitrary<PostgresInstanceArgs> = fc.record({
  instances: fc.integer({ min: 1, max: 5 }),
  size: fc.constantFrom("small", "medium", "large"),
  storage: fc.record({ size: fc.integer({ min: 1, max: 900 }).map(gib => `${gib}Gi`) }),
  pooler: fc.option(fc.record({ instances: fc.integer({ min: 1, max: 3 }), readOnly: fc.boolean() }), {
    nil: undefined,
  }),
  sheet: fc.record({
    prices: fc.option(fc.constant(azureExamplePrices), { nil: undefined }),
    zones: fc.integer({ min: 1, max: 4 }),
  }),
});
const maybeStore = fc.option(fc.integer({ min: 1, max: 60 }).map(storeOf), { nil: undefined });

describe("service sheet, for every instance", () => {
  it("sums its own items", () => {
    fc.assert(
      fc.property(instanceArgs, maybeStore, (args, store) => {
        const { resources, volumes, volumeBytes, cost } = sheetOf(args, store);
        const always = resources.items.filter(({ occasional }) => !occasional);
        const memory = always.reduce((sum, item) => sum + item.pods * item.requests.memoryBytes, 0);
        const cpu = always.reduce((sum, item) => sum + item.pods * (item.requests.cpu ?? 0), 0);
        assert.equal(resources.requests.memoryBytes, memory);
        assert.ok(Math.abs((resources.requests.cpu ?? 0) - cpu) < 1e-6);
        assert.ok(resources.limits.memoryBytes >= memory);
        assert.equal(
          volumeBytes,
          volumes.reduce((sum, volume) => sum + volume.volumes * volume.bytes, 0),
        );
        const known = cost.items.reduce((sum, { month = 0 }) => sum + month, 0);
        assert.ok(Math.abs(cost.known - known) < 0.005);
        assert.equal(
          cost.month,
          cost.items.every(({ month }) => month !== undefined) ? cost.known : undefined,
        );
      }),
    );
  });

  it("never takes less with one more server", () => {
    fc.assert(
      fc.property(instanceArgs, maybeStore, (args, store) => {
        const now = sheetOf(args, store);
        const more = sheetOf({ ...args, instances: (args.instances ?? 1) + 1 }, store);
        assert.ok(more.resources.requests.memoryBytes > now.resources.requests.memoryBytes);
        assert.ok((more.resources.requests.cpu ?? 0) > (now.resources.requests.cpu ?? 0));
        assert.ok(more.volumeBytes > now.volumeBytes);
        assert.ok(more.cost.known >= now.cost.known);
      }),
    );
  });

  it("never keeps less in the store for a longer window or tier, or for more changes", () => {
    const days = fc.integer({ min: 1, max: 60 });
    const lengths = fc.integer({ min: 0, max: 12 });
    fc.assert(
      fc.property(
        days,
        fc.integer({ min: 1, max: 10 }),
        lengths,
        lengths,
        (window, daysBetween, weeks, months) => {
          const kept = (windowDays: number, weekly: number, monthly: number): number => {
            const retention = { weeklyRetentionWeeks: weekly, monthlyRetentionMonths: monthly };
            const { windowBackups, tierBackups } = keptBackups(windowDays, daysBetween, retention);
            return windowBackups + tierBackups;
          };
          const now = kept(window, weeks, months);
          assert.ok(kept(window + 1, weeks, months) >= now);
          assert.ok(kept(window, weeks + 1, months) >= now);
          assert.ok(kept(window, weeks, months + 1) >= now);
        },
      ),
    );
    fc.assert(
      fc.property(days, fc.integer({ min: 1, max: 100 }), (window, gib) => {
        const bytes = (changePerDay: string): number =>
          sheetOf({ sheet: { changePerDay } }, storeOf(window)).backups?.bytes ?? 0;
        assert.ok(bytes(`${gib + 1}Gi`) > bytes(`${gib}Gi`));
      }),
    );
  });

  it("counts as many base backups as retention keeps", () => {
    const lengths = fc.integer({ min: 0, max: 14 });
    const policies = fc.record({
      recoveryWindowDays: fc.integer({ min: 1, max: 40 }),
      dailyRetentionDays: lengths,
      weeklyRetentionWeeks: lengths,
      monthlyRetentionMonths: lengths,
      yearlyRetentionYears: fc.integer({ min: 0, max: 2 }),
    });
    fc.assert(
      fc.property(
        policies,
        fc.integer({ min: 1, max: 9 }),
        ({ recoveryWindowDays, ...tiers }, daysBetween) => {
          const now = new Date("2025-12-31T12:00:00Z");
          const backups = Array.from({ length: Math.ceil(1200 / daysBetween) }, (_, i): KnownBackup => {
            const begin = new Date(now.getTime() - i * daysBetween * 24 * 3600_000);
            return { id: begin.toISOString(), kind: "base", state: "completed", begin, end: begin };
          });
          const { decisions } = planRetention(backups, { recoveryWindowDays, ...tiers }, now);
          const kept = decisions.filter(({ action }) => action === "keep" || action === "mark");
          const { windowBackups, tierBackups } = keptBackups(recoveryWindowDays, daysBetween, tiers);
          assert.equal(windowBackups + tierBackups, kept.length);
        },
      ),
      { numRuns: 40 },
    );
  });

  it("keeps the base of the window and everything since", () => {
    fc.assert(
      fc.property(fc.integer({ min: 1, max: 90 }), fc.integer({ min: 1, max: 30 }), (window, daysBetween) => {
        const { windowBackups, tierBackups } = keptBackups(window, daysBetween, {});
        assert.equal(tierBackups, 0);
        // Ages 0, d, 2d, … as far as the window reaches, and the one before it.
        assert.equal(windowBackups, Math.floor(window / daysBetween) + 2);
      }),
    );
  });

  it("never bills a smaller volume as a larger disk", () => {
    const price = azureExamplePrices.volumes?.["managed-csi-premium"] ?? {};
    fc.assert(
      fc.property(fc.integer({ min: 1, max: 2047 }), gib => {
        assert.ok((volumePrice(gib, price) ?? 0) <= (volumePrice(gib + 1, price) ?? Infinity));
      }),
    );
  });

  it("keeps to a limit exactly where what it says is within", () => {
    fc.assert(
      fc.property(instanceArgs, maybeStore, fc.integer({ min: 1, max: 80 }), (args, store, gib) => {
        const made = sheetOf(args, store);
        const problems = limitProblems(made, { maxMemory: `${gib}Gi` });
        assert.equal(problems.length === 0, made.resources.requests.memoryBytes <= gib * 2 ** 30);
        const cost = limitProblems(made, { maxMonthlyCost: 1e6 });
        assert.equal(cost.length === 0, made.cost.month !== undefined);
      }),
    );
  });
});
