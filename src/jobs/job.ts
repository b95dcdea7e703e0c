import { createHash } from "node:crypto";
import { appLabels, managedBy, ownAnnotations } from "../cnpg/metadata";
import type { EnvVar, ResourceRequirements } from "../cnpg/pod";

/** Annotation on a finished Job that holds what the operation found, as JSON. */
export const resultAnnotation = ownAnnotations.result;

/** A Job that runs one operation of the jobs image. */
export interface JobSpec {
  /** Name of the Job; at most 63 characters. See {@link jobName}. */
  name: string;
  namespace: string;
  /** Operation of the image, for example `connection-check`. */
  operation: string;
  /** Argument of the operation. Never a secret: it stands in the pod's specification. */
  request: object;
  image: string;
  /** `Always`, `IfNotPresent` or `Never`. @default what Kubernetes derives from the tag */
  imagePullPolicy?: string;
  /** ServiceAccount with exactly the rights the operation needs. */
  serviceAccountName: string;
  /** Labels of the Job and its pods. */
  labels: Record<string, string>;
  /** Annotations of the Job. */
  annotations?: Record<string, string>;
  /** Further environment; secrets by reference. */
  env?: EnvVar[];
  volumes?: JobVolume[];
  volumeMounts?: JobVolumeMount[];
  /** How many further pods are tried after a failed one. @default 2 */
  backoffLimit?: number;
  /** Seconds after which the Job is ended as failed, whatever its pods do. */
  activeDeadlineSeconds: number;
  /** @default requests 50m and 64Mi, memory limit 256Mi */
  resources?: ResourceRequirements;
}

/** Files for an operation: exactly one source. */
export interface JobVolume {
  name: string;
  configMap?: {
    name: string;
    items?: { key: string; path: string }[];
    defaultMode?: number;
    optional?: boolean;
  };
  secret?: {
    secretName: string;
    items?: { key: string; path: string }[];
    defaultMode?: number;
    optional?: boolean;
  };
  emptyDir?: { sizeLimit?: string; medium?: string };
  persistentVolumeClaim?: { claimName: string; readOnly?: boolean };
}

/** Where a volume appears. */
export interface JobVolumeMount {
  name: string;
  mountPath: string;
  readOnly?: boolean;
  subPath?: string;
}

/** What makes a Job the same Job. */
export interface JobIdentity {
  operation: string;
  request: object;
  image: string;
}

/** What {@link jobManifest} writes. */
export interface JobManifest {
  apiVersion: "batch/v1";
  kind: "Job";
  metadata: JobMetadata;
  spec: ReturnType<typeof jobSpecification>;
}

/** What {@link cronJobManifest} writes. */
export interface CronJobManifest {
  apiVersion: "batch/v1";
  kind: "CronJob";
  metadata: JobMetadata;
  spec: {
    schedule: string;
    timeZone: string;
    concurrencyPolicy: string;
    startingDeadlineSeconds: number;
    suspend?: boolean;
    successfulJobsHistoryLimit: number;
    failedJobsHistoryLimit: number;
    jobTemplate: { metadata: { labels: Record<string, string> }; spec: ReturnType<typeof jobSpecification> };
  };
}

interface JobMetadata {
  name: string;
  namespace: string;
  labels: Record<string, string>;
  annotations?: Record<string, string>;
}

/** CPU and memory of a Job that names none. */
export const defaultJobResources = {
  requests: { cpu: "50m", memory: "64Mi" },
  limits: { memory: "256Mi" },
} as const satisfies ResourceRequirements;

/** User of the jobs image; the number CloudNativePG's images use for postgres. */
export const jobsUser = 26;

/** What a container of the jobs image may do: nothing but run. */
export const jobsSecurity = {
  allowPrivilegeEscalation: false,
  readOnlyRootFilesystem: true,
  capabilities: { drop: ["ALL"] },
};

/** Runs one operation of the jobs image. */
export function operationCommand(operation: string, request: object): string[] {
  return ["node", "/app/jobs.js", operation, "--request", JSON.stringify(request)];
}

/** The manifest of a Job. It is never removed by a time limit, because a removed Job is drift. */
export function jobManifest(spec: JobSpec): JobManifest {
  return {
    apiVersion: "batch/v1",
    kind: "Job",
    metadata: {
      ...metadata(spec),
      // A Job that failed is made anew by the next update, when the reason may be gone.
      annotations: { ...spec.annotations, "pulumi.com/replaceUnready": "true" },
    },
    spec: jobSpecification(spec),
  };
}

/** For a suspended CronJob that only gives its template to Jobs on demand: a schedule must stand there. */
export const unusedSchedule = "0 0 1 1 *";

/** When a CronJob runs. */
export interface CronJobSchedule {
  /** Five fields. */
  schedule: string;
  /** IANA name. @default "Etc/UTC" */
  timeZone?: string;
  /** How late a missed run may still begin. @default 3600 */
  startingDeadlineSeconds?: number;
  /** Runs only when somebody makes a Job from it. @default false */
  suspend?: boolean;
}

