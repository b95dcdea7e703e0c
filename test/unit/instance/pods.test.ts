import * as assert from "node:assert/strict";
import fc from "fast-check";
import { podNames } from "../../../src/instance/pods";

describe("the names of an instance's pods", () => {
  /** As CloudNativePG does it: the lowest number that no pod has. */
  function lowestFree(numbers: ReadonlySet<number>): number {
    let number = 1;
    while (numbers.has(number)) number += 1;
    return number;
  }

  it("are CloudNativePG's, from 1 on", () => {
    assert.deepEqual(podNames("orders-g1", 1).slice(0, 2), ["orders-g1-1", "orders-g1-2"]);
    assert.equal(new Set(podNames("orders-g1", 5)).size, podNames("orders-g1", 5).length);
  });

  it("hold every pod, whatever is lost and replaced while up to three that go are still there", () => {
    fc.assert(
      fc.property(
        fc.integer({ min: 1, max: 12 }),
        fc.array(fc.tuple(fc.nat(), fc.integer({ min: 1, max: 3 }))),
        (instances, losses) => {
          const names = podNames("c", instances);
          const pods = new Set(Array.from({ length: instances }, (_, index) => index + 1));
          for (const [which, together] of losses) {
            const going = [...pods].slice(which % pods.size).slice(0, together);
            for (let one = 0; one < going.length; one += 1) pods.add(lowestFree(pods));
            for (const number of pods)
              assert.ok(names.includes(`c-${number}`), `c-${number} of ${instances}`);
            for (const number of going) pods.delete(number);
          }
        },
      ),
    );
  });

  it("hold a primary with a high number in an instance that was made smaller", () => {
    assert.ok(podNames("orders-g1", 1).includes("orders-g1-5"));
  });
});
