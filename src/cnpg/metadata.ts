import type { EmbeddedMetadata } from "./object";

/** Labels CloudNativePG puts on what it makes, and the few it reads. */
export const labels = {
  /** Name of the Cluster an object belongs to. On pods, volumes, Secrets, Jobs, backups. */
  cluster: "cnpg.io/cluster",
  /** `primary` or `replica`; on instance pods. Services select by it. */
  instanceRole: "cnpg.io/instanceRole",
  /** Name of the instance, `<cluster>-<serial>`; on pods and volumes. */
  instanceName: "cnpg.io/instanceName",
  /** `instance` or `pooler`; on pods. */
  podRole: "cnpg.io/podRole",
  /** `PG_DATA`, `PG_WAL` or `PG_TABLESPACE`; on volume claims. */
  pvcRole: "cnpg.io/pvcRole",
  /** Tablespace a volume claim holds. */
  tablespaceName: "cnpg.io/tablespaceName",
  /** Purpose of a Job of the operator: initdb, import, join, full-recovery, snapshot-recovery, pgbasebackup, major-upgrade. */
  jobRole: "cnpg.io/jobRole",
  /** Name of the Pooler; on its pods. */
  poolerName: "cnpg.io/poolerName",
  /** `true` on a Secret or ConfigMap: its change is applied without waiting for another reason to reconcile. Ours always carry it. */
  reload: "cnpg.io/reload",
  /** `app` or `superuser`; on generated Secrets of users. */
  userType: "cnpg.io/userType",
  /** On Services made from `spec.managed.services`. */
  isManaged: "cnpg.io/isManaged",
  /** On the Service of a CNPG-I plugin: the plugin's name. The operator finds plugins by it. */
  pluginName: "cnpg.io/pluginName",
  /** Backup a VolumeSnapshot belongs to. */
  backupName: "cnpg.io/backupName",
  /** PostgreSQL major of the data in a VolumeSnapshot. */
  majorVersion: "cnpg.io/majorVersion",
  /** Timeline of the data in a VolumeSnapshot. */
  backupTimeline: "cnpg.io/backupTimeline",
  /** Day of a VolumeSnapshot, `YYYYMMDD`. */
  backupDate: "cnpg.io/backupDate",
  /** `true` on the first backup of a schedule with `immediate`. */
  immediateBackup: "cnpg.io/immediateBackup",
  /** Schedule that made a Backup. */
  scheduledBackup: "cnpg.io/scheduled-backup",
  /** Whether a VolumeSnapshot was taken while PostgreSQL ran. */
  onlineBackup: "cnpg.io/onlineBackup",
} as const;

/** Annotations CloudNativePG reads or writes. */
export const annotations = {
  /** On a Cluster, `on` or `off`: stops all pods and keeps the volumes. Deferred while the Cluster is unhealthy. */
  hibernation: "cnpg.io/hibernation",
  /** On a Cluster, a JSON list of instance names or `["*"]`: PostgreSQL is stopped in these pods, the pods stay. Other tools write it too. */
  fencedInstances: "cnpg.io/fencedInstances",
  /** On a Cluster, any time: pods reload their configuration when it changes. */
  reloadedAt: "cnpg.io/reloadedAt",
  /** On a Cluster, any time: pods are rolled when it changes. */
  restartedAt: "kubectl.kubernetes.io/restartedAt",
  /** On a Cluster, `disabled`: the operator leaves the Cluster alone. */
  reconciliationLoop: "cnpg.io/reconciliationLoop",
  /** On a Cluster, `disabled`: a changed pod specification does not roll the pods. */
  reconcilePodSpec: "cnpg.io/reconcilePodSpec",
  /** On a Cluster, `disabled`: the webhook checks nothing. We never set it. */
  validation: "cnpg.io/validation",
  /** On a Cluster, a JSON patch applied to instance pods. */
  podPatch: "cnpg.io/podPatch",
  /** On a Cluster, `enabled`: WAL is not archived and archive_mode is off. */
  skipWalArchiving: "cnpg.io/skipWalArchiving",
  /** On a Cluster, `enabled`: an archive that is not empty is accepted. Risks mixing two servers' WAL. */
  skipEmptyWalArchiveCheck: "cnpg.io/skipEmptyWalArchiveCheck",
  /** On a Cluster, Backup or schedule: minutes after which retried errors of a volume snapshot become final. */
  volumeSnapshotDeadline: "cnpg.io/volumeSnapshotDeadline",
  /** On a basic-auth Secret, `enabled`: the password is sent as it is instead of SCRAM-encoded. */
  passwordPassthrough: "cnpg.io/passwordPassthrough",
  /** Written by the operator: its version when it made the object. */
  operatorVersion: "cnpg.io/operatorVersion",
  /** Written by the operator on volume claims: `initializing`, `ready` or `detached`. */
  pvcStatus: "cnpg.io/pvcStatus",
  /** Written by the operator on pods: the pod specification it was made from, as JSON. */
  podSpec: "cnpg.io/podSpec",
  /** Written by the operator on pods and claims: serial of the instance. */
  nodeSerial: "cnpg.io/nodeSerial",
  /** On a pod, `true`: the instance and its volumes are made anew. */
  unrecoverable: "alpha.cnpg.io/unrecoverable",
  /** On a plugin's Service: Secret with the certificate the operator shows to the plugin. */
  pluginClientSecret: "cnpg.io/pluginClientSecret",
  /** On a plugin's Service: Secret whose tls.crt the operator trusts. */
  pluginServerSecret: "cnpg.io/pluginServerSecret",
  /** On a plugin's Service: its port. */
  pluginPort: "cnpg.io/pluginPort",
  /** On a plugin's Service: DNS name in its certificate. Default: the Service's name. */
  pluginServerName: "cnpg.io/pluginServerName",
} as const;

