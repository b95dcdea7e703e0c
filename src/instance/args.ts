import type * as pulumi from "@pulumi/pulumi";
import type { AvailabilityClass, HealthMonitorArgs, SynchronousArgs } from "../availability/args";
import type { PrimaryUpdateMethod, PrimaryUpdateStrategy } from "../cnpg/cluster";
import type { Toleration } from "../cnpg/pod";
import type { FailoverArgs } from "../failover/args";
import type { JobsArgs } from "../jobs/args";
import type { ParameterChangesArgs } from "../parameters/apply-mode";
import type { ProfileArgs } from "../parameters/profile-args";
import type { PoolerArgs } from "../pooler/args";
import type { FollowArgs, InitialCopy } from "../replica/follow-args";
import type { RestoreSource } from "../restore/source-args";
import type { SheetArgs } from "../sheet/args";
import type { InstanceBackupArgs } from "./backup-args";

/** Presets of CPU and memory; requests equal limits, so the pod is of the Guaranteed class. */
export const InstanceSize = {
  /** 500m CPU, 512Mi memory: laptops and tests. */
  Micro: "micro",
  /** 1 CPU, 2Gi memory. */
  Small: "small",
  /** 2 CPU, 8Gi memory. */
  Medium: "medium",
  /** 4 CPU, 16Gi memory. */
  Large: "large",
} as const;
export type InstanceSize = (typeof InstanceSize)[keyof typeof InstanceSize];

/** What an update waits for before it counts as done. */
export const WaitFor = {
  /** The primary and, where there are standbys, at least one of them. */
  Serving: "serving",
  /** Every instance. */
  Complete: "complete",
} as const;
export type WaitFor = (typeof WaitFor)[keyof typeof WaitFor];

/** How strongly the instances are kept apart. */
export const Spread = {
  /** A pod stays pending rather than share the zone or host. */
  Required: "required",
  /** Pods share only when there is no other place. */
  Preferred: "preferred",
  /** No rule. */
  None: "none",
} as const;
export type Spread = (typeof Spread)[keyof typeof Spread];

/** From where clients reach the instance. */
export const Exposure = {
  /** From inside the Kubernetes cluster only. */
  ClusterInternal: "clusterInternal",
  /** Also through a load balancer. */
  LoadBalancer: "loadBalancer",
} as const;
export type Exposure = (typeof Exposure)[keyof typeof Exposure];

/** How a generation that is not active is kept. */
export const StopMethod = {
  /** Shut down cleanly, volumes kept. Needs a healthy generation: CloudNativePG defers it otherwise. */
  Hibernate: "hibernate",
  /** PostgreSQL is stopped in every pod, pods and volumes stay. For a generation that is not healthy. */
  Fence: "fence",
} as const;
export type StopMethod = (typeof StopMethod)[keyof typeof StopMethod];

/** CPU and memory of one amount. */
export interface ResourceAmounts {
  /** CPU as a quantity. @example "500m" */
  cpu?: string;
  /** Memory as a quantity. @example "2Gi" */
  memory?: string;
}

/**
 * CPU and memory of each PostgreSQL pod. A change restarts the pods one after the other, the primary last.
 * @example { cpu: "2", memory: "8Gi" }
 */
export interface InstanceResources {
  /** CPU, as request and as limit. @default the value of `size` */
  cpu?: string;
  /** Memory, as request and as limit. @default the value of `size` */
  memory?: string;
  /** Requests where they differ from the limits; never above them. @default the limits */
  requests?: ResourceAmounts;
}

/** A volume. */
export interface StorageArgs {
  /**
   * Size as a quantity. Raising it grows the volume online where the storage class allows expansion;
   * lowering it is refused at preview, because volumes do not shrink.
   * @default "10Gi"
   * @example "64Gi"
   */
  size?: string;
  /**
   * Storage class. A change has no effect on existing volumes: put it into a new generation.
   * @default the cluster's default class
   */
  storageClass?: string;
}

/**
 * Options of `initdb`, read once when a generation is created. Changing one for an existing generation is
 * refused at preview, because it would do nothing: add a generation.
 */
