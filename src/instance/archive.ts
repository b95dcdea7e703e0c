import type * as pulumi from "@pulumi/pulumi";
import type { BackupStoreReference } from "../backup/store/reference";
import type { ClusterSpec, PluginConfiguration } from "../cnpg/cluster";
import { barmanPluginName } from "../cnpg/object-store";
import type { PostgresInstanceArgs } from "./args";
import { ownAnnotations } from "../cnpg/metadata";
import { BackupTarget } from "../cnpg/backup";
import { leafOf } from "../leaf";
import { feedStore } from "../replica/follow";
import type { ResolvedGeneration } from "./resolve";
import { volumeSnapshotSpec } from "./volume-snapshots";

/** The plugin that archives WAL and takes base backups, where there is a store. */
export function archivePlugins(
  args: PostgresInstanceArgs,
  generation: ResolvedGeneration,
): PluginConfiguration[] | undefined {
  if (args.backup === undefined) return undefined;
  return [
    {
      name: barmanPluginName,
      isWALArchiver: true,
      parameters: { barmanObjectName: storeName(args.backup.store), serverName: generation.archive },
    },
  ];
}

/** Name of the ObjectStore that is archived to, known now or when the store is. */
function storeName(store: pulumi.Input<BackupStoreReference>): string {
  return leafOf(store, ({ name }) => name);
}

/** Name of the ObjectStore that recoveries read from, known now or when the store is. */
export function recoveryStoreName(store: pulumi.Input<BackupStoreReference>): string {
  return leafOf(store, ({ name, restoreName }) => restoreName ?? name);
}

/**
 * CloudNativePG notices a changed archiving container only when it looks at the Cluster for another reason: so it is given one, and the
 * restart belongs to the update.
 */
export function storeRollout({ backup }: PostgresInstanceArgs): Record<string, string> {
  if (backup === undefined) return {};
  return { [ownAnnotations.storeRollout]: leafOf(backup.store, ({ rollout }) => rollout ?? "") };
}

/** The store whose identity the pods have: the one they archive to, else the one they only read. */
function identityStore(args: PostgresInstanceArgs): pulumi.Input<BackupStoreReference | undefined> {
  return args.backup?.store ?? feedStore(args, args.namespace ?? "default");
}

/** Labels of the pods: those by which the cloud gives them the store's identity, and more. */
export function withStoreLabels(
  args: PostgresInstanceArgs,
  labels: Record<string, string>,
): Record<string, string> {
  const store = identityStore(args);
  if (store === undefined) return labels;
  return leafOf(store, known => ({ ...labels, ...known?.podLabels }));
}

/** Annotations of the ServiceAccount of the pods: those by which the cloud gives it the store's identity, and more. */
export function withStoreAnnotations(
  args: PostgresInstanceArgs,
  annotations: Record<string, pulumi.Input<string>>,
): Record<string, pulumi.Input<string>> {
  const store = identityStore(args);
  if (store === undefined) return annotations;
  return leafOf(store, known => ({ ...known?.serviceAccountAnnotations, ...annotations }));
}

/** From where backups are taken, and how volume snapshots are made. */
export function backupSpec({ backup }: PostgresInstanceArgs): ClusterSpec["backup"] {
  if (backup === undefined) return undefined;
  return {
    target: backup.target ?? BackupTarget.preferStandby,
    volumeSnapshot: backup.snapshots && volumeSnapshotSpec(backup.snapshots),
  };
}
