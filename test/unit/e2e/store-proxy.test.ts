import * as assert from "node:assert/strict";
import { once } from "node:events";
import { createServer, request, type Server } from "node:http";
import type { AddressInfo } from "node:net";
import { StoreFault, StoreProxy } from "../../e2e/store-proxy";

interface Answer {
  readonly status: number;
  readonly text: string;
  readonly code?: string | undefined;
}

describe("the proxy before an object store", () => {
  let store: Server;
  let proxy: StoreProxy;
  let port: number;
  /** Method, path and body of what reached the store. */
  const reached: string[] = [];
  const calls: AbortController[] = [];

  beforeEach(async () => {
    reached.length = 0;
    store = createServer((incoming, response) => {
      let body = "";
      incoming.setEncoding("utf8").on("data", (chunk: string) => (body += chunk));
      incoming.on("end", () => {
        reached.push(`${incoming.method} ${incoming.url} ${body}`.trim());
        response.writeHead(201, { "x-signed": String(incoming.headers.authorization) });
        response.end("from the store");
      });
    }).listen(0, "127.0.0.1");
    await once(store, "listening");
    proxy = new StoreProxy(new URL(`http://127.0.0.1:${(store.address() as AddressInfo).port}/account`));
    port = await proxy.listen("127.0.0.1");
  });

  afterEach(async () => {
    calls.splice(0).forEach(call => call.abort());
    await proxy.close();
    store.close();
  });

  function ask(method: string, path: string, body?: string): Promise<Answer> {
    const stop = new AbortController();
    calls.push(stop);
    return new Promise((resolve, reject) => {
      const headers = { authorization: "SharedKey a:b" };
      const call = request(
        { port, host: "127.0.0.1", method, path, headers, agent: false, signal: stop.signal },
        response => {
          let text = "";
          response.setEncoding("utf8").on("data", (chunk: string) => (text += chunk));
          const code = response.headers["x-ms-error-code"]?.toString();
          response.on("end", () => resolve({ status: response.statusCode ?? 0, text, code }));
        },
      );
      call.on("error", reject);
      call.end(body);
    });
  }

  it("passes everything unchanged while there is no fault", async () => {
    assert.deepEqual(await ask("PUT", "/account/c/b?comp=block&blockid=x%3D", "content"), {
      status: 201,
      text: "from the store",
      code: undefined,
    });
    assert.deepEqual(reached, ["PUT /account/c/b?comp=block&blockid=x%3D content"]);
    assert.equal(proxy.hits, 0);
  });

  it("is reset while unreachable, and there again when healed", async () => {
    proxy.set(StoreFault.Unreachable);
    await assert.rejects(ask("GET", "/account/c/b"), { code: "ECONNRESET" });
    assert.equal(proxy.hits, 1);
    proxy.set(undefined);
    assert.equal((await ask("GET", "/account/c/b")).status, 201);
    assert.deepEqual(reached, ["GET /account/c/b"]);
  });

  it("does not answer while silent, and lets go of who waits when healed", async () => {
    proxy.set(StoreFault.Silent);
    let over = false;
    const waiting = ask("GET", "/account/c/b").finally(() => (over = true));
    waiting.catch(() => undefined);
    while (proxy.hits === 0) await new Promise(resolve => setImmediate(resolve));
    assert.equal(over, false);
    proxy.set(undefined);
    await assert.rejects(waiting, { code: "ECONNRESET" });
    assert.deepEqual(reached, []);
  });

  for (const [fault, status, code] of [
    [StoreFault.Busy, 503, "ServerBusy"],
    [StoreFault.Refused, 403, "AuthenticationFailed"],
  ] as const) {
    it(`answers ${status} to everything while ${fault}`, async () => {
      proxy.set(fault);
      for (const method of ["GET", "PUT", "DELETE"]) {
        const answer = await ask(method, "/account/c/b", method === "PUT" ? "content" : undefined);
        assert.deepEqual([answer.status, answer.code], [status, code]);
      }
      assert.equal(proxy.hits, 3);
      assert.deepEqual(reached, []);
    });
  }

  it("takes nothing more while full, and still gives and deletes", async () => {
    proxy.set(StoreFault.Full);
    assert.equal((await ask("PUT", "/account/c/b", "x".repeat(1_000_000))).status, 507);
    assert.equal((await ask("PUT", "/account/c/b?comp=blocklist", "list")).code, "InsufficientStorage");
    for (const [method, path] of [
      ["GET", "/account/c/b"],
      ["DELETE", "/account/c/b"],
      ["PUT", "/account/c/b?comp=lease"],
    ] as const)
      assert.equal((await ask(method, path)).status, 201);
    assert.equal(proxy.hits, 2);
  });
});
