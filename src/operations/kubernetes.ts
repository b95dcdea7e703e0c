import { readFile } from "node:fs/promises";
import { request as httpRequest } from "node:http";
import { request as httpsRequest, type RequestOptions } from "node:https";
import type { Manifest } from "../cnpg/object";

/** Where objects of one kind live. */
export interface ResourceKind {
  apiVersion: string;
  /** Name in the API's paths, for example `clusters`. */
  plural: string;
}

/** The kinds operations touch. */
export const kinds = {
  cluster: { apiVersion: "postgresql.cnpg.io/v1", plural: "clusters" },
  pod: { apiVersion: "v1", plural: "pods" },
  node: { apiVersion: "v1", plural: "nodes" },
  secret: { apiVersion: "v1", plural: "secrets" },
  configMap: { apiVersion: "v1", plural: "configmaps" },
  service: { apiVersion: "v1", plural: "services" },
  serviceAccount: { apiVersion: "v1", plural: "serviceaccounts" },
  deployment: { apiVersion: "apps/v1", plural: "deployments" },
  statefulSet: { apiVersion: "apps/v1", plural: "statefulsets" },
  daemonSet: { apiVersion: "apps/v1", plural: "daemonsets" },
  job: { apiVersion: "batch/v1", plural: "jobs" },
  cronJob: { apiVersion: "batch/v1", plural: "cronjobs" },
  event: { apiVersion: "v1", plural: "events" },
  lease: { apiVersion: "coordination.k8s.io/v1", plural: "leases" },
  persistentVolumeClaim: { apiVersion: "v1", plural: "persistentvolumeclaims" },
  role: { apiVersion: "rbac.authorization.k8s.io/v1", plural: "roles" },
  roleBinding: { apiVersion: "rbac.authorization.k8s.io/v1", plural: "rolebindings" },
  databaseRole: { apiVersion: "postgresql.cnpg.io/v1", plural: "databaseroles" },
  backup: { apiVersion: "postgresql.cnpg.io/v1", plural: "backups" },
  scheduledBackup: { apiVersion: "postgresql.cnpg.io/v1", plural: "scheduledbackups" },
  objectStore: { apiVersion: "barmancloud.cnpg.io/v1", plural: "objectstores" },
  failoverQuorum: { apiVersion: "postgresql.cnpg.io/v1", plural: "failoverquorums" },
  volumeSnapshot: { apiVersion: "snapshot.storage.k8s.io/v1", plural: "volumesnapshots" },
} as const satisfies Record<string, ResourceKind>;

/** The few calls operations make. */
export interface KubernetesApi {
  /** The object, or undefined when there is none of the name. An empty namespace is for what belongs to the whole cluster. */
  get<T extends Manifest>(kind: ResourceKind, namespace: string, name: string): Promise<T | undefined>;
  /** All objects that carry these labels; of all namespaces when none is named. */
  list<T extends Manifest>(
    kind: ResourceKind,
    namespace: string | undefined,
    labels: Record<string, string>,
  ): Promise<T[]>;
  /** Creates the object, or only asks whether it could be created; returns what the API server made of it. */
  create<T extends Manifest>(
    kind: ResourceKind,
    object: Manifest,
    options?: { dryRun?: boolean },
  ): Promise<T>;
  /** Merges members into an object that exists, or only asks what would come of it; null removes a member. */
  patch<T extends Manifest>(
    kind: ResourceKind,
    namespace: string,
    name: string,
    change: object,
    options?: PatchOptions,
  ): Promise<T>;
  /** Deletes the object, what belongs to it in the background; nothing when there is none. */
  delete(kind: ResourceKind, namespace: string, name: string, options?: DeleteOptions): Promise<void>;
  /** What a container of a pod has written; empty when the pod is gone or has not begun. */
  log(namespace: string, pod: string, options?: LogOptions): Promise<string>;
}

/** Which part of a pod's log is read. */
export interface LogOptions {
  /** @default the only one */
  container?: string;
  /** How many of its last lines. @default all */
  lastLines?: number;
}

/** How an object is changed. */
export interface PatchOptions {
  /** Name under which the change is recorded in the object's managed fields. @default "pulumi-cnpg-operations" */
  fieldManager?: string;
  /** Everything but the writing: admission runs, and the answer is what the object would be. @default false */
  dryRun?: boolean;
  /** The part that is changed; the API server then leaves everything else as it is. @default all but the status */
  subresource?: "status";
}

