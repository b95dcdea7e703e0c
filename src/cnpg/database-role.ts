import type { ReclaimPolicy } from "./database";
import type { Condition, LocalReference, ObjectMeta } from "./object";

/** A role of a Cluster: `kind: DatabaseRole` of `postgresql.cnpg.io/v1`, since 1.30. Adopting a role resets attributes left out. */
export interface DatabaseRoleObject {
  apiVersion?: "postgresql.cnpg.io/v1";
  kind?: "DatabaseRole";
  metadata: ObjectMeta;
  spec?: DatabaseRoleSpec;
  status?: DatabaseRoleStatus;
}

/** All but `cluster` and `name` are applied with ALTER ROLE. */
export interface DatabaseRoleSpec {
  /** Immutable. */
  cluster: LocalReference;
  /** Immutable; not postgres, streaming_replica, `pg_*`, `cnpg_*`. */
  name: string;
  comment?: string;
  login?: boolean;
  superuser?: boolean;
  createdb?: boolean;
  createrole?: boolean;
  /** @default true */
  inherit?: boolean;
  replication?: boolean;
  bypassrls?: boolean;
  /** @default -1, no limit */
  connectionLimit?: number;
  /** RFC 3339 time after which the password no longer works. */
  validUntil?: string;
  inRoles?: string[];
  /** Basic-auth Secret; excludes `disablePassword`. */
  passwordSecret?: LocalReference;
  disablePassword?: boolean;
  /** Issues a client certificate into Secret `<object>-client-cert`; needs `login`. */
  clientCertificate?: { enabled?: boolean };
  /** Whether the role is dropped with this object; a role that owns objects keeps it Terminating. @default retain */
  databaseRoleReclaimPolicy?: ReclaimPolicy;
}

export interface DatabaseRoleStatus {
  applied?: boolean;
  message?: string;
  observedGeneration?: number;
  conditions?: Condition[];
  clientCertificate?: { expiration?: string; message?: string };
  secretResourceVersion?: string;
}
