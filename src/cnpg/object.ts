/** Metadata of a Kubernetes object, as far as CloudNativePG objects use it. */
export interface ObjectMeta {
  /** Name inside the namespace. */
  name?: string;
  namespace?: string;
  /** Set by the API server; a new object of the same name has a new one. */
  uid?: string;
  labels?: Record<string, string>;
  annotations?: Record<string, string>;
  /** RFC 3339 time of creation, set by the API server. */
  creationTimestamp?: string;
  /** RFC 3339 time of the delete request; set while finalizers hold the object. */
  deletionTimestamp?: string;
  /** Counts changes of `spec`. Cluster has no matching `observedGeneration`. */
  generation?: number;
  resourceVersion?: string;
  finalizers?: string[];
  ownerReferences?: OwnerReference[];
}

/** The object whose deletion deletes this one. */
export interface OwnerReference {
  apiVersion: string;
  kind: string;
  name: string;
  uid: string;
  controller?: boolean;
  blockOwnerDeletion?: boolean;
}

/** Labels and annotations handed on to generated objects. */
export interface EmbeddedMetadata {
  labels?: Record<string, string>;
  annotations?: Record<string, string>;
}

/** Metadata of an object generated from a template. */
export interface TemplateMetadata extends EmbeddedMetadata {
  /** Name of the generated object, where the template allows one. */
  name?: string;
}

/** An object of the same namespace, by name. */
export interface LocalReference {
  name: string;
}

/** One key of a Secret or ConfigMap of the same namespace. */
export interface KeySelector {
  /** Name of the Secret or ConfigMap. */
  name: string;
  key: string;
}

/** One key of a Secret that may be absent. */
export interface OptionalKeySelector extends KeySelector {
  /** When true, a missing Secret or key is no error. */
  optional?: boolean;
}

/** An object of the same namespace, by group, kind and name. */
export interface TypedReference {
  /** API group; empty for the core group. */
  apiGroup?: string;
  kind: string;
  name: string;
}

/** A condition in the form all Kubernetes objects share. */
export interface Condition {
  type: string;
  /** `True`, `False` or `Unknown`. */
  status: string;
  /** One CamelCase word. */
  reason: string;
  message: string;
  /** RFC 3339 time of the last change of `status`. */
  lastTransitionTime: string;
  /** Generation of the object the condition speaks of. CloudNativePG does not set it on Cluster. */
  observedGeneration?: number;
}

/** A manifest of any kind. */
export interface Manifest {
  apiVersion: string;
  kind: string;
  metadata: ObjectMeta;
  [field: string]: unknown;
}

/** API version of all kinds of the operator. */
export const cnpgApiVersion = "postgresql.cnpg.io/v1";
/** API version of the Barman Cloud plugin's kinds. */
export const barmanCloudApiVersion = "barmancloud.cnpg.io/v1";
