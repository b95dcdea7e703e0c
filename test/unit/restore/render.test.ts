import * as assert from "node:assert/strict";
import { recoverySpec, type RecoverySpec } from "../../../src/restore/render";
import type { RestoreSource } from "../../../src/restore/source-args";
import { validateManifest } from "../schemas";

const backupId = "20261120T020003";

const origin = { archiveOf: (generation: string): string => `orders-g${generation}`, store: "backups" };

const render = (source: RestoreSource, more: object = {}): RecoverySpec =>
  recoverySpec(source, { ...origin, ...more });

const external = (serverName: string): object[] => [
  {
    name: "origin",
    plugin: {
      name: "barman-cloud.cloudnative-pg.io",
      parameters: { barmanObjectName: "backups", serverName },
    },
  },
];

describe("restore rendering", () => {
  it("replays the whole archive when neither backup nor target is named", () => {
    for (const source of [{ generation: "1" }, { generation: "1", target: { latest: true } }]) {
      assert.deepEqual(render(source), {
        recovery: { source: "origin" },
        externalClusters: external("orders-g1"),
      });
    }
  });

  it("stops at the end of a backup that is named without a target, because CloudNativePG would not", () => {
    assert.deepEqual(render({ archive: "legacy", backupId }), {
      recovery: { source: "origin", recoveryTarget: { backupID: backupId, targetImmediate: true } },
      externalClusters: external("legacy"),
    });
    assert.deepEqual(
      render({ archive: "legacy", backupId, target: { latest: true } }).recovery.recoveryTarget,
      {
        backupID: backupId,
      },
    );
  });

  it("gives each moment its member", () => {
    const target = (given: RestoreSource["target"]): unknown =>
      render({ generation: "1", backupId, target: given }).recovery.recoveryTarget;
    assert.deepEqual(target({ time: "2026-11-20T14:30+01:00", exclusive: true }), {
      backupID: backupId,
      targetTime: "2026-11-20T14:30:00+01:00",
      exclusive: true,
    });
    assert.deepEqual(target({ time: "2026-11-20T14:30:00.123456Z", exclusive: false }), {
      backupID: backupId,
      targetTime: "2026-11-20T14:30:00.123456Z",
    });
    assert.deepEqual(target({ transactionId: "1547" }), { backupID: backupId, targetXID: "1547" });
    assert.deepEqual(target({ restorePoint: "a" }), { backupID: backupId, targetName: "a" });
    assert.deepEqual(target({ lsn: "0/5000028", timeline: "2" }), {
      backupID: backupId,
      targetLSN: "0/5000028",
      targetTLI: "2",
    });
    assert.deepEqual(target({ immediate: true }), { backupID: backupId, targetImmediate: true });
  });

  it("finds a Backup object in its archive, where it is known to be in one", () => {
    assert.deepEqual(render({ backup: "b" }, { backup: { archive: "orders-g1", backupId } }), {
      recovery: { source: "origin", recoveryTarget: { backupID: backupId, targetImmediate: true } },
      externalClusters: external("orders-g1"),
    });
    assert.deepEqual(render({ backup: "b" }), { recovery: { backup: { name: "b" } } });
  });

  it("starts from snapshots, with WAL where an archive is named", () => {
    const storage = { apiGroup: "snapshot.storage.k8s.io", kind: "VolumeSnapshot", name: "s" };
    assert.deepEqual(render({ snapshots: { storage: "s" } }), { recovery: { volumeSnapshots: { storage } } });
    assert.deepEqual(
      render({
        snapshots: { storage: "s", walStorage: "w" },
        generation: "1",
        target: { time: "2026-11-20T14:30:00Z" },
      }),
      {
        recovery: {
          source: "origin",
          volumeSnapshots: { storage, walStorage: { ...storage, name: "w" } },
          recoveryTarget: { targetTime: "2026-11-20T14:30:00Z" },
        },
        externalClusters: external("orders-g1"),
      },
    );
  });

  it("is a Cluster as CloudNativePG's definition has it", () => {
    for (const source of [
      { generation: "1", backupId, target: { transactionId: "1547", exclusive: true, timeline: "2" } },
      { snapshots: { storage: "s", walStorage: "w" }, archive: "a" },
      { backup: "b" },
    ]) {
      const { recovery, externalClusters } = render(source);
      const spec = { instances: 1, storage: { size: "1Gi" }, bootstrap: { recovery }, externalClusters };
      assert.deepEqual(
        validateManifest({
          apiVersion: "postgresql.cnpg.io/v1",
          kind: "Cluster",
          metadata: { name: "a" },
          spec,
        }),
        [],
      );
    }
  });
});
