import * as assert from "node:assert/strict";
import { handBack, type ManagedFields, ownerOf } from "../../../src/kubernetes/managed-fields";

const path = ["spec", "failoverDelay"];
const delay = { "f:failoverDelay": {} };

const pulumi: ManagedFields = {
  manager: "pulumi",
  operation: "Apply",
  fieldsV1: { "f:spec": { "f:instances": {} } },
};
const operator: ManagedFields = {
  manager: "manager",
  operation: "Update",
  subresource: "status",
  fieldsV1: { "f:spec": delay },
};
const ours: ManagedFields = {
  manager: "ours",
  operation: "Update",
  time: "2026-01-01T00:00:00Z",
  fieldsV1: { "f:spec": delay },
};

describe("ownership of a field", () => {
  it("is that of who set it, not in another part of the object", () => {
    assert.deepEqual(ownerOf([operator, pulumi, ours], path), { manager: "ours", operation: "Update" });
    assert.equal(ownerOf([operator, pulumi], path), undefined);
    assert.equal(ownerOf(undefined, path), undefined);
  });

  it("goes back to who had it, and nothing is left of who gave it up", () => {
    const back = handBack([operator, pulumi, ours], path, "ours", { manager: "pulumi", operation: "Apply" });
    assert.deepEqual(back, [
      operator,
      { ...pulumi, fieldsV1: { "f:spec": { "f:instances": {}, ...delay } } },
    ]);
  });

  it("goes to nobody when nobody had it, and other fields stay", () => {
    const more = { ...ours, fieldsV1: { "f:metadata": { "f:labels": {} }, "f:spec": { ".": {}, ...delay } } };
    assert.deepEqual(handBack([pulumi, more], path, "ours", undefined), [
      pulumi,
      { ...ours, fieldsV1: { "f:metadata": { "f:labels": {} } } },
    ]);
  });

  it("is not given to a manager that has gone", () =>
    assert.deepEqual(handBack([ours], path, "ours", { manager: "pulumi", operation: "Apply" }), []));
});
