// Bundles the compiled operations into the one file that the jobs image runs: node scripts/bundle-jobs.mjs [entry] [output]
import { existsSync } from "node:fs";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";

import { build } from "esbuild";

const project = dirname(dirname(fileURLToPath(import.meta.url)));
const entry = process.argv[2] ?? join(project, "dist", "src", "operations", "main.js");
const output = process.argv[3] ?? join(project, "dist", "jobs", "jobs.js");

if (!existsSync(entry)) {
  console.error(`${entry} is missing: compile first with "npm run build".`);
  process.exit(1);
}
await build({
  entryPoints: [entry],
  outfile: output,
  bundle: true,
  platform: "node",
  target: "node20",
  format: "cjs",
  // pg tries its native binding and goes on without it.
  external: ["pg-native"],
  keepNames: true,
  minifyWhitespace: true,
  logLevel: "warning",
});
