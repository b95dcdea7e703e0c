import * as pulumi from "@pulumi/pulumi";
import { ArgumentError } from "../argument-error";
import type { ApplicationChildren } from "./children";
import type { ByProviderOptions } from "./provider/database";

/**
 * What resources of Pulumi's provider of the server are made with; the provider is given to the component by `opts.providers`.
 * @throws ArgumentError where there is none: a default one would look for a server on this machine
 */
export function serverOptions(
  component: string,
  children: ApplicationChildren,
  needs: pulumi.Resource[] = [],
): ByProviderOptions {
  const { parent, dependsOn } = children.options(needs);
  const provider = parent?.getProvider("postgresql:index/role:Role");
  if (provider !== undefined)
    return { parent, provider, dependsOn: dependsOn as pulumi.Input<pulumi.Resource>[] };
  throw new ArgumentError({
    component,
    resource: children.name,
    argument: "opts.providers",
    problem: 'has no provider "postgresql", and the database is made through it.',
    remedy: "Give { providers: { postgresql: postgresqlProvider(…) } }: see docs/application-provider.md.",
  });
}

/** The password, which makes what is made with it depend on what `waits` depends on: names are known before anything is there. */
export function waitingPassword(
  password: pulumi.Output<string>,
  waits: pulumi.Output<unknown>,
): pulumi.Output<string> {
  return pulumi.secret(pulumi.all([password, waits]).apply(([known]) => known));
}
