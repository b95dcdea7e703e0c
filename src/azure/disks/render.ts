import { tagsOf } from "../tags";
import { type AzureDiskArgs, type AzureStorageClassesArgs, DiskIntent, DiskKind } from "./args";
import { speedFor } from "./limits";
import { defaultSize, gibOf } from "./validate";

const labels = { "app.kubernetes.io/managed-by": "pulumi-cnpg" };

/** Annotations an instance needs on its claims for local disks, as its `annotations`. */
export const localDiskAnnotations: Readonly<Record<string, string>> = {
  "localdisk.csi.acstor.io/accept-ephemeral-storage": "true",
};

/** The StorageClass of a kind of disks. */
export function storageClass(disk: AzureDiskArgs, tags: Record<string, string> | undefined) {
  const local = disk.kind === DiskKind.LocalNvme;
  return {
    metadata: { name: disk.name, labels },
    provisioner: local ? "localdisk.csi.acstor.io" : "disk.csi.azure.com",
    ...(local ? {} : { parameters: { ...diskParameters(disk), ...commonParameters(tags) } }),
    reclaimPolicy: disk.keepDisks === true ? "Retain" : "Delete",
    // The disk is made in the zone of its pod, not the other way round.
    volumeBindingMode: "WaitForFirstConsumer",
    allowVolumeExpansion: true,
  };
}

function diskParameters(disk: AzureDiskArgs): Record<string, string> {
  if (disk.kind === DiskKind.Premium)
    return { skuName: disk.zoneRedundant === true ? "Premium_ZRS" : "Premium_LRS", cachingMode: "ReadOnly" };
  const derived = speedFor(disk.intent ?? DiskIntent.Baseline, gibOf(disk.size ?? defaultSize) ?? 0);
  const iops = disk.iops ?? derived.iops;
  return {
    skuName: "PremiumV2_LRS",
    // There is no cache for them.
    cachingMode: "None",
    DiskIOPSReadWrite: String(iops),
    DiskMBpsReadWrite: String(disk.throughput ?? Math.min(derived.throughput, Math.max(125, iops / 4))),
  };
}

/** Nobody downloads a disk by a link; what an invoice shows is known by its tags. */
function commonParameters(tags: Record<string, string> | undefined): Record<string, string> {
  const pairs = Object.entries(tagsOf("AzureStorageClasses", tags)).map(([key, value]) => `${key}=${value}`);
  return { networkAccessPolicy: "DenyAll", publicNetworkAccess: "Disabled", tags: pairs.join(",") };
}

/** The VolumeSnapshotClass; undefined when none is asked for. */
export function snapshotClass({ snapshots }: AzureStorageClassesArgs) {
  if (snapshots === undefined) return undefined;
  return {
    apiVersion: "snapshot.storage.k8s.io/v1",
    kind: "VolumeSnapshotClass",
    metadata: { name: snapshots.name ?? "postgres-snapshots", labels },
    driver: "disk.csi.azure.com",
    deletionPolicy: snapshots.keepSnapshots === true ? "Retain" : "Delete",
    parameters: { incremental: String(snapshots.incremental ?? true) },
  };
}
