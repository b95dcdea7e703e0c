import * as assert from "node:assert/strict";
import fc from "fast-check";
import { bytesText, counted, durationText, timeText } from "../../../src/cli/figures";

describe("figures for people", () => {
  it("has two units of time at most", () => {
    const texts: [number, string][] = [
      [0, "0 s"],
      [0.25, "0.3 s"],
      [9.96, "10.0 s"],
      [59.4, "59 s"],
      [59.6, "1 min"],
      [61, "1 min 1 s"],
      [3599.7, "1 h"],
      [7500, "2 h 5 min"],
      [3600 * 49, "2 d 1 h"],
    ];
    for (const [seconds, text] of texts) assert.equal(durationText(seconds), text);
    fc.assert(
      fc.property(fc.double({ min: 0, max: 1e8, noNaN: true }), seconds => {
        assert.match(durationText(seconds), /^[\d.]+ (s|min|h|d)( \d+ (s|min|h))?$/);
        assert.doesNotMatch(durationText(seconds), /\b60 (s|min)\b|\b0 (min|h)\b/);
      }),
    );
  });

  it("has sizes from bytes to terabytes, and times to the second", () => {
    assert.deepEqual([0, 730, 2048, 33_000_000, 5 * 2 ** 30].map(bytesText), [
      "0 B",
      "730 B",
      "2 KiB",
      "31.5 MiB",
      "5 GiB",
    ]);
    assert.equal(timeText("2026-11-20T14:30:00.123+01:00"), "2026-11-20T13:30:00Z");
    assert.equal(timeText(undefined), "");
    assert.equal(timeText("never"), "never");
    assert.deepEqual([counted(1, "segment"), counted(2, "segment")], ["1 segment", "2 segments"]);
  });
});
