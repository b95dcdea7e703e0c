import type { ScheduledBackupObject } from "../cnpg/scheduled-backup";
import { instanceLabels, labels, ownLabels } from "../cnpg/metadata";
import type { Manifest } from "../cnpg/object";
import type { BackupManifest } from "./backup-object";
import { kinds, type KubernetesApi } from "./kubernetes";
import type { ClusterManifest } from "./settle";

/** The Clusters of an instance and all Backups of them. */
export interface InstanceBackups {
  /** One for each generation, in the order of their numbers. */
  clusters: ClusterManifest[];
  /** In the order in which they were made; also those of generations that are gone. */
  backups: BackupManifest[];
  /** Names of those that have our labels here, but not in the cluster yet. */
  unlabelled: string[];
}

/**
 * Finds the Backups of all generations of an instance. CloudNativePG does not hand the labels of a schedule on to its Backups; those of our
 * schedules are returned with our labels.
 */
export async function findBackups(
  api: KubernetesApi,
  namespace: string,
  instance: string,
): Promise<InstanceBackups> {
  const mine = { [ownLabels.instance]: instance };
  const [clusters, backups, schedules] = await Promise.all([
    api.list<ClusterManifest>(kinds.cluster, namespace, mine),
    api.list<BackupManifest>(kinds.backup, namespace, {}),
    api.list<ScheduledBackupObject & Manifest>(kinds.scheduledBackup, namespace, mine),
  ]);
  const clusterNames = new Set(clusters.map(({ metadata }) => metadata.name ?? ""));
  const scheduleNames = new Set(schedules.map(({ metadata }) => metadata.name ?? ""));
  const ofInstance = ({ metadata, spec }: BackupManifest): boolean =>
    metadata.labels?.[ownLabels.instance] === instance ||
    clusterNames.has(spec?.cluster.name ?? "") ||
    generationOf(instance, spec?.cluster.name ?? "") !== undefined;
  const lacksLabels = ({ metadata }: BackupManifest): boolean =>
    scheduleNames.has(metadata.labels?.[labels.scheduledBackup] ?? "") &&
    metadata.labels?.[ownLabels.instance] !== instance;
  const mineInOrder = backups.filter(ofInstance).sort((a, b) => creationOf(a) - creationOf(b));
  const number = ({ metadata }: ClusterManifest): number =>
    Number(generationOf(instance, metadata.name ?? "") ?? 0);
  return {
    clusters: clusters.sort((a, b) => number(a) - number(b)),
    backups: mineInOrder.map(backup => (lacksLabels(backup) ? labelled(backup, instance) : backup)),
    unlabelled: mineInOrder.filter(lacksLabels).map(({ metadata }) => metadata.name ?? ""),
  };
}

/** `1` of `orders-g1`; undefined for a Cluster that is no generation of the instance. */
function generationOf(instance: string, cluster: string): string | undefined {
  return cluster.startsWith(`${instance}-g`)
    ? /^\d+$/.exec(cluster.slice(instance.length + 2))?.[0]
    : undefined;
}

function labelled(backup: BackupManifest, instance: string): BackupManifest {
  const { metadata } = backup;
  return {
    ...backup,
    metadata: { ...metadata, labels: { ...metadata.labels, ...instanceLabels(instance) } },
  };
}

function creationOf({ metadata }: BackupManifest): number {
  return Date.parse(metadata.creationTimestamp ?? "") || 0;
}
