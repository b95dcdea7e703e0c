import type {
  Condition,
  EmbeddedMetadata,
  KeySelector,
  LocalReference,
  ObjectMeta,
  OptionalKeySelector,
  TemplateMetadata,
  TypedReference,
} from "./object";
import type {
  EnvFromSource,
  EnvVar,
  LabelSelector,
  NodeAffinity,
  PodAffinityTerms,
  ResourceRequirements,
  ServiceTemplate,
  Toleration,
  TopologySpreadConstraint,
} from "./pod";
import type { BackupTarget } from "./backup";
import type { ExtensionImage } from "./image-catalog";

/** A PostgreSQL primary with its standbys: `kind: Cluster` of `postgresql.cnpg.io/v1`. */
export interface ClusterObject {
  apiVersion?: "postgresql.cnpg.io/v1";
  kind?: "Cluster";
  metadata: ObjectMeta;
  spec?: ClusterSpec;
  status?: ClusterStatus;
}

/**
 * What a Cluster should be.
 * Said of a change: *reload* – applied without interruption; *restart* – PostgreSQL restarts, standbys first;
 * *rollout* – pods are replaced one by one, the primary last; *immutable* – refused by the API server or the webhook.
 */
export interface ClusterSpec {
  /** Number of pods: one primary and the rest standbys; at least 1. A change adds or removes standbys (their volumes with them). */
  instances: number;
  /** Free text; a change does nothing. */
  description?: string;
  /** Labels and annotations of every object generated for this Cluster; a change patches them. */
  inheritedMetadata?: EmbeddedMetadata;
  /**
   * Image of PostgreSQL. Its tag begins with the PostgreSQL version; excludes `imageCatalogRef`.
   * A change is a rollout; to a newer major (at least 16) an offline upgrade; to an older major it is refused.
   */
  imageName?: string;
  /** Entry of an image catalog; excludes `imageName`. A change of the entry is a rollout of every Cluster that uses it. */
  imageCatalogRef?: ClusterImageCatalogReference;
  /** `Always`, `IfNotPresent` or `Never`. A change is a rollout. */
  imagePullPolicy?: string;
  /** Secrets with registry credentials. A change is a rollout. */
  imagePullSecrets?: LocalReference[];
  /** Volume of PGDATA (and of WAL unless `walStorage` is set). Grows, never shrinks. */
  storage?: StorageConfiguration;
  /** Volume of its own for WAL. Can be added later (rollout), never removed; grows, never shrinks. */
  walStorage?: StorageConfiguration;
  /** Tablespaces with volumes of their own. Can be added, never removed. */
  tablespaces?: Tablespace[];
  /** Limits of the memory and temporary volumes of a pod. A change is a rollout. */
  ephemeralVolumesSizeLimit?: {
    /** Size of `/dev/shm`, a quantity. */
    shm?: number | string;
    /** Size of the temporary data volume, a quantity; excludes `ephemeralVolumeSource`. */
    temporaryData?: number | string;
  };
  /** Volume claim for temporary data instead of an emptyDir. A change is a rollout. */
  ephemeralVolumeSource?: Record<string, unknown>;
  /** Where the first data comes from; exactly one member. Read at creation only, later changes do nothing. */
  bootstrap?: Bootstrap;
  /** Other servers that bootstrap, replica or subscriptions refer to; unique names. */
  externalClusters?: ExternalCluster[];
  /** Makes this Cluster a replica of another. A change promotes or demotes it. */
  replica?: ReplicaConfiguration;
  /** Server configuration. */
  postgresql?: PostgresConfiguration;
  /** Physical replication slots of the standbys. */
  replicationSlots?: ReplicationSlots;
  /** Allows the superuser to log in with a password. A change is applied without restart. @default false */
  enableSuperuserAccess?: boolean;
  /** Basic-auth Secret of the superuser; generated when absent. Its new password is applied when labelled `cnpg.io/reload`. */
  superuserSecret?: LocalReference;
  /** Roles and Services the operator keeps as declared. */
  managed?: ManagedConfiguration;
  /** Certificates brought by the user; those absent are generated and renewed by the operator. */
  certificates?: CertificatesConfiguration;
  /** Where backups are taken and how volume snapshots are made. */
  backup?: ClusterBackupConfiguration;
  /** CNPG-I plugins; at most one archives WAL. A change is a rollout. */
  plugins?: PluginConfiguration[];
  /** Metrics of the pods. */
  monitoring?: MonitoringConfiguration;
  /** Which nodes pods run on. A change is a rollout. */
  affinity?: AffinityConfiguration;
  /** How pods spread over zones. A change is a rollout. */
  topologySpreadConstraints?: TopologySpreadConstraint[];
  schedulerName?: string;
  priorityClassName?: string;
  /** Resources of the PostgreSQL container; requests must not exceed limits. A change is a rollout. */
  resources?: ResourceRequirements;
  /** Environment of the PostgreSQL container; not `PG*`, `CNPG_*`, `POD_NAME`, `NAMESPACE`, `CLUSTER_NAME`. A change is a rollout. */
  env?: EnvVar[];
  envFrom?: EnvFromSource[];
  /** Projected volume mounted at `/projected`. A change is a rollout. */
  projectedVolumeTemplate?: Record<string, unknown>;
  podSecurityContext?: Record<string, unknown>;
  securityContext?: Record<string, unknown>;
  seccompProfile?: { type: string; localhostProfile?: string };
  /** User id of PostgreSQL; immutable. @default 26 */
  postgresUID?: number;
  /** Group id of PostgreSQL; immutable. @default 26 */
  postgresGID?: number;
  /** ServiceAccount that exists already; immutable; excludes `serviceAccountTemplate`. @default one named like the Cluster is made */
  serviceAccountName?: string;
  /** Metadata of the generated ServiceAccount. */
  serviceAccountTemplate?: { metadata: TemplateMetadata };
  /** Pods that `pg_hba` may name as `${podselector:<name>}`; unique names. */
  podSelectorRefs?: { name: string; selector: LabelSelector }[];
  /** Startup, readiness and liveness probes. A change is a rollout. */
  probes?: Probes;
  /** Seconds after which a failing liveness probe restarts a pod. @default 30 */
  livenessProbeTimeout?: number;
  /** How the primary is updated, after the standbys. @default restart */
  primaryUpdateMethod?: PrimaryUpdateMethod;
  /** Whether the primary is updated without asking. `supervised` needs more than one instance. @default unsupervised */
  primaryUpdateStrategy?: PrimaryUpdateStrategy;
  /** Times of the Lease that only the primary holds. */
  primaryLease?: PrimaryLease;
  /** Seconds a pod may take to start. @default 3600 */
  startDelay?: number;
  /** Seconds a pod may take to stop. @default 1800 */
  stopDelay?: number;
  /** Seconds of `stopDelay` kept for a smart shutdown, which waits for clients. @default 180 */
  smartShutdownTimeout?: number;
  /** Seconds the old primary may take to stop in a switchover. @default 3600 */
  switchoverDelay?: number;
  /** Seconds an unready primary is given before failover. @default 0 */
  failoverDelay?: number;
  /** Whether PodDisruptionBudgets are made. With one instance a budget blocks every node drain. @default true */
  enablePDB?: boolean;
  /** Announces node maintenance. */
  nodeMaintenanceWindow?: {
    /** @default false */
    inProgress?: boolean;
    /** Waits for the node to come back instead of making new volumes. @default true */
    reusePVC?: boolean;
  };
  /** `error`, `warning`, `info`, `debug` or `trace`. A change is a rollout. @default info */
  logLevel?: string;
}

