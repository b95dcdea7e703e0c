import type * as pulumi from "@pulumi/pulumi";

/** What storage needs to know of an identity, to let it in. */
export interface IdentityReference {
  /** Client id, by which pods ask for its tokens. */
  clientId: pulumi.Input<string>;
  /** Object id, to which roles are assigned. */
  principalId: pulumi.Input<string>;
  /** Tenant. */
  tenantId: pulumi.Input<string>;
}
