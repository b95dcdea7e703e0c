import type { core } from "@pulumi/kubernetes/types/input";
import type { JobsArgs } from "../jobs/args";

/**
 * Where the operator's objects come from. It is chosen once: the other source would find the objects there already and refuse,
 * so an installation that is to change its source is removed first (definitions and databases stay).
 */
export const OperatorSource = {
  /** The release manifest, one Pulumi resource per object. What the end-to-end tests run. */
  Manifest: "manifest",
  /**
   * The Helm chart `cloudnative-pg`, as one release. Custom resource definitions and the Barman Cloud plugin still come from
   * their manifests: the chart would leave the definitions behind with the release, and the plugin's chart is one version late.
   */
  Helm: "helm",
} as const;
export type OperatorSource = (typeof OperatorSource)[keyof typeof OperatorSource];

/** Who makes the certificates with which the operator and the Barman Cloud plugin recognise each other. */
export const PluginCertificates = {
  /** A Job makes them, a CronJob renews them; nothing else has to be installed. */
  SelfManaged: "selfManaged",
  /** cert-manager, which must be installed already. */
  CertManager: "certManager",
} as const;
export type PluginCertificates = (typeof PluginCertificates)[keyof typeof PluginCertificates];

/** CPU and memory of a container, as Kubernetes quantities. A member that is left out has its own default; "" means none. */
export interface OperatorResourcesArgs {
  /** CPU request. @example "100m" */
  cpuRequest?: string;
  /** Memory request. @example "256Mi" */
  memoryRequest?: string;
  /** CPU limit. @default none */
  cpuLimit?: string;
  /** Memory limit. @example "768Mi" */
  memoryLimit?: string;
}

/**
 * Where the manifests are read. For the pinned versions the content must have the pinned SHA-256; other content, also an
 * edited copy, is refused unless its own SHA-256 is given here.
 */
export interface OperatorManifestArgs {
  /**
   * Path of a file, or an https URL. The content decides what is applied, not the location: moving it changes nothing.
   * Behind a proxy use a file.
   * @default the release manifest of `version` on GitHub
   * @example "./vendor/cnpg-1.30.0.yaml"
   */
  operator?: string;
  /** SHA-256 of the operator's manifest, in hexadecimal. @default the pinned one */
  operatorSha256?: string;
  /** As `operator`, for the Barman Cloud plugin. @default the manifest of the plugin's version on GitHub */
  plugin?: string;
  /** SHA-256 of the plugin's manifest, in hexadecimal. @default the pinned one */
  pluginSha256?: string;
}

/** Spreads what an operator upgrade does to the instances: it restarts every pod unless updates are made in place. */
export interface RolloutDelaysArgs {
  /** Seconds between two clusters. @default 0 */
  clusters?: number;
  /** Seconds between two instances of one cluster. @default 0 */
  instances?: number;
}

/**
 * Configuration of the operator, written to the ConfigMap `cnpg-controller-manager-config` in its own namespace.
 * A change restarts the operator; it applies to what the operator creates from then on, running pods are left alone.
 */
export interface OperatorSettingsArgs {
  /** Lifetime of the certificates CloudNativePG makes, in days, 1 or more. @default 90 */
  certificateDuration?: number;
  /** Days before expiry at which a certificate is renewed; less than `certificateDuration`. @default 7 */
  expiringCheckThreshold?: number;
  /** Create a Service `<cluster>-any` for every cluster. @default false */
  createAnyService?: boolean;
  /**
   * Node taints that mean a drain.
   * @default node.kubernetes.io/unschedulable, ToBeDeletedByClusterAutoscaler, karpenter.sh/disrupted, karpenter.sh/disruption
   */
  drainTaints?: string[];
  /** Replace the instance manager in running pods when the operator is upgraded, so that pods need not restart. @default false */
  enableInstanceManagerInplaceUpdates?: boolean;
  /** Names of CNPG-I plugins that take part in every cluster. @example ["barman-cloud.cloudnative-pg.io"] */
  includePlugins?: string[];
  /** Annotations of a cluster that everything made for it inherits; `*` is a wildcard. @example ["example.com/*"] */
  inheritedAnnotations?: string[];
  /** Labels of a cluster that everything made for it inherits; `*` is a wildcard. @example ["team", "environment"] */
  inheritedLabels?: string[];
  /** DNS suffix of the Kubernetes cluster. @default "cluster.local" */
  kubernetesClusterDomain?: string;
  /** Whether the operator puts its certificate authority into the webhook configurations; false when something else does. @default true */
  manageWebhookConfigurations?: boolean;
  /** Folder in the operator's pod with `tls.crt` and `tls.key` for its metrics. @default metrics without TLS */
  metricsCertDir?: string;
  /** ConfigMap in the operator's namespace with metrics queries for every cluster, under the key `queries`. @default "cnpg-default-monitoring" */
  monitoringQueriesConfigmap?: string;
  /** Secret in the operator's namespace with metrics queries for every cluster, under the key `queries`. */
  monitoringQueriesSecret?: string;
  /** Image of connection poolers that name none. @default the one of the operator's version */
  pgbouncerImageName?: string;
  /** PostgreSQL image of clusters that name none; instances of this package always name one. @default the one of the operator's version */
  postgresImageName?: string;
  /** Milliseconds until a standby gives up a dead connection to its primary; 0 is the system's default. @default 5000 */
  standbyTcpUserTimeout?: number;
}