/** Entry of a catalog used by a Cluster. */
export interface ClusterImageCatalogReference {
  /** @default postgresql.cnpg.io */
  apiGroup?: string;
  /** `ImageCatalog` or `ClusterImageCatalog`. */
  kind: string;
  name: string;
  /** PostgreSQL major. A greater one is a major upgrade. */
  major: number;
}

/** A volume; `size` or `pvcTemplate` is required. */
export interface StorageConfiguration {
  /** Quantity, for example `10Gi`. Grows, never shrinks. */
  size?: string;
  /** Immutable for volumes that exist; new instances use the new class. @default the cluster's default class */
  storageClass?: string;
  /** Whether volumes in use are grown when `size` grows. @default true */
  resizeInUseVolumes?: boolean;
  /** PersistentVolumeClaim specification; `size` and `storageClass` win over it. */
  pvcTemplate?: Record<string, unknown>;
}

/** A tablespace on a volume of its own. */
export interface Tablespace {
  /** Unique without regard to case; immutable. */
  name: string;
  storage: StorageConfiguration;
  /** Role that owns the tablespace. @default postgres */
  owner?: { name?: string };
  /** Whether it is listed in `temp_tablespaces`. @default false */
  temporary?: boolean;
}

/** Where the first data comes from; exactly one member. */
export interface Bootstrap {
  /** A new, empty server. */
  initdb?: BootstrapInitDb;
  /** A backup or volume snapshots. */
  recovery?: BootstrapRecovery;
  /** A physical copy of a running server. */
  pg_basebackup?: BootstrapBaseBackup;
}

