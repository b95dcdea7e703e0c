import * as assert from "node:assert/strict";
import { spawnSync } from "node:child_process";
import {
  copyFileSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  writeFileSync,
} from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { projectDir } from "../../../embedded/paths";

/** A stand-in for the compiler: notes that it ran, and fails when a source says so. */
const compiler = `
const fs = require("node:fs");
fs.mkdirSync("dist", { recursive: true });
fs.appendFileSync("compiled.txt", "x");
for (const name of fs.readdirSync("src")) fs.writeFileSync("dist/" + name + ".js", "");
if (fs.readFileSync("src/a.ts", "utf8").includes("broken")) process.exit(2);
`;

const lock = (version: string): string =>
  JSON.stringify({
    name: "p",
    lockfileVersion: 3,
    packages: { "": {}, "node_modules/typescript": { version } },
  });

describe("the script that makes node_modules and dist match the checkout", () => {
  let root: string;
  const write = (path: string, content: string): void => {
    mkdirSync(dirname(join(root, path)), { recursive: true });
    writeFileSync(join(root, path), content);
  };
  const ensure = (): { status: number | null; stdout: string; stderr: string } =>
    spawnSync(process.execPath, [join(root, "scripts", "ensure.mjs")], { encoding: "utf8" });
  const compilations = (): number =>
    existsSync(join(root, "compiled.txt")) ? readFileSync(join(root, "compiled.txt"), "utf8").length : 0;

  beforeEach(() => {
    root = mkdtempSync(join(tmpdir(), "ensure-"));
    mkdirSync(join(root, "scripts"));
    for (const name of ["ensure.mjs", "library-entries.mjs"])
      copyFileSync(join(projectDir(), "scripts", name), join(root, "scripts", name));
    const entry = { types: "./dist/src/index.d.ts", default: "./dist/lib/index.js" };
    write("package.json", JSON.stringify({ exports: { ".": entry, "./package.json": "./package.json" } }));
    write("package-lock.json", lock("1.0.0"));
    write("node_modules/.package-lock.json", lock("1.0.0"));
    write("node_modules/ts-native/bin/tsc", compiler);
    write("src/a.ts", "a");
    write("src/b.ts", "b");
  });
  afterEach(() => rmSync(root, { recursive: true }));

  it("compiles once, and again only when a source changed", () => {
    assert.equal(ensure().status, 0);
    assert.equal(ensure().status, 0);
    assert.equal(compilations(), 1);
    write("src/a.ts", "changed");
    assert.match(ensure().stderr, /Compiling \(sources changed\)/);
    assert.equal(compilations(), 2);
  });

  it("makes the entries of the package lead to single files, also after a packing that broke off", () => {
    write("dist/lib/index.js", "a bundle");
    write("dist/lib/shared-ABC.js", "of it");
    ensure();
    assert.deepEqual(readdirSync(join(root, "dist", "lib")), ["index.js"]);
    const text = readFileSync(join(root, "dist", "lib", "index.js"), "utf8");
    assert.equal(text, 'module.exports = require("../src/index.js");\n');
  });

  it("removes what was compiled from a source that is gone", () => {
    ensure();
    rmSync(join(root, "src", "b.ts"));
    ensure();
    assert.equal(existsSync(join(root, "dist", "b.ts.js")), false);
    assert.equal(existsSync(join(root, "dist", "a.ts.js")), true);
  });

  it("fails when the compiler fails, and tries again the next time", () => {
    write("src/a.ts", "broken");
    assert.equal(ensure().status, 1);
    assert.equal(ensure().status, 1);
    assert.equal(compilations(), 2);
  });

  it("keeps standard output clean", () => {
    assert.equal(ensure().stdout, "");
  });

  it("installs when node_modules is missing, and says why", () => {
    rmSync(join(root, "node_modules"), { recursive: true });
    write("package.json", JSON.stringify({ name: "p", version: "1.0.0" }));
    write(
      "package-lock.json",
      JSON.stringify({ name: "p", lockfileVersion: 3, packages: { "": { name: "p" } } }),
    );
    const { stderr } = ensure();
    assert.match(stderr, /Installing dependencies \(node_modules is missing\)/);
    assert.match(stderr, /Installing dependencies .*: done in/);
  }).timeout(60_000);

  it("installs when the lock file asks for other versions than are installed", () => {
    write("package-lock.json", lock("2.0.0"));
    write("package.json", "{ not json, so that npm ends at once");
    const { status, stderr } = ensure();
    assert.match(stderr, /Installing dependencies \(package-lock.json changed since the last installation\)/);
    assert.equal(status, 1);
  }).timeout(60_000);

  it("accepts what an ordinary npm install has brought", () => {
    write("node_modules/.installed-from", "another lock file");
    assert.doesNotMatch(ensure().stderr, /Installing/);
  });
});
