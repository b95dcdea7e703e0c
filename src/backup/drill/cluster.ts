import type { ClusterObject, ClusterSpec, RecoveryTarget, StorageConfiguration } from "../../cnpg/cluster";
import { annotations, inheritableLabels, instanceLabels } from "../../cnpg/metadata";
import { barmanPluginName } from "../../cnpg/object-store";
import { cnpgApiVersion, type Manifest, type OwnerReference } from "../../cnpg/object";
import type { ResourceRequirements } from "../../cnpg/pod";
import type { InstanceResources, StorageArgs } from "../../instance/args";
import { compareQuantities } from "../../quantity";
import type { BackupStoreReference } from "../store/reference";
import { drillNames } from "./names";
import type { DrilledTarget } from "./report";

/** What the throw-away Cluster of a drill is made from. */
export interface DrillClusterFacts {
  instance: string;
  namespace: string;
  /** The Cluster that serves clients. */
  cluster: ClusterObject;
  database: string;
  owner: string;
  /** Secret with the owner's password, which stays as it is. */
  passwordSecret: string;
  store: BackupStoreReference;
  /** Name of the archive. */
  server: string;
  backupId: string;
  target: DrilledTarget;
  storage?: StorageArgs;
  resources?: InstanceResources;
  /** The Job that runs the drill: when it is deleted, so is the Cluster. */
  job?: OwnerReference;
}

/** Name of the archive among the external clusters. */
const source = "archive";

/** Libraries that start work of their own, which a copy of the data must not do a second time. */
const restless: readonly string[] = ["pg_cron", "pg_partman_bgw"];

/**
 * The throw-away Cluster: one instance like those of the Cluster that serves clients, without archive, standbys and budget. It runs under
 * the instance's own ServiceAccount, so that an identity of the cloud works, and carries its labels, so that its NetworkPolicy holds.
 */
export function drillCluster(facts: DrillClusterFacts): Manifest {
  const { instance, namespace, store } = facts;
  return {
    apiVersion: cnpgApiVersion,
    kind: "Cluster",
    metadata: {
      name: drillNames(instance).drill,
      namespace,
      labels: instanceLabels(instance),
      annotations: { [annotations.skipWalArchiving]: "enabled" },
      ...(facts.job === undefined ? {} : { ownerReferences: [facts.job] }),
    },
    spec: {
      ...likeInstance(facts.cluster.spec ?? { instances: 1 }),
      description: `Restore drill of the PostgreSQL instance ${instance}; it is removed by itself`,
      instances: 1,
      enablePDB: false,
      inheritedMetadata: {
        labels: { ...inheritableLabels(instanceLabels(instance)), ...store.podLabels },
      },
      ...volumes(facts),
      resources: resources(facts),
      ...origin(facts),
    } satisfies ClusterSpec,
  };
}

function likeInstance(spec: ClusterSpec): Partial<ClusterSpec> {
  const { imageName, imageCatalogRef, imagePullPolicy, imagePullSecrets, serviceAccountName } = spec;
  const { postgresUID, postgresGID, probes, ephemeralVolumesSizeLimit, schedulerName } = spec;
  const { nodeSelector, tolerations, nodeAffinity } = spec.affinity ?? {};
  return {
    imageName,
    imageCatalogRef,
    imagePullPolicy,
    imagePullSecrets,
    serviceAccountName,
    postgresUID,
    postgresGID,
    probes,
    ephemeralVolumesSizeLimit,
    schedulerName,
    affinity: { enablePodAntiAffinity: false, nodeSelector, tolerations, nodeAffinity },
    postgresql: postgresql(spec.postgresql ?? {}),
  };
}

function postgresql({
  parameters,
  shared_preload_libraries: libraries,
  extensions,
}: NonNullable<ClusterSpec["postgresql"]>): ClusterSpec["postgresql"] {
  return {
    // A restored subscription would take changes from its publisher that the instance itself then lacks.
    parameters: { ...parameters, max_logical_replication_workers: "0" },
    shared_preload_libraries: libraries?.filter(library => !restless.includes(library)),
    extensions,
  };
}

function volumes({ cluster: { spec }, storage }: DrillClusterFacts): Partial<ClusterSpec> {
  const data: StorageConfiguration = {
    ...spec?.storage,
    ...(storage?.size === undefined ? {} : { size: storage.size }),
    ...(storage?.storageClass === undefined ? {} : { storageClass: storage.storageClass }),
  };
  return { storage: data, walStorage: spec?.walStorage, tablespaces: spec?.tablespaces };
}

/** CPU the throw-away instance asks for: it is to find room beside the instance. */
const requestedCpu = "100m";

function resources({ cluster: { spec }, resources: asked = {} }: DrillClusterFacts): ResourceRequirements {
  const { limits = {}, requests = {} } = (spec?.resources ?? {}) as Record<string, Record<string, string>>;
  const cpu = asked.cpu ?? limits.cpu;
  const memory = asked.memory ?? limits.memory;
  return {
    limits: { ...limits, ...present({ cpu, memory }) },
    requests: present({
      cpu: asked.requests?.cpu ?? least(requestedCpu, cpu),
      // CloudNativePG refuses a request that is less than shared_buffers.
      memory: asked.requests?.memory ?? asked.memory ?? requests.memory ?? memory,
    }),
  };
}

function least(one: string, other: string | undefined): string {
  return other !== undefined && compareQuantities(other, one) < 0 ? other : one;
}

function present(amounts: Record<string, string | undefined>): Record<string, string> {
  return Object.fromEntries(
    Object.entries(amounts).filter((entry): entry is [string, string] => entry[1] !== undefined),
  );
}

function origin(facts: DrillClusterFacts): Pick<ClusterSpec, "bootstrap" | "externalClusters"> {
  const { database, owner, passwordSecret, store, server } = facts;
  const parameters = { barmanObjectName: store.name, serverName: server };
  return {
    bootstrap: {
      recovery: {
        source,
        database,
        owner,
        secret: { name: passwordSecret },
        recoveryTarget: recoveryTarget(facts),
      },
    },
    externalClusters: [{ name: source, plugin: { name: barmanPluginName, parameters } }],
  };
}

function recoveryTarget({ backupId, target }: DrillClusterFacts): RecoveryTarget {
  return {
    backupID: backupId,
    ...(target.restorePoint === undefined ? {} : { targetName: target.restorePoint }),
    ...(target.time === undefined ? {} : { targetTime: target.time }),
  };
}
