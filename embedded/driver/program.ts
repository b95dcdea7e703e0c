import { existsSync } from "node:fs";
import { createRequire } from "node:module";
import { join, sep } from "node:path";
import type { PulumiFn } from "@pulumi/pulumi/automation";
import { PlainFailure } from "./command";

/**
 * The project's own program, the one that `pulumi up` runs, as an inline program. It is loaded afresh for every run,
 * because its resources are made while it loads.
 *
 * @param distDir the folder of the compiled project
 */
export function referenceProgram(distDir: string): PulumiFn {
  const entry = join(distDir, "index.js");
  // Not `import()`, whose cache cannot be emptied.
  const load = createRequire(entry);
  return async () => {
    if (!existsSync(entry))
      throw new PlainFailure(`${entry} is missing: run "npm run build" and read what it says.`);
    for (const path of Object.keys(load.cache)) {
      if (path === entry || path.startsWith(join(distDir, "src") + sep)) delete load.cache[path];
    }
    return { ...(load(entry) as Record<string, unknown>) };
  };
}