/** Values of {@link labels.instanceRole}. */
export const InstanceRole = { primary: "primary", replica: "replica" } as const;
export type InstanceRole = (typeof InstanceRole)[keyof typeof InstanceRole];

/** Values of {@link labels.podRole}. */
export const PodRole = { instance: "instance", pooler: "pooler" } as const;
export type PodRole = (typeof PodRole)[keyof typeof PodRole];

/** Values of {@link labels.pvcRole}. */
export const PvcRole = { data: "PG_DATA", wal: "PG_WAL", tablespace: "PG_TABLESPACE" } as const;
export type PvcRole = (typeof PvcRole)[keyof typeof PvcRole];

/** Values of {@link annotations.hibernation}. */
export const Hibernation = { on: "on", off: "off" } as const;
export type Hibernation = (typeof Hibernation)[keyof typeof Hibernation];

/** Labels we put on what we make. */
export const ownLabels = {
  /** Name of the instance, the same for all its generations. */
  instance: "cnpg.pulumi.com/instance",
  /** Generation, a number as text. Absent from what all generations share. */
  generation: "cnpg.pulumi.com/generation",
} as const;

/** Annotations we put on what we make. */
export const ownAnnotations = {
  /** On the Service of an instance: facts for those who know only its name, as JSON. */
  facts: "cnpg.pulumi.com/facts",
  /** On a Job: what its operation found, as JSON. Written by the operation itself. */
  result: "cnpg.pulumi.com/result",
  /** On a Cluster: server parameters that are held back, as JSON. Written by the operation that applies them. */
  parameters: "cnpg.pulumi.com/parameters",
  /** On a Cluster: a text that changes with every update that rolls its pods. */
  rollout: "cnpg.pulumi.com/rollout",
  /** On a Cluster: a text that changes with what rolls its pods and belongs to its store. */
  storeRollout: "cnpg.pulumi.com/store-rollout",
  /** On a Cluster that was demoted: the timeline it ended, and the name of the instance that takes over. Written by the operation `role`. */
  promotion: "cnpg.pulumi.com/promotion",
  /** On the Secret of an application: since when which of its two logins is in use, as JSON. Written by the operation `rotate`. */
  rotated: "cnpg.pulumi.com/rotated",
  /** On the Secret of an application: the rotation that has begun and not ended, as JSON. Written by the operation `rotate`. */
  rotation: "cnpg.pulumi.com/rotation",
  /** On the pods of an application: a text that changes with its credentials. Written by the operation `rotate`. */
  credentials: "cnpg.pulumi.com/credentials",
  /** On a Cluster: why failover is held back, and what is given back afterwards, as JSON. Written by the operation that suspends it. */
  suspension: "cnpg.pulumi.com/failover-suspended",
  /** On the Cluster that serves: what the watch is to do about failovers, as JSON. */
  failoverPolicy: "cnpg.pulumi.com/failover-policy",
  /** On a Cluster: name of the primary that is fenced only until it has a pod again, and since when, as JSON. Written by the watch. */
  revival: "cnpg.pulumi.com/revival",
  /** On a Backup: what the person who asked for it calls it. */
  label: "cnpg.pulumi.com/label",
  /** On a Backup: what the check of its objects found, as JSON. Written by the operation that checks. */
  check: "cnpg.pulumi.com/check",
} as const;

