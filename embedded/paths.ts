import { existsSync } from "node:fs";
import { homedir } from "node:os";
import { dirname, join } from "node:path";

/** The folder that holds package.json, found from the compiled or the source tree. */
export function projectDir(from: string = __dirname): string {
  let dir = from;
  while (!existsSync(join(dir, "package.json"))) {
    const parent = dirname(dir);
    if (parent === dir)
      throw new Error(`No package.json above ${from}: run this from a checkout of pulumi-cnpg.`);
    dir = parent;
  }
  return dir;
}

/** Everything that is expensive to make and safe to delete; `npm run clean` removes it. */
export function cacheDir(...parts: string[]): string {
  const root =
    process.env.PULUMI_CNPG_CACHE ??
    join(process.env.XDG_CACHE_HOME ?? join(homedir(), ".cache"), "pulumi-cnpg");
  return join(root, ...parts);
}

/** State of this checkout's run: kubeconfig, logs, process ids, the Pulumi backend. Several checkouts that name one folder share a cluster. */
export function stateDir(...parts: string[]): string {
  return join(process.env.PULUMI_CNPG_STATE ?? join(projectDir(), ".pulumi-cnpg"), ...parts);
}
