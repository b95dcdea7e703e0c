import { existsSync } from "node:fs";
import type { RequestOptions } from "node:https";
import { homedir } from "node:os";
import { delimiter, join } from "node:path";
import { Writable } from "node:stream";
import type { KubeConfig, V1Status } from "@kubernetes/client-node" with { "resolution-mode": "import" };
import { nearest } from "../nearest";
import { apiOver, type ApiTransport, type KubernetesApi, sendRequest } from "./kubernetes";
import { describeError } from "./waiting";

/** Which cluster, as `kubectl` chooses it. */
export interface KubeconfigOptions {
  /** Name of the context. @default the current one */
  context?: string;
  /** Gives KUBECONFIG and HOME. @default the environment of the process */
  env?: Readonly<Record<string, string | undefined>>;
}

/** What a command in a pod left. */
export interface ExecuteResult {
  stdout: string;
  stderr: string;
  exitCode: number;
}

/** Runs one query in a pod of an instance as its superuser, in database `postgres`; every row is an object. */
export type PodSql = (namespace: string, pod: string, query: string) => Promise<Record<string, unknown>[]>;

/** A cluster as a person at a terminal reaches it. */
export interface ClusterAccess {
  /** Name of the context. */
  context: string;
  /** Namespace of the context. */
  namespace: string;
  api: KubernetesApi;
  /** Runs a command in a container, without input. Needs the right to create `pods/exec`. */
  execute: (
    namespace: string,
    pod: string,
    container: string,
    command: readonly string[],
  ) => Promise<ExecuteResult>;
  sql: PodSql;
}

/** Container of PostgreSQL in the pods of an instance; CloudNativePG's name. */
const postgresContainer = "postgres";

/** Seconds a command in a pod may take. */
const patience = 60;

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
    sql: async (namespace, pod, query) => {
      const result = await execute(namespace, pod, postgresContainer, psqlCommand(query));
      return readRows(result, `${namespace}/${pod}`);
    },
  };
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
  return async (namespace, pod, container, command) => {
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
          const late = setTimeout(() => socket.close(), patience * 1000);
          socket.on("close", () => {
            clearTimeout(late);
            // Comes after the status of a command that ended, and then changes nothing.
            reject(new Error(`${where} did not end within ${patience} s, or lost its connection.`));
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

/**
 * The exit code in what the API server says at the end of a command.
 * @throws Error when the command did not run at all
 */
export function exitCodeOf(status: Pick<V1Status, "status" | "message" | "details">): number {
  if (status.status === "Success") return 0;
  const cause = status.details?.causes?.find(({ reason }) => reason === "ExitCode");
  const code = Number(cause?.message);
  if (cause === undefined || !Number.isInteger(code)) {
    throw new Error(status.message ?? "the command could not be run");
  }
  return code;
}

/** psql inside the pod, over the local socket, as the superuser the container runs as. */
export function psqlCommand(query: string): string[] {
  const rows = `SELECT coalesce(json_agg(t), '[]') FROM (${query.trim().replace(/;$/, "")}) t`;
  return ["psql", "-X", "-A", "-t", "-q", "-v", "ON_ERROR_STOP=1", "-d", "postgres", "-c", rows];
}

/**
 * The rows in psql's output.
 * @param where names the pod in an error
 * @throws Error with psql's own words
 */
export function readRows(result: ExecuteResult, where: string): Record<string, unknown>[] {
  if (result.exitCode !== 0) {
    throw new Error(
      `psql in ${where} ended with ${result.exitCode}: ${describeError(result.stderr || result.stdout)}`,
    );
  }
  return JSON.parse(result.stdout) as Record<string, unknown>[];
}