/** Labels recommended by Kubernetes. */
export const appLabels = {
  /** On what CloudNativePG makes: `postgresql`; on the operator itself: {@link operatorAppName}. */
  name: "app.kubernetes.io/name",
  instance: "app.kubernetes.io/instance",
  version: "app.kubernetes.io/version",
  /** On what CloudNativePG makes: `database` or `pooler`. */
  component: "app.kubernetes.io/component",
  /** On what we make: name of the instance. */
  partOf: "app.kubernetes.io/part-of",
  /** On what we make: {@link managedBy}; on what CloudNativePG makes: `cloudnative-pg`. */
  managedBy: "app.kubernetes.io/managed-by",
} as const;

/** Value of {@link appLabels.managedBy} on what we make. */
export const managedBy = "pulumi-cnpg";

/**
 * Labels by which CloudNativePG finds what it made itself, with values of its own. A Cluster whose `inheritedMetadata` sets one of them hides its
 * volumes from it: no volume snapshot of them is ever taken, and the Backup stays `started` without a word.
 * Source: CloudNativePG 1.30, pkg/reconciler/persistentvolumeclaim, GetInstancePVCs and calculator.go, GetLabels.
 */
const selectedByOperator: readonly string[] = [appLabels.name, appLabels.component, appLabels.managedBy];

/** The labels of these that a Cluster can hand on to what CloudNativePG makes for it. */
export function inheritableLabels(labels: Record<string, string>): Record<string, string> {
  return Object.fromEntries(Object.entries(labels).filter(([name]) => !selectedByOperator.includes(name)));
}

/**
 * For an object that is applied as a patch: one that is there already is taken over, whoever applied it. One field manager for all of them, else
 * fields that a later version drops would stay, owned by an installation that is gone.
 */
export const takenOver = {
  "pulumi.com/patchForce": "true",
  "pulumi.com/patchFieldManager": managedBy,
} as const;

/** Value of {@link appLabels.name} on every CloudNativePG operator Deployment, whatever installed it. */
export const operatorAppName = "cloudnative-pg";

/**
 * Labels of an object we make for an instance.
 * @param instance name of the instance
 * @param generation generation the object belongs to; leave out for what all generations share
 */
export function instanceLabels(instance: string, generation?: number | string): Record<string, string> {
  return {
    [appLabels.managedBy]: managedBy,
    [appLabels.partOf]: instance,
    [ownLabels.instance]: instance,
    ...(generation === undefined ? {} : { [ownLabels.generation]: String(generation) }),
  };
}

/** Metadata of an object we make for an instance. */
export interface InstanceObjectMetadata {
  name: string;
  namespace: string;
  labels: Record<string, string>;
  annotations?: Record<string, string>;
}

/**
 * Metadata of an object we make for an instance.
 * @param common labels and annotations the user wants on everything
 * @param name name of the object
 * @param extra of this object alone
 */
export function instanceMetadata(
  instance: { name: string; namespace: string },
  common: EmbeddedMetadata,
  name: string,
  extra: EmbeddedMetadata = {},
): InstanceObjectMetadata {
  // An empty map would differ from what the API server keeps, at every update.
  const annotations = { ...common.annotations, ...extra.annotations };
  return {
    name,
    namespace: instance.namespace,
    labels: { ...common.labels, ...instanceLabels(instance.name), ...extra.labels },
    ...(Object.keys(annotations).length > 0 ? { annotations } : {}),
  };
}

/**
 * Names of fenced instances as the annotation holds them; `["*"]` fences all.
 * @returns an empty list when the annotation is absent
 * @throws Error when the annotation is not a JSON list of strings
 */
export function fencedInstances(of: Record<string, string> | undefined): string[] {
  const text = of?.[annotations.fencedInstances];
  if (text === undefined || text === "") return [];
  const list: unknown = parseJson(text);
  if (!Array.isArray(list) || !list.every(name => typeof name === "string")) {
    throw new Error(
      `annotation ${annotations.fencedInstances} = ${text} is not a JSON list of instance names; write for example ["orders-g1-1"] or ["*"]`,
    );
  }
  return list;
}

function parseJson(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}
