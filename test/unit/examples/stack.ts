import { createRequire } from "node:module";
import { resolve } from "node:path";
import * as pulumi from "@pulumi/pulumi";
import { startAzureMocks } from "../azure/azure";
import type { MockOptions, MockRecorder } from "../mocks";
import { fixtureManifests } from "../operator/fixtures";

// A program is loaded afresh for each run, which only require can do.
const load = createRequire(__filename);
const examples = resolve(__dirname, "../../../examples");

/** What a stack of an example came to. */
export interface Stack {
  recorder: MockRecorder;
  outputs: Record<string, pulumi.Output<unknown>>;
}

/** Password and certificates that Kubernetes and the providers answer with. */
function answers({ type, id }: pulumi.runtime.MockResourceArgs): Record<string, unknown> | undefined {
  const text = Buffer.from("secret").toString("base64");
  switch (type) {
    case "random:index/randomPassword:RandomPassword":
      return { result: "secret" };
    case "kubernetes:core/v1:Secret":
      return id === undefined || id === "" ? undefined : { data: { password: text, "tls.crt": text } };
    case "kubernetes:core/v1:ConfigMap":
      return id === undefined || id === "" ? undefined : { data: { "ca.crt": "certificate" } };
    case "kubernetes:postgresql.cnpg.io/v1:Cluster":
      return { status: { timelineID: 1, readyInstances: 1 } };
    default:
      return undefined;
  }
}

/** Runs the program that `pulumi up` runs in the folder of an example. */
export async function runExample(
  name: string,
  config: Record<string, unknown>,
  options: MockOptions = {},
): Promise<Stack> {
  const project = `pulumi-cnpg-${name}`;
  const recorder = await startAzureMocks({ project, stack: "dev", outputs: answers, ...options });
  const values = { manifest: fixtureManifests(), ...config };
  pulumi.runtime.setAllConfig(
    Object.fromEntries(
      Object.entries(values).map(([key, value]) => [
        `${project}:${key}`,
        typeof value === "string" ? value : JSON.stringify(value),
      ]),
    ),
  );
  const file = resolve(examples, name, "index.js");
  delete load.cache[file];
  try {
    const outputs = load(file) as Stack["outputs"];
    await recorder.settled(20_000);
    return { recorder, outputs };
  } finally {
    delete load.cache[file];
    pulumi.runtime.setAllConfig({});
  }
}

/** Configuration of examples/aks as its README has it. */
export const aksConfig = {
  storageAccount: "shopbackups",
  authorizedRanges: ["203.0.113.0/24"],
};
