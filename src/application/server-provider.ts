import type * as pulumi from "@pulumi/pulumi";
import { ArgumentError } from "../argument-error";

/**
 * Pulumi's provider of the server, which a component gets by `opts.providers`.
 * @throws ArgumentError where there is none: a default one would look for a server on this machine
 */
export function serverProvider(
  component: string,
  resource: string,
  parent: pulumi.Resource,
): pulumi.ProviderResource {
  const provider = parent.getProvider("postgresql:index/role:Role");
  if (provider !== undefined) return provider;
  throw new ArgumentError({
    component,
    resource,
    argument: "opts.providers",
    problem: 'has no provider "postgresql", and the database is made through it.',
    remedy: "Give { providers: { postgresql: postgresqlProvider(…) } }: see docs/application-provider.md.",
  });
}
