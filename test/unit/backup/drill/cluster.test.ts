import * as assert from "node:assert/strict";
import { drillCluster, type DrillClusterFacts } from "../../../../src/backup/drill/cluster";
import { DrillTarget } from "../../../../src/backup/drill/args";
import type { ClusterSpec } from "../../../../src/cnpg/cluster";
import { validateManifest } from "../../schemas";

const live: ClusterSpec = {
  instances: 3,
  imageName: "ghcr.io/cloudnative-pg/postgresql:18.6-standard-trixie",
  serviceAccountName: "orders",
  storage: { size: "20Gi", storageClass: "fast", resizeInUseVolumes: true },
  walStorage: { size: "5Gi" },
  resources: { limits: { cpu: "2", memory: "8Gi" }, requests: { cpu: "2", memory: "8Gi" } },
  postgresql: {
    parameters: { shared_buffers: "2GB", max_logical_replication_workers: "8" },
    shared_preload_libraries: ["pg_stat_statements", "pg_cron"],
    synchronous: { method: "any", number: 1 },
  },
  plugins: [{ name: "barman-cloud.cloudnative-pg.io", isWALArchiver: true }],
  monitoring: { customQueriesConfigMap: [{ name: "orders-parameters", key: "queries" }] },
  certificates: { serverCASecret: "orders-ca" },
  affinity: { nodeSelector: { disk: "fast" }, podAntiAffinityType: "required" },
};

const facts: DrillClusterFacts = {
  instance: "orders",
  namespace: "shop",
  cluster: { metadata: { name: "orders-g1", namespace: "shop" }, spec: live },
  database: "app",
  owner: "app",
  passwordSecret: "orders-owner",
  store: {
    name: "backups",
    namespace: "shop",
    secrets: [],
    recoveryWindowDays: 7,
    podLabels: { identity: "yes" },
  },
  server: "orders-archive",
  backupId: "20261120T020003",
  target: { kind: DrillTarget.RestorePoint, restorePoint: "drill-a", lsn: "0/B000178" },
};
const specOf = (more: Partial<DrillClusterFacts> = {}): ClusterSpec =>
  drillCluster({ ...facts, ...more }).spec as unknown as ClusterSpec;

describe("the throw-away Cluster", () => {
  it("is what the API server takes", () => {
    assert.deepEqual(validateManifest(drillCluster(facts)), []);
  });

  it("restores the chosen backup of the archive to the restore point", () => {
    const { bootstrap, externalClusters } = specOf();
    assert.deepEqual(bootstrap?.recovery, {
      source: "archive",
      database: "app",
      owner: "app",
      secret: { name: "orders-owner" },
      recoveryTarget: { backupID: "20261120T020003", targetName: "drill-a" },
    });
    assert.deepEqual(externalClusters, [
      {
        name: "archive",
        plugin: {
          name: "barman-cloud.cloudnative-pg.io",
          parameters: { barmanObjectName: "backups", serverName: "orders-archive" },
        },
      },
    ]);
  });

  it("restores to a time, or everything", () => {
    const time = "2026-11-20T11:00:00Z";
    const backupID = facts.backupId;
    assert.deepEqual(
      specOf({ target: { kind: DrillTarget.Random, time } }).bootstrap?.recovery?.recoveryTarget,
      {
        backupID,
        targetTime: time,
      },
    );
    assert.deepEqual(
      specOf({ target: { kind: DrillTarget.LastArchived } }).bootstrap?.recovery?.recoveryTarget,
      { backupID },
    );
  });

  it("archives nothing, has no standby and starts nothing of its own", () => {
    const { metadata } = drillCluster(facts);
    const spec = specOf();
    assert.equal(metadata.annotations?.["cnpg.io/skipWalArchiving"], "enabled");
    assert.equal(spec.plugins, undefined);
    assert.equal(spec.instances, 1);
    assert.equal(spec.postgresql?.synchronous, undefined);
    assert.deepEqual(spec.postgresql?.shared_preload_libraries, ["pg_stat_statements"]);
    assert.deepEqual(spec.postgresql?.parameters, {
      shared_buffers: "2GB",
      max_logical_replication_workers: "0",
    });
  });

  it("runs under the ServiceAccount and the NetworkPolicy of the instance", () => {
    const spec = specOf();
    assert.equal(spec.serviceAccountName, "orders");
    assert.equal(spec.inheritedMetadata?.labels?.["cnpg.pulumi.com/instance"], "orders");
    assert.equal(spec.inheritedMetadata?.labels?.identity, "yes");
    assert.equal(spec.inheritedMetadata?.labels?.["app.kubernetes.io/managed-by"], undefined);
    assert.deepEqual(spec.affinity?.nodeSelector, { disk: "fast" });
  });

  it("has the volumes and memory of the instance and asks for little CPU", () => {
    const spec = specOf();
    assert.deepEqual([spec.storage, spec.walStorage], [live.storage, live.walStorage]);
    assert.deepEqual(spec.resources, {
      limits: { cpu: "2", memory: "8Gi" },
      requests: { cpu: "100m", memory: "8Gi" },
    });
  });

  it("has what the arguments say in place of that", () => {
    const spec = specOf({
      storage: { storageClass: "cheap" },
      resources: { cpu: "50m", memory: "4Gi", requests: { memory: "3Gi" } },
    });
    assert.deepEqual(spec.storage, { ...live.storage, storageClass: "cheap" });
    assert.deepEqual(spec.resources, {
      limits: { cpu: "50m", memory: "4Gi" },
      requests: { cpu: "50m", memory: "3Gi" },
    });
  });

  it("goes with its Job", () => {
    const job = { apiVersion: "batch/v1", kind: "Job", name: "orders-drill-1", uid: "u" };
    assert.deepEqual(drillCluster({ ...facts, job }).metadata.ownerReferences, [job]);
    assert.equal(drillCluster(facts).metadata.ownerReferences, undefined);
  });
});
