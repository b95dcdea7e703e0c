// The package's entries in dist/lib, which its manifest names. In a checkout they lead to what is compiled file by file;
// while the package is packed they are bundles. Uses nothing but Node itself, as ensure.mjs does.
import { existsSync, mkdirSync, readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { basename, dirname, join } from "node:path";
import { fileURLToPath } from "node:url";

const project = dirname(dirname(fileURLToPath(import.meta.url)));

/** Where the entries are. */
export const library = join(project, "dist", "lib");

/** For each entry by its name, its module below the project, as "src/index"; a manifest says it by the declarations. */
export function libraryEntries() {
  const { exports = {} } = JSON.parse(readFileSync(join(project, "package.json"), "utf8"));
  return Object.fromEntries(
    Object.values(exports)
      .filter(entry => typeof entry !== "string")
      .map(entry => [basename(entry.default, ".js"), /^\.\/dist\/(.*)\.d\.ts$/.exec(entry.types)[1]]),
  );
}

/** Makes the entries lead to what is compiled, unless they do. */
export function leadToSingleFiles() {
  const wanted = new Map(
    Object.entries(libraryEntries()).map(([name, module]) => [
      `${name}.js`,
      `module.exports = require("../${module}.js");\n`,
    ]),
  );
  const read = name => readFileSync(join(library, name), "utf8");
  const there = existsSync(library) ? readdirSync(library) : [];
  if (
    there.length === wanted.size &&
    there.every(name => wanted.has(name) && read(name) === wanted.get(name))
  )
    return;
  rmSync(library, { recursive: true, force: true });
  mkdirSync(library, { recursive: true });
  for (const [name, text] of wanted) writeFileSync(join(library, name), text);
}