export interface InitdbArgs {
  /** Encoding of the database. @default "UTF8" */
  encoding?: string;
  /** Checksums on data pages. @default true */
  dataChecksums?: boolean;
  /** Locale for all categories. @default "C" */
  locale?: string;
  /** Collation order. @default `locale` */
  localeCollate?: string;
  /** Character classification. @default `locale` */
  localeCType?: string;
  /** `libc`, `icu` (PostgreSQL 15+) or `builtin` (17+). @default "libc" */
  localeProvider?: string;
  /** ICU locale; needs `localeProvider: "icu"`. @example "de-DE-x-icu" */
  icuLocale?: string;
  /** Locale of the built-in provider; needs `localeProvider: "builtin"`. @example "C.UTF-8" */
  builtinLocale?: string;
  /** Size of a WAL segment in MiB, a power of two from 1 to 1024. @default 16 */
  walSegmentSize?: number;
  /** Statements run in the application database right after it was created, as superuser. */
  postInitApplicationSQL?: string[];
}

/** Where the pods may run. A change restarts the pods one after the other. */
export interface SchedulingArgs {
  /** Labels a node must have. */
  nodeSelector?: Record<string, string>;
  /** Taints the pods accept. */
  tolerations?: Toleration[];
  /** Spread over zones. @default "preferred" with more than one instance */
  zoneSpread?: Spread;
  /** Spread over hosts. @default "preferred" with more than one instance, "required" in the classes high and zero-loss */
  hostSpread?: Spread;
  /** Priority class of the pods. */
  priorityClassName?: string;
}

/** One probe of the PostgreSQL container. */
export interface ProbeArgs {
  /** `pg_isready`, `query` or `streaming` (a standby counts only while it streams). @default "pg_isready" */
  type?: string;
  /**
   * Largest lag a standby may have: a whole number with Ki, Mi, Gi or Ti, of which CloudNativePG 1.30 reads no other form right. Needs
   * `type: "streaming"`.
   * @example "16Mi"
   */
  maximumLag?: string;
  /** Seconds between two probes. @default 1 at the start, then `healthMonitor.checkInterval` */
  periodSeconds?: number;
  /** Seconds after which a probe has failed. @default 5 at the start, then `healthMonitor.checkTimeout` */
  timeoutSeconds?: number;
  /** Failures in a row that count. @default `healthMonitor.failureThreshold`; startup: readyTimeout / periodSeconds, at least 30, and an hour without `startup` */
  failureThreshold?: number;
}

/** Single members of the probes of the PostgreSQL container, in place of those of `healthMonitor`. A change restarts the pods one after the other. */
export interface ProbesArgs {
  /** Decides whether the pod has started. */
  startup?: ProbeArgs;
  /** Decides whether the pod receives connections and may be promoted. */
  readiness?: ProbeArgs;
}

/** How clients outside the cluster reach the instance. */
export interface ExposureArgs {
  /** @default "clusterInternal" */
  type?: Exposure;
  /**
   * Address ranges that may connect, in CIDR form. Required for a public load balancer.
   * Ranges that contain every address are refused.
   * @example ["203.0.113.0/24"]
   */
  sourceRanges?: string[];
  /** A load balancer with an address of the private network only (Azure). @default false */
  internal?: boolean;
  /**
   * DNS label of the public address (Azure): 3 to 63 lower case letters, digits and hyphens, starting with a letter.
   * The name becomes `<label>.<region>.cloudapp.azure.com`, in national clouds with their domain, and enters the server certificate.
   */
  dnsLabel?: string;
  /** Azure region of the load balancer; required with `dnsLabel`. @example "westeurope" */
  region?: string;
  /** Further annotations of the load balancer Service. */
  annotations?: Record<string, string>;
}

/** Pods that may connect. */
export interface ClientSelector {
  /** Their namespace. @default the namespace of the instance */
  namespace?: string;
  /** Labels they have. @default every pod of the namespace */
  podLabels?: Record<string, string>;
}

/** Removing an instance together with its data takes two steps: this one, and then removing the component. */
export interface DeletionArgs {
  /** Must repeat the name of the instance. From the next update on, removing the component deletes the data. */
  confirm: string;
  /**
   * Take and check a last base backup in this update, and write down what brings the instance back: ConfigMap `<name>-tombstone`, which stays.
   * @default true with `backup`, false without
   */
  finalBackup?: boolean;
}

