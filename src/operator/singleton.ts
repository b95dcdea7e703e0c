import * as pulumi from "@pulumi/pulumi";
import { ArgumentError } from "../argument-error";

// Every run of a program has a monitor of its own, also where one process runs several programs.
const claims = new WeakMap<object, Map<pulumi.ProviderResource | undefined, string>>();

/**
 * Notes that a component installs the operator in the cluster of its provider.
 * @throws ArgumentError when another component of the program does so already
 */
export function claimCluster(resource: string, opts: pulumi.ComponentResourceOptions): void {
  const program = pulumi.runtime.getMonitor();
  if (program === undefined) return;
  const claimed = claims.get(program) ?? new Map<pulumi.ProviderResource | undefined, string>();
  claims.set(program, claimed);
  const provider = kubernetesProvider(opts);
  const other = claimed.get(provider);
  if (other !== undefined) {
    throw new ArgumentError({
      component: "CnpgOperator",
      resource,
      argument: "opts.provider",
      problem:
        `is the same as that of CnpgOperator "${other}", and one cluster can have one operator only: ` +
        "custom resource definitions and webhooks belong to the whole cluster.",
      remedy: "Use the other component, or give this one the provider of another cluster.",
    });
  }
  claimed.set(provider, resource);
}

/** The explicit provider the children will get; undefined is the default provider. */
function kubernetesProvider(opts: pulumi.ComponentResourceOptions): pulumi.ProviderResource | undefined {
  const { provider, providers, parent } = opts;
  const given = [...(provider === undefined ? [] : [provider]), ...Object.values(providers ?? {})];
  return given.find(isKubernetes) ?? parent?.getProvider("kubernetes:core/v1:Namespace");
}

function isKubernetes(provider: pulumi.ProviderResource): boolean {
  const { pkg } = provider as pulumi.ProviderResource & { pkg?: string };
  return pkg === "kubernetes";
}
