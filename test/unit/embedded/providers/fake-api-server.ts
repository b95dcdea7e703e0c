import { createServer } from "node:http";
import type { IncomingMessage, Server, ServerResponse } from "node:http";
import type { AddressInfo } from "node:net";

type Json = Record<string, unknown>;

/** What the provider asked for; `query` holds dryRun, fieldManager and force. */
export interface Call {
  method: string;
  path: string;
  query: Record<string, string>;
  contentType: string;
  body: Json | Json[] | undefined;
}

export interface FakeApiServer {
  kubeconfig: string;
  calls: Call[];
  objects: Map<string, Json>;
  /** Kinds that are served: apiVersion → kind → plural; a plural that begins with `/` is cluster-scoped. */
  kinds: Map<string, Record<string, string>>;
  /** Called before a request is answered; an answer of its own replaces the ordinary one. */
  intercept: ((call: Call) => { code: number; body: Json } | undefined) | undefined;
  close(): Promise<void>;
}

/** Enough of an API server for one provider: discovery, objects in memory, dry runs, a simple merge for apply. */
export async function startFakeApiServer(): Promise<FakeApiServer> {
  const fake = {
    calls: [] as Call[],
    objects: new Map<string, Json>(),
    kinds: new Map<string, Record<string, string>>([
      [
        "v1",
        {
          ConfigMap: "configmaps",
          Secret: "secrets",
          Service: "services",
          Pod: "pods",
          Namespace: "/namespaces",
        },
      ],
      ["batch/v1", { Job: "jobs" }],
    ]),
    intercept: undefined,
  } as Omit<FakeApiServer, "kubeconfig" | "close">;
  const server = createServer((request, response) => {
    void readBody(request).then(body => answer(fake, toCall(request, body), response));
  });
  await new Promise<void>(resolve => server.listen(0, "127.0.0.1", resolve));
  return Object.assign(fake, { kubeconfig: kubeconfig(server), close: () => close(server) });
}

function kubeconfig(server: Server): string {
  const { port } = server.address() as AddressInfo;
  return JSON.stringify({
    apiVersion: "v1",
    kind: "Config",
    clusters: [{ name: "c", cluster: { server: `http://127.0.0.1:${port}` } }],
    users: [{ name: "u", user: { token: "t" } }],
    contexts: [{ name: "x", context: { cluster: "c", user: "u", namespace: "team" } }],
    "current-context": "x",
  });
}

function close(server: Server): Promise<void> {
  server.closeAllConnections();
  return new Promise(resolve => server.close(() => resolve()));
}

async function readBody(request: IncomingMessage): Promise<Call["body"]> {
  const chunks: Buffer[] = [];
  for await (const chunk of request) chunks.push(chunk as Buffer);
  const text = Buffer.concat(chunks).toString("utf8");
  return text === "" ? undefined : (JSON.parse(text) as Call["body"]);
}

function toCall(request: IncomingMessage, body: Call["body"]): Call {
  const url = new URL(request.url ?? "/", "http://fake");
  return {
    method: request.method ?? "",
    path: url.pathname,
    query: Object.fromEntries(url.searchParams),
    contentType: request.headers["content-type"] ?? "",
    body,
  };
}

type State = Omit<FakeApiServer, "kubeconfig" | "close">;

function answer(fake: State, call: Call, response: ServerResponse): void {
  const result = fake.intercept?.(call) ?? route(fake, call);
  if (!/^\/(version|apis?\/[^/]+(\/v[^/]+)?$)/.test(call.path)) fake.calls.push(call);
  response.writeHead(result.code, { "content-type": "application/json" });
  response.end(JSON.stringify(result.body));
}

function route(fake: State, call: Call): { code: number; body: Json } {
  if (call.path === "/version") return { code: 200, body: { gitVersion: "v1.36.3" } };
  const apiVersion = call.path.replace(/^\/apis?\//, "");
  const kinds = fake.kinds.get(apiVersion);
  if (kinds !== undefined) return { code: 200, body: { resources: Object.entries(kinds).map(toResource) } };
  if (call.method === "POST") return create(fake, call);
  if (call.method === "GET" && !fake.objects.has(call.path) && call.query["labelSelector"] !== undefined) {
    return {
      code: 200,
      body: { items: [...fake.objects].filter(([path]) => path.startsWith(call.path)).map(([, o]) => o) },
    };
  }
  const present = fake.objects.get(call.path);
  if (call.method === "PATCH" && call.contentType.includes("apply")) return apply(fake, call, present ?? {});
  if (present === undefined) return refuse(404, "NotFound", `${call.path} not found`);
  if (call.method === "DELETE") fake.objects.delete(call.path);
  if (call.method === "PUT") return store(fake, call.path, call, call.body as Json);
  if (call.method === "PATCH") return store(fake, call.path, call, adopted(present, call.body as Json[]));
  return { code: 200, body: present };
}

const toResource = ([kind, plural]: [string, string]): Json => ({
  name: plural.replace("/", ""),
  kind,
  namespaced: !plural.startsWith("/"),
});

function create(fake: State, call: Call): { code: number; body: Json } {
  const object = call.body as Json;
  const name = (object["metadata"] as Json)["name"] as string;
  const path = `${call.path}/${name}`;
  if (fake.objects.has(path)) return refuse(409, "AlreadyExists", `"${name}" already exists`);
  const manager = call.query["fieldManager"];
  return store(
    fake,
    path,
    call,
    withMetadata(object, { uid: `uid-${name}`, generation: 1, ...managedBy(manager, "Update", object) }),
  );
}

function apply(fake: State, call: Call, present: Json): { code: number; body: Json } {
  const merged = merge(present, call.body as Json);
  return store(fake, call.path, call, withMetadata(merged, { generation: 2 }));
}

function store(fake: State, path: string, call: Call, object: Json): { code: number; body: Json } {
  const versioned = withMetadata(object, { resourceVersion: String(fake.calls.length + 1) });
  if (call.query["dryRun"] === undefined) fake.objects.set(path, versioned);
  return { code: 200, body: versioned };
}

function managedBy(manager: string | undefined, operation: string, object: Json): Json {
  const fields = (value: unknown): Json =>
    typeof value === "object" && value !== null && !Array.isArray(value)
      ? Object.fromEntries(Object.entries(value).map(([key, inner]) => [`f:${key}`, fields(inner)]))
      : {};
  return {
    managedFields: [
      { manager, operation, apiVersion: object["apiVersion"], fieldsV1: fields({ ...object }) },
    ],
  };
}

function adopted(present: Json, operations: Json[]): Json {
  const managedFields = operations.find(operation => operation["path"] === "/metadata/managedFields")?.[
    "value"
  ];
  return withMetadata(present, { managedFields });
}

const withMetadata = (object: Json, more: Json): Json => ({
  ...object,
  metadata: { ...(object["metadata"] as Json), ...more },
});

function merge(a: Json, b: Json): Json {
  const result: Json = { ...a };
  for (const [key, value] of Object.entries(b)) {
    const present = result[key];
    const both = [present, value].every(v => typeof v === "object" && v !== null && !Array.isArray(v));
    result[key] = both ? merge(present as Json, value as Json) : value;
  }
  return result;
}

export function refuse(
  code: number,
  reason: string,
  message: string,
  details: Json = {},
): { code: number; body: Json } {
  return { code, body: { kind: "Status", status: "Failure", code, reason, message, details } };
}
