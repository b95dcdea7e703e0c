import * as assert from "node:assert/strict";
import fc from "fast-check";
import { isArchiveName, newArchiveProblem } from "../../../../src/backup/archive/archive-name";
import { instancePrefix } from "../../../../src/backup/dump/location";
import { sourceProblems } from "../../../../src/restore/validate";

describe("the name of an archive", () => {
  it("is one folder: no path, nothing hidden, nothing that a shell or an address takes for something else", () => {
    for (const good of ["orders-g1", "Orders_2026.old", "7", "a".repeat(253)])
      assert.ok(isArchiveName(good), good);
    for (const bad of [
      "",
      ".",
      "..",
      ".orders",
      "orders/1",
      "-g1",
      "orders-",
      "or ders",
      "größe",
      "a".repeat(254),
    ])
      assert.ok(!isArchiveName(bad), bad);
  });

  it("is judged alike where it is written and where it is restored from", () => {
    const around = { generation: "2", generations: ["1", "2"], hasStore: true, hasWalVolume: false };
    fc.assert(
      fc.property(fc.oneof(fc.string(), fc.stringMatching(/^[\w.-]{1,20}$/)), archive => {
        const restorable = sourceProblems({ archive }, around).length === 0;
        assert.equal(restorable, newArchiveProblem(archive) === undefined || archive === "dumps");
      }),
    );
  });

  it("cannot be that of the dumps, which stand beside the archives", () => {
    assert.match(newArchiveProblem("dumps") ?? "", /folder that logical dumps stand in/);
    assert.ok(instancePrefix("orders").startsWith("dumps/"));
  });
});
