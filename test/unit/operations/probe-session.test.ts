import * as assert from "node:assert/strict";
import { createServer, type Server, type Socket } from "node:net";
import type { AddressInfo } from "node:net";
import { ProbeFailure } from "../../../src/operations/probe-client";
import { openSessions } from "../../../src/operations/probe-session";
import { AttemptOutcome } from "../../../src/rehearsal/measure";

const env = { PGUSER: "app", PGPASSWORD: "secret" };

/** A machine that does this with each connection. */
async function listening(answer: (socket: Socket) => void): Promise<{ server: Server; port: number }> {
  const server = createServer(socket => {
    socket.on("error", () => undefined);
    answer(socket);
  });
  await new Promise<void>(resolve => server.listen(0, "127.0.0.1", resolve));
  return { server, port: (server.address() as AddressInfo).port };
}

async function refusal(port: number, patienceMs: number): Promise<ProbeFailure> {
  const endpoint = { host: "orders.shop.svc", hostaddr: "127.0.0.1", port, database: "app", ca: "" };
  try {
    await openSessions({ ...endpoint, sslmode: "verify-full" }, env)(patienceMs);
  } catch (error) {
    assert.ok(error instanceof ProbeFailure, String(error));
    assert.equal(error.outcome, AttemptOutcome.NotConnected);
    return error;
  }
  throw new Error("it connected");
}

describe("a session of the probe", () => {
  it("says at once that nobody listens", async () => {
    const { server, port } = await listening(() => undefined);
    await new Promise(resolve => server.close(resolve));
    assert.equal((await refusal(port, 5000)).reason, "ECONNREFUSED");
  });

  it("is given up when a server takes the connection and says nothing", async () => {
    const ended: Promise<unknown>[] = [];
    const { server, port } = await listening(socket => {
      ended.push(new Promise(resolve => socket.resume().once("close", resolve)));
    });
    const began = performance.now();
    assert.equal((await refusal(port, 100)).reason, "noAnswer");
    assert.ok(performance.now() - began < 3000);
    assert.equal(ended.length, 1, "one connection, not several");
    await ended[0];
    server.close();
  });

  it("is lost when the server ends it without a word", async () => {
    const { server, port } = await listening(socket => socket.destroy());
    assert.match((await refusal(port, 5000)).reason, /^(connectionLost|ECONNRESET)$/);
    server.close();
  });

  it("is never one without TLS", async () => {
    // The answer of a server that has none.
    const { server, port } = await listening(socket => socket.once("data", () => socket.write("N")));
    assert.match((await refusal(port, 5000)).message, /does not support SSL/);
    server.close();
  });
});
