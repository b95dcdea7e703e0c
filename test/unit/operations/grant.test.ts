import * as assert from "node:assert/strict";
import { grant } from "../../../src/operations/grant";
import { RequestReader } from "../../../src/operations/operation";

describe("request of grant", () => {
  const whole = {
    host: "orders.shop.svc",
    database: "shop",
    caFile: "/ca/ca.crt",
    statements: ["GRANT CONNECT ON DATABASE shop TO web"],
    timeoutSeconds: 60,
  };
  const read = (request: object): unknown => grant.read(new RequestReader(request));

  it("is read whole", () => assert.deepEqual(read(whole), { ...whole, port: 5432, cluster: undefined }));

  it("needs statements", () => {
    assert.throws(() => read({ ...whole, statements: [] }), /statements must not be empty/);
    assert.throws(() => read({ ...whole, statements: "GRANT" }), /statements must be a list of texts/);
  });
});
