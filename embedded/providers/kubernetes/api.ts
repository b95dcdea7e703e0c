import * as http from "node:http";
import * as https from "node:https";
import { setTimeout as sleep } from "node:timers/promises";

import type { Connection } from "./kubeconfig";
import { at, list, number, text } from "./manifest";
import type { Manifest } from "./manifest";
import type { PropertyMap } from "../protocol/property";

/** What the API server answered when it refused, as a `metav1.Status`. */
export class ApiError extends Error {
  constructor(
    readonly code: number,
    readonly reason: string,
    message: string,
    readonly status: PropertyMap,
  ) {
    super(message);
  }

  get notFound(): boolean {
    return this.code === 404;
  }

  get alreadyExists(): boolean {
    return this.reason === "AlreadyExists";
  }

  get conflict(): boolean {
    return this.code === 409 && !this.alreadyExists;
  }

  /** Somebody else wrote to the object in the meantime, each time the server tried to merge. */
  get overtaken(): boolean {
    return this.conflict && /the object has been modified/.test(this.message);
  }

  get forbidden(): boolean {
    return this.code === 403;
  }

  /** The object's namespace is what is missing, not the object. */
  get namespaceNotFound(): boolean {
    return this.notFound && text(this.status, "details", "kind") === "namespaces";
  }

  /** Some admission plugin or an old server cannot do dry runs. */
  get dryRunUnsupported(): boolean {
    return (
      this.code === 400 && /dry.?run/i.test(this.message) && /disabled|does not support/.test(this.message)
    );
  }
}

interface Answer {
  code: number;
  content: string;
}

/** The request broke below HTTP. */
class ConnectionLost extends Error {
  /** The connection had been kept from an earlier request and the server had closed it, or it was never made. */
  readonly unsent: boolean;

  constructor(url: URL, request: http.ClientRequest, cause: Error) {
    super(`${url.origin} does not answer: ${cause.message}`, { cause });
    const code = "code" in cause ? cause.code : undefined;
    this.unsent = code === "ECONNREFUSED" || (code === "ECONNRESET" && request.reusedSocket);
  }
}

export interface RequestOptions {
  query?: Record<string, string>;
  body?: unknown;
  contentType?: string;
  /** Ask once and do not wait for a server that does not answer. */
  once?: boolean;
}

const readTries = 8;

/**
 * One API server. Reading is tried again for about half a minute while the server does not answer or is too busy, so that a
 * restart does not end a long wait; writing only when it certainly did not reach the server.
 */
export class Api {
  private readonly agent: http.Agent;
  private readonly abort = new AbortController();
  private readonly base: URL;

  constructor(private readonly connection: Connection) {
    this.base = new URL(connection.server);
    this.agent =
      this.base.protocol === "https:"
        ? new https.Agent({
            keepAlive: true,
            ca: connection.ca,
            cert: connection.cert,
            key: connection.key,
            rejectUnauthorized: !connection.insecure,
            ...(connection.tlsServerName === undefined ? {} : { servername: connection.tlsServerName }),
          })
        : new http.Agent({ keepAlive: true });
  }

  /** Ends every running request and wait with an error. */
  cancel(): void {
    this.abort.abort(new Error("the update was cancelled"));
  }

  get cancelled(): AbortSignal {
    return this.abort.signal;
  }

  async request(method: string, path: string, options: RequestOptions = {}): Promise<Manifest> {
    const url = new URL(this.base.pathname.replace(/\/$/, "") + path, this.base);
    for (const [key, value] of Object.entries(options.query ?? {})) url.searchParams.set(key, value);
    const { code, content } = await this.sendPersistently(method, url, options);
    const answer = parseAnswer(content);
    if (code >= 200 && code < 300) return answer ?? {};
    const message = text(answer, "message") || content.slice(0, 500) || `${method} ${path} answered ${code}`;
    throw new ApiError(number(answer, "code") ?? code, text(answer, "reason"), message, answer ?? {});
  }

