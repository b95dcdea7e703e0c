import type * as pulumi from "@pulumi/pulumi";

/** What identities, storage and exposure need to know of a platform. It can be written by hand for a platform of another stack. */
export interface PlatformReference {
  /** Region. */
  location: pulumi.Input<string>;
  /** Resource group of the cluster. */
  resourceGroupName: pulumi.Input<string>;
  /** Issuer of the tokens of its ServiceAccounts. */
  oidcIssuerUrl: pulumi.Input<string>;
}