/** The application's database, its owner and the owner's Secret. */
export interface BootstrapApplication {
  /** @default app for initdb */
  database?: string;
  /** Both or neither of `database` and `owner` are given. @default the database's name */
  owner?: string;
  /** Basic-auth Secret of the owner. Without it a Secret `<cluster>-app` is generated; with it none is. */
  secret?: LocalReference;
}

/** A new, empty server. */
export interface BootstrapInitDb extends BootstrapApplication {
  /** @default false; we always set true */
  dataChecksums?: boolean;
  /** @default UTF8 */
  encoding?: string;
  locale?: string;
  /** @default C */
  localeCollate?: string;
  /** @default C */
  localeCType?: string;
  /** `libc`, `icu` or (17+) `builtin`. */
  localeProvider?: string;
  /** Only with provider `icu`. */
  icuLocale?: string;
  /** Only with provider `icu`. */
  icuRules?: string;
  /** Only with provider `builtin`. */
  builtinLocale?: string;
  /** Megabytes, a power of two from 1 to 1024. @default 16 */
  walSegmentSize?: number;
  /** SQL run as superuser in database `postgres` after initdb. */
  postInitSQL?: string[];
  /** SQL run as superuser in the application's database. */
  postInitApplicationSQL?: string[];
  /** SQL run as superuser in `template1`. */
  postInitTemplateSQL?: string[];
  postInitSQLRefs?: SqlReferences;
  postInitApplicationSQLRefs?: SqlReferences;
  postInitTemplateSQLRefs?: SqlReferences;
  /** Logical import from a running server. */
  import?: LogicalImport;
}

/** SQL kept in Secrets and ConfigMaps; Secrets run first. */
export interface SqlReferences {
  secretRefs?: KeySelector[];
  configMapRefs?: KeySelector[];
}

/** Logical import with pg_dump and pg_restore. */
export interface LogicalImport {
  /** `microservice`: one database into the application's. `monolith`: databases and roles under their names. */
  type: string;
  source: { externalCluster: string };
  databases: string[];
  /** Only with `monolith`. */
  roles?: string[];
  /** Only with `microservice`. */
  postImportApplicationSQL?: string[];
  schemaOnly?: boolean;
  pgDumpExtraOptions?: string[];
  pgRestoreExtraOptions?: string[];
  pgRestorePredataOptions?: string[];
  pgRestoreDataOptions?: string[];
  pgRestorePostdataOptions?: string[];
}

