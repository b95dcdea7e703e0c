import type { Manifest } from "../../cnpg/object";
import { instanceMetadata, labels as cnpgLabels } from "../../cnpg/metadata";
import { barmanRoleName } from "../../cnpg/object-store";
import { executeRule, podNames } from "../../instance/pods";
import type { InstanceReference } from "../../instance/reference";
import { cronJobManifest, type CronJobManifest, type JobSpec, unusedSchedule } from "../../jobs/job";
import type { Rule } from "../../jobs/rule";
import { resolveSchedule } from "../../schedule/resolve";
import { storeRules } from "../store/rules";
import { drillAlerts } from "./alerts";
import { type DrillArgs, DrillTarget } from "./args";
import { drillNames, historyKey, metricKey } from "./names";

/** What the restore drills of an instance need in Kubernetes. */
export interface DrillManifests {
  serviceAccount: Manifest;
  role: Manifest;
  binding: Manifest;
  /** Lets the throw-away instance, which runs under the instance's own ServiceAccount, read the archive. */
  archiveBinding: Manifest;
  /** Runs drills, and is what drills on demand are made from. */
  cronJob: CronJobManifest;
  /** Reports. Its data belongs to the drills: make it with `ignoreChanges: ["data"]`. */
  history: Manifest;
  /** Query of the metric. Its data belongs to the drills: make it with `ignoreChanges: ["data"]`. */
  metric: Manifest;
  /** Only with `alerts`. */
  alerts?: Manifest;
}

/** Labels and annotations of everything. */
export interface DrillMetadata {
  labels?: Record<string, string>;
  annotations?: Record<string, string>;
}

/** Seconds a drill has, besides those to restore and check, to remove everything. */
const removalSeconds = 300;

export const defaultTimeoutSeconds = 14_400;
export const defaultHistory = 10;

/**
 * The manifests of an instance's restore drills.
 * @throws Error when the instance has no `backup`
 */
export function drillManifests(
  instance: InstanceReference,
  args: DrillArgs,
  common: DrillMetadata = {},
): DrillManifests {
  const names = drillNames(instance.name);
  const meta = metadataOf(instance, common);
  const account = { kind: "ServiceAccount", name: names.drills, namespace: instance.namespace };
  const pods = { kind: "ServiceAccount", name: instance.serviceAccount, namespace: instance.namespace };
  return {
    serviceAccount: {
      apiVersion: "v1",
      kind: "ServiceAccount",
      metadata: meta(names.drills, { annotations: storeOf(instance).serviceAccountAnnotations }),
    },
    role: { apiVersion: rbac, kind: "Role", metadata: meta(names.drills), rules: rules(instance) },
    binding: roleBinding(meta(names.drills), names.drills, account),
    archiveBinding: roleBinding(meta(names.archiveBinding), barmanRoleName(names.drill), pods),
    cronJob: cronJob(instance, args, common),
    history: configMap(meta(names.drills), { [historyKey]: "[]" }),
    metric: configMap(meta(names.metric, { labels: { [cnpgLabels.reload]: "true" } }), { [metricKey]: "{}" }),
    ...(args.alerts === true ? { alerts: drillAlerts(instance, args, meta(names.drills)) } : {}),
  };
}

const rbac = "rbac.authorization.k8s.io/v1";

type MetadataOf = (name: string, extra?: DrillMetadata) => Manifest["metadata"];

function metadataOf(instance: InstanceReference, common: DrillMetadata): MetadataOf {
  return (name, extra) => instanceMetadata(instance, common, name, extra);
}

function roleBinding(metadata: Manifest["metadata"], role: string, subject: object): Manifest {
  return {
    apiVersion: rbac,
    kind: "RoleBinding",
    metadata,
    roleRef: { apiGroup: "rbac.authorization.k8s.io", kind: "Role", name: role },
    subjects: [subject],
  };
}

function configMap(metadata: Manifest["metadata"], data: Record<string, string>): Manifest {
  return { apiVersion: "v1", kind: "ConfigMap", metadata, data };
}

