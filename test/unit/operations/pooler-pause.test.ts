import * as assert from "node:assert/strict";
import { execFile, spawnSync } from "node:child_process";
import {
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  writeFileSync,
} from "node:fs";
import { tmpdir } from "node:os";
import { delimiter, join } from "node:path";
import { labels, PoolMode } from "../../../src/cnpg";
import { FailoverMode, OldPrimaryAction } from "../../../src/failover/request";
import { FailoverOrigin, FailoverState, type FailoverStatus } from "../../../src/failover/status";
import type { Execute } from "../../../src/operations/execute";
import type { FoundInstance } from "../../../src/operations/instance";
import { kinds } from "../../../src/operations/kubernetes";
import { poolerHooks, type SwitchHooks } from "../../../src/operations/pooler-pause";
import { systemClock } from "../../../src/operations/waiting";
import { skip } from "../../skip";
import { FakeApi } from "./fakes";

/**
 * psql as it is in a PgBouncer pod. Files of its folder stand for the world: `paused` for PgBouncer's state, `busy` for a transaction that does not
 * end, `timeline` for the primary that the Service leads to.
 */
const psql = `#!/bin/sh
world=$(dirname "$0")/..
case $1 in host=*)
  echo "$1" > $world/asked
  cat $world/timeline 2>/dev/null || exit 2
  exit ;;
esac
echo "$2" >> $world/console
case $2 in
  'SHOW STATE') [ -e $world/gone ] && exit 2
    if [ -e $world/paused ]; then echo 'active|no'; echo 'paused|yes'; else echo 'active|yes'; echo 'paused|no'; fi ;;
  PAUSE) [ ! -e $world/paused ] || exit 1; : > $world/paused; while [ -e $world/busy ]; do sleep 0.1; done ;;
  RESUME) rm $world/paused ;;
esac
`;

/** One PgBouncer pod: a folder with a psql of its own, in which commands really run. */
class Pod {
  readonly folder = mkdtempSync(join(tmpdir(), "pooler-"));

  constructor() {
    mkdirSync(join(this.folder, "bin"));
    mkdirSync(join(this.folder, "run"));
    writeFileSync(join(this.folder, "bin", "psql"), psql, { mode: 0o755 });
    this.set("timeline", "00000001");
  }

  set(file: string, text = ""): void {
    writeFileSync(join(this.folder, file), text);
  }

  unset(file: string): void {
    rmSync(join(this.folder, file), { force: true });
  }

  has(file: string): boolean {
    return existsSync(join(this.folder, file));
  }

  get console(): string[] {
    return this.has("console") ? readFileSync(join(this.folder, "console"), "utf8").trim().split("\n") : [];
  }

  run(command: readonly string[]): ReturnType<Execute> {
    const [program = "", ...words] = command;
    const env = {
      PATH: [join(this.folder, "bin"), process.env.PATH].join(delimiter),
      PGHOST: join(this.folder, "run"),
    };
    return new Promise(resolve => {
      execFile(program, words, { env }, (error, stdout, stderr) =>
        resolve({ stdout, stderr, exitCode: error === null ? 0 : Number(error.code) }),
      );
    });
  }
}

const status = (id: string, state: FailoverState = FailoverState.PromotingReplica): FailoverStatus => ({
  id,
  namespace: "shop",
  instance: "orders",
  state,
  startedAt: "2026-11-28T10:15:00Z",
  oldPrimaryId: "orders-g1-1",
  mode: FailoverMode.Planned,
  origin: FailoverOrigin.Requested,
  oldPrimaryAction: OldPrimaryAction.ConvertToReplica,
  states: [],
});

const until = async (condition: () => boolean, what: string): Promise<void> => {
  const end = Date.now() + 10_000;
  while (!condition()) {
    assert.ok(Date.now() < end, `${what} did not happen`);
    await new Promise(resolve => setTimeout(resolve, 20));
  }
};