/** Start from a backup or from volume snapshots. */
export interface BootstrapRecovery extends BootstrapApplication {
  /** Name in `externalClusters` of the archive to read. */
  source?: string;
  /** A Backup object of this namespace. */
  backup?: { name: string; endpointCA?: KeySelector };
  /** Snapshots or claims to start from; excludes `backup` and `recoveryTarget.backupID`. */
  volumeSnapshots?: {
    storage: TypedReference;
    walStorage?: TypedReference;
    tablespaceStorage?: Record<string, TypedReference>;
  };
  /** Where replay stops. @default the end of the archive */
  recoveryTarget?: RecoveryTarget;
}

/** Where replay stops; at most one of time, LSN, XID, name, immediate. */
export interface RecoveryTarget {
  /** Base backup to start from; required with name, XID and immediate. */
  backupID?: string;
  /** Timeline: `latest` or a number of at least 1. */
  targetTLI?: string;
  /** RFC 3339 or PostgreSQL timestamp. */
  targetTime?: string;
  targetLSN?: string;
  /** Transaction id, 32 bits. */
  targetXID?: string;
  /** Name given to `pg_create_restore_point`, shorter than 64 characters. */
  targetName?: string;
  /** Stop as soon as the backup is consistent. */
  targetImmediate?: boolean;
  /** Stop just before the target. @default false */
  exclusive?: boolean;
}

/** Physical copy of a running server. */
export interface BootstrapBaseBackup extends BootstrapApplication {
  /** Name in `externalClusters`. */
  source: string;
}

/** Another server, reached by connection, plugin archive or both. */
export interface ExternalCluster {
  /** Unique, without path separators. */
  name: string;
  /** libpq parameters such as host, user, dbname, sslmode. */
  connectionParameters?: Record<string, string>;
  password?: OptionalKeySelector;
  sslCert?: OptionalKeySelector;
  sslKey?: OptionalKeySelector;
  sslRootCert?: OptionalKeySelector;
  /** Plugin that reads the server's archive. */
  plugin?: PluginConfiguration;
}

/** Relation to another Cluster. */
export interface ReplicaConfiguration {
  /** External cluster replayed from. */
  source: string;
  /** Name of the Cluster that is primary now; excludes `enabled`. Changing it promotes or demotes. */
  primary?: string;
  /** This Cluster's name in the topology. @default the Cluster's name */
  self?: string;
  /** Standalone replica; false promotes it, which cannot be undone. Excludes `primary`. */
  enabled?: boolean;
  /** Token of the demoted primary; together with `primary` in one update, removed before the next demotion. */
  promotionToken?: string;
  /** Go duration by which replay is delayed, for example `1h`. Not on the primary side. */
  minApplyDelay?: string;
}

/** Server configuration. */
export interface PostgresConfiguration {
  /** Name to value, both strings. A change is a reload or a restart, by the parameter's context. */
  parameters?: Record<string, string>;
  /** Lines of pg_hba.conf before the operator's last one. A change is a reload. One owner: the list is replaced whole. */
  pg_hba?: string[];
  /** Lines of pg_ident.conf. A change is a reload. */
  pg_ident?: string[];
  /** Libraries loaded at start, besides those of managed extensions. A change is a restart. */
  shared_preload_libraries?: string[];
  /** Whether ALTER SYSTEM is allowed (17+). @default false */
  enableAlterSystem?: boolean;
  /** Seconds a promotion may take; 0 is no limit. */
  promotionTimeout?: number;
  /** Synchronous replication; excludes the legacy minSyncReplicas and maxSyncReplicas. A change is a reload. */
  synchronous?: SynchronousReplication;
  /** Which standbys may become synchronous (legacy form). */
  syncReplicaElectionConstraint?: { enabled: boolean; nodeLabelsAntiAffinity?: string[] };
  /** Extensions as images (18+, Kubernetes 1.35+). A change is a rollout. */
  extensions?: ExtensionImage[];
  ldap?: LdapConfiguration;
}