/** What differs in one generation; everything else is as in the instance. */
export interface GenerationArgs {
  /** PostgreSQL version. */
  version?: string;
  /** Image. */
  image?: string;
  /** Data volume. */
  storage?: StorageArgs;
  /** WAL volume. */
  walStorage?: StorageArgs;
  /** `initdb` options of this generation. Not together with `restoredFrom`. */
  initdb?: InitdbArgs;
  /** Create it from a backup in place of `initdb`. Read once, when the generation is created. */
  restoredFrom?: RestoreSource;
  /** Create it as a copy of the instance that is followed, in place of `initdb`. Read once, when the generation is created. @default `follow.copy` */
  copy?: InitialCopy;
  /**
   * Name of its archive in the store: letters, digits, dots, hyphens and underscores; not `dumps`, where logical dumps stand. The archive must be
   * empty when the generation is created: one that holds another server's WAL is refused. A change begins a new and empty archive: take a
   * base backup after it.
   * @default name of the generation's Cluster
   * @example "orders-2026"
   */
  archive?: string;
  /** How the generation is stopped while it is not active. @default "hibernate" */
  stop?: StopMethod;
}

/** The check that connects as an application does, after every change of an endpoint. */
export interface ConnectionCheckArgs {
  /** @default true */
  enabled?: boolean;
  /** Seconds until it has failed. @default 120 */
  timeout?: number;
}

/**
 * Raw fields merged over what the component renders, for what has no argument yet.
 * Objects are merged key by key, lists and values replace. Nothing here is validated before apply.
 * @example { cluster: { spec: { logLevel: "debug" } } }
 */
export interface InstanceOverrides {
  /** Merged into every Cluster. */
  cluster?: Record<string, any>; // eslint-disable-line @typescript-eslint/no-explicit-any
  /** Merged into the Poolers. */
  pooler?: Record<string, any>; // eslint-disable-line @typescript-eslint/no-explicit-any
  /** Merged into the Services. */
  service?: Record<string, any>; // eslint-disable-line @typescript-eslint/no-explicit-any
}

