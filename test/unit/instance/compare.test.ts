import * as assert from "node:assert/strict";
import fc from "fast-check";
import type { PostgresInstanceArgs } from "../../../src/instance";
import type { RestoreSource } from "../../../src/restore/source-args";
import {
  archiveChanges,
  changeProblems,
  type InstanceRecord,
  instanceRecord,
} from "../../../src/instance/compare";
import { resolveInstance } from "../../../src/instance/resolve";

function record(args: PostgresInstanceArgs): InstanceRecord {
  const { confirmReplacement, confirmDestructive, droppedGenerations, backup } = args;
  const recorded = { confirmReplacement, confirmDestructive, droppedGenerations, backup };
  return instanceRecord(resolveInstance("orders", args), recorded);
}

function refused(before: PostgresInstanceArgs, now: PostgresInstanceArgs): string[] {
  return changeProblems("orders", record(before), record(now)).map(problem => problem.argument);
}

describe("changes of PostgresInstance that previous inputs forbid", () => {
  it("a volume that shrinks", () => {
    assert.deepEqual(refused({ storage: { size: "10Gi" } }, { storage: { size: "9Gi" } }), ["storage.size"]);
    assert.deepEqual(refused({ storage: { size: "10Gi" } }, { storage: { size: "10240Mi" } }), []);
    assert.deepEqual(refused({ walStorage: { size: "2Gi" } }, { walStorage: { size: "1Gi" } }), [
      "walStorage.size",
    ]);
    assert.deepEqual(refused({ walStorage: {} }, {}), ["walStorage"]);
    assert.deepEqual(refused({}, { walStorage: {} }), []);
  });

  it("a shrink in a generation is named by its path", () => {
    const generations = (size: string): PostgresInstanceArgs => ({
      generations: { "1": {}, "2": { storage: { size } } },
      activeGeneration: "2",
    });
    assert.deepEqual(refused(generations("3Gi"), generations("2Gi")), ["generations.2.storage.size"]);
  });

  it("another name or namespace, unless the old name is repeated", () => {
    assert.deepEqual(refused({}, { name: "shop" }), ["name"]);
    assert.deepEqual(refused({}, { namespace: "shop" }), ["namespace"]);
    assert.deepEqual(refused({}, { name: "shop", confirmReplacement: "shop" }), ["name"]);
    assert.deepEqual(refused({}, { name: "shop", confirmReplacement: "orders" }), []);
    assert.deepEqual(refused({}, { namespace: "shop", confirmReplacement: "default/orders" }), []);
  });

  it("what is read only once", () => {
    assert.deepEqual(refused({}, { database: "shop" }), ["database"]);
    assert.deepEqual(refused({}, { owner: "shop" }), ["owner"]);
    assert.deepEqual(refused({}, { initdb: { dataChecksums: false } }), ["initdb"]);
    assert.deepEqual(refused({}, { storage: { storageClass: "fast" } }), ["storage.storageClass"]);
  });

  it("an older major", () => {
    assert.deepEqual(refused({ version: "18" }, { version: "17" }), ["version"]);
    assert.deepEqual(refused({ version: "17" }, { version: "18" }), []);
    assert.deepEqual(refused({ version: "18.6" }, { version: "18.5" }), []);
  });

  it("what a generation was restored from, unless it is the same by another name", () => {
    const from = (restoredFrom: RestoreSource): PostgresInstanceArgs => ({
      generations: { "1": {}, "2": { restoredFrom } },
      activeGeneration: "2",
    });
    const before = from({ generation: "1", backupId: "20261120T020003" });
    assert.deepEqual(refused(before, from({ archive: "orders-g1", backupId: "20261120T020003" })), []);
    assert.deepEqual(refused(before, from({ generation: "1" })), ["generations.2.restoredFrom"]);
    const store = { name: "b", namespace: "default", secrets: [], recoveryWindowDays: 7 };
    assert.deepEqual(
      refused(before, from({ generation: "1", backupId: "20261120T020003", store })),
      [],
      "the store is no part of what was restored",
    );
  });

  it("a flip to restored data, unless the name is repeated", () => {
    const one: PostgresInstanceArgs = { generations: { "1": {} } };
    const two: PostgresInstanceArgs = {
      generations: { "1": {}, "2": { restoredFrom: { archive: "orders-g1" } } },
      activeGeneration: "2",
    };
    assert.deepEqual(refused(one, two), ["activeGeneration"]);
    assert.deepEqual(refused(one, { ...two, confirmDestructive: "orders" }), []);
    assert.deepEqual(refused({ ...two, activeGeneration: "1" }, two), ["activeGeneration"]);
    assert.deepEqual(refused(two, { ...two, activeGeneration: "1" }), [], "the way back is always open");
    assert.deepEqual(refused(two, two), []);
  });

  it("a generation that goes without being named", () => {
    const two: PostgresInstanceArgs = { generations: { "1": {}, "2": {} }, activeGeneration: "2" };
    const one: PostgresInstanceArgs = { generations: { "2": {} } };
    assert.deepEqual(refused(two, one), ["generations"]);
    assert.deepEqual(refused(two, { ...one, droppedGenerations: ["1"] }), []);
    assert.deepEqual(refused({ generations: { "1": {} } }, one), ["generations"]);
    assert.deepEqual(refused({}, two), []);
  });

  it("nothing, when nothing or only what is free changes", () => {
    const free = fc.record({
      instances: fc.integer({ min: 1, max: 5 }),
      size: fc.constantFrom("micro" as const, "large" as const),
      hibernated: fc.boolean(),
      parameters: fc.constantFrom<Record<string, string>>({}, { work_mem: "8MB" }),
      extensions: fc.constantFrom<string[]>([], ["hstore"]),
      keepData: fc.boolean(),
    });
    fc.assert(fc.property(free, free, (before, now) => assert.deepEqual(refused(before, now), [])));
  });

  it("says what to do", () => {
    const [problem] = changeProblems("orders", record({}), record({ storage: { size: "1Gi" } }));
    assert.match(problem?.problem ?? "", /smaller than the 10Gi it has/);
    assert.match(problem?.remedy ?? "", /add a generation/);
  });

  it("the record holds no secret", () => {
    assert.ok(!JSON.stringify(record({ password: "hunter2hunter2" })).includes("hunter2"));
  });
});

describe("changes of the archive that ought to be known", () => {
  const backup = { store: { name: "b", namespace: "default", secrets: [], recoveryWindowDays: 7 } };
  const said = (before: PostgresInstanceArgs, now: PostgresInstanceArgs): string =>
    archiveChanges(record(before), record(now)).join();

  it("names what begins, ends and begins anew", () => {
    assert.match(said({}, { backup }), /from now on.*base backup after/);
    assert.match(said({ backup }, {}), /no longer/);
    assert.match(
      said({ backup }, { backup, generations: { "1": { archive: "orders-2026" } } }),
      /from orders-g1 to orders-2026.*empty/,
    );
    assert.equal(said({ backup }, { backup }), "");
    assert.equal(said({}, {}), "");
  });
});
