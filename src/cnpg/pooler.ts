import type { ServiceSelector } from "./cluster";
import type { LocalReference, ObjectMeta } from "./object";
import type { PodTemplate, ServiceTemplate } from "./pod";

/** PgBouncer before a Cluster: `kind: Pooler` of `postgresql.cnpg.io/v1`. Survives the Cluster's deletion. */
export interface PoolerObject {
  apiVersion?: "postgresql.cnpg.io/v1";
  kind?: "Pooler";
  metadata: ObjectMeta;
  spec?: PoolerSpec;
  status?: PoolerStatus;
}

export interface PoolerSpec {
  /** Immutable; the Pooler's own name must differ from it. */
  cluster: LocalReference;
  /** @default rw */
  type?: ServiceSelector;
  /** Number of PgBouncer pods. @default 1 */
  instances?: number;
  pgbouncer: PgBouncerSpec;
  /** Pod template; PgBouncer's container is named `pgbouncer`. A change rolls the pods. */
  template?: PodTemplate;
  /** No name, no selector. */
  serviceTemplate?: ServiceTemplate;
  deploymentStrategy?: {
    type?: string;
    rollingUpdate?: { maxSurge?: number | string; maxUnavailable?: number | string };
  };
  monitoring?: { tls?: { enabled?: boolean } };
  /** Immutable. */
  serviceAccountName?: string;
}

export interface PgBouncerSpec {
  /** @default session */
  poolMode?: PoolMode;
  /** PgBouncer settings from the operator's list of allowed ones, as strings. */
  parameters?: Record<string, string>;
  pg_hba?: string[];
  /** PAUSE: waits for servers to be released and holds clients. @default false */
  paused?: boolean;
  authQuery?: string;
  /** Excluded by automatic integration, which is used when absent. */
  authQuerySecret?: LocalReference;
  clientTLSSecret?: LocalReference;
  clientCASecret?: LocalReference;
  serverTLSSecret?: LocalReference;
  serverCASecret?: LocalReference;
  /** Excludes `imageCatalogRef`. */
  image?: string;
  imageCatalogRef?: { apiGroup?: string; kind: string; name: string; key?: string };
}

export interface PoolerStatus {
  /** `active`, `paused`, `inactive` or `failed`. */
  phase?: string;
  phaseReason?: string;
  error?: string;
  instances?: number;
  image?: string;
}

/** When a server connection goes back to the pool. */
export const PoolMode = {
  /** When the client disconnects: everything works as without a pooler. */
  session: "session",
  /** After each transaction: many clients share few connections; what belongs to a session is lost between transactions. */
  transaction: "transaction",
} as const;
export type PoolMode = (typeof PoolMode)[keyof typeof PoolMode];
