import * as assert from "node:assert/strict";
import type { Manifest } from "../../../src/cnpg";
import { FailoverOrigin } from "../../../src/failover/status";
import type { FailoverContext } from "../../../src/operations/failover";
import { recordFailover } from "../../../src/operations/failover-history";
import { readFailoverRequest } from "../../../src/operations/failover-request";
import { runTrigger, type TriggerResult } from "../../../src/operations/failover-trigger";
import { kinds } from "../../../src/operations/kubernetes";
import { RequestReader } from "../../../src/operations/operation";
import { namespace } from "./backup-fixtures";
import { FailoverWorld } from "./failover-world";

const place = "configmaps/shop/orders-failovers";

/** An instance whose ConfigMap was made with this trigger. */
function madeWith(trigger: object | undefined): FailoverWorld {
  const world = new FailoverWorld();
  if (trigger !== undefined) remember(world, trigger);
  return world;
}

function remember(world: FailoverWorld, trigger: object): void {
  const found = world.api.objects.get(place) as Manifest & { data: Record<string, string> };
  world.api.add(kinds.configMap, {
    ...found,
    data: { ...found.data, "trigger.json": JSON.stringify(trigger) },
  } as Manifest);
}

const remembered = (world: FailoverWorld): unknown =>
  JSON.parse(
    (world.api.objects.get(place) as Manifest & { data: Record<string, string> }).data["trigger.json"] ??
      "null",
  );

const trigger = (
  world: FailoverWorld,
  id: string,
  more: Partial<FailoverContext> = {},
): Promise<TriggerResult> =>
  runTrigger(
    id,
    readFailoverRequest(new RequestReader({ namespace, instance: "orders", trigger: id })),
    world.context(more),
  );

describe("a declared trigger", () => {
  it("is recorded and not run when the instance was made with it", async () => {
    const world = madeWith({ id: "first" });
    assert.deepEqual(await trigger(world, "first"), { trigger: "first" });
    assert.equal(world.primary, "orders-g1-1");
    assert.deepEqual(world.history, []);
  });

  it("is run when the instance had another one, or none", async () => {
    for (const before of [{ id: "first" }, {}]) {
      const world = madeWith(before);
      const { failover } = await trigger(world, "second");
      assert.equal(failover?.state, "completed");
      assert.equal(failover?.origin, FailoverOrigin.Declared);
      assert.equal(world.primary, "orders-g1-2");
      assert.deepEqual(remembered(world), { id: "second", failover: failover?.id });
    }
  });

  it("is run once, however often its Job is made anew", async () => {
    const world = madeWith({});
    const first = await trigger(world, "second");
    await world.clock.sleep(60_000);
    assert.deepEqual(await trigger(world, "second"), first);
    assert.equal(world.history.length, 1);
    assert.equal(world.primary, "orders-g1-2");
    // Its record has left the history.
    world.api.objects.delete(place);
    world.api.add(kinds.configMap, {
      apiVersion: "v1",
      kind: "ConfigMap",
      metadata: { name: "orders-failovers", namespace },
      data: { "trigger.json": JSON.stringify({ id: "second", failover: "failover-long-ago" }) },
    } as Manifest);
    assert.deepEqual(await trigger(world, "second"), { trigger: "second" });
    assert.equal(world.primary, "orders-g1-2");
  });

  it("is only recorded when nobody knows what was there before", async () => {
    const world = madeWith(undefined);
    assert.deepEqual(await trigger(world, "second"), { trigger: "second" });
    assert.deepEqual(remembered(world), { id: "second" });
    const gone = madeWith(undefined);
    gone.api.objects.delete(place);
    assert.deepEqual(await trigger(gone, "second"), { trigger: "second" });
    assert.deepEqual(remembered(gone), { id: "second" });
    assert.equal(gone.primary, "orders-g1-1");
  });

  it("is tried again after it was refused, or failed before anything was changed", async () => {
    const world = madeWith({});
    for (const name of ["orders-g1-2", "orders-g1-3"]) Object.assign(world.server(name), { answers: false });
    await assert.rejects(trigger(world, "second"), /No standby qualifies/);
    assert.deepEqual(remembered(world), {});
    Object.assign(world.server("orders-g1-3"), { answers: true });
    const beforeSwitch = (): Promise<void> => Promise.reject(new Error("not now"));
    await assert.rejects(trigger(world, "second", { beforeSwitch }), /Nothing was changed: not now/);
    assert.deepEqual(remembered(world), {});
    await world.clock.sleep(5000);
    assert.equal((await trigger(world, "second")).failover?.newPrimaryId, "orders-g1-3");
  });

  it("is not run again when it failed after the primary had changed", async () => {
    const world = madeWith({});
    world.lost = true;
    await assert.rejects(trigger(world, "second"), /orders-g1-2 is primary, but/);
    const again = await trigger(world, "second");
    assert.equal(again.failover?.state, "failed");
    assert.equal(world.primary, "orders-g1-2");
    assert.equal(world.history.length, 1);
  });

  it("is run again when its Job was killed before anything was changed, and not when the change went on alone", async () => {
    const killed = async (primary: string): Promise<FailoverWorld> => {
      const world = madeWith({ id: "second", failover: "failover-20261128T101000Z" });
      world.setStatus({ currentPrimary: primary, targetPrimary: primary });
      const at = "2026-11-28T10:10:00.000Z";
      await recordFailover(world.api, world.clock, {
        id: "failover-20261128T101000Z",
        namespace,
        instance: "orders",
        state: "fencingPrimary",
        startedAt: at,
        oldPrimaryId: "orders-g1-1",
        newPrimaryId: "orders-g1-2",
        mode: "planned",
        origin: "declared",
        oldPrimaryAction: "convertToReplica",
        states: [{ state: "fencingPrimary", at }],
        job: "orders-failover-12345678",
      });
      return world;
    };
    const unchanged = await killed("orders-g1-1");
    assert.equal((await trigger(unchanged, "second")).failover?.state, "completed");
    assert.equal(unchanged.primary, "orders-g1-2");
    const changed = await killed("orders-g1-2");
    assert.equal((await trigger(changed, "second")).failover?.id, "failover-20261128T101000Z");
    assert.equal(changed.primary, "orders-g1-2");
    assert.equal(changed.history.length, 1);
  });
});
