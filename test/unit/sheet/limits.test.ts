import * as assert from "node:assert/strict";
import * as pulumi from "@pulumi/pulumi";
import { ArgumentError } from "../../../src/argument-error";
import type { BackupStoreReference } from "../../../src/backup";
import { PostgresInstance, type PostgresInstanceArgs } from "../../../src/instance";
import { resolveInstance } from "../../../src/instance/resolve";
import { instanceSheet } from "../../../src/instance/sheet";
import { instanceProblems } from "../../../src/instance/validate";
import { azureExamplePrices } from "../../../src/sheet/azure-prices";
import { promiseOf, startMocks } from "../mocks";

const problemsOf = (args: PostgresInstanceArgs): string[] =>
  instanceProblems("orders", args).map(({ argument, problem, remedy }) => `${argument} ${problem} ${remedy}`);

const limited = (
  limits: NonNullable<PostgresInstanceArgs["sheet"]>["limits"],
  args: PostgresInstanceArgs = {},
): string[] => problemsOf({ ...args, sheet: { ...args.sheet, limits } });

const store: BackupStoreReference = { name: "b", namespace: "default", secrets: [], recoveryWindowDays: 7 };

describe("limits of the service sheet", () => {
  it("fail the preview with the limit, what it is, and what to do", () => {
    const [problem, ...more] = limited({ maxMemory: "4Gi" }, { instances: 3 });
    assert.deepEqual(more, []);
    assert.equal(
      problem,
      "sheet.limits.maxMemory is not kept: the pods request 6 GiB. Take a smaller size or fewer servers, or raise the limit.",
    );
    assert.throws(
      () => new PostgresInstance("orders", { instances: 3, sheet: { limits: { maxMemory: "4Gi" } } }),
      (error: unknown) => error instanceof ArgumentError && /sheet\.limits\.maxMemory/.test(error.message),
    );
    assert.deepEqual(limited({ maxMemory: "6Gi" }, { instances: 3 }), []);
  });

  it("hold what each of them names", () => {
    const broken: [Parameters<typeof limited>[0], PostgresInstanceArgs, RegExp][] = [
      [{ maxCpu: "2" }, { instances: 3 }, /the pods request 3 CPU/],
      [{ maxStorage: "20Gi" }, { instances: 3 }, /the volumes hold 30 GiB/],
      [{ minConnections: 10_000 }, {}, /applications can have \d+ connections/],
      [{ maxRpoSeconds: 0 }, { instances: 2 }, /1 s of commits can be lost/],
      [{ maxRpoSeconds: 60 }, {}, /cannot be kept: .* nothing is archived/],
      [{ maxRpoSeconds: 60 }, { backup: { store } }, /5 min of commits can be lost/],
      [{ maxRtoSeconds: 30 }, { instances: 2 }, /1 min 5 s can pass .* Kubernetes notices/],
      [{ maxRtoSeconds: 3600 }, {}, /cannot be kept: without a standby/],
      [{ maxRestoreSeconds: 60 }, { backup: { store } }, /can pass until the archive is restored/],
      [{ maxRestoreSeconds: 60 }, {}, /cannot be kept: nothing is archived/],
    ];
    for (const [limits, args, message] of broken) {
      const [problem = "", ...more] = limited(limits, args);
      assert.match(problem, message);
      assert.deepEqual(more, []);
    }
  });

  it("refuse a cost that nobody can tell, and one that is too much already", () => {
    assert.match(
      limited({ maxMonthlyCost: 1000 })[0] ?? "",
      /the price of CPU, memory, volumes of data is unknown/,
    );
    const args: PostgresInstanceArgs = { sheet: { prices: azureExamplePrices } };
    assert.deepEqual(limited({ maxMonthlyCost: 1000 }, args), []);
    assert.match(limited({ maxMonthlyCost: 10 }, args)[0] ?? "", /a month costs \d+\.\d\d USD/);
  });

  it("are looked at with every store at least, and again when the store is known", async () => {
    const sheet = { limits: { maxMemory: "2Gi" } };
    await startMocks({ preview: true });
    const large = { ...sheet, limits: { maxMemory: "1Gi" } };
    assert.match(problemsOf({ backup: { store: pulumi.output(store) }, sheet: large })[0] ?? "", /2 GiB/);
    // Two GiB of the server; the container that archives is what is too much.
    assert.deepEqual(problemsOf({ backup: { store: pulumi.output(store) }, sheet }), []);
    assert.match(problemsOf({ backup: { store }, sheet })[0] ?? "", /the pods request 2\.5 GiB/);
    const archived = { limits: { maxRpoSeconds: 300 } };
    assert.deepEqual(problemsOf({ backup: { store: pulumi.output(store) }, sheet: archived }), []);
    assert.throws(() => new PostgresInstance("late", { backup: { store }, sheet }), ArgumentError);
  });

  it("fail the update that learns of the store only when it is made", async () => {
    await startMocks();
    const args = { backup: { store: pulumi.output(store) }, sheet: { limits: { maxMemory: "2Gi" } } };
    const instance = resolveInstance("orders", args);
    const late = instanceSheet({ name: "orders", args, instance, tell: problem => problem });
    await assert.rejects(promiseOf(late), /sheet\.limits\.maxMemory = "2Gi": is not kept: .*2\.5 GiB/);
  });

  it("leave the sheet as an output, with what the store says of its container", async () => {
    for (const preview of [true, false]) {
      const recorder = await startMocks({ preview });
      const sidecar = { requests: { cpu: "200m", memory: "1Gi" }, limits: { memory: "1Gi" } };
      const instance = new PostgresInstance("orders", { backup: { store: { ...store, sidecar } } });
      await recorder.settled();
      const made = await promiseOf(instance.sheet);
      assert.equal(made?.backups?.recoveryWindowDays, 7);
      assert.deepEqual(made?.resources.requests, { cpu: 1.2, memoryBytes: 3 * 2 ** 30 });
    }
  });
});

