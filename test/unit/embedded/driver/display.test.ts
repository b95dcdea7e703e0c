import * as assert from "node:assert/strict";
import { Writable } from "node:stream";
import { setTimeout as sleep } from "node:timers/promises";
import { type Display, duration, openDisplay } from "../../../../embedded/driver/display";

class Screen extends Writable {
  text = "";
  isTTY = false;
  columns = 40;
  override _write(chunk: Buffer, _encoding: string, done: () => void): void {
    this.text += chunk.toString();
    done();
  }
  get lines(): string[] {
    return this.text.split("\n").filter(line => line !== "");
  }
}

describe("durations", () => {
  for (const [seconds, text] of [
    [0, "0.0 s"],
    [7.34, "7.3 s"],
    [42.4, "42 s"],
    [59.6, "1 min 00 s"],
    [187, "3 min 07 s"],
    [3600, "60 min 00 s"],
  ] as const) {
    it(`${seconds} s is "${text}"`, () => assert.equal(duration(seconds), text));
  }
});

describe("progress without a terminal", () => {
  let screen: Screen;
  let display: Display;
  let clock: number;

  beforeEach(() => {
    screen = new Screen();
    clock = 0;
    display = openDisplay({ stream: screen, now: () => clock, heartbeat: 0.04 });
  });
  afterEach(() => display.close());

  it("says when a step begins, when it ends and how long it took", async () => {
    await display.step("Build", async () => void (clock += 12_000));
    assert.deepEqual(screen.lines, ["[      0.0 s] Build …", "[       12 s] Build: done in 12 s"]);
  });

  it("prints lines as they are", () => {
    clock += 5_000;
    display.print("one\n  two");
    assert.deepEqual(screen.lines, ["one", "  two"]);
  });

  it("says that a step failed, and passes the error on", async () => {
    const failing = display.step("Build", () => Promise.reject(new Error("no space")));
    await assert.rejects(failing, /no space/);
    assert.match(screen.text, /Build: FAILED/);
    assert.equal(display.timings[0]?.failed, true);
  });

  it("gives signs of life with what is awaited, and none after the end", async () => {
    await display.step("Start", async say => {
      say("the API server");
      clock += 10_000;
      await sleep(100);
    });
    assert.match(screen.text, /Start: 10 s so far, waiting for the API server/);
    const before = screen.text;
    await sleep(60);
    assert.equal(screen.text, before);
  });

  it("remembers the times in the order in which steps began", async () => {
    await Promise.all([
      display.step("first", () => sleep(20)),
      (async () => {
        clock += 1;
        await display.step("second", () => Promise.resolve());
      })(),
    ]);
    assert.deepEqual(
      display.timings.map(({ title }) => title),
      ["first", "second"],
    );
  });
});

describe("progress on a terminal", () => {
  it("cuts live lines to the width, so that they can be erased", async () => {
    const screen = new Screen();
    screen.isTTY = true;
    const display = openDisplay({ stream: screen });
    await display.step("x".repeat(100), async say => say("y".repeat(100)));
    display.close();
    // eslint-disable-next-line no-control-regex
    const shown = screen.text.replace(/\u001b\[[0-9;]*[A-Za-z]/g, "").split("\n");
    const live = shown.filter(line => /^[⠋⠙⠹⠸⠼⠴⠦⠧⠇⠏]/.test(line));
    assert.ok(live.length > 0);
    assert.ok(live.every(line => [...line].length < screen.columns));
  });
});
