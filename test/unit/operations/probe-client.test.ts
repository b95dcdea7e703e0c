import * as assert from "node:assert/strict";
import { ProbeClient, ProbeFailure, type ProbeSession } from "../../../src/operations/probe-client";
import { AttemptOutcome } from "../../../src/rehearsal/measure";

const { Acknowledged, InDoubt, NotConnected, Refused } = AttemptOutcome;

/** What a server does with each statement, and with each attempt to connect; the last of a list goes on for ever. */
interface Plan {
  connect?: (ProbeFailure | "ok" | "silent")[];
  answer?: (ProbeFailure | "ok" | "silent")[];
}

/** A server in memory, and a clock that only moves when the client sleeps or an answer takes its time. */
class FakeServer {
  now = 0;
  readonly connects: number[] = [];
  readonly statements: string[] = [];
  open = 0;
  mostOpen = 0;
  readonly patience: number[] = [];
  /** Stops the client after so many statements and attempts to connect. */
  left: number;
  client: ProbeClient | undefined;
  readonly #plan: Plan;

  constructor(plan: Plan, events: number) {
    this.#plan = plan;
    this.left = events;
  }

  readonly clock = {
    now: (): number => this.now,
    sleep: async (milliseconds: number): Promise<void> => void (this.now += milliseconds),
  };

  readonly connect = async (patienceMs: number): Promise<ProbeSession> => {
    this.#count();
    this.connects.push(this.now);
    this.patience.push(patienceMs);
    const what = next(this.#plan.connect) ?? "ok";
    if (what === "silent") {
      this.now += patienceMs;
      throw new ProbeFailure(NotConnected, "noAnswer", "silence");
    }
    if (what !== "ok") throw what;
    this.open += 1;
    this.mostOpen = Math.max(this.mostOpen, this.open);
    let isOpen = true;
    return {
      send: async statement => this.#answer(statement),
      destroy: () => {
        if (isOpen) this.open -= 1;
        isOpen = false;
      },
    };
  };

  async #answer(statement: string): Promise<Record<string, unknown>[]> {
    this.#count();
    this.statements.push(statement);
    const what = next(this.#plan.answer) ?? "ok";
    this.now += 2;
    if (what === "silent") return new Promise(() => undefined);
    if (what !== "ok") throw what;
    return [];
  }

  #count(): void {
    this.left -= 1;
    if (this.left <= 0) this.client?.stop();
  }
}

function next<T>(list: T[] | undefined): T | undefined {
  return list !== undefined && list.length > 1 ? list.shift() : list?.[0];
}

async function run(
  plan: Plan,
  events: number,
  statementPatienceMs = 20,
): Promise<FakeServer & { client: ProbeClient }> {
  const server = new FakeServer(plan, events);
  const behaviour = { intervalMs: 10, reconnectMs: 50, connectPatienceMs: 1000, statementPatienceMs };
  server.client = new ProbeClient(server.connect, id => `write ${id}`, behaviour, server.clock);
  await server.client.run();
  return server as FakeServer & { client: ProbeClient };
}

const failure = (outcome: AttemptOutcome, reason: string): ProbeFailure =>
  new ProbeFailure(outcome, reason, reason);
const outcomes = (client: ProbeClient): string[] =>
  client.log.attempts.map(({ outcome, id, reason }) => [outcome, id, reason].filter(Boolean).join(" "));

describe("a client of the probe", () => {
  it("sends a numbered statement in each interval, over one session", async () => {
    const { client, statements, connects, open, mostOpen } = await run({}, 5);
    assert.deepEqual(statements, ["write 1", "write 2", "write 3", "write 4"]);
    assert.deepEqual(
      outcomes(client),
      [1, 2, 3, 4].map(id => `${Acknowledged} ${id}`),
    );
    assert.deepEqual(
      client.log.attempts.map(({ begin, end }) => [begin, end]),
      [
        [0, 2],
        [10, 12],
        [20, 22],
        [30, 32],
      ],
    );
    assert.deepEqual([connects.length, open, mostOpen], [1, 0, 1]);
    assert.equal(client.lastAcknowledged, 32);
  });

  it("connects anew after a failure, and gives each statement a number of its own", async () => {
    const plan = { answer: [failure(InDoubt, "57P01"), "ok" as const] };
    const { client, mostOpen } = await run(plan, 4);
    assert.deepEqual(outcomes(client), [`${InDoubt} 1 57P01`, `${Acknowledged} 2`]);
    assert.equal(mostOpen, 1, "the session that failed was ended first");
  });

  it("does not number what was never sent", async () => {
    const plan = { answer: [failure(NotConnected, "57P01"), "ok" as const] };
    const { client } = await run(plan, 4);
    assert.deepEqual(outcomes(client), [`${NotConnected} 57P01`, `${Acknowledged} 2`]);
  });

  it("begins a connection at most every 50 ms, one at a time", async () => {
    const refused = failure(NotConnected, "ECONNREFUSED");
    const { connects, client } = await run({ connect: [refused] }, 10);
    assert.deepEqual(
      connects,
      Array.from({ length: 10 }, (_, i) => i * 50),
    );
    assert.equal(client.log.attempts.length, 10);
    assert.equal(client.lastFailure, "ECONNREFUSED");
  });

  it("does not flood a server that refuses every statement", async () => {
    const { connects } = await run({ answer: [failure(Refused, "53100")] }, 20);
    assert.ok(
      connects.slice(1).every((at, i) => at - (connects[i] as number) >= 50),
      String(connects),
    );
  });

  it("gives a statement up that is not answered in time, in doubt", async () => {
    const { client, open } = await run({ answer: ["silent", "ok"] }, 4);
    assert.deepEqual(outcomes(client), [`${InDoubt} 1 noAnswer`, `${Acknowledged} 2`]);
    assert.equal(open, 0);
  });

  it("waits longer each time nothing answers, up to a bound, and no longer once something does", async () => {
    const silent = await run({ connect: ["silent"] }, 5);
    assert.deepEqual(silent.patience, [1000, 2000, 4000, 4000, 4000]);
    const heard = await run({ connect: ["silent", failure(NotConnected, "57P03"), "ok"] }, 4);
    assert.deepEqual(heard.patience, [1000, 2000, 1000]);
  });

  it("ends when it is told to, also while a statement is not answered", async () => {
    const server = new FakeServer({ answer: ["ok", "silent"] }, 3);
    const behaviour = {
      intervalMs: 10,
      reconnectMs: 50,
      connectPatienceMs: 1000,
      statementPatienceMs: 60_000,
    };
    let reject: (error: Error) => void = () => undefined;
    const open = async (patience: number): Promise<ProbeSession> => {
      const session = await server.connect(patience);
      return {
        send: statement =>
          statement === "write 1"
            ? session.send(statement)
            : new Promise((_, no) => {
                reject = no;
                server.client?.stop();
              }),
        destroy: () => {
          session.destroy();
          reject(failure(InDoubt, "connectionLost"));
        },
      };
    };
    server.client = new ProbeClient(open, id => `write ${id}`, behaviour, server.clock);
    await server.client.run();
    assert.deepEqual(outcomes(server.client), [`${Acknowledged} 1`, `${InDoubt} 2 connectionLost`]);
  });
});
