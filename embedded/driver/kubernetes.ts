import { createServer, type Server, type Socket } from "node:net";
import type { CoreV1Event, KubeConfig, V1Service } from "@kubernetes/client-node" with {
  "resolution-mode": "import",
};
import { PlainFailure } from "./command";
import type { ObjectReference } from "./interrupted";

/** Which cluster: a kubeconfig file of our own, or a context that the user named. */
export type ClusterAccess = { readonly kubeconfig: string } | { readonly context: string };

/** A loopback port that leads into the cluster. */
export interface Forward {
  readonly port: number;
  close(): Promise<void>;
}

/** An object as the server gives it. */
export type LiveObject = Readonly<Record<string, unknown>>;

/** The few things the driver asks a cluster for. */
export interface Kubernetes {
  /** The object's labels, or `undefined` when there is no such object or no such kind. */
  labels(object: ObjectReference): Promise<Record<string, string> | undefined>;
  /** A custom or built-in object as the server gives it, or `undefined`. */
  read(object: Omit<ObjectReference, "labels">): Promise<LiveObject | undefined>;
  /** The objects of a kind in a namespace that carry the labels; empty when there is no such kind. */
  list(
    kind: Required<Pick<ObjectReference, "apiVersion" | "kind" | "namespace">>,
    labelSelector: string,
  ): Promise<LiveObject[]>;
  /** The warnings since a moment, newest last, each subject once: what a person would look for after a failure. */
  warnings(since: Date): Promise<string[]>;
  /** Opens a loopback port to a pod behind a Service. */
  forward(namespace: string, service: string, port: number): Promise<Forward>;
}

// The client is an ES module and takes a third of a second to load, so only those who talk to a cluster load it.
const client = () => import("@kubernetes/client-node");

/**
 * Opens a connection to the cluster. Nothing is sent yet.
 *
 * @throws {@link PlainFailure} when the named context does not exist
 */
export async function openKubernetes(access: ClusterAccess): Promise<Kubernetes> {
  const config = await kubeConfig(access);
  return {
    labels: async object => {
      const live = await readObject(config, object);
      return live && ((live.metadata as { labels?: Record<string, string> } | undefined)?.labels ?? {});
    },
    read: object => readObject(config, object),
    list: ({ apiVersion, kind, namespace }, labelSelector) =>
      listObjects(config, apiVersion, kind, namespace, labelSelector),
    warnings: since => warnings(config, since),
    forward: (namespace, service, port) => openForward(config, namespace, service, port),
  };
}

async function kubeConfig(access: ClusterAccess): Promise<KubeConfig> {
  const { KubeConfig: Config } = await client();
  const config = new Config();
  if ("kubeconfig" in access) {
    config.loadFromFile(access.kubeconfig);
    return config;
  }
  config.loadFromDefault();
  const contexts = config.getContexts().map(({ name }) => name);
  if (!contexts.includes(access.context)) {
    const known =
      contexts.length === 0 ? "The kubeconfig holds no context." : `Known: ${contexts.join(", ")}.`;
    throw new PlainFailure(`There is no kubeconfig context "${access.context}". ${known}`);
  }
  config.setCurrentContext(access.context);
  return config;
}

async function readObject(
  config: KubeConfig,
  { apiVersion, kind, name, namespace }: Omit<ObjectReference, "labels">,
): Promise<LiveObject | undefined> {
  const { KubernetesObjectApi } = await client();
  const api = KubernetesObjectApi.makeApiClient(config);
  const metadata = namespace === undefined ? { name } : { name, namespace };
  try {
    return (await api.read({ apiVersion, kind, metadata })) as unknown as Record<string, unknown>;
  } catch (error) {
    if (isAbsent(error)) return undefined;
    throw error;
  }
}

