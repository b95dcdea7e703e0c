// Makes bundles of the package's entries while it is packed: node scripts/bundle-library.mjs [--undo]
// The sources are some hundred small files, and to find, read and compile each is most of what importing them costs.
// A checkout goes on with single files afterwards: one program must not hold both forms.
import { cpSync, readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";

import { build, transform } from "esbuild";

import { leadToSingleFiles, library, libraryEntries } from "./library-entries.mjs";

const project = dirname(dirname(fileURLToPath(import.meta.url)));
const target = "node20";

/** Entries share their classes and what these remember, so nothing may be in two bundles. esbuild splits only modules. */
async function bundle() {
  rmSync(library, { recursive: true, force: true });
  await build({
    absWorkingDir: project,
    entryPoints: Object.fromEntries(
      Object.entries(libraryEntries()).map(([name, module]) => [name, `${module}.ts`]),
    ),
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

if (process.argv.includes("--undo")) leadToSingleFiles();
else await bundle();
