import { existsSync } from "node:fs";
import type { RequestOptions } from "node:https";
import { homedir } from "node:os";
import { delimiter, join } from "node:path";
import { Writable } from "node:stream";
import type { KubeConfig, V1Status } from "@kubernetes/client-node" with { "resolution-mode": "import" };
import { nearest } from "../nearest";
import { type Execute, executeSeconds, exitCodeOf, type PodSql, sqlOver } from "./execute";
import { apiOver, type ApiTransport, type KubernetesApi, sendRequest } from "./kubernetes";
import { describeError } from "./waiting";

/** Which cluster, as `kubectl` chooses it. */
export interface KubeconfigOptions {
  /** Name of the context. @default the current one */
  context?: string;
  /** Gives KUBECONFIG and HOME. @default the environment of the process */
  env?: Readonly<Record<string, string | undefined>>;
}

/** A cluster as a person at a terminal reaches it. */
export interface ClusterAccess {
  /** Name of the context. */
  context: string;
  /** Namespace of the context. */
  namespace: string;
  api: KubernetesApi;
  execute: Execute;
  sql: PodSql;
}

// The client is an ES module and takes a third of a second to load, so only those who talk to a cluster load it.
const client = () => import("@kubernetes/client-node");

/**
 * The cluster of a context of the kubeconfig. Nothing is sent yet.
 * @throws Error when there is no kubeconfig or no such context
 */
export async function openCluster({
  context,
  env = process.env,
}: KubeconfigOptions = {}): Promise<ClusterAccess> {
  const config = await loadKubeconfig(env);
  const name = chooseContext(
    config.getContexts().map(known => known.name),
    context ?? config.getCurrentContext(),
  );
  config.setCurrentContext(name);
  const execute = executor(config);
  return {
    context: name,
    namespace: config.getContextObject(name)?.namespace ?? "default",
    api: apiOver(transport(config, name)),
    execute,
    sql: sqlOver(execute),
  };
}

/** The API of the cluster of a kubeconfig that is at hand as text. Nothing is sent yet. */
export async function apiOfKubeconfig(text: string): Promise<KubernetesApi> {
  const { KubeConfig } = await client();
  const config = new KubeConfig();
  config.loadFromString(text);
  return apiOver(transport(config, config.getCurrentContext()));
}

/**
 * Files of the kubeconfig, in the order in which they count.
 * @param exists whether there is a file of this name
 * @throws Error when there is none
 */
export function kubeconfigFiles(
  env: Readonly<Record<string, string | undefined>>,
  exists: (file: string) => boolean = existsSync,
): string[] {
  const named = (env.KUBECONFIG ?? "").split(delimiter).filter(file => file !== "");
  const files = named.length > 0 ? named : [join(env.HOME ?? homedir(), ".kube", "config")];
  const found = files.filter(exists);
  if (found.length > 0) return found;
  const where = named.length > 0 ? `KUBECONFIG names ${named.join(", ")}` : `${files[0]} is looked for`;
  throw new Error(
    `There is no kubeconfig: ${where}, which does not exist. Set KUBECONFIG, or let the cluster's provider write the file (for AKS: az aks get-credentials).`,
  );
}

/**
 * The context to use.
 * @param asked the one named by the user or the file
 * @throws Error that names the contexts there are, or the nearest one
 */
export function chooseContext(known: readonly string[], asked: string | undefined): string {
  const all = known.length === 0 ? "It has none." : `It has ${known.join(", ")}.`;
  if (asked === undefined || asked === "") {
    throw new Error(`The kubeconfig has no current context. Name one. ${all}`);
  }
  if (known.includes(asked)) return asked;
  const near = nearest(asked, known);
  throw new Error(
    `The kubeconfig has no context "${asked}". ${near === undefined ? all : `Did you mean "${near}"?`}`,
  );
}

