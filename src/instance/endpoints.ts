import * as core from "@pulumi/kubernetes/core/v1";
import { NetworkPolicy } from "@pulumi/kubernetes/networking/v1";
import * as pulumi from "@pulumi/pulumi";
import { merge } from "../merge";
import { Exposure } from "./args";
import type { InstanceContext } from "./children";
import { networkPolicy, poolerNetworkPolicy } from "./network-policy";
import { services } from "./services";

export interface Endpoints {
  primary: core.Service;
  external?: core.Service;
  address: pulumi.Output<string | undefined>;
  all: core.Service[];
}

export function makeServices(context: InstanceContext, dependsOn: pulumi.Resource[]): Endpoints {
  const { children, name, args, instance } = context;
  const suffix: Record<string, string> = {
    [instance.names.service]: "service",
    [instance.names.readOnlyService]: "service-ro",
    [instance.names.anyService]: "service-r",
    [instance.names.externalService]: "service-external",
  };
  const all = services(instance, args).map(service =>
    children.make(
      "service",
      core.Service,
      `${name}-${suffix[service.metadata.name]}`,
      merge(service, args.overrides?.service),
      {
        dependsOn,
      },
    ),
  );
  const external = instance.exposure === Exposure.LoadBalancer ? all[all.length - 1] : undefined;
  const address = external?.status.apply(status => {
    const ingress = status?.loadBalancer?.ingress?.[0];
    return ingress?.ip ?? ingress?.hostname;
  });
  return {
    primary: all[0] as core.Service,
    external,
    address: address ?? pulumi.output<string | undefined>(undefined),
    all,
  };
}

/** The NetworkPolicies, where clients are named. */
export function makeNetworkPolicy(
  { children, name, args, instance }: InstanceContext,
  dependsOn: pulumi.Resource[],
): void {
  const policies = {
    "network-policy": networkPolicy(instance, args),
    "pooler-network-policy": poolerNetworkPolicy(instance, args),
  };
  for (const [suffix, policy] of Object.entries(policies)) {
    if (policy === undefined) continue;
    children.make("networkPolicy", NetworkPolicy, `${name}-${suffix}`, policy, { dependsOn });
  }
}
