/** What others need to know of a place for backups. Holds no secret. */
export interface BackupStoreReference {
  /** Name of the ObjectStore. */
  name: string;
  /** Namespace of the ObjectStore: that of the instances that use it. */
  namespace: string;
  /** Secrets with the credentials, which those who read the archive must be allowed to read. Empty for an identity of the cloud. */
  secrets: string[];
  /** Days back from now in which every moment can be restored. */
  recoveryWindowDays: number;
  /** Annotations by which a ServiceAccount gets the identity of the cloud, where there is one. */
  serviceAccountAnnotations?: Record<string, string>;
  /** Labels by which a pod gets that identity. */
  podLabels?: Record<string, string>;
}
