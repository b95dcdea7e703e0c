/** `status.phase` of a Cluster. The operator may write further, free texts: treat unknown ones as "something is going on". */
export const ClusterPhase = {
  /** Nothing to do; condition Ready is true in this phase and in no other. */
  healthy: "Cluster in healthy state",
  /** The first instance is being made. */
  firstPrimary: "Setting up primary",
  /** A standby is being made. */
  creatingReplica: "Creating a new replica",
  /** Pods exist, but not all are ready. */
  waitingForInstances: "Waiting for the instances to become active",
  /** Changed parameters reach the pods. */
  applyingConfiguration: "Applying configuration",
  /** Pods are being rolled. */
  upgrading: "Upgrading cluster",
  /** The rollout waits for the operator's rollout delay. */
  upgradeDelayed: "Cluster upgrade delayed",
  /** Offline upgrade to a newer PostgreSQL major; all pods are down. */
  majorUpgrade: "Upgrading Postgres major version",
  /** The instance manager is replaced inside running pods. */
  onlineUpgrade: "Online upgrade in progress",
  /** PostgreSQL restarts inside the primary's pod. */
  primaryRestartInPlace: "Primary instance is being restarted in-place",
  /** The primary's pod is replaced without a switchover. */
  primaryRestartWithoutSwitchover: "Primary instance is being restarted without a switchover",
  /** Planned change of the primary. */
  switchover: "Switchover in progress",
  /** Unplanned change of the primary. */
  failover: "Failing over",
  /** A replica cluster becomes primary. */
  promotingReplicaCluster: "Promoting to primary cluster",
  /** Supervised strategy: a person has to update the primary. */
  waitingForUser: "Waiting for user action",
  /** A volume is full; PostgreSQL is stopped until the volume grows. */
  notEnoughDiskSpace: "Not enough disk space",
  /** Ready pods do not answer the operator; often a NetworkPolicy. */
  statusUnreachable: "Instance Status Extraction Error: HTTP communication issue",
  /** Refused definition that passed the webhook by. */
  definitionInvalid: "Invalid cluster definition",
  /** Services, Secrets or other objects could not be made. */
  cannotCreateObjects: "Unable to create required cluster objects",
  /** The catalog is missing or has no entry for the major. */
  imageCatalogError: "Cluster has incomplete or invalid image catalog",
  /** A plugin in `spec.plugins` is not installed, or not yet. */
  unknownPlugin: "Cluster cannot proceed to reconciliation due to an unknown plugin being required",
  /** A plugin answered with an error. */
  pluginFailure: "Cluster cannot proceed to reconciliation due to an error while interacting with plugins",
  /** The operator's image has no binary for the pods' architecture. */
  architectureBinaryMissing:
    "Cluster cannot execute instance online upgrade due to missing architecture binary",
  /** All volumes are lost, no pod gets active, or the Job that makes an instance has failed; the others may still serve. */
  unrecoverable: "Cluster is unrecoverable and needs manual intervention",
} as const;
export type ClusterPhase = (typeof ClusterPhase)[keyof typeof ClusterPhase];

/** Phases the operator does not leave until a person changes something. */
export const blockedPhases: readonly string[] = [
  ClusterPhase.definitionInvalid,
  ClusterPhase.cannotCreateObjects,
  ClusterPhase.imageCatalogError,
  ClusterPhase.architectureBinaryMissing,
  ClusterPhase.unrecoverable,
];

/** `type` of the conditions of a Cluster. */
export const ClusterCondition = {
  /** True in phase {@link ClusterPhase.healthy}. Kept from before a change until the operator has seen the change. */
  ready: "Ready",
  /** Since 1.30: true from the first running instance on, for ever. */
  initialized: "Initialized",
  /** Whether the last WAL file was archived. Absent without archive. */
  continuousArchiving: "ContinuousArchiving",
  /** Whether the last backup succeeded. Not kept for plugin backups: look at Backup objects. */
  lastBackupSucceeded: "LastBackupSucceeded",
  /** Whether all instances hold the same server's data. */
  consistentSystemID: "ConsistentSystemID",
  /** Present while hibernation is asked for; true once no pod is left. */
  hibernation: "cnpg.io/hibernation",
} as const;
export type ClusterCondition = (typeof ClusterCondition)[keyof typeof ClusterCondition];

/** `reason` of condition {@link ClusterCondition.hibernation}. */
export const HibernationReason = {
  hibernated: "Hibernated",
  deletingPods: "DeletingPods",
  waitingPodsDeletion: "WaitingPodsDeletion",
  /** Hibernation is deferred until the Cluster is healthy. */
  waitingForHealthy: "WaitingForHealthy",
  wrongAnnotationValue: "WrongAnnotationValue",
} as const;
export type HibernationReason = (typeof HibernationReason)[keyof typeof HibernationReason];

/** `status.phase` of a Backup. */
export const BackupPhase = {
  /** Waits for another backup or for an instance. */
  pending: "pending",
  started: "started",
  running: "running",
  /** Volume snapshots only: taken, not yet ready to use. */
  finalizing: "finalizing",
  /** Final. */
  completed: "completed",
  /** Final. */
  failed: "failed",
  /** Retried: the archive does not take WAL, so the backup could not be restored. */
  walArchivingFailing: "walArchivingFailing",
  /** Final: refused definition. */
  definitionInvalid: "invalid backup definition",
} as const;
export type BackupPhase = (typeof BackupPhase)[keyof typeof BackupPhase];

/** `status.phase` of a Pooler. */
export const PoolerPhase = {
  active: "active",
  paused: "paused",
  inactive: "inactive",
  failed: "failed",
} as const;
export type PoolerPhase = (typeof PoolerPhase)[keyof typeof PoolerPhase];