/** Synchronous replication. */
export interface SynchronousReplication {
  /** `any`: a quorum; `first`: by priority. */
  method: SynchronousMethod;
  /** How many standbys must confirm; at least 1 and fewer than instances plus names before and after. */
  number: number;
  /** `required` blocks writes when too few standbys are left, `preferred` lowers the number. @default required */
  dataDurability?: DataDurability;
  /** Failover only to a standby that surely has every confirmed commit; for three or more instances. */
  failoverQuorum?: boolean;
  maxStandbyNamesFromCluster?: number;
  standbyNamesPre?: string[];
  standbyNamesPost?: string[];
}

/** LDAP login; exactly one of bind and bind-and-search. */
export interface LdapConfiguration {
  server?: string;
  port?: number;
  /** `ldap` or `ldaps`. */
  scheme?: string;
  tls?: boolean;
  bindAsAuth?: { prefix?: string; suffix?: string };
  bindSearchAuth?: {
    baseDN?: string;
    bindDN?: string;
    bindPassword?: OptionalKeySelector;
    searchAttribute?: string;
    searchFilter?: string;
  };
}

/** Physical replication slots. */
export interface ReplicationSlots {
  highAvailability?: {
    /** @default true */
    enabled?: boolean;
    /** Fixed while enabled. @default _cnpg_ */
    slotPrefix?: string;
    /** Keeps logical slots on standbys; needs pg_failover_slots, or 17+ with two parameters. */
    synchronizeLogicalDecoding?: boolean;
  };
  synchronizeReplicas?: { enabled: boolean; excludePatterns?: string[] };
  /** Seconds, at least 1. @default 30 */
  updateInterval?: number;
}

/** What the operator keeps as declared. */
export interface ManagedConfiguration {
  roles?: ManagedRole[];
  services?: {
    additional?: ManagedService[];
    /** `ro` and `r`; `rw` cannot be disabled. */
    disabledDefaultServices?: string[];
  };
}

/** A role inside a Cluster; wins over a DatabaseRole of the same name. */
export interface ManagedRole {
  name: string;
  /** `present` or `absent`. @default present */
  ensure?: string;
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
  passwordSecret?: LocalReference;
  /** Sets the password to NULL; excludes `passwordSecret`. */
  disablePassword?: boolean;
}

/** An additional Service. */
export interface ManagedService {
  selectorType: ServiceSelector;
  serviceTemplate: ServiceTemplate;
  /** `patch` or `replace`. @default patch */
  updateStrategy?: string;
}

/** Names of Secrets of the same namespace; those absent are generated. */
export interface CertificatesConfiguration {
  /** Signs the server certificate: ca.crt, and ca.key unless `serverTLSSecret` is given. The key is SEC1 or PKCS#1, not PKCS#8. */
  serverCASecret?: string;
  /** Server certificate; needs `serverCASecret` and no `serverAltDNSNames`. */
  serverTLSSecret?: string;
  /** Verifies client certificates: ca.crt, and ca.key unless `replicationTLSSecret` is given. */
  clientCASecret?: string;
  /** Client certificate of role streaming_replica; needs `clientCASecret`. */
  replicationTLSSecret?: string;
  /** More DNS names for the generated server certificate. A change issues a new one and reloads. */
  serverAltDNSNames?: string[];
}

/** Where backups are taken. In-tree `barmanObjectStore` is deprecated and left out: use `plugins`. */
export interface ClusterBackupConfiguration {
  /** @default prefer-standby */
  target?: BackupTarget;
  volumeSnapshot?: VolumeSnapshotConfiguration;
}

