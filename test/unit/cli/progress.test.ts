import * as assert from "node:assert/strict";
import { type ProgressSurroundings, withProgress } from "../../../src/cli/progress";

/** Time that passes when it is told to. */
function stoppedClock(): ProgressSurroundings & { tick: () => void; written: string[]; running: boolean } {
  const clock = {
    written: [] as string[],
    running: false,
    tick: () => undefined as void,
    write: (text: string) => void clock.written.push(text),
    every: (milliseconds: number, callback: () => void) => {
      assert.equal(milliseconds, 2000);
      clock.running = true;
      clock.tick = callback;
      return () => void (clock.running = false);
    },
  };
  return clock;
}

describe("progress", () => {
  it("says nothing of what is done at once", async () => {
    const clock = stoppedClock();
    assert.equal(await withProgress("asking", () => Promise.resolve(7), clock), 7);
    assert.deepEqual(clock.written, []);
    assert.equal(clock.running, false);
  });

  it("says after two seconds what is awaited, and every ten that it still is", async () => {
    const clock = stoppedClock();
    await withProgress(
      "asking the API server",
      say => {
        clock.tick();
        say("asking the database");
        for (let i = 0; i < 9; i++) clock.tick();
        return Promise.resolve();
      },
      clock,
    );
    assert.deepEqual(clock.written, [
      "asking the API server … 2 s\n",
      "asking the database … 10 s\n",
      "asking the database … 20 s\n",
    ]);
  });

  it("ends with the work also when that fails", async () => {
    const clock = stoppedClock();
    await assert.rejects(
      withProgress("x", () => Promise.reject(new Error("no")), clock),
      /no/,
    );
    assert.equal(clock.running, false);
  });
});
