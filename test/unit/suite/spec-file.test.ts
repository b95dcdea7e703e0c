import * as assert from "node:assert/strict";
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { findSpecs, specFile } from "../../suite/spec-file";

describe("spec files", () => {
  for (const [path, name, alone] of [
    ["/dist/test/e2e/restore.spec.js", "restore.spec", false],
    ["/dist/test/e2e/failover/gaps.alone.spec.js", "gaps.alone.spec", true],
    ["/dist/test/e2e/alone.spec.js", "alone.spec", false],
    ["/dist/test/bench/restore.bench.js", "restore.bench", false],
  ] as const) {
    it(`${name} runs ${alone ? "alone" : "beside others"}`, () =>
      assert.deepEqual(specFile(path), { path, name, alone }));
  }

  describe("are found", () => {
    let folder: string;
    beforeEach(() => {
      folder = mkdtempSync(join(tmpdir(), "spec-files-"));
      mkdirSync(join(folder, "below"));
      const write = (path: string, source: string): void => writeFileSync(join(folder, path), source);
      write("one.spec.js", `describe("restore", () => { it("to a time"); it("to a name"); });`);
      write("below/two.alone.spec.js", `describe("pause", () => it("is short", () => {}));`);
      write("below/support.js", `throw new Error("is not a spec");`);
    });
    afterEach(() => rmSync(folder, { recursive: true }));

    const found = async (grep?: string): Promise<[string, number][]> =>
      (await findSpecs(folder, ".spec.js", grep)).map(({ name, tests }) => [name, tests]);

    it("in every folder, with the number of their tests", async () =>
      assert.deepEqual(await found(), [
        ["two.alone.spec", 1],
        ["one.spec", 2],
      ]));

    for (const [grep, files] of [
      ["restore to a n", [["one.spec", 1]]],
      [
        "name|pause",
        [
          ["two.alone.spec", 1],
          ["one.spec", 1],
        ],
      ],
      ["nothing of that", []],
    ] as const) {
      it(`by the full titles of their tests: ${grep}`, async () =>
        assert.deepEqual(await found(grep), files));
    }
  });
});
