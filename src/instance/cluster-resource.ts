import * as apiextensions from "@pulumi/kubernetes/apiextensions";
import type * as pulumi from "@pulumi/pulumi";
import type { ClusterSpec, ClusterStatus } from "../cnpg/cluster";
import { cnpgApiVersion } from "../cnpg/object";

/** A Cluster of CloudNativePG as a resource. */
export class Cluster extends apiextensions.CustomResource {
  declare readonly spec: pulumi.Output<ClusterSpec | undefined>;
  declare readonly status: pulumi.Output<ClusterStatus | undefined>;

  constructor(name: string, args: object, opts: pulumi.CustomResourceOptions) {
    // The undefined members make the SDK resolve what the provider returns for them.
    super(
      name,
      { apiVersion: cnpgApiVersion, kind: "Cluster", spec: undefined, ...args, status: undefined },
      opts,
    );
  }
}
