import * as assert from "node:assert/strict";
import {
  Interrupted,
  interruptible,
  terminationSignal,
  unlessInterrupted,
} from "../../../src/operations/interruption";
import { systemClock } from "../../../src/operations/waiting";

describe("an interruption", () => {
  it("ends a sleep and a work at once", async () => {
    const controller = new AbortController();
    const never = new Promise<void>(() => undefined);
    const sleeping = interruptible({ now: systemClock.now, sleep: () => never }, controller.signal).sleep(1);
    const working = unlessInterrupted(controller.signal, () => never);
    controller.abort();
    await assert.rejects(sleeping, Interrupted);
    await assert.rejects(working, Interrupted);
    let begun = false;
    await assert.rejects(
      unlessInterrupted(controller.signal, async () => void (begun = true)),
      Interrupted,
    );
    assert.equal(begun, false);
  });

  it("leaves a work alone that it does not concern", async () => {
    const { signal } = new AbortController();
    assert.equal(await unlessInterrupted(signal, async () => 7), 7);
    await assert.rejects(
      unlessInterrupted(signal, () => Promise.reject(new Error("own"))),
      /own/,
    );
  });

  it("comes with SIGTERM, as long as somebody listens", () => {
    const others = process.listeners("SIGTERM");
    const { signal, end } = terminationSignal();
    const own = process.listeners("SIGTERM").filter(listener => !others.includes(listener));
    assert.equal(own.length, 1);
    own[0]?.("SIGTERM");
    assert.equal(signal.aborted, true);
    end();
    assert.deepEqual(process.listeners("SIGTERM"), others);
  });
});
