import * as assert from "node:assert/strict";
import { describeError, type Look, waitUntil } from "../../../src/operations/waiting";
import { context, FakeClock } from "./fakes";

describe("waitUntil", () => {
  it("returns what the look finds, however often it looks", async () => {
    let looks = 0;
    const look = async (): Promise<Look<string>> =>
      ++looks < 5 ? { done: false, awaiting: "five" } : { done: true, value: "found" };
    assert.equal(await waitUntil(look, { ...context(), timeoutSeconds: 60 }), "found");
    assert.equal(looks, 5);
  });

  it("ends with what it awaited last", async () => {
    const clock = new FakeClock();
    const started = clock.now().getTime();
    const look = async (): Promise<Look<void>> => {
      throw new Error("connection refused");
    };
    await assert.rejects(
      waitUntil(look, { ...context(), clock, timeoutSeconds: 10 }),
      /^Error: gave up after 10 s, still waiting: connection refused$/,
    );
    assert.equal(clock.now().getTime() - started, 10_000);
  });

  it("says what it awaits when that changes, and again after half a minute", async () => {
    const surroundings = context();
    let looks = 0;
    const look = async (): Promise<Look<void>> => ({ done: false, awaiting: ++looks <= 3 ? "a" : "b" });
    await assert.rejects(waitUntil(look, { ...surroundings, timeoutSeconds: 40 }));
    assert.deepEqual(surroundings.said, [
      "After 0 s, waiting: a",
      "After 3 s, waiting: b",
      "After 33 s, waiting: b",
    ]);
  });
});

describe("describeError", () => {
  it("is one line, also for errors without a message", () => {
    const several = new AggregateError([new Error("refused ::1"), new Error("refused 127.0.0.1")], "");
    assert.equal(describeError(several), "refused ::1; refused 127.0.0.1");
    assert.equal(describeError(new Error("a\n  b")), "a b");
    assert.equal(describeError(new TypeError("")), "TypeError");
    assert.equal(describeError("text"), "text");
  });
});