async function loadKubeconfig(env: Readonly<Record<string, string | undefined>>): Promise<KubeConfig> {
  const [first, ...others] = kubeconfigFiles(env);
  const { KubeConfig } = await client();
  const read = (file: string): KubeConfig => {
    const config = new KubeConfig();
    try {
      config.loadFromFile(file);
    } catch (error) {
      throw new Error(`The kubeconfig ${file} cannot be read: ${describeError(error)}`, { cause: error });
    }
    return config;
  };
  const config = read(first as string);
  for (const file of others) mergeMissing(config, read(file));
  return config;
}

/** Adds what `config` does not name yet: the file named first wins, as with kubectl. */
function mergeMissing(config: KubeConfig, other: KubeConfig): void {
  for (const cluster of other.getClusters()) {
    if (config.getCluster(cluster.name) === null) config.addCluster(cluster);
  }
  for (const user of other.getUsers()) {
    if (config.getUser(user.name) === null) config.addUser(user);
  }
  for (const context of other.getContexts()) {
    if (config.getContextObject(context.name) === null) config.addContext(context);
  }
  const current = other.getCurrentContext();
  if (!config.getCurrentContext() && current) config.setCurrentContext(current);
}

/** Sends requests with the credentials of the context. A program that gives out credentials runs anew when they have ended. */
function transport(config: KubeConfig, context: string): ApiTransport {
  return async (method, path, body) => {
    const server = new URL(config.getCurrentCluster()?.server ?? "");
    const options = await credentials(config, context);
    const to = {
      ...options,
      protocol: server.protocol,
      host: server.hostname.replace(/^\[|\]$/g, ""),
      port: server.port === "" ? undefined : Number(server.port),
    };
    const base = server.pathname.replace(/\/$/, "");
    try {
      const answer = await sendRequest(to, method, `${base}${path}`, body);
      if (answer.status !== 401) return answer;
    } catch (error) {
      throw new Error(unreachable(server.origin, context, error), { cause: error });
    }
    throw new Error(
      `The API server ${server.origin} does not accept the credentials of context "${context}". Log in anew.`,
    );
  };
}

async function credentials(config: KubeConfig, context: string): Promise<RequestOptions> {
  const options: RequestOptions = {};
  try {
    await config.applyToHTTPSOptions(options);
  } catch (error) {
    throw new Error(`Context "${context}" gives no credentials: ${describeError(error)}`, { cause: error });
  }
  return options;
}

function unreachable(server: string, context: string, error: unknown): string {
  return `The API server ${server} of context "${context}" cannot be reached: ${describeError(error)}. Is the cluster running, and the way to it open (VPN, proxy, firewall)?`;
}

function executor(config: KubeConfig): ClusterAccess["execute"] {
  return async (namespace, pod, container, command, { seconds = executeSeconds } = {}) => {
    const { Exec } = await client();
    const [stdout, stderr] = [new Text(), new Text()];
    const where = `A command in ${namespace}/${pod}`;
    const status = await new Promise<V1Status>((resolve, reject) => {
      const begun = new Exec(config).exec(
        namespace,
        pod,
        container,
        [...command],
        stdout,
        stderr,
        null,
        false,
        resolve,
      );
      begun.then(
        socket => {
          const late = setTimeout(() => socket.close(), seconds * 1000);
          socket.on("close", () => {
            clearTimeout(late);
            // Comes after the status of a command that ended, and then changes nothing.
            reject(new Error(`${where} did not end within ${seconds} s, or lost its connection.`));
          });
        },
        (error: unknown) => reject(new Error(`${where} could not be begun: ${socketError(error)}`)),
      );
    });
    return { stdout: stdout.text(), stderr: stderr.text(), exitCode: exitCodeOf(status) };
  };
}

/** A web socket tells of its failure by an event, which is no Error. */
function socketError(error: unknown): string {
  const { message } = error as { message?: unknown };
  return typeof message === "string" ? message : describeError(error);
}

/** Keeps what is written to it. Bytes are put together before they are read: a character may be cut by two messages. */
class Text extends Writable {
  readonly #chunks: Buffer[] = [];

  override _write(chunk: Buffer, _encoding: string, done: () => void): void {
    this.#chunks.push(chunk);
    done();
  }

  text(): string {
    return Buffer.concat(this.#chunks).toString("utf8");
  }
}
