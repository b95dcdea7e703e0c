import * as assert from "node:assert/strict";
import type { ClusterObject, Manifest } from "../../../src/cnpg";
import { suspensionManager, suspensionOf } from "../../../src/failover/suspension";
import { ApiError, kinds } from "../../../src/operations/kubernetes";
import { beginMaintenance, endMaintenance } from "../../../src/operations/maintenance";
import { FakeApi, FakeClock } from "./fakes";
import { addReplicated, type ReplicatedChange } from "./replicated-instance";

const target = { namespace: "shop", instance: "orders" };

function world(change: ReplicatedChange = {}) {
  const api = new FakeApi();
  addReplicated(api, change);
  const create = api.create.bind(api);
  api.create = (kind, object, options) =>
    object.kind === "SelfSubjectReview"
      ? Promise.resolve({ ...object, status: { userInfo: { username: "ada" } } } as never)
      : create(kind, object, options);
  return { api, clock: new FakeClock("2026-01-01T12:00:00Z") };
}

const clusterOf = ({ api }: { api: FakeApi }): ClusterObject & Manifest =>
  api.objects.get("clusters/shop/orders-g1") as ClusterObject & Manifest;

const eventsOf = async (api: FakeApi): Promise<string[]> =>
  (await api.list<Manifest>(kinds.event, "shop", {})).map(
    ({ reason, message }) => `${reason as string}: ${message as string}`,
  );

describe("maintenance", () => {
  it("holds failover back under a name of its own, with who, why and until when", async () => {
    const all = world();
    const state = await beginMaintenance({ ...target, forSeconds: 7200, reason: "new disks" }, all);
    const maintenance = {
      since: "2026-01-01T12:00:00Z",
      until: "2026-01-01T14:00:00Z",
      reason: "new disks",
      by: "ada",
    };
    assert.deepEqual([state.maintenance, state.unchanged], [maintenance, false]);
    assert.equal(clusterOf(all).spec?.failoverDelay, 7200);
    assert.deepEqual(suspensionOf(clusterOf(all))?.maintenance, maintenance);
    assert.ok(all.api.calls.includes(`patch clusters/shop/orders-g1 as ${suspensionManager}`));
    assert.deepEqual(await eventsOf(all.api), [
      "MaintenanceBegun: Automatic failover is held back until 2026-01-01T14:00:00Z: new disks (ada).",
    ]);
  });

  it("changes its end, not its beginning, and says nothing of what stays", async () => {
    const all = world();
    await beginMaintenance(target, all);
    await all.clock.sleep(60_000);
    const again = await beginMaintenance(target, all);
    assert.equal(again.unchanged, true);
    const changed = await beginMaintenance({ ...target, forSeconds: 60 }, all);
    assert.deepEqual(
      [changed.maintenance?.since, changed.maintenance?.until],
      ["2026-01-01T12:00:00Z", "2026-01-01T12:02:00Z"],
    );
    assert.equal((await eventsOf(all.api)).length, 2);
  });

  it("gives back the delay and its ownership", async () => {
    const managedFields = [
      { manager: "pulumi", operation: "Apply", fieldsV1: { "f:spec": { "f:failoverDelay": {} } } },
    ];
    const all = world({ spec: { failoverDelay: 30 } });
    all.api.add(kinds.cluster, {
      ...clusterOf(all),
      metadata: { ...clusterOf(all).metadata, managedFields } as never,
    });
    all.api.onPatch = (object, { fieldManager }) => {
      if (fieldManager !== suspensionManager) return object;
      // Who changes a field becomes its owner.
      const entry = {
        manager: suspensionManager,
        operation: "Update",
        fieldsV1: { "f:spec": { "f:failoverDelay": {} } },
      };
      return {
        ...object,
        metadata: {
          ...object.metadata,
          managedFields: [{ ...managedFields[0], fieldsV1: {} }, entry],
        } as never,
      };
    };
    await beginMaintenance(target, all);
    const ended = await endMaintenance(target, all);
    assert.equal(ended.unchanged, false);
    const cluster = clusterOf(all);
    assert.equal(cluster.spec?.failoverDelay, 30);
    assert.equal(suspensionOf(cluster), undefined);
    assert.deepEqual((cluster.metadata as { managedFields?: object[] }).managedFields, managedFields);
    assert.equal((await endMaintenance(target, all)).unchanged, true);
  });

  it("tries again when somebody else changes the Cluster at the same moment", async () => {
    const all = world();
    let disturbances = 2;
    all.api.onPatch = object => {
      if (object.kind === "Cluster" && disturbances-- > 0) throw new ApiError("patch", 409, "modified");
      return object;
    };
    await beginMaintenance(target, all);
    assert.ok(suspensionOf(clusterOf(all)));
  });

  it("warns where no watch looks", async () => {
    const all = world();
    assert.match(
      (await beginMaintenance(target, all)).warnings[0] ?? "",
      /No watch of CnpgOperator.*not made anew/,
    );
    const configMap = all.api.objects.get("configmaps/shop/orders-failovers");
    all.api.add(kinds.configMap, { ...configMap, data: { "watch.json": "{}" } } as Manifest);
    assert.deepEqual((await beginMaintenance(target, all)).warnings, []);
  });

  it("warns where standbys without a primary are not promoted", async () => {
    const all = world();
    const { spec } = clusterOf(all);
    Object.assign(spec ?? {}, { probes: { readiness: { type: "streaming", maximumLag: "16Mi" } } });
    assert.match((await beginMaintenance(target, all)).warnings.join(), /maxEligibleLagBytes.*promotes none/);
  });

  it("refuses an instance that has nothing to fail over to", () =>
    assert.rejects(
      beginMaintenance(target, world({ spec: { instances: 1 } })),
      /has one server: there is no failover/,
    ));
});
