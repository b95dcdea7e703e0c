import type { ResourceRequirements } from "../../cnpg/pod";

/** What others need to know of a place for backups. Holds no secret. */
export interface BackupStoreReference {
  /** Name of the ObjectStore. */
  name: string;
  /** Name of the ObjectStore that recoveries read from: the same place, with more memory for the container. @default `name` */
  restoreName?: string;
  /** Namespace of the ObjectStore: that of the instances that use it. */
  namespace: string;
  /** Secrets with the credentials, which those who read the archive must be allowed to read. Empty for an identity of the cloud. */
  secrets: string[];
  /** Days back from now in which every moment can be restored. */
  recoveryWindowDays: number;
  /** CPU and memory of the container that archives, in each pod of the instances that use the store. */
  sidecar?: ResourceRequirements;
  /**
   * A text that changes with every change that restarts the pods. Nobody tells CloudNativePG of a changed ObjectStore: with the text in an
   * annotation of the Cluster, the restart belongs to the update that asked for it.
   */
  rollout?: string;
  /** Annotations by which a ServiceAccount gets the identity of the cloud, where there is one. */
  serviceAccountAnnotations?: Record<string, string>;
  /** Labels by which a pod gets that identity. */
  podLabels?: Record<string, string>;
}
