import * as assert from "node:assert/strict";
import fc from "fast-check";
import type { PostgresInstanceArgs } from "../../../src/instance";
import { changeProblems, type InstanceRecord, instanceRecord } from "../../../src/instance/compare";
import { resolveInstance } from "../../../src/instance/resolve";

function record(args: PostgresInstanceArgs): InstanceRecord {
  const { confirmReplacement, droppedGenerations } = args;
  return instanceRecord(resolveInstance("orders", args), { confirmReplacement, droppedGenerations });
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
