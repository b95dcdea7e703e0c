import type { ReclaimPolicy } from "./database";
import type { LocalReference, ObjectMeta } from "./object";

/** A logical publication: `kind: Publication` of `postgresql.cnpg.io/v1`. */
export interface PublicationObject {
  apiVersion?: "postgresql.cnpg.io/v1";
  kind?: "Publication";
  metadata: ObjectMeta;
  spec?: PublicationSpec;
  status?: AppliedStatus;
}

export interface PublicationSpec {
  /** Immutable. */
  cluster: LocalReference;
  /** Name in PostgreSQL; immutable. */
  name: string;
  /** Immutable. */
  dbname: string;
  /** What is published; exactly one member. `allTables` is immutable. */
  target: { allTables?: boolean; objects?: PublicationTarget[] };
  /** Options of CREATE PUBLICATION, for example `publish`. */
  parameters?: Record<string, string>;
  /** @default retain */
  publicationReclaimPolicy?: ReclaimPolicy;
}

/** One table or all tables of a schema. */
export interface PublicationTarget {
  table?: { name: string; schema?: string; columns?: string[]; only?: boolean };
  tablesInSchema?: string;
}

/** Whether the object was applied; speaks of `observedGeneration`. */
export interface AppliedStatus {
  applied?: boolean;
  message?: string;
  observedGeneration?: number;
}
