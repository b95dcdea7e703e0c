import * as assert from "node:assert/strict";
import { ownAnnotations } from "../../../src/cnpg";
import { type ParametersRecord, readRecord, recordChange } from "../../../src/operations/parameters-record";

const record: ParametersRecord = {
  mode: "window",
  pending: [{ name: "max_connections", value: "100", desired: "200" }],
  next: "2026-01-04T03:00:00.000Z",
};

describe("record of held back parameters", () => {
  it("is read as it was written", () => {
    assert.deepEqual(readRecord({ ...(recordChange(record) as { metadata: object }) }), record);
  });

  it("is none where none was written, or where it is illegible", () => {
    assert.equal(readRecord(undefined), undefined);
    assert.equal(readRecord({ metadata: {} }), undefined);
    for (const text of ["", "{", "null", "[]", '"text"', '{"mode":1,"pending":[]}', '{"mode":"window"}']) {
      assert.equal(
        readRecord({ metadata: { annotations: { [ownAnnotations.parameters]: text } } }),
        undefined,
        text,
      );
    }
  });
});
