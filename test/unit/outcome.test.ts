import * as assert from "node:assert/strict";
import * as fc from "fast-check";
import { closingLine, type Outcome, sumOf } from "../outcome";

describe("the closing line", () => {
  for (const [outcome, line] of [
    [{ passed: 2, failed: 0, skipped: 0 }, "2 passed, 0 failed"],
    [{ passed: 0, failed: 1, skipped: 3 }, "0 passed, 1 failed, 3 skipped"],
  ] as const) {
    it(line, () => assert.equal(closingLine(outcome), line));
  }

  it("of many files counts every test once", () => {
    const count = fc.nat(1000);
    const outcomes = fc.array(fc.record({ passed: count, failed: count, skipped: count }));
    const tests = ({ passed, failed, skipped }: Outcome): number => passed + failed + skipped;
    fc.assert(
      fc.property(outcomes, list => {
        const { failed, ...rest } = sumOf(list);
        assert.equal(
          tests({ failed, ...rest }),
          list.reduce((all, outcome) => all + tests(outcome), 0),
        );
        assert.equal(
          failed > 0,
          list.some(outcome => outcome.failed > 0),
        );
      }),
    );
  });
});
