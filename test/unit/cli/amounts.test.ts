import * as assert from "node:assert/strict";
import { bytesOf, coresOf } from "../../../src/cli/amounts";

describe("amounts on the command line", () => {
  it("are Kubernetes quantities", () => {
    assert.equal(bytesOf("2Gi"), 2 ** 31);
    assert.equal(bytesOf("1500M"), 1.5e9);
    assert.equal(coresOf("500m"), 0.5);
    assert.equal(coresOf("2"), 2);
  });

  it("in PostgreSQL's units are answered with what is meant", () => {
    assert.throws(() => bytesOf("2GB"), /for example 2Gi/);
    assert.throws(() => bytesOf("512 mb"), /quantity/);
    assert.throws(() => bytesOf("512kB"), /for example 512Ki/);
    for (const wrong of ["", "0", "-1Gi", "abc"]) {
      assert.throws(() => bytesOf(wrong), /quantity/);
      assert.throws(() => coresOf(wrong), /number of cores/);
    }
  });
});