describe("holding the clients of a pooler back", function () {
  this.timeout(30_000);
  let pods: Record<string, Pod>;
  let said: string[];
  let execute: Execute;

  before(function () {
    if (spawnSync("timeout", ["1", "sh", "-c", ":"]).status !== 0)
      skip(this, "this machine has no sh or no timeout, which PgBouncer's image has");
  });
  beforeEach(() => {
    pods = { "orders-g1-pooler-a": new Pod(), "orders-g1-pooler-b": new Pod() };
    said = [];
    execute = async (namespace, pod, container, command) => {
      assert.deepEqual([namespace, container], ["shop", "pgbouncer"]);
      return (pods[pod] ?? assert.fail(pod)).run(command);
    };
  });
  afterEach(() => Object.values(pods).forEach(({ folder }) => rmSync(folder, { recursive: true })));

  const [a, b] = [
    () => pods["orders-g1-pooler-a"] ?? assert.fail(),
    () => pods["orders-g1-pooler-b"] ?? assert.fail(),
  ];

  function hooks(mode: PoolMode = PoolMode.transaction): SwitchHooks {
    const api = new FakeApi();
    for (const name of [...Object.keys(pods), "orders-g1-pooler-unready"]) {
      api.add(kinds.pod, {
        apiVersion: "v1",
        kind: "Pod",
        metadata: { name, namespace: "shop", labels: { [labels.poolerName]: "orders-g1-pooler" } },
        status: { conditions: [{ type: "Ready", status: name.endsWith("unready") ? "False" : "True" }] },
      });
    }
    const found = {
      name: "orders",
      namespace: "shop",
      major: 18,
      cluster: { metadata: { name: "orders-g1" } },
      facts: { pooler: { mode, types: ["rw"], pause: true } },
    } as unknown as FoundInstance;
    const context = { api, execute, clock: systemClock, say: (sentence: string) => void said.push(sentence) };
    return poolerHooks(found, context) ?? assert.fail();
  }

  it("pauses every pod before and resumes each when it sees the new primary", async () => {
    const { beforeSwitch, afterSwitch } = hooks();
    await beforeSwitch(status("one"));
    assert.ok(a().has("paused") && b().has("paused"));
    assert.match(readFileSync(join(a().folder, "asked"), "utf8"), /^host=orders-g1-rw .*sslmode=verify-ca/s);
    for (const pod of [a(), b()]) pod.unset("timeline");
    await new Promise(resolve => setTimeout(resolve, 500));
    assert.ok(a().has("paused"), "it must not resume while there is no primary");
    a().set("timeline", "00000002");
    await until(() => !a().has("paused"), "the end of the pause of a");
    assert.ok(b().has("paused"), "the other pod does not see it yet");
    b().set("timeline", "00000002");
    await afterSwitch(status("one", FailoverState.UpdatingRouting));
    assert.ok(!a().has("paused") && !b().has("paused"));
    assert.deepEqual(said, ["The pooler holds its clients back in 2 of 2 pods."]);
  });

  it("resumes without anybody telling it", async () => {
    await hooks().beforeSwitch(status("one"));
    for (const pod of [a(), b()]) pod.set("timeline", "00000002");
    await until(() => !a().has("paused") && !b().has("paused"), "the end of the pause");
  });

  it("resumes at once when the switchover came to nothing", async () => {
    const holds: ReturnType<Execute>[] = [];
    const whole = execute;
    execute = (namespace, pod, container, command) => {
      const run = whole(namespace, pod, container, command);
      if (command[3] === "hold") holds.push(run);
      return run;
    };
    const { beforeSwitch, afterSwitch } = hooks();
    await beforeSwitch(status("one"));
    const began = Date.now();
    await afterSwitch(status("one"));
    assert.ok(!a().has("paused") && !b().has("paused"));
    assert.ok(Date.now() - began < 5_000);
    assert.deepEqual(
      (await Promise.all(holds)).map(({ stdout }) => stdout),
      ["told\n", "told\n"],
    );
    assert.ok(Date.now() - began < 5_000);
    // The same pods again, with nothing left over from before.
    await beforeSwitch(status("two"));
    assert.ok(a().has("paused") && b().has("paused"));
    await afterSwitch(status("two"));
    assert.ok(!a().has("paused"));
    await until(
      () => readdirSync(join(a().folder, "run")).every(file => file.includes("two")),
      "cleaning up",
    );
  });

  it("goes on after a while when a session does not end, and holds back what comes after it", async () => {
    a().set("busy");
    const { beforeSwitch, afterSwitch } = hooks(PoolMode.session);
    await beforeSwitch(status("one"));
    assert.ok(a().has("paused") && b().has("paused"));
    assert.equal(
      said.at(-1),
      "After 1 s the switchover goes on and ends the sessions that are open in orders-g1-pooler-a.",
    );
    for (const pod of [a(), b()]) pod.set("timeline", "00000002");
    await afterSwitch(status("one", FailoverState.UpdatingRouting));
    assert.ok(!a().has("paused"));
  });

  it("gives transactions more time, and never holds clients longer than they wait", async () => {
    const commands: (readonly string[])[] = [];
    const whole = execute;
    execute = (namespace, pod, container, command) => {
      commands.push(command.slice(3));
      return whole(namespace, pod, container, command);
    };
    const { beforeSwitch, afterSwitch } = hooks();
    await beforeSwitch(status("one"));
    await afterSwitch(status("one"));
    assert.deepEqual(commands[0], ["hold", "one", "orders-g1-rw", "5", "50"]);
    assert.ok(Number(commands[0]?.[4]) < 120, "query_wait_timeout of PgBouncer");
  });

  it("leaves a pod alone that somebody else has paused, or that cannot be asked", async () => {
    a().set("paused");
    b().unset("timeline");
    const { beforeSwitch, afterSwitch } = hooks();
    await beforeSwitch(status("one"));
    await afterSwitch(status("one", FailoverState.UpdatingRouting));
    assert.deepEqual(a().console, ["SHOW STATE"]);
    assert.deepEqual(b().console, ["SHOW STATE"]);
    assert.deepEqual(said.sort(), [
      "Clients of orders-g1-pooler-a are not held back: it is paused already.",
      "Clients of orders-g1-pooler-b are not held back: it does not reach the primary.",
    ]);
  });

  it("never lets a pod pause after the end", async () => {
    pods = { "orders-g1-pooler-a": a() };
    const whole = execute;
    const late: (() => ReturnType<Execute>)[] = [];
    const holds: ReturnType<Execute>[] = [];
    execute = (namespace, pod, container, command) => {
      const run = (): ReturnType<Execute> => whole(namespace, pod, container, command);
      if (command[3] === "pause") {
        late.push(run);
        return Promise.reject(new Error("no answer"));
      }
      const done = run();
      if (command[3] === "hold") holds.push(done);
      return done;
    };
    const { beforeSwitch, afterSwitch } = hooks();
    await beforeSwitch(status("one"));
    await afterSwitch(status("one", FailoverState.UpdatingRouting));
    await Promise.all([...late.map(run => run()), ...holds]);
    assert.equal(late.length, 1);
    assert.ok(!a().has("paused"));
    assert.ok(!a().console.includes("PAUSE"));
    assert.deepEqual(said, ["Clients of orders-g1-pooler-a are not held back: no answer."]);
  });

  it("pauses none before the slowest is ready, and leaves one alone that cannot be asked", async () => {
    const whole = execute;
    let early = false;
    execute = async (namespace, pod, container, command) => {
      if (!pod.endsWith("-b") || command[3] !== "ready") return whole(namespace, pod, container, command);
      await new Promise(resolve => setTimeout(resolve, 500));
      early = a().console.includes("PAUSE");
      throw new Error("no answer");
    };
    const { beforeSwitch, afterSwitch } = hooks();
    await beforeSwitch(status("one"));
    assert.equal(early, false, "a must not pause while b is not ready");
    assert.ok(a().has("paused") && !b().has("paused"));
    assert.ok(said.includes("The pooler holds its clients back in 1 of 2 pods."));
    await afterSwitch(status("one"));
    assert.ok(!a().has("paused"));
  });

  it("goes on without a pause when no command can be run", async () => {
    execute = () => Promise.reject(new Error("forbidden"));
    const { beforeSwitch, afterSwitch } = hooks();
    await beforeSwitch(status("one"));
    await afterSwitch(status("one", FailoverState.UpdatingRouting));
    assert.match(said[0] ?? "", /^Clients of orders-g1-pooler-a are not held back: forbidden\.$/);
  });

  it("has nothing to do where there is no pooler, or none that may be paused", () => {
    const context = { api: new FakeApi(), execute, clock: systemClock, say: () => undefined };
    for (const facts of [{}, { pooler: { mode: "transaction", types: ["rw"], pause: false } }]) {
      const found = { facts, cluster: { metadata: {} } } as unknown as FoundInstance;
      assert.equal(poolerHooks(found, context), undefined);
    }
  });
});
