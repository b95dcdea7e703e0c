import { isMap } from "../protocol/property";
import type { Property } from "../protocol/property";
import { at, isConfigMap, isSecretKind, kindOf, parseApiVersion, text } from "./manifest";
import type { Manifest } from "./manifest";
import { parsePath } from "./property-path";
import type { PathStep } from "./property-path";

export interface Mutability {
  secrets: boolean;
  configMaps: boolean;
}

const identity = ["metadata.name", "metadata.namespace"];

const container = [
  "args",
  "command",
  "env",
  "image",
  "imagePullPolicy",
  "lifecycle",
  "livenessProbe",
  "ports",
  "readinessProbe",
  "resources",
  "securityContext",
  "stdin",
  "stdinOnce",
  "terminationMessagePath",
  "terminationMessagePolicy",
  "tty",
  "volumeDevices",
  "volumeMounts",
  "workingDir",
];

const pod = [
  ...[
    "affinity",
    "automountServiceAccountToken",
    "dnsConfig",
    "dnsPolicy",
    "enableServiceLinks",
    "hostAliases",
  ],
  ...[
    "hostIPC",
    "hostNetwork",
    "hostPID",
    "hostname",
    "imagePullSecrets",
    "nodeName",
    "nodeSelector",
    "overhead",
  ],
  ...[
    "preemptionPolicy",
    "priority",
    "priorityClassName",
    "readinessGates",
    "restartPolicy",
    "runtimeClassName",
  ],
  ...["schedulerName", "securityContext", "serviceAccount", "serviceAccountName", "shareProcessNamespace"],
  ...["subdomain", "terminationGracePeriodSeconds", "volumes"],
].map(field => `spec.${field}`);

const persistentVolumeSources = [
  ...[
    "awsElasticBlockStore",
    "azureDisk",
    "azureFile",
    "cephfs",
    "cinder",
    "csi",
    "fc",
    "flexVolume",
    "flocker",
  ],
  ...["gcePersistentDisk", "glusterfs", "hostPath", "iscsi", "local", "nfs", "photonPersistentDisk"],
  ...["portworxVolume", "quobyte", "rbd", "scaleIO", "storageos", "vsphereVolume"],
].map(field => `spec.${field}`);

/** Fields whose change the API server refuses, or would obey only for objects yet to come: group/kind → paths. */
const immutable = new Map<string, string[]>([
  ["apps/DaemonSet", ["spec.selector"]],
  ["apps/Deployment", ["spec.selector"]],
  [
    "apps/StatefulSet",
    ["podManagementPolicy", "revisionHistoryLimit", "selector", "serviceName", "volumeClaimTemplates"].map(
      field => `spec.${field}`,
    ),
  ],
  ["batch/Job", ["spec.completions", "spec.parallelism", "spec.selector", "spec.template"]],
  ["/PersistentVolume", persistentVolumeSources],
  [
    "/PersistentVolumeClaim",
    ["spec.accessModes", "spec.selector", "spec.storageClassName", "spec.volumeName"],
  ],
  [
    "/Pod",
    [
      ...pod,
      ...container.flatMap(field => [`spec.containers[*].${field}`, `spec.initContainers[*].${field}`]),
    ],
  ],
  ["/ResourceQuota", ["spec.scopes"]],
  ["/Secret", ["type"]],
  ["/Service", ["spec.clusterIP"]],
  ["rbac.authorization.k8s.io/ClusterRoleBinding", ["roleRef"]],
  ["rbac.authorization.k8s.io/RoleBinding", ["roleRef"]],
  ["storage.k8s.io/StorageClass", ["parameters", "provisioner"]],
]);

/** The paths whose change replaces this object. */
export function immutablePaths(object: Manifest, mutable: Mutability): PathStep[][] {
  const marked = at(object, "immutable") === true;
  const paths = [...identity];
  if (isSecretKind(object) && (!mutable.secrets || marked)) paths.push("type", "stringData", "data");
  else if (isConfigMap(object) && (!mutable.configMaps || marked)) paths.push("binaryData", "data");
  else {
    const { group } = parseApiVersion(text(object, "apiVersion"));
    paths.push(...(immutable.get(`${group}/${kindOf(object)}`) ?? []));
  }
  return paths.map(parsePath);
}

/** A Patch resource may change everything but the object it patches. */
export const identityPaths: PathStep[][] = identity.map(parsePath);

/** True when giving the value to the path touches one of the immutable paths. */
export function touches(
  path: readonly PathStep[],
  value: Property | undefined,
  immutablePath: PathStep[],
): boolean {
  const shared = Math.min(path.length, immutablePath.length);
  for (let index = 0; index < shared; index++) {
    if (immutablePath[index] !== "*" && immutablePath[index] !== path[index]) return false;
  }
  return reaches(value, immutablePath.slice(shared));
}

function reaches(value: Property | undefined, rest: PathStep[]): boolean {
  const [step, ...deeper] = rest;
  if (step === undefined) return true;
  if (step === "*") return Array.isArray(value) && value.some(element => reaches(element, deeper));
  return isMap(value) && Object.hasOwn(value, step) && reaches(value[step], deeper);
}
