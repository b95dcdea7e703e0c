import { BackupMethod, type BackupObject } from "../cnpg/backup";
import type { ClusterObject, PluginConfiguration } from "../cnpg/cluster";
import { annotations, fencedInstances, Hibernation } from "../cnpg/metadata";
import { barmanPluginName } from "../cnpg/object-store";
import { BackupPhase, ClusterCondition, ClusterPhase } from "../cnpg/phases";
import { clusterCondition, isHibernated } from "../cnpg/state";

/** Phases in which the servers serve and nothing goes on that would end a backup. */
const calmPhases: readonly string[] = [ClusterPhase.healthy, ClusterPhase.waitingForUser];

/** Phases a Backup does not leave. */
export const finalBackupPhases: readonly string[] = [
  BackupPhase.completed,
  BackupPhase.failed,
  BackupPhase.definitionInvalid,
];

/**
 * Why no backup can be taken of an instance now, with what to do about it; undefined when one can.
 * @param instance its namespace and name, for the sentence
 * @param backups Backups of the Cluster
 */
export function backupHindrance(
  instance: string,
  cluster: ClusterObject,
  backups: readonly BackupObject[],
): string | undefined {
  return (
    serverHindrance(instance, cluster) ??
    archivingHindrance(instance, cluster) ??
    runningHindrance(instance, backups)
  );
}

/** The plugin that archives the WAL of a Cluster; undefined when it does not archive. */
export function archiver(cluster: ClusterObject): PluginConfiguration | undefined {
  return cluster.spec?.plugins?.find(
    ({ name, enabled, isWALArchiver }) =>
      name === barmanPluginName && enabled !== false && isWALArchiver === true,
  );
}

/** Name of the archive of a Cluster in its store; undefined when it does not archive. */
export function archiveOf(cluster: ClusterObject): string | undefined {
  const plugin = archiver(cluster);
  return plugin && (plugin.parameters?.serverName ?? cluster.metadata.name);
}

/** Whether the Cluster is shut down, or is about to be. */
export function isAsleep(cluster: ClusterObject): boolean {
  return cluster.metadata.annotations?.[annotations.hibernation] === Hibernation.on || isHibernated(cluster);
}

/** Why the servers are not at rest, with what to do about it; undefined when they are. Standbys may be missing. */
export function serverHindrance(instance: string, cluster: ClusterObject): string | undefined {
  if (isAsleep(cluster)) {
    return `${instance} is hibernated: no server runs. Wake it with hibernated: false.`;
  }
  if (cluster.metadata.deletionTimestamp !== undefined) return `${instance} is being deleted.`;
  const { phase, phaseReason, readyInstances, currentPrimary, targetPrimary } = cluster.status ?? {};
  const fenced = fencedInstances(cluster.metadata.annotations);
  if (fenced.includes("*") || fenced.includes(currentPrimary ?? "")) {
    return `${instance} is fenced: its primary is stopped. Lift the fence first (annotation ${annotations.fencedInstances}).`;
  }
  const inPhase = `phase "${phase ?? "unknown"}"${phaseReason ? `: ${phaseReason}` : ""}`;
  if ((readyInstances ?? 0) === 0) return `No server of ${instance} is ready (${inPhase}).`;
  if (currentPrimary === undefined || currentPrimary === "")
    return `${instance} has no primary (${inPhase}).`;
  if (targetPrimary !== undefined && targetPrimary !== currentPrimary) {
    return `The primary of ${instance} changes from ${currentPrimary} to ${targetPrimary}. Try again when it has changed.`;
  }
  if (calmPhases.includes(phase ?? "")) return undefined;
  return `${instance} is not healthy (${inPhase}). Try again when it is.`;
}

function archivingHindrance(instance: string, cluster: ClusterObject): string | undefined {
  if (archiver(cluster) === undefined) {
    return `${instance} does not archive. Give it the argument backup: { store } and run pulumi up.`;
  }
  const condition = clusterCondition(cluster, ClusterCondition.continuousArchiving);
  if (condition?.status === "True") return undefined;
  if (condition === undefined) {
    return `${instance} has not archived anything yet. Try again when its condition ContinuousArchiving is true.`;
  }
  return `${instance} cannot archive since ${condition.lastTransitionTime}, and a backup without its WAL cannot be restored: ${condition.message}. pulumi-cnpg status names the cause.`;
}

function runningHindrance(instance: string, backups: readonly BackupObject[]): string | undefined {
  const running = backups.find(({ status }) => !finalBackupPhases.includes(status?.phase ?? ""));
  if (running === undefined) return undefined;
  const { metadata, spec, status } = running;
  const kind = spec?.method === BackupMethod.volumeSnapshot ? "volume snapshot" : "backup";
  return `A ${kind} of ${instance} runs already: ${metadata.name}, ${status?.phase ?? "not begun yet"}. Wait for it, or delete it when nothing will come of it.`;
}
