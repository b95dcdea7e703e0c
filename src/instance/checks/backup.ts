import type { ArgumentProblem } from "../../argument-error";
import { newArchiveProblem } from "../../backup/archive/archive-name";
import type { BackupStoreReference } from "../../backup/store/reference";
import { BackupTarget } from "../../cnpg/backup";
import { isPlain } from "../../leaf";
import { checkChoice, type Report } from "../../report";
import { clusterName } from "../names";
import { generationArgs } from "../resolve";
import type { PostgresInstanceArgs } from "../args";
import { volumeSnapshotProblems } from "./volume-snapshots";

/** A store that the pods of a namespace cannot read; undefined when they can. */
export function storeProblem(
  resource: string,
  namespace: string,
  store: BackupStoreReference,
): ArgumentProblem | undefined {
  if (store.namespace === namespace) return undefined;
  return {
    component: "PostgresInstance",
    resource,
    argument: "backup.store",
    value: `${store.namespace}/${store.name}`,
    problem: `is not in the namespace of the instance, ${namespace}, and the plugin reads no other.`,
    remedy: `Make a BackupStore in ${namespace}; it may point to the same place.`,
  };
}

export function checkBackup(resource: string, args: PostgresInstanceArgs, report: Report): void {
  checkArchives(args.name ?? resource, args, report);
  const { backup } = args;
  if (backup === undefined) return;
  checkChoice("backup.target", backup.target, BackupTarget, report);
  volumeSnapshotProblems("backup.snapshots", backup.snapshots, args.walStorage !== undefined, report);
  if (!isPlain(backup.store)) return;
  const problem = storeProblem(resource, args.namespace ?? "default", backup.store);
  if (problem !== undefined) report("backup.store", problem.value, problem.problem, problem.remedy);
}

/** Names of archives become folders of the store and parameters of Barman. */
function checkArchives(name: string, args: PostgresInstanceArgs, report: Report): void {
  const users = new Map<string, string>();
  for (const [number, own] of Object.entries(generationArgs(args))) {
    const archive = own.archive ?? clusterName(name, number);
    const path = `generations.${number}.archive`;
    const problem = own.archive === undefined ? undefined : newArchiveProblem(archive);
    if (problem !== undefined)
      report(path, archive, problem, `Write for example "${clusterName(name, number)}".`);
    const other = users.get(archive);
    if (other !== undefined) {
      report(
        path,
        archive,
        `is the archive of generation ${other}, and two servers in one archive destroy it.`,
        "Give each generation its own.",
      );
    }
    users.set(archive, number);
  }
}
