import * as assert from "node:assert/strict";
import fc from "fast-check";
import { nearest } from "../../src/nearest";

describe("nearest choice", () => {
  it("finds a slip of the pen and leaves other words alone", () => {
    assert.equal(nearest("smal", ["micro", "small", "medium"]), "small");
    assert.equal(nearest("LoadBalancer", ["clusterInternal", "loadBalancer"]), "loadBalancer");
    assert.equal(nearest("banana", ["micro", "small"]), undefined);
  });

  it("finds a word with one letter changed", () => {
    fc.assert(
      fc.property(fc.stringMatching(/^[a-z]{4,12}$/), fc.nat(), (word, at) => {
        const i = at % word.length;
        assert.equal(nearest(`${word.slice(0, i)}#${word.slice(i + 1)}`, ["#".repeat(30), word]), word);
      }),
    );
  });
});
