// Makes the package as it is published, in dist/package, of what is compiled: npm run package
// Its entries are bundles: the sources are some hundred small files, and to find, read and compile each is most of what
// importing them costs. The checkout itself runs from dist/src, where every file is one of its own.
import { execFileSync } from "node:child_process";
import { cpSync, readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";

import { build, transform } from "esbuild";

const project = dirname(dirname(fileURLToPath(import.meta.url)));
const output = join(project, "dist", "package");
const library = join(output, "dist", "lib");
const target = "node20";
const compiled = /^\.\/dist\/(src\/.*)\.js$/;

/** The published manifest, and the source of each bundle by its name. */
function published() {
  const manifest = JSON.parse(readFileSync(join(project, "package.json"), "utf8"));
  for (const ofTheCheckout of ["private", "scripts", "devDependencies"]) delete manifest[ofTheCheckout];
  const entries = {};
  const bundled = (key, path) => {
    const name = key === "." ? "index" : key.slice("./".length);
    entries[name] = `${compiled.exec(path)[1]}.ts`;
    return `./dist/lib/${name}.js`;
  };
  for (const [key, target] of Object.entries(manifest.exports))
    if (typeof target !== "string") target.default = bundled(key, target.default);
  manifest.main = manifest.exports["."].default;
  manifest.files.push("dist/lib");
  return { manifest, entries };
}

/** Entries share their classes and what these remember, so nothing may be in two bundles. esbuild splits only modules. */
async function bundle(entries) {
  await build({
    absWorkingDir: project,
    entryPoints: entries,
    outdir: library,
    chunkNames: "shared-[hash]",
    bundle: true,
    splitting: true,
    platform: "node",
    target,
    format: "esm",
    packages: "external",
    // Pulumi finds a component by the name of its class.
    keepNames: true,
    logLevel: "warning",
  });
  for (const name of readdirSync(library)) {
    const path = join(library, name);
    const { code } = await transform(readFileSync(path, "utf8"), { format: "cjs", platform: "node", target });
    writeFileSync(path, code);
  }
  cpSync(join(project, "src", "parameters", "data"), join(library, "data"), { recursive: true });
}

const { manifest, entries } = published();
execFileSync(process.execPath, [join(project, "scripts", "bundle-jobs.mjs")], { stdio: "inherit" });
rmSync(output, { recursive: true, force: true });
for (const name of [...manifest.files.filter(name => name !== "dist/lib"), "README.md", "LICENSE"]) {
  cpSync(join(project, name), join(output, name), { recursive: true });
}
writeFileSync(join(output, "package.json"), `${JSON.stringify(manifest, null, 2)}\n`);
await bundle(entries);
