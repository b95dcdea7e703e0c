import type { BootstrapRecovery, ExternalCluster, RecoveryTarget } from "../cnpg/cluster";
import { barmanPluginName } from "../cnpg/object-store";
import type { TypedReference } from "../cnpg/object";
import type { RestoreSource, RestoreTargetArgs } from "./source-args";
import { MomentKind, momentsOf } from "./target";

/** Name under which a restored Cluster knows the archive it came from. */
export const originName = "origin";

/** What the source means in the place where it is used. */
export interface RestoreOrigin {
  /** Name of the archive of another generation. */
  archiveOf: (generation: string) => string;
  /** Name of the ObjectStore the archive is read from: that of the source, else that of the instance. */
  store?: string;
  /**
   * Where the Backup object `backup` lies in an archive. CloudNativePG cannot follow a Backup object into a plugin's archive by itself, so
   * without this only one made of volume snapshots can be restored.
   */
  backup?: ArchivedBackupName;
}

/** A base backup of an archive. */
export interface ArchivedBackupName {
  /** Name of the archive: `status.serverName` or the plugin's parameter. */
  archive: string;
  /** `status.backupId`. */
  backupId: string;
}

/** What a Cluster that is restored needs; database, owner and secret of `bootstrap.recovery` come from the instance. */
export interface RecoverySpec {
  recovery: BootstrapRecovery;
  externalClusters?: ExternalCluster[];
}

/** How CloudNativePG restores the source. It reads this once, when the Cluster is created. */
export function recoverySpec(source: RestoreSource, origin: RestoreOrigin): RecoverySpec {
  const archive = archiveName(source, origin);
  const backupID = source.backupId ?? origin.backup?.backupId;
  const recovery: BootstrapRecovery = {
    ...(archive === undefined ? {} : { source: originName }),
    ...(archive === undefined && source.backup !== undefined ? { backup: { name: source.backup } } : {}),
    ...(source.snapshots === undefined ? {} : { volumeSnapshots: volumeSnapshots(source.snapshots) }),
    ...optional("recoveryTarget", recoveryTarget(source, archive === undefined ? undefined : backupID)),
  };
  if (archive === undefined) return { recovery };
  return { recovery, externalClusters: [externalCluster(archive, origin.store ?? "")] };
}

function archiveName(
  { generation, archive, backup }: RestoreSource,
  origin: RestoreOrigin,
): string | undefined {
  if (archive !== undefined) return archive;
  if (generation !== undefined) return origin.archiveOf(generation);
  return backup === undefined ? undefined : origin.backup?.archive;
}

function externalCluster(archive: string, store: string): ExternalCluster {
  return {
    name: originName,
    plugin: { name: barmanPluginName, parameters: { barmanObjectName: store, serverName: archive } },
  };
}

function volumeSnapshots(snapshots: {
  storage: string;
  walStorage?: string;
}): BootstrapRecovery["volumeSnapshots"] {
  const reference = (name: string): TypedReference => ({
    apiGroup: "snapshot.storage.k8s.io",
    kind: "VolumeSnapshot",
    name,
  });
  const { storage, walStorage } = snapshots;
  return {
    storage: reference(storage),
    ...(walStorage === undefined ? {} : { walStorage: reference(walStorage) }),
  };
}

function recoveryTarget({ target }: RestoreSource, backupID: string | undefined): RecoveryTarget | undefined {
  const named = backupID === undefined ? {} : { backupID };
  if (target !== undefined) {
    const rendered = { ...named, ...targetOf(target) };
    return Object.keys(rendered).length === 0 ? undefined : rendered;
  }
  // CloudNativePG would replay the whole archive after a base backup that is named. Snapshots are the end of their backup already.
  return backupID === undefined ? undefined : { ...named, targetImmediate: true };
}

/** CloudNativePG's words for a target; none for the end of the archive. */
function targetOf(target: RestoreTargetArgs): RecoveryTarget {
  const { time, transactionId, restorePoint, lsn, exclusive, timeline } = target;
  const [kind] = momentsOf(target);
  return {
    ...(kind === MomentKind.Time ? { targetTime: withSeconds(time ?? "") } : {}),
    ...optional("targetXID", kind === MomentKind.TransactionId ? transactionId : undefined),
    ...optional("targetName", kind === MomentKind.RestorePoint ? restorePoint : undefined),
    ...optional("targetLSN", kind === MomentKind.Lsn ? lsn : undefined),
    ...(kind === MomentKind.Immediate ? { targetImmediate: true } : {}),
    ...(exclusive === true ? { exclusive } : {}),
    ...optional("targetTLI", timeline),
  };
}

/** Go reads no time without seconds. */
function withSeconds(time: string): string {
  return time.replace(/(T\d\d:\d\d)(?=Z|[+-])/, "$1:00");
}

function optional<K extends string, V>(key: K, value: V | undefined): Partial<Record<K, V>> {
  return value === undefined ? {} : ({ [key]: value } as Record<K, V>);
}
