import type * as pulumi from "@pulumi/pulumi";
import { BackupType } from "../../backup/backup-type";
import { findRules, reportRules } from "../../backup/schedule/rights";
import { jobManifest, type JobManifest } from "../../jobs/job";
import type { Rule } from "../../jobs/rule";
import type { InstanceReference } from "../../instance/reference";
import { onceJob } from "../instance-job";
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
  return jobManifest(
    onceJob(instance, common, `${names.account}-backup`, {
      operation: "backup",
      request,
      serviceAccountName: names.account,
      backoffLimit: 0,
      activeDeadlineSeconds: patience + 60,
    }),
  );
}

/** What the Job may do: find the instance, ask CloudNativePG for a backup and follow it. */
export function lastBackupRules({ instance, names }: ResolvedDatabase): Rule[] {
  const backups = { apiGroups: ["postgresql.cnpg.io"], resources: ["backups"] };
  return [
    ...findRules(instance),
    { ...backups, verbs: ["create", "list"] },
    { ...backups, verbs: ["get", "patch"], resourceNames: [names.lastBackup] },
    { apiGroups: [""], resources: ["pods"], verbs: ["get", "list"] },
    // A backup that fails says why in the log of the archiving container.
    { apiGroups: [""], resources: ["pods/log"], verbs: ["get"] },
    ...reportRules,
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
