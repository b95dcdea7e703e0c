import * as assert from "node:assert/strict";
import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { parse } from "yaml";
import { referenceProgram } from "../../../../embedded/driver/program";
import { copySettings } from "../../../../embedded/driver/work-copy";

describe("a stack on this machine", () => {
  let folder: string;
  beforeEach(() => (folder = mkdtempSync(join(tmpdir(), "driver-"))));
  afterEach(() => rmSync(folder, { recursive: true }));

  const file = (...path: string[]): string => join(folder, ...path);
  const read = (...path: string[]): unknown => parse(readFileSync(file(...path), "utf8"));

  describe("the copied settings of a stack", () => {
    const tracked = "# for laptops\nconfig:\n  p:size: micro\n";

    beforeEach(() => {
      for (const part of ["from", "to"]) mkdirSync(file(part));
      writeFileSync(file("from", "Pulumi.yaml"), "name: p\nruntime: nodejs\nmain: index.ts\n");
      writeFileSync(file("from", "Pulumi.dev.yaml"), tracked);
    });

    it("hold the configuration and no main program", () => {
      copySettings(file("from"), file("to"), "dev");
      assert.deepEqual(read("to", "Pulumi.yaml"), { name: "p", runtime: "nodejs" });
      assert.deepEqual(read("to", "Pulumi.dev.yaml"), { config: { "p:size": "micro" } });
    });

    it("take up changes and keep the salt that the engine wrote", () => {
      copySettings(file("from"), file("to"), "dev");
      writeFileSync(
        file("to", "Pulumi.dev.yaml"),
        "encryptionsalt: v1:abc\nconfig:\n  p:size: micro\n  p:gone: x\n",
      );
      writeFileSync(file("from", "Pulumi.dev.yaml"), "config:\n  p:size: small\n");
      copySettings(file("from"), file("to"), "dev");
      assert.deepEqual(read("to", "Pulumi.dev.yaml"), {
        config: { "p:size": "small" },
        encryptionsalt: "v1:abc",
      });
    });

    it("leave the tracked file as it was", () => {
      copySettings(file("from"), file("to"), "dev");
      assert.equal(readFileSync(file("from", "Pulumi.dev.yaml"), "utf8"), tracked);
    });

    it("are empty for a stack without a file", () => {
      copySettings(file("from"), file("to"), "prod");
      assert.deepEqual(read("to", "Pulumi.prod.yaml"), {});
    });
  });

  describe("the reference program", () => {
    it("is loaded afresh with its sources for every run", async () => {
      mkdirSync(file("src"));
      writeFileSync(file("src", "index.js"), "exports.loaded = [];");
      writeFileSync(
        file("index.js"),
        'const { loaded } = require("./src/index.js"); loaded.push(1); exports.count = loaded.length;',
      );
      const program = referenceProgram(folder);
      assert.deepEqual(await program(), { count: 1 });
      assert.deepEqual(await program(), { count: 1 });
      writeFileSync(file("index.js"), "exports.count = 7;");
      assert.deepEqual(await program(), { count: 7 });
    });

    it("says what to do when the project is not compiled", async () => {
      await assert.rejects(referenceProgram(folder)(), /index\.js is missing: run "npm run build"/);
    });
  });
});
