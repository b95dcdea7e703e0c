import { createRequire } from "node:module";
import { join } from "node:path";
import { projectDir } from "../../embedded/paths";
import { engineAt, type OpenStack, openStack, type StackSettings } from "../../embedded/driver/stack";
import type { VerifyOptions } from "./options";

const project = "pulumi-cnpg-aks";

/** Project and stack of the verification; its state is in the folder of this checkout that no commit takes. */
export const place = {
  project,
  stack: "verify",
  folder: join(projectDir(), ".pulumi-cnpg", "verify-aks"),
} as const;

/** The program of examples/aks, loaded afresh for each run. */
function program(): StackSettings["program"] {
  const file = join(__dirname, "..", "..", "examples", "aks", "index.js");
  const load = createRequire(__filename);
  return async () => {
    for (const path of Object.keys(load.cache)) if (!path.includes("node_modules")) delete load.cache[path];
    return { ...(load(file) as Record<string, unknown>) };
  };
}

export async function openVerification({
  location,
  account,
  ranges,
}: Pick<VerifyOptions, "location" | "account" | "ranges">): Promise<OpenStack> {
  return openStack({
    ...place,
    engine: await engineAt("pulumi"),
    program: program(),
    environment: {},
    config: {
      [`${project}:location`]: location,
      [`${project}:storageAccount`]: account,
      [`${project}:authorizedRanges`]: JSON.stringify(ranges),
      // Nothing is to be left behind.
      [`${project}:protectCluster`]: "false",
    },
  });
}