/** Arguments of {@link PostgresInstance}. Every one is optional. */
export interface PostgresInstanceArgs {
  /**
   * Name in Kubernetes: DNS-1035 label, at most 35 characters, without an ending used for what belongs to
   * an instance (`-rw`, `-ro`, `-r`, `-any`, `-pooler`, `-g1`, `-external`, …).
   * A change would create a new and empty instance, so it is refused at preview unless `confirmReplacement` repeats the old name.
   * @default the name of the resource
   */
  name?: string;
  /** Namespace. Changing it is treated like a change of `name`. @default "default" */
  namespace?: string;
  /** Create the namespace. It is kept with the data when the stack is destroyed. @default false */
  createNamespace?: boolean;
  /**
   * PostgreSQL major ("18") or minor ("18.6"), 14 to 18; a major means the newest minor this package knows.
   * A new minor restarts the pods one after the other. A lower major is refused.
   * @default "18"
   */
  version?: string;
  /**
   * Operand image, whose tag begins with the version. Official `postgres` images do not work with CloudNativePG and are refused.
   * @default the `standard` image of `version`
   * @example "ghcr.io/cloudnative-pg/postgresql:18.6-minimal-trixie"
   */
  image?: string;
  /** `Always`, `IfNotPresent` or `Never`. @default "IfNotPresent" */
  imagePullPolicy?: string;
  /** Secrets in the same namespace that open the registry of the image. */
  imagePullSecrets?: string[];
  /**
   * How much loss and how long an interruption the instance may have: sets the number of instances, synchronous replication, the spread, and
   * the times after which a failed primary is replaced. Each of these arguments wins over it. What it promises is the output `availability`.
   * A change of class restarts the pods one after the other where spread or probes differ.
   * @default "single" with one instance, "standard" with more
   * @example "zero-loss"
   */
  availability?: AvailabilityClass;
  /**
   * Number of PostgreSQL instances: one primary, the others standbys. Scaling up clones the primary;
   * scaling down deletes standbys with their volumes.
   * @default that of `availability`: single 1, standard 2, high and zero-loss 3; 1 without it
   */
  instances?: number;
  /** Which standbys confirm a commit. @default none; one standby in class high; a quorum in class zero-loss */
  synchronous?: SynchronousArgs;
  /** When a server counts as failed, and when the primary is replaced. */
  healthMonitor?: HealthMonitorArgs;
  /**
   * Lag of a standby, or of an instance with `follow` behind its source, bytes of WAL not replayed, that is too much: it is shown as such and raises an alert. Nothing else happens;
   * `healthMonitor.maxEligibleLagBytes` takes such a standby out of service. A change restarts nothing.
   * @default no limit
   * @example 67108864
   */
  maxLagBytes?: number;
  /** Preset of CPU and memory. @default "small" */
  size?: InstanceSize;
  /** CPU and memory, where the preset does not fit. */
  resources?: InstanceResources;
  /** Data volume of each instance. */
  storage?: StorageArgs;
  /** A volume of its own for WAL. It can be added to an existing instance, never removed. @default WAL on the data volume */
  walStorage?: StorageArgs;
  /** Name of the application database, made once. @default "app" */
  database?: string;
  /** Role that owns the database and that applications log in as, made once. @default "app" */
  owner?: string;
  /**
   * Password of the owner, at least 8 characters. Not together with `passwordSecret`. A change is written into the Secrets and set in
   * the server without a restart; it needs `enableSecretMutable: true` on the Kubernetes provider, which otherwise replaces Secrets
   * and finds the kept one in its way.
   * @default a random one of 32 characters
   */
  password?: pulumi.Input<string>;
  /** Name of an existing Secret of type `kubernetes.io/basic-auth` with the owner's `username` and `password`. */
  passwordSecret?: string;
  /** Options of `initdb`. */
  initdb?: InitdbArgs;
  /** Extensions to create in the application database. Removing one from the list drops it. @example ["pgcrypto", "uuid-ossp"] */
  extensions?: string[];
  /**
   * Schemas to create in the application database, owned by the owner. `public` is there anyway. One that is taken out of the list stays.
   * @example ["sales", "audit"]
   */
  schemas?: string[];
  /**
   * What the server parameters are derived from: the kind of work, sized to the memory and CPU of the pod and to its volumes.
   * A change reloads or restarts as the values it changes do; the preview says which. Needs 512Mi of memory.
   * @default { workload: "generalPurpose" }
   * @example { workload: "oltp" }
   */
  profile?: ProfileArgs;
  /**
   * Server parameters; they win over the profile. Every name and value is checked at preview as the server of this major would
   * check it. The preview also says which of the changed values reload and which restart the servers, and for how long writes pause.
   * @example { work_mem: "16MB", log_min_duration_statement: "1s" }
   */
  parameters?: Record<string, string>;
  /**
   * Names of parameters that may have a value which can execute code, weakens security or can lose data. Such values are refused
   * otherwise. Naming one changes nothing by itself.
   * @example ["fsync"]
   */
  allowUnsafeParameters?: string[];
  /**
   * Accept parameters whose memory at full load is more than the limit: the kernel may then kill the server.
   * @default false
   */
  acceptMemoryRisk?: boolean;
  /**
   * When changed parameters that restart the servers take effect; the others always do at once. A restart gives open sessions
   * `smartShutdownTimeout` seconds to end by themselves.
   * @default { mode: "immediate" }
   * @example { mode: "window", window: { schedule: "0 3 * * 0", timeZone: "Europe/Berlin", durationMinutes: 120 } }
   */
  parameterChanges?: ParameterChangesArgs;
  /** Libraries to preload, besides those the extensions need. A change restarts the pods. */
  sharedPreloadLibraries?: string[];
  /** Lines for `pg_hba.conf`, before the rule that refuses connections without TLS. */
  pgHba?: string[];
  /** Refuse connections without TLS. @default true */
  requireTls?: boolean;
  /** Let the superuser `postgres` log in over the network. @default false */
  superuserAccess?: boolean;
  /** Where the pods may run. */
  scheduling?: SchedulingArgs;
  /** Single members of the probes of the PostgreSQL container, in place of those of `healthMonitor`. */
  probes?: ProbesArgs;
  /**
   * Seconds open sessions get to end by themselves when PostgreSQL stops; then they are disconnected. New sessions are refused meanwhile. A
   * switchover and a failover do not wait for it.
   * @default 15 with one instance, 0 with more
   */
  smartShutdownTimeout?: number;
  /** @default "unsupervised" */
  primaryUpdateStrategy?: PrimaryUpdateStrategy;
  /** @default "restart" */
  primaryUpdateMethod?: PrimaryUpdateMethod;
  /** Keep a PodDisruptionBudget. With one instance it would block every node drain. @default true with more than one instance */
  enablePDB?: boolean;
  /** Seconds to wait for the instance. @default 300, and 120 more for each standby */
  readyTimeout?: number;
  /** What an update waits for. @default "complete" */
  waitFor?: WaitFor;
  /** Network exposure. */
  exposure?: ExposureArgs;
  /** PgBouncer in front of the instance, at the Service `<name>-pooler`. @default none */
  pooler?: PoolerArgs;
  /**
   * Pods that may connect; all others are kept out by a NetworkPolicy, where the cluster's network enforces them. The instance's own
   * pods and Jobs, the operator, and the `sourceRanges` of a load balancer are always let in. An empty list lets nobody else in.
   * @default every pod
   * @example [{ namespace: "shop", podLabels: { app: "web" } }]
   */
  allowedClients?: ClientSelector[];
  /** Namespace of the operator, which has to reach the pods. @default "cnpg-system" */
  operatorNamespace?: string;
  /**
   * Labels for everything the component creates, and for what CloudNativePG creates of it, which keeps its own `app.kubernetes.io/name`,
   * `…/component` and `…/managed-by`.
   */
  labels?: Record<string, string>;
  /** Annotations for everything the component creates. */
  annotations?: Record<string, string>;
  /** Annotations of the ServiceAccount the pods run under, for example for a cloud identity. */
  serviceAccountAnnotations?: Record<string, pulumi.Input<string>>;
  /** Shut the instance down and keep its volumes. @default false */
  hibernated?: boolean;
  /** Where the instance archives its WAL and its base backups. @default nowhere */
  backup?: InstanceBackupArgs;
  /**
   * Make the instance from a backup in place of `initdb`: `restoredFrom` of its only generation.
   * @example { archive: "orders-g1", target: { time: "2026-11-20T14:30:00+01:00" } }
   */
  restore?: RestoreSource;
  /**
   * Follow another instance with the same data, or be its peer that takes over: see `docs/replica.md`. A {@link Replica} is such an instance,
   * with its defaults set. The Cluster becomes a replica cluster of CloudNativePG.
   */
  follow?: FollowArgs;
  /**
   * Must repeat the name of the instance when `activeGeneration` moves to a generation that was restored to a moment of the past: clients then
   * see the data of that moment. The former generation keeps its data.
   */
  confirmDestructive?: string;
  /**
   * Keep Cluster, volumes, password and certificate authority in Kubernetes when the component or the stack is removed.
   * @default true
   */
  keepData?: boolean;
  /** First step of deleting the data of an instance with `keepData`. */
  deletion?: DeletionArgs;
  /** Take over what an earlier stack kept: the Cluster and the ServiceAccount are imported, not created. Remove it after one update. @default false */
  adopt?: boolean;
  /** Must repeat the old name (or `namespace/name`) when `name` or `namespace` is changed knowingly: the new instance is empty, the old one is kept. */
  confirmReplacement?: string;
  /** Generations by number. @default { "1": {} } */
  generations?: Record<string, GenerationArgs>;
  /** The generation that serves clients. Changing it flips: the new one is ready, the old one is stopped, then the Services move. @default the only generation */
  activeGeneration?: string;
  /** Must name each generation that was removed from `generations`. Its data is deleted, or kept with `keepData`. */
  droppedGenerations?: string[];
  /** Switchovers and failovers. Needs more than one instance. @default on request only */
  failover?: FailoverArgs;
  /** The check that connects as an application does. */
  connectionCheck?: ConnectionCheckArgs;
  /**
   * What the service sheet reckons with, and limits of it that fail the preview: memory, cost of a month, loss, interruption. The output `sheet`
   * is there without it, too. A change changes nothing in Kubernetes.
   * @default assumptions that the sheet states, and no limits
   * @example { changePerDay: "2Gi", limits: { maxMemory: "32Gi", maxRpoSeconds: 5 } }
   */
  sheet?: SheetArgs;
  /** Image of the component's Jobs. */
  jobs?: JobsArgs;
  /** Escape hatch. */
  overrides?: InstanceOverrides;
}
