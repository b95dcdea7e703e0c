import * as assert from "node:assert/strict";
import type { EngineEvent } from "@pulumi/pulumi/automation";
import { changeSummary, UpdateWatch } from "../../../../embedded/driver/engine-events";

describe("the summary of changes", () => {
  it("says so when nothing changed", () => {
    assert.equal(changeSummary({ same: 12 }), "no changes");
    assert.equal(changeSummary(undefined), "no changes");
  });

  it("counts what changed", () => {
    assert.equal(changeSummary({ same: 3, create: 2, update: 1, delete: 0 }), "2 created, 1 updated");
  });
});

describe("watching an update", () => {
  const urn = "urn:pulumi:dev::p::kubernetes:core/v1:Secret::orders-owner";
  const event = (more: object): EngineEvent => ({ sequence: 1, timestamp: 1, ...more }) as EngineEvent;
  const metadata = { urn, type: "kubernetes:core/v1:Secret", op: "create", new: { custom: true } };

  it("says what is in flight and what is done", () => {
    const said: string[] = [];
    const watch = new UpdateWatch(awaited => said.push(awaited));
    watch.onEvent(event({ resourcePreEvent: { metadata } }));
    assert.match(said.at(-1) ?? "", /Secret orders-owner \(create\) \(0 done, 0 unchanged\)/);
    watch.onEvent(event({ resOutputsEvent: { metadata } }));
    assert.match(said.at(-1) ?? "", /\(1 done, 0 unchanged\)/);
  });

  it("counts what stays the same", () => {
    const said: string[] = [];
    const watch = new UpdateWatch(awaited => said.push(awaited));
    watch.onEvent(event({ resourcePreEvent: { metadata: { ...metadata, op: "same" } } }));
    assert.deepEqual(said, ["the engine (0 done, 1 unchanged)"]);
  });

  it("is silent about components, whose children it tells", () => {
    const said: string[] = [];
    const watch = new UpdateWatch(awaited => said.push(awaited));
    const component = { ...metadata, type: "pulumi-cnpg:index:CnpgOperator", new: {} };
    watch.onEvent(event({ resourcePreEvent: { metadata: component } }));
    assert.deepEqual(said, []);
  });

  it("keeps errors without colour marks, each once, with their subject", () => {
    const watch = new UpdateWatch(() => undefined);
    const diagnosticEvent = {
      urn,
      message: "<{%fg 1%}>denied<{%reset%}>\n",
      severity: "error",
      color: "raw",
    };
    watch.onEvent(event({ diagnosticEvent }));
    watch.onEvent(event({ diagnosticEvent }));
    assert.deepEqual(watch.errors, ["Secret orders-owner: denied"]);
  });
});
