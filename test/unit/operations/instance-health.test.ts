import * as assert from "node:assert/strict";
import type { BackupObject, ClusterObject } from "../../../src/cnpg";
import { archiveOf, backupHindrance } from "../../../src/operations/instance-health";
import { archiving, backupObject, healthyCluster, ready } from "./backup-fixtures";

function clusterWith(change: { metadata?: object; spec?: object; status?: object }): ClusterObject {
  const { metadata, spec, status } = healthyCluster();
  return {
    metadata: { ...metadata, ...change.metadata },
    spec: { ...spec, ...change.spec },
    status: { ...status, ...change.status },
  } as unknown as ClusterObject;
}

const hindrance = (change: object, backups: object[] = []): string | undefined =>
  backupHindrance("shop/orders", clusterWith(change), backups as BackupObject[]);

describe("backupHindrance", () => {
  it("is nothing for an instance that is well", () => {
    assert.equal(hindrance({}), undefined);
    assert.equal(hindrance({}, [backupObject("a", "completed"), backupObject("b", "failed")]), undefined);
    assert.equal(hindrance({ status: { phase: "Waiting for user action" } }), undefined);
    const standby = { annotations: { "cnpg.io/fencedInstances": '["orders-g1-2"]' } };
    assert.equal(hindrance({ metadata: standby }), undefined);
  });

  const cases: [string, object, RegExp][] = [
    [
      "hibernated",
      { metadata: { annotations: { "cnpg.io/hibernation": "on" } } },
      /is hibernated.*hibernated: false/,
    ],
    ["being deleted", { metadata: { deletionTimestamp: "2026-01-01T00:00:00Z" } }, /is being deleted/],
    ["fenced", { metadata: { annotations: { "cnpg.io/fencedInstances": '["*"]' } } }, /is fenced/],
    [
      "whose primary is fenced",
      { metadata: { annotations: { "cnpg.io/fencedInstances": '["orders-g1-1"]' } } },
      /is fenced/,
    ],
    [
      "without a ready server",
      { status: { readyInstances: 0, phase: "Failing over" } },
      /No server .* \(phase "Failing over"\)/,
    ],
    ["without a primary", { status: { currentPrimary: undefined } }, /has no primary/],
    [
      "in switchover",
      { status: { targetPrimary: "orders-g1-2" } },
      /changes from orders-g1-1 to orders-g1-2/,
    ],
    [
      "that is not healthy",
      { status: { phase: "Upgrading cluster", phaseReason: "new image" } },
      /is not healthy \(phase "Upgrading cluster": new image\)/,
    ],
    [
      "that does not archive",
      { spec: { plugins: [] } },
      /does not archive\. Give it the argument backup: \{ store \}/,
    ],
    ["that has not archived yet", { status: { conditions: [ready] } }, /has not archived anything yet/],
    [
      "that cannot archive",
      { status: { conditions: [ready, { ...archiving, status: "False", message: "exit status 4" }] } },
      /cannot archive since 2026-01-01T00:00:00Z.*: exit status 4\. pulumi-cnpg status/,
    ],
  ];
  for (const [name, change, reason] of cases) {
    it(`tells one reason for an instance ${name}`, () => assert.match(hindrance(change) ?? "", reason));
  }

  it("names the backup that runs already", () => {
    assert.match(
      hindrance({}, [backupObject("a", "running")]) ?? "",
      /A backup of .* runs already: a, running/,
    );
    const snapshot = backupObject("b", "", { spec: { method: "volumeSnapshot" } });
    assert.match(
      hindrance({}, [{ ...snapshot, status: undefined }]) ?? "",
      /A volume snapshot.*b, not begun yet/,
    );
  });
});

describe("archiveOf", () => {
  it("is the server name, or the name of the Cluster, of an enabled plugin that archives", () => {
    const plugin = { name: "barman-cloud.cloudnative-pg.io", isWALArchiver: true };
    const of = (...plugins: object[]): string | undefined => archiveOf(clusterWith({ spec: { plugins } }));
    assert.equal(of({ ...plugin, parameters: { serverName: "other" } }), "other");
    assert.equal(of(plugin), "orders-g1");
    assert.equal(of({ ...plugin, enabled: false }), undefined);
    assert.equal(of({ ...plugin, isWALArchiver: false }), undefined);
    assert.equal(of({ ...plugin, name: "another" }), undefined);
  });
});