/** How an object is deleted. */
export interface DeleteOptions {
  /** Of a pod: seconds its processes have to end; 0 forgets the pod without waiting for them. @default what the pod says */
  gracePeriodSeconds?: number;
}

/** Sends one request to an API server and returns its answer, whatever its status. */
export type ApiTransport = (
  method: string,
  path: string,
  body?: object,
) => Promise<{ status: number; text: string }>;

/** An answer of the API server that is not the one hoped for. */
export class ApiError extends Error {
  /** HTTP status. */
  readonly status: number;

  constructor(what: string, status: number, message: string) {
    super(`${what}: ${status} ${message}`);
    this.name = "ApiError";
    this.status = status;
  }
}

/** Name under which our changes are recorded in an object's managed fields. */
const fieldManager = "pulumi-cnpg-operations";

/**
 * Name under which Pulumi's Kubernetes provider writes. A field that both write is written under it too, so that it belongs to Pulumi
 * when it takes the field over again, and neither undoes what the other wrote.
 */
export const pulumiFieldManager = "pulumi-kubernetes";
const requestTimeout = 15_000;
/** How much of a log is read, bytes: our operations write a sentence for each step. */
const logBytes = 1_000_000;
const serviceAccountDirectory = "/var/run/secrets/kubernetes.io/serviceaccount";

/** Where the API server is and how to be recognised there. */
export interface ApiEndpoint {
  host: string;
  port: number;
  /** Certificate authority of the API server, PEM. */
  ca: string;
  /** Read anew for every call: a mounted token is replaced before it ends. */
  token: () => Promise<string>;
}

/**
 * The API server as a pod sees it: address by environment, certificate authority and token by mount.
 * @throws Error outside of a pod
 */
export async function inClusterEndpoint(
  env: Readonly<Record<string, string | undefined>>,
): Promise<ApiEndpoint> {
  const { KUBERNETES_SERVICE_HOST: host, KUBERNETES_SERVICE_PORT: port } = env;
  if (host === undefined || port === undefined) {
    throw new Error(
      "KUBERNETES_SERVICE_HOST and KUBERNETES_SERVICE_PORT are not set: operations run inside a pod of the cluster",
    );
  }
  const ca = await readFile(`${serviceAccountDirectory}/ca.crt`, "utf8");
  return { host, port: Number(port), ca, token: () => readFile(`${serviceAccountDirectory}/token`, "utf8") };
}

/** A client for the endpoint, which is looked up when first needed. */
export function kubernetesApi(endpoint: () => Promise<ApiEndpoint>): KubernetesApi {
  let known: Promise<ApiEndpoint> | undefined;
  return apiOver(async (method, path, body) => {
    known ??= endpoint();
    const { host, port, ca, token } = await known;
    const headers = { authorization: `Bearer ${(await token()).trim()}` };
    return sendRequest({ host, port, ca, headers }, method, path, body);
  });
}