/** How volume snapshots are made. */
export interface VolumeSnapshotConfiguration {
  className?: string;
  walClassName?: string;
  /** Tablespace to class. */
  tablespaceClassName?: Record<string, string>;
  labels?: Record<string, string>;
  annotations?: Record<string, string>;
  /** Whether PostgreSQL keeps running. @default true */
  online?: boolean;
  onlineConfiguration?: {
    /** @default false */
    immediateCheckpoint?: boolean;
    /** @default true */
    waitForArchive?: boolean;
  };
  /** `none`, `cluster` or `backup`. @default none */
  snapshotOwnerReference?: string;
}

/** A CNPG-I plugin. */
export interface PluginConfiguration {
  /** For example `barman-cloud.cloudnative-pg.io`. */
  name: string;
  /** @default true */
  enabled?: boolean;
  /** @default false */
  isWALArchiver?: boolean;
  parameters?: Record<string, string>;
}

/** Metrics. `enablePodMonitor` is deprecated and left out: write a PodMonitor. */
export interface MonitoringConfiguration {
  customQueriesConfigMap?: KeySelector[];
  customQueriesSecret?: KeySelector[];
  /** Sticky: queries the webhook added stay when this becomes true later. @default false */
  disableDefaultQueries?: boolean;
  /** Go duration for which query results are kept, for example `30s`. */
  metricsQueriesTTL?: string;
  /** Serve metrics over TLS. A change is a rollout. */
  tls?: { enabled?: boolean };
}

/** Which nodes pods run on. */
export interface AffinityConfiguration {
  /** @default true */
  enablePodAntiAffinity?: boolean;
  /** Node label pods are kept apart by. @default kubernetes.io/hostname */
  topologyKey?: string;
  /** `preferred` or `required`. @default preferred */
  podAntiAffinityType?: string;
  nodeSelector?: Record<string, string>;
  nodeAffinity?: NodeAffinity;
  tolerations?: Toleration[];
  additionalPodAffinity?: PodAffinityTerms;
  additionalPodAntiAffinity?: PodAffinityTerms;
}

/** Startup, readiness and liveness probes. */
export interface Probes {
  startup?: ProbeWithStrategy;
  readiness?: ProbeWithStrategy;
  liveness?: Probe & {
    /** Stops a primary that reaches neither the API server nor any other instance. */
    isolationCheck?: {
      /** @default true */
      enabled?: boolean;
      /** Milliseconds. @default 1000 */
      requestTimeout?: number;
      /** Milliseconds. @default 1000 */
      connectionTimeout?: number;
    };
  };
}

/** Times of a probe, in seconds. */
export interface Probe {
  initialDelaySeconds?: number;
  periodSeconds?: number;
  timeoutSeconds?: number;
  failureThreshold?: number;
  successThreshold?: number;
  terminationGracePeriodSeconds?: number;
}

/** A probe that can look at replication. */
export interface ProbeWithStrategy extends Probe {
  /** A {@link ProbeType}. @default pg_isready */
  type?: string;
  /** Lag of a standby, a quantity of bytes; only with `streaming`. */
  maximumLag?: number | string;
}

/** Times of the primary's Lease in seconds; duration > renew deadline, and 5 × renew deadline > 6 × retry period. */
export interface PrimaryLease {
  /** @default 15 */
  leaseDurationSeconds?: number;
  /** @default 10 */
  renewDeadlineSeconds?: number;
  /** @default 2 */
  retryPeriodSeconds?: number;
  /** Duration written when the primary gives the Lease up. @default 1 */
  releasedLeaseDurationSeconds?: number;
}