/** The manifest of a CronJob that runs the operation again and again; runs never overlap. */
export function cronJobManifest(spec: JobSpec, when: CronJobSchedule): CronJobManifest {
  return {
    apiVersion: "batch/v1",
    kind: "CronJob",
    metadata: metadata(spec),
    spec: {
      schedule: when.schedule,
      timeZone: when.timeZone ?? "Etc/UTC",
      concurrencyPolicy: "Forbid",
      startingDeadlineSeconds: when.startingDeadlineSeconds ?? 3600,
      ...(when.suspend === undefined ? {} : { suspend: when.suspend }),
      successfulJobsHistoryLimit: 1,
      failedJobsHistoryLimit: 1,
      jobTemplate: { metadata: { labels: spec.labels }, spec: jobSpecification(spec) },
    },
  };
}

/** A pod that runs one operation of the jobs image until it is told to stop. */
export type ServiceSpec = Omit<JobSpec, "activeDeadlineSeconds" | "backoffLimit">;

/** What {@link deploymentManifest} writes. */
export interface DeploymentManifest {
  apiVersion: "apps/v1";
  kind: "Deployment";
  metadata: JobMetadata;
  spec: {
    replicas: number;
    strategy: { type: string };
    selector: { matchLabels: Record<string, string> };
    template: { metadata: { labels: Record<string, string> }; spec: object };
  };
}

/** The manifest of a Deployment of one pod; a new pod begins only when the former one has ended. */
export function deploymentManifest(spec: ServiceSpec): DeploymentManifest {
  const matchLabels = { [appLabels.component]: spec.operation, [appLabels.managedBy]: managedBy };
  return {
    apiVersion: "apps/v1",
    kind: "Deployment",
    metadata: metadata(spec),
    spec: {
      replicas: 1,
      strategy: { type: "Recreate" },
      selector: { matchLabels },
      template: {
        metadata: { labels: { ...spec.labels, ...matchLabels } },
        spec: { ...podSpecification(spec), restartPolicy: "Always" },
      },
    },
  };
}

/**
 * Name of the Job for a request: the prefix and eight hexadecimal digits over operation, request and image,
 * so that a changed request is a new Job and an unchanged one is the Job that ran already.
 * A prefix too long for 63 characters is cut; the digits cover the whole of it.
 */
export function jobName(prefix: string, identity: JobIdentity): string {
  const { operation, request, image } = identity;
  const digits = createHash("sha256")
    .update(canonical({ prefix, operation, request, image }))
    .digest("hex")
    .slice(0, 8);
  return `${prefix.slice(0, 63 - 9).replace(/[-.]+$/, "")}-${digits}`;
}

function metadata(spec: ServiceSpec): JobMetadata {
  return {
    name: spec.name,
    namespace: spec.namespace,
    labels: spec.labels,
    ...(spec.annotations === undefined ? {} : { annotations: spec.annotations }),
  };
}

function jobSpecification(spec: JobSpec) {
  return {
    backoffLimit: spec.backoffLimit ?? 2,
    activeDeadlineSeconds: spec.activeDeadlineSeconds,
    template: { metadata: { labels: spec.labels }, spec: podSpecification(spec) },
  };
}

function podSpecification(spec: ServiceSpec) {
  return {
    serviceAccountName: spec.serviceAccountName,
    restartPolicy: "Never",
    securityContext: {
      runAsNonRoot: true,
      runAsUser: jobsUser,
      runAsGroup: jobsUser,
      fsGroup: jobsUser,
      seccompProfile: { type: "RuntimeDefault" },
    },
    containers: [container(spec)],
    volumes: [{ name: "tmp", emptyDir: {} }, ...(spec.volumes ?? [])],
  };
}

function container(spec: ServiceSpec) {
  return {
    name: spec.operation,
    image: spec.image,
    ...(spec.imagePullPolicy === undefined ? {} : { imagePullPolicy: spec.imagePullPolicy }),
    command: operationCommand(spec.operation, spec.request),
    env: [...ownEnvironment, ...(spec.env ?? [])],
    resources: spec.resources ?? defaultJobResources,
    securityContext: jobsSecurity,
    volumeMounts: [{ name: "tmp", mountPath: "/tmp" }, ...(spec.volumeMounts ?? [])],
    terminationMessagePolicy: "FallbackToLogsOnError",
  };
}

/** What an operation has to know of its own Job to leave a result on it. */
const ownEnvironment: EnvVar[] = [
  {
    name: "JOB_NAME",
    valueFrom: { fieldRef: { fieldPath: "metadata.labels['batch.kubernetes.io/job-name']" } },
  },
  {
    name: "JOB_UID",
    valueFrom: { fieldRef: { fieldPath: "metadata.labels['batch.kubernetes.io/controller-uid']" } },
  },
  { name: "POD_NAMESPACE", valueFrom: { fieldRef: { fieldPath: "metadata.namespace" } } },
];

/** JSON with sorted keys, so that the order in which a request was built does not matter. */
function canonical(value: unknown): string {
  if (Array.isArray(value)) return `[${value.map(canonical).join(",")}]`;
  if (typeof value !== "object" || value === null) return JSON.stringify(value) ?? "null";
  const members = Object.entries(value).filter(([, member]) => member !== undefined);
  return `{${members
    .sort(([a], [b]) => (a < b ? -1 : 1))
    .map(([key, member]) => `${JSON.stringify(key)}:${canonical(member)}`)
    .join(",")}}`;
}