/** A client over any way to send requests. */
export function apiOver(transport: ApiTransport): KubernetesApi {
  const call = async (what: string, method: string, path: string, body?: object): Promise<unknown> => {
    const { status, text } = await transport(method, path, body);
    const answer = readJson(text);
    if (status >= 200 && status < 300) return answer;
    throw new ApiError(what, status, messageOf(answer, text));
  };
  return {
    async get<T extends Manifest>(
      kind: ResourceKind,
      namespace: string,
      name: string,
    ): Promise<T | undefined> {
      try {
        return (await call(
          `get ${kind.plural} ${namespace}/${name}`,
          "GET",
          objectPath(kind, namespace, name),
        )) as T;
      } catch (error) {
        if (error instanceof ApiError && error.status === 404) return undefined;
        throw error;
      }
    },
    async list<T extends Manifest>(
      kind: ResourceKind,
      namespace: string | undefined,
      labels: Record<string, string>,
    ): Promise<T[]> {
      const selector = Object.entries(labels).map(([key, value]) => `${key}=${value}`);
      const path = `${objectPath(kind, namespace)}?labelSelector=${encodeURIComponent(selector.join(","))}`;
      const answer = (await call(`list ${kind.plural} in ${namespace ?? "all namespaces"}`, "GET", path)) as {
        items?: T[];
      };
      return answer.items ?? [];
    },
    async create<T extends Manifest>(
      kind: ResourceKind,
      object: Manifest,
      options: { dryRun?: boolean } = {},
    ): Promise<T> {
      const { name, generateName, namespace } = object.metadata as Manifest["metadata"] & {
        generateName?: string;
      };
      const query = `fieldManager=${fieldManager}${options.dryRun === true ? "&dryRun=All" : ""}`;
      const path = `${objectPath(kind, namespace)}?${query}`;
      return (await call(
        `create ${kind.plural} ${namespace}/${name ?? generateName}`,
        "POST",
        path,
        object,
      )) as T;
    },
    async patch<T extends Manifest>(
      kind: ResourceKind,
      namespace: string,
      name: string,
      change: object,
      options: PatchOptions = {},
    ): Promise<T> {
      const query = `fieldManager=${encodeURIComponent(options.fieldManager ?? fieldManager)}${options.dryRun === true ? "&dryRun=All" : ""}`;
      const part = options.subresource === undefined ? "" : `/${options.subresource}`;
      const path = `${objectPath(kind, namespace, name)}${part}?${query}`;
      return (await call(`patch ${kind.plural}${part} ${namespace}/${name}`, "PATCH", path, change)) as T;
    },
    async delete(
      kind: ResourceKind,
      namespace: string,
      name: string,
      { gracePeriodSeconds }: DeleteOptions = {},
    ): Promise<void> {
      const grace = gracePeriodSeconds === undefined ? "" : `&gracePeriodSeconds=${gracePeriodSeconds}`;
      const path = `${objectPath(kind, namespace, name)}?propagationPolicy=Background${grace}`;
      try {
        await call(`delete ${kind.plural} ${namespace}/${name}`, "DELETE", path);
      } catch (error) {
        if (!(error instanceof ApiError) || error.status !== 404) throw error;
      }
    },
    async log(namespace: string, pod: string, { container, lastLines }: LogOptions = {}): Promise<string> {
      const query = new URLSearchParams({ limitBytes: String(logBytes) });
      if (container !== undefined) query.set("container", container);
      if (lastLines !== undefined) query.set("tailLines", String(lastLines));
      const path = `${objectPath(kinds.pod, namespace, pod)}/log?${query}`;
      const { status, text } = await transport("GET", path);
      if (status >= 200 && status < 300) return text;
      // 400: its container is not running yet.
      if (status === 404 || status === 400) return "";
      throw new ApiError(`log of pod ${namespace}/${pod}`, status, messageOf(readJson(text), text));
    },
  };
}

function objectPath(kind: ResourceKind, namespace: string | undefined, name?: string): string {
  const group = kind.apiVersion.includes("/") ? `/apis/${kind.apiVersion}` : `/api/${kind.apiVersion}`;
  // What belongs to the whole cluster has no namespace.
  const scope =
    namespace === undefined || namespace === "" ? "" : `/namespaces/${encodeURIComponent(namespace)}`;
  return `${group}${scope}/${kind.plural}${name === undefined ? "" : `/${encodeURIComponent(name)}`}`;
}

/**
 * Sends JSON over HTTP or HTTPS.
 * @param to server, trust and credentials, as Node takes them; `protocol` `http:` for a server without TLS
 */
export async function sendRequest(
  to: RequestOptions,
  method: string,
  path: string,
  body?: object,
): Promise<{ status: number; text: string }> {
  const content = body === undefined ? undefined : JSON.stringify(body);
  const headers = {
    ...to.headers,
    accept: "application/json",
    ...(content === undefined
      ? {}
      : {
          "content-type": method === "PATCH" ? "application/merge-patch+json" : "application/json",
          "content-length": Buffer.byteLength(content),
        }),
  };
  return new Promise((resolve, reject) => {
    const options = { ...to, method, path, headers, timeout: requestTimeout };
    const begin = to.protocol === "http:" ? httpRequest : httpsRequest;
    const request = begin(options, response => {
      const chunks: Buffer[] = [];
      response.on("data", (chunk: Buffer) => chunks.push(chunk));
      response.on("error", reject);
      response.on("end", () =>
        resolve({ status: response.statusCode ?? 0, text: Buffer.concat(chunks).toString("utf8") }),
      );
    });
    request.on("timeout", () =>
      request.destroy(
        new Error(`the API server did not answer ${method} ${path} within ${requestTimeout / 1000} s`),
      ),
    );
    request.on("error", reject);
    request.end(content);
  });
}

function readJson(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}

/** The sentence in a Status object, or the beginning of whatever a proxy answered. */
function messageOf(answer: unknown, text: string): string {
  const message = (answer as { message?: unknown } | undefined)?.message;
  return typeof message === "string" ? message : text.slice(0, 200);
}
