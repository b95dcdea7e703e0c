// Writes the generated files of src/parameters/data from real servers, which are downloaded first when they are not in the
// cache. The same servers give the same files.
import { Buffer } from "node:buffer";
import { writeFileSync } from "node:fs";
import { createRequire } from "node:module";
import { performance } from "node:perf_hooks";

const load = createRequire(import.meta.url);
const { catalogueFiles } = load("../dist/test/servers/catalogue-file.js");
const { serverMajors } = load("../dist/test/servers/binaries.js");

const folder = new URL("../src/parameters/data/", import.meta.url);
const started = performance.now();
for (const [name, text] of await catalogueFiles(serverMajors)) {
  writeFileSync(new URL(name, folder), text);
  console.log(`src/parameters/data/${name}: ${Buffer.byteLength(text)} bytes`);
}
console.log(`${((performance.now() - started) / 1000).toFixed(1)} s`);
