import type { ReclaimPolicy } from "./database";
import type { LocalReference, ObjectMeta } from "./object";
import type { AppliedStatus } from "./publication";

/** A logical subscription: `kind: Subscription` of `postgresql.cnpg.io/v1`. */
export interface SubscriptionObject {
  apiVersion?: "postgresql.cnpg.io/v1";
  kind?: "Subscription";
  metadata: ObjectMeta;
  spec?: SubscriptionSpec;
  status?: AppliedStatus;
}

export interface SubscriptionSpec {
  /** Immutable. */
  cluster: LocalReference;
  /** Name in PostgreSQL; immutable. */
  name: string;
  /** Immutable. */
  dbname: string;
  /** Publisher, a name in the Cluster's `externalClusters`. */
  externalClusterName: string;
  publicationName: string;
  /** Database of the publisher. @default the external cluster's `dbname` */
  publicationDBName?: string;
  /** Options of CREATE SUBSCRIPTION, for example `copy_data`. */
  parameters?: Record<string, string>;
  /** @default retain */
  subscriptionReclaimPolicy?: ReclaimPolicy;
}
