import { once } from "node:events";
import {
  createServer,
  type IncomingMessage,
  request as httpRequest,
  type Server,
  type ServerResponse,
} from "node:http";
import type { AddressInfo, Socket } from "node:net";

/** What a store can suffer from. */
export const StoreFault = {
  /** Every connection is reset. */
  Unreachable: "unreachable",
  /** Connections are taken and requests never answered, as by a firewall that drops packets. */
  Silent: "silent",
  /** Everything is answered by 503, as by a store that throttles. */
  Busy: "busy",
  /** Everything is answered by 403, as with a key that was replaced. */
  Refused: "refused",
  /** Writes are answered by 507; reading and deleting go on. */
  Full: "full",
} as const;
export type StoreFault = (typeof StoreFault)[keyof typeof StoreFault];

/** How a fault answers, with the code that Azure Storage puts beside the status. */
const answers = {
  busy: { status: 503, code: "ServerBusy" },
  refused: { status: 403, code: "AuthenticationFailed" },
  full: { status: 507, code: "InsufficientStorage" },
} as const;

/** Stands before an object store and makes it fail on demand. Without a fault everything passes unchanged. */
export class StoreProxy {
  private fault: StoreFault | undefined;
  private suffered = 0;
  private readonly sockets = new Set<Socket>();
  private readonly server: Server;

  /** @param target address of the store; a path in it is left out of account */
  constructor(private readonly target: URL) {
    this.server = createServer((request, response) => this.serve(request, response));
    // A silent store must outlast every client's patience.
    Object.assign(this.server, { requestTimeout: 0, headersTimeout: 0 });
    this.server.on("connection", socket => this.connected(socket));
  }

  /** @returns the port, chosen by the kernel */
  async listen(address: string): Promise<number> {
    this.server.listen(0, address);
    await once(this.server, "listening");
    return (this.server.address() as AddressInfo).port;
  }

  /** Replaces the fault; `undefined` heals. Ends what the old one, or the store, left open. */
  set(fault: StoreFault | undefined): void {
    const left = this.fault;
    this.fault = fault;
    if (fault === StoreFault.Unreachable || left === StoreFault.Silent) this.resetAll();
  }

  /** Connections and requests that met a fault so far. */
  get hits(): number {
    return this.suffered;
  }

  async close(): Promise<void> {
    this.resetAll();
    this.server.close();
    await once(this.server, "close");
  }

  private connected(socket: Socket): void {
    if (this.fault === StoreFault.Unreachable) {
      this.suffered++;
      socket.resetAndDestroy();
      return;
    }
    this.sockets.add(socket);
    socket.on("close", () => this.sockets.delete(socket));
  }

  private resetAll(): void {
    for (const socket of this.sockets) socket.resetAndDestroy();
  }

  private serve(request: IncomingMessage, response: ServerResponse): void {
    const { fault } = this;
    if (fault === undefined || (fault === StoreFault.Full && !writes(request))) {
      this.pass(request, response);
      return;
    }
    this.suffered++;
    request.resume();
    if (fault === StoreFault.Silent || fault === StoreFault.Unreachable) return;
    const { status, code } = answers[fault];
    request.on("end", () => {
      response.writeHead(status, { "content-type": "application/xml", "x-ms-error-code": code });
      response.end(
        `<?xml version="1.0" encoding="utf-8"?><Error><Code>${code}</Code><Message>${code}</Message></Error>`,
      );
    });
  }

  // Signatures cover the path, not the host, so that a request stays valid at another address.
  private pass(request: IncomingMessage, response: ServerResponse): void {
    const { hostname, port } = this.target;
    const { method, url, headers } = request;
    const onward = httpRequest({ hostname, port, method, path: url, headers, agent: false }, answer => {
      response.writeHead(answer.statusCode ?? 502, answer.rawHeaders);
      answer.pipe(response);
    });
    onward.on("error", () => response.destroy());
    response.on("close", () => onward.destroy());
    request.pipe(onward);
  }
}

/** A lease is taken by PUT as well, but stores nothing. */
function writes({ method, url = "" }: IncomingMessage): boolean {
  const stores = method === "PUT" || method === "POST";
  return stores && !/[?&]comp=(lease|batch)(&|$)/.test(url);
}

/** What the specs' process asks of the proxy's. */
export interface ProxyRequest {
  /** Replaces the fault; absent means only asking for {@link ProxyReport.hits}. */
  readonly set?: { readonly fault?: StoreFault };
}

/** What the proxy's process says after each request, and once at its start. */
export interface ProxyReport {
  readonly port: number;
  readonly hits: number;
}

// A process of its own, because it must listen inside the cluster's network namespace.
async function main([address = "", target = ""]: string[]): Promise<void> {
  const proxy = new StoreProxy(new URL(target));
  const port = await proxy.listen(address);
  const report = (): void => void process.send?.({ port, hits: proxy.hits } satisfies ProxyReport);
  process.on("message", ({ set }: ProxyRequest) => {
    if (set !== undefined) proxy.set(set.fault);
    report();
  });
  process.on("disconnect", () => process.exit(0));
  report();
}

if (require.main === module) void main(process.argv.slice(2));