function storeOf({ namespace, name, store }: InstanceReference): NonNullable<InstanceReference["store"]> {
  if (store === undefined) {
    throw new Error(
      `Instance ${namespace}/${name} archives nowhere, so there is nothing to restore. Give it "backup".`,
    );
  }
  return store;
}

/** Rules without names are for objects whose names are not known before. */
function rules(instance: InstanceReference): Rule[] {
  const names = drillNames(instance.name);
  return [
    ...storeRules(storeOf(instance)),
    { apiGroups: [""], resources: ["services"], verbs: ["get"], resourceNames: [instance.name] },
    {
      apiGroups: ["postgresql.cnpg.io"],
      resources: ["clusters"],
      verbs: ["get"],
      resourceNames: [instance.clusterName, names.drill],
    },
    { apiGroups: ["postgresql.cnpg.io"], resources: ["clusters"], verbs: ["create"] },
    {
      apiGroups: ["postgresql.cnpg.io"],
      resources: ["clusters"],
      verbs: ["delete"],
      resourceNames: [names.drill],
    },
    { apiGroups: [""], resources: ["pods", "persistentvolumeclaims"], verbs: ["get", "list"] },
    { apiGroups: [""], resources: ["pods/log"], verbs: ["get"] },
    executeRule([...podNames(instance.clusterName, instance.instances), ...podNames(names.drill, 1)]),
    {
      apiGroups: [""],
      resources: ["configmaps"],
      verbs: ["get", "patch"],
      resourceNames: [names.drills, names.metric],
    },
    { apiGroups: [""], resources: ["events"], verbs: ["create"] },
    { apiGroups: ["batch"], resources: ["jobs"], verbs: ["get", "list", "patch"] },
  ];
}

function cronJob(instance: InstanceReference, args: DrillArgs, common: DrillMetadata): CronJobManifest {
  const { drill } = drillNames(instance.name);
  const { schedule, timeZone } = args;
  return cronJobManifest(job(instance, args, common), {
    schedule:
      schedule === undefined
        ? unusedSchedule
        : (fiveFields(schedule, `${instance.namespace}/${drill}`) ?? unusedSchedule),
    timeZone,
    suspend: schedule === undefined || instance.hibernated || (args.suspend ?? false),
  });
}

function fiveFields(schedule: string, seed: string): string | undefined {
  return resolveSchedule(schedule, seed).fiveFields;
}

function job(instance: InstanceReference, args: DrillArgs, common: DrillMetadata): JobSpec {
  const names = drillNames(instance.name);
  const meta = metadataOf(instance, common)(names.drill);
  const timeoutSeconds = args.timeoutSeconds ?? defaultTimeoutSeconds;
  return {
    name: names.drill,
    namespace: instance.namespace,
    labels: { ...meta.labels, ...storeOf(instance).podLabels },
    annotations: meta.annotations,
    operation: "drill",
    request: drillRequest(instance, args),
    image: instance.jobsImage,
    imagePullPolicy: instance.jobsImagePullPolicy,
    serviceAccountName: names.drills,
    // A drill that failed is a result, and must not be tried again until one succeeds.
    backoffLimit: 0,
    activeDeadlineSeconds: timeoutSeconds + removalSeconds,
    resources: { requests: { cpu: "50m", memory: "128Mi" }, limits: { memory: "512Mi" } },
  };
}

/** What operation `drill` is asked for. */
export function drillRequest({ namespace, name }: InstanceReference, args: DrillArgs): object {
  const { checks, storage, resources, maxRtoSeconds } = args;
  return {
    namespace,
    instance: name,
    target: args.target ?? DrillTarget.RestorePoint,
    timeoutSeconds: args.timeoutSeconds ?? defaultTimeoutSeconds,
    history: args.history ?? defaultHistory,
    ...(checks === undefined ? {} : { checks }),
    ...(storage === undefined ? {} : { storage }),
    ...(resources === undefined ? {} : { resources }),
    ...(maxRtoSeconds === undefined ? {} : { maxRtoSeconds }),
  };
}
