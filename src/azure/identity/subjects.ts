import { backupAccounts } from "../../backup/schedule/accounts";
import { drillNames } from "../../backup/drill/names";
import { instanceNames } from "../../instance/names";
import type { PlatformReference } from "../platform/reference";
import type { IdentityInstanceArgs, InstanceIdentityArgs } from "./args";

/** A ServiceAccount whose tokens Azure takes for the identity's. */
export interface Subject {
  namespace: string;
  serviceAccount: string;
  platform: PlatformReference;
  /** Path of the argument it comes from. */
  argument: string;
}

/** Source: "Important considerations and restrictions for federated identity credentials", Microsoft Learn, 2025. */
export const maxCredentials = 20;

/** ServiceAccounts that enter the store for an instance. None of their names carries a generation. */
export function accountsOf(instance: IdentityInstanceArgs): string[] {
  const { name, readOnly = false, schedule = !readOnly, drills = schedule, dumps = false } = instance;
  const own = instanceNames(name);
  const backups = backupAccounts(name);
  return [
    own.serviceAccount,
    ...(readOnly ? [] : [own.archive, own.finalBackupJob]),
    ...(schedule ? [backups.keeper] : []),
    ...(drills ? [drillNames(name).drills] : []),
    ...(dumps ? [backups.dumps, backups.dumpRestore] : []),
  ];
}

export function subjectsOf(args: InstanceIdentityArgs): Subject[] {
  const { platform, namespace = "default" } = args;
  return [
    ...args.instances.flatMap((instance, index) =>
      accountsOf(instance).map(serviceAccount => ({
        serviceAccount,
        namespace: instance.namespace ?? namespace,
        platform: instance.platform ?? platform,
        argument: `instances[${index}]`,
      })),
    ),
    ...(args.serviceAccounts ?? []).map((account, index) => ({
      serviceAccount: account.name,
      namespace: account.namespace,
      platform: account.platform ?? platform,
      argument: `serviceAccounts[${index}]`,
    })),
  ];
}

/** What Azure compares with the token's subject, letter by letter. */
export function subjectText({ namespace, serviceAccount }: Subject): string {
  return `system:serviceaccount:${namespace}:${serviceAccount}`;
}

/** Names of the platforms, in the order in which they first appear: the one of the identity has none. */
export function platformsOf(args: InstanceIdentityArgs): PlatformReference[] {
  return [...new Set([args.platform, ...subjectsOf(args).map(subject => subject.platform)])];
}
