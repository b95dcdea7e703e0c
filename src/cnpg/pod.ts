import type { EmbeddedMetadata, KeySelector, TemplateMetadata } from "./object";

/** What a container asks for and may use at most. Values are quantities, for example `500m` or `2Gi`. */
export interface ResourceRequirements {
  requests?: Record<string, string>;
  limits?: Record<string, string>;
}

/** An environment variable. */
export interface EnvVar {
  name: string;
  value?: string;
  valueFrom?: {
    secretKeyRef?: KeySelector & { optional?: boolean };
    configMapKeyRef?: KeySelector & { optional?: boolean };
    fieldRef?: { fieldPath: string; apiVersion?: string };
    resourceFieldRef?: { resource: string; containerName?: string; divisor?: string };
  };
}

/** A Secret or ConfigMap whose keys become environment variables. */
export interface EnvFromSource {
  prefix?: string;
  secretRef?: { name: string; optional?: boolean };
  configMapRef?: { name: string; optional?: boolean };
}

/** Lets pods on to nodes with a matching taint. */
export interface Toleration {
  key?: string;
  /** `Exists` or `Equal`. @default Equal */
  operator?: string;
  value?: string;
  /** `NoSchedule`, `PreferNoSchedule` or `NoExecute`; all of them when absent. */
  effect?: string;
  /** How long a pod stays after the taint appeared, in seconds; only with `NoExecute`. */
  tolerationSeconds?: number;
}

/** Selects objects by their labels; both parts must match. */
export interface LabelSelector {
  matchLabels?: Record<string, string>;
  matchExpressions?: { key: string; operator: string; values?: string[] }[];
}

/** How pods are spread over a topology such as zones. */
export interface TopologySpreadConstraint {
  /** Greatest allowed difference of pod counts between two domains. */
  maxSkew: number;
  /** Node label that names the domain, for example `topology.kubernetes.io/zone`. */
  topologyKey: string;
  /** `DoNotSchedule` or `ScheduleAnyway`. */
  whenUnsatisfiable: string;
  labelSelector?: LabelSelector;
  minDomains?: number;
  matchLabelKeys?: string[];
  nodeAffinityPolicy?: string;
  nodeTaintsPolicy?: string;
}

/** Where pods may, should or must not run; parts are handed to Kubernetes as they are. */
export interface NodeAffinity {
  requiredDuringSchedulingIgnoredDuringExecution?: Record<string, unknown>;
  preferredDuringSchedulingIgnoredDuringExecution?: Record<string, unknown>[];
}

/** Near or away from which other pods a pod should run. */
export interface PodAffinityTerms {
  requiredDuringSchedulingIgnoredDuringExecution?: Record<string, unknown>[];
  preferredDuringSchedulingIgnoredDuringExecution?: Record<string, unknown>[];
}

/** One port of a Service. */
export interface ServicePort {
  name?: string;
  port: number;
  targetPort?: number | string;
  nodePort?: number;
  /** @default TCP */
  protocol?: string;
  appProtocol?: string;
}

/** The parts of a Service a CloudNativePG template may set. No selector: CloudNativePG writes it. */
export interface ServiceTemplate {
  metadata?: TemplateMetadata;
  spec?: {
    /** `ClusterIP`, `NodePort` or `LoadBalancer`. */
    type?: string;
    ports?: ServicePort[];
    loadBalancerClass?: string;
    /** Networks that may reach a load balancer, in CIDR form. */
    loadBalancerSourceRanges?: string[];
    allocateLoadBalancerNodePorts?: boolean;
    externalTrafficPolicy?: string;
    internalTrafficPolicy?: string;
    ipFamilies?: string[];
    ipFamilyPolicy?: string;
    sessionAffinity?: string;
    publishNotReadyAddresses?: boolean;
    trafficDistribution?: string;
  };
}

/** A pod template; the pod's specification is handed on as it is. */
export interface PodTemplate {
  metadata?: EmbeddedMetadata;
  /** `containers` is required by the API; an empty list keeps CloudNativePG's own container. */
  spec?: { containers: Record<string, unknown>[]; [field: string]: unknown };
}
