import { executeRule, podNames } from "../../instance/pods";
import type { InstanceReference } from "../../instance/reference";
import type { Rule } from "../../jobs/rule";
import { storeRules } from "../store/rules";
import type { BackupScheduleNames } from "./names";

/** May find the instance: its Service, and the Cluster that serves. */
export function findRules({ name, clusterName }: InstanceReference): Rule[] {
  return [
    { apiGroups: [""], resources: ["services"], verbs: ["get"], resourceNames: [name] },
    {
      apiGroups: ["postgresql.cnpg.io"],
      resources: ["clusters"],
      verbs: ["get"],
      resourceNames: [clusterName],
    },
  ];
}

/** May find the pods of the instance and run commands in them. */
function executeRules({ clusterName, instances }: InstanceReference): Rule[] {
  return [
    { apiGroups: [""], resources: ["pods"], verbs: ["get", "list"] },
    executeRule(podNames(clusterName, instances)),
  ];
}

/** May leave a result on its own Job, and say what happened. The names of Jobs and Events end in digits that are not known before. */
export const reportRules: Rule[] = [
  { apiGroups: ["batch"], resources: ["jobs"], verbs: ["get", "patch"] },
  { apiGroups: [""], resources: ["events"], verbs: ["create", "get", "patch"] },
];

/** Takes incremental backups, checks backups, carries out retention. */
export function keeperRules(reference: InstanceReference, { keeper }: BackupScheduleNames): Rule[] {
  return [
    ...findRules(reference),
    ...executeRules(reference),
    ...(reference.store === undefined ? [] : storeRules(reference.store)),
    // Former generations have backups too, and the names of backups end in times.
    { apiGroups: ["postgresql.cnpg.io"], resources: ["clusters", "scheduledbackups"], verbs: ["list"] },
    // The sidecar alone knows why WAL is not archived.
    { apiGroups: [""], resources: ["pods/log"], verbs: ["get"] },
    {
      apiGroups: ["postgresql.cnpg.io"],
      resources: ["backups"],
      verbs: ["get", "list", "create", "patch", "delete"],
    },
    {
      apiGroups: ["snapshot.storage.k8s.io"],
      resources: ["volumesnapshots"],
      verbs: ["get", "list", "delete"],
    },
    { apiGroups: [""], resources: ["configmaps"], verbs: ["create"] },
    { apiGroups: [""], resources: ["configmaps"], verbs: ["get", "patch"], resourceNames: [keeper] },
    ...reportRules,
  ];
}

/** Dumps: reads the databases by a login of its own, and no more of the cluster than the store needs. */
export function dumpRules(reference: InstanceReference): Rule[] {
  return [
    ...findRules(reference),
    ...(reference.store === undefined ? [] : storeRules(reference.store)),
    ...reportRules,
  ];
}

/** Restores dumps: makes databases and extensions, which takes the superuser. */
export function dumpRestoreRules(reference: InstanceReference): Rule[] {
  return [...dumpRules(reference), ...executeRules(reference)];
}
