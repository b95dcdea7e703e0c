import type { LocalReference, ObjectMeta } from "./object";

/** A database inside a Cluster: `kind: Database` of `postgresql.cnpg.io/v1`. Adopts a database that exists. */
export interface DatabaseObject {
  apiVersion?: "postgresql.cnpg.io/v1";
  kind?: "Database";
  metadata: ObjectMeta;
  spec?: DatabaseSpec;
  status?: DatabaseStatus;
}

/** Members marked immutable are refused by the API server when changed; the rest is applied with ALTER DATABASE. */
export interface DatabaseSpec {
  /** Immutable. */
  cluster: LocalReference;
  /** Immutable; not postgres, template0, template1. One object per name: a second one's deletion drops the first one's database. */
  name: string;
  /** Role that exists. */
  owner: string;
  /** @default present */
  ensure?: Ensure;
  /** Whether the database is dropped with this object. @default retain */
  databaseReclaimPolicy?: ReclaimPolicy;
  /** Immutable. */
  template?: string;
  /** Immutable. */
  encoding?: string;
  /** Immutable. */
  locale?: string;
  /** Immutable. */
  localeCollate?: string;
  /** Immutable. */
  localeCType?: string;
  /** Immutable; `libc`, `icu` or `builtin`. */
  localeProvider?: string;
  /** Immutable; only with provider `icu`. */
  icuLocale?: string;
  /** Immutable; only with provider `icu`. */
  icuRules?: string;
  /** Immutable; only with provider `builtin`. */
  builtinLocale?: string;
  /** Immutable. */
  collationVersion?: string;
  /** @default -1, no limit */
  connectionLimit?: number;
  allowConnections?: boolean;
  isTemplate?: boolean;
  tablespace?: string;
  /** Unique names. */
  extensions?: DatabaseExtension[];
  /** Unique names. */
  schemas?: DatabaseSchema[];
  /** Foreign data wrappers; unique names. */
  fdws?: ForeignDataWrapper[];
  /** Foreign servers; each names a listed wrapper. */
  servers?: ForeignServer[];
}

export interface DatabaseExtension {
  name: string;
  /** @default the newest the image has */
  version?: string;
  schema?: string;
  /** @default present */
  ensure?: Ensure;
}

export interface DatabaseSchema {
  name: string;
  owner?: string;
  /** @default present */
  ensure?: Ensure;
}

export interface ForeignOption {
  name: string;
  value: string;
  /** @default present */
  ensure?: Ensure;
}

export interface ForeignUsage {
  /** Role. */
  name: string;
  /** `grant` or `revoke`. @default grant */
  type?: string;
}

export interface ForeignDataWrapper {
  name: string;
  handler?: string;
  validator?: string;
  owner?: string;
  options?: ForeignOption[];
  usage?: ForeignUsage[];
  /** @default present */
  ensure?: Ensure;
}

export interface ForeignServer {
  name: string;
  fdw: string;
  options?: ForeignOption[];
  usage?: ForeignUsage[];
  /** @default present */
  ensure?: Ensure;
}

/** What became of one object inside the database. */
export interface DatabaseObjectStatus {
  name: string;
  applied: boolean;
  message?: string;
}

/** `applied` speaks of `observedGeneration`. */
export interface DatabaseStatus {
  applied?: boolean;
  /** Why it was not applied. */
  message?: string;
  observedGeneration?: number;
  extensions?: DatabaseObjectStatus[];
  schemas?: DatabaseObjectStatus[];
  fdws?: DatabaseObjectStatus[];
  servers?: DatabaseObjectStatus[];
}

export const Ensure = { present: "present", absent: "absent" } as const;
export type Ensure = (typeof Ensure)[keyof typeof Ensure];

/** What happens in PostgreSQL when the Kubernetes object is deleted. */
export const ReclaimPolicy = { retain: "retain", delete: "delete" } as const;
export type ReclaimPolicy = (typeof ReclaimPolicy)[keyof typeof ReclaimPolicy];
