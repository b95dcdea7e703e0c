import type * as pulumi from "@pulumi/pulumi";
import { BackupType } from "../../backup/backup-type";
import { jobManifest, type JobManifest, jobName } from "../../jobs/job";
import type { Rule } from "../../jobs/rule";
import type { InstanceReference } from "../../instance/reference";
import { besideInstance } from "../metadata";
import type { DatabaseArgs } from "./args";
import type { DatabaseParts } from "./parts";
import type { ResolvedDatabase } from "./resolve";

/** Seconds in which the backup is to end. */
const patience = 6 * 3600;

/** Whether this update takes a last backup of the instance, before the database may be dropped. */
export function takesLastBackup(args: DatabaseArgs, instance: InstanceReference | undefined): boolean {
  const { deletion } = args;
  if (deletion === undefined || args.instance === undefined) return false;
  return deletion.finalBackup ?? instance?.archive !== undefined;
}

/** A base backup of the whole instance; an update that cannot take it leaves the database as it is. */
export function lastBackupJob(
  { instance, plan, names }: ResolvedDatabase,
  common: DatabaseArgs,
): JobManifest {
  const request = {
    namespace: instance.namespace,
    instance: instance.name,
    type: BackupType.Full,
    label: `before database ${plan.database} is removed`.slice(0, 200),
    name: names.lastBackup,
    timeoutSeconds: patience,
  };
  const image = common.jobs?.image ?? instance.jobsImage;
  const operation = "backup";
  return jobManifest({
    ...besideInstance(instance, common, jobName(`${names.account}-backup`, { operation, request, image })),
    operation,
    request,
    image,
    imagePullPolicy: common.jobs?.imagePullPolicy ?? instance.jobsImagePullPolicy,
    serviceAccountName: names.account,
    backoffLimit: 0,
    activeDeadlineSeconds: patience + 60,
  });
}

/** What the Job may do: find the instance, ask CloudNativePG for a backup and follow it. */
export function lastBackupRules({ instance, names }: ResolvedDatabase): Rule[] {
  const named = (apiGroup: string, resource: string, name: string): Rule => ({
    apiGroups: [apiGroup],
    resources: [resource],
    verbs: ["get"],
    resourceNames: [name],
  });
  const group = "postgresql.cnpg.io";
  return [
    named("", "services", instance.name),
    named(group, "clusters", instance.clusterName),
    { apiGroups: [group], resources: ["backups"], verbs: ["create", "list"] },
    {
      apiGroups: [group],
      resources: ["backups"],
      verbs: ["get", "patch"],
      resourceNames: [names.lastBackup],
    },
    { apiGroups: [""], resources: ["pods"], verbs: ["get", "list"] },
    // A backup that fails says why in the log of the archiving container.
    { apiGroups: [""], resources: ["pods/log"], verbs: ["get"] },
    { apiGroups: [""], resources: ["events"], verbs: ["create", "get", "list", "patch"] },
    // Its name ends in digits that are not known before.
    { apiGroups: ["batch"], resources: ["jobs"], verbs: ["get", "patch"] },
  ];
}

/** @returns what everything that would be dropped waits for */
export function makeLastBackup({ args, children, resolved, account }: DatabaseParts): pulumi.Resource[] {
  const metadata = resolved.apply(({ instance, names }) =>
    besideInstance(instance, args, `${names.account}-backup`),
  );
  const rights = children.rights("last-backup", metadata, resolved.apply(lastBackupRules), account.metadata, [
    account,
  ]);
  const job = children.job(
    "last-backup-job",
    resolved.apply(of => lastBackupJob(of, args)),
    patience + 90,
    [account, ...rights],
  );
  return [...rights, job];
}