/** What the operator last saw of a Cluster. There is no `observedGeneration`: right after a change it is of the time before. */
export interface ClusterStatus {
  /** See `phases.ts`. */
  phase?: string;
  phaseReason?: string;
  conditions?: Condition[];
  /** Pod name of the primary. */
  currentPrimary?: string;
  /** Pod name of the primary to be; differs from `currentPrimary` during switchover and failover. */
  targetPrimary?: string;
  currentPrimaryTimestamp?: string;
  currentPrimaryFailingSinceTimestamp?: string;
  targetPrimaryTimestamp?: string;
  instances?: number;
  readyInstances?: number;
  instanceNames?: string[];
  /** Pod names by state: healthy, replicating, failed. */
  instancesStatus?: Record<string, string[]>;
  instancesReportedState?: Record<string, { isPrimary: boolean; timeLineID?: number; ip?: string }>;
  timelineID?: number;
  systemID?: string;
  image?: string;
  pgDataImageInfo?: { image: string; majorVersion: number; extensions?: ExtensionImage[] };
  targetPgDataImageInfo?: { image: string; majorVersion: number; extensions?: ExtensionImage[] };
  readService?: string;
  writeService?: string;
  certificates?: CertificatesConfiguration & {
    /** Secret name to time of expiry. */
    expirations?: Record<string, string>;
  };
  managedRolesStatus?: {
    byStatus?: Record<string, string[]>;
    cannotReconcile?: Record<string, string[]>;
    passwordStatus?: Record<string, { resourceVersion?: string; transactionID?: number }>;
  };
  tablespacesStatus?: { name: string; state: string; owner?: string; error?: string }[];
  pluginStatus?: {
    name: string;
    version: string;
    status?: string;
    capabilities?: string[];
    operatorCapabilities?: string[];
    walCapabilities?: string[];
    backupCapabilities?: string[];
    restoreJobHookCapabilities?: string[];
  }[];
  demotionToken?: string;
  lastPromotionToken?: string;
  switchReplicaClusterStatus?: { inProgress?: boolean };
  pvcCount?: number;
  healthyPVC?: string[];
  danglingPVC?: string[];
  initializingPVC?: string[];
  resizingPVC?: string[];
  unusablePVC?: string[];
  jobCount?: number;
  latestGeneratedNode?: number;
  topology?: {
    instances?: Record<string, Record<string, string>>;
    nodesUsed?: number;
    successfullyExtracted?: boolean;
  };
  secretsResourceVersion?: Record<string, unknown>;
  configMapResourceVersion?: { metrics?: Record<string, string> };
  cloudNativePGCommitHash?: string;
  cloudNativePGOperatorHash?: string;
  onlineUpdateEnabled?: boolean;
  selector?: string;
}

/** Who decides when the primary is restarted for a change that needs it. */
export const PrimaryUpdateStrategy = {
  /** CloudNativePG does it as soon as the standbys are done. */
  Unsupervised: "unsupervised",
  /** The primary waits for a switchover started by a person; needs at least two instances. */
  Supervised: "supervised",
} as const;
export type PrimaryUpdateStrategy = (typeof PrimaryUpdateStrategy)[keyof typeof PrimaryUpdateStrategy];

/** How the primary is updated. */
export const PrimaryUpdateMethod = {
  /** It is restarted in place; writes pause for the restart. */
  Restart: "restart",
  /** A standby is promoted first; refused by CloudNativePG when image and parameters change together. */
  Switchover: "switchover",
} as const;
export type PrimaryUpdateMethod = (typeof PrimaryUpdateMethod)[keyof typeof PrimaryUpdateMethod];

/** How synchronous standbys are chosen. */
export const SynchronousMethod = { any: "any", first: "first" } as const;
export type SynchronousMethod = (typeof SynchronousMethod)[keyof typeof SynchronousMethod];

/** What happens to writes when too few synchronous standbys are left. */
export const DataDurability = { required: "required", preferred: "preferred" } as const;
export type DataDurability = (typeof DataDurability)[keyof typeof DataDurability];

/** Which pods a Service leads to: the primary, any, standbys only. */
export const ServiceSelector = { primary: "rw", any: "r", standbys: "ro" } as const;
export type ServiceSelector = (typeof ServiceSelector)[keyof typeof ServiceSelector];

/** What a startup or readiness probe asks. */
export const ProbeType = { pgIsReady: "pg_isready", query: "query", streaming: "streaming" } as const;
export type ProbeType = (typeof ProbeType)[keyof typeof ProbeType];
