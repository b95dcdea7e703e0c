import * as assert from "node:assert/strict";
import { plan, type PlanRequest } from "../../../src/cli/commands/plan";
import { run } from "../../../src/cli/main";
import type { CommandResult } from "../../../src/cli/result";
import { resolveAvailability } from "../../../src/availability/resolve";

const layout = { width: Infinity, colour: false };

const request: PlanRequest = {
  from: {},
  to: {},
  major: 17,
  instances: 1,
  primaryUpdateMethod: "restart",
  primaryUpdateStrategy: "unsupervised",
  smartShutdownTimeout: 15,
  mode: "immediate",
};

const planned = (change: Partial<PlanRequest>): CommandResult => plan({ ...request, ...change }, layout);

describe("parameters plan", () => {
  it("says that nothing changes when the values are the same in other words", () => {
    const { exitCode, text } = planned({ from: { work_mem: "1GB" }, to: { work_mem: "1024MB" } });
    assert.equal(exitCode, 0);
    assert.match(text, /^No parameter changes\./);
  });

  it("says what reloads, what restarts, and how long writes pause", () => {
    const { exitCode, text, json } = planned({
      from: { work_mem: "4MB", max_connections: "100" },
      to: { work_mem: "8MB", max_connections: "200" },
      instances: 3,
    });
    assert.equal(exitCode, 0);
    assert.match(text, /^1 reload, 1 restart -> restart of 3 servers.*writes pause/);
    assert.match(text, /^Reload: work_mem 4MB -> 8MB\.$/m);
    assert.match(text, /^Restart: max_connections 100 -> 200\.$/m);
    assert.deepEqual((json as { restarts: string[] }).restarts, ["max_connections"]);
  });

  it("holds restarts back in the modes that do", () => {
    const to = { max_connections: "200" };
    for (const mode of ["scheduled", "window", "onNextRestart"] as const) {
      const { text, exitCode } = planned({ to, mode });
      assert.equal(exitCode, 0);
      assert.match(text, /^Held back until a restart is due: max_connections 100 -> 200\.$/m);
    }
  });

  it("ends with 2 when it cannot be done in this way, with the remedy", () => {
    const { exitCode, text } = planned({
      from: { max_connections: "200" },
      to: { max_connections: "100" },
      instances: 3,
      primaryUpdateStrategy: "supervised",
    });
    assert.equal(exitCode, 2);
    assert.match(text, /^refused {2}max_connections = 100\n.*\n *→ .*unsupervised/m);
  });

  it("ends with 2 for values no server would run with, but leaves dangers to check", () => {
    const { exitCode, text, json } = planned({ to: { shard_buffers: "1GB", work_mem: "abc", fsync: "off" } });
    assert.equal(exitCode, 2);
    assert.match(text, /refused {2}shard_buffers[^]*refused {2}work_mem/);
    assert.deepEqual(
      (json as { refused: { parameter: string }[] }).refused.map(({ parameter }) => parameter),
      ["shard_buffers", "work_mem"],
    );
    assert.equal(planned({ to: { fsync: "off" } }).exitCode, 0);
  });

  it("has the defaults of an instance", async () => {
    const { stdout } = await run(["parameters", "plan", "--help"], {
      env: {},
      layout: { width: 400, colour: false },
      progress: { write: () => undefined, every: () => () => undefined },
    });
    const [, one, more] =
      /--smart-shutdown-timeout[^]*?\(default:\s+(\d+)\s+with one instance,\s+(\d+) with more\)/.exec(
        stdout,
      ) ?? [];
    for (const [instances, seconds] of [
      [1, one],
      [3, more],
    ] as const) {
      assert.equal(Number(seconds), resolveAvailability({ instances }).smartShutdownTimeout);
      const change = { instances, smartShutdownTimeout: undefined, to: { max_connections: "200" } };
      const said =
        seconds === "0" ? "Open sessions are ended at once" : `open sessions get up to ${seconds} s`;
      assert.match(planned(change).text, new RegExp(said));
    }
  });
});
