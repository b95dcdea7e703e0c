import * as assert from "node:assert/strict";
import fc from "fast-check";
import { compareQuantities, isPositiveQuantity, parseBytes, parseNano } from "../../src/quantity";

describe("Kubernetes quantities", () => {
  it("reads every suffix", () => {
    const bytes: [string, bigint][] = [
      ["1", 1n],
      ["1k", 1000n],
      ["1Ki", 1024n],
      ["1.5Gi", 1610612736n],
      ["10M", 10_000_000n],
      ["1e3", 1000n],
      ["1E3", 1000n],
      ["2E", 2_000_000_000_000_000_000n],
      ["100m", 1n],
      [".5Ki", 512n],
    ];
    for (const [text, value] of bytes) assert.equal(parseBytes(text), value, text);
    assert.equal(parseNano("250m"), 250_000_000n);
    assert.equal(parseNano("-1"), -1_000_000_000n);
  });

  it("refuses what the API server refuses", () => {
    for (const text of ["", "10GB", "10 Gi", "Gi", "1,5Gi", "ten", "1e", "0x10", "1Gi ", "1gi", "."]) {
      assert.equal(parseNano(text), undefined, text);
    }
    assert.equal(isPositiveQuantity("0"), false);
    assert.equal(isPositiveQuantity("-1Gi"), false);
    assert.throws(() => compareQuantities("1Gi", "x"), RangeError);
  });

  it("orders as the numbers do", () => {
    const suffixes = ["", "k", "Ki", "M", "Mi", "G", "Gi"];
    const factors = [1, 1e3, 2 ** 10, 1e6, 2 ** 20, 1e9, 2 ** 30];
    const amount = fc.tuple(
      fc.integer({ min: 0, max: 4000 }),
      fc.integer({ min: 0, max: suffixes.length - 1 }),
    );
    fc.assert(
      fc.property(amount, amount, ([n, i], [m, j]) => {
        const expected = Math.sign(n * (factors[i] as number) - m * (factors[j] as number));
        assert.equal(compareQuantities(`${n}${suffixes[i]}`, `${m}${suffixes[j]}`), expected);
      }),
    );
  });
});
