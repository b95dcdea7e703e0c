import type { Manifest } from "../../../src/cnpg";
import { instanceLabels, labels, ownAnnotations } from "../../../src/cnpg";
import { kinds } from "../../../src/operations/kubernetes";
import type { FakeApi } from "./fakes";

export const namespace = "shop";

export const archiving = {
  type: "ContinuousArchiving",
  status: "True",
  reason: "ContinuousArchivingSuccess",
  message: "Continuous archiving is working",
  lastTransitionTime: "2026-01-01T00:00:00Z",
};

export const ready = { ...archiving, type: "Ready", reason: "ClusterIsReady", message: "Cluster is Ready" };

/** A Cluster of instance `orders` that is well and archives. */
export function healthyCluster(generation = "1"): Manifest & {
  spec: Record<string, unknown>;
  status: Record<string, unknown>;
} {
  const name = `orders-g${generation}`;
  return {
    apiVersion: "postgresql.cnpg.io/v1",
    kind: "Cluster",
    metadata: { name, namespace, uid: `uid-${name}`, labels: instanceLabels("orders", generation) },
    spec: {
      instances: 1,
      plugins: [
        {
          name: "barman-cloud.cloudnative-pg.io",
          isWALArchiver: true,
          parameters: { barmanObjectName: "backups", serverName: name },
        },
      ],
    },
    status: {
      phase: "Cluster in healthy state",
      readyInstances: 1,
      currentPrimary: `${name}-1`,
      targetPrimary: `${name}-1`,
      conditions: [ready, archiving],
    },
  };
}

/** The Service and the Cluster of instance `orders`. */
export function addInstance(api: FakeApi, cluster: Manifest = healthyCluster()): void {
  const facts = {
    major: 18,
    hibernated: false,
    archive: "orders-g1",
    store: { name: "backups", namespace, secrets: [] },
  };
  api.add(kinds.service, {
    apiVersion: "v1",
    kind: "Service",
    metadata: { name: "orders", namespace, annotations: { [ownAnnotations.facts]: JSON.stringify(facts) } },
    spec: { selector: { [labels.cluster]: cluster.metadata.name } },
  });
  api.add(kinds.cluster, cluster);
}

/** A Backup of `orders-g1`. */
export function backupObject(name: string, phase: string, more: Record<string, unknown> = {}): Manifest {
  const { metadata, status, spec } = more as Record<string, Record<string, unknown>>;
  return {
    apiVersion: "postgresql.cnpg.io/v1",
    kind: "Backup",
    metadata: { name, namespace, uid: `uid-${name}`, creationTimestamp: "2026-01-01T00:00:00Z", ...metadata },
    spec: { cluster: { name: "orders-g1" }, method: "plugin", ...spec },
    status: {
      phase,
      startedAt: "2026-01-01T00:00:00Z",
      stoppedAt: "2026-01-01T00:01:00Z",
      backupId: "20260101T000000",
      ...status,
    },
  };
}
