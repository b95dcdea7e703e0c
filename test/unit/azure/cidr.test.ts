import * as assert from "node:assert/strict";
import * as fc from "fast-check";
import { addressIn, contains, nearestCidr, overlap, parseCidr } from "../../../src/azure/cidr";

const anyAddress = fc
  .tuple(...[1, 2, 3, 4].map(() => fc.integer({ min: 0, max: 255 })))
  .map(parts => parts.join("."));
const anyRange = fc
  .tuple(anyAddress, fc.integer({ min: 0, max: 32 }))
  .map(([address, prefix]) => nearestCidr(`${address}/${prefix}`) as string);

describe("address ranges", () => {
  it("the nearest range is one, and contains the address it was made from", () => {
    fc.assert(
      fc.property(anyAddress, fc.integer({ min: 0, max: 32 }), (address, prefix) => {
        const range = parseCidr(nearestCidr(`${address}/${prefix}`) ?? "");
        const host = parseCidr(`${address}/32`);
        assert.ok(range !== undefined && host !== undefined && contains(range, host));
        assert.equal(range.last - range.first + 1, 2 ** (32 - prefix));
      }),
    );
  });

  it("two ranges are apart, or one contains the other", () => {
    fc.assert(
      fc.property(anyRange, anyRange, (a, b) => {
        const [left, right] = [parseCidr(a), parseCidr(b)];
        assert.ok(left !== undefined && right !== undefined);
        assert.equal(overlap(left, right), overlap(right, left));
        assert.equal(overlap(left, right), contains(left, right) || contains(right, left));
      }),
    );
  });

  it("reads no other text, and no range that begins before itself", () => {
    for (const text of ["10.0.0.1/24", "10.0.0.0", "256.0.0.0/8", "10.0.0.0/33", "::/0", ""])
      assert.equal(parseCidr(text), undefined, text);
    assert.equal(addressIn(parseCidr("10.0.0.0/16") as never, 10), "10.0.0.10");
  });
});