async function listObjects(
  config: KubeConfig,
  apiVersion: string,
  kind: string,
  namespace: string,
  labelSelector: string,
): Promise<LiveObject[]> {
  const { KubernetesObjectApi } = await client();
  const api = KubernetesObjectApi.makeApiClient(config);
  try {
    const none = undefined;
    const found = await api.list(apiVersion, kind, namespace, none, none, none, none, labelSelector);
    return found.items as unknown as LiveObject[];
  } catch (error) {
    if (isAbsent(error)) return [];
    throw error;
  }
}

async function warnings(config: KubeConfig, since: Date): Promise<string[]> {
  const { CoreV1Api } = await client();
  const events = await config
    .makeApiClient(CoreV1Api)
    .listEventForAllNamespaces({ fieldSelector: "type=Warning" });
  const timeOf = ({ lastTimestamp, eventTime, metadata }: CoreV1Event): number =>
    new Date(lastTimestamp ?? eventTime ?? metadata.creationTimestamp ?? 0).getTime();
  const newest = new Map<string, string>();
  for (const event of events.items
    .filter(one => timeOf(one) >= since.getTime())
    .sort((a, b) => timeOf(a) - timeOf(b))) {
    const { kind = "", namespace = "", name = "" } = event.involvedObject;
    const subject = `${kind} ${namespace}/${name}`;
    newest.delete(subject);
    newest.set(subject, `${subject}: ${event.reason ?? ""}: ${event.message ?? ""}`);
  }
  return [...newest.values()];
}

function isAbsent(error: unknown): boolean {
  if ((error as { code?: unknown }).code === 404) return true;
  // What the client says when the server does not know the kind, for example a custom resource without its definition.
  return (
    error instanceof Error &&
    /^(Unrecognized API version and kind|Failed to fetch resource metadata)/.test(error.message)
  );
}

async function openForward(
  config: KubeConfig,
  namespace: string,
  service: string,
  port: number,
): Promise<Forward> {
  const pod = await podBehind(config, namespace, service);
  const { PortForward } = await client();
  const forwarder = new PortForward(config);
  const sockets = new Set<Socket>();
  const server = createServer(socket => {
    sockets.add(socket);
    socket.on("close", () => sockets.delete(socket));
    // A client that goes away in the middle is not an error of the forward.
    socket.on("error", () => socket.destroy());
    forwarder.portForward(namespace, pod, [port], socket, null, socket).then(
      tunnel => {
        const webSocket = typeof tunnel === "function" ? tunnel() : tunnel;
        socket.on("close", () => webSocket?.close());
        webSocket?.addEventListener("close", () => socket.end());
      },
      (error: unknown) => socket.destroy(error instanceof Error ? error : new Error(String(error))),
    );
  });
  return { port: await listen(server), close: () => shut(server, sockets) };
}

async function podBehind(config: KubeConfig, namespace: string, service: string): Promise<string> {
  const { CoreV1Api } = await client();
  const core = config.makeApiClient(CoreV1Api);
  const found: V1Service = await core.readNamespacedService({ name: service, namespace });
  const labelSelector = Object.entries(found.spec?.selector ?? {})
    .map(([key, value]) => `${key}=${value}`)
    .join(",");
  if (labelSelector === "") throw new PlainFailure(`Service ${namespace}/${service} selects no pods.`);
  const { items } = await core.listNamespacedPod({ namespace, labelSelector });
  const ready = items.find(pod =>
    pod.status?.conditions?.some(({ type, status }) => type === "Ready" && status === "True"),
  );
  const name = ready?.metadata?.name;
  if (name === undefined)
    throw new PlainFailure(`No ready pod stands behind Service ${namespace}/${service} (${labelSelector}).`);
  return name;
}

function listen(server: Server): Promise<number> {
  return new Promise((resolve, reject) => {
    server.once("error", reject);
    server.listen(0, "127.0.0.1", () => resolve((server.address() as { port: number }).port));
  });
}

function shut(server: Server, sockets: Set<Socket>): Promise<void> {
  for (const socket of sockets) socket.destroy();
  return new Promise(resolve => server.close(() => resolve()));
}
