import { lookup } from "node:dns/promises";
import { isIP } from "node:net";
import type { Manifest } from "../cnpg/object";
import { kinds, type KubernetesApi } from "./kubernetes";
import type { Operation, OperationContext, RequestReader } from "./operation";
import { type PostgresEndpoint, query, readAuthority } from "./postgres";
import { leaveResult, type ResultTarget } from "./result";
import { describeError, type Look, waitUntil } from "./waiting";

/** Another way to the same server. */
export interface Alias {
  /** DNS name in the certificate. */
  host: string;
  /** Address to connect to instead of resolving `host`. */
  hostaddr?: string;
  /** Service of the request's namespace whose load balancer's address is taken as `hostaddr`. */
  service?: string;
  /** Whether the check fails when this way does not work. @default false: a public endpoint may refuse the cluster's own addresses */
  required: boolean;
}

/** Request of `connection-check`. */
export interface ConnectionCheckRequest {
  host: string;
  port: number;
  database: string;
  /** File with the certificate authority. */
  caFile: string;
  aliases: Alias[];
  /** Seconds for the whole check. */
  timeoutSeconds: number;
  /** Seconds for aliases that are not required, after everything else works. @default 30 */
  aliasTimeoutSeconds: number;
  result?: ResultTarget;
  /** Only wait until it answers, as a container that runs before an application's does. @default false */
  waitOnly: boolean;
}

/** How one way to the server fared. */
export interface EndpointResult {
  host: string;
  ok: boolean;
  /** What went wrong last. */
  error?: string;
}

export const connectionCheck: Operation<ConnectionCheckRequest> = {
  help: `Runs SELECT version() through the Service with the login in PGUSER and PGPASSWORD, as an application does.
Request: host, port, database, sslmode ("verify-full"), caFile, timeoutSeconds,
  aliases [{host, hostaddr or service, required}], aliasTimeoutSeconds (30), waitOnly, result {namespace, configMap}.
Result: version, serverVersion, endpoints (JSON list of host, ok, error).`,
  read: readRequest,
  async run(request, context) {
    const version = await askUntilAnswered(mainEndpoint(request), request, request.timeoutSeconds, context);
    context.say(`${request.host} answered: ${version}`);
    if (request.waitOnly) return;
    const endpoints: EndpointResult[] = [{ host: request.host, ok: true }];
    for (const alias of request.aliases) endpoints.push(await checkAlias(alias, request, context));
    const result = { version, serverVersion: serverVersion(version), endpoints: JSON.stringify(endpoints) };
    await leaveResult(result, request.result, context);
  },
};

/** The number in the answer to `SELECT version()`: `18.6` of `PostgreSQL 18.6 (Debian …) on …`. */
export function serverVersion(version: string): string {
  return /^PostgreSQL (\S+)/.exec(version)?.[1] ?? "unknown";
}

/** Address or name of a Service's load balancer; undefined while it has none. */
export function loadBalancerAddress(service: Manifest | undefined): string | undefined {
  const status = service?.status as
    { loadBalancer?: { ingress?: { ip?: string; hostname?: string }[] } } | undefined;
  const ingress = status?.loadBalancer?.ingress?.[0];
  return ingress?.ip ?? ingress?.hostname;
}

function readRequest(json: RequestReader): ConnectionCheckRequest {
  json.choice("sslmode", ["verify-full"]);
  const result = json.optionalObject("result");
  return {
    host: json.text("host"),
    port: json.integer("port", 1, 65535, 5432),
    database: json.text("database"),
    caFile: json.text("caFile"),
    aliases: json.objects("aliases").map(alias => ({
      host: alias.text("host"),
      hostaddr: alias.optionalText("hostaddr"),
      service: alias.optionalText("service"),
      required: alias.boolean("required", false),
    })),
    timeoutSeconds: json.integer("timeoutSeconds", 1, 86_400),
    aliasTimeoutSeconds: json.integer("aliasTimeoutSeconds", 1, 86_400, 30),
    waitOnly: json.boolean("waitOnly", false),
    result: result && { namespace: result.text("namespace"), configMap: result.text("configMap") },
  };
}

type EndpointSource = (context: OperationContext) => Promise<{ host: string; hostaddr?: string }>;

function mainEndpoint(request: ConnectionCheckRequest): EndpointSource {
  return async () => ({ host: request.host });
}

async function checkAlias(
  alias: Alias,
  request: ConnectionCheckRequest,
  context: OperationContext,
): Promise<EndpointResult> {
  const name =
    alias.service === undefined ? alias.host : `${alias.host} by the address of Service ${alias.service}`;
  const timeout = alias.required
    ? request.timeoutSeconds
    : Math.min(request.aliasTimeoutSeconds, request.timeoutSeconds);
  try {
    await askUntilAnswered(aliasEndpoint(alias), request, timeout, context);
    context.say(`${name} answered.`);
    return { host: alias.host, ok: true };
  } catch (error) {
    if (alias.required) throw error;
    context.say(`${name} did not answer from inside the cluster: ${describeError(error)}`);
    return { host: alias.host, ok: false, error: describeError(error) };
  }
}

function aliasEndpoint(alias: Alias): EndpointSource {
  return async ({ api, env }) => {
    if (alias.service === undefined) return { host: alias.host, hostaddr: alias.hostaddr };
    return {
      host: alias.host,
      hostaddr: await addressOf(alias.service, api, env.POD_NAMESPACE ?? "default"),
    };
  };
}

async function addressOf(service: string, api: KubernetesApi, namespace: string): Promise<string> {
  const address = loadBalancerAddress(await api.get(kinds.service, namespace, service));
  if (address === undefined)
    throw new Error(`Service ${namespace}/${service} has no load balancer address yet`);
  return isIP(address) === 0 ? (await lookup(address)).address : address;
}

async function askUntilAnswered(
  source: EndpointSource,
  request: ConnectionCheckRequest,
  timeoutSeconds: number,
  context: OperationContext,
): Promise<string> {
  const look = async (): Promise<Look<string>> => {
    const { host, hostaddr } = await source(context);
    const where = `${host}${hostaddr === undefined ? "" : ` (${hostaddr})`}:${request.port}`;
    try {
      const version = await askVersion({ ...(await endpoint(request)), host, hostaddr }, context.env);
      return { done: true, value: version };
    } catch (error) {
      return {
        done: false,
        awaiting: `SELECT version() at ${where}, database ${request.database}: ${describeError(error)}`,
      };
    }
  };
  return waitUntil(look, { ...context, timeoutSeconds });
}

async function endpoint(request: ConnectionCheckRequest): Promise<Omit<PostgresEndpoint, "host">> {
  const { port, database, caFile } = request;
  return { port, database, sslmode: "verify-full", ca: await readAuthority(caFile) };
}

async function askVersion(endpoint: PostgresEndpoint, env: OperationContext["env"]): Promise<string> {
  const [row] = await query<{ version: string }>(endpoint, env, "SELECT version()");
  if (row === undefined) throw new Error("SELECT version() returned no row");
  return row.version;
}
