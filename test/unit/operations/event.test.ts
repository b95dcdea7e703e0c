import * as assert from "node:assert/strict";
import type { Manifest } from "../../../src/cnpg";
import { EventType, recordEvent, subjectOf } from "../../../src/operations/event";
import { kinds } from "../../../src/operations/kubernetes";
import { healthyCluster } from "./backup-fixtures";
import { FakeApi, FakeClock } from "./fakes";

describe("recordEvent", () => {
  const about = subjectOf(healthyCluster());
  const facts = {
    about,
    type: EventType.Warning,
    reason: "ArchivingFailing",
    message: "WAL is not archived.",
  };
  const eventsOf = (api: FakeApi): Promise<Manifest[]> => api.list(kinds.event, "shop", {});

  it("makes an Event in the namespace of its object that names it whole", async () => {
    const api = new FakeApi();
    await recordEvent(api, new FakeClock(), facts);
    const [event] = await eventsOf(api);
    assert.deepEqual(event?.involvedObject, {
      apiVersion: "postgresql.cnpg.io/v1",
      kind: "Cluster",
      namespace: "shop",
      name: "orders-g1",
      uid: "uid-orders-g1",
    });
    const { type, reason, message, count, firstTimestamp, reportingComponent } = event ?? {};
    assert.deepEqual([type, reason, message, count], ["Warning", "ArchivingFailing", facts.message, 1]);
    assert.deepEqual([firstTimestamp, reportingComponent], ["2026-01-01T00:00:00Z", "pulumi-cnpg"]);
  });

  it("counts the same one up, and keeps others apart", async () => {
    const [api, clock] = [new FakeApi(), new FakeClock()];
    await recordEvent(api, clock, facts);
    await clock.sleep(90_000);
    await recordEvent(api, clock, facts);
    await recordEvent(api, clock, { ...facts, message: "Something else." });
    const found = (await eventsOf(api)).map(({ message, count, firstTimestamp, lastTimestamp }) => [
      message,
      count,
      firstTimestamp,
      lastTimestamp,
    ]);
    assert.deepEqual(found, [
      [facts.message, 2, "2026-01-01T00:00:00Z", "2026-01-01T00:01:30Z"],
      ["Something else.", 1, "2026-01-01T00:01:30Z", "2026-01-01T00:01:30Z"],
    ]);
  });

  it("cuts a message the API server would refuse", async () => {
    const api = new FakeApi();
    await recordEvent(api, new FakeClock(), { ...facts, message: "x".repeat(3000) });
    const [event] = await eventsOf(api);
    assert.equal((event?.message as string).length, 1024);
  });
});