/** Metrics of the operator itself. */
export interface OperatorMonitoringArgs {
  /** Create a PodMonitor for the operator; the Prometheus operator's definitions must be installed. @default false */
  podMonitor?: boolean;
  /** API group of the PodMonitor. @default "monitoring.coreos.com" @example "azmonitoring.coreos.com" */
  apiGroup?: string;
  /** Labels of the PodMonitor, by which Prometheus finds it. */
  labels?: Record<string, string>;
  /** Time between two scrapes. @default the one of Prometheus @example "30s" */
  interval?: string;
}

/** Where the pods of the operator, of the plugin and of their Jobs may run. A change restarts them, instances go on. */
export interface OperatorSchedulingArgs {
  /** Labels a node must have. @example { "kubernetes.azure.com/mode": "system" } */
  nodeSelector?: Record<string, string>;
  /** Taints the pods accept. */
  tolerations?: core.v1.Toleration[];
  /** Affinity of the pods of operator and plugin. */
  affinity?: core.v1.Affinity;
  /** Priority class of the pods. @example "system-cluster-critical" */
  priorityClassName?: string;
}

/** The Barman Cloud plugin, which archives WAL and takes base backups. */
export interface BarmanPluginArgs {
  /** Turning it off stops backups and WAL archiving of every instance; its custom resource definitions and their objects stay. @default true */
  enabled?: boolean;
  /** Version, from the versions that go with the operator's. @default "0.14.0" */
  version?: string;
  /** @default "selfManaged" */
  certificates?: PluginCertificates;
  /** CPU and memory of the plugin itself; the containers it adds to instances have their own. @default requests 50m and 128Mi, memory limit 256Mi */
  resources?: OperatorResourcesArgs;
  /** `error`, `warning`, `info`, `debug` or `trace`. @default "info" */
  logLevel?: string;
}

/** Arguments of {@link CnpgOperator}. Every one is optional. */
export interface CnpgOperatorArgs {
  /** @default "manifest" */
  source?: OperatorSource;
  /**
   * Version of CloudNativePG. A newer one restarts every PostgreSQL pod, standbys first, unless
   * `settings.enableInstanceManagerInplaceUpdates` is on; spread that with `rolloutDelays`.
   * @default "1.30.0"
   */
  version?: string;
  /** Where the manifests are read. */
  manifest?: OperatorManifestArgs;
  /**
   * Namespace of operator and plugin. It cannot be changed while the operator runs: the check before the installation finds
   * the operator in the old namespace and refuses.
   * @default "cnpg-system"
   */
  namespace?: string;
  /**
   * Create the namespace, and delete it with the component. To keep it, or to share it, create it yourself and set false;
   * setting false later deletes the namespace and everything in it.
   * @default true
   */
  createNamespace?: boolean;
  /** Operator pods, 1 or more. One works, the others wait to take over. @default 1 */
  replicas?: number;
  /** CPU and memory of the operator. A change restarts it. @default requests 100m and 256Mi, memory limit 768Mi */
  resources?: OperatorResourcesArgs;
  /** Configuration of the operator. */
  settings?: OperatorSettingsArgs;
  /** Spread of the restarts an operator upgrade causes. */
  rolloutDelays?: RolloutDelaysArgs;
  /** Namespaces the operator looks after. A change restarts the operator. @default all @example ["orders", "billing"] */
  watchedNamespaces?: string[];
  /**
   * Registry, with an optional path, that holds copies of all images under their usual names. It takes the place of `ghcr.io`
   * in every image name, also in those the operator gives to clusters, poolers and sidecars.
   * A change restarts every PostgreSQL pod.
   * @example "registry.example.com/mirror"
   */
  imageRegistry?: string;
  /** `Always`, `IfNotPresent` or `Never`, for operator and plugin. @default "IfNotPresent" */
  imagePullPolicy?: string;
  /** Secrets in the operator's namespace that open the registry. The first one is also copied to every cluster. */
  imagePullSecrets?: string[];
  /** Metrics of the operator. */
  monitoring?: OperatorMonitoringArgs;
  /** The Barman Cloud plugin. */
  plugin?: BarmanPluginArgs;
  /** Where the pods may run. */
  scheduling?: OperatorSchedulingArgs;
  /**
   * Run a small pod beside the operator that records Events when WAL archiving or a backup of an instance fails, and when it works again:
   * CloudNativePG tells it by conditions only. Turning it off stops the Events and nothing else.
   * @default true
   */
  recordEvents?: boolean;
  /** Image of the component's Jobs. */
  jobs?: JobsArgs;
  /** Seconds to wait for each step: operator, plugin, certificates, admission. 10 or more. @default 300 */
  readyTimeout?: number;
  /**
   * Raw fields merged over single objects, for what has no argument; by kind and name in lower case. Objects are merged key by
   * key, lists and values replace, null removes. Nothing here is validated before apply. A key that fits no object is refused.
   * With Helm, the key `release` merges into the chart's values.
   * @example { "deployment/cnpg-controller-manager": { spec: { template: { spec: { hostNetwork: true } } } } }
   */
  overrides?: Record<string, any>; // eslint-disable-line @typescript-eslint/no-explicit-any
}