describe("arguments of the service sheet", () => {
  it("are judged one by one", () => {
    const wrong: [object, RegExp][] = [
      [{ dataSize: "lots" }, /^sheet\.dataSize is not a quantity/],
      [{ changePerDay: "0" }, /^sheet\.changePerDay is not a quantity/],
      [{ compressedShare: 40 }, /^sheet\.compressedShare is not a share/],
      [{ zones: 0 }, /^sheet\.zones is not a whole number of zones/],
      [{ backups: { daysBetween: 0 } }, /^sheet\.backups\.daysBetween is not/],
      [
        { backups: { retention: { weeklyRetentionWeeks: -1 } } },
        /^sheet\.backups\.retention\.weeklyRetentionWeeks/,
      ],
      [{ limits: { maxCpu: "fast" } }, /^sheet\.limits\.maxCpu .*"4"/],
      [{ limits: { maxMonthlyCost: -1 } }, /^sheet\.limits\.maxMonthlyCost is not a number/],
      [{ limits: { maxMemori: "1Gi" } }, /Did you mean limits\.maxMemory\?/],
      [{ limits: "4Gi" }, /^sheet\.limits is not a map of arguments\. These are: maxMonthlyCost, /],
      [{ prices: ["EUR"] }, /^sheet\.prices is not a map/],
      [{ maxMemory: "1Gi" }, /^sheet\.maxMemory is no argument of a sheet/],
      [{ prices: { currency: "EUR", date: "", source: "us" } }, /^sheet\.prices\.date is missing/],
      [{ prices: { ...azureExamplePrices, cpuMonth: "12" } }, /^sheet\.prices\.cpuMonth is not a number/],
      [{ prices: { ...azureExamplePrices, defaultStorageClass: "x" } }, /defaultStorageClass is none of/],
      [
        { prices: { ...azureExamplePrices, volumes: { a: {} }, defaultStorageClass: "a" } },
        /neither gibMonth nor/,
      ],
    ];
    for (const [sheet, message] of wrong) {
      const [problem = "", ...more] = problemsOf({ sheet } as PostgresInstanceArgs);
      assert.match(problem, message);
      assert.deepEqual(more, [], problem);
    }
    assert.deepEqual(problemsOf({ sheet: { prices: azureExamplePrices } }), []);
  });
});