  private async sendPersistently(method: string, url: URL, options: RequestOptions): Promise<Answer> {
    const tries = options.once === true ? 1 : readTries;
    for (let attempt = 1; ; attempt++) {
      try {
        const answer = await this.send(method, url, options);
        const busy = answer.code === 429 || (method === "GET" && answer.code === 503);
        if (!busy || attempt >= tries) return answer;
      } catch (error) {
        const unsent = error instanceof ConnectionLost && error.unsent;
        const again = (method === "GET" && error instanceof ConnectionLost) || (unsent && attempt === 1);
        if (!again || attempt >= tries) throw error;
      }
      await sleep(Math.min(250 * 2 ** (attempt - 1), 8000), undefined, { signal: this.abort.signal });
    }
  }

  private send(method: string, url: URL, options: RequestOptions): Promise<Answer> {
    const body = options.body === undefined ? undefined : JSON.stringify(options.body);
    const headers: Record<string, string> = { accept: "application/json", ...this.authorization() };
    if (body !== undefined) {
      headers["content-type"] = options.contentType ?? "application/json";
      // Node frames the body of a DELETE only when told its length.
      headers["content-length"] = String(Buffer.byteLength(body));
    }
    return new Promise((resolve, reject) => {
      const request = (url.protocol === "https:" ? https : http).request(
        url,
        { method, headers, agent: this.agent, signal: this.abort.signal, timeout: 60_000 },
        response => {
          const chunks: Buffer[] = [];
          response.on("data", (chunk: Buffer) => chunks.push(chunk));
          response.on("error", reject);
          response.on("end", () =>
            resolve({ code: response.statusCode ?? 0, content: Buffer.concat(chunks).toString("utf8") }),
          );
        },
      );
      request.on("timeout", () => request.destroy(new Error(`${url.origin} did not answer within 60 s`)));
      request.on("error", error =>
        reject(this.abort.signal.aborted ? error : new ConnectionLost(url, request, error)),
      );
      request.end(body);
    });
  }

  private authorization(): Record<string, string> {
    const { token, username, password } = this.connection;
    if (token !== undefined) return { authorization: `Bearer ${token}` };
    if (username === undefined) return {};
    return { authorization: `Basic ${Buffer.from(`${username}:${password ?? ""}`).toString("base64")}` };
  }
}

function parseAnswer(content: string): Manifest | undefined {
  try {
    return JSON.parse(content) as Manifest;
  } catch {
    return undefined; // A proxy's error page; the caller shows its text.
  }
}

/** The kind is not served: its CustomResourceDefinition is missing, or not established yet. */
export class NoSuchKind extends Error {
  constructor(apiVersion: string, kind: string) {
    super(`no matches for kind "${kind}" in version "${apiVersion}"`);
  }
}

/** True when trying again later may help: the kind, the namespace or another prerequisite is still missing. */
export function isMissing(error: unknown): boolean {
  return error instanceof NoSuchKind || (error instanceof ApiError && error.notFound);
}

export interface Kind {
  plural: string;
  namespaced: boolean;
}

/** Which kinds the server serves; asked once per group version and forgotten when a definition changes. */
export class Discovery {
  private readonly known = new Map<string, Promise<Map<string, Kind>>>();

  constructor(private readonly api: Api) {}

  forget(): void {
    this.known.clear();
  }

  async find(apiVersion: string, kind: string): Promise<Kind | undefined> {
    let kinds = this.known.get(apiVersion);
    if (kinds === undefined) {
      kinds = this.load(apiVersion);
      this.known.set(apiVersion, kinds);
    }
    try {
      const found = (await kinds).get(kind);
      if (found === undefined) this.known.delete(apiVersion);
      return found;
    } catch (error) {
      this.known.delete(apiVersion);
      throw error;
    }
  }

  private async load(apiVersion: string): Promise<Map<string, Kind>> {
    const kinds = new Map<string, Kind>();
    let answer: Manifest;
    try {
      answer = await this.api.request(
        "GET",
        apiVersion.includes("/") ? `/apis/${apiVersion}` : `/api/${apiVersion}`,
      );
    } catch (error) {
      if (error instanceof ApiError && error.notFound) return kinds;
      throw error;
    }
    for (const resource of list(answer, "resources")) {
      const name = text(resource, "name");
      if (name.includes("/")) continue;
      kinds.set(text(resource, "kind"), { plural: name, namespaced: at(resource, "namespaced") === true });
    }
    return kinds;
  }
}
